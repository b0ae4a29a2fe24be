"""`patnav status`: is what is published fresh, and do the refreshes go well?"""

from __future__ import annotations

from dataclasses import asdict

import typer

from flows.terminal import FAILED, HERE, Format, JsonOption, Panel, WorkspaceOption, opened, print_answer, print_json

PANEL = Panel.OPERATION


def command(workspace: WorkspaceOption = HERE, as_json: JsonOption = False) -> None:
    """现状：版本、上次运行、各来源新旧；过期或失败时退出码为 1。The published version, the last run, how fresh each source is.

    Exit code 1 where something is stale, failed or missed: fit for a monitor.
    """
    from flows.doctor import status

    state = status(opened(workspace))
    if as_json:
        print_json(asdict(state) | {"is_ok": not state.findings})
    else:
        _print(state)
    if state.findings:
        raise typer.Exit(FAILED)


def _print(state) -> None:
    lines = [("版本 version", f"{state.version_key or '无 none'}{_at(state.published_at)}")]
    if state.last_run:
        seconds = f", {state.last_run.seconds:.0f} s" if state.last_run.seconds is not None else ""
        outcome = state.last_run.outcome or ("运行中 running" if state.last_run.is_running else "被终止 killed")
        lines.append(("上次运行 last run", f"{outcome}{_at(state.last_run.started_at)}{seconds}"))
    if state.last_success and state.last_success != state.last_run:
        lines.append(("上次成功 last success", f"{state.last_success.outcome}{_at(state.last_success.started_at)}"))
    if state.next_slot:
        lines.append(("下次 next", f"{state.next_slot:%Y-%m-%d %H:%M} UTC"))
    for label, told in lines:
        print(f"{label}: {told}")
    if state.sources:
        columns = ("source", "files", "arrived (UTC)", "days ago", "limit", "data until", "")
        print_answer(columns, [_row(source) for source in state.sources], Format.table)
    for finding in state.findings:
        print(f"✗ {finding.about}: {finding.zh} / {finding.en}" + (f" → {finding.remedy}" if finding.remedy else ""))
    if not state.findings:
        print("✓ 正常 in order")


def _row(source) -> tuple:
    arrived = f"{source.arrived_at:%Y-%m-%d %H:%M}" if source.arrived_at else ""
    age = f"{source.age_days:.1f}" if source.age_days is not None else ""
    limit = f"{source.stale_after_days:g}" if source.stale_after_days is not None else "—"
    state = "过期 stale" if source.is_stale else ""
    return source.source, source.files, arrived, age, limit, source.data_until, state


def _at(moment) -> str:
    return f" ({moment:%Y-%m-%d %H:%M} UTC)" if moment else ""
