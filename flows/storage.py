"""What a disk that is full, failing or closed to us does to a refresh, told as an error that a user can act on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl

from schemas.errors import StorageError

# How polars tells that writing failed; any other of its errors is a fault of ours.
_POLARS_TELLS = ("os error", "transport error")


@contextmanager
def storage_failures_told(folder: Path) -> Iterator[None]:
    """Raise StorageError for what the operating system, DuckDB or polars says of the disk that `folder` lies on."""
    try:
        yield
    except OSError as error:
        where = str(error.filename) if error.filename else str(folder)
        raise _told(where, error.strerror or str(error)) from error
    except (duckdb.IOException, duckdb.FatalException, duckdb.TransactionException) as error:
        raise _told(str(folder), _first_line(error)) from error
    except pl.exceptions.ComputeError as error:
        if not any(told in str(error) for told in _POLARS_TELLS):
            raise
        raise _told(str(folder), _first_line(error)) from error


def _told(where: str, found: str) -> StorageError:
    return StorageError(
        where,
        f"磁盘读写失败 the disk refused: {found}",
        "空间与权限 room and the right to write",
        "腾出空间后重新刷新，已发布的版本未动 make room and refresh again; the published version is untouched",
    )


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
