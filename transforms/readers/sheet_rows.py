"""Cut plain rows out of a worksheet's XML by a compiled kernel: cells of shared texts and of numbers, which most sheets consist of.

A row is plain where nothing is to be expanded, folded or asked for: `<row r="2"><c r="A2" s="1" t="s"><v>7</v></c></row>`. The first
row that is not ends the cutting, and all from there on is left to the parser.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np


class PlainRows(NamedTuple):
    """`end`: how many bytes were cut; `last`: the number of the last row among them. `places`: the numbers of rows with a value.

    Of each cell with a value: `row` (its index in places), `column`, `style` (-1: none), and either `shared`, the number of its text,
    or (-1) the bytes `first` to `past` of its number.
    """

    end: int
    last: int
    places: np.ndarray
    row: np.ndarray
    column: np.ndarray
    style: np.ndarray
    shared: np.ndarray
    first: np.ndarray
    past: np.ndarray


def plain_rows(xml: bytes, last: int, texts: int, most_columns: int) -> PlainRows:
    """The plain rows at the beginning of `xml`, which follow the row numbered `last`, with references below `texts`."""
    places, cells = np.empty(xml.count(b"<row"), np.int64), np.empty((xml.count(b"<c"), 6), np.int64)
    end, last, rows, count = _plain_rows(np.frombuffer(xml, np.uint8), last, texts, most_columns, places, cells)
    return PlainRows(end, last, places[:rows], *(cells[:count, field] for field in range(6)))


_STRANGE, _NUMBER, _SHARED = -2, 0, 1
_LESS, _MORE, _SLASH, _QUOTE, _AND = (ord(sign) for sign in '<>/"&')
_DIGITS = 15  # of a number that is read here


@numba.njit(cache=True, nogil=True)
def _plain_rows(xml, last, texts, most_columns, places, cells):
    """(bytes cut, number of the last row, rows with a value, cells)."""
    attributes = np.empty((3, 2), np.int64)
    at = end = rows = count = 0
    while True:
        at = _past_blanks(xml, end)
        closes, at = _tag(xml, at, "row", attributes)
        if at < 0:
            return end, last, rows, count
        stated = _whole(xml, attributes[0])
        if stated == _STRANGE:
            return end, last, rows, count
        number, column, begun = max(stated, last + 1), -1, count
        while not closes:
            at = _past_blanks(xml, at)
            if _stands(xml, at, "</row>"):
                at += 6
                break
            is_empty, at = _tag(xml, at, "c", attributes)
            if at < 0:
                return end, last, rows, begun
            column = _column(xml, attributes[0], column)
            style, kind = _whole(xml, attributes[1]), _kind(xml, attributes[2])
            if column == _STRANGE or style == _STRANGE or kind == _STRANGE:
                return end, last, rows, begun
            if is_empty:
                continue
            if _stands(xml, at, "</c>"):
                at += 4
                continue
            if not _stands(xml, at, "<v>"):
                return end, last, rows, begun
            first = past = at + 3
            while past < len(xml) and 0x21 <= xml[past] < 0x7F and xml[past] != _LESS and xml[past] != _AND:
                past += 1
            if past == first or column >= most_columns or not _stands(xml, past, "</v></c>"):
                return end, last, rows, begun
            at = past + 8
            cells[count, 0], cells[count, 1], cells[count, 2] = rows, column, style
            cells[count, 3], cells[count, 4], cells[count, 5] = -1, first, past
            if kind == _SHARED:
                attributes[2, 0], attributes[2, 1] = first, past
                cells[count, 3] = _whole(xml, attributes[2])
                if not 0 <= cells[count, 3] < texts:
                    return end, last, rows, begun
            count += 1
        if count > begun:
            places[rows] = number
            rows += 1
        last, end = number, at


@numba.njit(cache=True, nogil=True)
def _past_blanks(xml, at):
    while at < len(xml) and (xml[at] == 0x20 or xml[at] == 0x0A or xml[at] == 0x0D or xml[at] == 0x09):
        at += 1
    return at


@numba.njit(cache=True, nogil=True)
def _stands(xml, at, text):
    if at + len(text) > len(xml):
        return False
    for index in range(len(text)):  # noqa: SIM110  numba compiles no all() over a generator
        if xml[at + index] != ord(text[index]):
            return False
    return True


@numba.njit(cache=True, nogil=True)
def _tag(xml, at, name, attributes):
    """Whether the start tag at `at` closes itself, and the place after it, -1 if it is none or strange.

    `attributes` gets the first and past byte of the values of r, s and t, -1 where there is none.
    """
    attributes[:] = -1
    if at >= len(xml) or xml[at] != _LESS or not _stands(xml, at + 1, name):
        return False, -1
    at += 1 + len(name)
    while at < len(xml):
        if xml[at] == _MORE:
            return False, at + 1
        if xml[at] == _SLASH:
            return True, at + 2 if at + 1 < len(xml) and xml[at + 1] == _MORE else -1
        if xml[at] != 0x20:
            return False, -1
        at += 1
        begin = at
        while at < len(xml) and (xml[at] == 0x3A or 0x30 <= xml[at] <= 0x39 or 0x41 <= (xml[at] & 0xDF) <= 0x5A):
            at += 1
        which = -1
        if at == begin + 1:
            which = (
                0 if xml[begin] == ord("r") else 1 if xml[begin] == ord("s") else 2 if xml[begin] == ord("t") else -1
            )
        if at == begin or not _stands(xml, at, '="'):
            return False, -1
        at += 2
        first = at
        while at < len(xml) and 0x20 <= xml[at] < 0x7F and xml[at] != _QUOTE and xml[at] != _LESS and xml[at] != _AND:
            at += 1
        if at >= len(xml) or xml[at] != _QUOTE:
            return False, -1
        if which >= 0:
            if attributes[which, 0] >= 0:
                return False, -1
            attributes[which, 0], attributes[which, 1] = first, at
        at += 1
    return False, -1


@numba.njit(cache=True, nogil=True)
def _whole(xml, place):
    """The whole number there, -1 where nothing is."""
    first, past = place
    if first < 0:
        return -1
    if past == first or past - first > _DIGITS:
        return _STRANGE
    number = 0
    for at in range(first, past):
        if not 0x30 <= xml[at] <= 0x39:
            return _STRANGE
        number = 10 * number + xml[at] - 0x30
    return number


@numba.njit(cache=True, nogil=True)
def _column(xml, place, before):
    """The column of a reference like AB12; without one the next."""
    first, past = place
    if first < 0:
        return before + 1
    column, at = 0, first
    while at < past and at - first < 4 and 0x41 <= xml[at] <= 0x5A:
        column = 26 * column + xml[at] - 0x40
        at += 1
    if at in (first, past):
        return _STRANGE
    while at < past:
        if not 0x30 <= xml[at] <= 0x39:
            return _STRANGE
        at += 1
    return column - 1


@numba.njit(cache=True, nogil=True)
def _kind(xml, place):
    first, past = place
    if first < 0:
        return _NUMBER
    if past - first == 1 and xml[first] == ord("s"):
        return _SHARED
    return _NUMBER if past - first == 1 and xml[first] == ord("n") else _STRANGE
