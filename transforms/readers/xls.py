"""The old Excel file (.xls, BIFF): cells with errors kept, numbers as stored, rows counted from the records themselves."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import xlrd

from schemas.errors import UnreadableFileError
from transforms.readers.limits import Limits
from transforms.readers.numbertext import day_text, float_text, is_date_format, number_text
from transforms.readers.table import Sheet, frame_of


def read_xls(path: Path, name: str, limits: Limits) -> list[Sheet]:
    """Every sheet in the workbook's order. Raises UnreadableFileError."""
    data = path.read_bytes()
    counts = count_rows(data, name)
    try:
        # xlrd writes its complaints to a file of ours and never to the screen; what it cannot read it raises.
        book = xlrd.open_workbook(file_contents=data, formatting_info=_is_biff8(data), logfile=io.StringIO())
    except (xlrd.XLRDError, xlrd.compdoc.CompDocError, struct.error, AssertionError, IndexError, KeyError) as error:
        raise UnreadableFileError(
            name, f"a damaged or locked workbook ({error})", "XLS", "save it as .xlsx without a password"
        ) from error
    sheets = [_sheet(book, sheet) for sheet in book.sheets()]
    if len(counts) != len(sheets):
        raise UnreadableFileError(
            name,
            f"{len(counts)} sheets by one count and {len(sheets)} by another",
            "the same number",
            "save it as .xlsx",
        )
    return [
        Sheet(
            sheet.name, frame, last, counted, remarks=(f"the sheet {sheet.name} is hidden",) if sheet.visibility else ()
        )
        for sheet, (frame, last), counted in zip(book.sheets(), sheets, counts, strict=True)
    ]


def _is_biff8(data: bytes) -> bool:
    return data.startswith(b"\xd0\xcf\x11\xe0")


def _sheet(book: xlrd.Book, sheet: xlrd.sheet.Sheet):
    """Rows with a cell, in columns, and the last row's number."""
    places, columns = [], [[] for _ in range(sheet.ncols)]
    for row in range(sheet.nrows):
        kinds = sheet.row_types(row)
        if all(kind in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK) for kind in kinds):
            continue
        places.append(row + 1)
        for column, into in enumerate(columns):
            into.append(_text(book, sheet, row, column) if column < len(kinds) else None)
    return frame_of(places, columns), sheet.nrows


def _text(book: xlrd.Book, sheet: xlrd.sheet.Sheet, row: int, column: int) -> str | None:
    kind, value = sheet.cell_type(row, column), sheet.cell_value(row, column)
    if kind == xlrd.XL_CELL_TEXT:
        return value
    if kind == xlrd.XL_CELL_ERROR:
        return xlrd.error_text_from_code.get(value, "#VALUE!")
    if kind == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if value else "FALSE"
    if kind in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
        return _number(book, sheet, row, column, value, kind)
    return None


def _number(book: xlrd.Book, sheet: xlrd.sheet.Sheet, row: int, column: int, value: float, kind: int) -> str:
    pattern = None
    if book.formatting_info:
        form = book.format_map.get(book.xf_list[sheet.cell_xf_index(row, column)].format_key)
        pattern = form.format_str if form else None
        if form and is_date_format(form.format_key, pattern or None):
            return day_text(repr(value), bool(book.datemode))
    elif kind == xlrd.XL_CELL_DATE:
        return day_text(repr(value), bool(book.datemode))
    return number_text(float_text(value), pattern) if pattern else float_text(value)


# ── the second count: straight from the file's records ───────────────────────────────────────────────────────────

_BOF, _EOF, _BOUNDSHEET = 0x0809, 0x000A, 0x0085
# Records that hold a value: label, number, formula, boolean or error, in their old and new numbers.
_VALUES = frozenset(
    [0x00FD, 0x0204, 0x00D6, 0x0203, 0x027E, 0x0006, 0x0206, 0x0406, 0x0205, 0x0002, 0x0003, 0x0004, 0x0005]
)
_MANY_NUMBERS = 0x00BD


