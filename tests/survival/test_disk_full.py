"""R5: with too little disk at any stage, the refresh fails, the old version stays, and the next refresh completes."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import trials
from tests.survival.places import EXISTING, files_of


def _steps(least: int, most: int, number: int) -> list[int]:
    """Sizes from `least` to `most`, each the same factor above the one before: small files and large ones are met."""
    return [round(least * (most / least) ** (step / (number - 1))) for step in range(number)]


def _largest_file(root: Path) -> int:
    return max((root / path).stat().st_size for path in files_of(root) if (root / path).is_file())


def test_no_file_may_grow_beyond_a_size(account, places, refreshing, tmp_path: Path) -> None:
    """RLIMIT_FSIZE: whatever writes a larger file, be it Python, polars or DuckDB, gets an error."""
    r5 = account("R5")
    done = places.copy(EXISTING, tmp_path / "undisturbed")
    assert refreshing.run(done).is_done
    for room in _steps(200, _largest_file(done) - 1, trials(10, 60)):
        root = places.copy(EXISTING, tmp_path / str(room))
        starved = refreshing.run(root, room=room)
        broken = [places.broken_now(EXISTING, root)]
        if starved.status != 1:
            broken.append(f"the refresh ends with {starved.status}")
        if "Traceback" in starved.told or not starved.told.strip():
            broken.append(f"it tells no reason but {starved.told[-300:]!r}")
        rerun = refreshing.run(root)
        if not rerun.is_done:
            broken.append(f"the next refresh ends with {rerun.status}: {rerun.told[-600:]}")
        broken += places.broken_after(EXISTING, root)
        r5.trial(*(each and f"files of at most {room:,} bytes: {each}" for each in broken))
        shutil.rmtree(root)


def _mounted(folder: Path, size: int) -> bool:
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "survival", str(folder)]
    return subprocess.run(command, capture_output=True).returncode == 0


def _unmount(folder: Path) -> None:
    assert ctypes.CDLL(None, use_errno=True).umount2(os.fsencode(folder), 2) == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_disk_that_is_too_small(account, places, refreshing, tmp_path: Path) -> None:
    """A tmpfs that holds the old version and a little more: ENOSPC wherever it runs out, then room is made."""
    r5 = account("R5")
    before = places.copy(EXISTING, tmp_path / "before")
    needed = sum((before / path).lstat().st_size for path in files_of(before) if (before / path).is_file())
    largest = _largest_file(before)
    for number, spare in enumerate(_steps(150_000, largest, trials(4, 20))):
        disk = tmp_path / f"disk{number}"
        if not _mounted(disk, needed + spare):
            pytest.skip("mounting is not permitted here")
        try:
            try:
                root = places.copy(EXISTING, disk / "workspace")
            except OSError:
                continue  # so small that the old version itself has no room
            starved = refreshing.run(root)
            broken = [places.broken_now(EXISTING, root)]
            if starved.status != 1 or "Traceback" in starved.told:
                broken.append(f"the refresh ends with {starved.status}: {starved.told[-300:]!r}")
            subprocess.run(["mount", "-o", f"remount,size={needed + 20 * largest}", str(disk)], check=True)
            rerun = refreshing.run(root)
            if not rerun.is_done:
                broken.append(f"with room, the refresh ends with {rerun.status}: {rerun.told[-600:]}")
            broken += places.broken_after(EXISTING, root)
            r5.trial(*(each and f"{spare:,} bytes of room: {each}" for each in broken))
        finally:
            _unmount(disk)
