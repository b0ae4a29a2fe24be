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
    """收件夹、参照表、设置或分支文件变动后自动刷新。Refresh whenever exports, team tables, settings or branch files change."""
    from flows.progress import Progress
    from flows.watch import watch

    watch(opened(workspace), Progress(quiet=quiet), every)
