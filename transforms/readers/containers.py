"""Open gzip and zip: each member becomes a file of its own, and what is wrong with one is said of that one.

Nothing is ever written under a name that an archive gives: members are handed out by number and called by their names in messages.
"""

from __future__ import annotations

import gzip
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from schemas.errors import ArchiveError, DamagedArchiveError, PatnavError, ReadingLimitError
from transforms.readers.limits import LIMITS, Limits
from transforms.readers.markup import chunks_of
from transforms.readers.media import media_of

_ENCRYPTED = 0x1
_NAME_IS_UTF8 = 0x800
# What archiving programs add of their own.
_DROPPINGS = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class Member:
    """One file of an archive. `path`: where its bytes were put; `fault`: why there are none."""

    name: str
    path: Path | None
    fault: PatnavError | None


def is_container(path: Path, name: str) -> bool:
    """Whether the file is a gzip or a zip that is no workbook; what it is otherwise, the reading finds out."""
    try:
        return media_of(path, name) in ("gzip", "zip")
    except PatnavError:
        return False  # no container: the reading of the file tells what is wrong with it


def open_container(path: Path, name: str, folder: Path, limits: Limits = LIMITS) -> Iterator[Member]:
    """The members of the archive at `path`, one at a time, their bytes below `folder`. The caller removes what it has taken.

    Raises ArchiveError or ReadingLimitError where the archive as a whole cannot be trusted.
    """
    if media_of(path, name) == "gzip":
        inner = Path(name).stem if name.lower().endswith(".gz") else Path(name).name
        with path.open("rb") as packed:
            allowance = _Allowance(limits.archive_unpacked, limits)
            opened = partial(gzip.GzipFile, fileobj=packed)
            yield _member(f"{name}!{inner}", folder / "1", opened, path.stat().st_size, allowance)
        return
    yield from _members_of_zip(path, name, folder, limits)


def _members_of_zip(path: Path, name: str, folder: Path, limits: Limits) -> Iterator[Member]:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise DamagedArchiveError(name, f"a damaged archive ({error})", "a whole zip", "get it again") from error
    with archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        _refuse_lies(infos, archive, name, limits)
        allowance = _Allowance(limits.archive_unpacked, limits)
        wanted = [info for info in infos if not _is_dropping(info.filename)]
        if not wanted:
            raise ArchiveError(name, "an empty archive", "a patent export in it", "pack it again")
        for number, info in enumerate(wanted, start=1):
            label = f"{name}!{_label(info)}"
            fault = _fault_of(info, label)
            if fault:
                yield Member(label, None, fault)
            else:
                yield _member(label, folder / str(number), partial(archive.open, info), info.compress_size, allowance)


def _refuse_lies(infos: list[zipfile.ZipInfo], archive: zipfile.ZipFile, name: str, limits: Limits) -> None:
    """Too many members, or members that share their bytes: a small file that unpacks without end."""
    if len(infos) > limits.members:
        raise ReadingLimitError(name, f"{len(infos)} members", f"at most {limits.members}", "pack fewer files")
    ordered = sorted(infos, key=lambda info: info.header_offset)
    starts = [*(info.header_offset for info in ordered), archive.start_dir][1:]
    for info, end in zip(ordered, starts, strict=True):
        # A member's header has 30 bytes and its name before the packed bytes.
        if info.header_offset + 30 + info.compress_size > end:
            raise ArchiveError(
                name, f"members that overlap ({_label(info)})", "each its own bytes", "do not trust it; get it again"
            )


def _fault_of(info: zipfile.ZipInfo, label: str) -> PatnavError | None:
    if info.flag_bits & _ENCRYPTED:
        return ArchiveError(label, "a password", "an open archive", "pack it without one")
    if stat.S_ISLNK(info.external_attr >> 16):
        return ArchiveError(label, "a link", "a file", "pack the file itself")
    return None


def _is_dropping(filename: str) -> bool:
    base = filename.rsplit("/", 1)[-1]
    return filename.startswith(_DROPPINGS) or base in _DROPPINGS or base.startswith(("._", "~$", "."))


def _label(info: zipfile.ZipInfo) -> str:
    """The member's name for people: never a place to write to. Chinese names of old programs are in GBK."""
    name = info.filename
    if not info.flag_bits & _NAME_IS_UTF8 and not name.isascii():
        try:
            name = name.encode("cp437").decode("gb18030")
        except UnicodeError:
            name = info.filename  # another old encoding: the name is only a label
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return "".join(character if character.isprintable() else "?" for character in "/".join(parts)) or "?"


class _Allowance:
    """How many bytes the archive may still unpack to."""

    def __init__(self, left: int, limits: Limits) -> None:
        self.left, self.limits = left, limits


def _member(label: str, target: Path, opened, packed: int, allowance: _Allowance) -> Member:
    try:
        with opened() as source, target.open("wb") as file:
            _copy(source, file, label, packed, allowance)
        _refuse_nested(target, label)
    except PatnavError as error:
        target.unlink(missing_ok=True)
        return Member(label, None, error)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        target.unlink(missing_ok=True)
        if isinstance(error, OSError) and not isinstance(error, gzip.BadGzipFile):
            raise  # the disk's fault, not the member's
        fault = DamagedArchiveError(label, f"a damaged member ({error})", "whole bytes", "get the archive again")
        return Member(label, None, fault)
    return Member(label, target, None)


def _copy(source: BinaryIO, file: BinaryIO, label: str, packed: int, allowance: _Allowance) -> None:
    limits, unpacked = allowance.limits, 0
    for chunk in chunks_of(source):
        unpacked += len(chunk)
        allowance.left -= len(chunk)
        if allowance.left < 0:
            raise ReadingLimitError(
                label, f"more than {limits.archive_unpacked} bytes once unpacked", "less", "split the archive"
            )
        if unpacked > limits.ratio_counts_above and unpacked > limits.ratio * max(packed, 1):
            raise ReadingLimitError(
                label,
                f"more than {limits.ratio} times its size once unpacked",
                "a file that is no bomb",
                "get it again",
            )
        file.write(chunk)


def _refuse_nested(path: Path, label: str) -> None:
    if is_container(path, label):
        raise ArchiveError(label, "an archive within an archive", "one archive at most", "unpack it into the inbox")
