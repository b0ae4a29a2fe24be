"""The route from the inbox to a published version: what a user of a workspace relies on."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import duckdb
import pytest
import xlsxwriter

from flows import refresh as spine
from flows.journal import FAILED, NOTHING_NEW, PUBLISHED, runs
from flows.lock import only_refresh
from flows.progress import Progress
from flows.refresh import refresh
from flows.workspace import SAMPLE, create, open_workspace, read_settings
from schemas.errors import (
    QueryError,
    ReferenceTableError,
    RefreshBusyError,
    StorageError,
    TaxonomyError,
    WorkspaceError,
)
from tests.conftest import WORLD
from warehouse.publish import current_key, verify, versions
from warehouse.question import ask

QUIET = Progress(quiet=True)


def answer(workspace, sql: str) -> list[tuple]:
    return ask(workspace.database, sql).rows


def test_the_world_is_published_and_adds_up(world_workspace) -> None:
    report = refresh(world_workspace, QUIET)
    assert report.outcome == PUBLISHED and report.is_partial
    rows = answer(
        world_workspace,
        "SELECT path, export, rows_in, loaded, duplicate, quarantined, blank FROM meta.source_file ORDER BY path",
    )
    assert rows == [
        ("google.csv", "google_patents_csv", 3, 2, 1, 0, 0),
        ("lens.csv", "lens_csv", 4, 3, 1, 0, 0),
        ("patsnap.csv", "patsnap_xlsx", 16, 9, 0, 6, 1),
    ]
    assert answer(world_workspace, "SELECT count(*) FROM core.publication") == [(14,)]
    assert Path(report.page).exists()
    assert verify(world_workspace.warehouse) == []


def test_the_same_files_publish_nothing_new_and_one_more_does(world_workspace) -> None:
    first = refresh(world_workspace, QUIET)
    second = refresh(world_workspace, QUIET)
    assert second.outcome == NOTHING_NEW and second.version_key == first.version_key
    with duckdb.connect(str(world_workspace.database.resolve()), read_only=True) as reader:
        before = reader.execute("SELECT count(*) FROM core.publication").fetchall()
        text = (
            (WORLD / "inbox" / "google.csv").read_text(encoding="utf-8").replace("US-2021000201-A1", "US-2021000299-A1")
        )
        (world_workspace.inbox / "more.CSV").write_text(text, encoding="utf-8")
        third = refresh(world_workspace, QUIET)
        assert third.outcome == PUBLISHED and third.version_key != first.version_key
        assert reader.execute("SELECT count(*) FROM core.publication").fetchall() == before
    assert answer(world_workspace, "SELECT count(*) FROM core.publication") == [(before[0][0] + 1,)]
    assert len(versions(world_workspace.warehouse)) == 2


def test_one_bad_file_stops_no_other_and_is_named(world_workspace) -> None:
    (world_workspace.inbox / "broken.xlsx").write_bytes(b"PK\x03\x04 not a workbook")
    (world_workspace.inbox / "unknown.csv").write_text("a,b,c\n1,2,3\n", encoding="utf-8")
    report = refresh(world_workspace, QUIET)
    assert report.is_partial
    found = dict(answer(world_workspace, "SELECT path, status FROM meta.source_file"))
    assert found["broken.xlsx"] == "unreadable" and found["unknown.csv"] == "unknown_export"
    reason = answer(world_workspace, "SELECT reason FROM meta.source_file WHERE path = 'unknown.csv'")[0][0]
    assert reason.startswith("unknown.csv:") and "nearest is" in reason


def test_a_name_that_is_not_utf_8_stops_nothing_and_is_read_as_it_was_written(world_workspace) -> None:
    file = world_workspace.inbox / "lens.csv"
    file.rename(world_workspace.inbox / os.fsdecode("智慧芽导出.csv".encode("gb18030")))
    report = refresh(world_workspace, QUIET)
    assert report.outcome == PUBLISHED
    assert "智慧芽导出.csv" in {landed.source.path for landed in report.files}


def test_the_reason_why_a_file_is_left_out_names_it_as_it_is_called_now(world_workspace) -> None:
    inbox, reasons = (
        world_workspace.inbox,
        "SELECT path, reason FROM meta.source_file WHERE status <> 'landed' ORDER BY path",
    )
    book = xlsxwriter.Workbook(inbox / "book.xlsx")
    for sheet in ("one", "two"):
        book.add_worksheet(sheet).write_row(0, 0, (f"{sheet} a", "b", "c"))
    book.close()
    (inbox / "a.csv").write_text("a,b,c\n1,2,3\n", encoding="utf-8")
    refresh(world_workspace, QUIET)
    before = answer(world_workspace, reasons)
    (inbox / "a.csv").rename(inbox / "renamed.csv")
    (inbox / "book.xlsx").rename(inbox / "renamed.xlsx")
    renamed = refresh(world_workspace, QUIET)
    after = answer(world_workspace, reasons)
    assert [path for path, _ in after] == ["renamed.csv", "renamed.xlsx"]
    for (path, reason), (path_before, reason_before) in zip(after, before, strict=True):
        assert reason == reason_before.replace(path_before, path, 1) and reason.startswith(path)
    # Read anew under that name it says the same, so that one key has one content.
    (away := world_workspace.root / "away").mkdir()
    for path, _ in after:
        (inbox / path).rename(away / path)
    refresh(world_workspace, QUIET)
    for path, _ in after:
        (away / path).rename(inbox / path)
    assert refresh(world_workspace, QUIET).version_key == renamed.version_key
    assert answer(world_workspace, reasons) == after


def test_every_file_is_kept_under_its_hash(world_workspace) -> None:
    refresh(world_workspace, QUIET)
    hashes = [row[0] for row in answer(world_workspace, "SELECT sha256 FROM meta.source_file")]
    assert sorted(path.name for path in world_workspace.raw.iterdir()) == sorted(hashes)


def test_landed_rows_of_removed_files_are_let_go_and_raw_files_kept(world_workspace) -> None:
    refresh(world_workspace, QUIET)
    (world_workspace.inbox / "google.csv").unlink()
    refresh(world_workspace, QUIET)
    assert len(list(world_workspace.landed.iterdir())) == 2
    assert len(list(world_workspace.raw.iterdir())) == 3
    assert answer(world_workspace, "SELECT count(*) FROM meta.source_file") == [(2,)]


def test_the_same_bytes_twice_are_all_duplicates(world_workspace) -> None:
    shutil.copy(world_workspace.inbox / "lens.csv", world_workspace.inbox / "lens again.csv")
    refresh(world_workspace, QUIET)
    rows = answer(
        world_workspace, "SELECT path, loaded, duplicate FROM meta.source_file WHERE path LIKE 'lens%' ORDER BY path"
    )
    assert sorted(loaded for _, loaded, _ in rows) == [0, 3]
    assert sum(duplicate for *_, duplicate in rows) == 5


def test_the_version_does_not_depend_on_where_the_workspace_lies(world_workspace, tmp_path: Path) -> None:
    report = refresh(world_workspace, QUIET)
    other = create(tmp_path / "elsewhere")
    shutil.copytree(world_workspace.inbox, other.inbox, dirs_exist_ok=True)
    assert refresh(other, QUIET).version_key == report.version_key
    hashes = {versions(each.warehouse)[0].content_hash for each in (world_workspace, other)}
    assert len(hashes) == 1


def test_an_empty_inbox_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="no files.*patnav refresh --sample"):
        refresh(create(tmp_path / "w"), QUIET)


def test_nothing_readable_publishes_nothing(tmp_path: Path) -> None:
    workspace = create(tmp_path / "w")
    (workspace.inbox / "unknown.csv").write_text("a,b,c\n1,2,3\n", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="no file that can be read"):
        refresh(workspace, QUIET)
    assert not workspace.database.exists()


def test_only_one_refresh_at_a_time(world_workspace) -> None:
    with only_refresh(world_workspace.lock), pytest.raises(RefreshBusyError, match="another refresh"):
        refresh(world_workspace, QUIET)
    assert refresh(world_workspace, QUIET).outcome == PUBLISHED


STEPS = ("take_in", "read_files", "refine_to_door", "build_warehouse", "publish_version", "write_page")


def _mostly_nightly(step: str):
    return step if step in ("refine_to_door", "publish_version") else pytest.param(step, marks=pytest.mark.nightly)


@pytest.mark.parametrize("step", [*map(_mostly_nightly, STEPS)])
def test_a_step_that_fails_leaves_the_published_version_and_the_next_run_repairs(world_workspace, step: str) -> None:
    first = refresh(world_workspace, QUIET)
    shutil.copy(world_workspace.inbox / "google.csv", world_workspace.inbox / "google again.csv")

    def failing(called, *arguments):
        if called.__name__ == step:
            raise RuntimeError(f"power loss in {step}")
        return called(*arguments)

    with pytest.raises(RuntimeError, match=step):
        refresh(world_workspace, QUIET, failing)
    if step != "write_page":
        assert current_key(world_workspace.warehouse) == first.version_key
    assert verify(world_workspace.warehouse) == []
    repaired = refresh(world_workspace, QUIET)
    assert current_key(world_workspace.warehouse) == repaired.version_key != first.version_key


def test_the_named_steps_are_those_of_the_route(world_workspace) -> None:
    called = []

    def noting(step, *arguments):
        called.append(step.__name__)
        return step(*arguments)

    refresh(world_workspace, QUIET, noting)
    assert set(called) == set(STEPS)


def test_synthetic_rows_are_refused_among_real_ones_and_the_reverse(world_workspace, tmp_path: Path) -> None:
    google = WORLD / "inbox" / "google.csv"
    synthetic = google.read_text(encoding="utf-8").replace('"D, E"', "SYNTHETIC INVENTOR 0001")
    (world_workspace.inbox / "synthetic.csv").write_text(synthetic, encoding="utf-8")
    refresh(world_workspace, QUIET)
    assert answer(world_workspace, "SELECT status, rows_in FROM meta.source_file WHERE path = 'synthetic.csv'") == [
        ("refused", 0)
    ]

    sample = create(tmp_path / "sample", SAMPLE)
    (sample.inbox / "synthetic.csv").write_text(synthetic, encoding="utf-8")
    shutil.copy(google, sample.inbox / "real.csv")
    refresh(sample, QUIET)
    assert answer(sample, "SELECT status FROM meta.source_file WHERE path = 'real.csv'") == [("refused",)]
    assert answer(sample, "SELECT is_synthetic FROM meta.build") == [(True,)]


def test_the_journal_tells_every_run(world_workspace) -> None:
    refresh(world_workspace, QUIET)
    refresh(world_workspace, QUIET)
    (world_workspace.settings_file).write_text("kind = 1", encoding="utf-8")
    with pytest.raises(WorkspaceError):
        refresh(world_workspace, QUIET)
    first, second, third = runs(world_workspace.journal)
    assert [run.outcome for run in (first, second, third)] == [PUBLISHED, NOTHING_NEW, FAILED]
    assert "kind = 1" in third.problem
    assert (first.facts["rows_in"], first.facts["quarantined"]) == (23, 6)
    assert first.facts["rows"]["core.publication"] == 14
    assert tuple(step for step, _ in first.steps) == STEPS
    assert [step for step, _ in second.steps] == ["take_in", "read_files"]


def test_a_version_tells_of_failed_runs_and_not_where_the_workspace_lies(world_workspace, tmp_path: Path) -> None:
    sound = world_workspace.settings_file.read_text(encoding="utf-8")
    link = tmp_path / "link"
    link.symlink_to(world_workspace.root)
    world_workspace.settings_file.write_text('keep_days = "x"', encoding="utf-8")
    for root in (world_workspace.root, link):
        with pytest.raises(WorkspaceError):
            refresh(open_workspace(root), QUIET)
    world_workspace.settings_file.write_text(sound, encoding="utf-8")

    def failing(step, *arguments):
        raise StorageError(str(world_workspace.root), "no room", "some")

    with pytest.raises(StorageError):
        refresh(world_workspace, QUIET, failing)
    refresh(open_workspace(link), QUIET)
    problems = [problem for (problem,) in answer(world_workspace, "SELECT problem FROM meta.run ORDER BY started_at")]
    expected = "WorkspaceError: workspace.toml: keep_days = 'x'; expected a float; mend it"
    assert problems == [expected, expected, "StorageError: workspace: no room; expected some", None]
    assert str(tmp_path) in runs(world_workspace.journal)[0].problem


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('kind = "real"\nkinds = 1', "unknown key kinds"),
        ('kind = "mixed"', "kind = 'mixed'"),
        ("publication_lag_months = 99", "publication_lag_months = 99"),
        ('focus_city_code = "999999"', "focus_city_code"),
        ('focus_province_code = "440000"', "focus_city_code = '330100' beside"),
        ("cut_off_date = 2024", "cut_off_date = 2024"),
        ("kind real", "line 1"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, line: str, found: str) -> None:
    workspace = create(tmp_path / "w")
    workspace.settings_file.write_text(line, encoding="utf-8")
    with pytest.raises(WorkspaceError, match=found):
        read_settings(workspace)


def test_a_workspace_is_not_made_over_other_files(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(WorkspaceError, match="not empty"):
        create(tmp_path)
    with pytest.raises(WorkspaceError, match="patnav init"):
        open_workspace(tmp_path)


@pytest.mark.parametrize("name", ["导航[2024]", "a*b", "a?b"])
def test_a_workspace_whose_path_is_a_pattern_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(WorkspaceError, match="the path .* holds [*?[]; expected .*rename the folder"):
        create(tmp_path / name / "w")
    assert not (tmp_path / name).exists()
    create(tmp_path / "plain").root.rename(tmp_path / name)
    (tmp_path / "link").symlink_to(tmp_path / name)
    for root in (tmp_path / name, tmp_path / "link"):
        with pytest.raises(WorkspaceError, match="rename the folder"):
            open_workspace(root)


def test_as_a_prefect_flow_the_route_gives_the_same_version(world_workspace, tmp_path: Path) -> None:
    done = spine.refresh_with_prefect(world_workspace, QUIET)
    assert done.outcome == PUBLISHED
    assert spine.refresh_with_prefect(world_workspace, QUIET).outcome == NOTHING_NEW
    other = create(tmp_path / "plain")
    shutil.copytree(world_workspace.inbox, other.inbox, dirs_exist_ok=True)
    assert refresh(other, QUIET).version_key == done.version_key


def test_another_industry_is_another_folder_of_the_same_files(world_workspace) -> None:
    refresh(world_workspace, QUIET)
    shutil.copytree(WORLD / "aquaculture", world_workspace.root / "taxonomy")
    with world_workspace.settings_file.open("a", encoding="utf-8") as settings:
        settings.write('taxonomy = "taxonomy"\n')
    report = refresh(world_workspace, QUIET)
    assert report.outcome == PUBLISHED
    labels = "SELECT application_id, branch, level FROM core.application_branch"
    assert answer(world_workspace, labels) == [("CN202010000007", "pond.aeration", "core")]
    structure = "SELECT branch, applications FROM metrics.m12_branch_structure WHERE tier = 3 AND unit = 'application' ORDER BY branch"
    assert answer(world_workspace, structure) == [("pond.aeration", 1), ("pond.feeding", 0)]
    assert "增氧" in Path(report.page).read_text(encoding="utf-8")
    # Named on the command line instead, wherever it lies, it is the same industry.
    text = world_workspace.settings_file.read_text(encoding="utf-8")
    world_workspace.settings_file.write_text(text.replace('taxonomy = "taxonomy"\n', ""), encoding="utf-8")
    again = refresh(world_workspace, QUIET, taxonomy=WORLD / "aquaculture")
    assert (again.outcome, again.version_key) == (NOTHING_NEW, report.version_key)


def broken_query(folder: Path) -> None:
    branch = folder / "pond.feeding.toml"
    branch.write_text(branch.read_text(encoding="utf-8").replace('"TI:@S AND IC:@B"', '"TI:@S AND"'), encoding="utf-8")


@pytest.mark.parametrize(
    ("harm", "error", "found"),
    [
        (broken_query, QueryError, "branch pond.feeding: rules.core, line 1, column 10"),
        (lambda folder: (folder / "_tree.toml").unlink(), TaxonomyError, "no _tree.toml"),
        (lambda folder: None, ReferenceTableError, "line 2: branch 'quantum.circuit'"),
    ],
)
def test_a_taxonomy_that_cannot_be_used_is_told_before_any_data_is_touched(
    world_workspace, tmp_path: Path, harm, error, found: str
) -> None:
    folder = tmp_path / "taxonomy"
    shutil.copytree(WORLD / "aquaculture", folder)
    harm(folder)
    decision = "publication_number,branch,decision,reviewer,decision_date,reason\nCN101000001A,quantum.circuit,none,甲,2024-05-01,\n"
    (world_workspace.reference / "decision.csv").write_text(decision, encoding="utf-8")
    for route in (refresh, spine.refresh_with_prefect):
        with pytest.raises(error, match=found):
            route(world_workspace, QUIET, taxonomy=folder)
    assert not list(world_workspace.raw.iterdir()) and not (world_workspace.root / "data").exists()


def test_a_taxonomy_that_is_not_there_is_named(world_workspace) -> None:
    world_workspace.settings_file.write_text('taxonomy = "elsewhere"', encoding="utf-8")
    with pytest.raises(WorkspaceError, match="taxonomy = 'elsewhere'"):
        refresh(world_workspace, QUIET)
