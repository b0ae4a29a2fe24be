"""One filing of a published warehouse as the classifier saw it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from schemas.errors import QuestionError
from warehouse import cabinet
from warehouse.content import OFFLINE, text_store


def record_of(database: Path, publication_number: str) -> dict[str, Any]:
    """`application_id`, `title`, `abstract`, `claims`, `ipc_symbols`, `cpc_symbols` of the filing that a publication belongs to,
    and the `taxonomy_version` of its labels.

    Raises QuestionError when the warehouse does not hold it.
    """
    version = database.resolve()
    with duckdb.connect(str(version), read_only=True, config=OFFLINE) as connection:
        values = {"publication_number": publication_number, "text_store": str(text_store(version))}
        cursor = connection.execute(cabinet.statement("record"), values)
        names = [column[0] for column in cursor.description]
        rows = cursor.fetchall()
    if not rows:
        raise QuestionError(
            publication_number, "not in the published warehouse", "a publication number of core.publication"
        )
    return dict(zip(names, rows[0], strict=True))
