"""The versions that are kept beside a published warehouse, and what moved from the one before."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.compare import LabelChange, compare_labels
from warehouse.publish import Version, version_file, versions
from warehouse.report.reading import first_line

BUILDS = "builds"


@dataclass(frozen=True)
class Kept:
    """`versions`: newest first, none for a file that stands alone. `earlier`: the version before the one shown.

    `problem`: why the two could not be compared.
    """

    versions: tuple[Version, ...] = ()
    earlier: Version | None = None
    label_changes: tuple[LabelChange, ...] = ()
    problem: str = ""


def kept_versions(database: Path) -> Kept:
    """What stands beside a published file or the symlink to it. Reads the earlier version's labels where there is one."""
    version_key = database.resolve().stem
    folder = database.resolve().parent
    if folder.name != BUILDS:
        return Kept()
    kept = tuple(versions(folder.parent))
    own = next((version for version in kept if version.version_key == version_key), None)
    earlier = next((version for version in kept if own and version.created < own.created), None)
    if earlier is None:
        return Kept(kept)
    try:
        changes = compare_labels(database, version_file(folder.parent, earlier.version_key))
    except duckdb.Error as error:
        return Kept(kept, earlier, problem=first_line(error))
    return Kept(kept, earlier, tuple(changes))
