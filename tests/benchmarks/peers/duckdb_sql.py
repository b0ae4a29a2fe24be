"""DuckDB alone: two CSV readers, one table of filings, one label query."""

import json
import sys
from pathlib import Path

import duckdb

inbox, rules, out = map(Path, sys.argv[1:])
out.mkdir(parents=True, exist_ok=True)
connection = duckdb.connect(str(out / "peer.duckdb"))
connection.execute("""
    CREATE TABLE row_in AS
    SELECT "Display Key" AS number, "Application Number" AS filing, "Jurisdiction" AS office, "Title" AS title, "Abstract" AS abstract,
           TRY_CAST("Application Date" AS DATE) AS filed, "Applicants" AS owners, ' ' || replace("CPC Classifications", ';;', ' ') AS codes
    FROM read_csv($lens, all_varchar = true, header = true, quote = '"', escape = '"')
    UNION ALL
    SELECT "公开(公告)号", "申请号", 'CN', "标题", "摘要", TRY_CAST("申请日" AS DATE), "[标]原始申请(专利权)人",
           ' ' || replace("IPC分类号", ' | ', ' ')
    FROM read_csv($patsnap, all_varchar = true, header = true, quote = '"', escape = '"')
    """, {"lens": str(inbox / "lens_*.csv"), "patsnap": str(inbox / "patsnap_*.csv")})  # fmt: skip
connection.execute("""
    CREATE TABLE filing AS
    SELECT filing, min(office) AS office, first(title) AS title, first(abstract) AS abstract, min(filed) AS filed,
           first(owners) AS owners, first(codes) AS codes
    FROM (SELECT DISTINCT ON (number) * FROM row_in) GROUP BY filing
    """)
connection.execute("DROP TABLE row_in")
connection.execute("CREATE TABLE label (filing VARCHAR, branch VARCHAR)")
for rule in json.loads(rules.read_text(encoding="utf-8")):
    connection.execute("""
        INSERT INTO label SELECT filing, $branch FROM filing
        WHERE regexp_matches(codes, $codes) AND regexp_matches(lower(title || ' . ' || abstract), $text)
        """, rule)  # fmt: skip
connection.execute(f"COPY (SELECT filing, abstract FROM filing) TO '{out / 'text.parquet'}' (COMPRESSION zstd)")
connection.execute("ALTER TABLE filing DROP abstract")
for name, query in json.loads(Path(__file__).with_name("figures.json").read_text(encoding="utf-8")).items():
    connection.execute(f"CREATE TABLE {name} AS {query}")
found = [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("filing", "label")]
connection.close()
print(json.dumps(dict(zip(("filings", "labels"), found, strict=True))))
