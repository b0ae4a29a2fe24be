"""Batches: the labels of many records at once, the same that transforms.classify gives them one by one.

Texts are scanned as columns, each symbol is looked up once, and a rule is tried on all records together, in
three-valued logic over arrays. First an operand with NEAR or a count is only known to be impossible, certain, or open;
occurrences are then counted for the records and branches that this leaves. Evidence is worked out for labels alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property, reduce
from operator import and_, or_
from typing import NamedTuple, Protocol

import numpy as np
import polars as pl

from transforms import scanning
from transforms.groups import Symbols, SymbolTable, symbols_of
from transforms.matching import EVIDENCE_PER_TEXT, TEXT_FIELDS, Matcher, OperandMatcher, clauses
from transforms.occurrences import occurrences, operands_of, passages, seen
from transforms.query import AllOf, AnyOf, BranchQuery, CodeClause, Not, OneOf, Rule, TextClause

TEXTS = {"TI": "title", "AB": "abstract", "CL": "claims"}
# What a value can still be. A code clause of a record without usable symbols can be both.
TRUE, FALSE, OPEN = np.uint8(1), np.uint8(2), np.uint8(3)
LEVELS = ("core", "related", "candidate")


class Branch(Protocol):
    """What is asked of a branch; see transforms.classify."""

    id: str
    priority: int
    query: BranchQuery
    weights: dict[str, float]
    codes_a: int
    codes_b: int
    strong_clause: TextClause


class Ground(NamedTuple):
    """A clause that labels rest on, and which rows of them do."""

    clause: TextClause | CodeClause
    rows: np.ndarray


class Rules:
    """The queries of a taxonomy as arrays for the kernels, with its operands numbered."""

    def __init__(self, matcher: Matcher, branches: Sequence[Branch]) -> None:
        self.matcher, self.branches = matcher, branches
        self.anchors = scanning.anchors_of(matcher.index)
        self.operands: list[OperandMatcher] = []
        self._numbers: dict[OperandMatcher, int] = {}
        self._clauses: dict[int, int] = {}
        pairs: set[tuple[str, int]] = set()
        for branch in branches:
            query = branch.query
            rules = [query.core, query.text_core, query.related, query.exclude, branch.strong_clause]
            pairs |= {("IC", branch.codes_a), ("IC", branch.codes_b), ("ICF", branch.codes_a)}
            for clause in (each for rule in rules if rule for each in clauses(rule)):
                if isinstance(clause, TextClause):
                    self._clauses[id(clause.operand)] = self._numbered(matcher.operand(clause.operand))
                else:
                    pairs.add((clause.field, matcher.symbols.group(clause.patterns)))
        self.symbols = SymbolTable(matcher.symbols, sorted(pairs))
        self.nears = [
            [(self._numbers[left], self._numbers[right]) for left, right, _ in operand.nears]
            for operand in self.operands
        ]
        self.tables = operands_of(self._numbers, self.anchors.length)

    def _numbered(self, operand: OperandMatcher) -> int:
        for left, right, _ in operand.nears:
            self._numbered(left)
            self._numbered(right)
        if operand not in self._numbers:
            self._numbers[operand] = len(self.operands)
            self.operands.append(operand)
        return self._numbers[operand]

    def number(self, operand: OneOf) -> int:
        return self._clauses[id(operand)]


class Facts:
    """What a batch of records shows: terms in texts, symbols, and of every clause what it can be."""

    def __init__(self, records: pl.DataFrame, rules: Rules) -> None:
        self.rules = rules
        self.found = {
            name: scanning.scan(records[column], rules.matcher.index, rules.anchors) for name, column in TEXTS.items()
        }
        self.symbols: Symbols = symbols_of(records["ipc_symbols"], records["cpc_symbols"], rules.symbols)
        self.has_codes = self.symbols.has_codes
        self._seen = {name: seen(found, rules.tables) for name, found in self.found.items()}
        self._possible: dict[tuple[str, int], np.ndarray] = {}
        self._values: dict[tuple, np.ndarray] = {}

    def text(self, clause: TextClause) -> np.ndarray:
        number = self.rules.number(clause.operand)
        key = (clause.field, clause.at_least, number)
        if key not in self._values:
            names = TEXT_FIELDS[clause.field]
            possible = reduce(or_, [self._possibly(name, number) for name in names])
            certain = reduce(or_, [self._seen[name][number] for name in names]) if clause.at_least == 1 else False
            self._values[key] = np.where(possible, np.where(certain, TRUE, OPEN), FALSE)
        return self._values[key]

    def codes(self, clause: CodeClause, missing: np.uint8) -> np.ndarray:
        group = self.rules.matcher.symbols.group(clause.patterns)
        key = (clause.field, clause.at_least, group, missing)
        if key not in self._values:
            is_true = self.symbols.count(clause.field, group) >= clause.at_least
            self._values[key] = np.where(self.has_codes, np.where(is_true, TRUE, FALSE), missing)
        return self._values[key]

    def count(self, name: str, number: int, rows: np.ndarray, at_most: int) -> np.ndarray:
        """How often an operand occurs without overlap in one text of these rows, up to a limit."""
        counts = np.zeros(len(rows), np.int64)
        doubtful = np.flatnonzero(self._possibly(name, number)[rows])
        counts[doubtful] = occurrences(self.found[name], rows[doubtful], number, self.rules.tables, at_most)
        return counts

    def _possibly(self, name: str, number: int) -> np.ndarray:
        key = (name, number)
        if key not in self._possible:
            pairs = [
                self._possibly(name, left) & self._possibly(name, right) for left, right in self.rules.nears[number]
            ]
            self._possible[key] = reduce(or_, pairs, self._seen[name][number])
        return self._possible[key]


class AllRows:
    """Rules tried on all rows of a batch, with nothing counted: a value may stay open that is True or False."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.has_codes = facts.has_codes

    def text(self, clause: TextClause) -> np.ndarray:
        return self.facts.text(clause)

    def codes(self, clause: CodeClause, missing: np.uint8) -> np.ndarray:
        return self.facts.codes(clause, missing)

    def value(self, rule: Rule, missing: np.uint8 = OPEN) -> np.ndarray:
        match rule:
            case TextClause():
                return self.text(rule)
            case CodeClause():
                return self.codes(rule, missing)
            case Not(part):
                value = self.value(part, missing)
                return (value & TRUE) << 1 | value >> 1
            case AllOf(parts):
                values = [self.value(part, missing) for part in parts]
                return reduce(and_, values) & TRUE | reduce(or_, values) & FALSE
            case AnyOf(parts):
                values = [self.value(part, missing) for part in parts]
                return reduce(or_, values) & TRUE | reduce(and_, values) & FALSE


