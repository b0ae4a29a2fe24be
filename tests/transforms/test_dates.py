"""Dates: one format per file, never guessed per row, never silently wrong."""

from __future__ import annotations

import datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import UnreadableFileError
from transforms.dates import PARTS, format_of_file, parsed

ALL = tuple(PARTS)


def read(text: str, date_format: str) -> datetime.date | None:
    return pl.DataFrame({"t": [text]}).select(parsed(pl.col("t"), date_format)).item()


@pytest.mark.parametrize(
    "text",
    (
        *("2021-03-05", "2021.03.05", "2021/3/5", "20210305", "2021年3月5日", "2021年03月05"),
        *("2021-03-05T00:00:00Z", "2021/3/5 0:00:00", "2021-03-05 0:00"),
    ),
)
def test_year_first_spellings(text: str) -> None:
    assert read(text, "year_month_day") == datetime.date(2021, 3, 5)


@pytest.mark.parametrize(
    "text", ("2021-12", "202112", "2021/11", "2021/10", "2021-13", "2021111", "991231", "2021年12月", "2021-1205")
)
def test_a_month_is_no_day(text: str) -> None:
    assert read(text, "year_month_day") is None


@pytest.mark.parametrize("text", ("2021-13-45", "2021-02-30", "21-03-05", "5", "", "2021", "2021-03-05 and more"))
def test_what_is_no_day_of_the_calendar_is_no_date(text: str) -> None:
    assert read(text, "year_month_day") is None


def test_one_day_above_twelve_tells_the_order_for_the_whole_file() -> None:
    american = [pl.Series(["03/05/2021", "12/31/2020"])]
    european = [pl.Series(["03/05/2021", "31/12/2020"])]
    assert format_of_file("f", american, ALL) == "month_day_year"
    assert format_of_file("f", european, ALL) == "day_month_year"


def test_dates_that_read_both_ways_are_refused_and_not_guessed() -> None:
    with pytest.raises(UnreadableFileError, match="03/05/2021"):
        format_of_file("f", [pl.Series(["03/05/2021"])], ALL)


def test_dates_that_read_the_same_both_ways_are_no_question() -> None:
    assert format_of_file("f", [pl.Series(["03/03/2021"])], ALL) in ALL


def test_a_file_without_dates_has_any_format() -> None:
    assert format_of_file("f", [pl.Series([None], dtype=pl.String)], ALL) == ALL[0]
    assert format_of_file("f", [], ALL) == ALL[0]


@given(st.dates(min_value=datetime.date(1790, 1, 1), max_value=datetime.date(2100, 12, 31)))
def test_what_a_format_writes_it_reads(day: datetime.date) -> None:
    assert read(day.isoformat(), "year_month_day") == day
    assert read(f"{day.month}/{day.day}/{day.year}", "month_day_year") == day
    assert read(f"{day.day:02}.{day.month:02}.{day.year}", "day_month_year") == day
