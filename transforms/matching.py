"""The matcher: parsed queries -> tests over records, one record at a time.

A text is cut into tokens and written as one line, in which an automaton (Aho-Corasick) finds the terms of all branches
at once. Rules are then three-valued logic over the spans of the terms and the record's symbols. transforms.batches does
the same by columns, many times faster; here it can be read.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import or_
from typing import NamedTuple

from ahocorasick_rs import BytesAhoCorasick

from transforms.query import AllOf, AnyOf, CodeClause, Near, Not, Operand, Queries, Rule, Term, TextClause, Word
from transforms.symbols import fits, is_usable
from transforms.texts import fold, line_of, token_line, tokens, tokens_in

TEXT_FIELDS = {"TI": ("TI",), "AB": ("AB",), "CL": ("CL",), "TA": ("TI", "AB"), "TAC": ("TI", "AB", "CL")}
# A label shows so many occurrences per block and text; one that repeats a term a thousand times proves no more.
EVIDENCE_PER_TEXT = 8
Span = tuple[int, int]  # first token, token after the last
Hits = dict[int, list[Span]]  # term number -> where it stands in one text
Test = Callable[["View"], bool | None]  # None: unknown, the record has no usable symbol

# Distinct symbols are remembered up to so many, so that memory does not grow with the number of records.
_REMEMBERED = 500_000


class Scan(NamedTuple):
    """A text as a line of tokens, and the anchors of terms that stand in it: (anchor, first byte, byte after)."""

    text: str
    line: bytes
    matches: list[tuple[int, int, int]]


class TermIndex:
    """All terms of all branches, numbered. A term is found by its anchor: all of it, or its longest part in one piece.

    `scan` finds the anchors in one text, `hits` makes terms and spans of them, `find` is both.
    """

    def __init__(self, terms: Iterable[Term], masks: Iterable[Term]) -> None:
        masks = tuple(masks)
        self.sequences = list(dict.fromkeys(term.words for term in (*terms, *masks)))
        self.numbers = {words: number for number, words in enumerate(self.sequences)}
        self.masks = frozenset(self.numbers[mask.words] for mask in masks)
        anchored: dict[bytes, list[_Anchored]] = {}
        for words, number in self.numbers.items():
            anchor, before = _anchor(words)
            is_decided = len(anchor) == len(words) and not any(word.is_exact_case for word in words)
            anchored.setdefault(_line_of(anchor), []).append((number, before, len(words), is_decided))
        self.lines, self.anchored = list(anchored), list(anchored.values())
        self._automaton = BytesAhoCorasick(self.lines)

    def scan(self, text: str | None) -> Scan:
        line = token_line(text or "")
        return Scan(text or "", line, self._automaton.find_matches_as_indexes(line, overlapping=True))

    def hits(self, scan: Scan) -> Hits:
        """Spans of every term in reading order. What a mask matches is hidden from all terms and keeps its place."""
        hits = self._located(scan) if scan.matches else {}
        hidden = {at for number in self.masks & hits.keys() for span in hits[number] for at in range(*span)}
        return _outside(hits, hidden) if hidden else hits

    def find(self, text: str | None) -> Hits:
        return self.hits(self.scan(text))

    def _located(self, scan: Scan) -> Hits:
        hits: Hits = {}
        line = scan.line
        tokens_in_part = _spaces if line.isascii() else tokens_in
        words: list[str] = []  # with their case; few terms need a look at them
        at = token = 0
        for anchor, start, _ in scan.matches:
            token += tokens_in_part(line[at:start]) if start >= at else -tokens_in_part(line[start:at])
            at = start
            for number, before, length, is_decided in self.anchored[anchor]:
                first = token - before
                if not is_decided:
                    words = words or tokens(fold(scan.text))
                    if first < 0 or not _stands_at(self.sequences[number], words, first):
                        continue
                if number in hits:
                    hits[number].append((first, first + length))
                else:
                    hits[number] = [(first, first + length)]
        return hits


# A term by its number, the words before its anchor, all its words, and whether the anchor is all there is to see.
_Anchored = tuple[int, int, int, bool]


def _anchor(words: tuple[Word, ...]) -> tuple[tuple[Word, ...], int]:
    """The longest part of a term that stands in a line of tokens as one piece, and the number of words before it.

    A truncated word ends a piece: what follows it in the line depends on the text.
    """
    ends = [number for number, word in enumerate(words, 1) if word.is_prefix or number == len(words)]
    pieces = [(words[start:end], start) for start, end in zip([0, *ends], ends, strict=False)]
    return max(pieces, key=lambda piece: sum(len(word.text) for word in piece[0]))


def _line_of(words: tuple[Word, ...]) -> bytes:
    """Words as they stand in a line of tokens (token_line); after a truncated word anything may follow."""
    line = line_of(word.text.casefold() for word in words)
    return (line.removesuffix(" ") if words[-1].is_prefix else line).encode()


def _spaces(part: bytes) -> int:
    """As tokens_in for a line of ASCII, in which one space stands before each token."""
    return part.count(b" ")


def _stands_at(words: tuple[Word, ...], tokens_of_text: list[str], first: int) -> bool:
    found = tokens_of_text[first : first + len(words)]
    return len(found) == len(words) and all(map(_fits, words, found))


def _fits(word: Word, token: str) -> bool:
    seen = token if word.is_exact_case else token.casefold()
    return seen.startswith(word.text) if word.is_prefix else seen == word.text


def _outside(hits: Hits, hidden: set[int]) -> Hits:
    """The hits that touch no hidden token."""
    seen = {number: [span for span in spans if hidden.isdisjoint(range(*span))] for number, spans in hits.items()}
    return {number: spans for number, spans in seen.items() if spans}


@dataclass(slots=True)
class View:
    """One record as the tests see it: symbols and the pattern groups they fall under per code field, and its texts.

    A group is a bit of a number. Texts are scanned and terms located when somebody first asks.
    """

    index: TermIndex
    texts: dict[str, str | None]
    symbols: dict[str, tuple[str, ...]]
    groups: dict[str, int]
    has_codes: bool
    answers: dict[int, bool] = field(default_factory=dict)
    _scans: dict[str, Scan] | None = None
    _hits: dict[str, Hits] | None = None

    # functools.cached_property takes a lock before Python 3.12, which costs more here than what it saves.
    @property
    def scans(self) -> dict[str, Scan]:
        if self._scans is None:
            self._scans = {name: self.index.scan(text) for name, text in self.texts.items() if text}
        return self._scans

    @property
    def hits(self) -> dict[str, Hits]:
        if self._hits is None:
            self._hits = dict.fromkeys(self.texts, {}) | {
                name: self.index.hits(scan) for name, scan in self.scans.items()
            }
        return self._hits


class SymbolIndex(dict[str, int]):
    """Normalised symbol -> the pattern groups it falls under, each a bit, worked out at first sight."""

    def __init__(self) -> None:
        super().__init__()
        self.group_bits: dict[tuple[str, ...], int] = {}
        self.by_prefix: dict[str, dict[str, int]] = {}  # pattern without $ -> pattern -> the groups it stands in

    def group(self, patterns: tuple[str, ...]) -> int:
        """The bit of a group of patterns. A new group makes what was remembered of symbols incomplete: forget it."""
        if patterns not in self.group_bits:
            self.clear()
            bit = self.group_bits[patterns] = 1 << len(self.group_bits)
            for pattern in patterns:
                groups = self.by_prefix.setdefault(pattern.rstrip("$"), {})
                groups[pattern] = groups.get(pattern, 0) | bit
        return self.group_bits[patterns]

    def __missing__(self, symbol: str) -> int:
        if len(self) >= _REMEMBERED:
            self.clear()
        prefixes = [symbol[:length] for length in range(1, len(symbol) + 1)]
        candidates = [
            each for prefix in prefixes if prefix in self.by_prefix for each in self.by_prefix[prefix].items()
        ]
        self[symbol] = _union(groups for pattern, groups in candidates if fits(symbol, pattern))
        return self[symbol]

    def view(self, ipc: Sequence[str], cpc: Sequence[str]) -> tuple[dict[str, tuple[str, ...]], dict[str, int]]:
        """Symbols and their groups per code field; the first symbol is CPC's where there is one."""
        first = tuple(cpc[:1]) or tuple(ipc[:1])
        symbols = {"IPC": tuple(ipc), "CPC": tuple(cpc), "IC": (*ipc, *cpc), "ICF": first}
        in_ipc, in_cpc = _union(map(self.__getitem__, ipc)), _union(map(self.__getitem__, cpc))
        in_first = self[first[0]] if first else 0
        return symbols, {"IPC": in_ipc, "CPC": in_cpc, "IC": in_ipc | in_cpc, "ICF": in_first}


