"""Ask a published warehouse one SQL question, on a connection that can neither write nor look elsewhere.

read_only alone is no boundary: such a connection reads and writes other files and the host's memory. Here the version
is attached read-only to an empty in-memory instance, everything external is switched off, the configuration is locked,
and one SELECT is taken. The last matters: the text store must be a readable path, and COPY could write to that path.
Memory is limited by DuckDB's own setting, which one huge value can exceed, and nothing limits time: `ask` is for the
project's own questions. A user's are put by flows/asking.py to a process of their own, which answering.py is the inside of.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from schemas.errors import QuestionError
from schemas.tables import TABLES, TEXT_TABLES
from warehouse import ddl
from warehouse.answering import NotOneSelectError, one_line, one_select, opened
from warehouse.content import OFFLINE, text_store

MEMORY_LIMIT = 4 << 30
REMEDY = "`patnav describe` lists the tables and columns"
_ALIAS = "warehouse"
_CLOSED = OFFLINE | {
    "allow_community_extensions": "false",
    "allow_unsigned_extensions": "false",
    "allow_persistent_secrets": "false",
    "python_enable_replacements": "false",
    # Nothing is spilled to disk: a question that does not fit into memory ends in an error.
    "temp_directory": "",
}


@dataclass(frozen=True)
class Answer:
    """`is_cut`: there were more rows than the limit."""

    columns: tuple[str, ...]
    rows: list[tuple]
    is_cut: bool


@dataclass(frozen=True)
class Opening:
    """How a closed connection to one version is made: settings of an empty instance, and statements to run there."""

    version: Path
    config: dict[str, str]
    statements: list[str]


def opening(database: Path, memory: int = MEMORY_LIMIT) -> Opening:
    """The way to one version: a version file or the symlink to one. `memory` in bytes. Raises QuestionError where it is not there."""
    # The link is resolved first: a question sees one version, also while the next one is published.
    version = database.resolve()
    if not version.is_file():
        raise QuestionError(database.name, "no such warehouse", "a published version", "run `patnav refresh`")
    statements = [ddl.attach_read_only(version, _ALIAS), ddl.create_schema("core")]
    text = text_store(version)
    if text.is_file():
        statements += [ddl.text_view(TABLES[name], text) for name in TEXT_TABLES]
        statements.append(ddl.set_text_list("allowed_paths", [str(text)]))
    statements += [
        "SET enable_external_access = false",
        "SET TimeZone = 'UTC'",
        ddl.set_text("search_path", _search_path()),
        "SET lock_configuration = true",
    ]
    return Opening(version, _CLOSED | {"memory_limit": f"{memory}B"}, statements)


def ask(database: Path, sql: str, limit: int | None = None) -> Answer:
    """Answer one SELECT over the warehouse (a version file or the symlink to one), at most `limit` rows.

    core.publication_text shows the text store beside the version. Raises QuestionError for anything else than one
    SELECT, and for one that DuckDB refuses.
    """
    way = opening(database)
    try:
        connection = opened(way.config, way.statements)
    except duckdb.Error as error:
        raise unreadable(way.version, str(error).splitlines()[0]) from error
    with connection:
        try:
            return _answer(connection.execute(one_select(connection, sql)), limit)
        except NotOneSelectError as error:
            raise not_one_select(error.found) from error
        except duckdb.Error as error:
            raise refused(one_line(error)) from error


def unreadable(version: Path, found: str) -> QuestionError:
    return QuestionError(version.name, found, "a readable warehouse")


def not_one_select(found: str) -> QuestionError:
    return QuestionError("the question", found, "one SELECT (WITH, FROM, DESCRIBE and SUMMARIZE are such)")


def refused(found: str) -> QuestionError:
    return QuestionError("the question", found, "", REMEDY)


def _search_path() -> str:
    # core stands in both catalogs: the warehouse's tables first, then the view of the text store.
    schemas = ("main", *ddl.SCHEMAS)
    return ",".join((*(f"{_ALIAS}.{schema}" for schema in schemas), "memory.main", "memory.core"))


def _answer(result: duckdb.DuckDBPyConnection, limit: int | None) -> Answer:
    columns = tuple(column[0] for column in result.description)
    rows = result.fetchall() if limit is None else result.fetchmany(limit + 1)
    return Answer(columns, rows[:limit], limit is not None and len(rows) > limit)
