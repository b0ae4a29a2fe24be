"""Ask a published warehouse the report's questions, read-only, as any BI tool would."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from schemas.errors import QuestionError, WorkspaceError
from warehouse.content import OFFLINE

QUESTIONS = Path(__file__).parent / "questions"
# What the report may look at; a question that reads anything else is refused by a test.
READABLE = re.compile(r"\b(?:metrics|core|meta)\.\w+")

Row = dict[str, object]
Titles = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Answer:
    """The rows of one question. `relations`: the tables and views that the question names, in order; `sql`: its text."""

    question: str
    relations: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    sql: str = ""


@contextmanager
def opened(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The version that `database` (a file or the symlink to it) stands for now; later swaps do not touch it.

    Raises WorkspaceError where nothing is published, QuestionError where the file is no warehouse.
    """
    if not database.exists():
        raise WorkspaceError(database.name, "no published warehouse", "a version to report on", "run: patnav refresh")
    try:
        connection = duckdb.connect(str(database.resolve()), read_only=True, config=OFFLINE)
    except duckdb.Error as error:
        raise QuestionError(database.name, first_line(error), "a DuckDB warehouse file") from error
    with connection:
        # On standard output stands the path of the report and nothing else.
        connection.execute("SET enable_progress_bar = false")
        yield connection


def ask(connection: duckdb.DuckDBPyConnection, question: str, **parameters: object) -> Answer:
    """The answer to one file of `questions`. Raises QuestionError naming it where the warehouse cannot answer."""
    sql = (QUESTIONS / f"{question}.sql").read_text(encoding="utf-8")
    try:
        cursor = connection.execute(sql, parameters or None)
        columns = tuple(column[0] for column in cursor.description)
        found = cursor.fetchall()
    except duckdb.Error as error:
        raise QuestionError(
            f"report question {question}",
            first_line(error),
            "a warehouse with the tables and metrics of this version",
            "build it again: patnav refresh",
        ) from error
    rows = tuple(dict(zip(columns, row, strict=True)) for row in found)
    return Answer(question, tuple(dict.fromkeys(READABLE.findall(sql))), columns, rows, sql.strip())


def column_titles(connection: duckdb.DuckDBPyConnection) -> Titles:
    """relation -> column -> its comment, as the warehouse itself documents it ("中文 / English")."""
    titles: Titles = {}
    for row in ask(connection, "column_title").rows:
        titles.setdefault(str(row["relation"]), {})[str(row["column_name"])] = str(row["comment"])
    return titles


def first_line(error: duckdb.Error) -> str:
    """What DuckDB says, without the statement that it says it of."""
    return str(error).splitlines()[0]
