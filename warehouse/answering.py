"""The child's side of ad-hoc SQL: take limits on, answer one question per line of standard input, write nothing else.

It imports little, because it is started for every question. What it is told and what it answers is JSON, which cannot run:
    in   {"config": {…}, "opening": [statements], "sql": …, "limit": rows or null, "memory": bytes, "cpu_seconds": …}
    out  {"is_ready": true} once; per question {"columns": […]}, [values] of every row, {"is_cut": …};
         or, at any point of an answer, {"failure": …, "kind": …}
"""

from __future__ import annotations

import json
import os
import resource
import sys
import threading
from collections.abc import Iterable, Iterator
from queue import SimpleQueue
from typing import BinaryIO

import duckdb

UNREADABLE, NOT_ONE_SELECT, REFUSED, TOO_LARGE = "unreadable", "not one select", "refused", "too large"
# Rows that are taken from DuckDB and written at once.
_PORTION = 256
# What the process needs beside DuckDB's own memory: values on their way to JSON, stacks, the allocator's slack.
_BESIDES = 512 << 20
_OUT_OF_MEMORY = ("Out of Memory", "bad_alloc", "Allocation failure", "could not allocate")


class NotOneSelectError(Exception):
    """`found`: what stood there instead of one SELECT."""

    def __init__(self, found: str) -> None:
        super().__init__(found)
        self.found = found


def opened(config: dict[str, str], opening: list[str]) -> duckdb.DuckDBPyConnection:
    """A connection to nothing but what the opening statements attach."""
    connection = duckdb.connect(":memory:", config=config)
    try:
        for statement in opening:
            connection.execute(statement)
    except BaseException:
        connection.close()
        raise
    return connection


def one_select(connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
    """The one statement of `sql`. Raises NotOneSelectError for more, less or anything else."""
    statements = connection.extract_statements(sql)
    if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
        raise NotOneSelectError(", ".join(statement.type.name for statement in statements) or "nothing")
    return statements[0]


def one_line(error: BaseException) -> str:
    """What DuckDB says, without the line of carets, which means nothing once the lines are joined."""
    return "; ".join(line.strip() for line in str(error).splitlines() if line.strip(" ^"))


def main() -> None:
    """Answer until standard input ends; end at once when it does, also in the middle of an answer."""
    answers = os.fdopen(os.dup(1), "wb")
    # Whatever a library might print goes to standard error and not between the answers.
    os.dup2(2, 1)
    # Not a byte reaches any file from here on, whatever SQL finds a way to.
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    questions: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(questions,), daemon=True).start()
    _write(answers, [{"is_ready": True}])
    while True:
        _write(answers, _told(json.loads(questions.get())))


def _write(answers: BinaryIO, told: Iterable[dict | tuple]) -> None:
    for each in told:
        answers.write(json.dumps(each, ensure_ascii=False, default=str).encode() + b"\n")
    answers.flush()


def _listen(questions: SimpleQueue[bytes]) -> None:
    for line in sys.stdin.buffer:
        questions.put(line)
    # The asker is gone, and so is who the answer was for.
    os._exit(0)


def _told(question: dict) -> Iterator[dict | tuple]:
    try:
        connection = opened(question["config"], question["opening"])
    except duckdb.Error as error:
        yield {"failure": one_line(error), "kind": UNREADABLE}
        return
    with connection:
        _limit(resource.RLIMIT_AS, _address_space() + question["memory"] + _BESIDES)
        _limit(resource.RLIMIT_CPU, _processor_seconds() + question["cpu_seconds"])
        try:
            yield from _rows(connection, question["sql"], question["limit"])
        except NotOneSelectError as error:
            yield {"failure": error.found, "kind": NOT_ONE_SELECT}
        except (duckdb.Error, MemoryError) as error:
            yield {"failure": one_line(error), "kind": TOO_LARGE if _is_out_of_memory(error) else REFUSED}


def _rows(connection: duckdb.DuckDBPyConnection, sql: str, limit: int | None) -> Iterator[dict | tuple]:
    result = connection.execute(one_select(connection, sql))
    yield {"columns": [column[0] for column in result.description]}
    left = limit
    while rows := result.fetchmany(_PORTION):
        yield from rows[:left]
        if left is not None and len(rows) > left:
            yield {"is_cut": True}
            return
        left = left if left is None else left - len(rows)
    yield {"is_cut": False}


def _is_out_of_memory(error: BaseException) -> bool:
    return isinstance(error, (MemoryError, duckdb.OutOfMemoryException)) or any(
        sign in str(error) for sign in _OUT_OF_MEMORY
    )


def _limit(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _address_space() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


def _processor_seconds() -> int:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return int(used.ru_utime + used.ru_stime) + 1
