"""`patnav serve` for real: every minute, a source that changes, a run that is killed. Some five minutes: `make test-schedule`."""

from __future__ import annotations

import asyncio
import datetime
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from flows import schedule
from flows.journal import CRASHED, NOTHING_NEW, PUBLISHED, Run, entries, runs
from flows.progress import Progress
from flows.workspace import Workspace, create
from schemas.errors import ScheduleError
from tests.conftest import WORLD
from tests.flows.conftest import CANARY
from warehouse.publish import current_key, verify

pytestmark = pytest.mark.skipif(
    os.environ.get("PATNAV_SCHEDULE") != "1", reason="waits for real minutes: make test-schedule runs it"
)
MINUTE = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what: Callable[[], object], seconds: float, told: str) -> object:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := what():
            return found
        time.sleep(0.2)
    pytest.fail(f"not within {seconds:.0f} s: {told}")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = create(tmp_path / "示例 w")
    shutil.copy(WORLD / "inbox" / "lens.csv", made.inbox)
    (made.root / "sources.toml").write_text(
        '[schedule]\ncron = "* * * * *"\ntimezone = "Asia/Shanghai"\n[freshness]\nstale_after_days = 30\n'
        '[notify]\nurl_variable = "TEST_HOOK"\non = ["failed", "crashed", "stale", "published"]\n',
        encoding="utf-8",
    )
    return made


def prefect_runs(port: int) -> list[dict]:
    """What Prefect's server says of its runs, oldest first."""
    body = json.dumps({"sort": "EXPECTED_START_TIME_ASC", "limit": 200}).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/flow_runs/filter", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def screenshot(port: int, target: Path) -> None:
    """The runs page as a person sees it; looked at by hand, here only that there is something."""
    chromium = shutil.which("chromium")
    if chromium is None:
        return
    arguments = ["--headless=new", "--no-sandbox", "--window-size=1400,1000", "--virtual-time-budget=15000"]
    page = f"http://127.0.0.1:{port}/runs"
    subprocess.run([chromium, *arguments, f"--screenshot={target}", page], capture_output=True, timeout=90)
    assert target.stat().st_size > 10_000


def test_a_schedule_fires_finds_nothing_new_publishes_and_survives_a_kill(
    workspace: Workspace, tmp_path: Path, hook
) -> None:
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment["TEST_HOOK"] = os.environ["HOOK"]
    with (tmp_path / "serve.log").open("wb") as log:
        serving = subprocess.Popen(
            [sys.executable, "-m", "flows.cli", "serve", "-w", str(workspace.root), "--port", str(port)],
            stdout=log,
            stderr=log,
            env=environment,
        )
    try:
        # The first run is killed while it builds: nothing is published.
        building = wait_for(lambda: _in_step(workspace, "build_warehouse"), 4 * MINUTE, "the first run builds")
        os.kill(int(building.process.partition("-")[0]), signal.SIGKILL)
        assert current_key(workspace.warehouse) is None

        first, second = _ended(workspace, 2, 3 * MINUTE)[:2]
        assert (first.outcome, first.last_step) == (CRASHED, "build_warehouse")
        assert second.outcome == PUBLISHED and verify(workspace.warehouse) == []

        third = _ended(workspace, 3, 2 * MINUTE)[2]
        assert third.outcome == NOTHING_NEW and third.version_key == second.version_key

        shutil.copy(WORLD / "inbox" / "google.csv", workspace.inbox)
        fourth = _ended(workspace, 4, 2 * MINUTE)[3]
        assert fourth.outcome == PUBLISHED and fourth.version_key != second.version_key
        assert current_key(workspace.warehouse) == fourth.version_key

        assert all(run.occasion.kind == "scheduled" for run in (first, second, third, fourth))
        wait_for(lambda: _told(port).count("Published") >= 2, 30, "Prefect has noted the end of the last run")
        assert _told(port)[:4] == ["Crashed", "Published", "NothingNew", "Published"]
        assert "Running" not in _told(port)[:4]
        shots = Path(os.environ.get("PATNAV_SCREENSHOTS", tmp_path))
        screenshot(port, shots / "prefect-runs.png")

        assert [body["subject"] for _, body in hook.received] == ["crashed", "published", "published"]
        assert "build_warehouse" in hook.received[0][1]["text"]

        serving.send_signal(signal.SIGTERM)
        assert serving.wait(40) == 0
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0, "the server outlived patnav serve"
    finally:
        if serving.poll() is None:
            serving.kill()
            serving.wait()
        # X1: the webhook's address is a credential, and is in no file that the run left, Prefect's database included.
        assert [path for path in tmp_path.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()] == []
        print((tmp_path / "serve.log").read_text(encoding="utf-8"))


