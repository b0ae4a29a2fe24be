"""PRL/1, the boolean query language of the branches: text -> syntax tree.

rule     TI:@S AND (IC:@B OR TA#2:(GPU* | "graphics processor*" | 显卡)) AND NOT ICF:(G06V | A61B)
fields   TI title, AB abstract, CL claims, TA title or abstract, TAC any text;
         IPC, CPC, IC any symbol of either, ICF the first symbol (CPC before IPC)
text     word word = phrase, "phrase", ends* = truncation of a token, =HPC exact case, @BLOCK, ( a | b ),
         a NEAR/n b: both within one field, any order, at most n tokens between them
codes    G06N10/20 and its digit extensions, H10N70 main group, G06E or H10 whatever begins so, G06N3/049$ alone
#n       at least n occurrences that do not overlap (text), or n different symbols (codes)
binding  NOT before AND before OR

The rule text_core of a branch is tried on records without usable symbols and has text clauses only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache

import lark

from schemas.branches import Block, Branch, Taxonomy
from schemas.errors import QueryError
from transforms.symbols import PATTERN
from transforms.texts import HAN_CHARACTER, TOKEN, fold

WORD = r'(?!(?:AND|OR|NOT|NEAR(?:\/\d*)?)(?![^\s()|"@]))(?!(?:TAC|TA|TI|AB|CL|IPC|CPC|ICF|IC)\s*[#:])[^\s()|"@:#]+'
GRAMMAR = rf"""
rule: _either
_either: either | _both
either: _both ("OR" _both)+
_both: both | _unit
both: _unit ("AND" _unit)+
_unit: negation | "(" _either ")" | text_clause | code_clause
negation: "NOT" _unit

text_clause: TEXT_FIELD [AT_LEAST] ":" _operand
code_clause: CODE_FIELD [AT_LEAST] ":" _codes

text_entry: _operand
_operand: near | _atom
near: (near | _atom) NEAR _atom
_atom: choice | BLOCK | phrase
!choice: "(" _operand ("|" _operand)* ")"
phrase: WORD+ | QUOTED

code_entry: SYMBOL
_codes: codes | BLOCK | SYMBOL
!codes: "(" _codes ("|" _codes)* ")"

