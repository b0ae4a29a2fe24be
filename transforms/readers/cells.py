"""Cut delimited text into cells: the strict `csv` module's automaton as a compiled kernel over UTF-8.

Cells are views into the text itself, 16 bytes each as Arrow has them, so that nothing is copied but cells with doubled quotes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numba
import numpy as np
import polars as pl
import pyarrow as pa

_QUOTE, _LINE_FEED, _RETURN = ord('"'), ord("\n"), ord("\r")
# A view holds a text of up to twelve bytes itself; of a longer one its first four, and where it begins.
_IN_VIEW = 12
_MOST_BYTES = 2**31 - 1
# Where a kernel says that it read no further: the text ends within quotes, something follows a closing quote, a cell is very long.
UNFINISHED, STRANGE = 1, 2


class Cut(NamedTuple):
    """What is cut from a text. `numbers`: of the records of the right width, counted from 0 with all others; `cells`: their columns.

    `others`: (number, first byte, byte after the last) of records of another width that are no empty line. `records`: how many
    there are of all kinds. `end`: where the last whole record ends. `line_ends`: how many stand within cells.
    """

    numbers: np.ndarray
    cells: Sequence[pl.Series]
    others: list[tuple[int, int, int]]
    records: int
    empty: int
    end: int
    state: int
    line_ends: int


def cut(utf8: bytes, begin: int, end: int, delimiter: str, width: int, longest: int) -> Cut:
    """Cut a part of a text into records of `width` cells of at most `longest` bytes; it may end within a record. Places are counted
    from its beginning.
    """
    if end - begin > _MOST_BYTES:
        return Cut(np.empty(0, np.int64), [], [], 0, 0, 0, STRANGE, 0)
    text = np.frombuffer(utf8, np.uint8, end - begin, begin)
    line_ends = int(np.count_nonzero(text == _LINE_FEED)) + int(np.count_nonzero(text == _RETURN))
    views = np.empty((width, line_ends + 1, 4), np.uint32)
    numbers, others = np.empty(line_ends + 1, np.int64), np.empty((line_ends + 1, 3), np.int64)
    single = np.empty(len(text), np.uint8)
    is_border = np.zeros(256, np.bool_)
    is_border[[ord(delimiter), _LINE_FEED, _RETURN]] = True
    plain, other, records, last, state, closing = _cut(
        text, ord(delimiter), is_border, longest, views, numbers, others, single
    )
    buffers = [pa.py_buffer(text), pa.py_buffer(single)]
    cells = [
        pl.Series(pa.Array.from_buffers(pa.string_view(), plain, [None, pa.py_buffer(column[:plain]), *buffers]))
        for column in views
    ]
    found = [tuple(map(int, each)) for each in others[:other]]
    return Cut(numbers[:plain], cells, found, records, records - plain - other, last, state, line_ends - closing)


@numba.njit(cache=True, nogil=True)
def _cut(text, delimiter, is_border, longest, views, numbers, others, single):
    """(plain records, other ones, all records, where the last ends, state, bytes of line ends that close records).

    `single` takes the cells in which doubled quotes were made single.
    """
    width, size = len(views), len(text)
    plain = other = records = at = closing = used = 0
    while at < size:
        begin, cell = at, 0
        while True:
            first, is_doubled = at, False
            if at < size and text[at] == _QUOTE:
                first = at = at + 1
                while True:
                    while at < size and text[at] != _QUOTE:
                        at += 1
                    if at == size:
                        return plain, other, records, begin, UNFINISHED, closing
                    if at + 1 == size or text[at + 1] != _QUOTE:
                        break
                    is_doubled = True
                    at += 2
                last = at
                at += 1
                if at < size and not is_border[text[at]]:
                    return plain, other, records, begin, STRANGE, closing
            else:
                while at < size and not is_border[text[at]]:
                    at += 1
                last = at
            if last - first > longest:
                return plain, other, records, begin, STRANGE, closing
            if cell < width and is_doubled:
                start, place = used, first
                while place < last:
                    single[used] = text[place]
                    used += 1
                    place += 2 if text[place] == _QUOTE else 1
                _write_view(views[cell, plain], 1, single, start, used)
            elif cell < width:
                _write_view(views[cell, plain], 0, text, first, last)
            cell += 1
            if at == size or text[at] != delimiter:
                break
            at += 1
        end = at
        if at < size:
            at += 2 if text[at] == _RETURN and at + 1 < size and text[at + 1] == _LINE_FEED else 1
        closing += at - end
        if end > begin:  # an empty line has no cell
            if cell == width:
                numbers[plain] = records
                plain += 1
            else:
                others[other, 0], others[other, 1], others[other, 2] = records, begin, end
                other += 1
        records += 1
    return plain, other, records, at, 0, closing


@numba.njit(cache=True, nogil=True)
def _write_view(view, buffer, text, first, last):
    length = last - first
    view[0] = length
    view[1] = view[2] = view[3] = 0
    for at in range(length if length <= _IN_VIEW else 4):
        view[1 + at // 4] |= np.uint32(text[first + at]) << np.uint32(8 * (at % 4))
    if length > _IN_VIEW:
        view[2], view[3] = buffer, first
