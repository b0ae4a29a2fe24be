"""The team's corrections overrule the sources and are kept beside what they replace; where sources disagree, all of them can be read."""

from __future__ import annotations

import datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import ReferenceTableError
from schemas.tables import LANDING, TABLES
from schemas.validation import require
from tests.conftest import trials
from transforms.applications import applications_of, merge_rows, publication_values, with_application_id
from transforms.corrections import correct_values, family_links, read_corrections
from transforms.landed_texts import without_texts
from transforms.numbers import application_number, publication_number, publication_parts

TITLE = "一种示例装置"


def landed(*rows: dict[str, object]) -> pl.DataFrame:
    """Landing rows as the exports would give them: numbers are brought to canonical form here as at landing."""
    complete = [
        {name: row.get(name) for name in LANDING.columns}
        | {
            "source_file_id": row.get("source_file_id", f"f{at}"),
            "row_number": at,
            "stage": "other",
            "patent_type": "other",
        }
        | {name: row[name] for name in ("stage", "patent_type") if name in row}
        for at, row in enumerate(rows, start=1)
    ]
    frame = pl.DataFrame(complete, schema=LANDING.polars_schema)
    parts = frame.select(publication_parts(pl.col("publication_number_original")).alias("parts"))
    return frame.with_columns(
        parts.select(publication_number(pl.col("parts")).alias("publication_number")).to_series(),
        *parts.unnest("parts").get_columns(),
    ).with_columns(
        application_number(pl.col("application_number_original"), pl.col("office")).alias("application_number")
    )


# ── one document, several tools ──────────────────────────────────────────────────────────────────────────────────


def test_the_same_patent_of_lens_google_patsnap_and_cnipr_is_one_row() -> None:
    rows = landed(
        {"publication_number_original": "CN202644404U", "title": TITLE},
        {"publication_number_original": "CN 202644404 U", "application_number_original": "CN 201220234777 U"},
        {"publication_number_original": "CN-202644404-U"},
        {"publication_number_original": "ＣＮ202644404Ｕ", "application_number_original": "CN201220234777.0"},
        {"publication_number_original": "CN202644404"},
    )
    publications, sources = merge_rows(rows)
    assert publications["publication_number"].to_list() == ["CN202644404U"]
    assert publications["application_number"].to_list() == ["CN201220234777"]
    assert sources.height == 5


def test_a_number_without_kind_code_that_two_documents_bear_stays_apart() -> None:
    spellings = ["CN109359736A", "CN109359736B", "CN109359736"]
    publications, _ = merge_rows(landed(*({"publication_number_original": spelling} for spelling in spellings)))
    assert sorted(publications["publication_number"]) == sorted(["CN109359736A", "CN109359736B", "CN109359736"])


def test_an_american_number_without_its_year_meets_the_one_that_has_it() -> None:
    filed = datetime.date(2017, 6, 1)
    rows = landed(
        {"publication_number_original": "US2018000001A1", "application_number_original": "15/590,278"},
        {"publication_number_original": "US10000001B2", "application_number_original": "US 201715590278 A"},
    ).with_columns(pl.lit(filed).alias("filing_date"), pl.lit(2017, pl.Int32).alias("filing_year"))
    publications = with_application_id(merge_rows(rows)[0])
    assert publications["application_id"].unique().to_list() == ["US201715590278"]


def test_a_wrong_check_digit_is_told_and_the_number_left_alone() -> None:
    rows = landed({"publication_number_original": "CN202644404U", "application_number_original": "CN201220249767.5"})
    publication = merge_rows(rows)[0].row(0, named=True)
    assert publication["application_number"] == "CN201220249767"
    assert publication["application_number_doubt"] == "check_digit"


# ── where sources disagree ───────────────────────────────────────────────────────────────────────────────────────


def disagreeing() -> pl.DataFrame:
    return landed(
        {"publication_number_original": "CN109359736A", "title": TITLE, "cited_by_documents": 3, "applicants": ["示例公司"]},
        {"publication_number_original": "CN109359736A", "title": "EXAMPLE DEVICE", "cited_by_documents": 7, "applicants": ["示例公司"]},
        {"publication_number_original": "CN109359737A", "title": TITLE},
    )  # fmt: skip


def test_every_value_of_a_disagreement_can_be_read_with_its_source() -> None:
    rows, texts = without_texts(disagreeing())
    values = publication_values(rows, merge_rows(rows)[0], texts)
    require(values, TABLES["core.publication_value"])
    assert sorted(values.select("field", "source_file_id", "field_value", "is_chosen", "decided_by").rows()) == [
        ("cited_by_documents", "f1", "3", False, "highest"),
        ("cited_by_documents", "f2", "7", True, "highest"),
        ("title", "f1", TITLE, True, "precedence"),
        ("title", "f2", "EXAMPLE DEVICE", False, "precedence"),
    ]


