"""The classifier against records that people have labelled: precision, recall and F1 per branch, and every error.

Ablation shows what the parts of the rules are worth: the same records with codes only, with terms only, and without
excludes and masks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from math import sqrt
from pathlib import Path
from typing import Any

import polars as pl

from schemas.branches import Branch, Taxonomy
from transforms.classify import RECORDS, BranchVerdict, classify, explain
from transforms.gold import Gold, GoldRecord, frame_of, read_gold
from transforms.query import AllOf, AnyOf, BranchQuery, CodeClause, Not, Rule, parse_taxonomy
from transforms.symbols import is_usable, normalise_symbol
from transforms.texts import HAN_CHARACTER

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
class ExplainedError:
    """An error with what the rules saw: the evidence of a false positive, what kept a false negative out and what spoke for it."""

    error: LabelError
    verdict: BranchVerdict

    def as_dict(self) -> dict[str, Any]:
        verdict = self.verdict
        evidence = {"terms": list(map(asdict, verdict.terms)), "codes": list(map(asdict, verdict.codes))}
        return asdict(self.error) | evidence | {"why_not": verdict.why_not}


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

    `groups`: title_zh (a Han character in the title), title_latin (none), with_abstract, without_abstract, with_codes
    (a usable symbol), without_codes. `unlabelled` records of the file are those on which nobody has decided; they do not count.
    """

    records: int
    unlabelled: int
    taxonomy_version: str
    micro: Score
    with_candidates: Score
    branches: dict[str, Score]
    groups: dict[str, Group]
    errors: tuple[LabelError, ...]

    @property
    def macro_branches(self) -> list[str]:
        """The branches with a support of at least MACRO_SUPPORT."""
        return [branch for branch, score in self.branches.items() if score.support >= MACRO_SUPPORT]

    @property
    def macro_f1(self) -> float | None:
        """Mean F1 of `macro_branches`; None where there is none."""
        supported = [self.branches[branch].f1 for branch in self.macro_branches]
        return sum(supported) / len(supported) if supported else None

    def as_dict(self) -> dict[str, Any]:
        return {
            "records": self.records,
            "unlabelled": self.unlabelled,
            "taxonomy_version": self.taxonomy_version,
            "micro": self.micro.as_dict(),
            "micro_with_candidates": self.with_candidates.as_dict(),
            "macro_f1": self.macro_f1,
            "macro_branches": self.macro_branches,
            "branches": {branch: score.as_dict() for branch, score in self.branches.items()},
            "groups": {name: group.as_dict() for name, group in self.groups.items()},
        }


def evaluate(gold_path: Path, taxonomy: Taxonomy) -> Evaluation:
    """Classify the records of a gold file and compare level core with the readers' core labels.

    The file is as `read_gold` says. Disputed branches count neither way. Raises UnreadableFileError with the line number.
    """
    gold = read_gold(gold_path, taxonomy)
    return _evaluation(gold, frame_of(gold.records), taxonomy)


def explain_errors(gold_path: Path, taxonomy: Taxonomy, errors: Iterable[LabelError]) -> list[ExplainedError]:
    """What the rules saw in the records of these errors. Raises as `evaluate`."""
    records = {record.id: record.as_record() for record in read_gold(gold_path, taxonomy).records}
    verdicts = {
        record_id: {verdict.branch: verdict for verdict in explain(records[record_id], taxonomy)}
        for record_id in {error.record_id for error in errors}
    }
    return [ExplainedError(error, verdicts[error.record_id][error.branch]) for error in errors]


def ablate(gold_path: Path, taxonomy: Taxonomy) -> dict[str, Evaluation]:
    """The evaluation of a gold file with parts of the evidence withheld, by name of the variant.

    combined: as `evaluate`. codes_only_text_unknown: no texts, and rules without the text clauses that stand beside
    code clauses. codes_only_text_absent: no texts, rules as written. terms_only: no codes, so that text_core and the
    candidates decide. no_excludes_or_masks: the rest of the rules. Raises as `evaluate`.
    """
    gold = read_gold(gold_path, taxonomy)
    records = frame_of(gold.records)
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


def _evaluation(gold: Gold, records: pl.DataFrame, taxonomy: Taxonomy) -> Evaluation:
    labels = classify(records, taxonomy)
    levels = {(record, branch): level for record, branch, level in labels.select("record_id", "branch", "level").rows()}
    branches = sorted(branch.id for branch in taxonomy.branches)
    whole = _group(gold.records, levels, branches)
    return Evaluation(
        records=whole.records,
        unlabelled=gold.unlabelled,
        taxonomy_version=taxonomy.version,
        micro=whole.micro,
        with_candidates=whole.with_candidates,
        branches={branch: _score(gold.records, levels, [branch], {"core"}) for branch in branches},
        groups={name: _group(members, levels, branches) for name, members in _groups(gold.records).items()},
        errors=tuple(_errors(gold.records, levels, branches)),
    )


def _group(gold: Sequence[GoldRecord], levels: dict, branches: list[str]) -> Group:
    return Group(
        records=len(gold),
        micro=_score(gold, levels, branches, {"core"}),
        with_candidates=_score(gold, levels, branches, {"core", "candidate"}),
    )


def _groups(gold: Sequence[GoldRecord]) -> dict[str, list[GoldRecord]]:
    pairs = {
        ("title_zh", "title_latin"): lambda record: HAN_CHARACTER.search(record.title or ""),
        ("with_abstract", "without_abstract"): lambda record: (record.abstract or "").strip(),
        ("with_codes", "without_codes"): _has_usable_symbol,
    }
    return {
        name: [record for record in gold if bool(holds(record)) == is_wanted]
        for names, holds in pairs.items()
        for name, is_wanted in zip(names, (True, False), strict=True)
    }


def _has_usable_symbol(record: GoldRecord) -> bool:
    symbols = map(normalise_symbol, (*record.ipc_symbols, *record.cpc_symbols))
    return any(is_usable(symbol or "") for symbol in symbols)


def wilson_interval(successes: int, trials: int, z: float = 1.96) -> tuple[float, float]:
    """95 % interval of a proportion (Wilson 1927); (0, 1) where nothing was tried."""
    if not trials:
        return 0.0, 1.0
    share, spread = successes / trials, z * z / trials
    centre = (share + spread / 2) / (1 + spread)
    half = sqrt(share * (1 - share) * spread + spread * spread / 4) / (1 + spread)
    return max(0.0, centre - half), min(1.0, centre + half)


def _score(gold: Sequence[GoldRecord], levels: dict, branches: list[str], counted: set[str]) -> Score:
    outcomes = Counter(
        (levels.get((record.id, branch)) in counted, branch in record.core)
        for record in gold
        for branch in branches
        if branch not in record.disputed
    )
    return Score(tp=outcomes[True, True], fp=outcomes[True, False], fn=outcomes[False, True])


def _errors(gold: Sequence[GoldRecord], levels: dict, branches: list[str]) -> Iterable[LabelError]:
    for record in gold:
        for branch in branches:
            level = levels.get((record.id, branch))
            is_core = branch in record.core
            if branch not in record.disputed and is_core != (level == "core"):
                kind = "false negative" if is_core else "false positive"
                yield LabelError(record.id, branch, kind, level, record.title or "")
