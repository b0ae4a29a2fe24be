"""Delimited text (CSV, TSV and their kin): cells byte-exact, records counted by other means.

The strict `csv` module says what a record is. Lines without any quote are split all at once instead, which is the same thing;
a record that has quotes is read by the module, and must then be exactly one record of the lines it spans.
"""

from __future__ import annotations

import csv
import io
import re
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
    header_text,
    trimmed,
)

MAX_CELL_CHARACTERS = 10_000_000
DELIMITERS = (",", "\t", ";", "|")
_HEAD_CHARACTERS = 1_000_000
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
    records = _records(body, layout.delimiter, name)
    rows, ragged, blank = _sorted(records, len(layout.header))
    _refuse_swallowed(rows, layout, name)
    counted = count_records(text, layout.delimiter) - layout.records_before
    return RawTable(
        media="csv",
        header=layout.header,
        rows=rows,
        ragged=ragged,
        blank=blank,
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


def _records(body: str, delimiter: str, name: str) -> pl.DataFrame:
    """`__row_number` and `cells` (list of String) of every record, blank lines too."""
    line_end = _only_line_end(body)
    if line_end is not None:
        fast = _records_by_lines(body, delimiter, line_end)
        if fast is not None:
            return fast
    return _records_by_module(body, delimiter, name)


def _only_line_end(body: str) -> str | None:
    """The character that ends every line, a carriage return before it or not; None where the module has to tell."""
    carriage_returns = body.count("\r")
    if carriage_returns == body.count("\r\n"):
        return "\n"
    return "\r" if "\n" not in body else None


def _records_by_lines(body: str, delimiter: str, line_end: str) -> pl.DataFrame | None:
    """None where quotes do not stand as the csv module would have them: then it must read the whole."""
    lines = body.split(line_end)
    if lines[-1] == "":
        lines.pop()  # what follows the last line end is no record
    frame = pl.DataFrame({"line": pl.Series(lines, dtype=pl.String)})
    if line_end == "\n" and "\r" in body:
        # The carriage return belongs to the line end, but within quotes it is text and is kept for the module.
        frame = frame.with_columns(pl.col("line").str.strip_suffix("\r").alias("bare"))
    else:
        frame = frame.with_columns(pl.col("line").alias("bare"))
    if '"' not in body:
        return frame.select(
            pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(ROW_NUMBER), _split(delimiter).alias("cells")
        )
    quotes = pl.col("line").str.count_matches('"', literal=True)
    # A record begins at each line before which the quotes are even; it is checked below that this is so.
    starts = quotes.cum_sum().shift(1, fill_value=0) % 2 == 0
    frame = frame.with_columns(quotes.alias("quotes"), starts.cum_sum().cast(pl.Int64).alias(ROW_NUMBER))
    quoted_records = frame.filter(pl.col("quotes") > 0)[ROW_NUMBER].unique()
    is_quoted = pl.col(ROW_NUMBER).is_in(quoted_records.implode())
    quoted = frame.filter(is_quoted).group_by(ROW_NUMBER, maintain_order=True).agg(pl.col("line").str.join(line_end))
    cells = _each_one_record(quoted["line"].to_list(), delimiter)
    if cells is None:
        return None
    by_module = quoted.select(ROW_NUMBER, pl.Series("cells", cells, dtype=pl.List(pl.String)))
    by_split = frame.filter(~is_quoted).select(ROW_NUMBER, _split(delimiter).alias("cells"))
    return pl.concat([by_split, by_module]).sort(ROW_NUMBER)


def _split(delimiter: str) -> pl.Expr:
    # The csv module gives a blank line no cell at all.
    cells = pl.col("bare").str.split(delimiter)
    return pl.when(pl.col("bare") != "").then(cells).otherwise(pl.lit([], dtype=pl.List(pl.String)))


def _each_one_record(texts: list[str], delimiter: str) -> list[list[str]] | None:
    """The cells of each text, if each is one whole record to the csv module from a fresh start.

    Then reading them one after the other is reading the file, for the module carries nothing from record to record.
    """
    lines = _OneByOne(texts)
    found = []
    try:
        for cells in _reader(lines, delimiter):
            found.append(cells)
            if lines.given != len(found):
                return None  # a text went on beyond its lines
    except csv.Error:
        return None  # the module reads the whole file next, and says where it is wrong
    return found if len(found) == len(texts) else None


class _OneByOne:
    """Each text as one piece for the csv module; `given` is how many it took."""

    def __init__(self, texts: list[str]) -> None:
        self.texts, self.given = iter(texts), 0

    def __iter__(self) -> _OneByOne:
        return self

    def __next__(self) -> str:
        self.given += 1
        return next(self.texts)


def _records_by_module(body: str, delimiter: str, name: str) -> pl.DataFrame:
    reader = _reader(io.StringIO(body, newline=""), delimiter)
    batches, number = [], 0
    try:
        while batch := list(islice(reader, 50_000)):
            numbers = pl.Series(ROW_NUMBER, range(number + 1, number + len(batch) + 1), dtype=pl.Int64)
            batches.append(pl.DataFrame([numbers, pl.Series("cells", batch, dtype=pl.List(pl.String))]))
            number += len(batch)
    except csv.Error as error:
        raise UnreadableFileError(
            name,
            f"{error} in line {reader.line_num} after the header",
            "well-formed CSV",
            "export it again, or mend the quotes there",
        ) from error
    return pl.concat(batches) if batches else pl.DataFrame(schema={ROW_NUMBER: pl.Int64, "cells": pl.List(pl.String)})


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


def _sorted(records: pl.DataFrame, width: int) -> tuple[pl.DataFrame, tuple[tuple[int, int, Record], ...], int]:
    is_blank = pl.col("cells").list.eval(pl.element().str.strip_chars().str.len_bytes() > 0).list.any().not_()
    found = pl.col("cells").list.len()
    # A record may end in empty fields beyond the header's last: nothing is lost with them.
    records = records.with_columns(is_blank.fill_null(True).alias("blank"), found.alias("found"))
    filled = records.filter(~pl.col("blank"))
    surplus = pl.col("cells").list.slice(width).list.eval(pl.element().str.len_bytes() > 0).list.any()
    is_ragged = (pl.col("found") < width) | ((pl.col("found") > width) & surplus)
    filled = filled.with_columns(is_ragged.fill_null(False).alias("ragged"))
    ragged = tuple(
        (number, found, tuple(cell or None for cell in cells))
        for number, found, cells in filled.filter("ragged").select(ROW_NUMBER, "found", "cells").iter_rows()
    )
    rows = filled.filter(~pl.col("ragged")).select(
        ROW_NUMBER, *[pl.col("cells").list.get(index).alias(f"c{index}") for index in range(width)]
    )
    return rows.with_columns(empty_as_null()), ragged, records.height - filled.height


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
