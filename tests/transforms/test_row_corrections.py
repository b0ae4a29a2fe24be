"""Repairs of single cells: they find their cell and nothing else, and what cannot be used is named."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from schemas.errors import ReferenceTableError
from transforms.landing import land
from transforms.row_corrections import BLANK, COLUMNS, FILE, of_file, of_table, read_row_corrections

KEY = "0123456789abcdef"
HEADER = "公开(公告)号,受理局,标题,申请日"
DIRTY = f"{HEADER}\nCN101000001A,中国,甲,2020-01-02\n2.02E+11,中国,乙,2020-13-02\nCN101000003A,中国\nCN101000004A,中国,一,二,2020-01-02\n"


def corrections(tmp_path: Path, *lines: str) -> pl.DataFrame:
    (tmp_path / FILE).write_text("\n".join([",".join(COLUMNS), *lines, ""]), encoding="utf-8")
    return read_row_corrections(tmp_path)


def landed(tmp_path: Path, *lines: str):
    path = tmp_path / "dirty.csv"
    path.write_text(DIRTY, encoding="utf-8")
    return land(path, "f", path.name, corrections=corrections(tmp_path, *lines))


def line(row: int, header: str, value: str, before: str = "", file: str = KEY) -> str:
    return f"{file},{row},{header},{value},{before},test,2024-05-01,seen in the document"


def numbers(landing) -> list[str]:
    assert landing.rows_in == landing.accepted.height + landing.rejected["row_number"].n_unique() + landing.blank
    return landing.accepted["publication_number"].to_list()


def test_without_repairs_three_of_four_are_set_aside(tmp_path: Path) -> None:
    landing = landed(tmp_path)
    assert numbers(landing) == ["CN101000001A"] and landing.corrected.is_empty()


def test_a_repaired_record_comes_in_with_its_other_cells_untouched(tmp_path: Path) -> None:
    landing = landed(tmp_path, line(2, "公开(公告)号", "CN101000002A"), line(2, "申请日", "2020-12-02"))
    assert numbers(landing) == ["CN101000001A", "CN101000002A"]
    row = landing.accepted.row(1, named=True)
    assert (row["title"], str(row["filing_date"])) == ("乙", "2020-12-02")
    assert landing.corrected.select("column_header", "value_before", "is_applied").rows() == [
        ("公开(公告)号", "2.02E+11", True),
        ("申请日", "2020-13-02", True),
    ]


def test_half_a_repair_leaves_the_record_out_with_the_reason_that_is_left(tmp_path: Path) -> None:
    landing = landed(tmp_path, line(2, "公开（公告）号", "CN101000002A"))
    assert numbers(landing) == ["CN101000001A"]
    assert landing.rejected.filter(row_number=2)["rule"].to_list() == ["filing_date_unreadable"]


def test_a_short_record_needs_every_missing_field(tmp_path: Path) -> None:
    one = landed(tmp_path, line(3, "标题", "丙"))
    assert numbers(one) == ["CN101000001A"] and one.corrected["is_applied"].to_list() == [False]
    both = landed(tmp_path, line(3, "标题", "丙"), line(3, "申请日", BLANK))
    assert numbers(both) == ["CN101000001A", "CN101000003A"] and both.corrected["is_applied"].all()
    assert both.accepted.filter(row_number=3)["filing_date"].to_list() == [None]


def test_a_long_record_needs_its_surplus_fields_made_blank(tmp_path: Path) -> None:
    joined = (line(4, "标题", "一、二"), line(4, "申请日", "2020-01-02"))
    assert numbers(landed(tmp_path, *joined)) == ["CN101000001A"]
    whole = landed(tmp_path, *joined, line(4, "column 5", BLANK))
    assert numbers(whole) == ["CN101000001A", "CN101000004A"]
    assert whole.accepted.filter(row_number=4)["title"].item() == "一、二"


def test_a_cell_can_be_made_blank(tmp_path: Path) -> None:
    landing = landed(tmp_path, line(1, "申请日", BLANK))
    assert landing.accepted["filing_date"].to_list() == [None]


@pytest.mark.parametrize(("row", "header"), [(9, "标题"), (2, "没有此列"), (2, "column 9")])
def test_what_names_no_cell_is_told_and_changes_nothing(tmp_path: Path, row: int, header: str) -> None:
    landing = landed(tmp_path, line(row, header, "CN101000002A"))
    assert numbers(landing) == ["CN101000001A"]
    assert landing.corrected.select("value_before", "is_applied").rows() == [(None, False)]


def test_a_file_named_by_its_path_must_still_have_the_value(tmp_path: Path) -> None:
    """The path may have got other bytes, and record 2 may be another patent now."""
    date = line(2, "申请日", "2020-12-02", file="dirty.csv", before="2020-13-02")
    stands = landed(tmp_path, line(2, "公开(公告)号", "CN101000002A", "2.02E+11", "dirty.csv"), date)
    assert numbers(stands) == ["CN101000001A", "CN101000002A"]
    other = landed(tmp_path, line(2, "公开(公告)号", "CN101000002A", "3.03E+11", "dirty.csv"), date)
    assert numbers(other) == ["CN101000001A"]
    assert other.corrected["is_applied"].to_list() == [False, True]
    unsaid = landed(tmp_path, line(2, "公开(公告)号", "CN101000002A", "", "dirty.csv"))
    assert unsaid.corrected["is_applied"].to_list() == [False]


def test_the_latest_decision_on_a_cell_counts(tmp_path: Path) -> None:
    later = f"{KEY},1,标题,后,,test,2024-06-01,"
    found = corrections(tmp_path, later, line(1, "标题", "先"))
    assert found["field_value"].to_list() == ["后"]


def test_a_correction_is_of_its_file_and_table_alone(tmp_path: Path) -> None:
    files = (KEY, f"{KEY}.2", "a.xlsx!二", "a.xlsx", "b.csv", "fedcba9876543210")
    found = corrections(tmp_path, *(line(1, "标题", "x", file=file) for file in files))
    sha256 = KEY * 4
    assert of_file(found, sha256, "a.xlsx")["corrected_file"].to_list() == list(files[:4])
    assert of_table(found, sha256, 2, "a.xlsx!二")["corrected_file"].to_list() == [f"{KEY}.2", "a.xlsx!二"]
    assert of_table(found, sha256, 1, "a.xlsx")["corrected_file"].to_list() == [KEY, "a.xlsx"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (",1,标题,x,,test,2024-05-01,", "corrected_file"),
        (f"{KEY},0,标题,x,,test,2024-05-01,", "row_number '0'"),
        (f"{KEY},two,标题,x,,test,2024-05-01,", "row_number 'two'"),
        (f"{KEY},1,,x,,test,2024-05-01,", "column_header"),
        (f"{KEY},1,标题,,,test,2024-05-01,", "field_value"),
        (f"{KEY},1,标题,x,,,2024-05-01,", "reviewer"),
        (f"{KEY},1,标题,x,,test,5/1/24,", "decision_date '5/1/24'"),
        (f"{KEY},1,标题", "3 fields"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, text: str, found: str) -> None:
    with pytest.raises(ReferenceTableError) as raised:
        corrections(tmp_path, line(1, "标题", "x"), text)
    assert "line 3" in raised.value.where or found == "3 fields" and "line 3" in str(raised.value)
    assert found in str(raised.value)


def test_a_file_of_other_columns_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(ReferenceTableError, match="corrected_file"):
        read_row_corrections(tmp_path)
