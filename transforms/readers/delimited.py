"""Delimited text (CSV, TSV and their kin): cells byte-exact, records counted by other means.

The strict `csv` module says what a record is, and what is wrong with a text; what is right is cut by a kernel that does the same.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from schemas.errors import UnreadableFileError
from transforms.readers.encoding import Decoded, decode
from transforms.readers.table import (
    PREAMBLE_LINES,
    ROW_NUMBER,
    HeaderNotFoundError,
    IsHeader,
    RawTable,
    Record,
    empty_as_null,
    frame_of,
    header_text,
    trimmed,
    without_blank,
)

if TYPE_CHECKING:
    from transforms.readers.cells import Cut

MAX_CELL_CHARACTERS = 10_000_000
DELIMITERS = (",", "\t", ";", "|")
_HEAD_CHARACTERS = 1_000_000
_BATCH = 20_000
_BLOCK = 1 << 25
# Below this size of a text the kernel costs more to load than it saves.
_WORTH_CUTTING = 2_000_000
_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class _Layout:
    """`records_before`: records up to and with the header. `body_from`: at which byte of UTF-8 the records after it begin."""

    delimiter: str
    header: tuple[str, ...]
    records_before: int
    body_from: int


def read_delimited(path: Path, name: str, is_header: IsHeader, encoding: str | None) -> RawTable:
    """The table of a delimited file. Raises UnreadableFileError (EncodingError, HeaderNotFoundError)."""
    decoded = decode(path.read_bytes(), name, encoding, lambda text: _header(text, is_header))
    beginning = _beginning(decoded.utf8)
    layout = _layout(beginning, is_header)
    if layout is None:
        raise HeaderNotFoundError(name, _widest_beginning(beginning))
    found = _read(decoded.utf8, layout, name)
    if found.line_ends:
        _refuse_swallowed(found.rows, layout, name)
    counted = count_records(decoded.utf8, layout.delimiter) - layout.records_before
    return RawTable(
        media="csv",
        header=layout.header,
        rows=found.rows,
        ragged=found.ragged,
        blank=found.blank,
        counted=counted,
        encoding=decoded.encoding,
        lines_by_encoding=decoded.lines_by_encoding,
        remarks=decoded.remarks + _remarks(decoded),
    )


def _remarks(decoded: Decoded) -> tuple[str, ...]:
    if decoded.utf8.endswith((b"\n", b"\r")):
        return ()
    return ("the last record has no line end: if the file was cut off, its last cell is not whole",)


def _beginning(utf8: bytes) -> str:
    """At least so many characters as a header is looked for in, whole lines of them."""
    end = utf8.find(b"\n", 4 * _HEAD_CHARACTERS) + 1
    return (utf8[:end] if end else utf8).decode("utf-8")


# ── the header tells the delimiter ───────────────────────────────────────────────────────────────────────────────


def _layout(text: str, is_header: IsHeader) -> _Layout | None:
    """The delimiter under which the earliest record is a known header; of several, the one that gives it most cells."""
    found = [layout for delimiter in DELIMITERS if (layout := _layout_with(text, delimiter, is_header))]
    return min(found, key=lambda layout: (layout.records_before, -len(layout.header)), default=None)


def _header(text: str, is_header: IsHeader) -> tuple[str, ...] | None:
    layout = _layout(text, is_header)
    return layout.header if layout else None


def _layout_with(text: str, delimiter: str, is_header: IsHeader) -> _Layout | None:
    lines = _PlacedLines(text)
    try:
        for number, cells in enumerate(islice(_reader(lines, delimiter), PREAMBLE_LINES), start=1):
            cells = trimmed(tuple(cells))
            if is_header(cells):
                return _Layout(delimiter, header_text(cells), number, len(text[: lines.place].encode("utf-8")))
    except csv.Error:
        return None  # under this delimiter the beginning is no CSV: it is not the file's
    return None


class _PlacedLines:
    """Lines of a text for the csv module, which asks for the next only when it needs one; `place` is where that begins."""

    def __init__(self, text: str) -> None:
        self.text, self.place = text, 0

    def __iter__(self) -> _PlacedLines:
        return self

    def __next__(self) -> str:
        if self.place >= min(len(self.text), _HEAD_CHARACTERS):
            raise StopIteration
        end = _LINE_END.search(self.text, self.place)
        start, self.place = self.place, end.end() if end else len(self.text)
        return self.text[start : self.place]


def _reader(lines, delimiter: str):
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    return csv.reader(lines, delimiter=delimiter, strict=True)


def _widest_beginning(text: str) -> Record:
    found: list[Record] = []
    for delimiter in DELIMITERS:
        try:
            found += [trimmed(tuple(cells)) for cells in islice(_reader(_PlacedLines(text), delimiter), PREAMBLE_LINES)]
        except csv.Error:
            continue  # not this delimiter; another shows what stands there
    return max(found, key=len, default=())


# ── records ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Sorted:
    """`line_ends`: whether any may stand within cells."""

    rows: pl.DataFrame
    ragged: tuple[tuple[int, int, Record], ...]
    blank: int
    line_ends: bool


def _read(utf8: bytes, layout: _Layout, name: str) -> _Sorted:
    """Every record after the header, sorted into rows, ragged ones and blank ones."""
    if len(utf8) < _WORTH_CUTTING:
        return _by_module(utf8[layout.body_from :].decode("utf-8"), layout.delimiter, len(layout.header), name)
    return _by_cutting(utf8, layout, name)


def _by_cutting(utf8: bytes, layout: _Layout, name: str) -> _Sorted:
    from transforms.readers.cells import STRANGE, UNFINISHED, cut  # loads a compiler: for large texts alone

    gathered, number = _Gathered(len(layout.header)), 1
    place, size = layout.body_from, _BLOCK
    while place < len(utf8):
        end = _line_end_after(utf8, place + size)
        found = cut(utf8, place, end, layout.delimiter, gathered.width, MAX_CELL_CHARACTERS)
        if found.state == STRANGE or (found.state == UNFINISHED and end == len(utf8)):
            return _by_module(utf8[layout.body_from :].decode("utf-8"), layout.delimiter, gathered.width, name)
        gathered.add_cut(number, found, utf8[place:end] if found.others else b"", layout.delimiter)
        number += found.records
        place += found.end
        size = _BLOCK if found.records else 2 * size  # not even one record ends in the block
    return gathered.sorted()


def _line_end_after(utf8: bytes, place: int) -> int:
    """The place after the next line end; carriage returns alone end lines of no file that is worth cutting."""
    return utf8.find(b"\n", place) + 1 or len(utf8)


def _by_module(body: str, delimiter: str, width: int, name: str) -> _Sorted:
    """The same by the csv module, record by record: it says what is wrong where something is."""
    reader = _reader(io.StringIO(body, newline=""), delimiter)
    gathered, number = _Gathered(width), 1
    try:
        while batch := list(islice(reader, _BATCH)):
            gathered.add_batch(number, batch)
            number += len(batch)
    except csv.Error as error:
        raise UnreadableFileError(
            name,
            f"{error} in line {reader.line_num} after the header",
            "well-formed CSV",
            "export it again, or mend the quotes there",
        ) from error
    return gathered.sorted()


class _Gathered:
    """Records of a file with `width` columns, in frames; those of another number of fields one by one."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.frames: list[pl.DataFrame] = []
        self.ragged: list[tuple[int, int, Record]] = []
        self.blank = 0
        self.line_ends = False

    def add_cut(self, first: int, found: Cut, block: bytes, delimiter: str) -> None:
        numbers = pl.Series(ROW_NUMBER, found.numbers + first)
        frame = pl.DataFrame([numbers, *(cells.alias(f"c{index}") for index, cells in enumerate(found.cells))])
        self.frames.append(frame.with_columns(empty_as_null()))
        for record, begin, end in found.others:
            self.add(
                first + record, next(_reader(io.StringIO(block[begin:end].decode("utf-8"), newline=""), delimiter))
            )
        self.blank += found.empty
        self.line_ends |= found.line_ends > 0

    def add_batch(self, first: int, batch: list[list[str]]) -> None:
        self.line_ends = True
        plain = [(number, cells) for number, cells in enumerate(batch, start=first) if len(cells) == self.width]
        if plain:
            numbers, records = zip(*plain, strict=True)
            self.frames.append(frame_of(list(numbers), list(zip(*records, strict=True))))
        for number, cells in enumerate(batch, start=first):
            if len(cells) != self.width:
                self.add(number, cells)

    def add(self, number: int, cells: list[str]) -> None:
        if not any(cell.strip() for cell in cells):
            self.blank += 1
        elif len(cells) > self.width and not any(cells[self.width :]):
            # A record may end in empty fields beyond the header's last: nothing is lost with them.
            self.frames.append(frame_of([number], [[cell] for cell in cells[: self.width]]))
        else:
            self.ragged.append((number, len(cells), tuple(cell or None for cell in cells)))

    def sorted(self) -> _Sorted:
        rows = pl.concat(self.frames) if self.frames else frame_of([], [[] for _ in range(self.width)])
        filled = without_blank(rows)
        if not filled[ROW_NUMBER].is_sorted():
            filled = filled.sort(ROW_NUMBER)
        return _Sorted(filled, tuple(sorted(self.ragged)), self.blank + rows.height - filled.height, self.line_ends)


