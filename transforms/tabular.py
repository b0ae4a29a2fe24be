"""Read a table exactly as its file has it: every cell as text, every record numbered, records counted a second time by other means.

Spreadsheets are read with openpyxl: faster readers turn 202010123456.7 into 202010123456.700012207 in mixed columns and drop
error cells without a word.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import openpyxl
import polars as pl

from schemas.errors import UnreadableFileError

ROW_NUMBER = "__row_number"
# A workbook of 100,000 full rows unpacks to some 300 MB; ten times that is no export.
MAX_UNPACKED_BYTES = 2_000_000_000
MAX_CELL_CHARACTERS = 10_000_000
PREAMBLE_LINES = 20


@dataclass(frozen=True)
class RawTable:
    """`rows`: String columns named by position (c0, c1, …) with `__row_number` (Int64, records after the header from 1).

    `header`: the header cells as written. `ragged`: `row_number`, `found` and `raw` of records whose number of fields differs
    from the header's. `blank`: empty records. `counted`: records after the header, blank ones included, by an independent count.
    """

    media: str
    header: tuple[str, ...]
    rows: pl.DataFrame
    ragged: tuple[tuple[int, int, tuple[str | None, ...]], ...]
    blank: int
    counted: int


Record = tuple[str | None, ...]
IsHeader = Callable[[Record], bool]


def read_table(path: Path, name: str, is_header: IsHeader) -> RawTable:
    """The table in `path`, its header being the first record for which `is_header(cells)` holds (within 20 records).

    `name` is what errors call the file.
    Raises UnreadableFileError: unknown or damaged format, wrong encoding, no header.
    """
    media = media_of(path, name)
    if media == "xlsx":
        records, count = _spreadsheet_records(path, name, is_header), _count_spreadsheet_rows
    else:
        text = _csv_text(path, name)
        records, count = _csv_records(text, name), _count_csv_records
    preamble, header, body = _split_at_header(name, records, is_header)
    # A workbook leaves out a row's last empty cells; a CSV record that is too short has lost something.
    rows, ragged, blank = _sort_records(body, len(header), may_be_short=media == "xlsx")
    counted = count(path if media == "xlsx" else text, preamble, blank)
    return RawTable(media, header, _frame(rows, len(header)), ragged, blank, counted)


def media_of(path: Path, name: str) -> str:
    """`xlsx` or `csv`, told by the first bytes and never by the extension."""
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(b"PK\x03\x04"):
        return "xlsx"
    if not start:
        raise UnreadableFileError(name, "an empty file", "a patent export", "export it again")
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableFileError(name, "an old Excel file (.xls)", "XLSX or CSV", "save it as .xlsx")
    if start.startswith((b"%PDF", b"\x1f\x8b")) or b"\x00\x00" in start:
        raise UnreadableFileError(name, f"bytes {start!r}", "XLSX or CSV", "export it again as XLSX or CSV")
    if start.lstrip().startswith((b"<", b"{", b"[")):
        raise UnreadableFileError(name, "HTML, XML or JSON", "XLSX or CSV", "export it again as XLSX or CSV")
    return "csv"


def _split_at_header(
    name: str, records: Iterator[Record], is_header: IsHeader
) -> tuple[list[Record], Record, Iterator[Record]]:
    seen: list[Record] = []
    for cells in records:
        trimmed = _without_trailing_blanks(cells)
        if is_header(trimmed):
            return seen, tuple((cell or "").strip() for cell in trimmed), records
        seen.append(trimmed)
        if len(seen) >= PREAMBLE_LINES:
            break
    widest = max(seen, key=len, default=())
    raise HeaderNotFoundError(name, widest)


class HeaderNotFoundError(UnreadableFileError):
    """No record looks like the header of a known export; `cells` is the widest of the first records."""

    def __init__(self, where: str, cells: Record) -> None:
        self.cells = tuple(cell or "" for cell in cells)
        shown = ", ".join(self.cells[:12]) or "nothing"
        super().__init__(where, f"no known header in the first {PREAMBLE_LINES} records; the widest reads: {shown}")


def _without_trailing_blanks(cells: Record) -> Record:
    end = len(cells)
    while end and not (cells[end - 1] or "").strip():
        end -= 1
    return tuple(cells[:end])


def _sort_records(records: Iterator[Record], width: int, may_be_short: bool):
    rows, ragged, blank = [], [], 0
    for number, cells in enumerate(records, start=1):
        if not any(cell and cell.strip() for cell in cells):
            blank += 1
        elif any(cells[width:]) or (len(cells) < width and not may_be_short):
            ragged.append((number, len(cells), tuple(cells)))
        else:
            rows.append((number, *cells[:width], *[None] * (width - len(cells))))
    return rows, tuple(ragged), blank


def _frame(rows: list[tuple], width: int) -> pl.DataFrame:
    schema = {ROW_NUMBER: pl.Int64} | {f"c{index}": pl.String for index in range(width)}
    return pl.DataFrame(rows, schema=schema, orient="row")


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _csv_text(path: Path, name: str) -> str:
    data = path.read_bytes()
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableFileError(
            name, f"byte {error.start} is not {encoding}", "UTF-8, or UTF-16 with its mark", "save it as CSV UTF-8"
        ) from error
    if "\x00" in text:
        raise UnreadableFileError(name, f"a NUL character at {text.index(chr(0))}", "text", "export it again")
    return text


def _csv_records(text: str, name: str) -> Iterator[Record]:
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            yield tuple(cell if cell != "" else None for cell in cells)
    except csv.Error as error:
        raise UnreadableFileError(
            name, f"{error} in line {reader.line_num}", "well-formed CSV", "export it again, or mend the quotes there"
        ) from error


def _count_csv_records(text: str, preamble: list[Record], blank: int) -> int:
    """Line ends outside quotes, straight from the text: shares nothing with the reader."""
    outside = "".join(text.split('"')[::2]).replace("\r\n", "\n").replace("\r", "\n")
    lines = outside.count("\n") + (not outside.endswith("\n"))
    return lines - len(preamble) - 1


# ── spreadsheets ─────────────────────────────────────────────────────────────────────────────────────────────────


def _spreadsheet_records(path: Path, name: str, is_header: IsHeader) -> Iterator[Record]:
    _refuse_bombs(path, name)
    with path.open("rb") as file:
        sheet = _sheet_with_header(_book(file, name), is_header)
        for row in sheet.iter_rows(values_only=True):
            yield tuple(_cell_text(value) for value in row)


def _book(file: BinaryIO, name: str) -> openpyxl.Workbook:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of missing default styles, which text does not need
            return openpyxl.load_workbook(file, read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise UnreadableFileError(name, f"a damaged workbook ({error})", "XLSX", "export it again") from error


def _sheet_with_header(book: openpyxl.Workbook, is_header: IsHeader):
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # some exporters write a wrong <dimension>, and then one cell is all that is read
        for row in sheet.iter_rows(max_row=PREAMBLE_LINES, values_only=True):
            if is_header(_without_trailing_blanks(tuple(_cell_text(value) for value in row))):
                return sheet
    return book.worksheets[0]


def _cell_text(value) -> str | None:
    """A cell as a person would type it. Numbers by repr: the shortest text that is the same number."""
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time(0)
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return repr(value)


def _refuse_bombs(path: Path, name: str) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
            names = set(archive.namelist())
    except zipfile.BadZipFile as error:
        raise UnreadableFileError(name, f"a damaged archive ({error})", "XLSX", "export it again") from error
    if unpacked > MAX_UNPACKED_BYTES:
        raise UnreadableFileError(name, f"{unpacked} bytes once unpacked", f"at most {MAX_UNPACKED_BYTES}")
    if "[Content_Types].xml" not in names:
        raise UnreadableFileError(name, "an archive that is no workbook", "XLSX", "unpack it into the inbox")


_ROW = re.compile(rb"<(?:\w+:)?row[\s>/]")
_CELL = re.compile(rb"<(?:\w+:)?c(\s[^>]*)?>(.*?)</(?:\w+:)?c>", re.DOTALL)
_VALUE = re.compile(rb"<(?:\w+:)?[vt](?:\s[^>]*)?>\s*([^<\s][^<]*)<")
_SHARED_STRING = re.compile(rb"<(?:\w+:)?si(?:\s[^>]*)?(?:/>|>(.*?)</(?:\w+:)?si>)", re.DOTALL)


def _count_spreadsheet_rows(path: Path, preamble: list[Record], blank: int) -> int:
    """Rows with a value, by scanning the sheet's XML bytes; blank ones come from the reader, for XML need not list them.

    Of several sheets the one with the most such rows counts: the header's sheet is the data's sheet.
    """
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        strings = archive.read("xl/sharedStrings.xml") if "xl/sharedStrings.xml" in names else b""
        empty = {
            b"%d" % index
            for index, string in enumerate(_SHARED_STRING.finditer(strings))
            if not _VALUE.search(string[1] or b"")
        }
        sheets = [name for name in names if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name)]
        filled = max((_filled_rows(archive.read(name), empty) for name in sheets), default=0)
    return filled - sum(map(any, preamble)) - 1 + blank


def _filled_rows(xml: bytes, empty: set[bytes]) -> int:
    """`empty`: numbers of the shared strings that are blank; a cell that refers to one has no value."""
    starts = [match.start() for match in _ROW.finditer(xml)]
    ends = starts[1:] + [len(xml)]
    return sum(_has_value(xml, start, end, empty) for start, end in zip(starts, ends, strict=True))


def _has_value(xml: bytes, start: int, end: int, empty: set[bytes]) -> bool:
    for cell in _CELL.finditer(xml, start, end):
        value = _VALUE.search(cell[2])
        if value and not (b't="s"' in (cell[1] or b"") and value[1] in empty):
            return True
    return False
