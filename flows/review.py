"""Doubtful labels out to an expert's spreadsheet, decisions back into the workspace's reference/decision.csv."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import polars as pl
import xlsxwriter

from schemas.branches import Taxonomy
from schemas.errors import WorkspaceError
from transforms.decisions import COLUMNS, FILE, checked_decisions
from transforms.tabular import ROW_NUMBER, read_table
from warehouse.doubt import doubtful_labels
from warehouse.report.spreadsheet import csv_text

TO_FILL_IN = ("decision", "reviewer", "decision_date", "reason")
_WIDTHS = {"title": 50, "abstract": 70, "evidence": 50, "publication_number": 18, "branch": 22}


def export_doubtful(database: Path, target: Path, rows: int) -> int:
    """Write at most `rows` doubtful labels to `target` (.xlsx or .csv) with empty columns to fill in; the number written.

    Texts stay texts: nothing in the file is a formula or a link, whatever a title says.
    """
    columns, found = doubtful_labels(database, rows)
    header = (*columns, *TO_FILL_IN)
    filled = [(*row, *[None] * len(TO_FILL_IN)) for row in found]
    if target.suffix.lower() == ".xlsx":
        _write_workbook(target, header, filled)
    elif target.suffix.lower() == ".csv":
        target.write_text(csv_text(header, filled), encoding="utf-8", newline="")
    else:
        raise WorkspaceError(str(target), f"the ending {target.suffix!r}", ".xlsx or .csv", "name the file so")
    return len(found)


def _write_workbook(target: Path, header: tuple[str, ...], rows: list[tuple]) -> None:
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(target, plain) as book:
        sheet = book.add_worksheet("复核 review")
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        for column, name in enumerate(header):
            sheet.set_column(column, column, _WIDTHS.get(name, 14), wrapped)
            sheet.write_string(0, column, name, book.add_format({"bold": True}))
        for index, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if isinstance(value, (int, float)):
                    sheet.write_number(index, column, value)
                elif value is not None:
                    sheet.write_string(index, column, value)
        last = max(1, len(rows))
        column = header.index("decision")
        sheet.data_validation(1, column, last, column, {"validate": "list", "source": ["core", "related", "none"]})
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, last, len(header) - 1)


def import_decisions(path: Path, reference: Path, taxonomy: Taxonomy) -> int:
    """Add the filled-in decisions of `path` (XLSX or CSV) to the team's decision.csv; the number added.

    Rows without a decision are passed over. Raises ReferenceTableError for the first one that cannot be used, and then nothing is added.
    """
    table = read_table(path, path.name, is_header=lambda cells: {"publication_number", "decision"} <= set(cells))
    named = table.rows.drop(ROW_NUMBER).rename({f"c{index}": name for index, name in enumerate(table.header)})
    filled = named.filter(pl.col("decision").str.strip_chars() != "")
    decisions = checked_decisions(filled, taxonomy, path.name).select(COLUMNS)
    _append(reference / FILE, decisions)
    return decisions.height


def _append(path: Path, decisions: pl.DataFrame) -> None:
    """Earlier lines stay: of several decisions on one label the latest counts, and the file tells how it came to that."""
    earlier = path.read_text(encoding="utf-8") if path.exists() else ",".join(COLUMNS) + "\n"
    building = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with building.open("w", encoding="utf-8", newline="") as file:
        file.write(earlier if earlier.endswith("\n") else earlier + "\n")
        csv.writer(file, lineterminator="\n").writerows(decisions.rows())
    os.replace(building, path)