TEXT_FIELD.3: /(?:TAC|TA|TI|AB|CL)(?=\s*[#:])/
CODE_FIELD.3: /(?:IPC|CPC|ICF|IC)(?=\s*[#:])/
AT_LEAST: /#\d+/
NEAR.3: /NEAR\/\d+(?![^\s()|"@])/
BLOCK: /@\w+/
SYMBOL: /{PATTERN.pattern}(?![^\s()|])/
QUOTED: /"[^"]*"/
WORD: /{WORD}/
%ignore /\s+/
"""
EXPECTED = {
    "TEXT_FIELD": "a text field (TI: AB: CL: TA: TAC:)",
    "CODE_FIELD": "a code field (IPC: CPC: IC: ICF:)",
    "AT_LEAST": "#n",
    "NEAR": "NEAR/n",
    "BLOCK": "@BLOCK",
    "SYMBOL": "a symbol such as G06N10/20",
    "QUOTED": 'a "phrase"',
    "WORD": "a word",
    "LPAR": "(",
    "RPAR": ")",
    "VBAR": "|",
    "COLON": ":",
    "$END": "the end",
}
_QUOTED_NEAR = re.compile(r'(?<![^\s"])NEAR(?:/\d*)?(?![^\s"])')
# What the grammar reads as one phrase. Nine in ten entries of blocks are one: they are read without the parser.
_WORDS_ALONE = re.compile(rf"\s*{WORD}(?:\s+{WORD})*\s*")
# Full-width signs that an input method leaves in a rule mean the plain ones; one for one, so positions stay.
_PLAIN_SIGNS = str.maketrans("（）｜：＂“”＠＃＊＝／　", '()|:"""@#*=/ ')
# An operator in letters that the grammar takes for a word's: it would be searched for and never be found.
_OPERATOR = re.compile(r"AND|OR|NOT|NEAR")
_NEAR_OF_ANY_CASE = re.compile(r"NEAR/\d*", re.IGNORECASE)


@dataclass(frozen=True)
class Word:
    """One token of a term: case folded unless `is_exact_case`; `is_prefix` takes every token that begins so."""

    text: str
    is_prefix: bool = False
    is_exact_case: bool = False


@dataclass(frozen=True)
class Term:
    """Words that follow each other."""

    words: tuple[Word, ...]
    source: str


@dataclass(frozen=True, eq=False)
class Near:
    """Two operands in one field with at most `gap` tokens between."""

    left: Operand
    right: Operand
    gap: int


@dataclass(frozen=True, eq=False)
class OneOf:
    """Any of several operands; a block is one, shared by all rules that call it."""

    operands: tuple[Operand, ...]


Operand = Term | Near | OneOf


@dataclass(frozen=True, eq=False)
class TextClause:
    """At least so many occurrences of an operand in a text field."""

    field: str
    at_least: int
    operand: Operand
    source: str


@dataclass(frozen=True, eq=False)
class CodeClause:
    """At least so many different symbols of a field under one of the patterns."""

    field: str
    at_least: int
    patterns: tuple[str, ...]
    source: str


@dataclass(frozen=True, eq=False)
class Not:
    part: Rule


@dataclass(frozen=True, eq=False)
class AllOf:
    parts: tuple[Rule, ...]


@dataclass(frozen=True, eq=False)
class AnyOf:
    parts: tuple[Rule, ...]


Rule = TextClause | CodeClause | Not | AllOf | AnyOf
ParsedBlock = OneOf | tuple[str, ...]  # search operands, or code patterns


@dataclass(frozen=True, eq=False)
class BranchQuery:
    """The parsed queries of one branch. `text_core` and `exclude` are None where the branch has none."""

    branch: Branch
    core: Rule
    text_core: Rule | None
    related: Rule
    exclude: Rule | None
    strong_terms: OneOf
    codes_a: tuple[str, ...]
    codes_b: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Queries:
    """Everything a taxonomy searches for. `masks` hide the text they match from all terms."""

    masks: tuple[Term, ...]
    branches: tuple[BranchQuery, ...]


@lru_cache(maxsize=4)
def parse_taxonomy(taxonomy: Taxonomy) -> Queries:
    """Parse every mask, block and rule. Raises QueryError naming branch, key, line, column and what was expected."""
    masks = tuple(parse_term(mask, "_shared.toml: masks") for mask in taxonomy.masks)
    shared = {name: parse_block(block, f"_shared.toml: blocks.{name}") for name, block in taxonomy.blocks.items()}
    return Queries(masks, tuple(parse_branch(branch, shared) for branch in taxonomy.branches))


def parse_branch(branch: Branch, shared: Mapping[str, ParsedBlock]) -> BranchQuery:
    own = {name: parse_block(block, f"branch {branch.id}: blocks.{name}") for name, block in branch.blocks.items()}
    blocks = {**shared, **own}
    parse = {"text_core": parse_text_rule}
    rules = {
        key: parse.get(key, parse_rule)(text, blocks, f"branch {branch.id}: rules.{key}")
        for key, text in branch.rules.items()
    }
    return BranchQuery(
        branch=branch,
        core=rules["core"],
        text_core=rules.get("text_core"),
        related=rules["related"],
        exclude=rules.get("exclude"),
        strong_terms=own[branch.strong_terms],
        codes_a=own[branch.codes_a],
        codes_b=own[branch.codes_b],
    )


def parse_rule(text: str, blocks: Mapping[str, ParsedBlock], where: str) -> Rule:
    """A rule as a tree with its blocks resolved. `where` names branch and key in errors."""
    tree = _parse(text, "rule", where)
    return _Reader(text, blocks, where).rule(tree.children[0])


def parse_text_rule(text: str, blocks: Mapping[str, ParsedBlock], where: str) -> Rule:
    """A rule of text clauses alone. Raises QueryError at the first code clause."""
    tree = _parse(text, "rule", where)
    reader = _Reader(text, blocks, where)
    for field in tree.find_token("CODE_FIELD"):
        remedy = "this rule is for records without symbols: take the code clause out"
        raise reader.error(field, f"the code field {field}:", EXPECTED["TEXT_FIELD"], remedy)
    return reader.rule(tree.children[0])


def parse_block(block: Block, where: str) -> ParsedBlock:
    """The entries of a block: one operand each, or one code pattern each."""
    entries = [(entry, f"{where} {entry!r}") for entry in block.entries]
    if block.kind == "codes":
        return tuple(str(_parse(entry, "code_entry", place).children[0]) for entry, place in entries)
    return OneOf(tuple(parse_operand(entry, place) for entry, place in entries))


def parse_operand(text: str, where: str) -> Operand:
    """A term, or an expression with NEAR, as it stands in a block."""
    return _term_of_words(text) or _parsed_operand(text, where)


def _parsed_operand(text: str, where: str) -> Operand:
    tree = _parse(text, "text_entry", where)
    return _Reader(text, {}, where).operand(tree.children[0])


def parse_term(text: str, where: str) -> Term:
    """A plain word or phrase."""
    operand = parse_operand(text, where)
    if not isinstance(operand, Term):
        raise QueryError(where, "an expression", "one word or phrase")
    return operand


def _term_of_words(text: str) -> Term | None:
    """A plain phrase; None for what the parser is to read, or to complain of."""
    plain = text.translate(_PLAIN_SIGNS)
    if not _WORDS_ALONE.fullmatch(plain):
        return None
    try:
        words = tuple(word for piece in plain.split() for word in _words_of(piece))
    except _NoWords:
        return None
    return Term(words, " ".join(text.split())) if words else None


class _NoWords(Exception):
    """Why a written word cannot be searched for: what was found, what was expected."""


@lru_cache(maxsize=50_000)
def _words_of(piece: str) -> tuple[Word, ...]:
    """The tokens of one written word: `co-process*` is two, 云原生 is three. Raises _NoWords."""
    is_exact_case = piece.startswith("=")
    folded = fold(piece)
    if _NEAR_OF_ANY_CASE.fullmatch(folded) or (folded != piece and _OPERATOR.fullmatch(folded)):
        raise _NoWords(f"{piece!r}, which reads as a word", f"{folded.upper()} in plain capital letters")
    words, end = [], 0
    for found in TOKEN.finditer(folded):
        is_prefix = folded[found.end() : found.end() + 1] == "*"
        if "*" in folded[end : found.start()]:
            raise _NoWords(f"{piece!r}: * stands before a word", "* at the end of a word")
        text = found.group() if is_exact_case else found.group().casefold()
        words.append(Word(text, is_prefix, is_exact_case))
        end = found.end() + is_prefix
        if is_prefix and folded[end : end + 1].isalnum() and not HAN_CHARACTER.match(folded[end]):
            raise _NoWords(f"{piece!r}: * stands inside a word", "* at the end of a word")
    if "*" in folded[end:]:
        raise _NoWords(f"{piece!r}: a * without a word", "* at the end of a word")
    return tuple(words)


@cache
def _parser() -> lark.Lark:
    return lark.Lark(GRAMMAR, parser="lalr", start=["rule", "text_entry", "code_entry"])


def _parse(text: str, start: str, where: str) -> lark.Tree:
    plain = text.translate(_PLAIN_SIGNS)
    try:
        return _parser().parse(plain, start=start)
    except lark.UnexpectedInput as error:
        at_end = isinstance(error, lark.UnexpectedToken) and error.token.type == "$END"
        offset = len(text.rstrip()) if at_end else error.pos_in_stream
        line, column = _position(text, offset)
        found = "the text ends here" if at_end else repr(text[offset:].split()[0])
        raise QueryError(_at(where, line, column), found, _wanted(_accepted(plain, start))) from error


def _accepted(text: str, start: str) -> set[str]:
    """The terminals that could have stood where parsing fails; the exception itself lists some that could not."""
    attempt = _parser().parse_interactive(text, start=start)
    with suppress(lark.UnexpectedInput):
        attempt.exhaust_lexer()
    return attempt.accepts()


def _position(text: str, offset: int) -> tuple[int, int]:
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def _at(where: str, line: int, column: int) -> str:
    return f"{where}, line {line}, column {column}"


def _wanted(terminals: Iterable[str]) -> str:
    return " or ".join(sorted({EXPECTED.get(each, each) for each in terminals}))


class _Reader:
    """Turns the parse tree of one text into the nodes above."""

    def __init__(self, text: str, blocks: Mapping[str, ParsedBlock], where: str) -> None:
        self.text, self.blocks, self.where = text, blocks, where

    def rule(self, tree: lark.Tree) -> Rule:
        match tree.data:
            case "either":
                return AnyOf(tuple(self.rule(part) for part in tree.children))
            case "both":
                return AllOf(tuple(self.rule(part) for part in tree.children))
            case "negation":
                return Not(self.rule(tree.children[0]))
            case "text_clause":
                field, at_least, operand = tree.children
                return TextClause(str(field), self.number(at_least), self.operand(operand), self.source(tree))
            case _:
                field, at_least, codes = tree.children
                return CodeClause(str(field), self.number(at_least), self.patterns(codes), self.source(tree))

    def operand(self, tree: lark.Tree | lark.Token) -> Operand:
        if isinstance(tree, lark.Token):
            return self.block(tree, OneOf, "text")
        if tree.data == "near":
            left, near, right = tree.children
            return Near(self.operand(left), self.operand(right), int(near.removeprefix("NEAR/")))
        if tree.data == "choice":
            return OneOf(tuple(self.operand(each) for each in tree.children[1::2]))  # what stands between ( | | )
        return self.term(tree)

    def patterns(self, tree: lark.Tree | lark.Token) -> tuple[str, ...]:
        if isinstance(tree, lark.Tree):
            return tuple(pattern for each in tree.children[1::2] for pattern in self.patterns(each))
        return self.block(tree, tuple, "codes") if tree.type == "BLOCK" else (str(tree),)

    def block(self, token: lark.Token, kind: type, title: str) -> ParsedBlock:
        name = token.removeprefix("@")
        if not isinstance(self.blocks.get(name), kind):
            fitting = ", ".join(sorted(f"@{each}" for each, block in self.blocks.items() if isinstance(block, kind)))
            found = f"@{name} holds no {title}" if name in self.blocks else f"no block @{name}"
            raise self.error(token, found, f"one of {fitting}" if fitting else "a term: a block cannot call a block")
        return self.blocks[name]

    def term(self, tree: lark.Tree) -> Term:
        for token in tree.children:
            self.require_no_near_in_quotes(token)
        words = [word for token in tree.children for word in self.words(token)]
        if not words:
            raise self.error(tree.children[0], "a term without a letter or digit", "something to search for")
        return Term(tuple(words), self.source(tree))

    def require_no_near_in_quotes(self, token: lark.Token) -> None:
        """A quoted NEAR would be searched for as a word and never be found."""
        if token.type == "QUOTED" and (near := _QUOTED_NEAR.search(token)):
            inside = " ".join(self.text[token.start_pos : token.end_pos].split())
            line, column = _position(self.text, token.start_pos + near.start())
            remedy = "close the quotes before NEAR"
            where = _at(self.where, line, column)
            raise QueryError(where, f"{near.group()} inside {inside}", 'NEAR/n between terms: "a b" NEAR/3 c', remedy)

    def words(self, token: lark.Token) -> list[Word]:
        try:
            return [word for piece in token.strip('"').split() for word in _words_of(piece)]
        except _NoWords as error:
            raise self.error(token, *error.args) from error

    def number(self, token: lark.Token | None) -> int:
        if token is None:
            return 1
        number = int(token.removeprefix("#"))
        if number < 1:
            raise self.error(token, str(token), "#1 or more")
        return number

    def source(self, tree: lark.Tree) -> str:
        first = last = tree
        while isinstance(first, lark.Tree):
            first = first.children[0]
        while isinstance(last, lark.Tree):
            last = last.children[-1]
        return " ".join(self.text[first.start_pos : last.end_pos].split())

    def error(self, token: lark.Token, found: str, expected: str, remedy: str = "") -> QueryError:
        return QueryError(_at(self.where, token.line, token.column), found, expected, remedy)
