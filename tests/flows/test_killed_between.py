"""What a refresh finds of one that was killed: only the moments whose marks a later refresh could take for whole."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from flows.checkpoints import watched
from flows.progress import Progress
from flows.refresh import NOTHING_NEW, PUBLISHED, refresh

QUIET = Progress(quiet=True)


class Killed(BaseException):
    """Ends a refresh as a kill does: nothing of the project catches it."""


def _killing_at(moment: str):
    def kill(name: str) -> None:
        if name == moment:
            raise Killed

    return kill


def _killed_at(workspace, moment: str) -> None:
    with pytest.raises(Killed), watched(_killing_at(moment)):
        refresh(workspace, QUIET)


def test_killed_after_publishing_the_report_is_written_by_the_next(world_workspace) -> None:
    refresh(world_workspace, QUIET)
    kept = world_workspace.inbox / "google.csv"
    away = shutil.move(kept, world_workspace.root / "google.csv")
    _killed_at(world_workspace, "landed_forgotten")
    leftovers = list(world_workspace.landed.glob(".*.gone"))
    assert len(leftovers) == 1
    report = refresh(world_workspace, QUIET)
    assert report.outcome == NOTHING_NEW
    assert report.version_key in Path(report.page).read_text(encoding="utf-8")
    assert not leftovers[0].exists()
    # Its landed rows were half gone when the file comes back.
    shutil.move(away, kept)
    assert refresh(world_workspace, QUIET).outcome == PUBLISHED


def test_half_copied_files_are_removed_and_parts_of_downloads_kept(world_workspace) -> None:
    for name in (".123.taking", ".abc.part"):
        (world_workspace.raw / name).write_bytes(b"half")
    (world_workspace.raw / ".packed-x").mkdir()
    refresh(world_workspace, QUIET)
    hidden = [path.name for path in world_workspace.raw.iterdir() if path.name.startswith(".")]
    assert hidden == [".abc.part"]
