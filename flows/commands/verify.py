"""`patnav verify`: are the published versions what they were?"""

from __future__ import annotations

import typer

from flows.terminal import FAILED, HERE, JsonOption, Panel, WorkspaceOption, opened, print_json

PANEL = Panel.VERSIONS


def command(workspace: WorkspaceOption = HERE, as_json: JsonOption = False) -> None:
    """核验每个版本：内容摘要、只读、无残留 WAL。Every version: content hash, read-only, no stale WAL."""
    from warehouse.marts import findings as findings_of_marts
    from warehouse.publish import verify as verify_versions

    place = opened(workspace).warehouse
    found = [*verify_versions(place), *findings_of_marts(place)]
    findings = [f"{finding.version_key or 'warehouse'}: {finding.problem}" for finding in found]
    if as_json:
        print_json({"findings": findings})
    else:
        print("\n".join(findings) or "各版本完好 all versions are sound")
    if findings:
        raise typer.Exit(FAILED)
