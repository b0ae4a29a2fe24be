"""What the disk refuses is told as an error that a user can act on; what is our fault stays what it is."""

from __future__ import annotations

import errno
from pathlib import Path

import duckdb
import polars as pl
import pytest

from flows.storage import storage_failures_told
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


@pytest.mark.parametrize(
    "fault",
    [pl.exceptions.ComputeError("conversion failed"), duckdb.BinderException("no column"), WorkspaceError("a", "b")],
)
def test_what_is_our_fault_stays_what_it_is(fault: Exception) -> None:
    with pytest.raises(type(fault)) as raised, storage_failures_told(Path("workspace")):
        raise fault
    assert raised.value is fault
