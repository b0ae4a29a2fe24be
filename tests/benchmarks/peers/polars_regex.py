"""polars: one frame, one regular expression per branch on the rows whose codes match."""

import json
import sys
from pathlib import Path

import duckdb
import polars as pl

inbox, rules, out = map(Path, sys.argv[1:])
out.mkdir(parents=True, exist_ok=True)
lens = pl.read_csv(inbox / "lens_*.csv", infer_schema=False).select(
    number="Display Key", filing="Application Number", office="Jurisdiction", title="Title", abstract="Abstract",
    filed=pl.col("Application Date").str.to_date(strict=False), owners="Applicants",
    codes=" " + pl.col("CPC Classifications").str.replace_all(";;", " ", literal=True),
)  # fmt: skip
patsnap = pl.read_csv(inbox / "patsnap_*.csv", infer_schema=False).select(
    number="公开(公告)号", filing="申请号", office=pl.lit("CN"), title="标题", abstract="摘要",
    filed=pl.col("申请日").str.to_date(strict=False), owners="[标]原始申请(专利权)人",
    codes=" " + pl.col("IPC分类号").str.replace_all(" | ", " ", literal=True),
)  # fmt: skip
filing = (
    pl.concat([lens, patsnap])
    .unique("number", keep="first", maintain_order=True)
    .unique("filing", keep="first", maintain_order=True)
    .drop("number")
)
text = filing.select("filing", "codes", (pl.col("title") + " . " + pl.col("abstract")).str.to_lowercase().alias("text"))
label = pl.concat(
    text.filter(pl.col("codes").str.contains(rule["codes"]))
    .filter(pl.col("text").str.contains(rule["text"]))
    .select("filing", branch=pl.lit(rule["branch"]))
    for rule in json.loads(rules.read_text(encoding="utf-8"))
)
filing.select("filing", "abstract").write_parquet(out / "text.parquet", compression="zstd", compression_level=1)
tables = {"filing": filing.drop("abstract"), "label": label}
with duckdb.connect(str(out / "peer.duckdb")) as connection:
    for name, frame in tables.items():
        connection.register("given", frame.to_arrow())
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
        connection.unregister("given")
    for name, query in json.loads(Path(__file__).with_name("figures.json").read_text(encoding="utf-8")).items():
        connection.execute(f"CREATE TABLE {name} AS {query}")
print(json.dumps({"filings": filing.height, "labels": label.height}))
