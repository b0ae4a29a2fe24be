"""Branches x records: which technology a record belongs to, at which level, and on what evidence.

core and related are reserved for rules that are true. On a record without usable symbols the code clauses are unknown.
A branch may say by a rule of text alone, `text_core`, when such a record is core all the same. Failing that, where a
rule stays unknown and the text speaks strongly (a strong term in the title, or two in title and abstract) the level is
`candidate`, whatever the text alone makes of `related`: text evidence only, for review. `exclude` drops a record from
its branch; a missing symbol counts as false there.

What is written here, record by record, is the definition. Frames of more than a few records are labelled by columns in
transforms.batches, to the same labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Any

import polars as pl

from schemas.branches import Taxonomy
from schemas.errors import ContractError
from transforms.matching import (
    EVIDENCE_PER_TEXT,
    TEXT_FIELDS,
    Matcher,
    Span,
    View,
    disjoint,
    occurs_at_least,
    symbols_in,
)
from transforms.query import AllOf, AnyOf, BranchQuery, CodeClause, Not, Rule, TextClause, parse_taxonomy
from transforms.symbols import normalised
from transforms.texts import token_offsets

if TYPE_CHECKING:
    from transforms.batches import Rules

RECORDS = {
    "record_id": pl.String,
    "title": pl.String,
    "abstract": pl.String,
    "claims": pl.String,
    "ipc_symbols": pl.List(pl.String),
    "cpc_symbols": pl.List(pl.String),
}
EVIDENCE = pl.Struct({"kind": pl.String, "value": pl.String, "field": pl.String, "position": pl.Int32})
LABELS = {
    "record_id": pl.String,
    "branch": pl.String,
    "level": pl.String,
    "score": pl.Float64,
    "is_primary": pl.Boolean,
    "evidence": pl.List(EVIDENCE),
    "taxonomy_version": pl.String,
}
# Batches bound the memory, and are large enough that what is done once per rule and batch weighs little. No power of two:
# columns of so many marks would share a few lines of the processor's cache, and marking took twice as long.
BATCH_ROWS = 25_000
# The kernels run beside each other, what stands between them does not: a third worker would wait.
WORKERS = 2
# Fewer records are read one by one sooner than the compiled kernels are loaded.
FEW_RECORDS = 3_000


@dataclass(frozen=True)
class Evidence:
    """One thing that a label rests on. Term: text as it stands in the record, position in characters from 0.

    Code: normalised symbol, position in the list of its field from 0.
    """

    kind: str  # "term" or "code"
    value: str
    field: str  # TI, AB, CL, IPC, CPC
    position: int


@dataclass(frozen=True)
class BranchVerdict:
    """What one branch says of one record. `level` is None where it does not belong; `why_not` says why not (more)."""

    branch: str
    level: str | None
    score: float
    is_primary: bool
    terms: tuple[Evidence, ...]
    codes: tuple[Evidence, ...]
    why_not: str


@dataclass(frozen=True)
class _Label:
    classifier: _BranchClassifier
    level: str
    score: float


def classify(records: pl.DataFrame, taxonomy: Taxonomy) -> pl.DataFrame:
    """One row per record and branch it belongs to (columns: LABELS), sorted by record_id, branch.

    `records` has the columns RECORDS, one row per record_id; texts and lists may be null. Raises QueryError for a
    branch query that does not parse, ContractError for a frame that is not as said.
    """
    classifier = _classifier(taxonomy)
    frame = _checked(records)
    label = partial(_one_by_one, classifier) if frame.height <= FEW_RECORDS else partial(_by_columns, classifier.rules)
    batches = list(frame.iter_slices(BATCH_ROWS))
    with ThreadPoolExecutor(min(WORKERS, len(batches)) or 1) as workers:
        labels = list(workers.map(lambda batch: label(batch, taxonomy.version), batches))
    return pl.concat([pl.DataFrame(schema=LABELS), *labels]).sort("record_id", "branch")


def explain(record: dict[str, Any], taxonomy: Taxonomy) -> list[BranchVerdict]:
    """The verdict of every branch on one record (keys as RECORDS; missing ones count as null), in branch order."""
    classifier = _classifier(taxonomy)
    record = {name: record.get(name) for name in RECORDS}
    view = classifier.view(record)
    labels = {label.classifier.id: label for label in classifier.labels(view)}
    primary = _primary(labels.values())
    return [
        _verdict(each, labels.get(each.id), primary, record, view) for _, each in sorted(classifier.branches.items())
    ]


@lru_cache(maxsize=4)
def _classifier(taxonomy: Taxonomy) -> Classifier:
    return Classifier(taxonomy)


class Classifier:
    """All branches of a taxonomy over one matcher."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        queries = parse_taxonomy(taxonomy)
        self.matcher = Matcher(queries)
        branches = (_BranchClassifier(query, self.matcher, taxonomy.weights) for query in queries.branches)
        self.branches = {branch.id: branch for branch in branches}

    @cached_property
    def rules(self) -> Rules:
        from transforms.batches import Rules

        return Rules(self.matcher, list(self.branches.values()))

    def view(self, record: dict[str, Any]) -> View:
        texts = {"TI": record["title"], "AB": record["abstract"], "CL": record["claims"]}
        return self.matcher.view(texts, _normalised(record["ipc_symbols"]), _normalised(record["cpc_symbols"]))

    def labels(self, view: View) -> list[_Label]:
        levels = ((branch, branch.level(view)) for branch in self.branches.values())
        return [_Label(branch, level, branch.score(view, level)) for branch, level in levels if level]


