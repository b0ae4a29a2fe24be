"""What a version is made of: one state of it in a refresh, and one key over all of it. Same key, same content, nothing to do."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from flows import fingerprint, recipe
from flows.land import LandedFile
from flows.sources import SOURCES, read_sources
from flows.workspace import Settings, Workspace
from schemas.branches import Taxonomy, load_taxonomy
from schemas.errors import WorkspaceError
from transforms.corrections import read_corrections


@dataclass(frozen=True)
class Stated:
    """What a team states beside its files, as hashes: its own tables, how files are read, the branches."""

    reference: str
    sources: str
    taxonomy: str


# Where each of them stands, for messages.
_PLACES = {"reference": "reference/", "sources": SOURCES, "taxonomy": "taxonomy"}


def stated(workspace: Workspace, taxonomy: Taxonomy) -> Stated:
    """As it is now. Taken before the first file is read: what is read later may not differ (`require_unchanged`)."""
    reference = fingerprint.folder_hash(workspace.reference)
    return Stated(reference, read_sources(workspace.root).key, taxonomy.version)


def require_unchanged(before: Stated, workspace: Workspace, taxonomy: Path | None) -> None:
    """Raises WorkspaceError where a team's files are not those of `before`: steps then read one of them in two states.

    `taxonomy`: its folder, None for the built-in one.
    """
    now = asdict(stated(workspace, load_taxonomy(taxonomy)))
    changed = [_PLACES[name] for name, told in asdict(before).items() if now[name] != told]
    if changed:
        raise WorkspaceError(
            ", ".join(changed),
            "刷新期间有改动 changed while the refresh ran",
            "the same files from its beginning to its end",
            "请再次刷新，已发布的版本未动 refresh again; the published version is untouched",
        )


def version_key(
    workspace: Workspace, settings: Settings, before: Stated, files: list[LandedFile], today: datetime.date
) -> str:
    """The key of what these files give under these settings and statements, by this code and its libraries, as seen `today`."""
    # What became of a file as well: a reading that died may come to its end another time.
    read = [(file.source.path, file.source.sha256, file.status, file.reason) for file in files]
    turns = _turning_day(workspace, settings, files, today)
    return fingerprint.key_of(recipe.code(), settings.of_content, asdict(before), read, turns)


def _turning_day(
    workspace: Workspace, settings: Settings, files: list[LandedFile], today: datetime.date
) -> datetime.date | None:
    """The first day after `today` on which the same files mean something else; None where there is none.

    A publication dated after the day of the build is taken for misread, and so is a filing year after its year
    (warehouse/statements/cut_off.sql), until that day comes. A declared cut-off asks for no day.
    """
    if settings.cut_off_date is not None:
        return None
    dates = _dates_ahead(files, today) + _dates_corrected(workspace)
    return min((date for date in dates if date > today), default=None)


def _dates_ahead(files: list[LandedFile], today: datetime.date) -> list[datetime.date]:
    rows = [Path(file.folder) / "rows.parquet" for file in files if file.is_landed]
    if not rows:
        return []
    day, year = pl.col("publication_date"), pl.col("filing_year")
    # Most files have none such: what Parquet knows of its row groups spares the reading of them.
    ahead = pl.scan_parquet(rows).filter((day > today) | (year > today.year))
    first = ahead.select(day.filter(day > today).min(), year.filter(year > today.year).min())
    published, filed = first.collect(engine="streaming").row(0)
    return [*([published] if published else []), *_years([filed])]


def _dates_corrected(workspace: Workspace) -> list[datetime.date]:
    """What the team's corrections put in place of a date of the files."""
    corrections = read_corrections(workspace.reference).filter(correction="value")
    corrected = {
        field: corrections.filter(field=field)["field_value"].str.to_date("%Y-%m-%d").to_list()
        for field in ("publication_date", "filing_date")
    }
    return [*corrected["publication_date"], *_years(date.year for date in corrected["filing_date"])]


def _years(years: Iterable[int | None]) -> list[datetime.date]:
    """The first day of each year that can be written."""
    return [datetime.date(year, 1, 1) for year in years if year and year <= datetime.MAXYEAR]
