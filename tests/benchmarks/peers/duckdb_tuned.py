"""DuckDB alone, tuned: rows staged in memory, texts lowered once, all branches in one pass, the file written last."""

import json
import sys
from pathlib import Path

import duckdb

inbox, rules, out = map(Path, sys.argv[1:])
out.mkdir(parents=True, exist_ok=True)
connection = duckdb.connect()
connection.execute("SET preserve_insertion_order = false")
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
    SELECT filing, any_value(office) AS office, any_value(title) AS title, any_value(abstract) AS abstract,
           any_value(filed) AS filed, any_value(owners) AS owners, any_value(codes) AS codes
    FROM row_in GROUP BY filing
    """)
connection.execute("DROP TABLE row_in")
# A branch's pattern must be a constant: only then is it compiled once.
branches = json.loads(rules.read_text(encoding="utf-8"))
literal = "'{}'".format
cases = ", ".join(
    f"CASE WHEN regexp_matches(codes, {literal(rule['codes'].replace(chr(39), chr(39) * 2))})"
    f" AND regexp_matches(text, {literal(rule['text'].replace(chr(39), chr(39) * 2))}) THEN {literal(rule['branch'])} END"
    for rule in branches
)
connection.execute(f"""
    CREATE TABLE label AS
    SELECT filing, branch FROM (
        SELECT filing, unnest([{cases}]) AS branch
        FROM (SELECT filing, codes, lower(title || ' . ' || abstract) AS text FROM filing)
    ) WHERE branch IS NOT NULL
    """)
connection.execute(f"COPY (SELECT filing, abstract FROM filing) TO '{out / 'text.parquet'}' (COMPRESSION zstd)")
connection.execute(f"ATTACH '{out / 'peer.duckdb'}' AS stored")
connection.execute("CREATE TABLE stored.filing AS SELECT * EXCLUDE (abstract) FROM filing")
connection.execute("CREATE TABLE stored.label AS FROM label")
for name, query in json.loads(Path(__file__).with_name("figures.json").read_text(encoding="utf-8")).items():
    connection.execute(f"CREATE TABLE stored.{name} AS {query}")
found = [connection.execute(f"SELECT count(*) FROM stored.{table}").fetchone()[0] for table in ("filing", "label")]
connection.close()
print(json.dumps(dict(zip(("filings", "labels"), found, strict=True))))