DAY = datetime.date
A, B = {"publication_number_original": "CN202644404U"}, {"publication_number_original": "CN202644404U", "title": TITLE}


@pytest.mark.parametrize(
    ("rows", "filed", "published", "granted"),
    [
        # The upper row decides.
        (
            [A | {"filing_date": DAY(2020, 1, 1)}, B | {"publication_date": DAY(2019, 1, 1)}],
            DAY(2020, 1, 1),
            None,
            None,
        ),
        (
            [A | {"publication_date": DAY(2019, 1, 1)}, B | {"filing_date": DAY(2020, 1, 1)}],
            None,
            DAY(2019, 1, 1),
            None,
        ),
        # Of the others the first that fits.
        (
            [
                A | {"filing_date": DAY(2020, 1, 1)},
                B | {"publication_date": DAY(2019, 1, 1), "grant_date": DAY(2022, 1, 1)},
                B | {"publication_date": DAY(2021, 1, 1), "grant_date": DAY(2019, 1, 1)},
            ],
            DAY(2020, 1, 1),
            DAY(2021, 1, 1),
            DAY(2022, 1, 1),
        ),
        (
            [
                A | {"grant_date": DAY(2019, 1, 1)},
                B | {"filing_date": DAY(2020, 1, 1), "publication_date": DAY(2021, 1, 1)},
                B | {"filing_date": DAY(2018, 1, 1), "publication_date": DAY(2018, 7, 1)},
            ],
            DAY(2018, 1, 1),
            DAY(2021, 1, 1),
            DAY(2019, 1, 1),
        ),
        (
            [A | {"filing_date": DAY(2018, 1, 1)}, B | {"publication_date": DAY(2019, 1, 1)}],
            DAY(2018, 1, 1),
            DAY(2019, 1, 1),
            None,
        ),
    ],
)
def test_days_of_different_sources_do_not_contradict_one_another(rows, filed, published, granted) -> None:
    frame, texts = without_texts(landed(*rows))
    publications = merge_rows(frame)[0]
    assert publications.select("filing_date", "publication_date", "grant_date").rows() == [(filed, published, granted)]
    left_out = publication_values(frame, publications, texts).filter(pl.col("is_chosen").not_())
    told = {row["publication_date"] for row in rows if "publication_date" in row} - {published}
    assert {DAY.fromisoformat(each) for each in left_out.filter(field="publication_date")["field_value"]} == told


def _said(days: tuple[int | None, int | None, int | None]) -> dict[str, object]:
    names = ("filing_date", "publication_date", "grant_date")
    return {name: DAY(2000 + year, 1, 1) for name, year in zip(names, days, strict=True) if year is not None}


def _is_in_order(days: tuple[int | None, ...]) -> bool:
    return days[0] is None or all(later is None or days[0] <= later for later in days[1:])


_YEARS = st.one_of(st.none(), st.integers(1, 5))


@settings(deadline=None, max_examples=trials(40, 1_000))
@given(st.lists(st.tuples(_YEARS, _YEARS, _YEARS).filter(_is_in_order), min_size=1, max_size=4))
def test_merged_days_are_in_order_and_the_first_row_loses_none(rows) -> None:
    found = merge_rows(landed(*(A | _said(days) for days in rows)))[0].row(0, named=True)
    days = (found["filing_date"], found["publication_date"], found["grant_date"])
    assert _is_in_order(days)
    assert _said(rows[0]).items() <= found.items()


def test_a_year_goes_with_the_day_of_filing_that_is_left_out() -> None:
    rows = [A | {"publication_date": DAY(2019, 1, 1)}, B | {"filing_date": DAY(2020, 1, 1), "filing_year": 2020}]
    assert merge_rows(landed(*rows))[0].select("filing_date", "filing_year").rows() == [(None, None)]


def test_a_grant_before_the_filing_stays_with_its_document() -> None:
    number = {"application_number_original": "CN201210000001"}
    rows = landed(
        number | {"publication_number_original": "CN102644404A", "filing_date": DAY(2020, 1, 1)},
        number | {"publication_number_original": "CN102644404B", "grant_date": DAY(2019, 1, 1)},
    )
    filings = applications_of(with_application_id(merge_rows(rows)[0]))
    assert filings.select("filing_date", "grant_date").rows() == [(DAY(2020, 1, 1), None)]


