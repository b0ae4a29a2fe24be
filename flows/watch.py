"""A watcher of drop folders by polling: the inbox and the sources of kind "folder". Polling works on network drives too."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from flows.clients.folder import folder_of
from flows.land import inbox_files
from flows.sources import read_sources
from flows.workspace import Workspace
from schemas.errors import PullError

Snapshot = frozenset[tuple[str, int, int]]


def snapshot(workspace: Workspace) -> Snapshot:
    """Path, size and time of change of every file that lies in a watched folder; a folder that is not there has none."""
    return frozenset(_seen(workspace))


def wait_for_change(
    workspace: Workspace,
    before: Snapshot,
    every: float = 30.0,
    sleep: Callable[[float], None] = time.sleep,
    is_over: Callable[[], bool] = lambda: False,
) -> Snapshot | None:
    """Look every so many seconds; what there is now, once it differs and has not changed between two looks. None: it is over."""
    last = before
    while not is_over():
        sleep(every)
        now = snapshot(workspace)
        if now != before and now == last:
            return now
        last = now
    return None


def _seen(workspace: Workspace) -> Iterator[tuple[str, int, int]]:
    folders = [workspace.inbox]
    for source in read_sources(workspace.root).pulled:
        try:
            folders += [folder_of(source, workspace.root)] if source.kind == "folder" else []
        except PullError:
            continue  # a drive that is not mounted has nothing new; the pull says that it is missing
    for folder in folders:
        for path in inbox_files(folder):
            yield from _stamp(path)


def _stamp(path: Path) -> Iterator[tuple[str, int, int]]:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return  # deleted meanwhile
    yield str(path), stat.st_size, stat.st_mtime_ns
