"""What the disk refuses is told as an error that a user can act on; what is our fault stays what it is."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import duckdb
import polars as pl
import pytest
from xlsxwriter.exceptions import FileCreateError

from flows.storage import refusal, storage_failures_told
from schemas.errors import StorageError, WorkspaceError

REFUSALS = [
    (OSError(errno.ENOSPC, "No space left on device", "rows.parquet"), "rows.parquet.*No space left"),
    (PermissionError(errno.EACCES, "Permission denied"), "workspace.*Permission denied"),
    (duckdb.IOException("IO Error: Could not write file: No space left\nmore"), "workspace.*Could not write file"),
    (pl.exceptions.ComputeError("underlying IO error: File too large (os error 27)"), "workspace.*File too large"),
]


@pytest.mark.parametrize(("refusal", "told"), REFUSALS)
def test_what_the_disk_refuses_is_told(refusal: Exception, told: str) -> None:
    with pytest.raises(StorageError, match=f"(?s){told}.*make room"), storage_failures_told(Path("workspace")):
        raise refusal


COMMANDS_MEET = [
    (
        FileNotFoundError(errno.ENOENT, "No such file or directory", "/nowhere/.x.xlsx.host-1-2.tmp"),
        "/nowhere",
        "make the folder",
    ),
    (FileCreateError(PermissionError(errno.EACCES, "Permission denied", "a.xlsx")), "a.xlsx", "get that right"),
    (OSError(errno.EFBIG, "File too large"), "磁盘 disk", "make room"),
    (duckdb.IOException("IO Error: Cannot open file: Permission denied\nmore"), "DuckDB", "look at the disk"),
]


@pytest.mark.parametrize(("met", "where", "remedy"), COMMANDS_MEET)
def test_what_a_command_meets_at_the_disk_is_told(met: Exception, where: str, remedy: str) -> None:
    told = refusal(met)
    assert told.where == where and remedy in told.remedy and told.found and told.expected


@pytest.mark.parametrize(
    "fault", [ConnectionRefusedError(errno.ECONNREFUSED, "refused"), OSError("strange"), KeyError("a")]
)
def test_what_is_no_matter_of_the_disk_is_not_told_as_one(fault: Exception) -> None:
    assert refusal(fault) is None


def test_of_a_folder_that_cannot_be_copied_one_file_is_named() -> None:
    several = shutil.Error(
        [(f"/from/{n}", f"/to/{n}", f"[Errno 28] No space left on device: '/from/{n}'") for n in range(50)]
    )
    expected = "^/to/0: .*No space left on device.*and 49 files more"
    with pytest.raises(StorageError, match=expected) as told, storage_failures_told(Path("workspace")):
        raise several
    assert len(str(told.value)) < 300 and refusal(several).where == "/to/0"


@pytest.mark.parametrize(
    "fault",
    [pl.exceptions.ComputeError("conversion failed"), duckdb.BinderException("no column"), WorkspaceError("a", "b")],
)
def test_what_is_our_fault_stays_what_it_is(fault: Exception) -> None:
    with pytest.raises(type(fault)) as raised, storage_failures_told(Path("workspace")):
        raise fault
    assert raised.value is fault