def test_of_every_disagreement_one_value_is_chosen() -> None:
    rows, texts = without_texts(disagreeing())
    values = publication_values(rows, merge_rows(rows)[0], texts)
    chosen = values.group_by("publication_number", "field").agg(pl.col("is_chosen").any())
    assert chosen["is_chosen"].all()


# ── what the team says ───────────────────────────────────────────────────────────────────────────────────────────

HEADER = "publication_number,field,field_value,reviewer,decision_date,reason\n"


def team(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def test_a_correction_is_in_force_and_logged_with_what_stood_there(tmp_path: Path) -> None:
    lines = (
        "CN 109359736 A,title,更正的标题,甲,2024-05-01,\n"
        "CN109359736A,filing_date,2018-03-02,甲,2024-05-01,\n"
        "CN100000001A,title,x,甲,2024-05-01,\n"
    )
    publications, _ = merge_rows(disagreeing())
    corrected, log = correct_values(publications, read_corrections(team(tmp_path, correction=HEADER + lines)))
    row = corrected.filter(publication_number="CN109359736A").row(0, named=True)
    assert (row["title"], row["filing_date"], row["filing_year"]) == ("更正的标题", datetime.date(2018, 3, 2), 2018)
    assert corrected.height == publications.height
    assert sorted(log.select("publication_number", "field", "value_before", "is_applied").rows(), key=str) == [
        ("CN100000001A", "title", None, False),
        ("CN109359736A", "filing_date", None, True),
        ("CN109359736A", "title", TITLE, True),
    ]
    require(log, TABLES["core.correction"])


def test_the_latest_correction_counts(tmp_path: Path) -> None:
    lines = "CN109359736A,title,后,甲,2024-05-02,\nCN109359736A,title,前,乙,2024-05-01,\n"
    log = read_corrections(team(tmp_path, correction=HEADER + lines))
    assert log["field_value"].to_list() == ["后"]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("CN109359736A,colour,red,甲,2024-05-01,", "field 'colour'"),
        ("CN109359736A,filing_date,someday,甲,2024-05-01,", "field_value 'someday'"),
        ("CN109359736A,legal_status,alive,甲,2024-05-01,", "field_value 'alive'"),
        ("序号,title,x,甲,2024-05-01,", "publication_number '序号'"),
        ("CN109359736A,title,x,,2024-05-01,", "reviewer None"),
        ("CN109359736A,title,x,甲,soon,", "decision_date 'soon'"),
    ],
)
def test_a_correction_that_cannot_be_used_names_its_line(tmp_path: Path, line: str, found: str) -> None:
    with pytest.raises(ReferenceTableError) as raised:
        read_corrections(team(tmp_path, correction=HEADER + line + "\n"))
    assert raised.value.found == found
    assert "line 2" in raised.value.where


def test_days_that_a_correction_would_put_out_of_order_name_their_publication(tmp_path: Path) -> None:
    (tmp_path / "correction.csv").write_text(
        "publication_number,field,field_value,reviewer,decision_date,reason\n"
        "CN202644404U,filing_date,2013-05-01,甲,2024-06-30,示例\n",
        encoding="utf-8",
    )
    row = {"publication_number_original": "CN202644404U", "publication_date": datetime.date(2013, 1, 2)}
    publications, _ = merge_rows(landed(row))
    corrections = read_corrections(tmp_path)
    with pytest.raises(ReferenceTableError) as raised:
        correct_values(publications, corrections)
    told = "publication CN202644404U: filing_date 2013-05-01, publication_date 2013-01-02; expected filing_date on or before"
    assert told in str(raised.value)
    other, _ = merge_rows(landed(row | {"publication_number_original": "CN202644405U"}))
    assert correct_values(other, corrections)[1]["is_applied"].to_list() == [False]


def test_links_of_families_are_logged_and_those_without_data_wait(tmp_path: Path) -> None:
    links = (
        "publication_number,other_publication_number,decision,reviewer,decision_date,reason\n"
        "CN109359736A,CN109359737A,join,甲,2024-05-01,同一发明\nCN109359736A,US10000001B2,split,甲,2024-05-01,\n"
    )
    publications = with_application_id(merge_rows(disagreeing())[0])
    found, log = family_links(read_corrections(team(tmp_path, family_link=links)), publications)
    assert found.select("application_id", "other_application_id", "correction").rows() == [
        ("CN109359736", "CN109359737", "join")
    ]
    assert dict(log.select("correction", "is_applied").rows()) == {"join": True, "split": False}
    require(log, TABLES["core.correction"])


def test_no_files_no_corrections(tmp_path: Path) -> None:
    assert read_corrections(tmp_path).is_empty()
    assert read_corrections(None).is_empty()
    assert applications_of(with_application_id(merge_rows(disagreeing())[0])).height == 2
