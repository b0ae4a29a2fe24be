"""PySpark on local[2]: a DataFrame, one rlike per branch, tables and figures as Parquet."""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
from pyspark.sql import SparkSession  # noqa: E402
from pyspark.sql import functions as f  # noqa: E402

inbox, rules, out = map(Path, sys.argv[1:])
out.mkdir(parents=True, exist_ok=True)
spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.driver.memory", "6g")
    .config("spark.sql.shuffle.partitions", "8")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")
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
filing = lens.unionByName(patsnap).dropDuplicates(["number"]).dropDuplicates(["filing"]).drop("number")
filing = filing.withColumn("filed", f.to_date("filed")).persist()
text = filing.select("filing", "codes", f.lower(f.concat_ws(" . ", "title", "abstract")).alias("text"))
branches = [
    text.filter(f.col("codes").rlike(rule["codes"]) & f.col("text").rlike(rule["text"])).select(
        "filing", f.lit(rule["branch"]).alias("branch")
    )
    for rule in json.loads(rules.read_text(encoding="utf-8"))
]
label = branches[0]
for branch in branches[1:]:
    label = label.unionByName(branch)
label = label.persist()
filing.select("filing", "abstract").write.mode("overwrite").parquet(str(out / "text"))
for name, frame in {"filing": filing.drop("abstract"), "label": label}.items():
    frame.write.mode("overwrite").parquet(str(out / name))
    frame.createOrReplaceTempView(name)
for name, query in json.loads(Path(__file__).with_name("figures.json").read_text(encoding="utf-8")).items():
    spark.sql(query).write.mode("overwrite").parquet(str(out / name))
print(json.dumps({"filings": filing.count(), "labels": label.count()}))
machine = spark.sparkContext._gateway.proc
spark.stop()
machine.terminate()  # and waited for: what it used counts as this script's
machine.wait()
