"""`patnav status` and `patnav doctor`: what is wrong is said, and nothing else."""

from __future__ import annotations

import datetime
import os
import shutil
from pathlib import Path

import pytest

from flows import doctor
from flows.doctor import Level, examine, status, within
from flows.freshness import source_of
from flows.journal import CRASHED, PUBLISHED, RunJournal, runs
from flows.progress import Progress
from flows.refresh import refresh
from flows.workspace import Workspace, create
from schemas.errors import ScheduleError
from tests.conftest import WORLD
from tests.flows.test_cli import patnav
from warehouse.question import ask

NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)
STALE_AFTER = "[freshness]\nstale_after_days = 30\n"


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Workspace:
    workspace = create(tmp_path_factory.mktemp("doctor") / "w")
    (workspace.inbox / "lens").mkdir()
    shutil.copy(WORLD / "inbox" / "lens.csv", workspace.inbox / "lens")
    shutil.copy(WORLD / "inbox" / "google.csv", workspace.inbox)
    RunJournal(workspace.journal)  # killed
    refresh(workspace, Progress(quiet=True))
    return workspace


@pytest.fixture
def workspace(published: Workspace, tmp_path: Path) -> Workspace:
    """A copy that a test may harm."""
    shutil.copytree(published.root, tmp_path / "w", symlinks=True)
    return Workspace(tmp_path / "w")


def told(workspace: Workspace, now: datetime.datetime | None = None) -> list[str]:
    return [finding.about for finding in status(workspace, now).findings]


def test_a_fresh_workspace_is_in_order(published: Workspace) -> None:
    state = status(published)
    assert state.findings == () and state.last_run.outcome == PUBLISHED
    assert [(source.source, source.files, str(source.data_until)) for source in state.sources] == [
        ("inbox", 1, "2021-07-22"),
        ("lens", 1, "2020-11-10"),
    ]
    # Between the beginning of these tests and now, however long those before them took.
    assert all(NOW <= source.arrived_at <= datetime.datetime.now(datetime.UTC) for source in state.sources)


def test_the_warehouse_tells_of_runs_and_of_how_fresh_its_sources_are(published: Workspace) -> None:
    found = ask(published.database, "SELECT status, occasion, rows_in, problem FROM meta.run ORDER BY started_at").rows
    assert found == [(CRASHED, "manual", None, "it was killed while in its start"), ("built", "manual", 7, None)]
    (built,) = ask(published.database, "SELECT version_key FROM meta.run WHERE status = 'built'").rows
    assert built == (status(published).version_key,)
    sources = ask(published.database, "SELECT source, files, stale_after_days FROM meta.source_freshness").rows
    assert sorted(sources) == [("inbox", 1, None), ("lens", 1, None)]


def test_a_source_without_anything_new_becomes_stale_and_the_exit_code_says_so(workspace: Workspace) -> None:
    (workspace.root / "sources.toml").write_text(STALE_AFTER, encoding="utf-8")
    assert told(workspace, NOW + 29 * DAY) == []
    assert told(workspace, NOW + 31 * DAY) == ["source inbox", "source lens"]
    (workspace.root / "sources.toml").write_text("[freshness]\nstale_after_days = 1e-9\n", encoding="utf-8")
    done = patnav("status", "-w", workspace.root)
    assert done.returncode == 1 and "过期 stale" in done.stdout and "nothing new for" in done.stdout
    (workspace.root / "sources.toml").unlink()
    assert patnav("status", "-w", workspace.root).returncode == 0


def test_a_failed_a_killed_and_a_running_refresh(workspace: Workspace) -> None:
    RunJournal(workspace.journal).end_by(ScheduleError("somewhere", "something"))
    assert told(workspace) == ["last run"]
    # Of this very process, which lives: it runs.
    RunJournal(workspace.journal)
    state = status(workspace)
    assert state.running is not None and state.findings == ()
    text = workspace.journal.read_text(encoding="utf-8")
    workspace.journal.write_text(text.replace(f'"process": "{os.getpid()}-', '"process": "1-'), encoding="utf-8")
    state = status(workspace)
    assert state.running is None and [finding.about for finding in state.findings] == ["last run"]
    assert "killed" in state.findings[0].en


def test_a_schedule_that_does_not_fire_is_told(workspace: Workspace) -> None:
    (workspace.root / "sources.toml").write_text(
        '[schedule]\ncron = "0 * * * *"\ntimezone = "Asia/Shanghai"\n', encoding="utf-8"
    )
    began = runs(workspace.journal)[-1].started_at
    next_hour = began.replace(minute=0, second=0, microsecond=0) + datetime.timedelta(hours=1)
    assert status(workspace, began).next_slot == next_hour
    assert told(workspace, next_hour + datetime.timedelta(minutes=5)) == []
    assert told(workspace, next_hour + datetime.timedelta(minutes=11)) == ["schedule"]


def test_nothing_published_is_not_in_order(tmp_path: Path) -> None:
    assert told(create(tmp_path / "new")) == ["published"]


def test_the_doctor_finds_a_sound_workspace_sound(published: Workspace) -> None:
    found = list(examine(published))
    assert [finding.about for finding in found if finding.level is Level.PROBLEM] == []
    assert {"workspace.toml", "sources.toml", "packages", "disk", "lock", "versions", "freshness"} <= {
        finding.about for finding in found
    }


def test_the_doctor_names_what_is_wrong(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    (workspace.root / "sources.toml").write_text('[schedule]\ncron = "x"\ntimezone = "UTC"\n', encoding="utf-8")
    database = workspace.database.resolve()
    database.chmod(0o644)
    monkeypatch.setattr(doctor, "version", lambda name: "2.1.0" if name == "sqlalchemy" else "999")
    monkeypatch.setattr(doctor, "requires", lambda name: ["sqlalchemy<2.1,>=2.0.40", 'x>1; extra == "more"'])
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 9, 1))
    problems = {finding.about: finding for finding in examine(workspace) if finding.level is Level.PROBLEM}
    key = status_key(workspace)
    assert {"sources.toml [schedule]", "package sqlalchemy", "disk", f"version {key}", "status"} == set(problems)
    assert "never fires" in problems["package sqlalchemy"].en
    assert "mode 0644" in problems[f"version {key}"].en
    assert all(finding.remedy for finding in problems.values())


def status_key(workspace: Workspace) -> str:
    return workspace.database.resolve().stem


@pytest.mark.parametrize(
    ("found", "bounds", "holds"),
    [
        ("2.0.58", ">=2.0.40,<2.1", True),
        ("2.1.0", ">=2.0.40,<2.1", False),
        ("2.0.9", ">=2.0.40", False),
        ("3.8.8", ">=3.8.8,<4", True),
        ("4", ">=3.8.8,<4", False),
        ("1.0.0rc1", ">=1", True),
        ("1.2", "==1.2.0", True),
        ("1.2", "!=1.2.0", False),
        ("7", "", True),
    ],
)
def test_versions_within_bounds(found: str, bounds: str, holds: bool) -> None:
    assert within(found, bounds) is holds


def test_a_source_is_a_folder_of_the_inbox() -> None:
    assert [source_of(path) for path in ("a.csv", "team/a.csv", "team/2020/a.zip!b.csv")] == ["inbox", "team", "team"]
