"""HTML tables, as many services name .xls: each table is a sheet."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

from schemas.errors import ReadingLimitError
from transforms.readers.encoding import decode
from transforms.readers.limits import Limits
from transforms.readers.table import Sheet, frame_of

_DECLARED = re.compile(rb"""(?i)<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w-]+)""")
# Names under which web pages declare encodings that are wider in truth.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "iso-8859-1": "cp1252", "latin1": "cp1252"}
_SPACES = re.compile(r"[ \t\r\n\f]+")


def read_html(path: Path, name: str, limits: Limits, encoding: str | None = None) -> list[Sheet]:
    """Every table that has rows, in the order of their beginnings. Raises EncodingError, ReadingLimitError."""
    data = path.read_bytes()
    stated = _DECLARED.search(data[:4096])
    said = stated[1].decode("ascii").lower() if stated and not data.startswith((b"\xff\xfe", b"\xfe\xff")) else None
    decoded = decode(data, name, encoding or _WIDER.get(said, said), lambda text: None)
    text = decoded.text
    tables = _Tables(name, limits.columns)
    tables.feed(text)
    tables.close()
    surplus = count_rows(text) - sum(len(rows) for rows in tables.tables)
    sheets = []
    for number, rows in enumerate(tables.tables, start=1):
        if rows:
            width = max(map(len, rows))
            columns = [[row[index] if index < len(row) else None for row in rows] for index in range(width)]
            frame = frame_of(list(range(1, len(rows) + 1)), columns)
            sheets.append(Sheet(f"table {number}", frame, len(rows), len(rows) + surplus, remarks=decoded.remarks))
    return sheets


class _Tables(HTMLParser):
    """Rows of cells of each table; a table within a cell is a table of its own."""

    def __init__(self, name: str, most_columns: int) -> None:
        super().__init__(convert_charrefs=True)
        self.name, self.most_columns = name, most_columns
        self.tables: list[list[list[str]]] = []
        self.open: list[int] = []
        self.cells: list[_Cell | None] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
            self.open.append(len(self.tables) - 1)
            self.cells.append(None)
        elif tag in ("style", "script"):
            self.silent += 1
        elif not self.open:
            return
        elif tag == "tr":
            self._end_cell()
            self.tables[self.open[-1]].append([])
        elif tag in ("td", "th"):
            self._end_cell()
            self.cells[-1] = _Cell(dict(attributes))
        elif tag in ("br", "p", "div", "li") and self.cells[-1] is not None:
            self.cells[-1].pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("style", "script"):
            self.silent = max(self.silent - 1, 0)
        elif self.open and tag in ("td", "th", "tr"):
            self._end_cell()
        elif self.open and tag == "table":
            self._end_cell()
            self.open.pop()
            self.cells.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.cells[-1] is not None and not self.silent:
            self.cells[-1].pieces.append(_SPACES.sub(" ", data))

    def _end_cell(self) -> None:
        cell, self.cells[-1] = self.cells[-1], None
        rows = self.tables[self.open[-1]]
        if cell is None:
            return
        if not rows:
            rows.append([])
        # The cells a wide one covers are empty, as in a spreadsheet.
        rows[-1] += [cell.text] + [""] * (cell.span - 1)
        if len(rows[-1]) > self.most_columns:
            raise ReadingLimitError(self.name, f"a row of {len(rows[-1])} cells", f"at most {self.most_columns}")


class _Cell:
    def __init__(self, attributes: dict[str, str | None]) -> None:
        self.pieces: list[str] = []
        # A spreadsheet program that writes HTML keeps the number itself here and shows it shortened: 2.02E+11.
        self.number = attributes.get("x:num")
        span = attributes.get("colspan") or "1"
        self.span = max(1, min(int(span), 1000)) if span.isdigit() else 1

    @property
    def text(self) -> str:
        lines = "".join(self.pieces).split("\n")
        return self.number or "\n".join(line.strip(" ") for line in lines).strip("\n")


_IGNORED = re.compile(r"(?is)<!--.*?-->|<(style|script)\b.*?</\1\s*>")
_ROW = re.compile(r"(?i)<tr[\s>/]")


def count_rows(text: str) -> int:
    """Row tags of the page, by a pattern: shares nothing with the parser."""
    return len(_ROW.findall(_IGNORED.sub("", text)))
