"""Filings to families: those that claim the very same priorities. Nothing nearer is merged without the vendor's word."""

from __future__ import annotations

import polars as pl

SAME_PRIORITIES, SINGLE = "same_priorities", "single_application"


def with_family_id(applications: pl.DataFrame) -> pl.DataFrame:
    """Adds `family_id` and `family_definition`.

    Filings with an identical set of priority numbers are one family (the idea of the DOCDB simple family); its id is that of its
    representative: earliest filing, then lowest id. A filing without priorities that others claim is their first filing and joins.
    """
    claims = pl.col("priority_numbers").list.len().fill_null(0) > 0
    key = pl.when(claims).then(pl.col("priority_numbers").list.join(" ")).otherwise(pl.col("application_id"))
    keyed = applications.with_columns(key.alias("_family_key"))
    representative = (
        pl.col("application_id").sort_by("filing_date", "application_id", nulls_last=True).first().over("_family_key")
    )
    return keyed.with_columns(
        representative.alias("family_id"),
        pl.when(claims.any().over("_family_key"))
        .then(pl.lit(SAME_PRIORITIES))
        .otherwise(pl.lit(SINGLE))
        .alias("family_definition"),
    ).drop("_family_key")


def families_of(applications: pl.DataFrame) -> pl.DataFrame:
    """core.family of filings with `family_id`."""
    return (
        applications.sort("family_id", "filing_date", "application_id", nulls_last=True)
        .group_by("family_id", maintain_order=True)
        .agg(
            pl.col("family_definition").first(),
            pl.col("application_id").first().alias("representative_application_id"),
            pl.min_horizontal(pl.col("earliest_priority_date").min(), pl.col("filing_date").min()).alias(
                "earliest_priority_date"
            ),
            pl.len().cast(pl.Int32).alias("applications"),
            pl.col("office").unique().sort().alias("offices"),
        )
    )