def _refuse_swallowed(rows: pl.DataFrame, layout: _Layout, name: str) -> None:
    """A quoted cell that holds whole records: two stray quotes far apart, between which rows would be lost in one cell."""
    delimiters = len(layout.header) - 1
    if delimiters < 2:
        return  # a line with one comma is ordinary text
    enough = 2 if delimiters >= 4 else 10  # a few lines with two or three commas each are ordinary text too
    for column in rows.columns[1:]:
        cells = rows.filter(pl.col(column).str.contains_any(["\n", "\r"])).select(ROW_NUMBER, column)
        lines = cells.with_columns(
            pl.col(column).str.replace_all("\r", "\n", literal=True).str.split("\n").list.slice(1)
        )
        alike = pl.element().str.count_matches(layout.delimiter, literal=True) == delimiters
        swallowed = lines.select(ROW_NUMBER, pl.col(column).list.eval(alike).list.sum().alias("lines"))
        suspicious = swallowed.filter(pl.col("lines") >= enough)
        if suspicious.height:
            number, count = suspicious.row(0)
            raise UnreadableFileError(
                name,
                f"a cell of record {number} that holds {count} lines which look like records",
                "one record in each line",
                "look for a stray quote in that record, or export it again",
            )


# ── the second count ─────────────────────────────────────────────────────────────────────────────────────────────


