"""Delimited text (CSV, TSV and their kin): cells byte-exact, records counted by other means.

The strict `csv` module says what a record is. Text without any quote is split all at once instead, which is the same thing.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

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
)

MAX_CELL_CHARACTERS = 10_000_000
DELIMITERS = (",", "\t", ";", "|")
_HEAD_CHARACTERS = 1_000_000
_BATCH = 20_000
_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class _Layout:
    """`records_before`: records up to and with the header. `body_from`: where in the text the records after it begin."""

    delimiter: str
    header: tuple[str, ...]
    records_before: int
    body_from: int


def read_delimited(path: Path, name: str, is_header: IsHeader, encoding: str | None) -> RawTable:
    """The table of a delimited file. Raises UnreadableFileError (EncodingError, HeaderNotFoundError)."""
    data = path.read_bytes()
    decoded = decode(data, name, encoding, lambda text: _header(text, is_header))
    del data
    text = decoded.text
    layout = _layout(text, is_header)
    if layout is None:
        raise HeaderNotFoundError(name, _widest_beginning(text))
    body = text[layout.body_from :]
    found = _read(body, layout.delimiter, len(layout.header), name)
    del body
    _refuse_swallowed(found.rows, layout, name)
    counted = count_records(text, layout.delimiter) - layout.records_before
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
    if decoded.text.endswith(("\n", "\r")):
        return ()
    return ("the last record has no line end: if the file was cut off, its last cell is not whole",)


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
                return _Layout(delimiter, header_text(cells), number, lines.place)
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


def _read(body: str, delimiter: str, width: int, name: str) -> _Sorted:
    """Every record after the header, sorted into rows, ragged ones and blank ones."""
    line_end = _only_line_end(body)
    if '"' not in body and line_end is not None:
        return _by_splitting(body, delimiter, width, line_end)
    lines = io.StringIO(body, newline="") if line_end is None else _lines(body, line_end)
    return _by_module(lines, delimiter, width, name)


def _only_line_end(body: str) -> str | None:
    """The character that ends every line, a carriage return before it or not; None where the module has to tell."""
    carriage_returns = body.count("\r")
    if carriage_returns == body.count("\r\n"):
        return "\n"
    return "\r" if "\n" not in body else None


def _lines(body: str, line_end: str) -> Iterator[str]:
    place = 0
    while (end := body.find(line_end, place) + 1) > 0:
        yield body[place:end]
        place = end
    if place < len(body):
        yield body[place:]


@dataclass(frozen=True)
class _Sorted:
    rows: pl.DataFrame
    ragged: tuple[tuple[int, int, Record], ...]
    blank: int


def _by_splitting(body: str, delimiter: str, width: int, line_end: str) -> _Sorted:
    """Text without a quote: each line is a record and each delimiter a border, for the csv module as for anyone."""
    lines = body.split(line_end)
    if lines[-1] == "":
        lines.pop()  # what follows the last line end is no record
    line = pl.col("line").str.strip_suffix("\r") if line_end == "\n" and "\r" in body else pl.col("line")
    numbers = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(ROW_NUMBER)
    records = pl.DataFrame({"line": pl.Series(lines, dtype=pl.String)}).select(
        numbers, line.str.split(delimiter).alias("cells")
    )
    is_plain = pl.col("cells").list.len() == width
    rows = records.filter(is_plain).select(
        ROW_NUMBER, *[pl.col("cells").list.get(index).alias(f"c{index}") for index in range(width)]
    )
    gathered = _Gathered(width)
    gathered.frames.append(rows.with_columns(empty_as_null()))
    for number, cells in records.filter(~is_plain).iter_rows():
        gathered.add(number, cells)
    return gathered.sorted()


def _by_module(lines: Iterator[str], delimiter: str, width: int, name: str) -> _Sorted:
    reader = _reader(lines, delimiter)
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

    def add_batch(self, first: int, batch: list[list[str]]) -> None:
        if set(map(len, batch)) == {self.width}:
            self.frames.append(frame_of(list(range(first, first + len(batch))), list(zip(*batch, strict=True))))
            return
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
        is_filled = pl.any_horizontal(pl.col(pl.String).str.strip_chars().str.len_bytes() > 0).fill_null(False)
        filled = rows.filter(is_filled).sort(ROW_NUMBER)
        return _Sorted(filled, tuple(sorted(self.ragged)), self.blank + rows.height - filled.height)


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


def count_records(text: str, delimiter: str) -> int:
    """Line ends outside quoted fields, by a pattern over the text: shares nothing with the reading.

    A quote opens a field only where a field begins.
    """
    if '"' in text:
        begins = rf"(?:(?<=[{re.escape(delimiter)}\r\n])|\A)"
        text = re.sub(rf'{begins}"[^"]*(?:""[^"]*)*"', "quoted", text)
    lines = text.count("\r") + text.count("\n") - text.count("\r\n")
    return lines + (text != "" and not text.endswith(("\n", "\r")))
