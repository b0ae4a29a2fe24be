"""The analyst's workbook: every metric of a published version on a sheet of its own, behind a sheet of contents.

Texts are written as texts, whatever they begin with; those that a spreadsheet would take for formulas carry its quote
prefix, so that they stay texts when somebody edits the cell. The only links are the contents', inside the file.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from schemas.errors import QuestionError
from warehouse import ddl
from warehouse.content import opened
from warehouse.marts import Mart, marts_of, query_of
from warehouse.report.reading import ask
from warehouse.report.spreadsheet import STARTS_A_FORMULA
from warehouse.report.visible import made_visible

# Excel ends at 1,048,576 rows and people long before; the whole of a larger metric is in the Parquet marts.
MOST_ROWS = 100_000
MOST_CHARACTERS = 32_767
# What stands above a metric's rows: a line that leads back, a line of conventions, titles, names as in SQL.
BACK_ROW, TOLD_ROW, TITLE_ROW, NAME_ROW, FIRST_ROW = range(5)
NARROWEST, WIDEST = 9, 48
_ROWS_SEEN_FOR_WIDTH = 200
_PLAIN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
# Fractions of one by the names of their columns; shown as per cent, stored as they are.
_FRACTIONS = ("share", "growth", "cagr", "rate")
_FORMATS = {
    "text": {},
    "kept": {"quote_prefix": True},
    "whole": {"num_format": "#,##0"},
    "plain": {"num_format": "0"},
    "decimal": {"num_format": "#,##0.00##"},
    "fraction": {"num_format": "0.0%"},
    "day": {"num_format": "yyyy-mm-dd", "align": "left"},
    "title": {"bold": True, "bg_color": "#DCE6F1", "text_wrap": True, "valign": "top"},
    "name": {"font_color": "#5A5A5A", "bg_color": "#F2F2F2", "font_size": 9},
    "heading": {"bold": True, "font_size": 14},
    "told": {"font_color": "#5A5A5A"},
    "wrapped": {"text_wrap": True, "valign": "top"},
    "link": {"font_color": "#0563C1", "underline": 1, "valign": "top"},
    "warning": {"bold": True, "font_color": "#B00000"},
}
_WORDS = {
    "zh": {
        "contents": "目录",
        "back": "← 目录",
        "columns": ("指标", "名称", "问题", "口径", "粒度", "图", "行数", "Title"),
        "version_key": "版本",
        "taxonomy_version": "分支体系版本",
        "cut_off_date": "数据截止日",
        "last_complete_year": "最近完整年",
        "synthetic": "合成数据：并非真实专利",
        "cut": "仅前 {kept:,} 行，共 {total:,} 行；全部见 patnav export parquet",
    },
    "en": {
        "contents": "Contents",
        "back": "← Contents",
        "columns": ("Metric", "Title", "Question", "Conventions", "Grain", "Figure", "Rows", "名称"),
        "version_key": "Version",
        "taxonomy_version": "Taxonomy version",
        "cut_off_date": "Cut-off date",
        "last_complete_year": "Last complete year",
        "synthetic": "SYNTHETIC data: no real patents",
        "cut": "the first {kept:,} of {total:,} rows; all of them: patnav export parquet",
    },
}
_CONTENTS_WIDTHS = (26, 24, 44, 70, 30, 10, 12, 30)


@dataclass(frozen=True)
class Sheet:
    """What a sheet got: `rows` of the metric's `total`."""

    metric: str
    rows: int
    total: int

    @property
    def is_cut(self) -> bool:
        return self.rows < self.total


def write_workbook(database: Path, target: Path, language: str = "zh", most_rows: int = MOST_ROWS) -> list[Sheet]:
    """Write the workbook of `database` at `target`, in `language` "zh" or "en"; returns what each sheet got.

    An older file of that name is replaced once the new one is whole. Raises QuestionError where it cannot be written.
    """
    _refuse_place(target)
    building = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with opened(database) as connection, xlsxwriter.Workbook(building, _PLAIN) as book:
            sheets = _Writer(connection, book, language, most_rows).write(_metrics(database))
        building.replace(target)
    finally:
        building.unlink(missing_ok=True)
    return sheets


def _refuse_place(target: Path) -> None:
    if target.suffix.lower() != ".xlsx":
        raise QuestionError(target.name, f"the ending {target.suffix!r}", ".xlsx", "name the file so")
    if not target.parent.is_dir():
        raise QuestionError(str(target.parent), "no such folder", "a folder to write into", "make it first")
    if target.is_dir():
        raise QuestionError(str(target), "a folder", "a file to write", "name a file in it")


def _metrics(database: Path) -> list[Mart]:
    return [mart for mart in marts_of(database) if mart.schema == ddl.METRICS_SCHEMA]


