"""R20: as a Prefect flow too, a killed refresh is completed by the next start; what Prefect remembers of it does not matter."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.conftest import ROOT, trials
from tests.survival.places import EXISTING, FRESH

COMMAND = """
import sys
from tests.survival.small import take_cabinets
take_cabinets()
from flows.cli import main
sys.argv = ["patnav", "refresh", "--quiet", "--workspace", sys.argv[1]]
main()
"""


def _start(root: Path) -> subprocess.Popen:
    """The command as users call it, in a session of its own, so that Prefect's server can be ended with it."""
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, str(root)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _end_session(started: subprocess.Popen) -> None:
    try:
        os.killpg(started.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _wait_for(root: Path, pattern: str, started: subprocess.Popen) -> None:
    deadline = time.monotonic() + 300
    while not list(root.glob(pattern)):
        assert started.poll() is None, started.stderr.read()
        assert time.monotonic() < deadline, f"no {pattern} after five minutes"
        time.sleep(0.01)


# While files are read, and while the warehouse is built.
MOMENTS = ((FRESH, "data/landed/*"), (EXISTING, "data/building/*.duckdb"))


def test_a_killed_flow_is_completed_by_the_next(account, places, tmp_path: Path) -> None:
    r20 = account("R20")
    for kind, moment in MOMENTS * trials(1, 3):
        root = places.copy(kind, tmp_path / f"{kind}{r20.trials}")
        killed = _start(root)
        try:
            _wait_for(root, moment, killed)
            os.kill(killed.pid, signal.SIGKILL)
            killed.wait(timeout=30)
            broken = [places.broken_now(kind, root)]
            # The dead flow's server may still run and its flow be "Running" there for ever: the next start must not care.
            next_start = _start(root)
            try:
                _, told = next_start.communicate(timeout=400)
            finally:
                _end_session(next_start)
            if next_start.returncode not in (0, 3):
                broken.append(f"the next start ends with {next_start.returncode}: {told[-600:]}")
            r20.trial(*broken, *places.broken_after(kind, root))
        finally:
            _end_session(killed)
