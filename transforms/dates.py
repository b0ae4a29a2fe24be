"""Dates as exports write them, to polars Date. The order of day and month is decided per file, never per row."""

from __future__ import annotations

import polars as pl

from schemas.errors import UnreadableFileError

_MIDNIGHT = r"(?:[ T]0?0:00(?::00(?:\.0+)?)?Z?)?"
# With marks or with all its digits: 2021-12 and 202112 are months, whose last digit must not pass for a day.
_YEAR_FIRST = (
    rf"^\s*(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_MIDNIGHT}\s*$",
    rf"^\s*(\d{{4}})(\d{{2}})(\d{{2}}){_MIDNIGHT}\s*$",
    rf"^\s*(\d{{4}})年(\d{{1,2}})月(\d{{1,2}})日?{_MIDNIGHT}\s*$",
)
_YEAR_LAST = (r"^\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\s*$",)
# Of each format the spellings, and which of their groups are year, month and day.
PARTS = {
    "year_month_day": (_YEAR_FIRST, (1, 2, 3)),
    "month_day_year": (_YEAR_LAST, (3, 1, 2)),
    "day_month_year": (_YEAR_LAST, (3, 2, 1)),
}


def days(texts: pl.Series, date_format: str) -> tuple[pl.Series, pl.Series]:
    """The different texts, and the day of each by the format or else as ISO: files repeat their days.

    Years before 1900 stay ISO in a file that a spreadsheet program rewrote; ISO cannot be mistaken for anything else.
    """
    different = texts.unique()
    read = [parsed(pl.col("text"), name) for name in (date_format, "year_month_day")]
    return different, different.to_frame("text").select(pl.coalesce(read)).to_series()


def parsed(text: pl.Expr, date_format: str) -> pl.Expr:
    """`text` as Date by one of the formats of PARTS; null where it does not fit or is no day of the calendar."""
    spellings, (year, month, day) = PARTS[date_format]
    written = []
    for spelling in spellings:
        groups = text.str.extract_groups(spelling)
        part = [groups.struct.field(str(index)).str.zfill(width) for index, width in ((year, 4), (month, 2), (day, 2))]
        written.append(pl.concat_str(part, separator="-"))
    return pl.coalesce(written).str.to_date("%Y-%m-%d", strict=False)


_SHORT = r"^\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{2})\s*$"


def with_full_year(text: pl.Expr, publication_year: pl.Expr, of_publication: bool = False) -> pl.Expr:
    """25/04/13 as 25/04/2013: the latest year of these two digits that is not after the year of publication.

    `publication_year`: four digits as text. `of_publication`: the date is the day of publication itself, so its digits must be
    those of that year. What is no short date, contradicts the year or stands beside none is given back as it is.
    """
    groups = text.str.extract_groups(_SHORT)
    short = groups.struct.field("3").cast(pl.Int32)
    year = publication_year.str.extract(r"^\s*(\d{4})(?:\.0)?\s*$", 1).cast(pl.Int32)
    full = year - (year - short) % 100
    if of_publication:
        full = pl.when(full == year).then(full)
    return pl.coalesce(
        pl.concat_str(groups.struct.field("1"), groups.struct.field("2"), full.cast(pl.String), separator="/"), text
    ).name.keep()


def format_of_file(where: str, columns: list[pl.Series], allowed: tuple[str, ...]) -> str:
    """The one format of `allowed` that reads most of the file's dates that are not ISO, which can be mistaken for nothing else.

    Raises UnreadableFileError when two formats read equally many and disagree: 03/05/2021 alone tells nobody which it is.
    """
    iso = "year_month_day"
    others = tuple(name for name in allowed if name != iso)
    dates = pl.concat([column.drop_nulls() for column in columns]) if columns else pl.Series("date", [], pl.String)
    different = dates.to_frame("text").group_by("text", maintain_order=True).len("times")
    values = different.filter(parsed(pl.col("text"), iso).is_null())
    reading = values.with_columns(parsed(pl.col("text"), name).alias(name) for name in others)
    readable = {name: reading.filter(pl.col(name).is_not_null())["times"].sum() for name in others}
    best = max(others, key=lambda name: readable[name], default=iso)
    if not readable.get(best):
        return iso if iso in allowed else best
    for rival in others:
        if rival != best and readable[rival] == readable[best]:
            told_apart = reading.filter(pl.col(best) != pl.col(rival))
            if told_apart.height:
                raise UnreadableFileError(
                    where,
                    f"dates like {told_apart['text'][0]!r} that read as {best} and as {rival} alike",
                    "dates that tell day from month",
                    "export the dates as YYYY-MM-DD",
                )
    return best
