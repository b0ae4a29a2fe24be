"""One key, one content: whatever a version's content depends on is in its key, and what does not change it is not."""

from __future__ import annotations

import os
import resource
import signal
from pathlib import Path

import pytest
import xlsxwriter

from flows.journal import NOTHING_NEW, PUBLISHED
from flows.progress import Progress
from flows.refresh import refresh
from flows.workspace import Workspace, create
from schemas.errors import StorageError
from warehouse.question import ask

QUIET = Progress(quiet=True)
FILES = "SELECT path, status, loaded FROM meta.source_file ORDER BY path"


def answer(workspace: Workspace, sql: str) -> list[tuple]:
    return ask(workspace.database, sql).rows


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Two records in a file, and a hundred in a workbook, which is read in a child."""
    place = create(tmp_path / "w")
    text = place.settings_file.read_text(encoding="utf-8").replace("parquet_marts = true", "parquet_marts = false")
    place.settings_file.write_text(text, encoding="utf-8")
    export(place, "a.csv", {1: "2024-05-06", 2: "2024-05-06"})
    with xlsxwriter.Workbook(place.inbox / "book.xlsx") as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate(_cells(dict.fromkeys(range(100, 200), "2024-05-06"))):
            sheet.write_row(row, 0, cells)
    return place


def export(workspace: Workspace, name: str, published: dict[int, str], filed: str = "2021-03-04") -> None:
    """A file of the inbox with a record for each number, published on a day."""
    text = "".join(",".join(cells) + "\n" for cells in _cells(published, filed))
    (workspace.inbox / name).write_text(text, encoding="utf-8")


def _cells(published: dict[int, str], filed: str = "2021-03-04") -> list[tuple[str, ...]]:
    header = ("公开(公告)号", "受理局", "标题", "申请日", "公开(公告)日")
    return [header, *((f"CN1{number:08}A", "中国", "一种量子芯片", filed, day) for number, day in published.items())]


# ── A reading that the machine ended ─────────────────────────────────────────────────────────────────────────────


def test_without_room_for_what_is_read_nothing_is_published_and_nothing_is_kept_of_it(
    workspace: Workspace, child_begins, monkeypatch
) -> None:
    child_begins(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000)))
    with pytest.raises(StorageError, match="TMPDIR"):
        refresh(workspace, QUIET)
    assert not workspace.database.exists()
    monkeypatch.undo()
    assert refresh(workspace, QUIET).outcome == PUBLISHED
    assert answer(workspace, FILES) == [("a.csv", "landed", 2), ("book.xlsx", "landed", 100)]


def test_a_file_whose_reading_died_is_read_again_by_the_next_refresh(
    workspace: Workspace, child_begins, monkeypatch
) -> None:
    child_begins(lambda: os.kill(os.getpid(), signal.SIGKILL))
    first = refresh(workspace, QUIET)
    assert first.is_partial
    assert answer(workspace, FILES) == [("a.csv", "landed", 2), ("book.xlsx", "unreadable", 0)]
    monkeypatch.undo()
    second = refresh(workspace, QUIET)
    assert second.outcome == PUBLISHED and second.version_key != first.version_key
    assert answer(workspace, FILES) == [("a.csv", "landed", 2), ("book.xlsx", "landed", 100)]
    assert refresh(workspace, QUIET).outcome == NOTHING_NEW
