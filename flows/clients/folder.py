"""kind = "folder": a drop folder elsewhere, on this machine or mounted. Files still being written are waited for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from flows.download import store
from flows.pull import Call
from flows.pulled import PulledFile, now
from flows.sources import Source, fits
from flows.workspace import DROPPINGS
from schemas.errors import PullError, WorkspaceError

KEYS = {"path": str, "pattern": (str, list), "settle_seconds": (int, float)}
REQUIRED = ("path",)
HOSTS = ()
IS_REMOTE = False
# What browsers are still writing.
_UNFINISHED = (".part", ".crdownload", ".partial", ".tmp", ".filepart", ".download")
# What a workspace keeps for itself.
_OWN = ("inbox", "raw", "data", "pulled", "warehouse", "report", "reference")
_CHUNK = 1 << 20


def check(source: Source) -> None:
    if not all(isinstance(each, str) for each in _patterns(source)):
        raise WorkspaceError(
            source.place.at("pattern"), f"pattern = {source.get('pattern')!r}", '"*.xlsx" or a list', "mend it"
        )


def pull(source: Source, call: Call) -> Iterator[PulledFile]:
    """Every file below the folder that fits the pattern, by content; what has not changed is not read again."""
    folder = folder_of(source, call.root)
    found = files_in(folder, _patterns(source))
    _let_settle(found, source.get("settle_seconds", 2))
    for path in found:
        yield _taken(source, call, path, path.relative_to(folder).as_posix())


def folder_of(source: Source, root: Path) -> Path:
    """The folder; raises PullError where it is not there, as when a drive is not mounted."""
    folder = (root / Path(source.get("path")).expanduser()).resolve()
    if not folder.is_dir():
        raise PullError(
            source.where,
            f"文件夹不存在 there is no folder {source.get('path')}",
            "a folder",
            "mount it, or mend path in sources.toml",
        )
    root = root.resolve()
    # Its own files are no exports, and those in the inbox are taken in anyway.
    if root.is_relative_to(folder) or (folder.is_relative_to(root) and folder.relative_to(root).parts[0] in _OWN):
        raise PullError(
            source.where,
            f"{source.get('path')} 是工作区自身的文件夹 is a folder of the workspace itself",
            "another folder",
        )
    return folder


def files_in(folder: Path, patterns: tuple[str, ...]) -> list[Path]:
    found = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        is_dropping = path.name.startswith(DROPPINGS) or path.suffix.lower() in _UNFINISHED
        # A link may lead anywhere on the machine.
        if fits(name, patterns) and not is_dropping and path.is_file() and not path.is_symlink():
            found.append(path)
    return found


def _patterns(source: Source) -> tuple[str, ...]:
    stated = source.get("pattern", "*")
    return (stated,) if isinstance(stated, str) else tuple(stated)


def _let_settle(found: list[Path], seconds: float) -> None:
    """Wait until the youngest file has not been written to for so long; one that is written on is noticed when it is read."""
    youngest = max((path.stat().st_mtime for path in found), default=0)
    wait = youngest + seconds - time.time()
    if 0 < wait <= seconds:
        time.sleep(wait)


def _taken(source: Source, call: Call, path: Path, name: str) -> PulledFile:
    before = path.stat()
    stamp = f"{before.st_mtime_ns}-{before.st_size}-{before.st_ino}"
    known = call.known.get(name)
    if known and known.etag == stamp and (call.raw / known.sha256).exists():
        return PulledFile(name, known.url, known.sha256, known.bytes, now(), stamp)
    sha256, size = store(call.raw, _chunks(path))
    after = path.stat()
    if (after.st_mtime_ns, after.st_size) != (before.st_mtime_ns, before.st_size) or size != after.st_size:
        raise PullError(
            f"{source.where} {name}", "文件仍在写入 it is still being written", "a file at rest", "pull again later"
        )
    return PulledFile(name, path.as_uri(), sha256, size, now(), stamp)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
