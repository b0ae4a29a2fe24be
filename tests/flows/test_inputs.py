"""One key, one content: whatever a version's content depends on is in its key, and what does not change it is not."""

from __future__ import annotations

import os
import resource
import shutil
import signal
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import xlsxwriter

from flows import inputs, journal, label_store
from flows.checkpoints import watched
from flows.journal import NOTHING_NEW, PUBLISHED
from flows.land import take_in
from flows.progress import Progress
from flows.refresh import read_file, refresh
from flows.workspace import Workspace, create, read_settings
from schemas.branches import SHIPPED_TAXONOMY, load_taxonomy
from schemas.errors import StorageError, WorkspaceError
from warehouse.publish import current_key
from warehouse.question import ask

QUIET = Progress(quiet=True)
CUT_OFF = "SELECT strftime(cut_off_date, '%Y-%m-%d'), last_complete_year FROM meta.build"
CORRECTION = "publication_number,field,field_value,reviewer,decision_date,reason\n"
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


# ── The day ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def at(monkeypatch):
    """A function that sets the clock of refreshes (UTC)."""

    def set_to(moment: str) -> None:
        monkeypatch.setattr(journal, "_now", lambda: datetime.fromisoformat(moment).replace(tzinfo=UTC))

    return set_to


def test_what_lies_between_two_days_is_published_on_the_second(workspace: Workspace, at) -> None:
    (workspace.inbox / "book.xlsx").unlink()
    export(workspace, "ahead.csv", {3: "2024-07-02", 4: "2024-07-02"})
    at("2024-07-01T23:00")
    first = refresh(workspace, QUIET)
    assert answer(workspace, CUT_OFF) == [("2024-05-06", 2021)]
    at("2024-07-01T23:59")
    assert refresh(workspace, QUIET).outcome == NOTHING_NEW
    at("2024-07-03T00:00")
    second = refresh(workspace, QUIET)
    assert second.outcome == PUBLISHED and second.version_key != first.version_key
    assert answer(workspace, CUT_OFF) == [("2024-07-02", 2022)]
    at("2026-01-01T00:00")
    assert refresh(workspace, QUIET).outcome == NOTHING_NEW
    export(workspace, "more.csv", {5: "2024-07-02"})
    assert refresh(workspace, QUIET).outcome == PUBLISHED
    (workspace.inbox / "more.csv").unlink()
    assert refresh(workspace, QUIET).version_key == second.version_key


def test_a_damaged_version_is_mended_on_another_day(workspace: Workspace, at) -> None:
    export(workspace, "ahead.csv", {3: "2024-07-02", 4: "2024-07-02"})
    at("2024-07-01T23:00")
    refresh(workspace, QUIET)
    published = workspace.database.resolve()
    published.chmod(0o644)
    published.write_bytes(b"damaged")
    at("2024-07-03T00:00")
    assert refresh(workspace, QUIET).outcome == PUBLISHED
    assert answer(workspace, CUT_OFF) == [("2024-07-02", 2022)]


def key(workspace: Workspace, today: str) -> str:
    settings = read_settings(workspace)
    files = [file for source in take_in(workspace) for file in read_file(workspace, source, settings)]
    stated = inputs.stated(workspace, load_taxonomy())
    return inputs.version_key(workspace, settings, stated, files, date.fromisoformat(today))


def turns_on(workspace: Workspace, day: str) -> bool:
    """Whether the key changes on this day, and neither on the one before nor ever after."""
    before, on, after = (str(date.fromisoformat(day) + timedelta(days)) for days in (-1, 0, 1))
    assert key(workspace, "2024-06-01") == key(workspace, before)
    assert key(workspace, on) == key(workspace, after) == key(workspace, "2040-01-01")
    return key(workspace, before) != key(workspace, on)


def test_the_key_is_the_same_every_day_where_nothing_is_dated_ahead(workspace: Workspace) -> None:
    assert not turns_on(workspace, "2030-01-01")


def test_a_filing_year_ahead_comes_with_its_new_year(workspace: Workspace) -> None:
    export(workspace, "ahead.csv", {3: ""}, filed="2025-02-03")
    assert turns_on(workspace, "2025-01-01")


def test_a_corrected_date_counts_as_one_of_the_files(workspace: Workspace) -> None:
    for correction, turns in (
        ("title,2024-07-02", "2030-01-01"),
        ("publication_date,2024-07-02", "2024-07-02"),
        ("filing_date,2025-02-03", "2025-01-01"),
    ):
        line = f"CN100000001A,{correction},甲,2024-05-01,x\n"
        (workspace.reference / "correction.csv").write_text(CORRECTION + line, encoding="utf-8")
        assert turns_on(workspace, turns) == (turns != "2030-01-01")