def count_records(text: bytes, delimiter: str) -> int:
    """Line ends outside quoted fields, by the places of the quotes alone: shares nothing with the reading.

    A quote opens a field only where a field begins. Where each quote that would open one by its turn stands so, turns tell what is
    quoted; else a pattern does.
    """
    is_unended = text != b"" and not text.endswith((b"\n", b"\r"))
    begins_a_field = np.zeros(256, np.bool_)
    begins_a_field[list(f'{delimiter}"\r\n'.encode())] = True
    lines, place, is_open = 0, 0, False
    while place < len(text):
        end = _line_end_after(text, place + _BLOCK)
        letters = np.frombuffer(text, np.uint8, end - place, place)
        quotes = np.flatnonzero(letters == ord('"'))
        opening = quotes[is_open::2]
        if not begins_a_field[letters[opening[opening > 0] - 1]].all():
            return _lines_by_pattern(text, delimiter) + is_unended
        ends = np.flatnonzero(letters == ord("\n"))
        returns = np.flatnonzero(letters == ord("\r"))
        if len(returns):
            ends = np.concatenate([ends, returns[letters[np.minimum(returns + 1, len(letters) - 1)] != ord("\n")]])
        lines += int((np.searchsorted(quotes, ends) % 2 == is_open).sum())
        is_open ^= len(quotes) % 2 == 1
        place = end
    return lines + is_unended


def _lines_by_pattern(text: bytes, delimiter: str) -> int:
    begins = rf"(?:(?<=[{re.escape(delimiter)}\r\n])|\A)"
    plain = re.sub(rf'{begins}"[^"]*(?:""[^"]*)*"'.encode(), b'"', text)
    return plain.count(b"\n") + plain.count(b"\r") - plain.count(b"\r\n")