def count_rows(data: bytes, name: str) -> list[int]:
    """Rows with a value of each worksheet, by walking the records of the workbook's stream."""
    try:
        stream = _workbook_stream(data)
        return [_filled_rows(stream, offset) for offset in _sheet_offsets(stream)]
    except (struct.error, IndexError, ValueError) as error:
        raise UnreadableFileError(name, f"a damaged workbook ({error})", "XLS", "save it as .xlsx") from error


def _records(stream: bytes, offset: int):
    while offset + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, offset)
        yield kind, stream[offset + 4 : offset + 4 + length]
        offset += 4 + length


def _sheet_offsets(stream: bytes) -> list[int]:
    found = []
    for kind, body in _records(stream, 0):
        if kind == _BOUNDSHEET and body[5] == 0:  # 0: a worksheet, and no chart or macro
            found.append(struct.unpack_from("<I", body)[0])
        elif kind == _EOF:
            return found or [0]  # before version 5 the file is one sheet
    raise ValueError("the workbook's globals do not end")


def _filled_rows(stream: bytes, offset: int) -> int:
    rows, depth = set(), 0
    for kind, body in _records(stream, offset):
        if kind & 0xFF == 0x09:
            depth += 1  # a chart within the sheet begins and ends likewise
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                return len(rows)
        elif depth == 1 and (kind in _VALUES or kind == _MANY_NUMBERS):
            rows.add(struct.unpack_from("<H", body)[0])
    raise ValueError("a sheet does not end")


def _workbook_stream(data: bytes) -> bytes:
    """The stream `Workbook` (or `Book`) of the compound file; a bare stream is itself."""
    if not data.startswith(b"\xd0\xcf\x11\xe0"):
        return data
    sector = 1 << struct.unpack_from("<H", data, 30)[0]
    table_sectors = _difat(data, sector)
    table = b"".join(_sector(data, number, sector) for number in table_sectors)
    chain = struct.unpack(f"<{len(table) // 4}I", table)
    directory = _follow(data, chain, struct.unpack_from("<I", data, 48)[0], sector)
    entries = [directory[place : place + 128] for place in range(0, len(directory) - 127, 128)]
    root = entries[0]
    for wanted in ("Workbook", "Book"):
        for entry in entries:
            length = struct.unpack_from("<H", entry, 64)[0]
            if entry[: max(length - 2, 0)].decode("utf-16-le", "replace").lower() == wanted.lower():
                return _stream(data, chain, entry, root, sector)
    raise ValueError("no workbook in it: it is locked with a password, or of another program")


def _stream(data: bytes, chain: tuple[int, ...], entry: bytes, root: bytes, sector: int) -> bytes:
    start, size = struct.unpack_from("<II", entry, 116)
    if size >= struct.unpack_from("<I", data, 56)[0]:
        return _follow(data, chain, start, sector)[:size]
    small = 1 << struct.unpack_from("<H", data, 32)[0]
    holder = _follow(data, chain, struct.unpack_from("<I", root, 116)[0], sector)
    table = _follow(data, chain, struct.unpack_from("<I", data, 60)[0], sector)
    small_chain = struct.unpack(f"<{len(table) // 4}I", table)
    return _follow(holder, small_chain, start, small, first=0)[:size]


def _difat(data: bytes, sector: int) -> list[int]:
    numbers = list(struct.unpack_from("<109I", data, 76))
    further, seen = struct.unpack_from("<I", data, 68)[0], set()
    while further < 0xFFFFFFFA and further not in seen:
        seen.add(further)
        block = struct.unpack(f"<{sector // 4}I", _sector(data, further, sector).ljust(sector, b"\xff"))
        numbers += block[:-1]
        further = block[-1]
    return [number for number in numbers if number < 0xFFFFFFFA]


def _sector(data: bytes, number: int, size: int) -> bytes:
    return data[(number + 1) * size : (number + 2) * size]


def _follow(data: bytes, chain: tuple[int, ...], number: int, size: int, first: int = 1) -> bytes:
    pieces, seen = [], set()
    while number < 0xFFFFFFFA:
        if number in seen:
            raise ValueError("its sectors run in a circle")
        seen.add(number)
        pieces.append(data[(number + first) * size : (number + first + 1) * size])
        number = chain[number]
    return b"".join(pieces)
