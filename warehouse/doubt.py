"""Labels of a published warehouse that are worth an expert's look."""

from __future__ import annotations

from pathlib import Path

import duckdb

from warehouse import cabinet
from warehouse.content import OFFLINE, text_store


def doubtful_labels(database: Path, rows: int) -> tuple[tuple[str, ...], list[tuple]]:
    """(columns, rows): at most `rows` undecided doubtful labels, the most telling first."""
    version = database.resolve()
    with duckdb.connect(str(version), read_only=True, config=OFFLINE) as connection:
        values = {"text_store": str(text_store(version)), "rows": rows}
        cursor = connection.execute(cabinet.statement("doubtful_label"), values)
        return tuple(column[0] for column in cursor.description), cursor.fetchall()
