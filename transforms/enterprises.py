"""Enterprises of the register: the codes of their seats, and the applicants of the data that they are."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from schemas.reference import with_team_rows
from schemas.tables import TABLES
from transforms.applicants import alias_keys
from transforms.boundaries import with_vintages
from transforms.gazetteer import place_of
from transforms.names import name_key

_LINK = TABLES["core.enterprise_applicant"]
_SEAT = ("province", "city", "district")


def with_seats(enterprises: pl.DataFrame) -> pl.DataFrame:
    """Adds the codes of the seats named in `province`, `city`, `district`, as those of applicants are resolved.

    A register writes no dates: names of districts are those of today where several years share one.
    """
    places = [place_of(*names) for names in enterprises.select(_SEAT).iter_rows()]
    codes = [
        pl.Series(name, [getattr(place, name) for place in places], pl.String)
        for name in ("province_code", "city_code", "district_code")
    ]
    dateless = {"_rest": pl.lit(""), "filing_date": pl.lit(None, pl.Date), "filing_year": pl.lit(None, pl.Int32)}
    return (
        with_vintages(enterprises.with_columns(*codes, **dateless))
        .with_columns(pl.Series("place_confidence", [place.confidence for place in places], pl.String))
        .select(TABLES["core.enterprise"].columns)
    )


def enterprise_applicants(harmonised: pl.DataFrame, team_folder: Path | None = None) -> pl.DataFrame:
    """core.enterprise_applicant of `name_as_filed` and `applicant_id` (transforms.applicants.harmonise).

    An enterprise and an applicant meet where a name or alias of the one has the key of a name or alias of the other; an
    applicant that these data do not name is left out. A name goes before an alias in `matched_by`.
    """
    named = with_team_rows("enterprise", team_folder).select(
        "enterprise_id", pl.col("name").alias("alias"), pl.lit("name").alias("matched_by")
    )
    aliased = with_team_rows("enterprise_alias", team_folder).select(
        "enterprise_id", "alias", pl.lit("alias").alias("matched_by")
    )
    enterprises = _keyed(pl.concat([named, aliased]).drop_nulls(), "alias")
    in_data = _keyed(harmonised.select("name_as_filed", "applicant_id").unique(), "name_as_filed").select(
        "name_key", "applicant_id"
    )
    known = alias_keys(team_folder).filter(pl.col("applicant_id").is_in(in_data["applicant_id"].implode()))
    applicants = pl.concat([in_data, known]).unique()
    return (
        enterprises.join(applicants, on="name_key", how="inner", validate="m:m")
        .sort("enterprise_id", "applicant_id", "matched_by", descending=[False, False, True])
        .unique(["enterprise_id", "applicant_id"], keep="first", maintain_order=True)
        .select(_LINK.columns)
    )


def _keyed(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    return frame.with_columns(pl.Series("name_key", [name_key(name) for name in frame[column]], pl.String))
