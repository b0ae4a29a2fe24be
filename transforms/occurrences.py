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
        request, operand = asked[at]
        begin, end = first[rows[request]], last[rows[request]]
        if begin == end:
            continue
        terms, tokens = term[begin:end], token[begin:end]
        spans = _longest(_terms(operand, terms, tokens, operands), at_most)
        if not len(spans):
            spans = _disjoint(_spans(operand, terms, tokens, operands), at_most)
        # The passages of one request come together: keep them in order, each once.
        for each in range(len(spans)):
            place = count
            while place and shown[place - 1, 0] == request and _is_after(shown[place - 1], spans[each]):
                place -= 1
            is_known = place > 0 and shown[place - 1, 0] == request
            if is_known and shown[place - 1, 1] == spans[each, 0] and shown[place - 1, 2] == spans[each, 1]:
                continue
            for later in range(count, place, -1):
                shown[later] = shown[later - 1]
            shown[place, 0], shown[place, 1], shown[place, 2] = request, spans[each, 0], spans[each, 1]
            count += 1
    return shown[:count].copy()


@numba.njit(**_COMPILED)
def _is_after(shown, span):
    return shown[1] > span[0] or (shown[1] == span[0] and shown[2] > span[1])


@numba.njit(**_COMPILED)
def _terms(operand, term, token, operands):
    """Spans of the terms that an operand holds outside its NEAR pairs."""
    spans = np.empty((len(term), 2), np.int64)
    count = 0
    for hit in range(len(term)):
        if operands.holds[operand, term[hit]]:
            spans[count, 0], spans[count, 1] = token[hit], token[hit] + operands.length[term[hit]]
            count += 1
    return spans[:count]


@numba.njit(**_COMPILED)
def _spans(operand, term, token, operands):
    """Every span at which an operand matches."""
    spans = _terms(operand, term, token, operands)
    for near in range(operands.first_near[operand], operands.first_near[operand + 1]):
        left, right, gap = operands.nears[near]
        lefts = _spans(left, term, token, operands)
        if not len(lefts):
            continue
        rights = _spans(right, term, token, operands)
        if len(rights):
            spans = np.concatenate((spans, _followed(lefts, rights, gap), _followed(rights, lefts, gap)))
    return spans


@numba.njit(**_COMPILED)
def _followed(firsts, seconds, gap):
    """Spans from one of `firsts` to one of `seconds` that begins at most `gap` tokens after it."""
    seconds = seconds[np.argsort(seconds[:, 0], kind="mergesort")]
    starts = seconds[:, 0].copy()
    begins = np.searchsorted(starts, firsts[:, 1], side="left")
    ends = np.searchsorted(starts, firsts[:, 1] + gap, side="right")
    spans = np.empty((max(0, (ends - begins).sum()), 2), np.int64)
    count = 0
    for at in range(len(firsts)):
        for second in range(begins[at], ends[at]):
            spans[count, 0], spans[count, 1] = firsts[at, 0], seconds[second, 1]
            count += 1
    return spans


@numba.njit(**_COMPILED)
def _disjoint(spans, at_most):
    """As many spans as can stand side by side without overlap (earliest end first), up to a limit."""
    order = np.argsort((spans[:, 1] << 32) - spans[:, 0], kind="mergesort")
    return _side_by_side(spans[order], at_most)


@numba.njit(**_COMPILED)
def _longest(spans, at_most):
    """Spans side by side from the left, the longest of those that begin together, up to a limit."""
    order = np.argsort((spans[:, 0] << 32) - spans[:, 1], kind="mergesort")
    return _side_by_side(spans[order], at_most)


@numba.njit(**_COMPILED)
def _side_by_side(spans, at_most):
    chosen = 0
    for at in range(len(spans)):
        if chosen == at_most:
            break
        if not chosen or spans[at, 0] >= spans[chosen - 1, 1]:
            spans[chosen] = spans[at]
            chosen += 1
    return spans[:chosen]
