"""`patnav serve`: the refresh on a schedule, by Prefect; and the arithmetic of the schedule that Prefect does not do for us.

One refresh at a time is kept by the workspace's lock and by nothing else: Prefect's concurrency slots outlive a killed
run, the lock does not (decision 0017). Slots that passed while nothing was serving are made up for by one run.
"""

from __future__ import annotations

import asyncio
import ctypes
import datetime
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import requests

from flows.cron import Schedule, slots_after
from flows.journal import Run, runs
from flows.lock import only_refresh
from flows.progress import Progress
from flows.refresh import quiet_prefect
from flows.service_settings import read_service_settings
from flows.workspace import Workspace
from schemas.errors import RefreshBusyError, ScheduleError

LOOPBACK, PORT = "127.0.0.1", 4200
# Prefect's scheduler looks at a new deployment within 5 s and at all within 60 s; what is not there after 90 s never comes.
SELF_CHECK_SECONDS = 90.0
SERVER_START_SECONDS = 120.0
# A second run is let start so that it finds the lock held and says so, instead of waiting in line unseen.
RUNS_AT_A_TIME = 2
POLL_SECONDS = 5.0
STOP_SECONDS = 15


def missed_slot(
    schedule: Schedule, last_started: datetime.datetime | None, now: datetime.datetime
) -> datetime.datetime | None:
    """The first slot since the last run that passed without one; None before the first run ever: nothing was promised yet."""
    if last_started is None:
        return None
    slots = slots_after(schedule, last_started, 1)
    return slots[0] if slots and slots[0] <= now else None


def run_since(path: Path, slot: datetime.datetime) -> Run | None:
    """A run of the journal that began at a slot or later: it saw all that a run for this slot could see."""
    return next((run for run in runs(path) if run.started_at >= slot), None)


# ── serving ──────────────────────────────────────────────────────────────────────────────────────────────────────


def serve(workspace: Workspace, progress: Progress, port: int = PORT) -> None:
    """Run the schedule until stopped, on a Prefect server of our own (or the one that PREFECT_API_URL names).

    Raises ScheduleError where there is no schedule, another `patnav serve` runs, the server does not start, or no
    scheduled run appears.
    """
    schedule = read_service_settings(workspace.root).schedule
    if schedule is None:
        raise ScheduleError(
            str(workspace.root / "sources.toml"),
            "no [schedule]",
            "when to refresh",
            'write [schedule], cron = "30 3 * * *", timezone = "Asia/Shanghai", a line each',
        )
    with _only_server(workspace), _server(workspace, progress, port) as server:
        asyncio.run(_serve(workspace, schedule, progress, server))


@contextmanager
def _only_server(workspace: Workspace) -> Iterator[None]:
    try:
        with only_refresh(workspace.root / "serve.lock"):
            yield
    except RefreshBusyError as error:
        raise ScheduleError(
            str(workspace.root), "another patnav serve runs for this workspace", "one", "end the other one first"
        ) from error


