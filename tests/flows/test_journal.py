"""The journal: what a run leaves behind however it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows.journal import (
    CRASHED,
    FAILED,
    PUBLISHED,
    STOPPED,
    Occasion,
    RunJournal,
    append,
    archive_when_full,
    entries,
    last_success,
    runs,
)
from schemas.errors import WorkspaceError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def read_file() -> None: ...


def build_warehouse() -> None: ...


def test_a_run_is_its_start_its_steps_and_its_end(path: Path) -> None:
    run = RunJournal(path, Occasion("scheduled"))
    do = run.noting(lambda step: step())
    for step in (read_file, read_file, build_warehouse):
        do(step)
    run.end(PUBLISHED, version_key="k1", rows={"core.publication": 3})
    (found,) = runs(path)
    assert (found.run_id, found.outcome, found.version_key) == (run.run_id, PUBLISHED, "k1")
    assert [step for step, _ in found.steps] == ["read_file", "build_warehouse"]
    assert found.occasion.kind == "scheduled" and found.started_at <= found.ended_at and found.is_success
    assert [entry["event"] for entry in entries(path)] == ["start", "step", "step", "end"]


def test_a_killed_run_is_closed_by_the_next_one_and_says_where_it_died(path: Path) -> None:
    killed = RunJournal(path)
    killed.noting(lambda step: step())(build_warehouse)
    assert runs(path)[0].outcome is None
    following = RunJournal(path)
    assert [run.run_id for run in following.crashed] == [killed.run_id]
    following.end(PUBLISHED)
    first, second = runs(path)
    assert (first.outcome, first.problem) == (CRASHED, "it was killed while in build_warehouse")
    assert second.outcome == PUBLISHED
    assert RunJournal(path).crashed == []


def test_an_error_is_told_with_all_its_parts_and_a_stop_is_no_failure(path: Path) -> None:
    RunJournal(path).end_by(WorkspaceError("inbox", "no files", "exports", "put some there"))
    RunJournal(path).end_by(KeyboardInterrupt())
    failed, stopped = runs(path)
    assert failed.outcome == FAILED and "no files" in failed.problem
    assert failed.facts["problem"]["remedy"] == "put some there"
    assert stopped.outcome == STOPPED
    assert last_success([failed, stopped]) is None


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_line_that_power_loss_tore_harms_no_other(path: Path, cut: int) -> None:
    RunJournal(path).end(PUBLISHED, version_key="first")
    torn = RunJournal(path)
    torn.end(PUBLISHED, version_key="torn")
    path.write_bytes(path.read_bytes()[:-cut])
    third = RunJournal(path)
    assert [run.run_id for run in third.crashed] == ([] if cut == 1 else [torn.run_id])
    third.end(PUBLISHED, version_key="third")
    assert [run.version_key for run in runs(path)] == ["first", "torn" if cut == 1 else None, "third"]


def test_lines_that_are_no_entries_are_passed_over(path: Path) -> None:
    path.write_text('{"outcome": "published", "started_at": "2026-01-01"}\n[1]\nnull\n{"at": 3}\n', encoding="utf-8")
    append(path, "refused", reason="another refresh")
    assert [entry["event"] for entry in entries(path)] == ["refused"]


def test_a_full_journal_is_put_aside_whole_and_the_new_one_still_knows_the_last_success(path: Path) -> None:
    for number in range(5):
        RunJournal(path).end(PUBLISHED, version_key=f"v{number}")
    RunJournal(path).end_by(WorkspaceError("w", "later failure"))
    before = path.read_bytes()
    assert archive_when_full(path) is None
    archive = archive_when_full(path, full_bytes=100)
    assert archive.read_bytes() == before
    kept = runs(path)
    assert [run.outcome for run in kept] == [PUBLISHED, FAILED]
    assert last_success(kept).version_key == "v4"
    assert last_success(kept).started_at == runs(archive)[4].started_at
    assert all(json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
