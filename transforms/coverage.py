"""How much of a file's records has each field, year by year: a column that a tool stopped filling shows here and nowhere else."""

from __future__ import annotations

import polars as pl

from schemas.tables import TABLES

# The share of records that must have the field in every year, in a file that has the field at all; None: no share is expected of
# it, for not every patent has one (designs have no symbols of the IPC), but a sudden fall is told of it too.
EXPECTED_SHARES: dict[str, float | None] = {
    "title": 0.95,
    "filing_date": 0.8,
    "publication_date": 0.8,
    "applicants": 0.8,
    "current_owners": None,
    "application_number": 0.5,
    "inventors": 0.5,
    "ipc_symbols": 0.5,
    "abstract": None,
    "claims": None,
    "cpc_symbols": None,
    "priority_numbers": None,
    "provinces": None,
    "vendor_family_id": None,
}
_TABLE = TABLES["meta.field_coverage"]


def field_coverage(rows: pl.DataFrame) -> pl.DataFrame:
    """meta.field_coverage of landed rows: per file, field and year (of filing, else of publication) the records and those with a value.

    Records without a year are left out.
    """
    year = pl.coalesce("filing_year", pl.col("publication_date").dt.year()).alias("coverage_year")
    by_year = (
        rows.select("source_file_id", year, *(_has_value(rows, name) for name in EXPECTED_SHARES))
        .drop_nulls("coverage_year")
        .group_by("source_file_id", "coverage_year")
        .agg(pl.len().alias("coverage_records"), pl.col(list(EXPECTED_SHARES)).sum())
    )
    expected = pl.col("field").replace_strict(EXPECTED_SHARES, return_dtype=pl.Float64).alias("expected_share")
    return (
        by_year.unpivot(
            list(EXPECTED_SHARES),
            index=["source_file_id", "coverage_year", "coverage_records"],
            variable_name="field",
            value_name="covered_records",
        )
        .with_columns(expected)
        .select(pl.col(name).cast(dtype) for name, dtype in _TABLE.polars_schema.items())
        .sort(_TABLE.key)
    )


def _has_value(rows: pl.DataFrame, name: str) -> pl.Expr:
    column = pl.col(name)
    found = column.list.len() > 0 if isinstance(rows.schema[name], pl.List) else column.is_not_null()
    return found.fill_null(False)
