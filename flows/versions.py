"""Go back to a version that is kept, and say of every kept version what became of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flows.lock import only_refresh
from flows.workspace import Workspace, read_settings
from schemas.errors import PublishError
from warehouse.content import text_store
from warehouse.history import shown_before, withdrawn
from warehouse.marts import publish_marts
from warehouse.publish import Published, current_key, rollback, version_file, versions
from warehouse.report.page import write_report


def go_back(workspace: Workspace, named: str | None = None) -> Published:
    """Show readers the version `named` (or the beginning of its key), or else the one before the current; marts and report page follow.

    A refresh does not publish the version that was left again; see warehouse.history.withdrawn. Raises RefreshBusyError while a
    refresh runs, PublishError where there is no such version or it is damaged.
    """
    with only_refresh(workspace.lock):
        found = rollback(workspace.warehouse, _key(workspace, named))
        if read_settings(workspace).parquet_marts:
            publish_marts(workspace.warehouse)
        write_report(workspace.database, workspace.report)
        return found


def _key(workspace: Workspace, named: str | None) -> str:
    if named is not None:
        return version_file(workspace.warehouse, named).stem
    kept = [version.version_key for version in versions(workspace.warehouse)]
    current = current_key(workspace.warehouse)
    before = shown_before(workspace.warehouse, current, kept)
    if before is None:
        others = ", ".join(key for key in kept if key != current) or "none 无"
        raise PublishError(
            str(workspace.warehouse),
            "no version that was current before this one is kept 没有保留更早的版本",
            f"one of: {others}",
            "name one: patnav rollback VERSION",
        )
    return before


def told_versions(workspace: Workspace) -> list[dict[str, Any]]:
    """Every kept version, newest first: its manifest, whether it is current, when it was rolled back, and its bytes."""
    current, taken = current_key(workspace.warehouse), withdrawn(workspace.warehouse)
    return [
        asdict(version)
        | {
            "is_current": version.version_key == current,
            "rolled_back": taken[version.version_key].at if version.version_key in taken else None,
            "bytes": _bytes(workspace, version.version_key),
        }
        for version in versions(workspace.warehouse)
    ]


def _bytes(workspace: Workspace, version_key: str) -> int:
    database = version_file(workspace.warehouse, version_key)
    return sum(path.stat().st_size for path in (database, text_store(database)) if path.exists())
