"""The refresh as the flow that a schedule runs, on `patnav serve` or on a worker (prefect.yaml). Importing this imports Prefect.

What Prefect shows of a run is for looking at; the journal is the truth.
"""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect import flow, get_run_logger
from prefect.artifacts import create_progress_artifact, create_table_artifact, update_progress_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowFilter, FlowFilterName, FlowRunFilter, FlowRunFilterState
from prefect.client.schemas.filters import FlowRunFilterStateType as OfType
from prefect.client.schemas.objects import StateType
from prefect.runtime import flow_run
from prefect.states import Cancelled, Completed, Crashed, Failed, State

from flows.doctor import status
from flows.journal import CRASHED, FAILED, MISSED, PUBLISHED, SCHEDULED, Occasion, append, runs
from flows.notify import Notice, last_told, tell
from flows.progress import LABELS, Progress
from flows.refresh import RefreshReport, as_task, refresh
from flows.schedule import run_since
from flows.service_settings import STALE, read_service_settings
from flows.workspace import Workspace, open_workspace
from schemas.errors import PatnavError, RefreshBusyError

FLOW = "patnav-refresh"
# Share of a refresh that is done when each step begins, of a workspace with a hundred thousand filings.
BEGINS_AT = {
    "pull_sources": 0,
    "take_in": 10,
    "read_files": 12,
    "refine_to_door": 30,
    "build_warehouse": 70,
    "publish_version": 90,
    "write_page": 95,
}


@flow(name=FLOW, persist_result=False)
def scheduled_refresh(root: str, missed_slot: str | None = None) -> State:
    """Refresh the workspace at `root`, unless another refresh runs or one has begun since the slot of this run.

    The state's name tells the outcome: Published, NothingNew, Refused, Covered or Failed.
    """
    workspace = open_workspace(Path(root))
    occasion = _occasion(missed_slot)
    covering = run_since(workspace.journal, occasion.slot) if occasion.slot else None
    if covering is not None:
        return _refused(workspace, occasion, "Covered", f"a run began at {covering.started_at:%Y-%m-%d %H:%M:%S} UTC")
    unended = {run.run_id for run in runs(workspace.journal) if run.outcome is None}
    try:
        report = refresh(workspace, _ToldToPrefect(), _shown(workspace, as_task), occasion=occasion)
    except RefreshBusyError as error:
        return _refused(workspace, occasion, "Refused", str(error))
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        _notify(workspace, unended, Notice(FAILED, workspace.root.name, told, {"error": told}))
        if not isinstance(error, PatnavError):
            raise
        return Failed(message=told)
    told = f"version {report.version_key}" + _told_losses(report)
    if report.outcome == PUBLISHED:
        _notify(workspace, unended, Notice(PUBLISHED, workspace.root.name, told, {"version_key": report.version_key}))
    else:
        _notify(workspace, unended)
    _show(report)
    return Completed(name="Published" if report.outcome == PUBLISHED else "NothingNew", message=told)


def _notify(workspace: Workspace, unended: set[str], *notices: Notice) -> None:
    """What happened, that runs before it were killed, and which sources have become stale since that was last told.

    `unended`: the runs without an end when this one came; those that were killed are closed as such by now.
    """
    settings = read_service_settings(workspace.root).notify
    if settings is None:
        return
    name = workspace.root.name
    for run in (run for run in runs(workspace.journal) if run.run_id in unended and run.outcome == CRASHED):
        told = f"begun {run.started_at:%Y-%m-%d %H:%M} UTC, killed while in {run.last_step or 'its start'}"
        tell(workspace, settings, Notice(CRASHED, name, told, {"run_id": run.run_id}))
    for notice in notices:
        tell(workspace, settings, notice)
    stale = {source.source: source.age_days for source in status(workspace).sources if source.is_stale}
    about = sorted(stale)
    if about and about != last_told(workspace, STALE):
        told = "\n".join(f"{source}: {stale[source]:.0f} 天 days" for source in about)
        tell(workspace, settings, Notice(STALE, name, told, {"about": about}))


