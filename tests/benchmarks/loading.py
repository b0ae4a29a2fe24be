"""Loading a million narrow rows into a declared table: through the door's Parquet file as a build does, beside DuckDB's other ways.

python -m tests.benchmarks.loading [--rows 1000000]
"""

from __future__ import annotations

import argparse
import ast
import json
import tempfile
from pathlib import Path

import duckdb
import polars as pl

from schemas.tables import TABLES
from tests.benchmarks.measuring import medians
from warehouse import ddl
from warehouse.build import create_structure

TABLE = TABLES["core.application_applicant"]
FLOORS = ("schemas", "transforms", "warehouse", "flows")
ROW_BY_ROW = 2_000  # rows of which the cost of executemany is extrapolated


def narrow_rows(rows: int) -> pl.DataFrame:
    at = pl.int_range(rows, dtype=pl.Int64)
    return pl.select(
        pl.format("A{}", at).alias("application_id"),
        pl.lit(1, pl.Int32).alias("position"),
        pl.format("O{}", at % 60_000).alias("applicant_id"),
        pl.lit(None, pl.String).alias("group_id"),
        pl.format("示例公司 {}", at % 60_000).alias("name_as_filed"),
        pl.lit(1.0).alias("fraction"),
    ).select(TABLE.columns)


def measure(folder: Path, rows: int, runs: int) -> dict:
    """Seconds of each way, and how often the floors call executemany."""
    frame, path = narrow_rows(rows), folder / "narrow.parquet"
    frame.write_parquet(path, compression_level=1)
    few = frame.head(ROW_BY_ROW).rows()
    ways = {
        "Parquet, as a build does": lambda: _into(
            folder, lambda c: c.execute(ddl.load_from_parquet(TABLE), [str(path)])
        ),
        "the same, in memory": lambda: _in_memory(lambda c: c.execute(ddl.load_from_parquet(TABLE), [str(path)])),
        "Arrow": lambda: _into(folder, lambda c: _from_arrow(c, frame)),
        f"executemany, {ROW_BY_ROW} rows": lambda: _into(folder, lambda c: _row_by_row(c, few)),
        "an empty file": lambda: _into(folder, lambda c: None),
        "empty, in memory": lambda: _in_memory(lambda c: None),
    }
    return {
        "rows": rows,
        "table": TABLE.full_name,
        "runs": runs,
        "seconds": medians(ways, runs),
        "executemany": calls(),
    }


def _into(folder: Path, fill) -> None:
    target = folder / "narrow.duckdb"
    with duckdb.connect(str(target)) as connection:
        create_structure(connection)
        fill(connection)
    target.unlink()


def _in_memory(fill) -> None:
    with duckdb.connect() as connection:
        create_structure(connection)
        fill(connection)


def _from_arrow(connection: duckdb.DuckDBPyConnection, frame: pl.DataFrame) -> None:
    connection.register("given", frame.to_arrow())
    connection.execute(f"INSERT INTO {TABLE.full_name} BY NAME SELECT * FROM given")


def _row_by_row(connection: duckdb.DuckDBPyConnection, rows: list[tuple]) -> None:
    connection.begin()
    connection.executemany(f"INSERT INTO {TABLE.full_name} VALUES (?, ?, ?, ?, ?, ?)", rows)
    connection.commit()


def calls(name: str = "executemany", floors: tuple[str, ...] = FLOORS) -> list[str]:
    """Where the floors call a method of this name."""
    root = Path(__file__).parents[2]
    return [
        f"{path.relative_to(root).as_posix()}:{node.lineno}"
        for floor in floors
        for path in sorted((root / floor).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == name
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(Path(folder), asked.rows, 3), indent=2))


if __name__ == "__main__":
    main()
