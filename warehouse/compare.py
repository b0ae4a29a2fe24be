"""What changes from the published version to a new build: rows per table, totals per metric."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from warehouse import cabinet, ddl
from warehouse.build import BuildFacts, compute_metrics, fill
from warehouse.content import content_of_file, empty_instance, opened, stored_relations, text_store


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
    with empty_instance() as connection:
        for alias, database in (("earlier", earlier), ("later", later)):
            connection.execute(ddl.attach_read_only(database.resolve(), alias))
        rows = connection.execute(cabinet.statement("label_change")).fetchall()
    return [LabelChange(*row[:5], tuple(row[5])) for row in rows]


# Columns that a metric finds, and not by which it counts; names and titles besides, which their codes say.
_FOUND = frozenset(
    ("rank", "group_rank", "cumulative_rank", "other_cumulative_rank", "overtaking_year", "first_year", "last_year", "last_complete_year",
     "reason", "band", "gap", "candidates", "position", "standing", "region_status", "country", "parent_branch", "boundary_vintage",
     "date_basis", "place_rule", "patent_types")
)  # fmt: skip
_FOUND_BY = {
    "m07_tier": frozenset({"tier"}),
    "m08_applicant_ranking": frozenset({"applicant_type"}),
    "m42_leading_applicant": frozenset({"group_id"}),
}
_NAMES = ("_name", "_zh", "_en")
_KEYS, COUNT, _MEASURES = ("VARCHAR", "INTEGER"), "BIGINT", ("BIGINT", "DOUBLE")
# Lists of single filings, and the account of the files, which tells of the delivery.
NOT_MEASURED = frozenset({"m00_area", "m00_counted_application", "m00_counted_family", "m57_merge_flow"})


@dataclass(frozen=True)
class Measured:
    """By what a metric counts (`keys`), what it counts (`counts`) and what it works out of that (`ratios`), and how to ask for it.

    `sql` gives one row per key, every measure as DOUBLE.
    """

    metric: str
    keys: tuple[str, ...]
    counts: tuple[str, ...]
    ratios: tuple[str, ...]

    @property
    def sql(self) -> str:
        relation = ddl.qualified(ddl.METRICS_SCHEMA, self.metric)
        return ddl.sums_by_key(relation, self.keys, (*self.counts, *self.ratios))


def measured(connection: duckdb.DuckDBPyConnection) -> list[Measured]:
    """Every metric of the current database that can be compared row by row with that of another version."""
    columns: dict[str, dict[str, str]] = {}
    for metric, column, data_type in connection.execute(cabinet.statement("metric_columns")).fetchall():
        columns.setdefault(metric, {})[column] = data_type
    found = (_measured(metric, types) for metric, types in columns.items() if metric not in NOT_MEASURED)
    return [each for each in found if each.counts or each.ratios]


def values_of(database: Path) -> list[tuple[Measured, Any]]:
    """Every such metric of a closed warehouse file with its rows, as an Arrow table."""
    with opened(database) as connection:
        return _values(connection)


def values_of_replay(door: Path, facts: BuildFacts) -> list[tuple[Measured, Any]]:
    """The same of a version that is only computed from its door, in memory, neither checked nor kept. Raises as `build`."""
    with empty_instance() as connection:
        fill(connection, door, facts)
        compute_metrics(connection)
        return _values(connection)


def _values(connection: duckdb.DuckDBPyConnection) -> list[tuple[Measured, Any]]:
    return [(each, connection.sql(each.sql).to_arrow_table()) for each in measured(connection)]


def _measured(metric: str, types: dict[str, str]) -> Measured:
    found = _FOUND | _FOUND_BY.get(metric, frozenset())
    keys = (name for name, kind in types.items() if kind in _KEYS and name not in found and not name.endswith(_NAMES))
    counts = (name for name, kind in types.items() if kind == COUNT)
    ratios = (name for name, kind in types.items() if kind in _MEASURES and kind != COUNT)
    return Measured(metric, tuple(keys), tuple(counts), tuple(ratios))


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
