"""Places as exports give them to GB/T 2260 codes. A name that the gazetteer does not hold stays as exported, without a code."""

from __future__ import annotations

import polars as pl

from schemas.reference import region_table

# Some exports write these regions by their ST.3 code in the province column.
_ST3_REGIONS = {"TW": "台湾", "HK": "香港", "MO": "澳门"}


def with_place_of_first_applicant(frame: pl.DataFrame) -> pl.DataFrame:
    """Adds province, city and district of the first applicant with their codes, and `place_basis`.

    Takes list columns `provinces`, `cities`, `districts`. They need not align: some tools list distinct values only. The first
    city is taken where there are as many cities as provinces, the first district where there are as many as cities.
    """
    first_city = pl.col("cities").list.len() == pl.col("provinces").list.len()
    first_district = first_city & (pl.col("districts").list.len() == pl.col("cities").list.len())
    several = pl.max_horizontal(pl.col(name).list.len() for name in ("provinces", "cities", "districts")) > 1
    placed = frame.with_columns(
        pl.col("provinces").list.first().replace(_ST3_REGIONS).alias("province"),
        pl.when(first_city).then(pl.col("cities").list.first()).alias("city"),
        pl.when(first_district).then(pl.col("districts").list.first()).alias("district"),
        pl.when(pl.col("provinces").list.len().fill_null(0) == 0)
        .then(pl.lit("unknown"))
        .when(several)
        .then(pl.lit("first"))
        .otherwise(pl.lit("single"))
        .alias("place_basis"),
    )
    placed = _resolve(placed, "province", None)
    placed = _resolve(placed, "city", "province_code")
    return _resolve(placed, "district", "city_code")


def _resolve(frame: pl.DataFrame, level: str, parent: str | None) -> pl.DataFrame:
    """`<level>_code` by full or short name within the parent; the name becomes the short name where it is found."""
    names = _names(level)
    on_left, on_right = ([level], ["name"]) if parent is None else ([level, parent], ["name", "parent_code"])
    found = names.select(*on_right, pl.col("region_code").alias(f"{level}_code"), pl.col("short_name").alias("_short"))
    return (
        frame.join(found, left_on=on_left, right_on=on_right, how="left", validate="m:1", maintain_order="left")
        .with_columns(pl.coalesce("_short", level).alias(level))
        .drop("_short")
    )


def _names(level: str) -> pl.DataFrame:
    """`name` (full or short), `parent_code` -> `region_code`, `short_name`; a current region goes before an abolished one."""
    regions = (
        region_table()
        .filter(pl.col("region_level") == level)
        .sort("region_status", "region_code", descending=[True, False])
    )
    spellings = pl.concat([regions.with_columns(pl.col(name).alias("name")) for name in ("region_name", "short_name")])
    return spellings.unique(["name", "parent_code"], keep="first", maintain_order=True)
