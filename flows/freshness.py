"""How fresh each source of a workspace is: when it last brought something new, and until when its records reach.

A source is one of sources.toml or a folder of the inbox; what lies in the inbox directly is the source "inbox".
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from flows.land import LandedFile
from flows.service_settings import read_service_settings
from flows.sources import read_sources
from flows.workspace import Workspace
from warehouse.build import Freshness

INBOX = "inbox"


def source_of(path: str) -> str:
    """The source of a file by its path in the inbox."""
    first, separator, _ = path.partition("!")[0].partition("/")  # members of an archive have folders of their own
    return first if separator else INBOX


@dataclass(frozen=True)
class StaleAfter:
    """After how many days without anything new a source is stale. None: never."""

    default: float | None
    by_source: dict[str, float]

    def of(self, source: str) -> float | None:
        return self.by_source.get(source, self.default)


def stale_after_days(root: Path) -> StaleAfter:
    """As sources.toml states it: of all sources in [freshness], of one in its [[source]]. Raises ScheduleError, WorkspaceError."""
    stated = {source.id: source.get("stale_after_days") for source in read_sources(root).pulled}
    own = {source: float(days) for source, days in stated.items() if days is not None}
    return StaleAfter(read_service_settings(root).stale_after_days, own)


def freshness_of(workspace: Workspace, files: Iterable[LandedFile], stale_after: StaleAfter) -> list[Freshness]:
    """Of the files of a refresh, by source."""
    by_source: dict[str, list[LandedFile]] = {}
    for file in files:
        by_source.setdefault(source_of(file.source.path), []).append(file)
    return [
        Freshness(
            source,
            len(of_it),
            max((at for file in of_it if (at := _arrived(workspace.raw / file.source.sha256))), default=None),
            max((until for file in of_it if (until := _data_until(file))), default=None),
            stale_after.of(source),
        )
        for source, of_it in sorted(by_source.items())
    ]


def age_days(arrived_at: datetime.datetime, now: datetime.datetime) -> float:
    return (now - arrived_at).total_seconds() / 86_400


def is_stale(arrived_at: datetime.datetime | None, stale_after: float | None, now: datetime.datetime) -> bool:
    """Whether a source brought nothing new for longer than was stated; never where nothing was stated."""
    if stale_after is None or arrived_at is None:
        return False
    return age_days(arrived_at, now) > stale_after


def _arrived(raw: Path) -> datetime.datetime | None:
    # Bytes are put into raw/ once, when they come first, and never touched again.
    if not raw.exists():
        return None  # somebody deleted them: the file's fault says so
    return datetime.datetime.fromtimestamp(raw.stat().st_mtime, datetime.UTC)


def _data_until(file: LandedFile) -> datetime.date | None:
    if not file.is_landed:
        return None
    rows = pl.scan_parquet(Path(file.folder) / "rows.parquet")
    return rows.select(pl.col("publication_date").max()).collect().item()
