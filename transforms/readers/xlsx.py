"""XLSX: every visible or hidden sheet's cells from the XML itself, as a person would have typed them.

Spreadsheet libraries turn 202010123456.7 into 202010123456.700012207 in mixed columns, drop error cells, believe a wrong
<dimension>, or take a minute and fill a million empty rows because one far cell has a value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from posixpath import join, normpath
from zipfile import BadZipFile

import polars as pl

from schemas.errors import ReadingLimitError, UnreadableFileError
from transforms.readers.limits import Limits
from transforms.readers.markup import Archive, parse, safe_parser
from transforms.readers.numbertext import day_text, is_date_format, number_text
from transforms.readers.table import UNCALCULATED, Sheet, frame_of

_BATCH = 20_000
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SHOWN_LINK = re.compile(r'(?is)^\s*HYPERLINK\s*\(\s*"(?:[^"]|"")*"\s*[,;]\s*"((?:[^"]|"")*)"\s*\)\s*$')
_LINK_ALONE = re.compile(r'(?is)^\s*HYPERLINK\s*\(\s*"((?:[^"]|"")*)"\s*\)\s*$')


def read_xlsx(path: Path, name: str, limits: Limits) -> list[Sheet]:
    """Every worksheet in the workbook's order. Raises UnreadableFileError, ReadingLimitError, UnsafeMarkupError."""
    try:
        with Archive(path, name, limits) as archive:
            workbook = _workbook(archive)
            strings = _shared_strings(archive, workbook)
            styles = _styles(archive, workbook)
            return [_sheet(archive, workbook, each, strings, styles) for each in workbook.sheets]
    except (BadZipFile, KeyError, EOFError, NotImplementedError, RuntimeError) as error:
        raise UnreadableFileError(name, f"a damaged workbook ({error})", "XLSX", "export it again") from error


# ── the workbook's own pages ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _SheetPart:
    name: str
    part: str
    is_hidden: bool


@dataclass(frozen=True)
class _Workbook:
    sheets: tuple[_SheetPart, ...]
    strings: str | None
    styles: str | None
    is_1904: bool


@dataclass(frozen=True)
class _Style:
    is_date: bool
    pattern: str | None


def _elements(archive: Archive, part: str) -> list[tuple[str, dict[str, str]]]:
    """The elements of a small part, by local name, in order."""
    found: list[tuple[str, dict[str, str]]] = []
    parser = safe_parser(archive.name)
    parser.StartElementHandler = lambda tag, attributes: found.append((_local(tag), attributes))
    parse(parser, archive.chunks(part), archive.name)
    return found


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


def _local_attributes(attributes: dict[str, str]) -> dict[str, str]:
    return {_local(key): value for key, value in attributes.items()}


def _relations(archive: Archive, part: str) -> dict[str, tuple[str, str]]:
    """Relation id -> (kind, part) of what `part` refers to."""
    folder, _, file = part.rpartition("/")
    page = join(folder, "_rels", f"{file}.rels")
    found = {}
    for tag, attributes in _elements(archive, page) if archive.has(page) else []:
        target = attributes.get("Target", "")
        if tag == "Relationship" and attributes.get("TargetMode") != "External":
            place = target.lstrip("/") if target.startswith("/") else normpath(join(folder, target))
            found[attributes.get("Id", "")] = (attributes.get("Type", "").rpartition("/")[2], place)
    return found


def _workbook(archive: Archive) -> _Workbook:
    start = [part for kind, part in _relations(archive, "").values() if kind == "officeDocument"]
    book = start[0] if start else "xl/workbook.xml"
    relations = _relations(archive, book)
    sheets, is_1904 = [], False
    for tag, attributes in _elements(archive, book):
        if tag == "workbookPr":
            is_1904 = attributes.get("date1904") in ("1", "true")
        elif tag == "sheet":
            relation = _local_attributes({k: v for k, v in attributes.items() if ":" in k}).get("id", "")
            kind, part = relations.get(relation, ("", ""))
            if kind == "worksheet":
                hidden = attributes.get("state") in ("hidden", "veryHidden")
                sheets.append(_SheetPart(attributes.get("name", part), part, hidden))
    parts = {kind: part for kind, part in relations.values() if archive.has(part)}
    return _Workbook(tuple(sheets), parts.get("sharedStrings"), parts.get("styles"), is_1904)


