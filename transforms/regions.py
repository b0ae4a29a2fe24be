"""The place of a filing's first applicant: names and codes of GB/T 2260, country, confidence, and the team's corrections.

A name that the gazetteer does not hold stays as exported, without a code. Names and addresses are looked at once each,
however many filings share them.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from schemas.errors import ReferenceTableError
from schemas.reference import region_table, shipped, team_rows
from schemas.tables import TABLES
from transforms.boundaries import with_vintages
from transforms.dates import parsed
from transforms.gazetteer import APART, HIGH, place_of
from transforms.numbers import publication_number, publication_parts

FILE = "place_correction.csv"
_SAID = ("_province", "_city", "_district", "_address")
_FOUND = {
    **dict.fromkeys(_SAID, pl.String),
    "place_country": pl.String,
    "province_code": pl.String,
    "city_code": pl.String,
    "district_code": pl.String,
    "place_confidence": pl.String,
    "_rest": pl.String,
}
_LEVELS = ("province", "city", "district")


def with_place_of_first_applicant(frame: pl.DataFrame, corrections: pl.DataFrame | None = None) -> pl.DataFrame:
    """Adds province, city and district of the first applicant with their codes, `place_country`, `place_basis`,
    `place_confidence`, and the districts under either boundaries (transforms.boundaries).

    Takes list columns `provinces`, `cities`, `districts`, and where there are any `addresses`, `filing_date`, `filing_year`.
    The lists need not align: some tools list distinct values only. The first city is taken where there are as many cities as
    provinces, the first district where there are as many as cities. `corrections` (read_place_corrections, with_filing) overrule.
    """
    first_city = pl.col("cities").list.len() == pl.col("provinces").list.len()
    first_district = first_city & (pl.col("districts").list.len() == pl.col("cities").list.len())
    said = _with_absent(frame).with_columns(
        pl.col("provinces").list.first().alias("_province"),
        pl.when(first_city).then(pl.col("cities").list.first()).alias("_city"),
        pl.when(first_district).then(pl.col("districts").list.first()).alias("_district"),
        pl.col("addresses").list.first().alias("_address"),
    )
    placed = said.join(_places(said), on=_SAID, how="left", validate="m:1", nulls_equal=True, maintain_order="left")
    placed = placed.with_columns(_basis())
    if corrections is not None and not corrections.is_empty():
        placed = _corrected(placed, corrections)
    placed = with_vintages(placed.with_columns(_names()))
    added = [name for name in placed.columns if name.startswith("_")]
    absent = [name for name in ("addresses", "filing_date", "filing_year") if name not in frame.columns]
    return placed.drop(*added, *absent)


def _with_absent(frame: pl.DataFrame) -> pl.DataFrame:
    types = {"addresses": pl.List(pl.String), "filing_date": pl.Date, "filing_year": pl.Int32}
    return frame.with_columns(
        pl.lit(None, dtype).alias(name) for name, dtype in types.items() if name not in frame.columns
    )


def _places(said: pl.DataFrame) -> pl.DataFrame:
    distinct = said.select(_SAID).unique()
    found = [
        (*names, place.country, place.province_code, place.city_code, place.district_code, place.confidence, place.rest)
        for names in distinct.iter_rows()
        for place in [place_of(*names)]
    ]
    return pl.DataFrame(found, schema=_FOUND, orient="row")


def _basis() -> pl.Expr:
    several = pl.max_horizontal(pl.col(name).list.len() for name in ("provinces", "cities", "districts")) > 1
    named = pl.col("provinces").list.len().fill_null(0) > 0
    found = pl.col("place_country").is_not_null()
    return (
        pl.when(named & several)
        .then(pl.lit("first"))
        .when(named)
        .then(pl.lit("single"))
        .when(found & pl.col("_address").is_not_null() & (pl.col("cities").list.len().fill_null(0) == 0))
        .then(pl.lit("address"))
        .when(found)
        .then(pl.lit("single"))
        .otherwise(pl.lit("unknown"))
        .alias("place_basis")
    )


def _names() -> list[pl.Expr]:
    """Short names where there is a code; else as exported, and for an address abroad the country's name."""
    short = dict(region_table().select("region_code", "short_name").rows())
    countries = shipped("office").select("office", "name_zh").rows()
    country = {code: name for code, name in countries if code != "CN" and code not in APART.values()}
    named = [
        pl.coalesce(pl.col(f"{level}_code").replace_strict(short, default=None), pl.col(f"_{level}")).alias(level)
        for level in _LEVELS
    ]
    abroad = pl.col("place_country").replace_strict(country, default=None)
    named[0] = pl.coalesce(named[0], abroad).alias("province")
    return named