def _in_step(workspace: Workspace, step: str) -> Run | None:
    return next((run for run in runs(workspace.journal) if run.last_step == step and run.outcome is None), None)


def _ended(workspace: Workspace, number: int, seconds: float) -> list[Run]:
    def ended() -> list[Run]:
        found = [run for run in runs(workspace.journal) if run.outcome is not None]
        return found if len(found) >= number else []

    return wait_for(ended, seconds, f"{number} runs have ended")


def _told(port: int) -> list[str]:
    return [run["state"]["name"] for run in prefect_runs(port) if run["state"]["type"] != "SCHEDULED"]


def test_a_scheduler_that_plans_nothing_is_told(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """What SQLAlchemy 2.1 does to Prefect 3.8, played by switching its scheduler off."""
    for name in [name for name in os.environ if name.startswith("PREFECT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED", "false")
    monkeypatch.setattr(schedule, "SELF_CHECK_SECONDS", 15.0)
    with pytest.raises(ScheduleError, match="planned no run within 15 s.*sqlalchemy 2.0"):
        schedule.serve(workspace, Progress(quiet=True), free_port())


IN_PREFECT = """
import datetime, sys
from pathlib import Path
from flows.journal import PUBLISHED, RunJournal
from flows.lock import only_refresh
from flows.refresh import quiet_prefect
from flows.workspace import Workspace

workspace = Workspace(Path(sys.argv[1]))
quiet_prefect(workspace.prefect_home)
from flows.scheduled_refresh import scheduled_refresh

slot = datetime.datetime.now(datetime.UTC).isoformat()
with only_refresh(workspace.lock):
    print(scheduled_refresh(str(workspace.root), slot, return_state=True).name)
RunJournal(workspace.journal).end(PUBLISHED)
print(scheduled_refresh(str(workspace.root), slot, return_state=True).name)
"""


def test_an_overlap_is_refused_and_a_slot_that_a_later_run_saw_to_is_covered(workspace: Workspace) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    done = subprocess.run(
        [sys.executable, "-c", IN_PREFECT, str(workspace.root)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.stdout.split() == ["Refused", "Covered"], done.stderr
    refused = [entry["reason"] for entry in entries(workspace.journal) if entry["event"] == "refused"]
    assert refused[0].startswith("Refused: ") and "is running" in refused[0]
    assert refused[1].startswith("Covered: a run began at")


def random_cron(chance: random.Random) -> str:
    """Fields as people write them; a day of the month or a weekday, as we take no other."""

    def field(least: int, greatest: int) -> str:
        kind = chance.randrange(5)
        if kind == 0:
            return str(chance.randint(least, greatest))
        if kind == 1:
            return f"*/{chance.randint(1, (greatest - least) // 2)}"
        if kind == 2:
            begin = chance.randint(least, greatest - 1)
            return f"{begin}-{chance.randint(begin + 1, greatest)}"
        if kind == 3:
            return ",".join(map(str, sorted(chance.sample(range(least, greatest + 1), 3))))
        return "*"

    days = chance.choice([(field(1, 31), "*"), ("*", field(0, 6)), ("*", "*")])
    month = field(1, 12) if chance.random() < 0.2 else "*"
    return f"{field(0, 59)} {field(0, 23)} {days[0]} {month} {days[1]}"


def test_our_slots_are_those_that_prefect_fires(monkeypatch: pytest.MonkeyPatch) -> None:
    """300 schedules, half of them beginning the day before clocks change."""
    from prefect.server.schemas.schedules import CronSchedule

    chance, utc = random.Random(17), datetime.UTC
    zones = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC")
    changes = ((3, 28), (10, 24), (3, 7), (10, 31), (4, 4), (10, 3))
    for _ in range(300):
        one = schedule.Schedule(random_cron(chance), chance.choice(zones))
        month, day = chance.choice(changes) if chance.random() < 0.5 else (chance.randint(3, 12), chance.randint(1, 28))
        start = datetime.datetime(2026, month, day, chance.randint(0, 23), 30, 1, tzinfo=utc)
        counted = CronSchedule(cron=one.cron, timezone=one.timezone)
        fired = asyncio.run(counted.get_dates(n=6, start=start))
        assert schedule.slots_after(one, start, 6) == [slot.astimezone(utc) for slot in fired], one
