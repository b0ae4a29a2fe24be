"""pandas and re: what an analyst writes. Without arguments only what it imports is loaded."""

import json
import re
import sys
from pathlib import Path

import duckdb
import pandas as pd

LENS = {"Display Key": "number", "Application Number": "filing", "Jurisdiction": "office", "Title": "title", "Abstract": "abstract",
        "Application Date": "filed", "Applicants": "owners", "CPC Classifications": "codes"}  # fmt: skip
PATSNAP = {"公开(公告)号": "number", "申请号": "filing", "标题": "title", "摘要": "abstract", "申请日": "filed",
           "[标]原始申请(专利权)人": "owners", "IPC分类号": "codes"}  # fmt: skip

if len(sys.argv) == 1:
    print("{}")
    sys.exit()
inbox, rules, out = map(Path, sys.argv[1:])
out.mkdir(parents=True, exist_ok=True)
lens = pd.concat(pd.read_csv(path, dtype=str, usecols=list(LENS)) for path in sorted(inbox.glob("lens_*.csv")))
patsnap = pd.concat(pd.read_csv(path, dtype=str, usecols=list(PATSNAP)) for path in sorted(inbox.glob("patsnap_*.csv")))
lens, patsnap = lens.rename(columns=LENS), patsnap.rename(columns=PATSNAP).assign(office="CN")
lens["codes"] = " " + lens["codes"].str.replace(";;", " ", regex=False)
patsnap["codes"] = " " + patsnap["codes"].str.replace(" | ", " ", regex=False)
filing = pd.concat([lens, patsnap]).drop_duplicates("number").drop_duplicates("filing").drop(columns="number")
filing["filed"] = pd.to_datetime(filing["filed"], errors="coerce")
text = (filing["title"] + " . " + filing["abstract"]).fillna("").str.lower()
labels = []
for rule in json.loads(rules.read_text(encoding="utf-8")):
    words, codes = re.compile(rule["text"], re.ASCII), re.compile(rule["codes"])
    chosen = filing["codes"].fillna("").map(lambda value, codes=codes: codes.search(value) is not None)
    found = text[chosen].map(lambda value, words=words: words.search(value) is not None)
    labels.append(pd.DataFrame({"filing": filing.loc[chosen, "filing"][found], "branch": rule["branch"]}))
label = pd.concat(labels)
filing[["filing", "abstract"]].to_parquet(out / "text.parquet", compression="zstd")
with duckdb.connect(str(out / "peer.duckdb")) as connection:
    for name, frame in {"filing": filing.drop(columns="abstract"), "label": label}.items():
        connection.register("given", frame)
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
        connection.unregister("given")
    for name, query in json.loads(Path(__file__).with_name("figures.json").read_text(encoding="utf-8")).items():
        connection.execute(f"CREATE TABLE {name} AS {query}")
print(json.dumps({"filings": len(filing), "labels": len(label)}))