def _shared_strings(archive: Archive, workbook: _Workbook) -> list[str]:
    if workbook.strings is None:
        return []
    strings: list[str] = []
    pieces: list[str] = []
    state = {"text": False, "phonetic": False}

    def start(tag: str, attributes: dict[str, str]) -> None:
        tag = _local(tag)
        if tag == "t":
            state["text"] = not state["phonetic"]
        elif tag == "rPh":
            state["phonetic"] = True  # how a Japanese word is said: no part of the text

    def end(tag: str) -> None:
        tag = _local(tag)
        if tag == "t":
            state["text"] = False
        elif tag == "rPh":
            state["phonetic"] = False
        elif tag == "si":
            strings.append(_unescaped("".join(pieces)))
            pieces.clear()

    def data(text: str) -> None:
        if state["text"]:
            pieces.append(text)

    parser = safe_parser(archive.name)
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, data
    parse(parser, archive.chunks(workbook.strings), archive.name)
    return strings


def _unescaped(text: str) -> str:
    """`_x000D_` is how a workbook writes a character that XML cannot hold."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda match: _character(int(match[1], 16)) or match[0], text)


def _character(code: int) -> str:
    return "" if code == 0 or 0xD800 <= code <= 0xDFFF else chr(code)


def _styles(archive: Archive, workbook: _Workbook) -> list[_Style]:
    """Per cell style, whether its numbers show as days, and the pattern if the workbook declares one."""
    if workbook.styles is None:
        return []
    patterns: dict[int, str] = {}
    formats: list[int] = []
    within_cells = False
    for tag, attributes in _elements(archive, workbook.styles):
        if tag == "numFmt":
            patterns[int(attributes.get("numFmtId", 0))] = attributes.get("formatCode", "")
        elif tag in ("cellXfs", "cellStyleXfs", "cellStyles", "dxfs"):
            within_cells = tag == "cellXfs"
        elif tag == "xf" and within_cells:
            formats.append(int(attributes.get("numFmtId", 0)))
    return [_Style(is_date_format(number, patterns.get(number)), patterns.get(number)) for number in formats]


# ── cells ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _sheet(archive: Archive, workbook: _Workbook, part: _SheetPart, strings: list[str], styles: list[_Style]) -> Sheet:
    cells = _Cells(archive.name, strings, styles, workbook.is_1904, archive.limits.columns)
    parser = safe_parser(archive.name)
    parser.StartElementHandler = cells.start
    parser.EndElementHandler = cells.end
    parser.CharacterDataHandler = cells.data
    parse(parser, archive.chunks(part.part), archive.name)
    remarks = (f"the sheet {part.name} is hidden",) if part.is_hidden else ()
    counted = count_rows(archive, part.part)
    return Sheet(part.name, cells.frame(), cells.row, counted, remarks=remarks)


class _Cells:
    """Handlers that gather a sheet's cells row by row, in columns."""

    def __init__(self, name: str, strings: list[str], styles: list[_Style], is_1904: bool, most_columns: int) -> None:
        self.name, self.strings, self.styles, self.is_1904 = name, strings, styles, is_1904
        self.most_columns = most_columns
        self.row = 0
        self.places: list[int] = []
        self.columns: list[list[str | None]] = []
        self.batches: list[pl.DataFrame] = []
        self.column = -1
        self.cells: list[tuple[int, str]] = []
        self.has_cell = False
        self.kind = self.style = None
        self.text = ""
        self.value = self.inline = self.formula = None
        self.collecting = False
        self.in_phonetic = False
        self.index_of: dict[str, int] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if ":" in tag:
            tag = _local(tag)
        if tag == "c":
            self.kind, self.style = attributes.get("t"), attributes.get("s")
            reference = attributes.get("r")
            self.column = self._column(reference) if reference else self.column + 1
            self.value = self.inline = self.formula = None
        elif tag in ("v", "t", "f"):
            self.collecting = not self.in_phonetic
            self.text = ""
        elif tag == "row":
            self._begin_row(attributes.get("r"))
        elif tag == "rPh":
            self.in_phonetic = True

    def data(self, text: str) -> None:
        if self.collecting:
            self.text += text

    def end(self, tag: str) -> None:
        if ":" in tag:
            tag = _local(tag)
        if tag == "v":
            self.value, self.collecting = self.text, False
        elif tag == "c":
            self._end_cell()
        elif tag == "t":
            if self.collecting:
                self.inline = (self.inline or "") + self.text
            self.collecting = False
        elif tag == "f":
            self.formula, self.collecting = self.text, False
        elif tag == "row":
            self._end_row()
        elif tag == "rPh":
            self.in_phonetic = False

    def _column(self, reference: str) -> int:
        letters = reference.rstrip("0123456789")
        index = self.index_of.get(letters)
        if index is None:
            index = 0
            for letter in letters:
                index = index * 26 + ord(letter) - 64
            self.index_of[letters] = index = index - 1
        return index

    def _begin_row(self, stated: str | None) -> None:
        # Some exporters number every row 1: a row that does not come after the last is the next one.
        number = int(stated) if stated and stated.isdigit() else 0
        self.row = max(number, self.row + 1)
        self.column, self.has_cell = -1, False
        self.cells = []

    def _end_cell(self) -> None:
        value, kind = self.value, self.kind
        if value is None and self.inline is None and self.formula is None:
            return  # a format without a value
        self.has_cell = True
        text = self._shared(value) if kind == "s" and value is not None else self._text(value, kind)
        if not text:
            return
        if self.column >= self.most_columns or self.column < 0:
            raise ReadingLimitError(
                self.name,
                f"a cell in column {self.column + 1} of row {self.row}",
                f"at most {self.most_columns} columns",
                "delete what stands far to the right",
            )
        self.cells.append((self.column, text))

    def _text(self, value: str | None, kind: str | None) -> str:
        if kind in ("inlineStr", "str"):
            return _unescaped(self.inline if self.inline is not None else value or "")
        if not value:
            return self._without_result()
        if kind == "b":
            return "TRUE" if value.strip() == "1" else "FALSE"
        if kind in ("e", "d"):
            return value
        return self._number(value.strip())

    def _shared(self, value: str) -> str:
        if value.isdigit() and int(value) < len(self.strings):
            return self.strings[int(value)]
        raise UnreadableFileError(
            self.name,
            f"a cell in row {self.row} that refers to the text {value}",
            "a text of the workbook",
            "export it again",
        )

    def _number(self, value: str) -> str:
        style = self.styles[int(self.style)] if self.style and int(self.style) < len(self.styles) else None
        try:
            if style is not None and style.is_date:
                return day_text(value, self.is_1904)
            return number_text(value, style.pattern if style else None)
        except ValueError as error:
            raise UnreadableFileError(
                self.name, f"{value[:40]!r} as a number in row {self.row}", "a number", "export it again"
            ) from error

    def _without_result(self) -> str:
        """A formula whose result was never stored; of a link, what it would show stands in the formula."""
        if self.formula is None:
            return ""
        link = _SHOWN_LINK.match(self.formula) or _LINK_ALONE.match(self.formula)
        return link[1].replace('""', '"') if link else UNCALCULATED

    def _end_row(self) -> None:
        if not self.has_cell:
            return
        index = len(self.places)
        self.places.append(self.row)
        columns = self.columns
        for column, text in self.cells:
            while column >= len(columns):
                columns.append([None] * index)
            into = columns[column]
            if len(into) > index:
                into[index] = text  # the same cell twice: the later one is what a spreadsheet program shows
            else:
                into.append(text)
        for into in columns:
            if len(into) == index:
                into.append(None)
        if index + 1 >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        if self.places:
            self.batches.append(frame_of(self.places, self.columns))
        self.places, self.columns = [], [[] for _ in self.columns]

    def frame(self) -> pl.DataFrame:
        self._flush()
        if not self.batches:
            return frame_of([], [])
        return pl.concat(self.batches, how="diagonal")


