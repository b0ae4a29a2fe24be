"""HTML tables, as many services name .xls: each table is a sheet."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import polars as pl

from schemas.errors import ReadingLimitError
from transforms.readers.encoding import decode
from transforms.readers.limits import Limits
from transforms.readers.table import ROW_NUMBER, Sheet

_DECLARED = re.compile(rb"""(?i)<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w-]+)""")
# Names under which web pages declare encodings that are wider in truth.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "iso-8859-1": "cp1252", "latin1": "cp1252"}
_DAY = re.compile(r"\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}(?!\d)|\d{4}年\d{1,2}月")
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
    surplus = count_rows(text) - sum(len(table.rows) for table in tables.tables)
    sheets = []
    for number, table in enumerate(tables.tables, start=1):
        if rows := table.rows:
            frame = _frame_of(rows)
            sheets.append(Sheet(f"table {number}", frame, len(rows), len(rows) + surplus, remarks=decoded.remarks))
    return sheets


def _frame_of(rows: list[list[str]]) -> pl.DataFrame:
    """The rows as a Sheet has them: null where a row has no more cells, an empty text where a cell is empty."""
    width = max(map(len, rows))
    columns = ([row[index] if index < len(row) else None for row in rows] for index in range(width))
    places = pl.Series(ROW_NUMBER, range(1, len(rows) + 1), dtype=pl.Int64)
    return pl.DataFrame([places, *(pl.Series(f"c{at}", column, dtype=pl.String) for at, column in enumerate(columns))])


class _Table:
    """Rows of a table; a cell that reaches down stands in each row that it covers, as if it were written there."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        # By column: the text of a cell above, and how many rows more it covers.
        self._reaching: dict[int, tuple[str, int]] = {}

    def begin_row(self) -> None:
        self.end_row()
        self.rows.append([])

    def end_row(self) -> None:
        if not self.rows:
            return
        self._cover()
        beyond = {column: cell for column, cell in self._reaching.items() if column > len(self.rows[-1])}
        for column, (text, more) in beyond.items():
            self._reach(column, text, more - 1)

    def place(self, cell: _Cell) -> None:
        if not self.rows:
            self.begin_row()
        self._cover()
        # The cells a wide one covers are empty, as in a spreadsheet.
        for text in [cell.text] + [""] * (cell.columns - 1):
            self._put(text, cell.rows - 1)

    def _cover(self) -> None:
        """Put down the cells above that reach into the row where it has come to."""
        while (cell := self._reaching.get(len(self.rows[-1]))) is not None:
            self._put(cell[0], cell[1] - 1)

    def _put(self, text: str, more: int) -> None:
        self._reach(len(self.rows[-1]), text, more)
        self.rows[-1].append(text)

    def _reach(self, column: int, text: str, more: int) -> None:
        if more > 0:
            self._reaching[column] = text, more
        else:
            self._reaching.pop(column, None)


class _Tables(HTMLParser):
    """Rows of cells of each table; a table within a cell is a table of its own."""

    def __init__(self, name: str, most_columns: int) -> None:
        super().__init__(convert_charrefs=True)
        self.name, self.most_columns = name, most_columns
        self.tables: list[_Table] = []
        self.open: list[int] = []
        self.cells: list[_Cell | None] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append(_Table())
            self.open.append(len(self.tables) - 1)
            self.cells.append(None)
        elif tag in ("style", "script"):
            self.silent += 1
        elif not self.open:
            return
        elif tag == "tr":
            self._end_cell()
            self.tables[self.open[-1]].begin_row()
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
            self._end_table()

    def handle_data(self, data: str) -> None:
        if self.open and self.cells[-1] is not None and not self.silent:
            self.cells[-1].pieces.append(_SPACES.sub(" ", data))

    def close(self) -> None:
        """Pages end without the tags that end their tables."""
        super().close()
        while self.open:
            self._end_table()

    def _end_table(self) -> None:
        self._end_cell()
        self.tables[self.open.pop()].end_row()
        self.cells.pop()

    def _end_cell(self) -> None:
        cell, self.cells[-1] = self.cells[-1], None
        if cell is None:
            return
        table = self.tables[self.open[-1]]
        table.place(cell)
        if (cells := len(table.rows[-1])) > self.most_columns:
            raise ReadingLimitError(self.name, f"a row of {cells} cells", f"at most {self.most_columns}")


class _Cell:
    def __init__(self, attributes: dict[str, str | None]) -> None:
        self.pieces: list[str] = []
        # A spreadsheet program that writes HTML keeps the number itself here and shows it shortened: 2.02E+11.
        self.number = attributes.get("x:num")
        self.columns = _span(attributes.get("colspan"), 1_000)
        self.rows = _span(attributes.get("rowspan"), 65_534)

    @property
    def text(self) -> str:
        lines = "".join(self.pieces).split("\n")
        shown = "\n".join(line.strip(" ") for line in lines).strip("\n")
        # Of a day that number is a count of days, which nobody would know for one.
        return shown if _DAY.match(shown) else self.number or shown


def _span(stated: str | None, most: int) -> int:
    """How many columns or rows a cell covers; `most` as browsers have it."""
    return max(1, min(int(stated), most)) if stated and stated.isdecimal() and stated.isascii() else 1


_IGNORED = re.compile(r"(?is)<!--.*?-->|<(style|script)\b.*?</\1\s*>")
_ROW = re.compile(r"(?i)<tr[\s>/]")


def count_rows(text: str) -> int:
    """Row tags of the page, by a pattern: shares nothing with the parser."""
    return len(_ROW.findall(_IGNORED.sub("", text)))
