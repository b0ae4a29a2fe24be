"""`patnav serve`: the refresh on its schedule, until stopped."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.terminal import HERE, Panel, WorkspaceOption, opened

PANEL = Panel.OPERATION


def command(
    workspace: WorkspaceOption = HERE,
    port: Annotated[
        int, typer.Option(help="Prefect 界面端口，仅本机 port of Prefect's page, on this machine only")
    ] = 4200,
) -> None:
    """按 sources.toml 的 schedule 一节定时刷新，直到停止。Refresh on the schedule of sources.toml until stopped (Ctrl-C)."""
    from flows.progress import Progress
    from flows.schedule import serve

    serve(opened(workspace), Progress(), port)
