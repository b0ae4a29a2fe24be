"""What a disk that is full, failing or closed to us does to a command, told as an error that a user can act on."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl
from xlsxwriter.exceptions import FileCreateError

from schemas.errors import StorageError

# How polars tells that writing failed; any other of its errors is a fault of ours.
_POLARS_TELLS = ("os error", "transport error")
_NO_ROOM = ("空间 room on the disk", "腾出空间后再运行 make room, then run it again")
_NO_RIGHT = ("读写的权限 the right to read and write", "取得权限，或换一处 get that right, or name another place")
_NO_PLACE = ("已有的文件夹 a folder that is there", "先建好文件夹，或改正路径 make the folder first, or mend the path")
_NO_FILE = ("文件 a file", "改正路径 mend the path")
_OTHERWISE = ("可用的磁盘 a disk that works", "检查磁盘后再运行 look at the disk, then run it again")
# What was expected and what to do, by what the system says. Other errors of the system (a network's) are none of the disk.
_BY_KIND = {
    errno.ENOSPC: _NO_ROOM,
    errno.EDQUOT: _NO_ROOM,
    errno.EFBIG: _NO_ROOM,
    errno.EACCES: _NO_RIGHT,
    errno.EPERM: _NO_RIGHT,
    errno.EROFS: _NO_RIGHT,
    errno.ENOENT: _NO_PLACE,
    errno.ENOTDIR: _NO_PLACE,
    errno.EISDIR: _NO_FILE,
    errno.ENAMETOOLONG: _NO_FILE,
    errno.ELOOP: _NO_FILE,
    errno.EEXIST: _NO_FILE,
    errno.EIO: _OTHERWISE,
    errno.ESTALE: _OTHERWISE,
}


def refusal(error: Exception) -> StorageError | None:
    """What a command met at the disk, as an error to act on; None for what is no matter of the disk."""
    if isinstance(error, FileCreateError) and error.args and isinstance(error.args[0], OSError):
        error = error.args[0]
    if isinstance(error, duckdb.IOException):
        return StorageError("DuckDB", f"读写失败 refused: {_first_line(error)}", *_OTHERWISE)
    if not isinstance(error, OSError) or (error := _one_of_several(error)).errno not in _BY_KIND:
        return None
    return StorageError(_where(error) or "磁盘 disk", f"读写失败 refused: {error.strerror}", *_BY_KIND[error.errno])


@contextmanager
def storage_failures_told(folder: Path) -> Iterator[None]:
    """Raise StorageError for what the operating system, DuckDB or polars says of the disk that `folder` lies on."""
    try:
        yield
    except OSError as error:
        first = _one_of_several(error)
        raise _told(_where(first) or str(folder), first.strerror or str(first)) from error
    except (duckdb.IOException, duckdb.FatalException, duckdb.TransactionException) as error:
        raise _told(str(folder), _first_line(error)) from error
    except pl.exceptions.ComputeError as error:
        if not any(told in str(error) for told in _POLARS_TELLS):
            raise
        raise _told(str(folder), _first_line(error)) from error


def _one_of_several(error: OSError) -> OSError:
    """The error itself; of a folder that could not be copied the first of its files, since the list of all has no end."""
    if not isinstance(error, shutil.Error) or not isinstance(error.args[0], list):
        return error
    _, target, why = error.args[0][0]
    number, strerror = re.match(r"(?:\[Errno (\d+)\] )?([^:]*)", str(why)).groups()
    more = len(error.args[0]) - 1
    told = f"{strerror}（另有 {more} 个文件 and {more} files more）" if more else strerror
    return OSError(int(number or errno.EIO), told, target)


def _where(error: OSError) -> str | None:
    """The file that is named; its folder where that is not there, or the file is the one that we wrote apart."""
    if not isinstance(error.filename, (str, os.PathLike)):
        return None
    file = Path(error.filename)
    is_apart = file.name.startswith(".") and file.name.endswith(".tmp")
    return str(file.parent if is_apart or (error.errno == errno.ENOENT and not file.parent.is_dir()) else file)


def _told(where: str, found: str) -> StorageError:
    return StorageError(
        where,
        f"磁盘读写失败 the disk refused: {found}",
        "空间与权限 room and the right to write",
        "腾出空间后重新刷新，已发布的版本未动 make room and refresh again; the published version is untouched",
    )


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
