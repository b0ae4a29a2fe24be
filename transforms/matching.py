"""The matcher: parsed queries -> tests over records. One scan of each text serves all branches together.

A text is cut into tokens, each distinct token is looked up once in a vocabulary of query words, and a tree of word
sequences yields every term with its spans. Rules are then three-valued logic over those spans and the record's symbols.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from transforms.query import AllOf, AnyOf, CodeClause, Near, Not, Operand, Queries, Rule, Term, TextClause, Word
from transforms.symbols import fits, is_usable
from transforms.texts import fold, tokens

TEXT_FIELDS = {"TI": ("TI",), "AB": ("AB",), "CL": ("CL",), "TA": ("TI", "AB"), "TAC": ("TI", "AB", "CL")}
Span = tuple[int, int]  # first token, token after the last
Hits = dict[int, list[Span]]  # term number -> where it stands in one text
Test = Callable[["View"], bool | None]  # None: unknown, the record has no usable symbol

# Distinct tokens and symbols are remembered up to this many, so that memory does not grow with the number of records.
_REMEMBERED = 500_000


@dataclass
class View:
    """One record as the tests see it: hits per text, symbols and the pattern groups they fall under per code field."""

    hits: dict[str, Hits]
    symbols: dict[str, tuple[str, ...]]
    groups: dict[str, frozenset[int]]
    has_codes: bool
    answers: dict[int, bool] = field(default_factory=dict)


class Vocabulary(dict[str, tuple[int, ...]]):
    """Token -> numbers of the query words it satisfies, worked out at first sight."""

    def __init__(self, words: Iterable[Word]) -> None:
        super().__init__()
        self.numbers = {word: number for number, word in enumerate(dict.fromkeys(words))}
        self._whole = self._lookup(is_prefix=False, is_exact_case=False)
        self._whole_cased = self._lookup(is_prefix=False, is_exact_case=True)
        self._prefix = self._lookup(is_prefix=True, is_exact_case=False)
        self._prefix_cased = self._lookup(is_prefix=True, is_exact_case=True)
        self._longest = max((len(word.text) for word in self.numbers if word.is_prefix), default=0)

    def _lookup(self, **kind: bool) -> dict[str, int]:
        return {word.text: number for word, number in self.numbers.items() if word == Word(word.text, **kind)}

    def __missing__(self, token: str) -> tuple[int, ...]:
        if len(self) >= _REMEMBERED:
            self.clear()
        folded = token.casefold()
        found = [
            *self._prefixes(self._prefix, folded),
            *self._prefixes(self._prefix_cased, token),
            *(lookup[each] for lookup, each in ((self._whole, folded), (self._whole_cased, token)) if each in lookup),
        ]
        self[token] = tuple(sorted(found))
        return self[token]

    def _prefixes(self, numbers: dict[str, int], token: str) -> list[int]:
        lengths = range(1, min(len(token), self._longest) + 1)
        return [numbers[token[:length]] for length in lengths if token[:length] in numbers]


@dataclass
class _Node:
    """A place in the tree of word sequences: what may follow, and the terms that end here."""

    children: dict[int, _Node] = field(default_factory=dict)
    terms: list[int] = field(default_factory=list)


class TermIndex:
    """All terms of all branches, numbered; `find` gives their spans in one text."""

    def __init__(self, terms: Iterable[Term], masks: Iterable[Term]) -> None:
        masks = tuple(masks)
        self.sequences = list(dict.fromkeys(term.words for term in (*terms, *masks)))
        self.numbers = {words: number for number, words in enumerate(self.sequences)}
        self.masks = frozenset(self.numbers[mask.words] for mask in masks)
        self.vocabulary = Vocabulary(word for words in self.sequences for word in words)
        self.root = _Node()
        for words, number in self.numbers.items():
            node = self.root
            for word in words:
                node = node.children.setdefault(self.vocabulary.numbers[word], _Node())
            node.terms.append(number)

    def find(self, text: str | None) -> Hits:
        """Spans of every term; what a mask matches is blanked, keeping its place, before any other term is searched."""
        if not text:
            return {}
        words = list(map(self.vocabulary.__getitem__, tokens(fold(text))))
        hits = self._walk(words)
        masked = [span for number in self.masks & hits.keys() for span in hits[number]]
        if not masked:
            return hits
        for start, end in masked:
            words[start:end] = [()] * (end - start)
        return self._walk(words)

    def _walk(self, words: list[tuple[int, ...]]) -> Hits:
        hits: Hits = {}
        first = self.root.children
        for start, numbers in enumerate(words):
            for number in numbers:
                if number in first:
                    self._follow(first[number], words, start, hits)
        return hits

    def _follow(self, node: _Node, words: list[tuple[int, ...]], start: int, hits: Hits) -> None:
        paths = [(node, start + 1)]
        while paths:
            node, end = paths.pop()
            for term in node.terms:
                hits.setdefault(term, []).append((start, end))
            if node.children and end < len(words):
                paths.extend((node.children[number], end + 1) for number in words[end] if number in node.children)


class SymbolIndex(dict[str, frozenset[int]]):
    """Normalised symbol -> numbers of the pattern groups it falls under, worked out at first sight."""

    def __init__(self) -> None:
        super().__init__()
        self.group_numbers: dict[tuple[str, ...], int] = {}
        self.by_prefix: dict[str, list[tuple[str, int]]] = {}

    def group(self, patterns: tuple[str, ...]) -> int:
        """The number of a group of patterns. A new group makes what was remembered of symbols incomplete: forget it."""
        if patterns not in self.group_numbers:
            self.clear()
            number = self.group_numbers[patterns] = len(self.group_numbers)
            for pattern in patterns:
                self.by_prefix.setdefault(pattern.rstrip("$"), []).append((pattern, number))
        return self.group_numbers[patterns]

    def __missing__(self, symbol: str) -> frozenset[int]:
        if len(self) >= _REMEMBERED:
            self.clear()
        prefixes = (symbol[:length] for length in range(1, len(symbol) + 1))
        candidates = [each for prefix in prefixes for each in self.by_prefix.get(prefix, ())]
        self[symbol] = frozenset(number for pattern, number in candidates if fits(symbol, pattern))
        return self[symbol]

    def view(
        self, ipc: Sequence[str], cpc: Sequence[str]
    ) -> tuple[dict[str, tuple[str, ...]], dict[str, frozenset[int]]]:
        """Symbols and their groups per code field; the first symbol is CPC's where there is one."""
        first = tuple(cpc[:1]) or tuple(ipc[:1])
        symbols = {"IPC": tuple(ipc), "CPC": tuple(cpc), "IC": (*ipc, *cpc), "ICF": first}
        return symbols, {name: frozenset().union(*map(self.__getitem__, each)) for name, each in symbols.items()}


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
        for left, right, gap in self.nears:
            if left.may_occur(hits) and right.may_occur(hits):
                yield from near_spans(left.spans(hits), right.spans(hits), gap)

    def may_occur(self, hits: Hits) -> bool:
        """False only where the operand cannot match: most pairs lack one side, and looking is cheaper than pairing."""
        return bool(self.nears) or not self.terms.isdisjoint(hits)


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
        self.index = TermIndex((term for operand in operands for term in terms_of(operand)), queries.masks)
        self.symbols = SymbolIndex()
        self._operands: dict[int, OperandMatcher] = {}
        self._tests: dict[tuple[int, bool | None], Test] = {}
        self._clause_numbers: dict[tuple[int, str, int], int] = {}

    def view(self, texts: dict[str, str | None], ipc: Sequence[str], cpc: Sequence[str]) -> View:
        """Scan the texts ("TI", "AB", "CL") and symbols (normalised) of a record."""
        symbols, groups = self.symbols.view(ipc, cpc)
        has_codes = any(map(is_usable, symbols["IC"]))
        return View({name: self.index.find(text) for name, text in texts.items()}, symbols, groups, has_codes)

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

    def mentioned(self, rules: Iterable[Rule]) -> tuple[frozenset[int], frozenset[int]]:
        """The terms and the pattern groups that rules speak of."""
        mentioned = [clause for rule in rules for clause in clauses(rule)]
        operands = [clause.operand for clause in mentioned if isinstance(clause, TextClause)]
        terms = frozenset(self.index.numbers[term.words] for operand in operands for term in terms_of(operand))
        groups = [clause.patterns for clause in mentioned if isinstance(clause, CodeClause)]
        return terms, frozenset(map(self.symbols.group, groups))

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
            if group not in view.groups[name]:
                return False
            return at_least == 1 or len(symbols_in(self.symbols, view, name, group)) >= at_least

        return test


def occurs_at_least(matcher: OperandMatcher, view: View, names: Sequence[str], at_least: int) -> bool:
    if at_least == 1:
        return any(matcher.occurs(view.hits[name]) for name in names)
    return sum(len(disjoint(matcher.spans(view.hits[name]), at_least)) for name in names) >= at_least


def symbols_in(index: SymbolIndex, view: View, name: str, group: int) -> list[str]:
    """The different symbols of a code field that fall under a group of patterns, in their order."""
    return [symbol for symbol in dict.fromkeys(view.symbols[name]) if group in index[symbol]]


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