# ── corrections of the team ──────────────────────────────────────────────────────────────────────────────────────


def read_place_corrections(team_folder: Path | None) -> pl.DataFrame:
    """The team's place corrections, the latest per publication, typed.

    Raises ReferenceTableError naming the line whose place the gazetteer does not hold or whose number or day cannot be read.
    """
    rows = team_rows("place_correction", team_folder)
    number = publication_number(publication_parts(pl.col("publication_number")))
    typed = rows.select(
        number.alias("publication_number"),
        *(pl.col(level).str.strip_chars().alias(level) for level in _LEVELS),
        "reviewer",
        parsed(pl.col("correction_date"), "year_month_day").alias("correction_date"),
        "reason",
    )
    for column, expected in (
        ("publication_number", "a publication number"),
        ("correction_date", "a day, like 2024-06-30"),
    ):
        _require(rows, column, typed[column].is_not_null(), expected)
    places = [place_of(*names) for names in typed.select(_LEVELS).iter_rows()]
    codes = {
        f"{level}_code": pl.Series(f"{level}_code", [getattr(place, f"{level}_code") for place in places], pl.String)
        for level in _LEVELS
    }
    for level in _LEVELS:
        whole = typed[level].is_null() | codes[f"{level}_code"].is_not_null()
        if level == "province":
            whole = pl.Series([place.country is not None for place in places], dtype=pl.Boolean)
        _require(rows, level, whole, f"a {level} that the table of regions holds under its parent")
    return (
        typed.with_columns(*codes.values(), pl.Series("place_country", [place.country for place in places], pl.String))
        .sort("correction_date", maintain_order=True)
        .unique("publication_number", keep="last", maintain_order=True)
    )


def _require(rows: pl.DataFrame, column: str, is_good: pl.Series, expected: str) -> None:
    bad = is_good.not_().arg_true()
    if len(bad):
        line = int(bad[0])
        raise ReferenceTableError(
            f"reference/{FILE}, line {line + 2}", f"{column} {rows[column][line]!r}", expected, "mend the line"
        )


def _in_force(corrections: pl.DataFrame) -> pl.DataFrame:
    known = corrections.filter(pl.col("application_id").is_not_null())
    return known.sort("correction_date", "publication_number").unique(
        "application_id", keep="last", maintain_order=True
    )


def _corrected(placed: pl.DataFrame, corrections: pl.DataFrame) -> pl.DataFrame:
    renamed = {
        name: f"_new_{name}" for name in ("place_country", "province_code", "city_code", "district_code", *_LEVELS)
    }
    new = _in_force(corrections).select("application_id", *renamed).rename(renamed).with_columns(_is_new=True)
    joined = placed.join(new, on="application_id", how="left", validate="m:1", maintain_order="left")
    is_new = pl.col("_is_new").is_not_null()
    codes = [
        pl.when(is_new).then(f"_new_{name}").otherwise(name).alias(name)
        for name in ("place_country", "province_code", "city_code", "district_code")
    ]
    said = [pl.when(is_new).then(f"_new_{level}").otherwise(f"_{level}").alias(f"_{level}") for level in _LEVELS]
    return joined.with_columns(
        *codes,
        *said,
        pl.when(is_new).then(pl.lit("correction")).otherwise("place_basis").alias("place_basis"),
        pl.when(is_new).then(pl.lit(HIGH)).otherwise("place_confidence").alias("place_confidence"),
        pl.when(is_new).then(pl.lit("")).otherwise("_rest").alias("_rest"),
    )


def correction_log(corrections: pl.DataFrame, uncorrected: pl.DataFrame) -> pl.DataFrame:
    """core.place_correction: every correction of the team beside the codes that the rules gave.

    `uncorrected`: filings with the places of the rules alone.
    """
    by_rule = uncorrected.select(
        "application_id", *(pl.col(f"{level}_code").alias(f"rule_{level}_code") for level in _LEVELS)
    )
    return corrections.join(by_rule, on="application_id", how="left", validate="m:1").select(
        TABLES["core.place_correction"].columns
    )