# ── the second count ─────────────────────────────────────────────────────────────────────────────────────────────

_ROW = re.compile(rb"<(?:\w+:)?row[\s>/]")
_END_OF_DATA = re.compile(rb"</(?:\w+:)?sheetData\s*>")
_CONTENT = re.compile(rb"<(?:\w+:)?(?:v|is|f)[\s>/]")


def count_rows(archive: Archive, part: str) -> int:
    """Rows with a value, a text or a formula, by scanning the sheet's bytes: shares nothing with the parser."""
    rows, rest = 0, b""
    for chunk in archive.chunks(part):
        rest += chunk
        end = _END_OF_DATA.search(rest)
        if end:
            return rows + _rows_with_content(rest[: end.start()])
        last = max(rest.rfind(b"<row"), rest.rfind(b":row"))
        cut = rest.rfind(b"<", 0, last + 1)
        if last < 0:
            rest = rest[-64:]  # no row has begun; a tag may be cut in two
        elif cut > 0:
            rows += _rows_with_content(rest[:cut])
            rest = rest[cut:]
    return rows + _rows_with_content(rest)


def _rows_with_content(xml: bytes) -> int:
    starts = [match.start() for match in _ROW.finditer(xml)]
    ends = [*starts, len(xml)][1:]
    return sum(_CONTENT.search(xml, start, end) is not None for start, end in zip(starts, ends, strict=True))
