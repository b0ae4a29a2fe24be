"""Every statement that is composed from names: schemas, tables, views, comments, loads, digests.

Names and texts reach SQL through `quoted` and `literal` alone; nowhere else in the project is SQL put together.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from schemas.tables import TEXT_TABLES, WAREHOUSE_TABLES, Table
from warehouse.cabinet import Macro, Metric, Parameter
from warehouse.own_tables import OWN_TABLES, OwnTable

METRICS_SCHEMA = "metrics"
SCHEMAS = ("core", "meta", METRICS_SCHEMA)
_SCALARS = {
    "String": "VARCHAR",
    "Int32": "INTEGER",
    "Int64": "BIGINT",
    "Float64": "DOUBLE",
    "Boolean": "BOOLEAN",
    "Date": "DATE",
}


LOADED_TABLES = tuple(table for table in WAREHOUSE_TABLES if table.full_name not in TEXT_TABLES)


def quoted(identifier: str) -> str:
    """An SQL identifier, whatever characters it holds."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def qualified(schema: str, name: str) -> str:
    return ".".join((quoted(schema), quoted(name)))


def sql_type(dtype: object) -> str:
    """The DuckDB type of a polars dtype. Raises KeyError on one that no declared column uses."""
    name = dtype.base_type().__name__
    if name == "List":
        return sql_type(dtype.inner) + "[]"
    if name == "Struct":
        fields = (" ".join((quoted(field.name), sql_type(field.dtype))) for field in dtype.fields)
        return "".join(("STRUCT(", ", ".join(fields), ")"))
    return _SCALARS[name]


def create_statements() -> list[str]:
    """Schemas, the tables that come through the door, and the build's own tables, all with their comments."""
    return [
        *(create_schema(schema) for schema in SCHEMAS),
        *(statement for table in LOADED_TABLES for statement in _create_declared(table)),
        *(statement for table in OWN_TABLES for statement in create_own(table)),
    ]


def create_metric(metric: Metric) -> str:
    """The metric as a table, in the place of the one that is there."""
    return " ".join(("CREATE OR REPLACE TABLE", qualified(METRICS_SCHEMA, metric.metric), "AS", metric.sql))


def comment_metric(metric: Metric) -> list[str]:
    """Comments of a metric's table and of its columns."""
    name = qualified(METRICS_SCHEMA, metric.metric)
    columns = ((column.name, column.comment) for column in metric.columns)
    return [_comment_on("TABLE", name, metric.comment), *_comment_on_columns(name, columns)]


def create_macro(macro: Macro) -> list[str]:
    """A table macro with a default for every parameter; a value that is not one of a parameter's is an error."""
    name = qualified(METRICS_SCHEMA, macro.macro)
    parameters = ", ".join(" := ".join((each.name, literal(each.values[0]))) for each in macro.parameters)
    guards = " AND ".join(_guard(each) for each in macro.parameters)
    body = " ".join(("SELECT * FROM (", macro.sql, ") WHERE", guards or "true"))
    create = "".join(("CREATE OR REPLACE MACRO ", name, "(", parameters, ") AS TABLE ", body))
    return [create, _comment_on("MACRO TABLE", name, macro.comment)]


def _guard(parameter: Parameter) -> str:
    allowed = ", ".join(literal(value) for value in parameter.values)
    expected = literal("".join((" is not one of: ", ", ".join(parameter.values))))
    found = "".join((literal(parameter.name + " := "), " || ", parameter.name, " || ", expected))
    return "".join(("CASE WHEN ", parameter.name, " IN (", allowed, ") THEN true ELSE error(", found, ") END"))


def load_from_parquet(table: Table) -> str:
    """INSERT by column name; the one parameter is the path of the Parquet file."""
    columns = ", ".join(quoted(name) for name in table.columns)
    target = qualified(table.schema, table.name)
    return " ".join(("INSERT INTO", target, "BY NAME SELECT", columns, "FROM read_parquet(?)"))


def insert_row(table: OwnTable) -> str:
    """INSERT of one row with one parameter per column."""
    marks = ", ".join("?" for _ in table.columns)
    return "".join(("INSERT INTO ", qualified(table.schema, table.name), " VALUES (", marks, ")"))


def parquet_relation(path: Path) -> str:
    return "".join(("read_parquet(", literal(str(path)), ")"))


def columns_of(relation: str) -> str:
    """No rows: the answer's description names the columns."""
    return " ".join(("SELECT * FROM", relation, "LIMIT 0"))


def digest(relation: str, columns: Iterable[str]) -> str:
    """Rows and two sums over the halves of the MD5 of these columns of every row: the same for the same rows in any order.

    The values stand as a JSON array, without the names: they would be most of the text.
    Sums are HUGEINT: 2^63 rows would be needed to overflow one.
    """
    values = ", ".join(quoted(name) for name in columns)
    return " ".join(
        (
            "SELECT count(*), coalesce(sum(CAST(row_md5 >> 64 AS HUGEINT)), 0),",
            "coalesce(sum(CAST(row_md5 & 18446744073709551615::UHUGEINT AS HUGEINT)), 0)",
            "FROM (SELECT md5_number(CAST(json_array(",
            values,
            ") AS VARCHAR)) AS row_md5 FROM",
            relation,
            ") AS hashed",
        )
    )


def reading(relation: str) -> str:
    """One number that takes every value of every column to tell: a damaged block does not stay unseen."""
    return " ".join(("SELECT bit_xor(hash(whole_row)) FROM", relation, "AS whole_row"))


