"""Classification against what an analyst would pick instead: CPU seconds per 1,000 records and ratios, medians of one run.

The peers are written as a good user of that tool would: one alternation of the branch's own strong terms per branch (wildcards kept,
ASCII word boundaries, lower case), combined with the branch's decisive and supporting code prefixes. They know no NEAR, no masks, no
counts, no evidence: they do less, and their labels are not ours; `labels` says how many they give.

    python -m tests.benchmarks.classify [--records 20000] [--runs 5] [--json]
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import platform
import re
import resource
import statistics
import time
from collections.abc import Callable
from importlib.metadata import version

import duckdb
import polars as pl

from flows.sample.world import build_world
from schemas.branches import Branch, Taxonomy, load_taxonomy
from transforms.classify import RECORDS, classify

HAN = re.compile(r"[\u3400-\u9fff]")


def corpus(records: int) -> pl.DataFrame:
    """`records` rows of the synthetic world, Chinese and English, with titles, abstracts and symbols; numbered anew."""
    texts = [family.text for family in build_world(min(records, 20_000)).families]
    chinese = [(text.title_zh, text.abstract_zh or None, None, list(text.ipc), None) for text in texts]
    english = [(text.title_en, text.abstract_en or None, None, None, list(text.cpc)) for text in texts]
    rows = [("", *fields) for pair in zip(chinese, english, strict=True) for fields in pair]
    frame = pl.DataFrame(rows, schema=RECORDS, orient="row")
    copies = -(-records // frame.height)
    return (
        pl.concat([frame] * copies)
        .head(records)
        .with_columns(pl.format("r{}", pl.int_range(pl.len()).cast(pl.String).str.zfill(7)).alias("record_id"))
    )


def pattern(branch: Branch) -> str:
    """One regular expression for the branch's strong terms that all peers understand (RE2 syntax)."""
    return "|".join(sorted({expression for term in plain_terms(branch) for expression in [_expression(term)]}))


def plain_terms(branch: Branch) -> list[str]:
    entries = branch.blocks[branch.strong_terms].entries
    return [entry.strip('"=').lower() for entry in entries if "NEAR" not in entry and "(" not in entry]


def _expression(term: str) -> str:
    if HAN.search(term):
        return re.escape(term)
    words = r"[ \-]+".join(re.escape(word).replace(r"\*", r"[a-z0-9]*") for word in term.split())
    return rf"\b{words}\b"


def code_pattern(branch: Branch) -> str:
    codes = {code.rstrip("$") for key in (branch.codes_a, branch.codes_b) for code in branch.blocks[key].entries}
    return "|".join(sorted(re.escape(code) for code in codes))


def prepared(records: pl.DataFrame) -> pl.DataFrame:
    """What a user of the peers would make first, and pay for: one text and one code column."""
    codes = pl.concat_list(pl.col("ipc_symbols").fill_null([]), pl.col("cpc_symbols").fill_null([]))
    return records.select(
        "record_id",
        pl.concat_str(["title", "abstract"], separator=" . ", ignore_nulls=True).str.to_lowercase().alias("text"),
        (" " + codes.list.join(" ")).alias("codes"),
    )


def with_patnav(records: pl.DataFrame, taxonomy: Taxonomy) -> int:
    return classify(records, taxonomy).filter(pl.col("level") == "core").height


def with_polars(records: pl.DataFrame, taxonomy: Taxonomy) -> int:
    table = prepared(records)
    return sum(
        table.filter(pl.col("codes").str.contains(f" (?:{code_pattern(branch)})"))
        .filter(pl.col("text").str.contains(pattern(branch)))
        .height
        for branch in taxonomy.branches
    )


def with_duckdb(records: pl.DataFrame, taxonomy: Taxonomy) -> int:
    table = prepared(records).to_arrow()  # noqa: F841  DuckDB finds it by its name
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("record", table)
        question = "SELECT count(*) FROM record WHERE regexp_matches(codes, $codes) AND regexp_matches(text, $text)"
        return sum(
            connection.execute(question, {"codes": f" (?:{code_pattern(branch)})", "text": pattern(branch)}).fetchone()[
                0
            ]
            for branch in taxonomy.branches
        )


def with_pandas(records: pl.DataFrame, taxonomy: Taxonomy) -> int:
    import pandas

    table = pandas.DataFrame(prepared(records).to_dict(as_series=False))
    found = 0
    for branch in taxonomy.branches:
        codes = re.compile(f" (?:{code_pattern(branch)})")
        text = re.compile(pattern(branch), re.ASCII)
        rows = table[table["codes"].map(lambda value, codes=codes: codes.search(value) is not None)]
        found += int(rows["text"].map(lambda value, text=text: text.search(value) is not None).sum())
    return found


PEERS: dict[str, Callable[[pl.DataFrame, Taxonomy], int]] = {
    "patnav": with_patnav,
    "polars, one regex a branch": with_polars,
    "duckdb regexp_matches": with_duckdb,
    "pandas and re": with_pandas,
}


def measure(records: pl.DataFrame, taxonomy: Taxonomy, runs: int) -> list[dict]:
    """One row per way: median CPU seconds of `runs` interleaved runs after one that is not counted."""
    ways = {name: way for name, way in PEERS.items() if name != "pandas and re" or importlib.util.find_spec("pandas")}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    labels: dict[str, int] = {}
    for run in range(runs + 1):
        for name, way in ways.items():
            started = time.process_time()
            labels[name] = way(records, taxonomy)
            if run:
                seconds[name].append(time.process_time() - started)
    ours = statistics.median(seconds["patnav"])
    return [
        {
            "way": name,
            "cpu_seconds": round(statistics.median(taken), 2),
            "records_per_cpu_second": round(records.height / statistics.median(taken)),
            "ratio_to_patnav": round(statistics.median(taken) / ours, 2),
            "labels": labels[name],
        }
        for name, taken in seconds.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    records, taxonomy = corpus(arguments.records), load_taxonomy()
    rows = measure(records, taxonomy, arguments.runs)
    facts = {
        "records": records.height,
        "characters": records.select(
            pl.concat_str("title", "abstract", ignore_nulls=True).str.len_chars().sum()
        ).item(),
        "runs": arguments.runs,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "python": platform.python_version(),
        "polars": version("polars"),
        "duckdb": version("duckdb"),
        "taxonomy": taxonomy.version,
    }
    if arguments.json:
        print(json.dumps({"facts": facts, "ways": rows}, ensure_ascii=False, indent=2))
        return
    print(", ".join(f"{name} {value}" for name, value in facts.items()))
    for row in rows:
        print(f"{row['way']:28} {row['cpu_seconds']:>8} CPU-s {row['records_per_cpu_second']:>9} records/s "
              f"{row['ratio_to_patnav']:>7} x patnav {row['labels']:>8} labels")  # fmt: skip


if __name__ == "__main__":
    main()
