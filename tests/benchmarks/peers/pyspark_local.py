"""PySpark on local[2]: one cached DataFrame, all branches in one pass over it, tables and figures as Parquet.

Without arguments only the session is started, and what that takes can be told from the job.
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
from pyspark.sql import SparkSession  # noqa: E402
from pyspark.sql import functions as f  # noqa: E402


def labelled_and_counted(spark: SparkSession, inbox: Path, rules: Path, out: Path) -> dict[str, int]:
    out.mkdir(parents=True, exist_ok=True)
    reader = spark.read.option("header", True).option("escape", '"').option("multiLine", True)
    lens = reader.csv(str(inbox / "lens_*.csv")).select(
        f.col("Display Key").alias("number"), f.col("Application Number").alias("filing"), f.col("Jurisdiction").alias("office"),
        f.col("Title").alias("title"), f.col("Abstract").alias("abstract"), f.col("Application Date").alias("filed"),
        f.col("Applicants").alias("owners"), f.concat(f.lit(" "), f.regexp_replace("CPC Classifications", ";;", " ")).alias("codes"),
    )  # fmt: skip
    patsnap = reader.csv(str(inbox / "patsnap_*.csv")).select(
        f.col("公开(公告)号").alias("number"), f.col("申请号").alias("filing"), f.lit("CN").alias("office"), f.col("标题").alias("title"),
        f.col("摘要").alias("abstract"), f.col("申请日").alias("filed"), f.col("`[标]原始申请(专利权)人`").alias("owners"),
        f.concat(f.lit(" "), f.regexp_replace("IPC分类号", r" \| ", " ")).alias("codes"),
    )  # fmt: skip
    filing = lens.unionByName(patsnap).dropDuplicates(["filing"]).drop("number")
    filing = filing.withColumn("filed", f.to_date("filed")).persist()
    text = filing.select("filing", "codes", f.lower(f.concat_ws(" . ", "title", "abstract")).alias("text"))
    branches = [
        f.when(f.col("codes").rlike(rule["codes"]) & f.col("text").rlike(rule["text"]), f.lit(rule["branch"]))
        for rule in json.loads(rules.read_text(encoding="utf-8"))
    ]
    label = text.select("filing", f.explode(f.array_compact(f.array(*branches))).alias("branch")).persist()
    filing.select("filing", "abstract").write.mode("overwrite").parquet(str(out / "text"))
    for name, frame in {"filing": filing.drop("abstract"), "label": label}.items():
        frame.write.mode("overwrite").parquet(str(out / name))
        frame.createOrReplaceTempView(name)
    for name, query in json.loads(Path(__file__).with_name("figures.json").read_text(encoding="utf-8")).items():
        spark.sql(query).write.mode("overwrite").parquet(str(out / name))
    return {"filings": filing.count(), "labels": label.count()}


session = (
    SparkSession.builder.master("local[2]")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.driver.memory", "4g")
    .config("spark.sql.shuffle.partitions", "4")
    .config("spark.sql.adaptive.enabled", "true")
    .getOrCreate()
)
session.sparkContext.setLogLevel("ERROR")
told = (
    labelled_and_counted(session, *map(Path, sys.argv[1:])) if len(sys.argv) > 1 else {"jobs": session.range(1).count()}
)
print(json.dumps(told))
machine = session.sparkContext._gateway.proc
session.stop()
machine.terminate()  # and waited for: what it used counts as this script's
machine.wait()
