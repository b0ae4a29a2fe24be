"""Warehouses of three small tables that pass the publication gate: what publishing does to the disk, at a hundredth of the cost.

Version number n is called v00000n, and its table core.policy has n rows modulo 50, plus one.
"""

from __future__ import annotations

import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from schemas.tables import TEXT_TABLES
from warehouse.build import STORAGE_VERSION, BuildFacts
from warehouse.content import OFFLINE, content, text_store
from warehouse.publish import Published, publish

MOST_ROWS = 50


def version_key(number: int) -> str:
    return f"v{number:06}"


def rows_of(number: int) -> int:
    return number % MOST_ROWS + 1


def facts_of(number: int) -> BuildFacts:
    return BuildFacts(version_key(number), "0.1.0", "t1", True, None, "run", datetime(2024, 1, 1, tzinfo=UTC))


def mini_build(folder: Path, number: int) -> Path:
    """A closed build of version `number`, ready to publish."""
    folder.mkdir(parents=True, exist_ok=True)
    built = folder / f".{version_key(number)}.tmp.duckdb"
    with duckdb.connect(str(built), config=OFFLINE | {"storage_compatibility_version": STORAGE_VERSION}) as connection:
        _write_text(connection, text_store(built))
        connection.execute("CREATE SCHEMA core; CREATE SCHEMA meta")
        connection.execute("CREATE TABLE core.policy AS SELECT range AS policy_id FROM range(?)", [rows_of(number)])
        connection.execute("CREATE TABLE meta.build (version_key VARCHAR, content_hash VARCHAR, number INTEGER)")
        connection.execute("INSERT INTO meta.build VALUES (?, NULL, ?)", [version_key(number), number])
        held = content(connection, text_store(built))
        connection.execute("UPDATE meta.build SET content_hash = ?", [held.content_hash])
        connection.execute("CHECKPOINT")
    return built


def publish_mini(warehouse: Path, number: int, **options) -> Published:
    return publish(mini_build(warehouse.parent / "building", number), warehouse, facts_of(number), **options)


def _write_text(connection: duckdb.DuckDBPyConnection, text: Path) -> None:
    kept = text.parent / "text.parquet"
    if not kept.exists():
        assert len(TEXT_TABLES) == 1
        connection.execute(
            "CREATE TEMP TABLE text AS SELECT range AS id, 'abstract ' || range AS abstract FROM range(99)"
        )
        connection.execute(f"COPY text TO '{kept}' (FORMAT parquet)")
        connection.execute("DROP TABLE text")
    shutil.copyfile(kept, text)


if __name__ == "__main__":
    publish_mini(Path(sys.argv[1]), int(sys.argv[2]), keep=int(sys.argv[3]))