class _BranchClassifier:
    """The compiled rules of one branch."""

    def __init__(self, query: BranchQuery, matcher: Matcher, weights: dict[str, float]) -> None:
        self.query, self.matcher, self.weights = query, matcher, weights
        self.id, self.priority = query.branch.id, query.branch.priority
        self.core = matcher.test(query.core)
        self.text_core = matcher.test(query.text_core) if query.text_core else None
        self.related = matcher.test(query.related)
        self.exclude = matcher.test(query.exclude, missing=False) if query.exclude else None
        self.strong = matcher.operand(query.strong_terms)
        self.strong_clause = TextClause("TA", 1, query.strong_terms, f"TA:@{query.branch.strong_terms}")
        self.codes_a = matcher.symbols.group(query.codes_a)
        self.codes_b = matcher.symbols.group(query.codes_b)

    def level(self, view: View) -> str | None:
        level = self.level_before_exclusion(view)
        return None if level and self.exclude and self.exclude(view) else level

    def level_before_exclusion(self, view: View) -> str | None:
        core = self.core(view)
        if core or self.is_core_by_text(view):
            return "core"
        related = self.related(view)
        if (core is None or related is None) and self.speaks_strongly(view):
            return "candidate"
        return "related" if related else None

    def is_core_by_text(self, view: View) -> bool:
        return bool(self.text_core and not view.has_codes and self.text_core(view))

    def speaks_strongly(self, view: View) -> bool:
        in_title = occurs_at_least(self.strong, view, TEXT_FIELDS["TI"], 1)
        return in_title or occurs_at_least(self.strong, view, TEXT_FIELDS["TA"], 2)

    def score(self, view: View, level: str) -> float:
        """Evidence score; it only decides which one branch is primary."""
        weight = self.weights
        in_a, in_b = (symbols_in(self.matcher.symbols, view, "IC", group) for group in (self.codes_a, self.codes_b))
        return (
            weight["core_level"] * (level == "core")
            + weight["title_term"] * self.strong.occurs(view.hits["TI"])
            + weight["abstract_term_each"] * self.occurrences(view, "AB", weight["abstract_terms_max"])
            + weight["claim_term_each"] * self.occurrences(view, "CL", weight["claim_terms_max"])
            + weight["first_code_in_a"] * bool(self.codes_a & view.groups["ICF"])
            + weight["each_code_in_a"] * min(len(in_a), weight["codes_in_a_max"])
            + weight["each_code_in_b"] * min(len(in_b), weight["codes_in_b_max"])
        )

    def occurrences(self, view: View, name: str, at_most: float) -> int:
        return len(disjoint(self.strong.spans(view.hits[name]), int(at_most)))

    def grounds(self, level: str, view: View) -> list[TextClause | CodeClause]:
        """The clauses that a label of this level rests on; a candidate rests on the strong terms alone."""
        if level == "candidate":
            return [self.strong_clause]
        if level == "related":
            return _true_clauses(self.query.related, self.matcher, view)
        return _true_clauses(self.query.core if self.core(view) else self.query.text_core, self.matcher, view)

    def wanting(self, level: str | None, view: View) -> dict[str, Rule]:
        """The rules, by name, that are tried for a level above this one on this record."""
        rules = {"core": self.query.core}
        if self.query.text_core and not view.has_codes:
            rules["text_core"] = self.query.text_core
        return rules if level == "related" else rules | {"related": self.query.related}