class SomeRows(AllRows):
    """Rules tried on some rows, everything counted: open is only what a missing symbol leaves open."""

    def __init__(self, facts: Facts, rows: np.ndarray) -> None:
        self.facts, self.rows = facts, rows
        self.has_codes = facts.has_codes[rows]
        self._counted: dict[tuple, np.ndarray] = {}

    def text(self, clause: TextClause) -> np.ndarray:
        number = self.facts.rules.number(clause.operand)
        key = (clause.field, clause.at_least, number)
        if key not in self._counted:
            value = self.facts.text(clause)[self.rows]
            is_open = np.flatnonzero(value == OPEN)
            counts = [
                self.facts.count(name, number, self.rows[is_open], clause.at_least)
                for name in TEXT_FIELDS[clause.field]
            ]
            value[is_open] = np.where(sum(counts) >= clause.at_least, TRUE, FALSE)
            self._counted[key] = value
        return self._counted[key]

    def codes(self, clause: CodeClause, missing: np.uint8) -> np.ndarray:
        return self.facts.codes(clause, missing)[self.rows]

    def only(self, chosen: np.ndarray) -> SomeRows:
        """The rows that are chosen by a mask, with what was counted of them."""
        fewer = SomeRows(self.facts, self.rows[chosen])
        fewer._counted = {key: value[chosen] for key, value in self._counted.items()}
        return fewer

    def grounds(self, rule: Rule, holding: np.ndarray) -> Iterator[Ground]:
        """The clauses that hold within the parts that hold, for the rows in which the rule does."""
        match rule:
            case Not():
                return
            case AllOf(parts) | AnyOf(parts):
                for part in parts:
                    yield from self.grounds(part, holding & (self.value(part) == TRUE))
            case _:
                yield Ground(rule, holding & (self.value(rule) == TRUE))


