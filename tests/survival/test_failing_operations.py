"""R21: an input or output error at the n-th operation of a refresh: it fails with a reason or goes on, and R2 holds."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

from tests.conftest import trials
from tests.survival.account import SEED
from tests.survival.places import EXISTING


def _chosen(operations: list[str], number: int, chance: random.Random) -> list[tuple[str, int]]:
    """(operation, which time): the first of each kind, then by chance over all."""
    passed: Counter[str] = Counter()
    numbered = []
    for operation in operations:
        passed[operation] += 1
        numbered.append((operation, passed[operation]))
    first = [each for each in numbered if each[1] == 1]
    others = [each for each in numbered if each[1] > 1]
    return [*first, *chance.sample(others, max(0, min(len(others), number - len(first))))]


def test_an_operation_fails(account, places, refreshing, tmp_path: Path) -> None:
    r21, chance = account("R21"), random.Random(SEED)
    report = tmp_path / "operations.json"
    assert refreshing.run(places.copy(EXISTING, tmp_path / "undisturbed"), operations=str(report)).is_done
    operations = json.loads(report.read_text())
    print(f"{len(operations)} operations: {dict(Counter(operations))}")
    assert {"rename", "fsync", "write", "write_parquet", "duckdb_connect", "unlink"} <= set(operations)
    for operation, time_of_it in _chosen(operations, trials(20, len(operations)), chance):
        root = places.copy(EXISTING, tmp_path / f"{operation}-{time_of_it}")
        failed = refreshing.run(root, fail_at=[operation, time_of_it])
        broken = [places.broken_now(EXISTING, root)]
        if failed.status not in (0, 1, 3):
            broken.append(f"the refresh ends with {failed.status}")
        if failed.status == 1 and ("Traceback" in failed.told or "injected" not in failed.told):
            broken.append(f"it tells no reason but {failed.told[-600:]!r}")
        rerun = refreshing.run(root)
        if not rerun.is_done:
            broken.append(f"the next refresh ends with {rerun.status}: {rerun.told[-600:]}")
        broken += places.broken_after(EXISTING, root)
        r21.trial(*(each and f"{operation} number {time_of_it} fails: {each}" for each in broken))
