"""`patnav versions`: what has been published."""

from __future__ import annotations

from dataclasses import asdict

from flows.terminal import HERE, Format, JsonOption, Panel, WorkspaceOption, opened, print_answer, print_json

PANEL = Panel.VERSIONS


def command(workspace: WorkspaceOption = HERE, as_json: JsonOption = False) -> None:
    """列出已发布的版本。The published versions, newest first."""
    from warehouse.publish import current_key
    from warehouse.publish import versions as published_versions

    place = opened(workspace).warehouse
    found, current = published_versions(place), current_key(place)
    if as_json:
        print_json([asdict(version) | {"is_current": version.version_key == current} for version in found])
        return
    columns = ("", "version", "created", "applications", "taxonomy", "content")
    rows = [
        (
            "→" if version.version_key == current else "",
            version.version_key,
            version.created,
            f"{version.rows['core.application']:,}",
            version.taxonomy_version,
            version.content_hash[:12],
        )
        for version in found
    ]
    print_answer(columns, rows, Format.table)
