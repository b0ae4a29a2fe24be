"""`patnav pull`: ask the sources of sources.toml."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from flows.terminal import FAILED, HERE, PARTIAL, JsonOption, Panel, WorkspaceOption, print_json

PANEL = Panel.ROUTE


def command(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCE", help="数据源的 id，省略时全部 ids of sources; left out, all", show_default=False
        ),
    ] = None,
    workspace: WorkspaceOption = HERE,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="不显示进度 no progress")] = False,
    as_json: JsonOption = False,
) -> None:
    """拉取 sources.toml 中的数据源；一个失败不影响其余。Pull the sources of sources.toml; one that fails stops no other."""
    from flows.lock import only_refresh
    from flows.progress import Progress
    from flows.pull import pull
    from flows.sources import SOURCES, read_sources
    from flows.workspace import open_workspace
    from schemas.errors import WorkspaceError

    place: Path = workspace
    opened = open_workspace(place)
    if not read_sources(opened.root).pulled:
        raise WorkspaceError(
            str(opened.root / SOURCES),
            "没有声明数据源 no source is declared",
            "[[source]] entries",
            "see docs/sources.md",
        )
    progress = Progress(quiet=quiet or as_json)
    with only_refresh(opened.lock):
        states = pull(opened, sources or (), lambda told: progress.tell("pull", told))
    if as_json:
        print_json([asdict(state) for state in states])
    else:
        for state in states:
            print(state.told)
    failed = sum(state.is_failed for state in states)
    if failed:
        raise typer.Exit(FAILED if failed == len(states) else PARTIAL)
