"""A reader of the published warehouse, again and again until a file says stop; what it saw is written as JSON at the end.

Arguments: warehouse folder, stop file, file for what was seen, way of reading. `reopen` connects anew for each reading, once
through the link as a BI tool does, once by the resolved path as our own commands do; `hold` reads one connection many times.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from tests.survival.mini import rows_of, version_key
from warehouse.content import OFFLINE, content, text_store

HELD_SECONDS = 0.5
# Reading without a pause takes the time that publishing needs, and finds no more.
PAUSE = 0.05


def read(connection: duckdb.DuckDBPyConnection, builds: Path) -> int:
    """The version's number, when all that it holds fits together."""
    key, content_hash, number = connection.execute(
        "SELECT version_key, content_hash, number FROM meta.build"
    ).fetchone()
    held = content(connection, text_store(builds / f"{key}.duckdb"))
    if (key, held.rows["core.policy"]) != (version_key(number), rows_of(number)):
        raise ValueError(f"version {key} of number {number} has {held.rows['core.policy']} policies")
    if held.content_hash != content_hash:
        raise ValueError(f"version {key} reads as {held.content_hash}, not {content_hash}")
    return number


@contextmanager
def connected(current: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(current), read_only=True, config=OFFLINE) as connection:
        yield connection


def reopened(current: Path, builds: Path) -> Iterator[int]:
    while True:
        for found in (lambda: current, current.resolve):
            with connected(found()) as connection:
                yield read(connection, builds)


def held(current: Path, builds: Path) -> Iterator[int]:
    while True:
        with connected(current) as connection:
            first, until = read(connection, builds), time.monotonic() + HELD_SECONDS
            while time.monotonic() < until:
                number = read(connection, builds)
                if number != first:
                    raise ValueError(f"version {first} became {number} under an open connection")
                yield number


def main(warehouse: Path, stop: Path, seen: Path, way: str) -> None:
    reads, last, backward, errors, versions = 0, 0, 0, [], set()
    ways = {"reopen": reopened, "hold": held}
    while not stop.exists():
        try:
            for number in ways[way](warehouse / "current.duckdb", warehouse / "builds"):
                backward += number < last
                reads, last = reads + 1, number
                versions.add(number)
                time.sleep(PAUSE)
                if stop.exists():
                    break
        except (duckdb.Error, OSError, ValueError) as error:
            errors.append(f"{type(error).__name__}: {str(error)[:300]}")
    facts = {"reads": reads, "last": last, "backward": backward, "errors": errors, "versions": len(versions)}
    seen.write_text(json.dumps(facts))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
