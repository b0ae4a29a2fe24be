"""Servers and clients of other makers, on this machine's own loopback. `make test-bi` installs them and runs these tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bi.servers import Postgres, Superset, postgres_server, superset_server

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    skip = pytest.mark.skip(reason="needs Superset, PostgreSQL and Node: make test-bi runs it")
    for item in items:
        if HERE in item.path.parents and os.environ.get("PATNAV_BI") != "1":
            item.add_marker(skip)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def superset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Superset]:
    with superset_server(tmp_path_factory.mktemp("superset")) as server:
        yield server
