"""What judge accepts, what it rejects and how it says so; what it refuses to judge at all."""

from __future__ import annotations

import datetime

import polars as pl
import pytest

from schemas.errors import ContractError
from schemas.tables import TABLES
from schemas.validation import judge, require

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
