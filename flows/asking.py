"""A user's SQL in a child process that can be killed: limited in time, memory and size of its answer, able to write nothing.

The child (warehouse/answering.py) gets one question per line and answers in JSON lines, which are data and cannot run. It
is given nothing of the environment, where credentials may be.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from schemas.errors import QuestionError, QuestionLimitError
from warehouse.answering import NOT_ONE_SELECT, REFUSED, TOO_LARGE, UNREADABLE
from warehouse.question import MEMORY_LIMIT, Answer, not_one_select, opening, refused, unreadable

_CHILD = (sys.executable, "-B", "-c", "from warehouse.answering import main; main()")
_PIECE = 1 << 20
_STARTING_SECONDS = 30.0
_SHORTER = "narrow the question 请缩小提问范围"


@dataclass(frozen=True)
class Allowance:
    """What one question may take. `seconds` of clock time, `memory` in bytes; an answer beyond `rows` or `size` bytes is an error."""

    seconds: float = 60.0
    memory: int = MEMORY_LIMIT
    rows: int = 1_000_000
    size: int = 64 << 20

    @property
    def cpu_seconds(self) -> int:
        # A backstop for a child that nobody watches any more: all processors, all the time.
        return int(self.seconds * (os.cpu_count() or 1)) + 2


class Asker:
    """Questions to one warehouse, one after another, of one child; a child that a limit ended is followed by another.

    Use as a context manager. One Asker belongs to one thread.
    """

    def __init__(self, database: Path, allowance: Allowance | None = None) -> None:
        self._database = database
        self._allowance = allowance or Allowance()
        self._child: subprocess.Popen | None = None
        self._is_ready = False

    def __enter__(self) -> Asker:
        self._start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end()

    def ask(self, sql: str, limit: int | None = None) -> Answer:
        """Answer one SELECT, at most `limit` rows. Raises QuestionError, and QuestionLimitError where it took too much."""
        way = opening(self._database, self._allowance.memory)
        question = {
            "config": way.config,
            "opening": way.statements,
            "sql": sql,
            "limit": limit,
            "memory": self._allowance.memory,
            "cpu_seconds": self._allowance.cpu_seconds,
        }
        self._start()
        try:
            return self._answer(question, way.version)
        except QuestionError as error:
            # After a refusal the child waits for the next question.
            if isinstance(error, QuestionLimitError) or self._child.poll() is not None:
                self._end()
            raise
        except BaseException:
            self._end()
            raise

    def _start(self) -> None:
        if self._child is None:
            self._child, self._is_ready = _started(), False

    def _answer(self, question: dict, version: Path) -> Answer:
        columns, rows = (), []
        for told in self._told(question):
            if isinstance(told, list):
                rows.append(tuple(told))
                if len(rows) > self._allowance.rows:
                    raise _too_much(f"more than {self._allowance.rows:,} rows 行")
            elif "columns" in told:
                columns = tuple(told["columns"])
            elif "failure" in told:
                raise self._failure(told, version)
            else:
                return Answer(columns, rows, told["is_cut"])
        raise AssertionError("an answer has an end")

    def _told(self, question: dict) -> Iterator[dict | list]:
        if not self._is_ready:
            next(self._lines(_STARTING_SECONDS))
            self._is_ready = True
        try:
            self._child.stdin.write(json.dumps(question).encode() + b"\n")
            self._child.stdin.flush()
        except BrokenPipeError:
            raise self._death() from None
        yield from self._lines(self._allowance.seconds)

    def _lines(self, seconds: float) -> Iterator[dict | list]:
        """What the child says, line by line, until it has said too much or for too long."""
        deadline = time.monotonic() + seconds
        size, begun = 0, []
        with selectors.DefaultSelector() as selector:
            selector.register(self._child.stdout, selectors.EVENT_READ)
            while True:
                left = deadline - time.monotonic()
                if left <= 0 or not selector.select(left):
                    raise self._too_long()
                piece = os.read(self._child.stdout.fileno(), _PIECE)
                if not piece:
                    raise self._death()
                size += len(piece)
                if size > self._allowance.size:
                    raise _too_much(f"more than {self._allowance.size >> 20:,} MB")
                begun.append(piece)
                if b"\n" in piece:
                    *lines, rest = b"".join(begun).split(b"\n")
                    begun = [rest]
                    yield from map(json.loads, lines)

    def _failure(self, told: dict, version: Path) -> QuestionError:
        kinds = {
            UNREADABLE: lambda found: unreadable(version, found),
            NOT_ONE_SELECT: not_one_select,
            REFUSED: refused,
            TOO_LARGE: lambda found: self._too_large(),
        }
        return kinds[told["kind"]](told["failure"])

    def _death(self) -> QuestionError:
        status = self._child.wait()
        if status == -signal.SIGXCPU:
            return self._too_long()
        if status in (-signal.SIGABRT, -signal.SIGKILL, -signal.SIGSEGV):
            return self._too_large()
        last = self._complaints().strip().splitlines()[-1:] or ["without a word"]
        return QuestionError("the question", f"its process ended ({status}: {last[0][:200]})", "an answer", "ask again")

    def _complaints(self) -> str:
        return self._child.stderr.read().decode("utf-8", "replace")

    def _too_long(self) -> QuestionLimitError:
        return QuestionLimitError(
            "the question",
            f"no answer after {self._allowance.seconds:g} seconds 超时",
            "an answer in time",
            f"{_SHORTER}, or allow more with --timeout 或以 --timeout 放宽",
        )

    def _too_large(self) -> QuestionLimitError:
        return QuestionLimitError(
            "the question",
            f"it needs more than {self._allowance.memory >> 20:,} MB of memory 内存超限",
            "one that fits into memory",
            f"{_SHORTER}, or allow more with --memory 或以 --memory 放宽",
        )

    def _end(self) -> None:
        if self._child is None:
            return
        self._child.kill()
        with contextlib.suppress(BrokenPipeError):  # of a question that a dead child did not take
            self._child.stdin.close()
        self._child.stdout.close()
        self._child.stderr.close()
        self._child.wait()
        self._child = None


def ask_apart(database: Path, sql: str, limit: int | None = None, allowance: Allowance | None = None) -> Answer:
    """One question in a process of its own, which has ended when this returns. Raises as Asker.ask."""
    with Asker(database, allowance) as asker:
        return asker.ask(sql, limit)


def _too_much(found: str) -> QuestionLimitError:
    return QuestionLimitError(
        "the answer",
        f"it has {found} 结果过大",
        "less",
        f"{_SHORTER}, or take its first rows with --limit 或以 --limit 截取",
    )


def _started() -> subprocess.Popen:
    # Its own session: Ctrl-C at the terminal reaches the asker alone, which ends the child.
    environment = {
        "PYTHONPATH": os.pathsep.join(map(os.path.abspath, filter(None, sys.path))),
        "PYTHONUTF8": "1",
        "HOME": os.devnull,
    }
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    return subprocess.Popen(_CHILD, env=environment, cwd=os.sep, start_new_session=True, **pipes)
