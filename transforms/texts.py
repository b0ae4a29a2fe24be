"""Folding of titles, abstracts and claims to the form in which queries (PRL/1) look at them.

NFKC, traditional to simplified Chinese (OpenCC t2s), then tokens: every Han character is one token, every other run of
letters and digits is one token, and whatever stands between (hyphens, dashes, underscores, slashes, white space,
control characters) only separates. Case is kept here; the matcher decides per term whether it counts.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import opencc

HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
TOKEN = re.compile(f"[{HAN}]|[^\\W_{HAN}]+")
HAN_CHARACTER = re.compile(f"[{HAN}]")
_SEGMENT = re.compile(r"\s+|\S+")
# An ASCII text is cut by a 128-entry table and str.split: five times faster than the expression above, same tokens.
_ASCII_SEPARATORS = {code: " " for code in range(128) if not chr(code).isalnum()}


def fold(text: str) -> str:
    """The text in NFKC and simplified Chinese; case and punctuation kept."""
    if text.isascii():
        return text
    folded = unicodedata.normalize("NFKC", text)
    return _simplifier().convert(folded) if HAN_CHARACTER.search(folded) else folded


def tokens(folded: str) -> list[str]:
    """Tokens of a folded text in reading order, case kept."""
    if folded.isascii():
        return folded.translate(_ASCII_SEPARATORS).split()
    return TOKEN.findall(folded)


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


def _origin_of_each_character(text: str, folded_length: int) -> list[tuple[int, int]]:
    """For every character of fold(text): the bounds in `text` of what it came from."""
    origin: list[tuple[int, int]] = []
    for segment in _SEGMENT.finditer(text):
        origin.extend(_origin_within(segment.group(), segment.start()))
    # Composition across white space or a length-changing idiom would shift every later bound: then give the whole text.
    return origin if len(origin) == folded_length else [(0, len(text))] * folded_length


def _origin_within(segment: str, start: int) -> list[tuple[int, int]]:
    """Character by character where that folds to the same, else the segment as a whole."""
    pieces = [fold(character) for character in segment]
    folded = fold(segment)
    if sum(map(len, pieces)) != len(folded):
        return [(start, start + len(segment))] * len(folded)
    return [(start + at, start + at + 1) for at, piece in enumerate(pieces) for _ in piece]


@cache
def _simplifier() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")
