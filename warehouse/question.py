"""Ask a published warehouse one SQL question, on a connection that can neither write nor look elsewhere.

read_only alone is no boundary: such a connection reads and writes other files and the host's memory. Here the version
is attached read-only to an empty in-memory instance, everything external is switched off, the configuration is locked,
and one SELECT is taken. The last matters: the text store must be a readable path, and COPY could write to that path.
Memory is limited by DuckDB's own setting, which one huge value can exceed: give untrusted users a process of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from schemas.errors import QuestionError
from schemas.tables import TABLES, TEXT_TABLES
from warehouse import ddl
from warehouse.content import OFFLINE, text_store

MEMORY_LIMIT = "4GB"
_ALIAS = "warehouse"
_CLOSED = OFFLINE | {
    "allow_community_extensions": "false",
    "allow_unsigned_extensions": "false",
    "python_enable_replacements": "false",
    "memory_limit": MEMORY_LIMIT,
    # Nothing is spilled to disk: a question that does not fit into memory ends in an error.
    "temp_directory": "",
}
_REMEDY = "`patnav describe` lists the tables and columns"


@dataclass(frozen=True)
class Answer:
    """`is_cut`: there were more rows than the limit."""

    columns: tuple[str, ...]
    rows: list[tuple]
    is_cut: bool


def ask(database: Path, sql: str, limit: int | None = None) -> Answer:
    """Answer one SELECT over the warehouse (a version file or the symlink to one), at most `limit` rows.

    core.publication_text shows the text store beside the version. Raises QuestionError for anything else than one
    SELECT, and for one that DuckDB refuses.
    """
    # The link is resolved first: a question sees one version, also while the next one is published.
    version = database.resolve()
    if not version.is_file():
        raise QuestionError(database.name, "no such warehouse", "a published version", "run `patnav refresh`")
    with duckdb.connect(":memory:", config=_CLOSED) as connection:
        _open(connection, version)
        try:
            return _answer(connection.execute(_one_select(connection, sql)), limit)
        except duckdb.Error as error:
            raise QuestionError("the question", _one_line(error), "", _REMEDY) from error


def _open(connection: duckdb.DuckDBPyConnection, version: Path) -> None:
    try:
        connection.execute(ddl.attach_read_only(version, _ALIAS))
    except duckdb.Error as error:
        raise QuestionError(version.name, str(error).splitlines()[0], "a readable warehouse") from error
    connection.execute(ddl.create_schema("core"))
    text = text_store(version)
    if text.is_file():
        for name in TEXT_TABLES:
            connection.execute(ddl.text_view(TABLES[name], text))
        connection.execute(ddl.set_text_list("allowed_paths", [str(text)]))
    connection.execute("SET enable_external_access = false")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(ddl.set_text("search_path", _search_path()))
    connection.execute("SET lock_configuration = true")


def _search_path() -> str:
    # core stands in both catalogs: the warehouse's tables first, then the view of the text store.
    schemas = ("main", *ddl.SCHEMAS)
    return ",".join((*(f"{_ALIAS}.{schema}" for schema in schemas), "memory.main", "memory.core"))


def _one_select(connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
    statements = connection.extract_statements(sql)
    if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
        found = ", ".join(statement.type.name for statement in statements) or "nothing"
        raise QuestionError("the question", found, "one SELECT (WITH, FROM, DESCRIBE and SUMMARIZE are such)")
    return statements[0]


def _one_line(error: duckdb.Error) -> str:
    # DuckDB underlines the place with a line of carets, which means nothing once the lines are joined.
    return "; ".join(line.strip() for line in str(error).splitlines() if line.strip(" ^"))


def _answer(result: duckdb.DuckDBPyConnection, limit: int | None) -> Answer:
    columns = tuple(column[0] for column in result.description)
    rows = result.fetchall() if limit is None else result.fetchmany(limit + 1)
    return Answer(columns, rows[:limit], limit is not None and len(rows) > limit)