def row_total(relation: str) -> str:
    return " ".join(("SELECT count(*) FROM", relation))


def column_totals(relation: str, columns: tuple[str, ...]) -> str:
    """Rows and the sum of each of `columns`."""
    sums = (" ".join(("sum(CAST(", quoted(name), "AS HUGEINT))")) for name in columns)
    return " ".join(("SELECT", ", ".join(("count(*)", *sums)), "FROM", relation))


def sums_by_key(relation: str, keys: tuple[str, ...], measures: tuple[str, ...]) -> str:
    """Per key the sums of the measures as DOUBLE, which counts exactly up to 2^53."""
    named = [quoted(name) for name in keys]
    sums = ("".join(("sum(CAST(", quoted(name), " AS DOUBLE)) AS ", quoted(name))) for name in measures)
    grouped = ["GROUP BY", ", ".join(named)] if named else []
    return " ".join(("SELECT", ", ".join((*named, *sums)), "FROM", relation, *grouped))


def offending_total(sql: str) -> str:
    return " ".join(("SELECT count(*) FROM (", sql, ") AS offending"))


def first_offending(sql: str, limit: int) -> str:
    """The first offending rows as JSON, in an order that does not depend on storage or threads."""
    rows = " ".join(("SELECT CAST(to_json(offending) AS VARCHAR) AS row_text FROM (", sql, ") AS offending"))
    return " ".join((rows, "ORDER BY row_text LIMIT", str(int(limit))))


def repeated_keys(table: Table, relation: str) -> str:
    """Keys that stand on more than one row."""
    key = ", ".join(quoted(name) for name in table.key)
    return " ".join(("SELECT", key, ", count(*) AS rows FROM", relation, "GROUP BY", key, "HAVING count(*) > 1"))


def orphans(relation: str, column: str, target: Table) -> str:
    """Values of `column` in `relation` that the key of `target` does not have."""
    name = quoted(column)
    key = quoted(target.key[0])
    return " ".join(
        (
            "SELECT referring." + name + ", count(*) AS rows",
            "FROM " + relation + " AS referring",
            "ANTI JOIN " + qualified(target.schema, target.name) + " AS referred",
            "ON referred." + key + " = referring." + name,
            "WHERE referring." + name + " IS NOT NULL",
            "GROUP BY referring." + name,
        )
    )


def not_finite(schema: str, name: str, columns: Iterable[str]) -> str:
    """Rows where one of the DOUBLE `columns` is infinite or not a number."""
    measures = [quoted(column) for column in columns]
    shown = ", ".join((" ".join((literal(".".join((schema, name))), "AS view_name")), *measures))
    condition = " OR ".join("".join(("NOT isfinite(", measure, ")")) for measure in measures)
    return " ".join(("SELECT", shown, "FROM", qualified(schema, name), "WHERE", condition))


def union_all(statements: Iterable[str]) -> str:
    return " UNION ALL BY NAME ".join(statements)


def attach_read_only(path: Path, alias: str) -> str:
    return " ".join(("ATTACH", literal(str(path)), "AS", quoted(alias), "(READ_ONLY)"))


def text_view(table: Table, path: Path) -> str:
    columns = ", ".join(quoted(name) for name in table.columns)
    name = qualified(table.schema, table.name)
    return " ".join(("CREATE VIEW", name, "AS SELECT", columns, "FROM", parquet_relation(path)))


def view_of_attached(alias: str, schema: str, name: str) -> str:
    """A view in the current database of a table of an attached one, by the same name."""
    return " ".join(
        ("CREATE VIEW", qualified(schema, name), "AS FROM", ".".join((quoted(alias), qualified(schema, name))))
    )


def create_schema(schema: str) -> str:
    return " ".join(("CREATE SCHEMA IF NOT EXISTS", quoted(schema)))


def set_text(option: str, value: str) -> str:
    return " ".join(("SET", option, "=", literal(value)))


def set_text_list(option: str, values: Iterable[str]) -> str:
    return "".join(("SET ", option, " = [", ", ".join(literal(value) for value in values), "]"))


def _create_declared(table: Table) -> list[str]:
    definitions = (
        (column.name, sql_type(column.dtype) + (" NOT NULL" if table.is_required(column.name) else ""))
        for column in table.described_columns
    )
    comments = ((column.name, column.comment) for column in table.described_columns)
    return _create_described(qualified(table.schema, table.name), table.comment, definitions, comments)


def create_own(table: OwnTable) -> list[str]:
    """A table of the build's own, with its comments."""
    definitions = ((column.name, column.sql_type) for column in table.columns)
    comments = ((column.name, column.comment) for column in table.columns)
    return _create_described(qualified(table.schema, table.name), table.comment, definitions, comments)


def _create_described(
    name: str, comment: str, definitions: Iterable[tuple[str, str]], comments: Iterable[tuple[str, str]]
) -> list[str]:
    return [_create_table(name, definitions), _comment_on("TABLE", name, comment), *_comment_on_columns(name, comments)]


def _create_table(name: str, columns: Iterable[tuple[str, str]]) -> str:
    definitions = ", ".join(" ".join((quoted(column), sql_type)) for column, sql_type in columns)
    return "".join(("CREATE TABLE ", name, " (", definitions, ")"))


def _comment_on(kind: str, name: str, comment: str) -> str:
    return " ".join(("COMMENT ON", kind, name, "IS", literal(comment)))


def _comment_on_columns(name: str, comments: Iterable[tuple[str, str]]) -> list[str]:
    return [_comment_on("COLUMN", ".".join((name, quoted(column))), comment) for column, comment in comments]
