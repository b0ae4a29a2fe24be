"""`patnav rollback`: readers see an earlier version again."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from flows.terminal import HERE, JsonOption, Panel, WorkspaceOption, opened, print_json

PANEL = Panel.VERSIONS


def command(
    version: Annotated[
        str | None,
        typer.Argument(
            help="版本，可只写前几位；省略时为上一个 a version, or its first digits; left out, the one before"
        ),
    ] = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """回到一个旧版本，随时可再换回。Show readers an earlier version again; nothing is removed, and it can be undone.

    输入不变时，刷新不会重新发布被回退的版本；输入、规则或设置有变时照常发布。

    A refresh of the same inputs does not publish the version that was left again; one of other files, rules or settings does.
    """
    from flows.versions import go_back
    from warehouse.publish import current_key

    place = opened(workspace)
    left = current_key(place.warehouse)
    shown = go_back(place, version).version.version_key
    if as_json:
        print_json({"version_key": shown, "instead_of": left, "is_new": shown != left})
    elif shown == left:
        print(f"现行版本本就是 the current version is already {shown}")
    else:
        print(f"现行版本 current version: {left} → {shown}")
        print(f"换回 to undo: patnav rollback {left} -w {workspace}", file=sys.stderr)