class BranchLabels:
    """The labels of one branch in a batch. `rows`: those labelled; level and score of each."""

    def __init__(self, branch: Branch, facts: Facts) -> None:
        self.branch, self.facts = branch, facts
        self.some = SomeRows(facts, self._open_rows())
        level = self._levels()
        self.some, self.level = self.some.only(level >= 0), level[level >= 0]
        self.rows = self.some.rows

    def _open_rows(self) -> np.ndarray:
        query, every = self.branch.query, AllRows(self.facts)
        can_be = (every.value(query.core) | every.value(query.related)) & TRUE
        if query.text_core:
            can_be |= every.value(query.text_core) & TRUE & ~every.has_codes
        return np.flatnonzero(can_be == TRUE)

    def _levels(self) -> np.ndarray:
        """Number of the level in LEVELS, or -1."""
        query, some = self.branch.query, self.some
        core, related = some.value(query.core), some.value(query.related)
        is_core = (core == TRUE) | self._is_core_by_text()
        is_candidate = ((core == OPEN) | (related == OPEN)) & ~is_core
        is_candidate[is_candidate] = self._speaks_strongly(some.rows[is_candidate])
        level = np.select([is_core, is_candidate, related == TRUE], [0, 2, 1], -1)
        if query.exclude:
            level[some.value(query.exclude, FALSE) == TRUE] = -1
        return level

    def _is_core_by_text(self) -> np.ndarray:
        if not self.branch.query.text_core:
            return np.zeros(len(self.some.rows), np.bool_)
        return (self.some.value(self.branch.query.text_core) == TRUE) & ~self.some.has_codes

    def _speaks_strongly(self, rows: np.ndarray) -> np.ndarray:
        in_title, in_abstract = (self._strong(name, rows, 2) for name in TEXT_FIELDS["TA"])
        return (in_title >= 1) | (in_title + in_abstract >= 2)

    def _strong(self, name: str, rows: np.ndarray, at_most: float) -> np.ndarray:
        return self.facts.count(name, self.facts.rules.number(self.branch.query.strong_terms), rows, int(at_most))

    @cached_property
    def score(self) -> np.ndarray:
        """Evidence score, added up in the order in which transforms.classify does."""
        weight, branch, symbols = self.branch.weights, self.branch, self.facts.symbols
        in_a, in_b = (symbols.count("IC", group)[self.rows] for group in (branch.codes_a, branch.codes_b))
        return (
            weight["core_level"] * (self.level == 0)
            + weight["title_term"] * (self._strong("TI", self.rows, 1) > 0)
            + weight["abstract_term_each"] * self._strong("AB", self.rows, weight["abstract_terms_max"])
            + weight["claim_term_each"] * self._strong("CL", self.rows, weight["claim_terms_max"])
            + weight["first_code_in_a"] * (symbols.count("ICF", branch.codes_a)[self.rows] > 0)
            + weight["each_code_in_a"] * np.minimum(in_a, weight["codes_in_a_max"])
            + weight["each_code_in_b"] * np.minimum(in_b, weight["codes_in_b_max"])
        ).astype(np.float64)

    def grounds(self) -> Iterator[Ground]:
        """What the labels rest on, each level by its own rule; a candidate rests on the strong terms alone."""
        query, some = self.branch.query, self.some
        is_core = self.level == 0
        by_core = is_core & (some.value(query.core) == TRUE)
        yield from some.grounds(query.core, by_core)
        if query.text_core:
            yield from some.grounds(query.text_core, is_core & ~by_core)
        yield from some.grounds(query.related, self.level == 1)
        yield Ground(self.branch.strong_clause, self.level == 2)


