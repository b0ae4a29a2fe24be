"""`patnav watch`: refresh whenever a drop folder changes."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.terminal import HERE, Panel, WorkspaceOption, opened

PANEL = Panel.OPERATION


def command(
    workspace: WorkspaceOption = HERE,
    every: Annotated[float, typer.Option(help="每隔几秒查看 seconds between two looks", min=1)] = 60,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="不显示进度 no progress")] = False,
) -> None:
    """收件夹、文件夹数据源或设置变动后自动刷新，直到停止。Refresh when a drop folder or a setting has changed, until stopped."""
    from flows.progress import Progress
    from flows.watch import watch

    watch(opened(workspace), Progress(quiet=quiet), every)
