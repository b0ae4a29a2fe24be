"""Tables that go out to a person's spreadsheet and come back filled in. Texts stay texts, whatever a title says."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import xlsxwriter

from flows.whole_files import new_file
from schemas.errors import WorkspaceError
from warehouse.report.spreadsheet import csv_text

_PLAIN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write_form(
    target: Path,
    sheet: str,
    header: Sequence[str],
    rows: Sequence[Sequence[object]],
    widths: Mapping[str, int],
    choices: Mapping[str, list[str]] | None = None,
) -> None:
    """Write `target` (.xlsx, or .csv with a byte order mark). `choices`: the values that a column may have.

    Nothing in the file is a formula or a link. Raises WorkspaceError for another ending, and where the file stands already: an
    expert may have filled it in.
    """
    if target.suffix.lower() not in (".xlsx", ".csv"):
        raise WorkspaceError(str(target), f"the ending {target.suffix!r}", ".xlsx or .csv", "name the file so")
    with new_file(target) as building:
        if target.suffix.lower() == ".xlsx":
            _write_workbook(building, sheet, header, rows, widths, choices or {})
        else:
            building.write_text(csv_text(header, rows), encoding="utf-8", newline="")


def _write_workbook(
    target: Path,
    sheet_name: str,
    header: Sequence[str],
    rows: Sequence[Sequence[object]],
    widths: Mapping[str, int],
    choices: Mapping[str, list[str]],
) -> None:
    with xlsxwriter.Workbook(target, _PLAIN) as book:
        sheet = book.add_worksheet(sheet_name)
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        bold = book.add_format({"bold": True})
        for column, name in enumerate(header):
            sheet.set_column(column, column, widths.get(name, 14), wrapped)
            sheet.write_string(0, column, name, bold)
        for index, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if isinstance(value, (int, float)):
                    sheet.write_number(index, column, value)
                elif value is not None:
                    sheet.write_string(index, column, value)
        last = max(1, len(rows))
        for name, values in choices.items():
            column = header.index(name)
            sheet.data_validation(1, column, last, column, {"validate": "list", "source": values})
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, last, len(header) - 1)


def append_lines(path: Path, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Add lines to a CSV of the reference folder, or begin it. Earlier lines stay: the file tells how it came to the latest."""
    earlier = path.read_text(encoding="utf-8") if path.exists() else ",".join(columns) + "\n"
    building = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with building.open("w", encoding="utf-8", newline="") as file:
        file.write(earlier if earlier.endswith("\n") else earlier + "\n")
        csv.writer(file, lineterminator="\n").writerows(rows)
    os.replace(building, path)