class BatchLabels:
    """All labels of a batch, numbered branch by branch."""

    def __init__(self, records: pl.DataFrame, rules: Rules) -> None:
        self.records, self.rules, self.facts = records, rules, Facts(records, rules)
        self.branches = [BranchLabels(branch, self.facts) for branch in rules.branches]
        self.rows = np.concatenate([each.rows for each in self.branches])
        self.level = np.concatenate([each.level for each in self.branches])
        self.score = np.concatenate([each.score for each in self.branches])
        self.branch = np.repeat(np.arange(len(self.branches)), [len(each.rows) for each in self.branches])

    def frame(self, version: str) -> pl.DataFrame:
        """One row per label, in the order of their numbers; columns as in transforms.classify.LABELS."""
        ids = pl.Series([branch.id for branch in self.rules.branches], dtype=pl.String)
        return pl.DataFrame(
            {
                "record_id": self.records["record_id"].gather(self.rows),
                "branch": ids.gather(self.branch),
                "level": pl.Series(LEVELS).gather(self.level),
                "score": self.score,
                "is_primary": self._is_primary(),
                "evidence": self._evidence(),
                "taxonomy_version": pl.repeat(version, len(self.rows), dtype=pl.String, eager=True),
            }
        )

    def _is_primary(self) -> np.ndarray:
        """Of each record the core label, failing that the related one, with the highest score; ties by priority."""
        branches = self.rules.branches
        priority = np.array([branch.priority for branch in branches])[self.branch]
        by_id = np.argsort(np.argsort([branch.id for branch in branches]))[self.branch]
        order = np.lexsort((by_id, priority, -self.score, self.level, self.rows))
        is_first = np.diff(self.rows[order], prepend=-1) != 0
        is_primary = np.zeros(len(self.rows), np.bool_)
        is_primary[order[is_first]] = True
        return is_primary & (self.level != LEVELS.index("candidate"))

    def _evidence(self) -> pl.Series:
        asked_texts: dict[str, list[np.ndarray]] = {name: [] for name in TEXTS}
        asked_codes: list[tuple[np.ndarray, str, int]] = []
        first = 0
        for each in self.branches:
            for clause, holds in each.grounds():
                labels = first + np.flatnonzero(holds)
                if isinstance(clause, CodeClause):
                    asked_codes.append((labels, clause.field, self.rules.matcher.symbols.group(clause.patterns)))
                    continue
                number = np.full(len(labels), self.rules.number(clause.operand))
                for name in TEXT_FIELDS[clause.field]:
                    asked_texts[name].append(np.column_stack([labels, number]))
            first += len(each.rows)
        shown = [self._terms_shown(name, asked) for name, asked in asked_texts.items()]
        shown.append(self._codes_shown(asked_codes))
        return _lists(pl.concat(shown), len(self.rows))

    def _terms_shown(self, name: str, asked: list[np.ndarray]) -> pl.DataFrame:
        found, texts = self.facts.found[name], self.records[TEXTS[name]]
        requests = np.unique(np.concatenate([np.zeros((0, 2), np.int64), *asked]), axis=0)
        spans = passages(found, self.rows, requests, self.rules.tables, EVIDENCE_PER_TEXT)
        rows = self.rows[spans[:, 0]]
        start, end = scanning.places(texts, found, self.rules.anchors, rows, spans[:, 1], spans[:, 2])
        frame = pl.DataFrame(
            {"label": spans[:, 0], "text": texts.gather(rows), "position": start, "length": end - start}
        )
        return frame.select(
            "label",
            kind=pl.lit("term"),
            value=pl.col("text").str.slice("position", "length"),
            field=pl.lit(name),
            position=pl.col("position").cast(pl.Int32),
        )

    def _codes_shown(self, asked: list[tuple[np.ndarray, str, int]]) -> pl.DataFrame:
        symbols = self.facts.symbols
        shown = symbols.shown(self.rows, asked)
        return pl.DataFrame(
            {
                "label": shown[:, 0],
                "kind": pl.repeat("code", len(shown), dtype=pl.String, eager=True),
                "value": symbols.spelling(shown[:, 3]),
                "field": pl.Series(["IPC", "CPC"]).gather(shown[:, 1]),
                "position": pl.Series(shown[:, 2], dtype=pl.Int32),
            }
        )


def _lists(shown: pl.DataFrame, labels: int) -> pl.Series:
    """What is shown of each label, as one list of structs for every label."""
    listed = (
        shown.sort("label", maintain_order=True)
        .group_by("label", maintain_order=True)
        .agg(pl.struct("kind", "value", "field", "position").alias("evidence"))
    )
    every = pl.DataFrame({"label": np.arange(labels)})
    joined = every.join(listed, on="label", how="left", validate="1:1", maintain_order="left")
    return joined["evidence"].fill_null([])


def labels_of(records: pl.DataFrame, rules: Rules, version: str) -> pl.DataFrame:
    """The labels of a batch; columns as in transforms.classify.LABELS."""
    return BatchLabels(records, rules).frame(version)
