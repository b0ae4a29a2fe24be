"""R4: were the power to go at any moment of a publication, the disk holds the old version or the new one, and both whole."""

from __future__ import annotations

import os
import random
import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import duckdb
import pytest

from tests.conftest import ROOT, trials
from tests.survival.account import SEED
from tests.survival.mini import publish_mini, version_key
from tests.survival.places import seen
from tests.survival.power import Disk, Replay, traced, write_out
from warehouse.publish import verify

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")

OLD, NEW = 1, 2
Operations = list[tuple[str, str, int]]


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The old version is published, all of it on the disk."""
    root = tmp_path_factory.mktemp("power") / "workspace"
    publish_mini(root / "warehouse", OLD)
    return root


@pytest.fixture(scope="module")
def recorded(before: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Operations]:
    """Build and publish the new version and collect the old one, as strace saw it."""
    folder = tmp_path_factory.mktemp("recorded")
    root = shutil.copytree(before, folder / "workspace", symlinks=True)
    command = [sys.executable, "-m", "tests.survival.mini", str(root / "warehouse"), str(NEW), "1"]
    # From the root of the project, wherever the tests were started.
    operations = traced(["env", "-C", str(ROOT), *command], root, os.environ | {"PYTHONPATH": str(ROOT)}, folder)
    return root, operations


def _collected(
    before: Path, recorded: tuple[Path, Operations], is_flushing: bool
) -> list[tuple[str, Callable[[Path], None]]]:
    """Every distinct disk that a power loss may leave: what was done last, and how to write it out."""
    root, operations = recorded
    disk = _standing_at(root, before)
    replay, known, found = Replay(disk, is_flushing), set(), []
    for number, (call, arguments, result) in enumerate(operations):
        if not replay.carry_out(call, arguments, result):
            continue
        for names, fate in disk.states():
            contents, fingerprint = disk.frozen(names, fate)
            if fingerprint not in known:
                known.add(fingerprint)
                folders = frozenset(disk.folders)
                told = f"after operation {number}, {call}, data {fate}"
                found.append((told, partial(write_out, root, folders, contents)))
    return found


def _standing_at(root: Path, before: Path) -> Disk:
    """The disk before, as if it stood where the recorded run worked."""
    disk = Disk.of(before)

    def moved(path: str) -> str:
        return str(root / os.path.relpath(path, before))

    disk.root = root
    disk.names = {moved(path): what for path, what in disk.names.items()}
    disk.kept_names = dict(disk.names)
    disk.folders = {moved(path) for path in disk.folders}
    return disk


def _broken(root: Path, is_ended: bool) -> str:
    """What readers would see after the power came back."""
    try:
        found = seen(root)
    except (duckdb.Error, OSError) as error:
        return f"current.duckdb cannot be read: {str(error)[:200]}"
    allowed = [version_key(NEW)] if is_ended else [version_key(OLD), version_key(NEW)]
    if found is None or found[0] not in allowed or found[1] != EXPECTED[found[0]]:
        return f"readers see {found}"
    return ""


EXPECTED: dict[str, str] = {}


@pytest.fixture(scope="module", autouse=True)
def _expected(before: Path, recorded: tuple) -> None:
    for root in (before, recorded[0]):
        key, content_hash = seen(root)
        EXPECTED[key] = content_hash
    assert set(EXPECTED) == {version_key(OLD), version_key(NEW)}


def test_power_loss_at_any_moment(before: Path, recorded: tuple, account, tmp_path: Path) -> None:
    r4, chance = account("R4"), random.Random(SEED)
    states = _collected(before, recorded, True)
    print(f"{len(states)} states of the disk")
    for told, written in chance.sample(states, min(len(states), trials(150, 5000))):
        root = tmp_path / "state"
        written(root)
        broken = [_broken(root, False)]
        shutil.rmtree(root / "building", ignore_errors=True)  # as every refresh does
        publish_mini(root / "warehouse", NEW)
        broken.append(_broken(root, True))
        broken += [f"after publishing again verify finds {finding}" for finding in verify(root / "warehouse")]
        r4.trial(*(each and f"{told}: {each}" for each in broken))


def test_without_flushing_the_promise_would_be_broken(before: Path, recorded: tuple, tmp_path: Path) -> None:
    """The model can fail: were fsync to do nothing, readers would find half a version."""
    states = _collected(before, recorded, False)
    random.Random(SEED).shuffle(states)
    assert any(_broken_when(written, tmp_path / "state") for _, written in states)


def _broken_when(written: Callable[[Path], None], root: Path) -> str:
    written(root)
    return _broken(root, False)
