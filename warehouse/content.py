"""What a warehouse holds, as one hash: the same for the same rows, whatever their order, threads or time zone.

Every row becomes JSON and the JSON an MD5; a table is its number of rows and the sums over the two halves of those;
the content hash is the SHA-256 over all tables by name. The text store counts as core.publication_text.
Left out: meta.run (when it ran), and of meta.build the key and the hash itself (names of the content, not content).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import duckdb

from schemas.tables import TEXT_TABLES
from warehouse import ddl
from warehouse.own_tables import BUILD, OWN_TABLES, RUN

# DuckDB must behave alike with and without a network: nothing is ever fetched or loaded by itself.
OFFLINE = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
NAMES_OF_CONTENT = ("version_key", "content_hash")


@dataclass(frozen=True)
class Content:
    """`rows`: schema.name of every table -> its rows."""

    content_hash: str
    rows: dict[str, int]


def text_store(database: Path) -> Path:
    """The Parquet file of abstracts and claims beside a warehouse file."""
    return database.with_suffix(".text.parquet")


def relations(text: Path) -> dict[str, str]:
    """schema.name of every table, own tables and text store included -> what to put after FROM."""
    stored = (*ddl.LOADED_TABLES, *OWN_TABLES)
    in_file = {table.full_name: ddl.qualified(table.schema, table.name) for table in stored}
    return in_file | {name: ddl.parquet_relation(text) for name in TEXT_TABLES}


def content(connection: duckdb.DuckDBPyConnection, text: Path) -> Content:
    """Read every value of every table. Raises duckdb.Error where the file cannot be read."""
    digests = {name: _digest(connection, name, relation) for name, relation in sorted(relations(text).items())}
    lines = ("|".join((name, *map(str, sums))) for name, sums in digests.items() if name != RUN.full_name)
    return Content(
        hashlib.sha256("\n".join(lines).encode()).hexdigest(),
        {name: sums[0] for name, sums in digests.items()},
    )


def content_of_file(database: Path) -> Content:
    """The content of a closed warehouse file, read without changing it."""
    with duckdb.connect(str(database), read_only=True, config=OFFLINE) as connection:
        return content(connection, text_store(database))


def _digest(connection: duckdb.DuckDBPyConnection, name: str, relation: str) -> tuple[int, int, int]:
    without = NAMES_OF_CONTENT if name == BUILD.full_name else ()
    return connection.execute(ddl.digest(relation, without)).fetchone()
