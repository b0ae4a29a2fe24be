"""The published warehouse as seen from another province or city: the same tables, the metrics and claims asked anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from schemas.errors import QuestionError, WorkspaceError
from warehouse import cabinet, ddl
from warehouse.build import create_metrics
from warehouse.claiming import evaluate_claims
from warehouse.content import empty_instance
from warehouse.own_tables import BUILD, CLAIM, METRIC
from warehouse.report.reading import Titles, column_titles, first_line

PUBLISHED = "published"
# What depends on the focus and is therefore made anew; every other table is looked at where it stands.
_MADE_ANEW = (BUILD, METRIC, CLAIM)


@contextmanager
def refocused(
    database: Path, province: str | None, city: str | None
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Titles]]:
    """A connection to the warehouse with this focus, and the titles of its columns. The file itself is not touched.

    `province`, `city`: a name in 中文 or English, or a GB/T 2260 code. A city alone stands for its province too; a province
    alone for its city with most filings. Raises WorkspaceError where there is no such place.
    """
    with empty_instance() as connection:
        connection.execute("SET enable_progress_bar = false")
        try:
            titles = _look_at(connection, database)
            _set_focus(connection, province, city)
            create_metrics(connection)
            for claim in evaluate_claims(connection):
                connection.execute(ddl.insert_row(CLAIM), claim.as_row())
        except duckdb.Error as error:
            raise QuestionError(
                f"{database.name} with another focus",
                first_line(error),
                "a warehouse with the tables of this version",
                "build it again: patnav refresh",
            ) from error
        yield connection, titles


def _look_at(connection: duckdb.DuckDBPyConnection, database: Path) -> Titles:
    connection.execute(ddl.attach_read_only(database.resolve(), PUBLISHED))
    connection.execute("USE published")
    titles = column_titles(connection)
    stored = connection.execute(cabinet.statement("tables")).fetchall()
    connection.execute("USE memory")
    for schema in ddl.SCHEMAS:
        connection.execute(ddl.create_schema(schema))
    for schema, name in stored:
        if f"{schema}.{name}" not in [table.full_name for table in _MADE_ANEW]:
            connection.execute(ddl.view_of_attached(PUBLISHED, schema, name))
    for table in _MADE_ANEW:
        for statement in ddl.create_own(table):
            connection.execute(statement)
    connection.execute("INSERT INTO meta.build BY NAME FROM published.meta.build")
    return titles


def focus_codes(
    connection: duckdb.DuckDBPyConnection, province: str | None, city: str | None
) -> tuple[str, str | None]:
    """The codes of the places that are called so; no city where only a province is named. Raises WorkspaceError."""
    if province is None:
        city_code = _place(connection, city or "", "city", None)
        return connection.execute(cabinet.statement("parent_province"), {"city": city_code}).fetchone()[0], city_code
    province_code = _place(connection, province, "province", None)
    return province_code, _place(connection, city, "city", province_code) if city else None


def _set_focus(connection: duckdb.DuckDBPyConnection, province: str | None, city: str | None) -> None:
    province_code, city_code = focus_codes(connection, province, city)
    _update(connection, province_code, city_code)
    if city_code is None:
        # What tells the leading city, before all metrics are computed for it.
        for metric in cabinet.metrics():
            if metric.metric.startswith("m00_") or metric.metric == "m33_city_share":
                connection.execute(ddl.create_metric(metric))
        found = connection.execute(cabinet.statement("leading_city")).fetchone()
        _update(connection, province_code, found and found[0])


def _update(connection: duckdb.DuckDBPyConnection, province_code: str, city_code: str | None) -> None:
    connection.execute(cabinet.statement("set_focus"), {"province": province_code, "city": city_code})


def _place(connection: duckdb.DuckDBPyConnection, name: str, level: str, parent: str | None) -> str:
    """The code of a place; raises WorkspaceError where none or several are called so."""
    values = {"name": name.strip(), "level": level, "parent": parent}
    found = connection.execute(cabinet.statement("focus_place"), values).fetchall()
    if len(found) == 1:
        return found[0][0]
    told = (
        f"不止一个 several: {', '.join(f'{title} {code}' for code, title in found)}"
        if found
        else "查无此地 no such place"
    )
    kind = {"province": "省级区划 a province", "city": "地级区划 a city"}[level]
    raise WorkspaceError(
        f"--{level} {name}",
        told,
        f"{kind}, core.region{f', {parent}' if parent else ''}",
        "给出名称或 GB/T 2260 代码 give its name, e.g. 江苏 or Jiangsu, or its code",
    )
