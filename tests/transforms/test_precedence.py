"""Of several rows of one publication, which wins does not depend on where they stand."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import trials
from tests.transforms.test_corrections import landed
from transforms.applications import (
    applications_of,
    merge_rows,
    publication_values,
    with_application_id,
    with_kind_codes,
)
from transforms.landed_texts import without_texts
from transforms.precedence import in_order_of_precedence

EXPORT = {"f1": 10, "f2": 10, "g": 30}
# Few numbers and few values, so that rows often meet, agree and disagree; two of them bear one number with a kind code and without.
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "source_file_id": st.sampled_from(sorted(EXPORT)),
            "publication_number_original": st.sampled_from(("CN109359736A", "CN 109359736 A", "CN109359736", "EP3000102A1")),
            "stage": st.sampled_from(("other", "grant")),
            "title": st.sampled_from((None, "a", "b")),
            "abstract": st.sampled_from((None, "x", "y")),
            "claims": st.sampled_from((None, "x")),
            "applicants": st.sampled_from((None, ["a | b"], ["a", "b"])),
            "cited_by_documents": st.sampled_from((None, 1, 2)),
            "extra_columns": st.sampled_from((None, [{"header": "备注", "value": "1"}], [{"header": "备注", "value": None}])),
        }
    ),
    min_size=1,
    max_size=7,
)  # fmt: skip


def told(rows: list[dict[str, object]]) -> tuple[list, list]:
    """What is said of each publication, and every disagreement, without where it stands."""
    # As files come: by precedence, files of the same in any order.
    frame = landed(*sorted(rows, key=lambda row: EXPORT[row["source_file_id"]]))
    placed, texts = without_texts(frame)
    precedence = frame["source_file_id"].replace_strict(EXPORT, return_dtype=pl.Int32)
    ordered = in_order_of_precedence(with_kind_codes(placed), texts, precedence)
    publications, _ = merge_rows(ordered)
    values = publication_values(ordered, publications, texts)
    said = (texts.into(publications), values)
    return tuple(sorted(map(repr, frame.drop("source_file_id", "row_number").rows())) for frame in said)


@given(ROWS, st.data())
@settings(max_examples=trials(20, 500))
def test_the_order_of_rows_and_of_equal_files_changes_nothing(rows: list[dict], data: st.DataObject) -> None:
    assert told(rows) == told(data.draw(st.permutations(rows)))


def row(source: str, **values: object) -> dict[str, object]:
    return {"source_file_id": source, "publication_number_original": "CN109359736A"} | values


def chosen(*rows: dict[str, object]) -> dict[str, object]:
    frame, texts = without_texts(landed(*rows))
    precedence = frame["source_file_id"].replace_strict(EXPORT, return_dtype=pl.Int32)
    return texts.into(merge_rows(in_order_of_precedence(frame, texts, precedence))[0]).row(0, named=True)


def test_a_better_export_wins_however_little_it_says() -> None:
    full = row("g", title="b", abstract="y", applicants=["b"])
    found = chosen(row("f1", title="z"), full, row("f2", title="z"))
    assert (found["title"], found["abstract"]) == ("z", "y")


def test_of_equals_the_one_that_says_more_wins() -> None:
    assert chosen(row("f1", title="a"), row("f1", title="b", abstract="y"))["title"] == "b"


def test_rows_that_differ_in_their_texts_alone_are_told_apart_by_these() -> None:
    rows = [row("f1", title="a", abstract=abstract) for abstract in ("y", "x", "z")]
    assert chosen(*rows)["abstract"] == chosen(*reversed(rows))["abstract"] == "x"


@pytest.mark.parametrize("published", [(2019, 2021), (2021, 2019), (None, 2019), (2019, None)])
def test_the_applicants_as_filed_win_whichever_document_came_first(published: tuple[int | None, int | None]) -> None:
    """Two documents of one filing: one from an export that tells the owners of today alone."""
    told = ({"current_owners": ["转让后公司"]}, {"applicants": ["原申请人公司"]})
    documents = [
        row("f1", publication_number_original=number, publication_date=year and date(year, 1, 5), **says)
        for number, year, says in zip(("CN109359736A", "CN109359736B"), published, told, strict=True)
    ]
    filings = applications_of(with_application_id(merge_rows(landed(*documents))[0]))
    assert filings.select("applicants", "applicant_basis").rows() == [(["原申请人公司"], "applicants")]


def test_without_applicants_in_any_document_the_owners_of_the_first_stand() -> None:
    documents = [
        row("f1", publication_number_original=number, publication_date=date(year, 1, 5), current_owners=[owner])
        for number, year, owner in (("CN109359736B", 2021, "后公司"), ("CN109359736A", 2019, "先公司"))
    ]
    filings = applications_of(with_application_id(merge_rows(landed(*documents))[0]))
    assert filings.select("applicants", "applicant_basis").rows() == [(["先公司"], "current_owners")]


def test_where_no_equals_meet_the_rows_stay_as_they_are() -> None:
    frame, texts = without_texts(landed(row("f1", title="b"), row("f2", title="a")))
    assert in_order_of_precedence(frame, texts) is frame


def test_columns_of_the_analysts_own_may_disagree_too() -> None:
    own = [[{"header": "大类名称", "value": value}] for value in ("甲", "乙")]
    frame, texts = without_texts(landed(row("f1", extra_columns=own[0]), row("f2", extra_columns=own[1])))
    values = publication_values(frame, merge_rows(frame)[0], texts)
    assert values.select("field", "field_value", "is_chosen").rows() == [
        ("extra_columns", "大类名称=甲", True),
        ("extra_columns", "大类名称=乙", False),
    ]


def test_disagreements_on_columns_of_the_tools_own_are_read_from_rows_in_several_pieces() -> None:
    own = [[{"header": "备注", "value": value}] for value in ("1", None)]
    alone = {"source_file_id": "f1", "publication_number_original": "EP3000102A1", "extra_columns": own[1]}
    frame, texts = without_texts(
        landed(row("f1", extra_columns=own[0]), alone, row("f2"), row("g", extra_columns=own[1]))
    )
    frame = pl.concat([frame[:1], frame[1:3], frame[3:]])
    values = publication_values(frame, merge_rows(frame)[0], texts).filter(field="extra_columns")
    assert sorted(values["field_value"]) == ["备注=", "备注=1"]