class _Writer:
    """One workbook while it is written."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, book: xlsxwriter.Workbook, language: str, most_rows: int
    ) -> None:
        self.connection, self.book, self.language, self.most_rows = connection, book, language, most_rows
        self.words = _WORDS[language]
        self.formats = {name: book.add_format(look) for name, look in _FORMATS.items()}
        self.build = _records(connection, "SELECT * FROM meta.build")[0]
        self.told = {each["metric"]: each for each in ask(connection, "convention").rows}

    def write(self, metrics: list[Mart]) -> list[Sheet]:
        # No moment of writing in the file: the same version gives the same bytes.
        self.book.set_properties(
            {"title": "patnav", "comments": self.build["version_key"], "created": datetime(2000, 1, 1)}
        )
        contents = self.book.add_worksheet(self.words["contents"])
        sheets = [self._metric(mart) for mart in metrics]
        self._contents(contents, sheets)
        return sheets

    def _metric(self, mart: Mart) -> Sheet:
        metric = mart.name.partition(".")[2]
        ((total,),) = self.connection.execute(ddl.row_total(mart.relation)).fetchall()
        rows = self.connection.execute(query_of(mart)).fetchmany(self.most_rows)
        written = Sheet(metric, len(rows), total)
        sheet = self.book.add_worksheet(metric[:31])
        self._head(sheet, mart, written)
        looks = [_look(column.column, column.data_type) for column in mart.columns]
        for row, values in enumerate(rows, start=FIRST_ROW):
            for column, value in enumerate(values):
                self._cell(sheet, row, column, value, looks[column])
        last = max(NAME_ROW, FIRST_ROW + len(rows) - 1)
        sheet.autofilter(NAME_ROW, 0, last, len(mart.columns) - 1)
        sheet.freeze_panes(FIRST_ROW, 1)
        for place, column in enumerate(mart.columns):
            sheet.set_column(place, place, _width(column.column, (row[place] for row in rows[:_ROWS_SEEN_FOR_WIDTH])))
        return written

    def _head(self, sheet: Worksheet, mart: Mart, written: Sheet) -> None:
        told = self.told[written.metric]
        self._link(sheet, BACK_ROW, 0, self.words["contents"], self.words["back"])
        self._text(sheet, BACK_ROW, 1, told[f"title_{self.language}"], "heading")
        if self.build["is_synthetic"]:
            self._text(sheet, BACK_ROW, 6, self.words["synthetic"], "warning")
        question, conventions = (told[f"{name}_{self.language}"] for name in ("question", "conventions"))
        self._text(sheet, TOLD_ROW, 0, f"{question} — {conventions}", "told")
        if written.is_cut:
            cut = self.words["cut"].format(kept=written.rows, total=written.total)
            self._text(sheet, BACK_ROW, 4, cut, "warning")
        for place, column in enumerate(mart.columns):
            title = column.title_zh if self.language == "zh" else column.title_en
            self._text(sheet, TITLE_ROW, place, title, "title")
            self._text(sheet, NAME_ROW, place, column.column, "name")
        sheet.set_row(TITLE_ROW, 32)

    def _contents(self, sheet: Worksheet, sheets: list[Sheet]) -> None:
        row = 0
        if self.build["is_synthetic"]:
            self._text(sheet, row, 0, self.words["synthetic"], "warning")
            row += 1
        for key in ("version_key", "taxonomy_version", "cut_off_date", "last_complete_year"):
            self._text(sheet, row, 0, self.words[key], "told")
            self._cell(sheet, row, 1, self.build[key], "plain")
            row += 1
        head = row + 1
        for place, title in enumerate(self.words["columns"]):
            self._text(sheet, head, place, title, "title")
            sheet.set_column(place, place, _CONTENTS_WIDTHS[place])
        for row, written in enumerate(sheets, start=head + 1):
            self._entry(sheet, row, written)
        sheet.autofilter(head, 0, head + len(sheets), len(self.words["columns"]) - 1)
        sheet.freeze_panes(head + 1, 1)

    def _entry(self, sheet: Worksheet, row: int, written: Sheet) -> None:
        told = self.told[written.metric]
        other = "en" if self.language == "zh" else "zh"
        self._link(sheet, row, 0, written.metric[:31], written.metric)
        keys = (*(f"{name}_{self.language}" for name in ("title", "question", "conventions", "grain")), "figure")
        for place, key in enumerate(keys, start=1):
            self._text(sheet, row, place, told[key], "wrapped")
        sheet.write_number(row, 6, written.total, self.formats["warning" if written.is_cut else "whole"])
        self._text(sheet, row, 7, told[f"title_{other}"], "wrapped")

    def _cell(self, sheet: Worksheet, row: int, column: int, value: object, look: str) -> None:
        if value is None:
            return
        if isinstance(value, bool):
            sheet.write_boolean(row, column, value)
        elif isinstance(value, (int, float)):
            sheet.write_number(row, column, value, self.formats[look])
        elif isinstance(value, date):
            sheet.write_datetime(row, column, value, self.formats["day"])
        elif isinstance(value, (list, tuple)):
            self._text(sheet, row, column, ";".join(str(item) for item in value))
        else:
            self._text(sheet, row, column, str(value))

    def _text(self, sheet: Worksheet, row: int, column: int, text: str, look: str = "text") -> None:
        shown = made_visible(text)
        if len(shown) > MOST_CHARACTERS:
            shown = shown[: MOST_CHARACTERS - 1] + "…"
        kept = look == "text" and shown.startswith(STARTS_A_FORMULA)
        sheet.write_string(row, column, shown, self.formats["kept" if kept else look])

    def _link(self, sheet: Worksheet, row: int, column: int, target: str, text: str) -> None:
        sheet.write_url(row, column, f"internal:'{target}'!A1", self.formats["link"], text)


def _look(name: str, data_type: str) -> str:
    if data_type == "DOUBLE":
        return "fraction" if any(part in _FRACTIONS for part in name.split("_")) else "decimal"
    # A year is a name and no amount: no thousands separator.
    return "plain" if "year" in name.split("_") else "whole"


def _width(name: str, values: Iterable[object]) -> int:
    """Of a column, in characters of a Western font; a Han character is two."""
    widest = max((_cells(str(value)) for value in (name, *values) if value is not None), default=0)
    return min(WIDEST, max(NARROWEST, widest + 2))


def _cells(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _records(connection: duckdb.DuckDBPyConnection, sql: str) -> Sequence[dict[str, Any]]:
    result = connection.execute(sql)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
