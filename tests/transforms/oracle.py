"""The query language once more, slow and obvious: every term is tried at every place of every text."""

from __future__ import annotations

import unicodedata

import opencc

from transforms.query import AllOf, AnyOf, CodeClause, Near, Not, OneOf, Queries, Term, TextClause

FIELDS = {"TI": ["title"], "AB": ["abstract"], "CL": ["claims"], "TA": ["title", "abstract"]}
FIELDS["TAC"] = [*FIELDS["TA"], "claims"]
SIMPLIFIER = opencc.OpenCC("t2s")
BLANK = ("", "")


def is_han(character: str) -> bool:
    code = ord(character)
    ranges = [(0x3007, 0x3007), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF)]
    return any(low <= code <= high for low, high in ranges)


def cut(text: str | None) -> list[str]:
    tokens, run = [], ""
    for character in SIMPLIFIER.convert(unicodedata.normalize("NFKC", text or "")) + " ":
        if character.isalnum() and not is_han(character):
            run += character
            continue
        if run:
            tokens.append(run)
        run = ""
        if is_han(character):
            tokens.append(character)
    return tokens


def word_fits(word, token: tuple[str, str]) -> bool:
    """A token comes as it stands and casefolded."""
    seen = token[0] if word.is_exact_case else token[1]
    return seen.startswith(word.text) if word.is_prefix else seen == word.text


def spans(operand, tokens: list[tuple[str, str]]) -> set[tuple[int, int]]:
    match operand:
        case Term(words):
            starts = [at for at in range(len(tokens) - len(words) + 1) if word_fits(words[0], tokens[at])]
            return {(at, at + len(words)) for at in starts if all(map(word_fits, words, tokens[at:]))}
        case OneOf(operands):
            return {span for each in operands for span in spans(each, tokens)}
        case Near(left, right, gap):
            found = set()
            for a in spans(left, tokens):
                for b in spans(right, tokens):
                    first, second = min(a, b), max(a, b)
                    if 0 <= second[0] - first[1] <= gap:
                        found.add((first[0], second[1]))
            return found


def most_side_by_side(found: set[tuple[int, int]]) -> int:
    """The largest number of spans that do not overlap, by looking at every span as the last one."""
    best = {}
    for start, end in sorted(found, key=lambda span: span[1]):
        best[start, end] = 1 + max((count for (_, before), count in best.items() if before <= start), default=0)
    return max(best.values(), default=0)


def blanked(tokens: list[tuple[str, str]], masks) -> list[tuple[str, str]]:
    hidden = {at for mask in masks for start, end in spans(mask, tokens) for at in range(start, end)}
    return [BLANK if at in hidden else token for at, token in enumerate(tokens)]


def symbol_fits(symbol: str, pattern: str) -> bool:
    if pattern[-1] == "$":
        return symbol == pattern[:-1]
    if "/" in pattern or len(pattern) <= 4:
        return symbol[: len(pattern)] == pattern
    return symbol.split("/")[0] == pattern


class Record:
    """A record cut into tokens, with symbols already in normal spelling."""

    def __init__(self, record: dict, masks) -> None:
        texts = {name: [(t, t.casefold()) for t in cut(record.get(name))] for name in ("title", "abstract", "claims")}
        self.tokens = {name: blanked(tokens, masks) for name, tokens in texts.items()}
        self.counts = {}
        ipc, cpc = record.get("ipc_symbols") or [], record.get("cpc_symbols") or []
        self.symbols = {"IPC": ipc, "CPC": cpc, "IC": [*ipc, *cpc], "ICF": (cpc or ipc)[:1]}
        self.has_codes = any(len(symbol) > 4 for symbol in self.symbols["IC"])

    def counted(self, operand, field: str) -> int:
        for name in FIELDS[field]:
            if (id(operand), name) not in self.counts:
                self.counts[id(operand), name] = most_side_by_side(spans(operand, self.tokens[name]))
        return sum(self.counts[id(operand), name] for name in FIELDS[field])

    def truth(self, rule, missing=None) -> bool | None:
        match rule:
            case TextClause(field, at_least, operand):
                return self.counted(operand, field) >= at_least
            case CodeClause(field, at_least, patterns):
                if not self.has_codes:
                    return missing
                fitting = {s for s in self.symbols[field] if any(symbol_fits(s, pattern) for pattern in patterns)}
                return len(fitting) >= at_least
            case Not(part):
                answer = self.truth(part, missing)
                return None if answer is None else not answer
            case AllOf(parts):
                answers = [self.truth(part, missing) for part in parts]
                return False if False in answers else None if None in answers else True
            case AnyOf(parts):
                answers = [self.truth(part, missing) for part in parts]
                return True if True in answers else None if None in answers else False


def levels(record: dict, queries: Queries) -> dict[str, str]:
    """Branch -> level for one record."""
    seen = Record(record, queries.masks)
    found = {}
    for query in queries.branches:
        core, related = seen.truth(query.core), seen.truth(query.related)
        strong = seen.counted(query.strong_terms, "TI") >= 1 or seen.counted(query.strong_terms, "TA") >= 2
        if core or (query.text_core and not seen.has_codes and seen.truth(query.text_core)):
            level = "core"
        elif strong and (core is None or related is None):
            level = "candidate"
        else:
            level = "related" if related else None
        if level and not (query.exclude and seen.truth(query.exclude, missing=False)):
            found[query.branch.id] = level
    return found
