"""Folding of titles, abstracts and claims to the form in which queries (PRL/1) look at them.

NFKC, traditional to simplified Chinese (OpenCC t2s), then tokens: every Han character is one token, every other run of
letters and digits is one token, and whatever stands between (hyphens, dashes, underscores, slashes, white space,
control characters) only separates. Case is kept here; the matcher decides per term whether it counts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache

import opencc

HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
TOKEN = re.compile(f"[{HAN}]|[^\\W_{HAN}]+")
HAN_CHARACTER = re.compile(f"[{HAN}]")
_RUN = re.compile(f"[{HAN}]+|[^\\W_{HAN}]+")
_SEGMENT = re.compile(r"\s+|\S+")
# An ASCII text is cut by a 128-entry table and str.split: five times faster than the expression above, same tokens.
_ASCII_SEPARATORS = {code: " " for code in range(128) if not chr(code).isalnum()}
_ASCII_LINE = bytes(ord(chr(code).lower()) if code < 128 and chr(code).isalnum() else 32 for code in range(256))
# Most Chinese texts consist of characters that NFKC treats one by one, of which it changes a few full-width signs.
_ONE_BY_ONE = re.compile("[\x00-\x7f\u2010-\u2027\u3000-\u3029\u4e00-\u9fff\uff01-\uff5e]*")
_PLAIN_FORMS = {
    chr(code): unicodedata.normalize("NFKC", chr(code))
    for code in (*range(0x2010, 0x2028), *range(0x3000, 0x302A), *range(0xFF01, 0xFF5F))
    if not unicodedata.is_normalized("NFKC", chr(code))
}
# Of the phrases in OpenCC's TSPhrases whose characters are all simplified ones, those that are exchanged.
_CHANGED_IN_PHRASES = frozenset("坏沈覆藉瞭衹哩甦")
_FREQUENT = "，：；（）"
_HAS_PLAIN_FORM = re.compile(f"[{''.join(_PLAIN_FORMS)}]")


def fold(text: str) -> str:
    """The text in NFKC and simplified Chinese; case and punctuation kept."""
    if text.isascii():
        return text
    folded = _nfkc(text)
    return simplified(folded) if HAN_CHARACTER.search(folded) else folded


def simplified(text: str) -> str:
    """Traditional to simplified Chinese, by phrases where OpenCC has them."""
    return _simplifier().convert(text)


def is_changed_in_context(character: str) -> bool:
    """Whether a character that is simplified already may still become another one, as 坏 does in 毛坏."""
    return character in _CHANGED_IN_PHRASES


def tokens(folded: str) -> list[str]:
    """Tokens of a folded text in reading order, case kept."""
    if folded.isascii():
        return folded.translate(_ASCII_SEPARATORS).split()
    return TOKEN.findall(folded)


def token_line(text: str) -> bytes:
    """The tokens of fold(text), case folded, as one line in UTF-8, whatever parts them in the text.

    Han characters stand side by side, every other token between single spaces: b" cpu " for "(CPU)". So a phrase is in
    the text where its own line is in this one.
    """
    if text.isascii():
        line = b" %b " % text.encode().translate(_ASCII_LINE)
        while b"  " in line:
            line = line.replace(b"  ", b" ")
        return line
    return line_of(runs_of(fold(text))).casefold().encode()


def runs_of(folded: str) -> list[str]:
    """The tokens of a folded text, neighbouring Han characters in one piece."""
    return _RUN.findall(folded)


def line_of(runs: Iterable[str]) -> str:
    """Tokens, or whole runs of Han characters, as they stand in a token_line."""
    return "".join([run if "\u4e00" <= run < "\ua000" else _apart(run) for run in runs]).replace("  ", " ")


def tokens_in(part: bytes) -> int:
    """The number of tokens in a part of a token_line that begins and ends between tokens."""
    return sum(len(run) if HAN_CHARACTER.match(run) else 1 for run in part.decode().split())


def token_offsets(text: str) -> list[tuple[int, int]]:
    """Where each token of fold(text) stands in the text as it was given: (start, end) in characters.

    Where folding lengthens or shortens a passage, its tokens get the bounds of the characters they came from.
    """
    folded = fold(text)
    spans = [match.span() for match in TOKEN.finditer(folded)]
    if len(folded) == len(text) and unicodedata.is_normalized("NFKC", text):
        return spans
    origin = _origin_of_each_character(text, len(folded))
    return [(origin[start][0], origin[end - 1][1]) for start, end in spans]


def _nfkc(text: str) -> str:
    """unicodedata.normalize("NFKC", text), several times faster on Chinese."""
    if not _ONE_BY_ONE.fullmatch(text):
        return unicodedata.normalize("NFKC", text)
    for sign in _FREQUENT:
        text = text.replace(sign, _PLAIN_FORMS[sign])
    return _HAS_PLAIN_FORM.sub(lambda found: _PLAIN_FORMS[found.group()], text)


def _apart(run: str) -> str:
    return f" {run} " if run.isascii() or not HAN_CHARACTER.match(run) else run


def _origin_of_each_character(text: str, folded_length: int) -> list[tuple[int, int]]:
    """For every character of fold(text): the bounds in `text` of what it came from."""
    origin: list[tuple[int, int]] = []
    for segment in _SEGMENT.finditer(text):
        origin.extend(_origin_within(segment.group(), segment.start()))
    # Composition across white space or a length-changing idiom would shift every later bound: then give the whole text.
    return origin if len(origin) == folded_length else [(0, len(text))] * folded_length


def _origin_within(segment: str, start: int) -> list[tuple[int, int]]:
    """Character by character where that folds to the same, else the segment as a whole."""
    pieces = [_fold_character(character) for character in segment]
    folded = fold(segment)
    if sum(map(len, pieces)) != len(folded):
        return [(start, start + len(segment))] * len(folded)
    return [(start + at, start + at + 1) for at, piece in enumerate(pieces) for _ in piece]


@lru_cache(maxsize=10_000)
def _fold_character(character: str) -> str:
    return fold(character)


@cache
def _simplifier() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")
