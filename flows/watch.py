"""A watcher by polling: refresh when a drop folder has changed and come to rest. Polling works on network drives too."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from flows.clients.folder import folder_of
from flows.land import inbox_files
from flows.progress import Progress
from flows.refresh import RefreshReport, refresh
from flows.sources import SOURCES, read_sources
from flows.workspace import Workspace, read_settings, taxonomy_folder
from schemas.errors import PatnavError, PullError, RefreshBusyError

Snapshot = frozenset[tuple[str, int, int]]


def watch(
    workspace: Workspace,
    progress: Progress,
    every: float = 60.0,
    run: Callable[[Workspace, Progress], RefreshReport] = refresh,
    sleep: Callable[[float], None] = time.sleep,
    is_over: Callable[[], bool] = lambda: False,
) -> None:
    """Refresh now, and whenever what is watched has changed. A refresh that fails is told, and tried again after the next change;
    while another one runs (that of `patnav serve`) this one waits its turn, because the other may have begun before the change.
    """
    seen: Snapshot | None = snapshot(workspace)
    while seen is not None:
        # What changes while the refresh runs differs from what was seen before it, and brings another one.
        try:
            run(workspace, progress)
        except RefreshBusyError as error:
            progress.tell("watch", f"{error}")
            if is_over():
                return
            sleep(every)
            continue
        except PatnavError as error:
            progress.tell("warning", str(error))
        progress.tell("watch", f"每 {every:g} 秒查看一次，等待变化 looking every {every:g} s for a change")
        seen = wait_for_change(workspace, seen, every, sleep, is_over)


def snapshot(workspace: Workspace) -> Snapshot:
    """Path, size and time of change of every file that is watched: the inbox, `reference/`, sources of kind "folder", the settings and
    the taxonomy that they name.
    """
    return frozenset(_seen(workspace))


def wait_for_change(
    workspace: Workspace,
    before: Snapshot,
    every: float = 60.0,
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
    for path in (workspace.settings_file, workspace.root / SOURCES):
        yield from _stamp(path)
    for folder in (workspace.inbox, workspace.reference, *_taxonomy(workspace), *_drop_folders(workspace)):
        for path in inbox_files(folder):
            yield from _stamp(path)


def _taxonomy(workspace: Workspace) -> Iterator[Path]:
    try:
        folder = taxonomy_folder(workspace, read_settings(workspace))
    except (PatnavError, OSError):
        return  # the refresh says what is wrong with the settings; mending it is a change
    if folder:
        yield folder


def _drop_folders(workspace: Workspace) -> Iterator[Path]:
    try:
        declared = read_sources(workspace.root).pulled
    except PatnavError:
        return  # the refresh says what is wrong with sources.toml; mending it is a change
    for source in declared:
        if source.kind == "folder":
            try:
                yield folder_of(source, workspace.root)
            except PullError:
                continue  # a drive that is not mounted has nothing new; the pull says that it is missing


def _stamp(path: Path) -> Iterator[tuple[str, int, int]]:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return  # not there, or deleted meanwhile
    yield str(path), stat.st_size, stat.st_mtime_ns
