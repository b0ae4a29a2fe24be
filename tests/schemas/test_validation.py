"""What judge accepts, what it rejects and how it says so; what it refuses to judge at all."""

from __future__ import annotations

import datetime
import random

import polars as pl
import pytest

from schemas.errors import ContractError
from schemas.tables import TABLES, Table
from schemas.validation import judge, keeps_to, require

OFFICE = TABLES["core.office"]
LANDING = TABLES["landing.publication"]


def offices(*codes: str | None) -> pl.DataFrame:
    rows = [(code, "中国", "China", True, True) for code in codes]
    return pl.DataFrame(rows, schema=OFFICE.polars_schema, orient="row")


def landing_row(**values) -> pl.DataFrame:
    row = dict.fromkeys(LANDING.columns) | {
        "source_file_id": "a",
        "row_number": 1,
        "publication_number": "CN101000001A",
    }
    return pl.DataFrame([row | values], schema=LANDING.polars_schema)


def test_good_rows_are_accepted_whole() -> None:
    frame = offices("CN", "US")
    assert judge(frame, OFFICE).accepted.equals(frame)


def test_each_broken_rule_is_told_with_what_was_found() -> None:
    rejected = judge(offices("CN", "cn", None), OFFICE).rejected
    assert rejected.rows() == [
        (1, "office_shape", "found cn, expected a two-letter WIPO ST.3 code"),
        (2, "office_missing", "found nothing, expected a value"),
    ]


def test_a_repeated_key_rejects_the_repeat_and_keeps_the_first() -> None:
    verdict = judge(offices("CN", "US", "CN"), OFFICE)
    assert verdict.accepted["office"].to_list() == ["CN", "US"]
    assert verdict.rejected["reason"].to_list() == ["found office=CN a second time, expected one row per key"]


def test_rules_over_several_columns_show_those_columns() -> None:
    frame = landing_row(filing_date=datetime.date(2021, 1, 1), publication_date=datetime.date(2020, 1, 1))
    assert judge(frame, LANDING).rejected["reason"].to_list() == [
        "found filing_date=2021-01-01, publication_date=2020-01-01, expected filing_date on or before publication_date"
    ]


@pytest.mark.parametrize("year", (21, 1500, 9999))
def test_years_that_no_patent_has_are_rejected(year: int) -> None:
    assert not judge(landing_row(filing_year=year), LANDING).is_clean
    assert not judge(landing_row(publication_date=datetime.date(year, 1, 1)), LANDING).is_clean


def test_a_wrong_frame_is_our_bug_and_raises() -> None:
    with pytest.raises(ContractError, match="core.office"):
        judge(offices("CN").with_columns(pl.lit(1).alias("surplus")), OFFICE)
    with pytest.raises(ContractError):
        judge(offices("CN").drop("name_zh"), OFFICE)
    with pytest.raises(ContractError):
        judge(offices("CN").with_columns(pl.lit("yes").alias("is_ip5")), OFFICE)


def test_a_lazy_frame_is_refused_because_its_values_would_not_be_checked() -> None:
    with pytest.raises(TypeError, match="lazy frames are not checked"):
        judge(offices("nonsense").lazy(), OFFICE)


def test_validation_cannot_be_switched_off_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANDERA_VALIDATION_ENABLED", "False")
    with pytest.raises(ContractError, match="switches validation off"):
        judge(offices("CN"), OFFICE)


def test_require_names_the_rule_that_failed() -> None:
    with pytest.raises(ContractError, match="office_shape"):
        require(offices("china"), OFFICE)


CANDIDATES = {
    pl.String: ("CN", "CN101000001A", "cn", "", None),
    pl.Date: (datetime.date(2020, 1, 1), datetime.date(2021, 5, 5), datetime.date(9999, 1, 1), None),
    pl.Boolean: (True, False, None),
    pl.Int32: (0, 2020, -1, None),
    pl.Int64: (1, -1, None),
    pl.Float64: (0.5, -1.0, float("nan"), None),
    pl.List: ([], None),
}


def good_row(table: Table) -> dict[str, object]:
    row = {name: CANDIDATES[dtype.base_type()][0] for name, dtype in table.polars_schema.items()}
    for column in table.described_columns:
        for rule in column.rules:
            named = rule.expectation.removeprefix("one of ").split(", ")[0]
            values = pl.Series([*CANDIDATES[column.dtype.base_type()], named if column.dtype == pl.String else None])
            row[column.name] = values.filter(values.to_frame("v").select(rule.holds(pl.col("v"))).to_series())[0]
    return row


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_what_is_accepted_at_once_is_what_pandera_accepts(table: Table) -> None:
    """A good row, and rows that differ from it in one value: row by row both give the same answer."""
    good, chance = good_row(table), random.Random(table.full_name)
    changed = [(name, value) for name, dtype in table.polars_schema.items() for value in CANDIDATES[dtype.base_type()]]
    rows = [
        good,
        good | {table.key[0]: None},
        *(good | dict([one]) for one in chance.sample(changed, min(len(changed), 12))),
    ]
    frame = pl.DataFrame(rows, schema=table.polars_schema)
    rejected = judge(frame, table).rejected.filter(pl.col("rule") != "key_repeated")["row_index"].unique().to_list()
    at_once = [number for number in range(frame.height) if not keeps_to(frame[number], table)]
    assert at_once == sorted(rejected)
    assert 0 not in at_once and 1 in at_once


def test_a_repeated_key_is_not_accepted_at_once() -> None:
    assert keeps_to(offices("CN", "US"), OFFICE) and not keeps_to(offices("CN", "US", "CN"), OFFICE)