def test_with_a_declared_cut_off_no_day_changes_anything(workspace: Workspace) -> None:
    export(workspace, "ahead.csv", {3: "2024-07-02"})
    assert turns_on(workspace, "2024-07-02")
    with workspace.settings_file.open("a", encoding="utf-8") as settings:
        settings.write("cut_off_date = 2024-06-30\n")
    assert not turns_on(workspace, "2024-07-02")


# ── The libraries ────────────────────────────────────────────────────────────────────────────────────────────────


def test_another_version_of_a_library_reads_and_publishes_anew(workspace: Workspace, monkeypatch) -> None:
    first, landed = key(workspace, "2024-06-01"), {path.name for path in workspace.landed.iterdir()}
    installed = label_store.version
    monkeypatch.setattr(label_store, "version", lambda name: "999" if name == "opencc" else installed(name))
    label_store.classifier_key.cache_clear()
    try:
        assert key(workspace, "2024-06-01") != first
        assert len({path.name for path in workspace.landed.iterdir()} - landed) == len(landed) == 2
    finally:
        label_store.classifier_key.cache_clear()


# ── What a team states ───────────────────────────────────────────────────────────────────────────────────────────


def correct_a_row(workspace: Workspace) -> None:
    header = "corrected_file,row_number,column_header,field_value,value_before,reviewer,decision_date,reason\n"
    line = "a.csv,1,标题,一种量子比特,一种量子芯片,甲,2024-05-01,x\n"
    (workspace.reference / "row_correction.csv").write_text(header + line, encoding="utf-8")


def correct_a_value(workspace: Workspace) -> None:
    line = "CN100000001A,title,一种量子比特,甲,2024-05-01,x\n"
    (workspace.reference / "correction.csv").write_text(CORRECTION + line, encoding="utf-8")


def declare_an_encoding(workspace: Workspace) -> None:
    text = '[[file]]\npath = "a.csv"\nencoding = "gb18030"\n'
    (workspace.root / "sources.toml").write_text(text, encoding="utf-8")


def weigh_a_branch(workspace: Workspace) -> None:
    branch = workspace.root / "taxonomy" / "cloud.native.toml"
    branch.write_text(branch.read_text(encoding="utf-8").replace("priority = ", "priority = 1", 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("edit", "place"),
    [
        (correct_a_row, "reference/"),
        (correct_a_value, "reference/"),
        (declare_an_encoding, "sources.toml"),
        (weigh_a_branch, "taxonomy"),
    ],
)
def test_what_changes_while_a_refresh_runs_is_named(workspace: Workspace, edit: Callable, place: str) -> None:
    taxonomy = workspace.root / "taxonomy"
    shutil.copytree(SHIPPED_TAXONOMY, taxonomy)
    before = inputs.stated(workspace, load_taxonomy(taxonomy))
    inputs.require_unchanged(before, workspace, taxonomy)
    edit(workspace)
    with pytest.raises(WorkspaceError, match=f"^{place}: .*changed while the refresh ran.*refresh again"):
        inputs.require_unchanged(before, workspace, taxonomy)


def test_a_row_corrected_after_its_file_was_read_is_not_published_as_it_was(workspace: Workspace) -> None:
    def after_reading(name: str) -> None:
        if name == "read":
            correct_a_row(workspace)

    with pytest.raises(WorkspaceError, match="refresh again"), watched(after_reading):
        refresh(workspace, QUIET)
    assert current_key(workspace.warehouse) is None
    assert refresh(workspace, QUIET).outcome == PUBLISHED
    assert answer(workspace, "SELECT is_applied FROM meta.row_correction") == [(True,)]
    title = "SELECT title FROM core.publication WHERE publication_number = 'CN100000001A'"
    assert answer(workspace, title) == [("一种量子比特",)]


def test_a_change_that_is_undone_leaves_nothing_behind(workspace: Workspace) -> None:
    def editing(step: Callable, *arguments: object) -> object:
        if step.__name__ == "refine_to_door":
            correct_a_value(workspace)
        return step(*arguments)

    with pytest.raises(WorkspaceError, match="changed while the refresh ran"):
        refresh(workspace, QUIET, editing)
    assert not list(workspace.recipes.glob("*"))
    (workspace.reference / "correction.csv").unlink()
    first = refresh(workspace, QUIET)
    assert first.outcome == PUBLISHED
    correct_a_value(workspace)
    assert refresh(workspace, QUIET).version_key != first.version_key
    (workspace.reference / "correction.csv").unlink()
    assert refresh(workspace, QUIET).version_key == first.version_key


def test_a_file_that_an_editor_lays_beside_a_table_is_no_change(workspace: Workspace) -> None:
    correct_a_value(workspace)
    before = inputs.stated(workspace, load_taxonomy())
    for name in (".~lock.correction.csv#", "~$correction.xlsx"):
        (workspace.reference / name).write_text("me", encoding="utf-8")
    inputs.require_unchanged(before, workspace, None)
