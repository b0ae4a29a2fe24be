"""Classification against what an analyst would pick instead: CPU seconds and ratios, medians of one run.

The peers are written as a good user of that tool would: one alternation of the branch's own strong terms per branch (wildcards kept,
ASCII word boundaries, lower case), combined with the branch's decisive and supporting code prefixes. They know no NEAR, no masks, no
counts, no evidence: they do less, and their labels are not ours; `labels` says how many they give. Below all stands what it costs to
look for the same literals and print how many lines hold one (ripgrep, or GNU grep where that is not installed), which no classifier
can beat by much.

    python -m tests.benchmarks.classify [--corpus generated english chinese] [--records 20000] [--runs 5] [--json]
    python -m tests.benchmarks.classify --memory 1000000
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import re
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import duckdb
import polars as pl

from schemas.branches import Branch, Taxonomy, load_taxonomy
from tests.benchmarks.corpora import generated, generated_in_parts, real_chinese, real_english
from tests.benchmarks.measuring import cpu_seconds
from tests.conftest import real_data_folder
from transforms.classify import classify

PART = 100_000  # records in memory at a time when peak memory is measured
SAMPLE = 2_000  # records of which the cost of pandas is extrapolated
HAN = re.compile(r"[\u3400-\u9fff]")


def corpus(name: str, records: int, taxonomy: Taxonomy) -> pl.DataFrame:
    if name == "generated":
        return generated(records, taxonomy)
    read = {"english": real_english, "chinese": real_chinese}[name]
    return read(real_data_folder()).head(records)


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
        found += sum(text.search(value) is not None for value in rows["text"])
    return found


def with_lines(records: pl.DataFrame, taxonomy: Taxonomy) -> int:
    """Lines that hold a literal of any branch; the files are written beforehand, see _written."""
    folder = _written(records, taxonomy)
    tool = ["rg", "-j1", "-F", "-i", "-c"] if shutil.which("rg") else ["grep", "-F", "-i", "-c"]
    run = subprocess.run(
        [*tool, "-f", folder / "literals", folder / "texts"], env=os.environ | {"LC_ALL": "C"}, capture_output=True
    )
    return int(run.stdout)


_FOLDERS: dict[int, tempfile.TemporaryDirectory] = {}


def _written(records: pl.DataFrame, taxonomy: Taxonomy) -> Path:
    if id(records) not in _FOLDERS:
        _FOLDERS[id(records)] = folder = tempfile.TemporaryDirectory()
        lines = records.select(
            pl.concat_str("title", "abstract", separator=" ", ignore_nulls=True).str.replace_all("\n", " ")
        )
        Path(folder.name, "texts").write_text("\n".join(lines.to_series()) + "\n", encoding="utf-8")
        literals = {term.replace("*", "") for branch in taxonomy.branches for term in plain_terms(branch)}
        Path(folder.name, "literals").write_text("\n".join(sorted(literals)), encoding="utf-8")
    return Path(_FOLDERS[id(records)].name)


LITERALS = "literals, " + ("rg" if shutil.which("rg") else "GNU grep, for want of rg")
PEERS: dict[str, Callable[[pl.DataFrame, Taxonomy], int]] = {
    "patnav": with_patnav,
    "polars, one regex a branch": with_polars,
    "duckdb regexp_matches": with_duckdb,
    "pandas and re": with_pandas,
    LITERALS: with_lines,
}


def measure(records: pl.DataFrame, taxonomy: Taxonomy, runs: int) -> list[dict]:
    """One row per way: median CPU seconds of `runs` interleaved runs after one that is not counted."""
    ways = {name: way for name, way in PEERS.items() if name != "pandas and re" or importlib.util.find_spec("pandas")}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    labels: dict[str, int] = {}
    for run in range(runs + 1):
        for name, way in ways.items():
            chosen = records.head(SAMPLE) if name == "pandas and re" else records
            started = cpu_seconds()
            labels[name] = way(chosen, taxonomy)
            if run:
                seconds[name].append((cpu_seconds() - started) * records.height / chosen.height)
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


def measure_memory(records: int, taxonomy: Taxonomy) -> dict:
    """Peak memory, CPU and wall seconds of classifying generated records that come in parts."""
    parts = generated_in_parts(records, PART, taxonomy)
    cpu = wall = labels = 0
    for part in parts:
        cpu_before, wall_before = cpu_seconds(), time.perf_counter()
        labels += classify(part, taxonomy).height
        cpu, wall = cpu + cpu_seconds() - cpu_before, wall + time.perf_counter() - wall_before
    return {
        "records": records,
        "labels": labels,
        "cpu_seconds": round(cpu, 1),
        "wall_seconds": round(wall, 1),
        "records_per_cpu_second": round(records / cpu),
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def facts_of(name: str, records: pl.DataFrame, runs: int, taxonomy: Taxonomy) -> dict:
    texts = records.select(pl.concat_str("title", "abstract", ignore_nulls=True).str.len_bytes().sum())
    return {
        "corpus": name,
        "records": records.height,
        "megabytes": round(texts.item() / 1e6, 1),
        "runs": runs,
        "python": platform.python_version(),
        "polars": version("polars"),
        "duckdb": version("duckdb"),
        "numba": version("numba"),
        "taxonomy": taxonomy.version,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", nargs="+", choices=["generated", "english", "chinese"], default=["generated"])
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--memory", type=int, metavar="RECORDS", help="only measure peak memory, over so many records")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    taxonomy = load_taxonomy()
    if arguments.memory:
        print(json.dumps(measure_memory(arguments.memory, taxonomy)))
        return
    for name in arguments.corpus:
        records = corpus(name, arguments.records, taxonomy)
        facts, rows = facts_of(name, records, arguments.runs, taxonomy), measure(records, taxonomy, arguments.runs)
        if arguments.json:
            print(json.dumps({"facts": facts, "ways": rows}, ensure_ascii=False))
            continue
        print(", ".join(f"{key} {value}" for key, value in facts.items()))
        for row in rows:
            print(f"{row['way']:34} {row['cpu_seconds']:>8} CPU-s {row['records_per_cpu_second']:>9} records/s "
                  f"{row['ratio_to_patnav']:>7} x patnav {row['labels']:>8} labels")  # fmt: skip
        if not importlib.util.find_spec("pandas"):
            print("pandas and re: left out, pandas is not installed")


if __name__ == "__main__":
    main()
