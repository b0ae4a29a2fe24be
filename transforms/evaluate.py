"""The classifier against records that people have labelled: precision, recall and F1 per branch, and every error.

Ablation shows what the parts of the rules are worth: the same records with codes only, with terms only, and without
excludes and masks.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path
from typing import Any

import polars as pl

from schemas.branches import Branch, Taxonomy
from schemas.errors import UnreadableFileError
from transforms.classify import RECORDS, classify
from transforms.query import AllOf, AnyOf, BranchQuery, CodeClause, Not, Rule, parse_taxonomy
from transforms.symbols import is_usable, normalise_symbol
from transforms.texts import HAN_CHARACTER

GOLD_LISTS = ("codes", "core", "disputed")
# A mean over branches says little of those with a handful of records: they count in micro alone.
MACRO_SUPPORT = 8


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
class Group:
    """Some of the records, scored over all branches."""

    records: int
    micro: Score
    with_candidates: Score

    def as_dict(self) -> dict[str, Any]:
        return {
            "records": self.records,
            "micro": self.micro.as_dict(),
            "micro_with_candidates": self.with_candidates.as_dict(),
        }


@dataclass(frozen=True)
class Evaluation:
    """Scores at level core, overall and per branch; `with_candidates` counts text-only candidates as predicted too.

    `groups`: title_zh (a Han character in the title), title_latin (none), with_codes (a usable symbol), without_codes.
    """

    records: int
    taxonomy_version: str
    micro: Score
    with_candidates: Score
    branches: dict[str, Score]
    groups: dict[str, Group]
    errors: tuple[LabelError, ...]

    @property
    def macro_f1(self) -> float | None:
        """Mean F1 of the branches with a support of at least MACRO_SUPPORT; None where there is none."""
        supported = [score.f1 for score in self.branches.values() if score.support >= MACRO_SUPPORT]
        return sum(supported) / len(supported) if supported else None

    def as_dict(self) -> dict[str, Any]:
        return {
            "records": self.records,
            "taxonomy_version": self.taxonomy_version,
            "micro": self.micro.as_dict(),
            "micro_with_candidates": self.with_candidates.as_dict(),
            "macro_f1": self.macro_f1,
            "branches": {branch: score.as_dict() for branch, score in self.branches.items()},
            "groups": {name: group.as_dict() for name, group in self.groups.items()},
        }


def evaluate(gold_path: Path, taxonomy: Taxonomy) -> Evaluation:
    """Classify the records of a gold file and compare level core with the readers' core labels.

    Gold: JSONL with id, title, abstract, codes, core, disputed. Disputed branches count neither way. `codes` stand in
    for IPC and CPC symbols alike. Raises UnreadableFileError with the line number.
    """
    gold = read_gold(gold_path, {branch.id for branch in taxonomy.branches})
    return _evaluation(gold, _records(gold), taxonomy)


def ablate(gold_path: Path, taxonomy: Taxonomy) -> dict[str, Evaluation]:
    """The evaluation of a gold file with parts of the evidence withheld, by name of the variant.

    combined: as `evaluate`. codes_only_text_unknown: no texts, and rules without the text clauses that stand beside
    code clauses. codes_only_text_absent: no texts, rules as written. terms_only: no codes, so that text_core and the
    candidates decide. no_excludes_or_masks: the rest of the rules. Raises as `evaluate`.
    """
    gold = read_gold(gold_path, {branch.id for branch in taxonomy.branches})
    records = _records(gold)
    no_texts = _withheld(records, "title", "abstract", "claims")
    variants = {
        "combined": (records, taxonomy),
        "codes_only_text_unknown": (no_texts, without_text_clauses(taxonomy)),
        "codes_only_text_absent": (no_texts, taxonomy),
        "terms_only": (_withheld(records, "ipc_symbols", "cpc_symbols"), taxonomy),
        "no_excludes_or_masks": (records, without_excludes_or_masks(taxonomy)),
    }
    return {name: _evaluation(gold, *variant) for name, variant in variants.items()}


def without_excludes_or_masks(taxonomy: Taxonomy) -> Taxonomy:
    """The taxonomy with neither `exclude` rules nor masks."""
    branches = (
        replace(branch, rules={key: rule for key, rule in branch.rules.items() if key != "exclude"})
        for branch in taxonomy.branches
    )
    return replace(taxonomy, masks=(), branches=tuple(branches))


def without_text_clauses(taxonomy: Taxonomy) -> Taxonomy:
    """The taxonomy with core and related reduced to their code clauses, for records without texts.

    Where AND joins text and code clauses the code clauses remain. What has no code clause to affirm, such as text alone
    or text with a denied code, keeps its text clauses and so fits no such record. `exclude` is left to find no text.
    """
    queries = parse_taxonomy(taxonomy).branches
    return replace(taxonomy, branches=tuple(_on_codes_alone(query) for query in queries))


def _on_codes_alone(query: BranchQuery) -> Branch:
    reduced = {"core": _code_part(query.core), "related": _code_part(query.related)}
    return replace(query.branch, rules={**query.branch.rules, **{key: rule for key, rule in reduced.items() if rule}})


def _code_part(rule: Rule) -> str | None:
    """What the code clauses of a rule affirm, as text; None where they affirm nothing."""
    match rule:
        case CodeClause():
            return rule.source
        case AllOf(parts):
            affirmed = [text for text in map(_code_part, parts) if text]
            denied = [_written(part) for part in parts if isinstance(part, Not)]
            return _joined("AND", affirmed + denied) if affirmed else None
        case AnyOf(parts):
            affirmed = [text for text in map(_code_part, parts) if text]
            return _joined("OR", affirmed) if affirmed else None
        case _:
            return None


def _written(rule: Rule) -> str:
    match rule:
        case Not(part):
            return f"NOT ({_written(part)})"
        case AllOf(parts):
            return _joined("AND", map(_written, parts))
        case AnyOf(parts):
            return _joined("OR", map(_written, parts))
        case _:
            return rule.source


def _joined(operator: str, rules: Iterable[str]) -> str:
    return f" {operator} ".join(f"({rule})" for rule in rules)


def _withheld(records: pl.DataFrame, *columns: str) -> pl.DataFrame:
    return records.with_columns(**{name: pl.lit(None, RECORDS[name]) for name in columns})


def _evaluation(gold: list[dict[str, Any]], records: pl.DataFrame, taxonomy: Taxonomy) -> Evaluation:
    labels = classify(records, taxonomy)
    levels = {(record, branch): level for record, branch, level in labels.select("record_id", "branch", "level").rows()}
    branches = sorted(branch.id for branch in taxonomy.branches)
    whole = _group(gold, levels, branches)
    return Evaluation(
        records=whole.records,
        taxonomy_version=taxonomy.version,
        micro=whole.micro,
        with_candidates=whole.with_candidates,
        branches={branch: _score(gold, levels, [branch], {"core"}) for branch in branches},
        groups={name: _group(members, levels, branches) for name, members in _groups(gold).items()},
        errors=tuple(_errors(gold, levels, branches)),
    )


def _group(gold: list[dict[str, Any]], levels: dict, branches: list[str]) -> Group:
    return Group(
        records=len(gold),
        micro=_score(gold, levels, branches, {"core"}),
        with_candidates=_score(gold, levels, branches, {"core", "candidate"}),
    )


def _groups(gold: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {"title_zh": [], "title_latin": [], "with_codes": [], "without_codes": []}
    for record in gold:
        groups["title_zh" if HAN_CHARACTER.search(record["title"] or "") else "title_latin"].append(record)
        symbols = map(normalise_symbol, record["codes"])
        groups["with_codes" if any(is_usable(symbol or "") for symbol in symbols) else "without_codes"].append(record)
    return groups


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
