"""What a warehouse holds, as one hash: the same for the same rows, whatever their order, threads or time zone.

Every row becomes JSON and the JSON an MD5; a table is its columns, its number of rows and the sums over the two halves of
those; the content hash is the SHA-256 over all tables by name. The text store counts as core.publication_text.
Left out: meta.run and meta.source_freshness (when things happened), of meta.build the key and the hash itself (names of the
content, not content), and the metrics, which follow from the tables by the queries of meta.metric: the last digit of a sum
of shares depends on threads.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from schemas.tables import TEXT_TABLES, Table
from warehouse import cabinet, ddl
from warehouse.own_tables import BUILD, TABLES_OF_TIMES

# DuckDB must behave alike with and without a network: nothing is ever fetched or loaded by itself.
OFFLINE = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
# What DuckDB may hold in memory, whatever the number of filings: a gigabyte a core, which its threads need, and two and a half
# at least. Sorts, joins and tables beyond it go through the disk.
BOUNDED = OFFLINE | {"memory_limit": f"{max(2_500, 1_000 * (os.cpu_count() or 1))}MB"}
NAMES_OF_CONTENT = ("version_key", "content_hash")


@dataclass(frozen=True)
class Content:
    """`rows`: schema.name of every table -> its rows."""

    content_hash: str
    rows: dict[str, int]


def text_store(database: Path) -> Path:
    """The Parquet file of abstracts and claims beside a warehouse file."""
    return database.with_suffix(".text.parquet")


def relation(table: Table, text: Path) -> str:
    """What to put after FROM for a declared table."""
    return ddl.parquet_relation(text) if table.full_name in TEXT_TABLES else ddl.qualified(table.schema, table.name)


def stored_relations(connection: duckdb.DuckDBPyConnection, text: Path) -> dict[str, str]:
    """schema.name of every table that a file has, its text store included -> what to put after FROM.

    From the file's own catalogue: a version of another patnav may have other tables than the declared ones.
    """
    stored = connection.execute(cabinet.statement("tables")).fetchall()
    in_file = {f"{schema}.{name}": ddl.qualified(schema, name) for schema, name in stored}
    return in_file | {name: ddl.parquet_relation(text) for name in TEXT_TABLES}


def content(connection: duckdb.DuckDBPyConnection, text: Path) -> Content:
    """Read every value of every table of core and meta. Raises duckdb.Error where the file cannot be read."""
    tables = sorted(stored_relations(connection, text).items())
    digests = {name: _digest(connection, name, table) for name, table in tables}
    times = {table.full_name for table in TABLES_OF_TIMES}
    lines = (
        "|".join((name, *columns, *map(str, sums))) for name, (columns, sums) in digests.items() if name not in times
    )
    return Content(
        hashlib.sha256("\n".join(lines).encode()).hexdigest(),
        {name: sums[0] for name, (_, sums) in digests.items()},
    )


def content_of_file(database: Path) -> Content:
    """The content of a closed warehouse file, or of the version that a symlink points to, read to the last value, metrics too."""
    with opened(database) as connection:
        return read_whole(connection, text_store(database.resolve()))


def read_whole(connection: duckdb.DuckDBPyConnection, text: Path) -> Content:
    """The content of an opened warehouse, every value of every metric read besides."""
    for (metric,) in connection.execute(cabinet.statement("metric_tables")).fetchall():
        connection.execute(ddl.reading(ddl.qualified(ddl.METRICS_SCHEMA, metric))).fetchone()
    return content(connection, text)


@contextmanager
def opened(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A closed warehouse file, read-only, as the current database of an instance of its own.

    Attached and not connected to: connecting fails where the same process holds the file with other settings.
    """
    with empty_instance() as connection:
        connection.execute(ddl.attach_read_only(database.resolve(), "warehouse"))
        connection.execute("USE warehouse")
        yield connection


def empty_instance() -> duckdb.DuckDBPyConnection:
    """An instance without a file, bounded in memory. What it spills lies among the system's temporary files until it is closed."""
    # By itself DuckDB would spill into the folder that the command happens to be called in.
    spilled = Path(os.environ.get("TMPDIR") or "/tmp") / f"patnav-{uuid.uuid4()}"  # noqa: S108 a name nobody can foresee
    return duckdb.connect(":memory:", config=BOUNDED | {"temp_directory": str(spilled)})


def _digest(connection: duckdb.DuckDBPyConnection, name: str, relation: str) -> tuple[list[str], tuple[int, int, int]]:
    without = NAMES_OF_CONTENT if name == BUILD.full_name else ()
    described = connection.execute(ddl.columns_of(relation)).description
    columns = [column for column, *_ in described if column not in without]
    return columns, connection.execute(ddl.digest(relation, columns)).fetchone()
