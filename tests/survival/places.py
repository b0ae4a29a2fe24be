"""Workspaces before a refresh, and what an undisturbed refresh makes of them.

`fresh`: three exports, nothing published. `existing`: two exports published, then one is replaced by the third.
Either way the version that the refresh makes is to hold the same as that of an undisturbed run.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb

from flows.workspace import create
from tests.conftest import WORLD
from tests.survival.refreshing import Refreshing
from warehouse.content import content_of_file
from warehouse.publish import current_key, verify

# Differ from run to run, or hold nothing.
NOT_COMPARED = ("journal.jsonl", "refresh.lock", "data/prefect")
FRESH, EXISTING = "fresh", "existing"
KINDS = (FRESH, EXISTING)


@dataclass(frozen=True)
class Made:
    """What an undisturbed refresh left: key and content hash of the version, every file, the checkpoints in their order."""

    version_key: str
    content_hash: str
    files: frozenset[str]
    trace: tuple[str, ...]


class Places:
    """Workspaces of each kind to copy, made once."""

    def __init__(self, refreshing: Refreshing, folder: Path) -> None:
        self._refreshing, self._folder = refreshing, folder
        self.before: dict[str, tuple[str, str] | None] = {FRESH: None}

    @cached_property
    def _fresh(self) -> Path:
        place = create(self._folder / FRESH)
        shutil.copytree(WORLD / "aquaculture", place.root / "taxonomy")
        with place.settings_file.open("a", encoding="utf-8") as settings:
            settings.write('taxonomy = "taxonomy"\n')
        shutil.copytree(WORLD / "inbox", place.inbox, dirs_exist_ok=True)
        return place.root

    @cached_property
    def _existing(self) -> Path:
        root = self._folder / EXISTING
        shutil.copytree(self._fresh, root)
        (root / "inbox" / "lens.csv").unlink()
        ended = self._refreshing.run(root)
        assert ended.is_done, ended.told
        self.before[EXISTING] = seen(root)
        (root / "inbox" / "google.csv").unlink()
        shutil.copy(WORLD / "inbox" / "lens.csv", root / "inbox")
        return root

    def copy(self, kind: str, target: Path) -> Path:
        """A workspace of its own to be refreshed; its published version, if any, in `before[kind]`."""
        shutil.copytree(self._fresh if kind == FRESH else self._existing, target, symlinks=True)
        return target

    @cached_property
    def made(self) -> dict[str, Made]:
        """By kind, what the undisturbed refresh makes."""
        return {kind: self._made(kind) for kind in KINDS}

    def _made(self, kind: str) -> Made:
        root = self.copy(kind, self._folder / f"{kind}-made")
        trace = self._folder / f"{kind}.trace"
        ended = self._refreshing.run(root, trace=str(trace))
        assert ended.is_done, ended.told
        key, content_hash = seen(root)
        return Made(key, content_hash, files_of(root), tuple(trace.read_text().split()))

    def broken_now(self, kind: str, root: Path) -> str:
        """What is wrong with what readers see in the middle of things: it must be the old version or the new one, whole."""
        try:
            found = seen(root)
        except (duckdb.Error, OSError) as error:
            return f"{kind}: current.duckdb cannot be read: {error}"
        made = self.made[kind]
        if found not in (self.before[kind], (made.version_key, made.content_hash)):
            return f"{kind}: readers see {found}, neither the old version nor the new one"
        return ""

    def broken_after(self, kind: str, root: Path) -> list[str]:
        """What is wrong after the refresh that followed: it must be as if nothing had happened."""
        made = self.made[kind]
        broken = [f"{kind}: verify finds {finding}" for finding in verify(root / "warehouse")]
        if seen(root) != (made.version_key, made.content_hash):
            broken.append(f"{kind}: the refresh made {seen(root)}, undisturbed it is {made}")
        if (found := files_of(root)) != made.files:
            broken.append(f"{kind}: left over {sorted(found - made.files)}, missing {sorted(made.files - found)}")
        if made.version_key not in (root / "report" / "index.html").read_text(encoding="utf-8"):
            broken.append(f"{kind}: the report is not of version {made.version_key}")
        return broken


def seen(root: Path) -> tuple[str, str] | None:
    """Key and content hash of what a reader finds, every value read; None where nothing is published."""
    link = root / "warehouse" / "current.duckdb"
    key = current_key(root / "warehouse")
    return (key, content_of_file(link).content_hash) if key else None


def files_of(root: Path) -> frozenset[str]:
    """Every file and folder below the workspace, but those that differ by nature."""
    found = (
        os.path.relpath(os.path.join(folder, name), root)
        for folder, folders, files in os.walk(root)
        for name in (*folders, *files)
    )
    return frozenset(path for path in found if not path.startswith(NOT_COMPARED))
