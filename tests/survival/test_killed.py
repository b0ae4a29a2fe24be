"""R2, R20: killed at every named moment and at random ones, a refresh leaves the old version or the new one, and the next completes."""

from __future__ import annotations

import ast
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT, trials
from tests.survival.account import SEED
from tests.survival.places import FRESH, KINDS

CALLED = ("reached", "checkpoint")
# What happens once per file is killed at the first and at the second file.
TIMES = 2


def _named_in_code() -> Iterator[str]:
    for floor in ("flows", "warehouse"):
        for path in sorted((ROOT / floor).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLED:
                    yield from (each.value for each in node.args[:1] if isinstance(each, ast.Constant))


MOMENTS = sorted(set(_named_in_code()))


def test_every_moment_named_in_the_code_is_reached(places) -> None:
    assert len(MOMENTS) > 20
    reached = {moment for kind in KINDS for moment in places.made[kind].trace}
    assert reached == set(MOMENTS)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("kind", KINDS)
def test_killed_at_a_moment(places, refreshing, account, tmp_path: Path, kind: str, moment: str) -> None:
    times = min(TIMES, places.made[kind].trace.count(moment))
    if not times:
        pytest.skip(f"a refresh of a {kind} workspace does not come by {moment}")
    r2 = account("R2")
    for time_of_it in range(1, times + 1):
        root = places.copy(kind, tmp_path / str(time_of_it))
        killed = refreshing.run(root, kill_at=[moment, time_of_it])
        broken = [places.broken_now(kind, root)]
        if killed.status != -9:
            broken.append(f"{kind}, {moment}: not killed but {killed}")
        rerun = refreshing.run(root)
        if not rerun.is_done:
            broken.append(f"{kind}, {moment}: the next refresh ends with {rerun.status}: {rerun.told[-600:]}")
        broken += places.broken_after(kind, root)
        r2.trial(*(told and f"killed at {moment}, time {time_of_it}: {told}" for told in broken))
        assert not rerun.imported_prefect


@pytest.mark.parametrize("part", range(2))
def test_killed_at_any_time(places, refreshing, account, tmp_path: Path, part: int) -> None:
    seed = SEED + part
    r2, chance = account("R2", seed), random.Random(seed)
    began = time.time()
    refreshing.run(places.copy(FRESH, tmp_path / "undisturbed"))
    seconds = time.time() - began
    for number in range(trials(10, 100)):
        kind = chance.choice(KINDS)
        root = places.copy(kind, tmp_path / str(number))
        told = []
        for _ in range(chance.choice((1, 1, 2))):
            pid = refreshing.start(root)
            time.sleep(chance.uniform(0, seconds))
            refreshing.kill(pid)
            refreshing.wait(pid)
            told.append(places.broken_now(kind, root))
        rerun = refreshing.run(root)
        if not rerun.is_done:
            told.append(f"the next refresh ends with {rerun.status}: {rerun.told[-600:]}")
        told += places.broken_after(kind, root)
        r2.trial(*(each and f"trial {number}: {each}" for each in told))
