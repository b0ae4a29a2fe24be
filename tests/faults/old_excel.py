"""Writes small old Excel files (BIFF8 in a compound file) record by record, for nothing at hand writes them."""

from __future__ import annotations

import struct
from dataclasses import dataclass

SECTOR = 512
_END, _FREE, _TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


@dataclass(frozen=True)
class Error:
    code: int


@dataclass(frozen=True)
class Day:
    serial: float


@dataclass(frozen=True)
class Padded:
    number: float


def workbook(sheets: dict[str, list[list]]) -> bytes:
    """The bytes of a workbook; cells are texts, numbers, booleans, or one of the above."""
    return _compound(_stream(sheets))


def _record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _begin(what: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, what, 0x0DBB, 0x07CC, 0, 6))


def _stream(sheets: dict[str, list[list]]) -> bytes:
    bodies = [_sheet(rows) for rows in sheets.values()]
    head = _begin(0x0005) + _record(0x0042, struct.pack("<H", 1200))  # Unicode
    head += b"".join(_font() for _ in range(5))
    head += _record(0x041E, struct.pack("<H", 164) + _text("00000000"))
    # Styles 0, 1 and 2: plain, day, padded.
    head += b"".join(_style(number) for number in (0, 14, 164))
    tail = _record(0x000A)
    entries = [name.encode("utf-16-le") for name in sheets]
    length = len(head) + len(tail) + sum(4 + 8 + len(entry) for entry in entries)
    offsets, place = [], length
    for body in bodies:
        offsets.append(place)
        place += len(body)
    bounds = b"".join(
        _record(0x0085, struct.pack("<IBBBB", offset, 0, 0, len(entry) // 2, 1) + entry)
        for offset, entry in zip(offsets, entries, strict=True)
    )
    return head + bounds + tail + b"".join(bodies)


def _font() -> bytes:
    return _record(
        0x0031, struct.pack("<HHHHHBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 0, 0) + struct.pack("<BB", 1, 0) + b"A"
    )


def _style(number_format: int) -> bytes:
    return _record(0x00E0, struct.pack("<HHH", 0, number_format, 0x0001) + bytes(14))


def _text(text: str) -> bytes:
    return struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")


def _sheet(rows: list[list]) -> bytes:
    cells = b"".join(
        _cell(row, column, value) for row, values in enumerate(rows) for column, value in enumerate(values)
    )
    return _begin(0x0010) + cells + _record(0x000A)


def _cell(row: int, column: int, value) -> bytes:
    def at(style: int) -> bytes:
        return struct.pack("<HHH", row, column, style)

    if isinstance(value, bool):
        return _record(0x0205, at(0) + struct.pack("<BB", value, 0))
    if isinstance(value, Error):
        return _record(0x0205, at(0) + struct.pack("<BB", value.code, 1))
    if isinstance(value, Day):
        return _record(0x0203, at(1) + struct.pack("<d", value.serial))
    if isinstance(value, Padded):
        return _record(0x0203, at(2) + struct.pack("<d", value.number))
    if isinstance(value, float):
        return _record(0x0203, at(0) + struct.pack("<d", value))
    return _record(0x0204, at(0) + _text(value))


def _compound(stream: bytes) -> bytes:
    """One stream in a compound file; it is made long enough not to be kept among the small ones."""
    stream = stream.ljust(4096, b"\x00")
    stream += bytes(-len(stream) % SECTOR)
    sectors = len(stream) // SECTOR
    table = [*range(1, sectors), _END, _END, _TABLE]
    tables = 1
    while tables * 128 < sectors + 1 + tables:
        tables += 1
    table = [*range(1, sectors), _END, _END, *[_TABLE] * tables]
    table += [_FREE] * (tables * 128 - len(table))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, tables, sectors, 0, 4096, _END, 0, _END, 0)
    header += struct.pack("<109I", *[sectors + 1 + n for n in range(tables)], *[_FREE] * (109 - tables))
    directory = _entry("Root Entry", 5, _END, 0, child=1) + _entry("Workbook", 2, 0, len(stream))
    directory = directory.ljust(SECTOR, b"\x00")
    return header + stream + directory + struct.pack(f"<{len(table)}I", *table)


def _entry(name: str, kind: int, start: int, size: int, child: int = _FREE) -> bytes:
    text = name.encode("utf-16-le")
    entry = text.ljust(64, b"\x00") + struct.pack("<HBBIII", len(text) + 2, kind, 1, _FREE, _FREE, child)
    return entry + bytes(36) + struct.pack("<III", start, size, 0)
