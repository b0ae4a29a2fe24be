"""What somebody put into the workspace to be read and no refresh reads is named, and the exit code says so."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from flows.doctor import Level, examine
from flows.left_out import left_out
from flows.progress import Progress
from flows.refresh import refresh
from schemas.errors import WorkspaceError
from tests.conftest import WORLD
from tests.flows.test_cli import patnav

QUIET = Progress(quiet=True)


def put_unreadable(inbox: Path) -> dict[str, str]:
    """Things in the inbox that are no files, and what is said of each."""
    (inbox / "linked").symlink_to(WORLD / "inbox", target_is_directory=True)
    (inbox / "sub").mkdir()
    (inbox / "sub" / "dangling.csv").symlink_to("gone.csv")
    (inbox / ".#edited.csv").symlink_to("editor@host.1")  # an editor's lock
    os.mkfifo(inbox / "pipe.csv")
    return {
        "inbox/linked": "a link to a folder",
        "inbox/pipe.csv": "neither a file nor a folder",
        "inbox/sub/dangling.csv": "a link to nothing",
    }


def test_what_is_no_file_is_named_and_told_by_the_exit_code(world_workspace) -> None:
    expected = put_unreadable(world_workspace.inbox)
    for file in list(world_workspace.inbox.glob("*.csv")):
        if file.name not in ("lens.csv", "pipe.csv"):  # its rows are all taken: nothing else is partial
            file.unlink()
    found = {each.path: each.en for each in left_out(world_workspace)}
    assert found.keys() == expected.keys() and all(expected[path] in told for path, told in found.items())
    told = patnav("refresh", "-w", world_workspace.root, "--no-prefect", "--json")
    assert told.returncode == 3, told.stderr
    assert {each["path"] for each in json.loads(told.stdout)["left_out"]} == expected.keys()
    assert told.stderr.count("inbox/linked") == 2 and 'kind = "folder"' in told.stderr
    findings = {finding.about: finding.level for finding in examine(world_workspace, quick=True)}
    assert findings["inbox/linked"] is Level.PROBLEM


def test_an_inbox_of_links_alone_says_why_it_is_empty(world_workspace) -> None:
    for file in world_workspace.inbox.iterdir():
        file.unlink()
    (world_workspace.inbox / "linked").symlink_to(WORLD / "inbox", target_is_directory=True)
    with pytest.raises(WorkspaceError, match="no files; inbox/linked.*a link to a folder"):
        refresh(world_workspace, QUIET)


def test_a_linked_file_and_a_linked_inbox_are_read(world_workspace, tmp_path: Path) -> None:
    (world_workspace.inbox / "again.csv").symlink_to(WORLD / "inbox" / "lens.csv")
    world_workspace.inbox.rename(tmp_path / "elsewhere")
    world_workspace.inbox.symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert left_out(world_workspace) == ()
    assert "again.csv" in {file.source.path for file in refresh(world_workspace, QUIET).files}
