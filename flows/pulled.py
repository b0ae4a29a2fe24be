"""What was pulled and when: the state of each source, in `pulled/<source>.json` of the workspace.

No credential and no query of an address ever gets into it.
"""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flows.sources import read_sources
from flows.workspace import Workspace
from schemas.errors import WorkspaceError

PULLED, UNCHANGED, FAILED = "pulled", "unchanged", "failed"


@dataclass(frozen=True)
class PulledFile:
    """A file in `raw/`, by its sha256. `name`: what people know it by, never a path.

    `url`: without its query. `fetched_at`: when the source last said that this is it, UTC, ISO 8601.
    """

    name: str
    url: str
    sha256: str
    bytes: int
    fetched_at: str
    etag: str | None = None
    last_modified: str | None = None


def now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class SourceState:
    """What a source gave and when. `files`: the last whole set. `coming`: of a pull that broke off, so that it need not begin anew.

    Times are UTC, ISO 8601. `error`: of the last attempt (error, where, found, expected, remedy), None when it went well.
    """

    source_id: str
    kind: str = ""
    attempted_at: str | None = None
    succeeded_at: str | None = None
    outcome: str = ""
    error: dict[str, str] | None = None
    files: tuple[PulledFile, ...] = ()
    coming: tuple[PulledFile, ...] = ()

    @property
    def is_failed(self) -> bool:
        return self.outcome == FAILED

    @property
    def told(self) -> str:
        """One line for people, in 中文 and English."""
        size = sum(file.bytes for file in self.files)
        held = f"{len(self.files)} 个文件 files, {size:,} 字节 bytes"
        if not self.is_failed:
            news = "有新内容 new content" if self.outcome == PULLED else "无变化 unchanged"
            return f"{self.source_id} · {news} · {held}"
        error = self.error or {}
        parts = (
            ("", error.get("where", "").partition(f"source {self.source_id}")[2].strip()),
            ("", error.get("found")),
            ("expected ", error.get("expected")),
            ("", error.get("remedy")),
        )
        reason = "; ".join(f"{label}{part}" for label, part in parts if part)
        since = (
            f"沿用旧数据 stale data stays in use: {held}, 最后成功 last pulled {self.succeeded_at}"
            if self.succeeded_at
            else "从未成功 never pulled yet: nothing of it is in the data"
        )
        return f"{self.source_id} · 失败 failed: {reason} · {since}"

    def age_days(self, at: datetime.datetime) -> float | None:
        """Days since the source last said what it has; None where it never did."""
        if self.succeeded_at is None:
            return None
        return (at - datetime.datetime.fromisoformat(self.succeeded_at)).total_seconds() / 86_400


def pulled_files(workspace: Workspace) -> Iterator[tuple[str, PulledFile]]:
    """The files in use, with their source: of every declared source what it last gave whole."""
    for source in read_sources(workspace.root).pulled:
        for file in read_state(workspace, source.id).files:
            yield source.id, file


def states(workspace: Workspace) -> list[SourceState]:
    """The state of every declared source, in the order of sources.toml."""
    return [read_state(workspace, source.id) for source in read_sources(workspace.root).pulled]


def state_file(workspace: Workspace, source_id: str) -> Path:
    return workspace.root / "pulled" / f"{source_id}.json"


def read_state(workspace: Workspace, source_id: str) -> SourceState:
    """What is known of a source; raises WorkspaceError where the file cannot be read, rather than forget what is in use."""
    path = state_file(workspace, source_id)
    if not path.exists():
        return SourceState(source_id)
    try:
        held: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for key in ("files", "coming"):
            held[key] = tuple(PulledFile(**file) for file in held[key])
        return SourceState(**held)
    except (ValueError, TypeError, KeyError) as error:
        raise WorkspaceError(
            str(path), f"unreadable ({error})", "what was pulled last", f"delete it and pull {source_id} again"
        ) from error


def write_state(workspace: Workspace, state: SourceState) -> None:
    path = state_file(workspace, state.source_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    building = path.with_suffix(".tmp")
    with building.open("w", encoding="utf-8") as file:
        json.dump(asdict(state), file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    os.replace(building, path)