def _occasion(missed_slot: str | None) -> Occasion:
    if missed_slot is not None:
        return Occasion(MISSED, datetime.datetime.fromisoformat(missed_slot))
    return Occasion(SCHEDULED, flow_run.get_scheduled_start_time())


def _refused(workspace: Workspace, occasion: Occasion, name: str, why: str) -> State:
    append(workspace.journal, "refused", occasion=occasion.kind, slot=occasion.slot, reason=f"{name}: {why}")
    return Cancelled(name=name, message=why)


class _ToldToPrefect(Progress):
    """What a refresh tells, as log lines of the run: on its page and on the screen of whoever serves."""

    def __init__(self) -> None:
        super().__init__(quiet=True)

    def tell(self, stage: str, what: str) -> None:
        logger = get_run_logger()
        (logger.warning if stage == "warning" else logger.info)(f"{LABELS[stage]} {stage}: {what}")


def _shown(workspace: Workspace, do: Callable[..., Any]) -> Callable[..., Any]:
    """`do`, moving the bar of the run's progress artifact as each step begins."""
    bars: list[UUID] = []

    def shown(step: Callable, *arguments: Any) -> Any:
        with _if_prefect_answers():
            if not bars:
                bars.append(create_progress_artifact(0.0, key="patnav-progress", description="patnav refresh"))
                # Now that the lock is ours, whatever else Prefect takes for running is dead.
                asyncio.run(close_dead_runs(workspace, but=flow_run.get_id()))
            update_progress_artifact(bars[0], float(BEGINS_AT.get(step.__name__, 0)), description=step.__name__)
        return do(step, *arguments)

    return shown


@contextmanager
def _if_prefect_answers() -> Iterator[None]:
    """A picture that cannot be drawn, because the server is gone or refuses, must not stop the refresh."""
    try:
        yield
    except Exception as error:
        get_run_logger().warning(f"Prefect: {type(error).__name__}")


def _show(report: RefreshReport) -> None:
    rows = [
        {
            "file 文件": file.source.path,
            "export 格式": file.export or "",
            "status 状态": file.status,
            "rows 行": file.rows_in,
            "quarantined 隔离": file.quarantined,
            "reason 原因": file.reason or "",
        }
        for file in report.files
    ]
    with _if_prefect_answers():
        create_table_artifact(rows, key="patnav-files", description=f"{report.outcome}: version {report.version_key}")


def _told_losses(report: RefreshReport) -> str:
    refused = sum(not file.is_landed for file in report.files)
    quarantined = sum(file.quarantined for file in report.files)
    unread = len(report.left_out)
    return "".join(
        f", {number:,} {what}"
        for number, what in ((quarantined, "rows quarantined"), (refused, "files not taken"), (unread, "not read"))
        if number
    )


# ── runs that died ───────────────────────────────────────────────────────────────────────────────────────────────


async def close_dead_runs(workspace: Workspace, but: str | None = None) -> int:
    """Mark as Crashed what Prefect still believes to be running in this workspace, and say how many.

    The caller knows that no refresh runs there, but the one of the flow run named by `but`.
    """
    root = str(workspace.root.resolve())
    running = FlowRunFilter(state=FlowRunFilterState(type=OfType(any_=[StateType.RUNNING, StateType.CANCELLING])))
    async with get_client() as client:
        found = await client.read_flow_runs(
            flow_filter=FlowFilter(name=FlowFilterName(any_=[FLOW])), flow_run_filter=running
        )
        dead = [run for run in found if run.parameters.get("root") == root and str(run.id) != but]
        for run in dead:
            crashed = Crashed(message="its process was gone when patnav looked; see journal.jsonl")
            await client.set_flow_run_state(run.id, crashed, force=True)
    return len(dead)
