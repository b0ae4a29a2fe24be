"""Occurrences: of whole columns of scanned texts, how often and where the operands of queries match, as numba kernels.

The functions do what OperandMatcher does record by record in transforms.matching, in which they are explained.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numba
import numpy as np

from transforms.matching import OperandMatcher
from transforms.scanning import Found

_COMPILED = {"cache": True, "nogil": True}
_LOWER = 0xFFFFFFFF


class Operands(NamedTuple):
    """Operands by number. holds[operand, term]: whether it holds the term outside its NEAR pairs.

    Of an operand, first_near tells where its pairs begin: (left operand, right operand, gap). Of a term, first_operand
    tells where the operands that hold it begin. length: words of a term.
    """

    holds: np.ndarray
    first_near: np.ndarray
    nears: np.ndarray
    first_operand: np.ndarray
    operands: np.ndarray
    length: np.ndarray


def operands_of(numbers: dict[OperandMatcher, int], length: np.ndarray) -> Operands:
    """The arrays of numbered operands; `length` of each term."""
    holds = np.zeros((len(numbers), len(length)), np.bool_)
    for operand, number in numbers.items():
        holds[number, list(operand.terms)] = True
    nears = [[(numbers[left], numbers[right], gap) for left, right, gap in operand.nears] for operand in numbers]
    by_term = holds.T.nonzero()
    return Operands(
        holds=holds,
        first_near=np.cumsum([0, *map(len, nears)], dtype=np.int32),
        nears=np.array([near for each in nears for near in each], np.int64).reshape(-1, 3),
        first_operand=np.searchsorted(by_term[0], np.arange(len(length) + 1)).astype(np.int32),
        operands=by_term[1].astype(np.int32),
        length=length,
    )


def seen(found: Found, operands: Operands) -> np.ndarray:
    """[operand, row]: whether a term of the operand stands in the row, NEAR pairs left aside."""
    marks = np.zeros((len(operands.holds), len(found.first)), np.bool_)
    _mark(found.first, found.last, found.term, operands.first_operand, operands.operands, marks)
    return marks


def occurrences(found: Found, rows: np.ndarray, operand: int, operands: Operands, at_most: int) -> np.ndarray:
    """How often an operand occurs without overlap in each of these rows, counted up to a limit."""
    return _occurrences(found.first, found.last, found.term, found.token, rows, operand, operands, at_most)


def passages(found: Found, rows: np.ndarray, asked: Sequence, operands: Operands, at_most: int) -> np.ndarray:
    """Spans to show a reader: (request, first token, token after the last), sorted, each once.

    A request is one row; `asked` are (request, operand), sorted. Of each operand at most so many passages.
    """
    asked = np.array(asked, np.int64).reshape(-1, 2)
    return _passages(found.first, found.last, found.term, found.token, rows, asked, operands, at_most)


@numba.njit(**_COMPILED)
def _mark(first, last, term, first_operand, operands, marks):
    for row in range(len(first)):
        for hit in range(first[row], last[row]):
            for each in range(first_operand[term[hit]], first_operand[term[hit] + 1]):
                marks[operands[each], row] = True


@numba.njit(**_COMPILED)
def _occurrences(first, last, term, token, rows, operand, operands, at_most):
    counts = np.zeros(len(rows), np.int64)
    for at in range(len(rows)):
        begin, end = first[rows[at]], last[rows[at]]
        if begin < end:
            spans = _spans(operand, term[begin:end], token[begin:end], operands)
            counts[at] = len(_disjoint(spans, at_most))
    return counts


@numba.njit(**_COMPILED)
def _passages(first, last, term, token, rows, asked, operands, at_most):
    shown = np.empty((max(16, at_most * len(asked)), 3), np.int64)
    count = 0
    for at in range(len(asked)):
        request, operand = asked[at, 0], asked[at, 1]
        begin, end = first[rows[request]], last[rows[request]]
        if begin == end:
            continue
        terms, tokens = term[begin:end], token[begin:end]
        spans = _longest(_terms(operand, terms, tokens, operands), at_most)
        if not len(spans):
            spans = _disjoint(_spans(operand, terms, tokens, operands), at_most)
        # The passages of one request come together: keep them in order, each once.
        for span in spans:
            start, stop = span >> 32, span & _LOWER
            place = count
            while place and shown[place - 1, 0] == request and (shown[place - 1, 1] << 32 | shown[place - 1, 2]) > span:
                place -= 1
            before = place - 1
            if before >= 0 and shown[before, 0] == request and shown[before, 1] == start and shown[before, 2] == stop:
                continue
            for later in range(count, place, -1):
                for column in range(3):
                    shown[later, column] = shown[later - 1, column]
            shown[place, 0], shown[place, 1], shown[place, 2] = request, start, stop
            count += 1
    return shown[:count].copy()


# In what follows a span is one number, its first token in the upper half and the token after its last in the lower: so
# spans are sorted as they are read, and numba compiles the sorting of numbers in a fraction of the time of any other.


@numba.njit(**_COMPILED)
def _terms(operand, term, token, operands):
    """Spans of the terms that an operand holds outside its NEAR pairs."""
    spans = np.empty(len(term), np.int64)
    count = 0
    for hit in range(len(term)):
        if operands.holds[operand, term[hit]]:
            start = np.int64(token[hit])
            spans[count] = start << 32 | (start + operands.length[term[hit]])
            count += 1
    return spans[:count]


@numba.njit(**_COMPILED)
def _spans(operand, term, token, operands):
    """Every span at which an operand matches."""
    spans = _terms(operand, term, token, operands)
    for near in range(operands.first_near[operand], operands.first_near[operand + 1]):
        gap = operands.nears[near, 2]
        lefts = _spans(operands.nears[near, 0], term, token, operands)
        if not len(lefts):
            continue
        rights = _spans(operands.nears[near, 1], term, token, operands)
        if len(rights):
            spans = np.concatenate((spans, _followed(lefts, rights, gap), _followed(rights, lefts, gap)))
    return spans


@numba.njit(**_COMPILED)
def _followed(firsts, seconds, gap):
    """Spans from one of `firsts` to one of `seconds` that begins at most `gap` tokens after it."""
    seconds = np.sort(seconds)
    size = 0
    for first in firsts:
        size += _at_token(seconds, (first & _LOWER) + gap + 1) - _at_token(seconds, first & _LOWER)
    spans = np.empty(size, np.int64)
    count = 0
    for first in firsts:
        at = _at_token(seconds, first & _LOWER)
        while at < len(seconds) and seconds[at] >> 32 <= (first & _LOWER) + gap:
            spans[count] = first >> 32 << 32 | (seconds[at] & _LOWER)
            count += 1
            at += 1
    return spans


@numba.njit(**_COMPILED)
def _at_token(spans, token):
    """The number of sorted spans that begin before a token."""
    low, high = 0, len(spans)
    while low < high:
        middle = (low + high) // 2
        if spans[middle] >> 32 < token:
            low = middle + 1
        else:
            high = middle
    return low


@numba.njit(**_COMPILED)
def _disjoint(spans, at_most):
    """As many spans as can stand side by side without overlap (earliest end first), up to a limit."""
    chosen, after = np.empty(min(at_most, len(spans)), np.int64), 0
    count = 0
    for key in np.sort((spans & _LOWER) << 32 | (_LOWER - (spans >> 32))):
        if count == at_most:
            break
        start, end = _LOWER - (key & _LOWER), key >> 32
        if start >= after:
            chosen[count], after = start << 32 | end, end
            count += 1
    return chosen[:count]


@numba.njit(**_COMPILED)
def _longest(spans, at_most):
    """Spans side by side from the left, the longest of those that begin together, up to a limit."""
    chosen, after = np.empty(min(at_most, len(spans)), np.int64), 0
    count = 0
    for key in np.sort(spans >> 32 << 32 | (_LOWER - (spans & _LOWER))):
        if count == at_most:
            break
        start, end = key >> 32, _LOWER - (key & _LOWER)
        if start >= after:
            chosen[count], after = start << 32 | end, end
            count += 1
    return chosen[:count]
