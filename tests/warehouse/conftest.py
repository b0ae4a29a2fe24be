from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.world import FACTS, Rows, world, write_door
from warehouse.build import BuildReport, build


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> BuildReport:
    """The world as a warehouse, built once; nobody writes to it."""
    folder = tmp_path_factory.mktemp("built")
    return build(write_door(folder / "door", world()), folder / "warehouse.duckdb", FACTS)


@pytest.fixture
def ask_built(built: BuildReport) -> Callable[[str], list[tuple]]:
    def rows(sql: str) -> list[tuple]:
        with duckdb.connect(str(built.target), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    return rows


@pytest.fixture
def build_rows(tmp_path: Path) -> Callable[..., BuildReport]:
    """Build a warehouse from changed rows of the world: build_rows(rows, name='b', version_key='v2')."""

    def build_changed(rows: Rows, name: str = "changed", folder: Path = tmp_path, **facts: object) -> BuildReport:
        return build(write_door(tmp_path / f"{name}-door", rows), folder / f"{name}.duckdb", replace(FACTS, **facts))

    return build_changed
