"""`patnav doctor`: is all well that a refresh needs?"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from flows.terminal import FAILED, HERE, JsonOption, Panel, WorkspaceOption, opened, print_json

PANEL = Panel.OPERATION
_SIGNS = {"ok": "✓", "note": "·", "problem": "✗"}


def command(
    workspace: WorkspaceOption = HERE,
    quick: Annotated[
        bool, typer.Option("--quick", help="不逐值核验各版本 do not read the versions to the last value")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """体检：设置、软件版本、磁盘、锁、各版本、新旧、字体。Settings, packages, disk, lock, versions, freshness, fonts."""
    from flows.doctor import Level, examine

    found = []
    for finding in examine(opened(workspace), quick):
        found.append(finding)
        if not as_json:
            remedy = f" → {finding.remedy}" if finding.remedy else ""
            print(f"{_SIGNS[finding.level]} {finding.about}: {finding.zh} / {finding.en}{remedy}")
    if as_json:
        print_json({"findings": [asdict(finding) for finding in found]})
    if any(finding.level is Level.PROBLEM for finding in found):
        raise typer.Exit(FAILED)