def _union(bits: Iterable[int]) -> int:
    return reduce(or_, bits, 0)


@dataclass(frozen=True)
class OperandMatcher:
    """An operand as a set of term numbers and the NEAR pairs beside them."""

    terms: frozenset[int]
    nears: tuple[tuple[OperandMatcher, OperandMatcher, int], ...]

    def spans(self, hits: Hits) -> list[Span]:
        """Every span at which the operand matches, in reading order, each once."""
        if not hits:
            return []
        found = {span for term in self.terms & hits.keys() for span in hits[term]}
        found.update(self._pairs(hits))
        return sorted(found)

    def passages(self, hits: Hits, at_most: int) -> list[Span]:
        """Spans to show a reader: the longest terms, or the closest NEAR pairs where no term stands alone."""
        terms = [span for term in self.terms & hits.keys() for span in hits[term]]
        shown: list[Span] = []
        for start, end in sorted(terms, key=lambda span: (span[0], -span[1])):
            if len(shown) < at_most and (not shown or start >= shown[-1][1]):
                shown.append((start, end))
        return shown or disjoint(self.spans(hits), at_most)

    def occurs(self, hits: Hits) -> bool:
        if not self.terms.isdisjoint(hits):
            return True
        return any(True for _ in self._pairs(hits))

    def _pairs(self, hits: Hits) -> Iterator[Span]:
        # Most pairs lack their left side: those that have it are looked up, not sought.
        having_left = self._pairs_by_left.keys() & hits.keys()
        for number in {number for term in having_left for number in self._pairs_by_left[term]}:
            left, right, gap = self.nears[number]
            if not right.every_term.isdisjoint(hits):
                yield from near_spans(left.spans(hits), right.spans(hits), gap)

    @cached_property
    def every_term(self) -> frozenset[int]:
        """Its terms, those within its NEAR pairs among them: without any of these it matches nowhere."""
        return self.terms.union(*(side.every_term for left, right, _ in self.nears for side in (left, right)))

    @cached_property
    def _pairs_by_left(self) -> dict[int, list[int]]:
        """The NEAR pairs, by number, that have a term in their left side."""
        pairs: dict[int, list[int]] = {}
        for number, (left, _, _) in enumerate(self.nears):
            for term in left.every_term:
                pairs.setdefault(term, []).append(number)
        return pairs


