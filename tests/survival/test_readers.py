"""R1, R17: readers see one whole version after the other, never half of one, never an older one, never an error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import duckdb

from tests.conftest import ROOT, trials
from tests.survival.mini import publish_mini, rows_of, version_key
from tests.survival.reading import read
from warehouse.content import text_store
from warehouse.publish import current_key, rollback, verify, versions

WAYS = ("reopen", "reopen", "hold", "hold")
# As many versions as a reader may sleep through between finding the link and opening the file; in use it is a day's.
KEPT = 100


def _start(warehouse: Path, folder: Path) -> list[tuple[subprocess.Popen, Path]]:
    started = []
    for number, way in enumerate(WAYS):
        seen = folder / f"seen{number}.json"
        arguments = [str(warehouse), str(folder / "stop"), str(seen), way]
        reader = subprocess.Popen(
            [sys.executable, "-m", "tests.survival.reading", *arguments],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        started.append((reader, seen))
    return started


def test_readers_under_publications(account, tmp_path: Path) -> None:
    r1, warehouse = account("R1"), tmp_path / "warehouse"
    publish_mini(warehouse, 1)
    readers = _start(warehouse, tmp_path)
    time.sleep(2)
    last = trials(300, 1000)
    for number in range(2, last + 2):
        publish_mini(warehouse, number, keep=KEPT)
        r1.trial()
    time.sleep(1)
    (tmp_path / "stop").touch()
    for (reader, seen), way in zip(readers, WAYS, strict=True):
        reader.wait(timeout=120)
        facts = json.loads(seen.read_text())
        print(way, facts)
        r1.violations += [f"{way}: {error}" for error in facts["errors"]]
        if facts["backward"]:
            r1.violations.append(f"{way}: went back to an older version {facts['backward']} times")
        if facts["last"] != last + 1:
            r1.violations.append(f"{way}: the last version seen was {facts['last']}, published was {last + 1}")
        # A reader that slept through it all has not tried anything.
        assert facts["reads"] > 20 and facts["versions"] > 5, facts
    assert current_key(warehouse) == version_key(last + 1)


def test_a_reader_that_holds_on_is_served(account, tmp_path: Path) -> None:
    """Through five publications, a rollback and the collection of its own version; texts while their version is kept."""
    r17, warehouse = account("R17"), tmp_path / "warehouse"
    for first in range(1, trials(5, 25) * 10, 10):
        publish_mini(warehouse, first)
        with duckdb.connect(str((warehouse / "current.duckdb").resolve()), read_only=True) as reader:
            broken = []
            for number in range(first + 1, first + 6):
                publish_mini(warehouse, number, keep=10)
                if read(reader, warehouse / "builds") != first:
                    broken.append(f"version {first} changed under its reader")
            rollback(warehouse, version_key(first + 1))
            if read(reader, warehouse / "builds") != first:
                broken.append(f"version {first} changed under its reader when another was rolled back to")
            publish_mini(warehouse, first + 6, keep=1)
            if version_key(first) in {version.version_key for version in versions(warehouse)}:
                broken.append(f"version {first} was not collected, so nothing was tried")
            if reader.execute("SELECT count(*) FROM core.policy").fetchone() != (rows_of(first),):
                broken.append(f"version {first} lost rows when it was collected")
            if text_store(warehouse / "builds" / f"{version_key(first)}.duckdb").exists():
                broken.append(f"the text store of version {first} was not collected")
        r17.trial(*broken)
    assert verify(warehouse) == []
