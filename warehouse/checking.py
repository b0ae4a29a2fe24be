"""Run the checks of a warehouse: those of the cabinet, and those that follow from the tables' declarations."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from schemas.tables import TABLES, WAREHOUSE_TABLES, Table
from warehouse import cabinet, ddl
from warehouse.cabinet import Check
from warehouse.content import relation

SHOWN_ROWS = 5


@dataclass(frozen=True)
class CheckResult:
    """`first_rows`: the first offending rows as JSON, at most five, in an order of their own."""

    check: Check
    offending_rows: int
    first_rows: tuple[str, ...]

    @property
    def is_passed(self) -> bool:
        return self.offending_rows == 0

    def as_row(self) -> list[object]:
        """A row of meta.check."""
        check = self.check
        return [
            check.check,
            check.severity,
            check.title_zh,
            check.title_en,
            self.is_passed,
            self.offending_rows,
            list(self.first_rows),
        ]


def run_checks(connection: duckdb.DuckDBPyConnection, text: Path) -> list[CheckResult]:
    """Every check by name. `text` is the text store of the same build."""
    checks = [*cabinet.checks(), *declared_checks(text), finite_metrics(connection)]
    return [run_check(connection, check) for check in sorted(checks, key=lambda check: check.check)]


def run_check(connection: duckdb.DuckDBPyConnection, check: Check) -> CheckResult:
    """One check: how many rows offend, and the first of them."""
    offending_rows = connection.execute(ddl.offending_total(check.sql)).fetchone()[0]
    if not offending_rows:
        return CheckResult(check, 0, ())
    first_rows = connection.execute(ddl.first_offending(check.sql, SHOWN_ROWS)).fetchall()
    return CheckResult(check, offending_rows, tuple(row for (row,) in first_rows))


def declared_checks(text: Path) -> list[Check]:
    """Key uniqueness and foreign keys of every table: the warehouse has no index that would enforce them."""
    return [check for table in WAREHOUSE_TABLES for check in _checks_of(table, text)]


def finite_metrics(connection: duckdb.DuckDBPyConnection) -> Check:
    """No DOUBLE of any metric is infinite or not a number."""
    measures = connection.execute(cabinet.statement("metric_doubles")).fetchall()
    sql = ddl.union_all(ddl.not_finite(ddl.METRICS_SCHEMA, view, columns) for view, columns in measures)
    return Check("metrics_are_finite", "error", "指标中没有无穷大或非数", "No metric is infinite or not a number", sql)


def _checks_of(table: Table, text: Path) -> list[Check]:
    name, rows = table.full_name, relation(table, text)
    unique = Check(
        f"unique_{table.schema}_{table.name}",
        "error",
        f"{name} 主键不重复",
        f"The key of {name} is unique",
        ddl.repeated_keys(table, rows),
    )
    references = [
        Check(
            f"reference_{table.schema}_{table.name}_{column}",
            "error",
            f"{name}.{column} 在 {target} 中存在",
            f"Every {column} of {name} stands in {target}",
            ddl.orphans(rows, column, TABLES[target]),
        )
        for column, target in table.references.items()
    ]
    return [unique, *references]
