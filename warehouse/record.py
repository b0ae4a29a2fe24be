"""Filings of a published warehouse as the classifier saw them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
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


def records_of(database: Path, applications: Collection[str] | None = None) -> tuple[tuple[str, ...], list[tuple]]:
    """(columns, rows) of these filings, all of them where none are named: `application_id`, `publication_number` (the
    representative one), `title`, `abstract`, `claims`, `ipc_symbols`, `cpc_symbols`; by application id."""
    version = database.resolve()
    with duckdb.connect(str(version), read_only=True, config=OFFLINE) as connection:
        named = None if applications is None else list(applications)
        values = {"application_ids": named, "text_store": str(text_store(version))}
        cursor = connection.execute(cabinet.statement("records"), values)
        return tuple(column[0] for column in cursor.description), cursor.fetchall()


@dataclass(frozen=True)
class Drawn:
    """A filing drawn from the `members` of its stratum: a branch and level, or None and None for filings without any label."""

    branch: str | None
    level: str | None
    application_id: str
    members: int


def drawn_by_lot(database: Path, per_stratum: int, seed: int) -> list[Drawn]:
    """At most so many filings of every branch and level and of those without label, each stratum in the order of its lot."""
    with duckdb.connect(str(database.resolve()), read_only=True, config=OFFLINE) as connection:
        rows = connection.execute(cabinet.statement("gold_draw"), {"seed": seed, "rows": per_stratum}).fetchall()
    return [Drawn(*row) for row in rows]