def settings(workspace: Workspace, port: int) -> dict[str, str]:
    """Prefect's settings while serving: everything on this machine, nothing told to anybody, old runs forgotten after 90 days."""
    return {
        "PREFECT_API_URL": f"http://{LOOPBACK}:{port}/api",
        "PREFECT_SERVER_API_HOST": LOOPBACK,
        "PREFECT_SERVER_API_PORT": str(port),
        # Prefect lets pages of any site read its answers: whoever serves looks at the web with the same browser.
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": f"http://{LOOPBACK}:{port},http://localhost:{port}",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_LOGGING_LOGGERS_PREFECT_FLOW_RUNS_LEVEL": "INFO",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    }


@contextmanager
def _server(workspace: Workspace, progress: Progress, port: int) -> Iterator[subprocess.Popen | None]:
    """A server that answers at PREFECT_API_URL: our own, which is ended with us, or None for another one."""
    own = "PREFECT_API_URL" not in os.environ
    if own:
        _refuse_taken(port)
    for name, value in settings(workspace, port).items():
        os.environ.setdefault(name, value)
    quiet_prefect(workspace.prefect_home)
    url = os.environ["PREFECT_API_URL"]
    if not own:
        yield None
        return
    progress.tell(
        "start", f"Prefect 服务 server http://{LOOPBACK}:{port}（首次约需十余秒 some ten seconds the first time）"
    )
    with (workspace.prefect_home / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "prefect", "server", "start", "--host", LOOPBACK, "--port", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=_end_with_parent,
        )
    try:
        _wait_until_answering(process, url, workspace)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise ScheduleError(
                f"{LOOPBACK}:{port}", "the port is taken", "a free one", "name another with --port"
            ) from error


_PR_SET_PDEATHSIG = 1


def _end_with_parent() -> None:
    """A server whose `patnav serve` was killed must not stay behind and hold the port (Linux; elsewhere it does)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait_until_answering(process: subprocess.Popen, url: str, workspace: Workspace) -> None:
    until = time.monotonic() + SERVER_START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        if _answers(url):
            return
        time.sleep(0.3)
    raise ScheduleError(
        "Prefect server",
        "it ended at once" if process.poll() is not None else f"no answer in {SERVER_START_SECONDS:.0f} s",
        "a server that answers",
        f"see {workspace.prefect_home / 'server.log'}; {versions_told()}",
    )


def _answers(url: str) -> bool:
    try:
        with requests.Session() as session:
            session.trust_env = False
            return session.get(f"{url}/health", timeout=2).ok
    except requests.RequestException:
        return False


async def _serve(workspace: Workspace, schedule: Schedule, progress: Progress, server: subprocess.Popen | None) -> None:
    from prefect.flows import EntrypointType
    from prefect.runner import Runner
    from prefect.schedules import Cron

    from flows.scheduled_refresh import close_dead_runs, scheduled_refresh

    root = str(workspace.root.resolve())
    running = [run for run in runs(workspace.journal) if run.is_running]
    closed = 0 if running else await close_dead_runs(workspace)
    if closed:
        progress.tell(
            "warning", f"Prefect 中 {closed} 个已死的运行标为 Crashed / dead runs marked as Crashed in Prefect"
        )
    runner = Runner(name="patnav", limit=RUNS_AT_A_TIME, pause_on_shutdown=False, query_seconds=POLL_SECONDS)
    deployment = await scheduled_refresh.ato_deployment(
        name=deployment_name(workspace),
        schedule=Cron(schedule.cron, timezone=schedule.timezone),
        parameters={"root": root},
        description=f"patnav refresh -w {root}",
        tags=["patnav"],
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    deployment_id = await runner.aadd_deployment(deployment)
    await _make_up_for_missed(workspace, schedule, deployment_id, progress)
    slot = await _first_scheduled(deployment_id)
    progress.tell("start", f"下次刷新 next refresh: {told_at(slot, schedule)} ({schedule.cron}, {schedule.timezone})")
    await _run_until_stopped(runner, server)


async def _run_until_stopped(runner, server: subprocess.Popen | None) -> None:
    """Until Ctrl-C or SIGTERM, which end a refresh that runs as well; Prefect's own way leaves its runner half-stopped.

    Raises ScheduleError where our server ends by itself: a runner without one waits for ever.
    """
    running = asyncio.ensure_future(runner.start())
    watching = asyncio.ensure_future(_ended(server))
    loop = asyncio.get_running_loop()
    runner.handle_sigterm = lambda signum, frame: loop.call_soon_threadsafe(running.cancel)
    try:
        await asyncio.wait((running, watching), return_when=asyncio.FIRST_COMPLETED)
        if watching.done():
            raise ScheduleError(
                "Prefect server",
                f"it ended (exit code {server.returncode})",
                "a server that runs",
                "start patnav serve again",
            )
        if not running.cancelled():
            running.result()
    finally:
        for task in (running, watching):
            task.cancel()
        await asyncio.gather(running, watching, return_exceptions=True)


async def _ended(server: subprocess.Popen | None) -> None:
    while server is None or server.poll() is None:
        await asyncio.sleep(1)


def deployment_name(workspace: Workspace) -> str:
    """The folder's name, and enough of its path to tell two folders of one name apart on a shared server."""
    root = workspace.root.resolve()
    return f"{root.name}-{hashlib.sha256(str(root).encode()).hexdigest()[:6]}"


def told_at(moment: datetime.datetime, schedule: Schedule) -> str:
    from zoneinfo import ZoneInfo

    return f"{moment.astimezone(ZoneInfo(schedule.timezone)):%Y-%m-%d %H:%M %Z}"


async def _make_up_for_missed(workspace: Workspace, schedule: Schedule, deployment_id, progress: Progress) -> None:
    from prefect.client.orchestration import get_client

    found = runs(workspace.journal)
    slot = missed_slot(schedule, found[-1].started_at if found else None, datetime.datetime.now(datetime.UTC))
    if slot is None:
        return
    progress.tell("start", f"补一次错过的刷新 making up for what was missed since {told_at(slot, schedule)}")
    async with get_client() as client:
        await client.create_flow_run_from_deployment(
            deployment_id, parameters={"root": str(workspace.root.resolve()), "missed_slot": slot.isoformat()}
        )


async def _first_scheduled(deployment_id) -> datetime.datetime:
    """When the next run is due. Raises ScheduleError where Prefect's scheduler has planned none in SELF_CHECK_SECONDS."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import (
        DeploymentFilter,
        DeploymentFilterId,
        FlowRunFilter,
        FlowRunFilterState,
        FlowRunFilterStateType,
    )
    from prefect.client.schemas.objects import StateType

    scheduled = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])))
    of_ours = DeploymentFilter(id=DeploymentFilterId(any_=[deployment_id]))
    until = time.monotonic() + SELF_CHECK_SECONDS
    async with get_client() as client:
        while time.monotonic() < until:
            planned = await client.read_flow_runs(flow_run_filter=scheduled, deployment_filter=of_ours)
            due = [run.expected_start_time for run in planned if run.auto_scheduled]
            if due:
                return min(due)
            await asyncio.sleep(1)
    raise ScheduleError(
        "Prefect's scheduler",
        f"planned no run within {SELF_CHECK_SECONDS:.0f} s ({versions_told()})",
        "a scheduled run",
        "with SQLAlchemy 2.1 Prefect 3.8 never schedules: install the locked versions (make setup), or sqlalchemy<2.1",
    )


def versions_told() -> str:
    return ", ".join(f"{name} {version(name)}" for name in ("prefect", "sqlalchemy", "fastapi"))
