"""What changes from the published version to a new build: rows per table, totals per metric."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse import cabinet, ddl
from warehouse.content import OFFLINE, content_of_file, opened, stored_relations, text_store


@dataclass(frozen=True)
class Change:
    """`kind`: table or metric. `measure`: rows, or the column whose total changed. None: not there on that side."""

    kind: str
    name: str
    measure: str
    before: int | None
    after: int | None


def compare(new: Path, published: Path | None) -> list[Change]:
    """Every total that differs, by table and metric; all of them where nothing is published yet.

    Totals run over all rows of a metric, its label levels and units together: they tell that something moved, not
    how much of the industry did.
    """
    before = _totals(published) if published else {}
    after = _totals(new)
    return [
        Change(*name, before.get(name), after.get(name))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]


@dataclass(frozen=True)
class LabelChange:
    """Core labels of one branch that a version gained or lost, by cause; `examples`: up to three application ids.

    `change`: gained or lost. `cause`: filing new, filing gone, decision, rules changed, record changed, or labelled anew where
    an older version does not tell which rules it had.
    """

    branch: str
    title_zh: str
    change: str
    cause: str
    applications: int
    examples: tuple[str, ...]


def compare_labels(later: Path, earlier: Path) -> list[LabelChange]:
    """Which branches gained and lost core labels from one version to another, and whether filings, rules or experts moved them."""
    with duckdb.connect(":memory:", config=OFFLINE) as connection:
        for alias, database in (("earlier", earlier), ("later", later)):
            connection.execute(ddl.attach_read_only(database.resolve(), alias))
        rows = connection.execute(cabinet.statement("label_change")).fetchall()
    return [LabelChange(*row[:5], tuple(row[5])) for row in rows]


def same_content(new: Path, published: Path | None) -> bool:
    """Whether two closed warehouse files hold the same rows, read anew from both."""
    if published is None:
        return False
    return content_of_file(new).content_hash == content_of_file(published).content_hash


def _totals(database: Path) -> dict[tuple[str, str, str], int | None]:
    with opened(database) as connection:
        return _table_totals(connection, database.resolve()) | _metric_totals(connection)


def _table_totals(connection: duckdb.DuckDBPyConnection, database: Path) -> dict[tuple[str, str, str], int | None]:
    return {
        ("table", name, "rows"): connection.execute(ddl.row_total(relation)).fetchone()[0]
        for name, relation in stored_relations(connection, text_store(database)).items()
    }


def _metric_totals(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str, str], int | None]:
    totals: dict[tuple[str, str, str], int | None] = {}
    for view, measures in connection.execute(cabinet.statement("metric_totals")).fetchall():
        columns = tuple(measures or ())
        found = connection.execute(ddl.column_totals(ddl.qualified(ddl.METRICS_SCHEMA, view), columns)).fetchone()
        totals |= {("metric", view, measure): total for measure, total in zip(("rows", *columns), found, strict=True)}
    return totals
