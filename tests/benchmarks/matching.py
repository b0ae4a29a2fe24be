"""The classifier against the machine: how fast terms are found beside ripgrep, what more terms and wider NEAR cost, two workers.

Everything is of one process and one corpus, medians in turn. `rg` prints how many lines hold one of the same literals: it stops at a
line's first, so it is a ceiling and not a peer.

    python -m tests.benchmarks.matching [--records 100000] [--runs 5]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from unittest import mock

import polars as pl

import transforms.classify as classification
from schemas.branches import Block, Taxonomy
from tests.benchmarks.corpora import ENGLISH, shipped
from tests.benchmarks.measuring import medians, records
from tests.transforms import oracle
from transforms import scanning
from transforms.classify import Classifier, classify
from transforms.matching import TermIndex
from transforms.query import Term, parse_taxonomy

COLUMNS = ("title", "abstract")
PAIRS = 20  # NEAR pairs of words that stand in most texts
ALIKE = 20_000  # records that both ways of classifying are compared on, see C1
BY_ORACLE = 50  # of these the oracle judges so many: it takes some 200 ms each


def measure(folder: Path, count: int, runs: int, by_oracle: int = BY_ORACLE) -> dict:
    """Seconds of every way, and the counts that say what was compared."""
    corpus, taxonomy = records(folder, count), shipped()
    index = Classifier(taxonomy).matcher.index
    ways: dict[str, Callable] = {
        "scan": _scanning(corpus, index),
        "scan, 4 x terms": _scanning(corpus, _four_times(index)),
        "classify": lambda: classify(corpus, taxonomy),
        "classify, one worker": lambda: _with_workers(1, corpus, taxonomy),
    }
    for gap in (5, 50):
        ways[f"classify, NEAR/{gap}"] = partial(classify, corpus, _with_nears(taxonomy, gap))
    if shutil.which("rg"):
        ways["rg"] = _with_ripgrep(corpus, index, folder)
    return {
        "records": count,
        "megabytes": round(corpus.select(pl.sum_horizontal(pl.col(COLUMNS).str.len_bytes().sum())).item() / 1e6, 1),
        "terms": len(index.sequences),
        "runs": runs,
        "seconds": medians(ways, runs),
        "labels": classify(corpus, taxonomy).height,
        "alike": _alike(corpus.head(ALIKE), taxonomy, by_oracle),
    }


def _scanning(corpus: pl.DataFrame, index: TermIndex) -> Callable[[], None]:
    anchors = scanning.anchors_of(index)

    def scan() -> None:
        for name in COLUMNS:
            scanning.scan(corpus[name], index, anchors)

    return scan


def _four_times(index: TermIndex) -> TermIndex:
    """Three more terms for every one: phrases of words of others, which begin as terms do."""
    rng = random.Random(4)
    words = [words[0] for words in index.sequences]
    more = [(rng.choice(words), rng.choice(words)) for _ in range(3 * len(index.sequences))]
    whole = [replace(first, is_prefix=False) for first, _ in more]
    sequences = [*index.sequences, *((first, last) for first, (_, last) in zip(whole, more, strict=True))]
    masks = [Term(index.sequences[number], "") for number in index.masks]
    return TermIndex((Term(sequence, "") for sequence in sequences), masks)


def _with_nears(taxonomy: Taxonomy, gap: int) -> Taxonomy:
    """The first branch with strong terms of PAIRS pairs of frequent words, as far apart as `gap` tokens."""
    branch, *others = taxonomy.branches
    pairs = list(pairwise(ENGLISH.split()[20 : 21 + PAIRS]))
    entries = tuple(f"{left} NEAR/{gap} {right}" for left, right in pairs)
    near = replace(branch, blocks={**branch.blocks, branch.strong_terms: Block("text", entries)})
    return replace(taxonomy, branches=(near, *others))


def _with_workers(workers: int, corpus: pl.DataFrame, taxonomy: Taxonomy) -> pl.DataFrame:
    with mock.patch.object(classification, "WORKERS", workers):
        return classify(corpus, taxonomy)


def _with_ripgrep(corpus: pl.DataFrame, index: TermIndex, folder: Path) -> Callable[[], None]:
    texts, literals = folder / "texts", folder / "literals"
    lines = corpus.select(pl.concat_str(COLUMNS, separator=" ", ignore_nulls=True).str.replace_all(r"\s", " "))
    texts.write_text("\n".join(lines.to_series()) + "\n", encoding="utf-8")
    spelt = {
        re.sub(r"(?<=[㐀-鿿]) (?=[㐀-鿿])", "", " ".join(word.text for word in words)) for words in index.sequences
    }
    literals.write_text("\n".join(sorted(spelt)) + "\n", encoding="utf-8")
    command = ["rg", "-j1", "-F", "-i", "-c", "-f", literals, texts]
    return lambda: subprocess.run(command, env=os.environ | {"LC_ALL": "C"}, capture_output=True, check=True)


def _alike(corpus: pl.DataFrame, taxonomy: Taxonomy, by_oracle: int) -> dict:
    """How many labels both ways and the oracle give, and whether they are the same."""
    by_columns = classify(corpus, taxonomy)
    with mock.patch.object(classification, "FEW_RECORDS", corpus.height):
        one_by_one = classify(corpus, taxonomy)
    judged, queries = corpus.head(by_oracle), parse_taxonomy(taxonomy)
    expected = {
        (record["record_id"], branch, level)
        for record in judged.iter_rows(named=True)
        for branch, level in oracle.levels(record, queries).items()
    }
    found = by_columns.join(judged, on="record_id", how="semi").select("record_id", "branch", "level")
    return {
        "records": corpus.height,
        "labels": by_columns.height,
        "is_alike_record_by_record": by_columns.equals(one_by_one),
        "records_by_oracle": judged.height,
        "labels_by_oracle": len(expected),
        "is_alike_oracle": set(found.rows()) == expected,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(Path(folder), asked.records, asked.runs), indent=2))


if __name__ == "__main__":
    main()
