"""The classifier against records that people have labelled: precision, recall and F1 per branch, and every error."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

import polars as pl

from schemas.branches import Taxonomy
from schemas.errors import UnreadableFileError
from transforms.classify import RECORDS, classify

GOLD_LISTS = ("codes", "core", "disputed")


@dataclass(frozen=True)
class Score:
    """Hits and misses of one branch, or of all together. Empty ratios are 0."""

    tp: int
    fp: int
    fn: int

    @property
    def support(self) -> int:
        return self.tp + self.fn

    @property
    def precision(self) -> float:
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 0.0

    @property
    def recall(self) -> float:
        return self.tp / self.support if self.support else 0.0

    @property
    def f1(self) -> float:
        denominator = 2 * self.tp + self.fp + self.fn
        return 2 * self.tp / denominator if denominator else 0.0

    def as_dict(self) -> dict[str, Any]:
        return {
            "precision": self.precision,
            "recall": self.recall,
            "f1": self.f1,
            "support": self.support,
            "tp": self.tp,
            "fp": self.fp,
            "fn": self.fn,
            "precision_interval": wilson_interval(self.tp, self.tp + self.fp),
            "recall_interval": wilson_interval(self.tp, self.support),
        }


@dataclass(frozen=True)
class LabelError:
    """A label that rules and readers do not share; `kind` "false positive" or "false negative", `level` the rules'."""

    record_id: str
    branch: str
    kind: str
    level: str | None
    title: str


@dataclass(frozen=True)
class Evaluation:
    """Scores at level core, overall and per branch; `with_candidates` counts text-only candidates as predicted too."""

    records: int
    taxonomy_version: str
    micro: Score
    with_candidates: Score
    branches: dict[str, Score]
    errors: tuple[LabelError, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "records": self.records,
            "taxonomy_version": self.taxonomy_version,
            "micro": self.micro.as_dict(),
            "micro_with_candidates": self.with_candidates.as_dict(),
            "branches": {branch: score.as_dict() for branch, score in self.branches.items()},
        }


def evaluate(gold_path: Path, taxonomy: Taxonomy) -> Evaluation:
    """Classify the records of a gold file and compare level core with the readers' core labels.

    Gold: JSONL with id, title, abstract, codes, core, disputed. Disputed branches count neither way. `codes` stand in
    for IPC and CPC symbols alike. Raises UnreadableFileError with the line number.
    """
    gold = read_gold(gold_path, {branch.id for branch in taxonomy.branches})
    labels = classify(_records(gold), taxonomy)
    levels = {(record, branch): level for record, branch, level in labels.select("record_id", "branch", "level").rows()}
    branches = sorted(branch.id for branch in taxonomy.branches)
    scores = {branch: _score(gold, levels, [branch], {"core"}) for branch in branches}
    return Evaluation(
        records=len(gold),
        taxonomy_version=taxonomy.version,
        micro=_score(gold, levels, branches, {"core"}),
        with_candidates=_score(gold, levels, branches, {"core", "candidate"}),
        branches=scores,
        errors=tuple(_errors(gold, levels, branches)),
    )


def read_gold(path: Path, branches: set[str]) -> list[dict[str, Any]]:
    """The records of a gold file, checked line by line."""
    gold = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            gold.append(_checked(line, f"{path.name}, line {number}", branches))
    for record_id, lines in Counter(record["id"] for record in gold).items():
        if lines > 1:
            raise UnreadableFileError(path.name, f"the id {record_id!r} stands {lines} times", "every record once")
    return gold


def wilson_interval(successes: int, trials: int, z: float = 1.96) -> tuple[float, float]:
    """95 % interval of a proportion (Wilson 1927); (0, 1) where nothing was tried."""
    if not trials:
        return 0.0, 1.0
    share, spread = successes / trials, z * z / trials
    centre = (share + spread / 2) / (1 + spread)
    half = sqrt(share * (1 - share) * spread + spread * spread / 4) / (1 + spread)
    return max(0.0, centre - half), min(1.0, centre + half)


def _checked(line: str, where: str, branches: set[str]) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        raise UnreadableFileError(where, f"no JSON: {error}", "one object per line") from error
    if not isinstance(record, dict) or not isinstance(record.get("id"), str):
        raise UnreadableFileError(where, "no object with an id", '{"id": ..., "title": ..., "core": [...], ...}')
    for key in ("title", "abstract"):
        if not isinstance(record.setdefault(key, None), str | None):
            raise UnreadableFileError(where, f"{key} is no text", "a text or null")
    for key in GOLD_LISTS:
        values = record.setdefault(key, []) if key == "disputed" else record.get(key)
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise UnreadableFileError(where, f"{key} is missing or no list of texts", "a list, which may be empty")
    if unknown := sorted({*record["core"], *record["disputed"]} - branches):
        raise UnreadableFileError(where, f"unknown branch {', '.join(unknown)}", "branches of the taxonomy in use")
    return record


def _records(gold: Iterable[dict[str, Any]]) -> pl.DataFrame:
    rows = [(row["id"], row["title"], row["abstract"], None, row["codes"], row["codes"]) for row in gold]
    return pl.DataFrame(rows, schema=RECORDS, orient="row")


def _score(gold: list[dict[str, Any]], levels: dict, branches: list[str], counted: set[str]) -> Score:
    outcomes = Counter(
        (levels.get((record["id"], branch)) in counted, branch in record["core"])
        for record in gold
        for branch in branches
        if branch not in record["disputed"]
    )
    return Score(tp=outcomes[True, True], fp=outcomes[True, False], fn=outcomes[False, True])


def _errors(gold: list[dict[str, Any]], levels: dict, branches: list[str]) -> Iterable[LabelError]:
    for record in gold:
        for branch in branches:
            level = levels.get((record["id"], branch))
            is_core = branch in record["core"]
            if branch not in record["disputed"] and is_core != (level == "core"):
                kind = "false negative" if is_core else "false positive"
                yield LabelError(record["id"], branch, kind, level, record["title"] or "")
