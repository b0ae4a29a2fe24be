"""Dates as exports write them, to polars Date. The order of day and month is decided per file, never per row."""

from __future__ import annotations

import polars as pl

from schemas.errors import UnreadableFileError

_DIGITS = r"^\s*(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[ T]00:00(?::00(?:\.0+)?)?Z?)?\s*$"
_SLASHED = r"^\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\s*$"
PARTS = {
    "year_month_day": (_DIGITS, (1, 2, 3)),
    "month_day_year": (_SLASHED, (3, 1, 2)),
    "day_month_year": (_SLASHED, (3, 2, 1)),
}


def parsed(text: pl.Expr, date_format: str) -> pl.Expr:
    """`text` as Date by one of the formats of PARTS; null where it does not fit or is no day of the calendar."""
    pattern, (year, month, day) = PARTS[date_format]
    groups = text.str.extract_groups(pattern)
    part = [groups.struct.field(str(index)).str.zfill(width) for index, width in ((year, 4), (month, 2), (day, 2))]
    return pl.concat_str(part, separator="-").str.to_date("%Y-%m-%d", strict=False)


def format_of_file(where: str, columns: list[pl.Series], allowed: tuple[str, ...]) -> str:
    """The one format of `allowed` that reads most values of the file's date columns.

    Raises UnreadableFileError when two formats read equally many and disagree: 03/05/2021 alone tells nobody which it is.
    """
    values = pl.concat([column.drop_nulls() for column in columns]) if columns else pl.Series("date", [], pl.String)
    reading = values.to_frame("text").select(parsed(pl.col("text"), name).alias(name) for name in allowed)
    readable = {name: reading[name].count() for name in allowed}
    best = max(allowed, key=lambda name: readable[name])
    rivals = [name for name in allowed if name != best and readable[name] == readable[best] > 0]
    for rival in rivals:
        if not reading[best].equals(reading[rival]):
            raise UnreadableFileError(
                where,
                f"dates like {values[0]!r} that read as {best} and as {rival} alike",
                "dates that tell day from month",
                "export the dates as YYYY-MM-DD",
            )
    return best
