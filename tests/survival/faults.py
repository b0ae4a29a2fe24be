"""Count the operations of a process that touch the disk or the warehouse, and let one of them fail.

Wrapped are the operating system's functions as Python calls them, polars' writing of Parquet and DuckDB's opening of files.
"""

from __future__ import annotations

import builtins
import errno
import io
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import duckdb
import polars as pl

SYSTEM = (
    "replace",
    "rename",
    "unlink",
    "remove",
    "mkdir",
    "rmdir",
    "chmod",
    "symlink",
    "link",
    "fsync",
    "utime",
    "open",
)
WRITING = frozenset("wax+")


@contextmanager
def counted(fail_at: list | None, report: str | None) -> Iterator[None]:
    """Count while this lasts; `fail_at`: [operation, which time] raises an input/output error instead of doing it.

    `report`: a file for the operations in their order, as JSON.
    """
    passed: Counter[str] = Counter()
    order: list[str] = []

    def pass_by(operation: str) -> None:
        passed[operation] += 1
        order.append(operation)
        if fail_at and [operation, passed[operation]] == list(fail_at):
            raise OSError(errno.EIO, f"{os.strerror(errno.EIO)} (injected: {operation} number {passed[operation]})")

    with _wrapped(pass_by):
        yield
    if report:
        Path(report).write_text(json.dumps(order))


@contextmanager
def _wrapped(pass_by: Callable[[str], None]) -> Iterator[None]:
    patches = [mock.patch.object(os, name, _system(name, getattr(os, name), pass_by)) for name in SYSTEM]
    opened = _opened(io.open, pass_by)
    patches += [mock.patch.object(io, "open", opened), mock.patch.object(builtins, "open", opened)]
    patches += [
        mock.patch.object(pl.DataFrame, "write_parquet", _before("write_parquet", pl.DataFrame.write_parquet, pass_by)),
        mock.patch.object(duckdb, "connect", _before("duckdb_connect", duckdb.connect, pass_by)),
    ]
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        for patch in reversed(patches):
            patch.stop()


def _before(operation: str, done: Callable, pass_by: Callable[[str], None]) -> Callable:
    def wrapped(*arguments, **named):
        pass_by(operation)
        return done(*arguments, **named)

    return wrapped


def _system(name: str, done: Callable, pass_by: Callable[[str], None]) -> Callable:
    return _before("rename" if name == "replace" else "unlink" if name == "remove" else name, done, pass_by)


def _opened(done: Callable, pass_by: Callable[[str], None]) -> Callable:
    def wrapped(file, mode="r", *arguments, **named):
        if WRITING & set(mode):
            pass_by("write")
        return done(file, mode, *arguments, **named)

    return wrapped