def _checked(records: pl.DataFrame) -> pl.DataFrame:
    if missing := [name for name in RECORDS if name not in records.columns]:
        raise ContractError("records to classify", f"no column {', '.join(missing)}", ", ".join(RECORDS))
    frame = records.select(pl.col(name).cast(dtype) for name, dtype in RECORDS.items())
    if frame["record_id"].null_count() or frame["record_id"].is_duplicated().any():
        raise ContractError("records to classify", "a record_id is null or stands twice", "one row per record_id")
    return frame


def _by_columns(rules: Rules, batch: pl.DataFrame, version: str) -> pl.DataFrame:
    from transforms.batches import labels_of  # here, because a process that explains one record needs no compiler

    return labels_of(batch, rules, version).cast(LABELS)


def _one_by_one(classifier: Classifier, batch: pl.DataFrame, version: str) -> pl.DataFrame:
    rows = [row for record in batch.iter_rows(named=True) for row in _label_rows(classifier, record, version)]
    return pl.DataFrame(rows, schema=LABELS, orient="row")


def _label_rows(classifier: Classifier, record: dict[str, Any], version: str) -> Iterator[tuple]:
    view = classifier.view(record)
    labels = classifier.labels(view)
    if not labels:
        return
    primary, offsets = _primary(labels), _Offsets(record)
    for label in labels:
        clauses = label.classifier.grounds(label.level, view)
        evidence = [vars(each) for each in _evidence(clauses, classifier.matcher, view, offsets)]
        branch = label.classifier.id
        yield record["record_id"], branch, label.level, label.score, branch == primary, evidence, version


def _primary(labels: Iterable[_Label]) -> str | None:
    """The branch with the highest score among core labels, else among related ones; ties: lower priority number."""
    for level in ("core", "related"):
        ranked = [
            (-label.score, label.classifier.priority, label.classifier.id) for label in labels if label.level == level
        ]
        if ranked:
            return min(ranked)[2]
    return None


def _normalised(symbols: Sequence[str | None] | None) -> list[str]:
    return list(filter(None, map(normalised, symbols or ())))


class _Offsets:
    """Where the tokens of a record's texts stand in them, worked out for the texts that evidence points into."""

    def __init__(self, record: dict[str, Any]) -> None:
        self.texts = {"TI": record["title"] or "", "AB": record["abstract"] or "", "CL": record["claims"] or ""}
        self._offsets: dict[str, list[Span]] = {}

    def passage(self, name: str, span: Span) -> Evidence:
        if name not in self._offsets:
            self._offsets[name] = token_offsets(self.texts[name])
        start, end = self._offsets[name][span[0]][0], self._offsets[name][span[1] - 1][1]
        return Evidence("term", self.texts[name][start:end], name, start)


