"""R6: at most one refresh of a workspace; who comes second leaves at once with 75; a killed one frees the lock as it dies."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from flows.lock import only_refresh
from tests.conftest import ROOT, trials
from tests.survival.places import FRESH

BUSY = 75
AT_ONCE = 1.0


def test_three_at_the_same_time(account, places, refreshing, tmp_path: Path) -> None:
    r6, waited = account("R6"), []
    for number in range(trials(10, 100)):
        root = places.copy(FRESH, tmp_path / str(number))
        ended = [refreshing.wait(pid) for pid in [refreshing.start(root) for _ in range(3)]]
        winners = [each for each in ended if each.is_done]
        losers = [each for each in ended if each.status == BUSY]
        broken = []
        if len(winners) + len(losers) != 3 or not winners:
            broken.append(f"they end with {[each.status for each in ended]}: {[each.told[-200:] for each in ended]}")
        waited += [each.ended - each.began for each in losers]
        longest = max(each.ended - each.began for each in winners)
        # On a machine that others use too, its own seconds say whether it left at once, and that it did not wait for the winner.
        slow = [each for each in losers if each.busy > AT_ONCE or each.ended - each.began > max(AT_ONCE, longest / 2)]
        broken += [f"a loser took {each.ended - each.began:.2f} s, {each.busy:.2f} s of them busy" for each in slow]
        # Two may win one after the other, never at once.
        spans = sorted((each.began, each.ended) for each in winners)
        if any(later[0] < earlier[1] and not losers for earlier, later in zip(spans, spans[1:], strict=False)):
            broken.append(f"two at once: {spans}")
        broken += places.broken_after(FRESH, root)
        r6.trial(*(f"trial {number}: {each}" for each in broken))
    print(f"losers left after at most {max(waited, default=0):.2f} s")


def _is_held(lock: Path) -> bool:
    """By the kernel's list of locks: whoever tries the lock has it for a moment, and a refresh that asks just then leaves as busy."""
    if not lock.exists():
        return False
    inode = f":{lock.stat().st_ino}"
    held = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    return any(fields[1] == "FLOCK" and fields[5].endswith(inode) for fields in held)


def test_a_killed_refresh_frees_the_lock(account, places, refreshing, tmp_path: Path) -> None:
    r6 = account("R6")
    root = places.copy(FRESH, tmp_path / "workspace")
    for number in range(trials(20, 100)):
        pid = refreshing.start(root)
        deadline = time.monotonic() + 60
        while not _is_held(root / "refresh.lock"):
            assert time.monotonic() < deadline, "the refresh never took the lock"
            time.sleep(0.002)
        time.sleep(0.01 * number)
        refreshing.kill(pid)
        refreshing.wait(pid)
        r6.trial(f"kill {number}: the lock is still held" if _is_held(root / "refresh.lock") else "")
    rerun = refreshing.run(root)
    r6.trial("" if rerun.is_done else rerun.told, *places.broken_after(FRESH, root))


def test_with_prefect_too_the_second_leaves_before_anything_is_started(account, places, tmp_path: Path) -> None:
    """The command as users call it: busy is told without waiting for Prefect's server."""
    r6 = account("R6")
    root = places.copy(FRESH, tmp_path / "workspace")
    with only_refresh(root / "refresh.lock"):
        command = [sys.executable, "-m", "flows.cli", "refresh", "--workspace", str(root)]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        left = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    r6.trial(
        "" if left.returncode == BUSY else f"it ends with {left.returncode}: {left.stderr[-300:]}",
        "" if "another refresh" in left.stderr else f"it says {left.stderr[-300:]}",
        "" if not (root / "data" / "prefect").exists() else "Prefect was started",
    )
