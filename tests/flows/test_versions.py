"""Versions: what is kept, and how one goes back and forth between them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.lock import only_refresh
from flows.progress import Progress
from flows.refresh import NOTHING_NEW, refresh
from flows.versions import go_back, told_versions
from flows.workspace import read_settings
from schemas.errors import PublishError, RefreshBusyError, WorkspaceError
from tests.conftest import WORLD
from warehouse.history import HISTORY, REFRESH, ROLLBACK, last_shown, record, shown_before, swaps, to_let_go, withdrawn
from warehouse.marts import are_current, current_marts
from warehouse.publish import current_key, verify

QUIET = Progress(quiet=True)
NOW = datetime(2024, 5, 10, 12, tzinfo=UTC)


def told(folder: Path, *steps: tuple[str, str | None, str]) -> Path:
    for step in steps:
        record(folder, *step)
    return folder


PUBLISHED_TWICE = (("a", None, REFRESH), ("b", "a", REFRESH))


@pytest.mark.parametrize(
    ("steps", "taken"),
    [
        ((), set()),
        (PUBLISHED_TWICE, set()),
        ((*PUBLISHED_TWICE, ("a", "b", ROLLBACK)), {"b"}),
        ((*PUBLISHED_TWICE, ("a", "b", ROLLBACK), ("c", "a", REFRESH)), {"b"}),
        ((*PUBLISHED_TWICE, ("a", "b", ROLLBACK), ("b", "a", ROLLBACK)), {"a"}),
        ((*PUBLISHED_TWICE, ("a", "b", ROLLBACK), ("c", "a", REFRESH), ("b", "c", ROLLBACK)), {"c"}),
        ((*PUBLISHED_TWICE, ("c", "b", REFRESH), ("a", "c", ROLLBACK)), {"c"}),
    ],
)
def test_a_version_is_withdrawn_until_somebody_puts_it_back(tmp_path: Path, steps: tuple, taken: set[str]) -> None:
    assert set(withdrawn(told(tmp_path, *steps))) == taken


def test_back_leads_to_what_was_there_before(tmp_path: Path) -> None:
    told(tmp_path, *PUBLISHED_TWICE, ("c", "b", REFRESH))
    assert shown_before(tmp_path, "c", ["a", "b", "c"]) == "b"
    told(tmp_path, ("b", "c", ROLLBACK))
    assert shown_before(tmp_path, "b", ["a", "b", "c"]) == "a"
    assert shown_before(tmp_path, "b", ["b", "c"]) is None
    assert shown_before(tmp_path, "a", ["a", "b", "c"]) is None
    assert shown_before(tmp_path / "nowhere", None, []) is None


def test_a_torn_line_costs_that_line_alone(tmp_path: Path) -> None:
    told(tmp_path, *PUBLISHED_TWICE)
    with (tmp_path / HISTORY).open("a", encoding="utf-8") as file:
        file.write('{"at": "2024-')
    told(tmp_path, ("a", "b", ROLLBACK))
    assert [swap.version_key for swap in swaps(tmp_path)] == ["a", "b", "a"]
    assert set(withdrawn(tmp_path)) == {"b"}


@pytest.mark.parametrize(
    ("keep", "hours", "gone"),
    [(2, 0, ["c", "d"]), (2, 24, ["d"]), (2, 24 * 30, []), (4, 0, []), (1, 0, ["b", "c", "d"]), (3, 0, ["d"])],
)
def test_versions_are_kept_by_number_and_by_age(keep: int, hours: float, gone: list[str]) -> None:
    shown = {"a": NOW, "b": NOW - timedelta(hours=1), "c": NOW - timedelta(hours=23), "d": NOW - timedelta(days=9)}
    assert to_let_go(shown, "a", keep, NOW - timedelta(hours=hours)) == gone
    assert "d" not in to_let_go(shown, "d", keep, NOW - timedelta(hours=hours))


def test_a_version_that_one_went_back_to_counts_as_used_then(tmp_path: Path) -> None:
    created = dict.fromkeys(("a", "b", "c"), "2024-01-01T00:00:00+00:00")
    told(tmp_path, ("a", "b", ROLLBACK))
    shown = last_shown(tmp_path, created)
    assert shown["a"] == shown["b"] > shown["c"] == datetime(2024, 1, 1, tzinfo=UTC)


def test_settings_of_retention_are_checked_and_do_not_make_a_new_version(world_workspace) -> None:
    before = read_settings(world_workspace)
    assert (before.keep_versions, before.keep_days) == (5, 1.0)
    text = world_workspace.settings_file.read_text(encoding="utf-8")
    world_workspace.settings_file.write_text(text.replace("keep_versions = 5", "keep_versions = 9"), encoding="utf-8")
    after = read_settings(world_workspace)
    assert after.keep_versions == 9 and after.of_content == before.of_content
    for wrong in ("keep_versions = 1", "keep_versions = 2.5"):
        world_workspace.settings_file.write_text(text.replace("keep_versions = 5", wrong), encoding="utf-8")
        with pytest.raises(WorkspaceError, match="keep_versions"):
            read_settings(world_workspace)
    world_workspace.settings_file.write_text(text.replace("keep_days = 1.0", "keep_days = -1"), encoding="utf-8")
    with pytest.raises(WorkspaceError, match="keep_days"):
        read_settings(world_workspace)


def test_there_and_back_again(world_workspace) -> None:
    with pytest.raises(PublishError, match="no version that was current before"):
        go_back(world_workspace)
    few_branches = WORLD / "aquaculture"
    first = refresh(world_workspace, QUIET, taxonomy=few_branches).version_key
    lens = world_workspace.inbox / "lens.csv"
    bytes_of_lens = lens.read_bytes()
    lens.unlink()
    second = refresh(world_workspace, QUIET, taxonomy=few_branches).version_key

    assert go_back(world_workspace).version.version_key == first == current_key(world_workspace.warehouse)
    page = (world_workspace.report / "index.html").read_text(encoding="utf-8")
    assert f"{first}</title>" in page
    marks = {
        each["version_key"]: (each["is_current"], bool(each["rolled_back"])) for each in told_versions(world_workspace)
    }
    assert marks == {first: (True, False), second: (False, True)}

    # The same inputs: what somebody took from readers stays away, however often a schedule fires.
    for _ in range(2):
        again = refresh(world_workspace, QUIET, taxonomy=few_branches)
        assert (again.outcome, again.version_key) == (NOTHING_NEW, first)
        assert current_key(world_workspace.warehouse) == first

    # The inputs of the version that is shown: nothing to do. Back to the others: still nothing, until somebody says so.
    lens.write_bytes(bytes_of_lens)
    assert refresh(world_workspace, QUIET, taxonomy=few_branches).outcome == NOTHING_NEW
    lens.unlink()
    with only_refresh(world_workspace.lock), pytest.raises(RefreshBusyError):
        go_back(world_workspace, second)
    assert go_back(world_workspace, second[:6]).is_new
    assert refresh(world_workspace, QUIET, taxonomy=few_branches).outcome == NOTHING_NEW
    assert current_key(world_workspace.warehouse) == second
    assert verify(world_workspace.warehouse) == []

    # Whoever reads the Parquet files goes back too.
    assert current_marts(world_workspace.warehouse) is None
    text = world_workspace.settings_file.read_text(encoding="utf-8")
    world_workspace.settings_file.write_text(text.replace("parquet_marts = false", "parquet_marts = true"), "utf-8")
    for key in (first, second):
        go_back(world_workspace, key)
        assert are_current(world_workspace.warehouse) and current_marts(world_workspace.warehouse) == key