def near_spans(lefts: list[Span], rights: list[Span], gap: int) -> list[Span]:
    """Spans that cover one of `lefts` and one of `rights`, apart from each other, with at most `gap` tokens between."""
    return _followed(lefts, rights, gap) + _followed(rights, lefts, gap)


def _followed(firsts: list[Span], seconds: list[Span], gap: int) -> list[Span]:
    starts = [start for start, _ in seconds]
    return [
        (start, second_end)
        for start, end in firsts
        for _, second_end in seconds[bisect_left(starts, end) : bisect_right(starts, end + gap)]
    ]


def disjoint(spans: Iterable[Span], at_most: int) -> list[Span]:
    """As many spans as can stand side by side without overlap (earliest end first), up to a limit."""
    chosen: list[Span] = []
    for start, end in sorted(spans, key=lambda span: (span[1], -span[0])):
        if len(chosen) == at_most:
            break
        if not chosen or start >= chosen[-1][1]:
            chosen.append((start, end))
    return chosen


class Matcher:
    """The compiled queries of a taxonomy. `view` reads a record once; `test` and the operand matchers answer on it."""

    def __init__(self, queries: Queries) -> None:
        self.queries = queries  # held: compiled operands are looked up by the identity of parsed ones
        rules = [
            rule
            for query in queries.branches
            for rule in (query.core, query.text_core, query.related, query.exclude)
            if rule is not None
        ]
        operands = [clause.operand for rule in rules for clause in clauses(rule) if isinstance(clause, TextClause)]
        operands += [query.strong_terms for query in queries.branches]
        different = {id(operand): operand for operand in operands}.values()  # a block is one, whatever calls it
        self.index = TermIndex((term for operand in different for term in terms_of(operand)), queries.masks)
        self.symbols = SymbolIndex()
        self._operands: dict[int, OperandMatcher] = {}
        self._tests: dict[tuple[int, bool | None], Test] = {}
        self._clause_numbers: dict[tuple[int, str, int], int] = {}

    def view(self, texts: dict[str, str | None], ipc: Sequence[str], cpc: Sequence[str]) -> View:
        """Scan the texts ("TI", "AB", "CL") and symbols (normalised) of a record."""
        symbols, groups = self.symbols.view(ipc, cpc)
        has_codes = any(map(is_usable, symbols["IC"]))
        return View(self.index, texts, symbols, groups, has_codes)

    def operand(self, operand: Operand) -> OperandMatcher:
        """The operand compiled; a block is compiled once for all rules that call it."""
        if id(operand) not in self._operands:
            terms, nears = set(), []
            for each in _alternatives(operand):
                if isinstance(each, Near):
                    nears.append((self.operand(each.left), self.operand(each.right), each.gap))
                else:
                    terms.add(self.index.numbers[each.words])
            self._operands[id(operand)] = OperandMatcher(frozenset(terms), tuple(nears))
        return self._operands[id(operand)]

    def test(self, rule: Rule, missing: bool | None = None) -> Test:
        """The rule as a function of a view. `missing` is what a code clause says of a record without usable symbols."""
        key = (id(rule), missing)
        if key not in self._tests:
            self._tests[key] = self._compiled(rule, missing)
        return self._tests[key]

    def _compiled(self, rule: Rule, missing: bool | None) -> Test:
        match rule:
            case TextClause():
                return self._text_test(rule)
            case CodeClause():
                return self._code_test(rule, missing)
            case Not(part):
                return _negated(self.test(part, missing))
            case AllOf(parts):
                return _all_of([self.test(part, missing) for part in sorted(parts, key=_cost)])
            case AnyOf(parts):
                return _any_of([self.test(part, missing) for part in sorted(parts, key=_cost)])

    def _text_test(self, clause: TextClause) -> Test:
        matcher, names = self.operand(clause.operand), TEXT_FIELDS[clause.field]
        number = self._clause_numbers.setdefault(
            (id(clause.operand), clause.field, clause.at_least), len(self._clause_numbers)
        )

        def test(view: View) -> bool:
            answer = view.answers.get(number)
            if answer is None:
                answer = view.answers[number] = occurs_at_least(matcher, view, names, clause.at_least)
            return answer

        return test

    def _code_test(self, clause: CodeClause, missing: bool | None) -> Test:
        group, name, at_least = self.symbols.group(clause.patterns), clause.field, clause.at_least

        def test(view: View) -> bool | None:
            if not view.has_codes:
                return missing
            if not view.groups[name] & group:
                return False
            return at_least == 1 or len(symbols_in(self.symbols, view, name, group)) >= at_least

        return test


