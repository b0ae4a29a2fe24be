"""The sample as a workspace of its own kind: marked, with its own cut-off date, never mixed with real exports."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from flows.sample import MANIFEST, write_sample
from flows.sample.calibration import CUT_OFF
from flows.workspace import SAMPLE, Workspace, create, open_workspace, read_settings
from schemas.errors import WorkspaceError

_SAMPLE = "sample"


def sample_workspace(root: Path, applications: int) -> tuple[Workspace, int]:
    """(workspace, applications written). An existing sample workspace is used as it is, and then nothing is written.

    Raises WorkspaceError where a workspace of real exports or other files stand.
    """
    if Workspace(root).settings_file.exists():
        workspace = open_workspace(root)
        if not read_settings(workspace).is_sample:
            raise WorkspaceError(
                str(root),
                "a workspace of real exports",
                "the sample's own workspace",
                "leave --sample out, or name another",
            )
        if any(workspace.inbox.iterdir()):
            return workspace, 0
    else:
        workspace = create(root, SAMPLE, cut_off_date=CUT_OFF)
    return workspace, _fill(workspace, applications)


def filings_of_sample(workspace: Workspace) -> int:
    """How many filings the sample of this workspace was made with."""
    return json.loads((workspace.root / _SAMPLE / MANIFEST).read_text(encoding="utf-8"))["applications"]


def _fill(workspace: Workspace, applications: int) -> int:
    fresh = workspace.root / _SAMPLE
    shutil.rmtree(fresh, ignore_errors=True)
    report = write_sample(fresh, applications)
    shutil.copytree(fresh / "reference", workspace.reference, dirs_exist_ok=True)
    shutil.copytree(fresh / "inbox", workspace.inbox, dirs_exist_ok=True)
    shutil.rmtree(fresh / "inbox")
    shutil.rmtree(fresh / "reference")
    return report.applications
