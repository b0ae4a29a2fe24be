"""The data dictionary, read from the comments in DuckDB's own catalogue: of a warehouse, or of the declarations."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import duckdb

from schemas.errors import QuestionError
from schemas.tables import TABLES, TEXT_TABLES, Table
from warehouse import cabinet, ddl
from warehouse.build import create_metrics, create_structure
from warehouse.content import OFFLINE, opened


@dataclass(frozen=True)
class Entry:
    """A table or macro (`column` and `data_type` are None) or one of its columns; descriptions may be empty."""

    table: str
    kind: str
    column: str | None
    data_type: str | None
    title_zh: str
    title_en: str
    description_zh: str
    description_en: str

    @property
    def zh(self) -> str:
        return "：".join(part for part in (self.title_zh, self.description_zh) if part)

    @property
    def en(self) -> str:
        return ": ".join(part for part in (self.title_en, self.description_en) if part)


def describe(database: Path | None = None, name: str | None = None) -> list[Entry]:
    """Every table, macro and column of `database`, or of the declarations where it is None; of `name` alone if given.

    `name` is schema.table, or the table's name alone. Raises QuestionError where nothing bears it.
    """
    entries = sorted([*_catalogue(database), *_text_entries()], key=lambda entry: entry.table)
    if name is None:
        return entries
    found = [entry for entry in entries if name in (entry.table, entry.table.partition(".")[2])]
    if not found:
        known = ", ".join(sorted({entry.table for entry in entries}))
        raise QuestionError(name, "no such table or macro", f"one of: {known}")
    return found


def markdown(entries: list[Entry]) -> str:
    """The dictionary as a page: one section per table or macro, one line per column."""
    sections = [_section(table, list(of_table)) for table, of_table in groupby(entries, lambda entry: entry.table)]
    return "\n".join(("# 数据字典 / Data dictionary", "", *sections))


def _section(table: str, entries: list[Entry]) -> str:
    head, columns = entries[0], entries[1:]
    lines = [f"## {table}", "", f"{head.zh} / {head.en}", "", "| column | type | 中文 | English |", "|---|---|---|---|"]
    return "\n".join([*lines, *(_line(column) for column in columns), ""])


def _line(entry: Entry) -> str:
    cells = (entry.column, entry.data_type, entry.zh, entry.en)
    return " ".join(("|", " | ".join((cell or "").replace("|", "\\|") for cell in cells), "|"))


def _catalogue(database: Path | None) -> list[Entry]:
    if database is None:
        with duckdb.connect(":memory:", config=OFFLINE) as connection:
            return _declared(connection)
    with opened(database) as connection:
        return _entries(connection)


def _declared(connection: duckdb.DuckDBPyConnection) -> list[Entry]:
    create_structure(connection)
    create_metrics(connection)
    return _entries(connection)


def _entries(connection: duckdb.DuckDBPyConnection) -> list[Entry]:
    rows = connection.execute(cabinet.statement("catalogue")).fetchall()
    # DuckDB keeps a comment of a macro and none of its parameters.
    told = {(macro.macro, each.name): each.comment for macro in cabinet.macros() for each in macro.parameters}
    return [
        _entry(f"{schema}.{table}", kind, column, data_type, comment or told.get((table, column), ""))
        for schema, table, kind, column, data_type, comment, _ in rows
    ]


def _text_entries() -> list[Entry]:
    return [entry for name in TEXT_TABLES for entry in _declared_entries(TABLES[name])]


def _declared_entries(table: Table) -> list[Entry]:
    columns = [
        _entry(table.full_name, "text store", column.name, ddl.sql_type(column.dtype), column.comment)
        for column in table.described_columns
    ]
    return [_entry(table.full_name, "text store", None, None, table.comment), *columns]


def _entry(table: str, kind: str, column: str | None, data_type: str | None, comment: str) -> Entry:
    """Take a comment `标题：说明 / Title: description` apart; either description may be missing."""
    zh, _, en = comment.partition(" / ")
    title_zh, _, description_zh = zh.partition("：")
    title_en, _, description_en = en.partition(": ")
    return Entry(table, kind, column, data_type, title_zh, title_en, description_zh, description_en)
