"""Doubtful labels out to an expert's spreadsheet, decisions back into the workspace's reference/decision.csv."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from flows.form import append_lines, write_form
from schemas.branches import Taxonomy
from transforms.decisions import COLUMNS, FILE, checked_decisions
from transforms.tabular import ROW_NUMBER, read_table
from warehouse.doubt import doubtful_labels

TO_FILL_IN = ("decision", "reviewer", "decision_date", "reason")
_WIDTHS = {"title": 50, "abstract": 70, "evidence": 50, "publication_number": 18, "branch": 22}


def export_doubtful(database: Path, target: Path, rows: int) -> int:
    """Write at most `rows` doubtful labels to `target` (.xlsx or .csv) with empty columns to fill in; the number written.

    Texts stay texts: nothing in the file is a formula or a link, whatever a title says.
    """
    columns, found = doubtful_labels(database, rows)
    header = (*columns, *TO_FILL_IN)
    filled = [(*row, *[None] * len(TO_FILL_IN)) for row in found]
    write_form(target, "复核 review", header, filled, _WIDTHS, {"decision": ["core", "related", "none"]})
    return len(found)


def import_decisions(path: Path, reference: Path, taxonomy: Taxonomy) -> int:
    """Add the filled-in decisions of `path` (XLSX or CSV) to the team's decision.csv; the number added.

    Rows without a decision are passed over. Raises ReferenceTableError for the first one that cannot be used, and then nothing is added.
    """
    table = read_table(path, path.name, is_header=lambda cells: {"publication_number", "decision"} <= set(cells))
    named = table.rows.drop(ROW_NUMBER).rename({f"c{index}": name for index, name in enumerate(table.header)})
    filled = named.filter(pl.col("decision").str.strip_chars() != "")
    decisions = checked_decisions(filled, taxonomy, path.name).select(COLUMNS)
    append_lines(reference / FILE, COLUMNS, decisions.rows())
    return decisions.height
