"""What every test may stand on: the small world, its workspace, and the real exports where they are at hand."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import partial
from pathlib import Path

import hypothesis
import pytest

# Machines are shared: how long one example takes says nothing about the code. Benchmarks measure time, tests do not.
hypothesis.settings.register_profile("patnav", deadline=None)
hypothesis.settings.load_profile("patnav")

TESTS = Path(__file__).parent
IS_NIGHTLY = os.environ.get("PATNAV_NIGHTLY") == "1"
WORLD = TESTS / "world"
POPEN = subprocess.Popen
ROOT = TESTS.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests marked nightly are left out of the suite of every commit."""
    skip = pytest.mark.skip(reason="long: make test-nightly runs it")
    for item in items:
        if not IS_NIGHTLY and item.get_closest_marker("nightly"):
            item.add_marker(skip)


def trials(every_commit: int, nightly: int) -> int:
    """How often a law is tried: few times at every commit, many times at night."""
    return nightly if IS_NIGHTLY else every_commit


def real_data_folder() -> Path:
    return Path(os.environ.get("PATNAV_REAL_DATA", ROOT.parent / "shared" / "data"))


def real_file(relative: str) -> Path:
    """A real export, or a skip that says which file is not here."""
    path = real_data_folder() / relative
    if not path.exists():
        pytest.skip(f"the real export {relative} is not here (PATNAV_REAL_DATA names its folder)")
    return path


@pytest.fixture(scope="session", autouse=True)
def _no_pictures():
    """Reports without PNGs: they cost more than all the rest of a page. The tests of the report bring them back."""
    from warehouse.report import page

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "draws_chinese", lambda: False)
        yield


@pytest.fixture
def world_inbox() -> Path:
    return WORLD / "inbox"


@pytest.fixture
def world_workspace(tmp_path: Path):
    """A workspace whose inbox holds the world. Without marts: they would cost a second at every refresh."""
    from flows.workspace import create

    workspace = create(tmp_path / "workspace")
    settings = workspace.settings_file.read_text(encoding="utf-8")
    workspace.settings_file.write_text(settings.replace("parquet_marts = true", "parquet_marts = false"), "utf-8")
    for file in sorted((WORLD / "inbox").iterdir()):
        shutil.copy(file, workspace.inbox / file.name)
    return workspace


@pytest.fixture
def child_begins(monkeypatch: pytest.MonkeyPatch):
    """A function that states what every child that reads a file is to do first, as a hostile machine would do it to it."""
    from transforms.readers import limited

    def begins(first) -> None:
        monkeypatch.setattr(limited.subprocess, "Popen", partial(POPEN, preexec_fn=first))

    return begins


@pytest.fixture(scope="session")
def sample_database(tmp_path_factory) -> Path:
    """The warehouse of the built-in sample, refreshed once; nobody writes to it."""
    from flows.progress import Progress
    from flows.refresh import refresh
    from flows.sample.workspace import sample_workspace

    workspace, _ = sample_workspace(tmp_path_factory.mktemp("sample") / "workspace", 5000)
    refresh(workspace, Progress(quiet=True))
    return workspace.database
