"""The team's own files: what their README shows is what is read, and a mistyped name is told."""

from __future__ import annotations

import json
import shutil

import pytest

from flows.doctor import Level, examine
from flows.left_out import left_out
from flows.progress import Progress
from flows.refresh import NOTHING_NEW, refresh
from flows.team_files import TEAM_FILES, as_csv, readme, strangers
from schemas.branches import load_taxonomy
from schemas.reference import TEAM_TABLES, team_rows
from tests.conftest import ROOT
from tests.flows.test_cli import patnav
from transforms.corrections import read_corrections
from transforms.decisions import read_decisions
from transforms.regions import read_place_corrections
from transforms.row_corrections import read_row_corrections

QUIET = Progress(quiet=True)


def test_every_example_is_read(world_workspace) -> None:
    folder = world_workspace.reference
    for file in TEAM_FILES:
        (folder / file.name).write_text(as_csv(file), encoding="utf-8")
    assert read_decisions(folder, load_taxonomy()).height == 1
    assert read_corrections(folder).height == 2  # a value and a family
    assert read_row_corrections(folder).height == 1 and read_place_corrections(folder).height == 1
    assert all(team_rows(name, folder).height == 1 for name in TEAM_TABLES)
    assert left_out(world_workspace) == ()
    refresh(world_workspace, QUIET)


def test_a_new_workspace_says_what_its_folder_takes(world_workspace) -> None:
    told = (world_workspace.reference / "README.md").read_text(encoding="utf-8")
    assert told == readme() == (ROOT / "docs" / "team-tables.md").read_text(encoding="utf-8")
    assert {f"{name}.csv" for name in TEAM_TABLES} <= {file.name for file in TEAM_FILES}
    assert all(f"## {file.name}\n" in told and ",".join(file.columns) in told for file in TEAM_FILES)


def test_the_readme_counts_for_no_version(world_workspace) -> None:
    readme_file = world_workspace.reference / "README.md"
    readme_file.unlink()
    first = refresh(world_workspace, QUIET)
    readme_file.write_text("ours now", encoding="utf-8")
    assert (again := refresh(world_workspace, QUIET)).outcome == NOTHING_NEW and again.version_key == first.version_key
    shutil.rmtree(world_workspace.reference)
    assert refresh(world_workspace, QUIET).version_key == first.version_key


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("corrections.csv", "correction.csv"),
        ("Decision.CSV", "decision.csv"),
        ("decision.xlsx", "decision.csv"),
        ("applicant-aliases.csv", "applicant_alias.csv"),
        ("familylinks.csv", "family_link.csv"),
    ],
)
def test_a_mistyped_name_is_told_with_the_nearest(world_workspace, name: str, nearest: str) -> None:
    (world_workspace.reference / name).write_text("", encoding="utf-8")
    for other in ("notes.txt", "~$decision.xlsx", ".decision.csv.tmp", "map.png"):
        (world_workspace.reference / other).write_text("", encoding="utf-8")
    assert strangers(world_workspace.reference) == [(name, nearest)]


def test_a_mistyped_name_is_told_by_refresh_and_doctor(world_workspace) -> None:
    for file in world_workspace.inbox.iterdir():
        if file.name != "lens.csv":  # its rows are all taken: nothing else is partial
            file.unlink()
    assert patnav("refresh", "-w", world_workspace.root, "--no-prefect").returncode == 0
    (world_workspace.reference / "corrections.csv").write_text("publication_number\n", encoding="utf-8")
    told = patnav("refresh", "-w", world_workspace.root, "--no-prefect", "--json")
    assert told.returncode == 3 and "did you mean correction.csv?" in told.stderr
    assert [each["path"] for each in json.loads(told.stdout)["left_out"]] == ["reference/corrections.csv"]
    found = {finding.about: finding.level for finding in examine(world_workspace, quick=True)}
    assert found["reference/corrections.csv"] is Level.PROBLEM
