"""`patnav verify`: are the published versions what they were?"""

from __future__ import annotations

import typer

from flows.terminal import FAILED, HERE, JsonOption, Panel, WorkspaceOption, opened, print_json, published_database

PANEL = Panel.VERSIONS
REMEDY = (
    "现行版本损坏：重新运行 patnav refresh 即重建；较旧版本损坏：不要回滚到它，保留期满自行清除。\n"
    "A damaged current version is built again by patnav refresh; do not roll back to a damaged older one, it goes in its time."
)


def command(workspace: WorkspaceOption = HERE, as_json: JsonOption = False) -> None:
    """核验每个版本：逐字节、逐值、只读、无残留 WAL。Every version: its bytes, its values, read-only, no stale WAL."""
    from warehouse.marts import findings as findings_of_marts
    from warehouse.publish import verify as verify_versions
    from warehouse.publish import versions

    place = opened(workspace)
    warehouse = place.warehouse
    if not place.database.is_symlink() and not versions(warehouse):
        published_database(workspace)  # says that nothing is, and what to do
    found = [*verify_versions(warehouse), *findings_of_marts(warehouse)]
    findings = [f"{finding.version_key or 'warehouse'}: {finding.problem}" for finding in found]
    if as_json:
        print_json({"findings": findings})
    else:
        whole = f"{len(versions(warehouse))} 个版本完好 all versions are sound"
        print("\n".join([*findings, REMEDY]) if findings else whole)
    if findings:
        raise typer.Exit(FAILED)
