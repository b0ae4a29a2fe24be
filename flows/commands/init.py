"""`patnav init`: a new workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.terminal import Panel

PANEL = Panel.ROUTE


def command(folder: Annotated[Path, typer.Argument(help="新工作区目录 the folder to make")]) -> None:
    """新建工作区。Make a workspace: put your exports into its inbox/, then refresh."""
    from flows.workspace import README, create

    workspace = create(folder)
    print(
        f"{workspace.root}\n  将导出文件放入 put exports into {workspace.inbox}\n  然后 then: patnav refresh -w {workspace.root}\n"
        f"  本团队的表 the team's own tables: {workspace.reference / README}"
    )