def _evidence(
    clauses: Sequence[TextClause | CodeClause], matcher: Matcher, view: View, offsets: _Offsets
) -> list[Evidence]:
    """What the clauses match: terms in reading order, then symbols in their order, each once."""
    return [*_term_evidence(clauses, matcher, view, offsets), *_code_evidence(clauses, matcher, view)]


def _term_evidence(clauses: Sequence, matcher: Matcher, view: View, offsets: _Offsets) -> list[Evidence]:
    found = []
    for name, hits in view.hits.items():
        operands = {matcher.operand(each.operand) for each in clauses if name in TEXT_FIELDS.get(each.field, ())}
        spans = {span for operand in operands for span in operand.passages(hits, EVIDENCE_PER_TEXT)}
        found += [offsets.passage(name, span) for span in sorted(spans)]
    return found


def _code_evidence(clauses: Sequence, matcher: Matcher, view: View) -> list[Evidence]:
    codes = [(each.field, matcher.symbols.group(each.patterns)) for each in clauses if isinstance(each, CodeClause)]
    first = view.symbols["ICF"]
    found = []
    for name in ("IPC", "CPC"):
        for position, symbol in enumerate(view.symbols[name]):
            fields = {name, "IC"} | ({"ICF"} if position == 0 and (symbol,) == first else set())
            if any(field in fields and group & matcher.symbols[symbol] for field, group in codes):
                found.append(Evidence("code", symbol, name, position))
    return found


def _true_clauses(
    rule: Rule, matcher: Matcher, view: View, missing: bool | None = None
) -> list[TextClause | CodeClause]:
    """The clauses that hold within the parts that hold. A negation proves by absence and shows nothing."""
    match rule:
        case Not():
            return []
        case AllOf(parts) | AnyOf(parts):
            holding = [part for part in parts if matcher.test(part, missing)(view)]
            return [clause for part in holding for clause in _true_clauses(part, matcher, view, missing)]
        case _:
            return [rule] if matcher.test(rule, missing)(view) else []


def _lacking(rule: Rule, matcher: Matcher, view: View) -> list[str]:
    """The fewest clauses that keep a rule from being true, as they are written."""
    if matcher.test(rule)(view):
        return []
    match rule:
        case Not(part):
            standing = " ".join(clause.source for clause in _true_clauses(part, matcher, view))
            return [f"NOT ({standing})" if standing else "NOT ... (unknown: the record has no usable symbol)"]
        case AllOf(parts):
            return [each for part in parts for each in _lacking(part, matcher, view)]
        case AnyOf(parts):
            return min((_lacking(part, matcher, view) for part in parts), key=len)
        case CodeClause() if not view.has_codes:
            return [f"{rule.source} (unknown: the record has no usable symbol)"]
        case _:
            return [rule.source]


def _verdict(
    classifier: _BranchClassifier, label: _Label | None, primary: str | None, record: dict[str, Any], view: View
) -> BranchVerdict:
    matcher, offsets = classifier.matcher, _Offsets(record)
    clauses = classifier.grounds(label.level, view) if label else [classifier.strong_clause]
    return BranchVerdict(
        branch=classifier.id,
        level=label.level if label else None,
        score=label.score if label else 0.0,
        is_primary=classifier.id == primary,
        terms=tuple(_term_evidence(clauses, matcher, view, offsets)),
        codes=tuple(_code_evidence(clauses, matcher, view)),
        why_not=_why_not(classifier, label, view),
    )


def _why_not(classifier: _BranchClassifier, label: _Label | None, view: View) -> str:
    """Which clause keeps the record out of the branch, or from the next higher level."""
    if label and label.level == "core":
        return ""
    matcher = classifier.matcher
    if not label and classifier.level_before_exclusion(view):
        standing = _true_clauses(classifier.query.exclude, matcher, view, missing=False)
        return "excluded by " + ", ".join(clause.source for clause in standing)
    rules = classifier.wanting(label.level if label else None, view)
    return "; ".join(f"{name} lacks {', '.join(_lacking(rule, matcher, view))}" for name, rule in rules.items())