def occurs_at_least(matcher: OperandMatcher, view: View, names: Sequence[str], at_least: int) -> bool:
    if at_least == 1:
        return any(matcher.occurs(view.hits[name]) for name in names)
    return sum(len(disjoint(matcher.spans(view.hits[name]), at_least)) for name in names) >= at_least


def symbols_in(index: SymbolIndex, view: View, name: str, group: int) -> list[str]:
    """The different symbols of a code field that fall under a group of patterns, in their order."""
    return [symbol for symbol in dict.fromkeys(view.symbols[name]) if index[symbol] & group]


def clauses(rule: Rule) -> list[TextClause | CodeClause]:
    match rule:
        case Not(part):
            return clauses(part)
        case AllOf(parts) | AnyOf(parts):
            return [clause for part in parts for clause in clauses(part)]
        case _:
            return [rule]


def terms_of(operand: Operand) -> list[Term]:
    match operand:
        case Term():
            return [operand]
        case Near(left, right, _):
            return terms_of(left) + terms_of(right)
        case _:
            return [term for each in operand.operands for term in terms_of(each)]


def _alternatives(operand: Operand) -> list[Term | Near]:
    if isinstance(operand, Term | Near):
        return [operand]
    return [each for part in operand.operands for each in _alternatives(part)]


def _cost(rule: Rule) -> int:
    """Text clauses weigh, code clauses do not: cheap parts decide first."""
    return sum(isinstance(clause, TextClause) for clause in clauses(rule))


def _negated(test: Test) -> Test:
    def negated(view: View) -> bool | None:
        answer = test(view)
        return None if answer is None else not answer

    return negated


def _all_of(tests: list[Test]) -> Test:
    def all_of(view: View) -> bool | None:
        result: bool | None = True
        for test in tests:
            answer = test(view)
            if answer is False:
                return False
            if answer is None:
                result = None
        return result

    return all_of


def _any_of(tests: list[Test]) -> Test:
    def any_of(view: View) -> bool | None:
        result: bool | None = False
        for test in tests:
            answer = test(view)
            if answer:
                return True
            if answer is None:
                result = None
        return result

    return any_of
