"""Each export of the world lands as its golden says: what is accepted, what is set aside and why, what is reported."""

from __future__ import annotations

import csv
import datetime
import json
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import UnknownExportError, UnreadableFileError
from tests.conftest import WORLD, trials
from transforms import landing
from transforms.export import exports, fold_header, recognise
from transforms.landing import land
from transforms.tabular import SPREADSHEET_ERRORS


def landed(path: Path):
    return land(path, path.stem, path.name)


def test_set_aside_rows_equal_the_golden() -> None:
    golden = pl.read_csv(WORLD / "golden" / "meta.rejected_row.csv")
    found = [
        landed(WORLD / "inbox" / f"{name}.csv").rejected.select(pl.lit(name).alias("file"), "row_number", "rule")
        for name in ("patsnap", "lens", "google")
    ]
    assert pl.concat(found).rows() == golden.rows()


@pytest.mark.parametrize("name", ("patsnap", "lens", "google"))
def test_every_record_is_accepted_set_aside_or_blank(name: str) -> None:
    landing = landed(WORLD / "inbox" / f"{name}.csv")
    set_aside = landing.rejected["row_number"].n_unique()
    assert landing.rows_in == landing.accepted.height + set_aside + landing.blank


@pytest.mark.parametrize("name", ("patsnap", "lens", "google"))
def test_a_few_rows_at_a_time_land_as_all_at_once(name: str, monkeypatch) -> None:
    whole = landed(WORLD / "inbox" / f"{name}.csv")
    monkeypatch.setattr(landing, "ROWS_AT_ONCE", 3)
    parts = landed(WORLD / "inbox" / f"{name}.csv")
    for one, other in zip(vars(whole).values(), vars(parts).values(), strict=True):
        assert one.equals(other) if isinstance(one, pl.DataFrame) else one == other


def test_a_date_that_one_part_cannot_tell_is_told_by_the_whole_file(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(landing, "ROWS_AT_ONCE", 1)
    lines = (WORLD / "inbox" / "lens.csv").read_text(encoding="utf-8").splitlines()
    header = lines[0].split(",")
    row = dict.fromkeys(header, "") | {"Jurisdiction": "US", "Kind": "A1", "Lens ID": "1"}
    days = {"US 2019/1000000 A1": "03/05/2019", "US 2019/1000001 A1": "03/25/2019"}
    rows = [row | {"Display Key": number, "Publication Date": day} for number, day in days.items()]
    (tmp_path / "l.csv").write_text(
        "\n".join(",".join(each) for each in (header, *(row.values() for row in rows))) + "\n"
    )
    found = landed(tmp_path / "l.csv").accepted["publication_date"].to_list()
    assert found == [datetime.date(2019, 3, 5), datetime.date(2019, 3, 25)]


def test_errors_of_spreadsheets_begin_with_the_sign_by_which_they_are_looked_for() -> None:
    assert all(each.startswith("#") for each in SPREADSHEET_ERRORS)


def test_reasons_say_what_was_found_and_what_was_expected() -> None:
    landing = landed(WORLD / "inbox" / "patsnap.csv")
    by_rule = dict(landing.rejected.select("rule", "reason").rows())
    assert by_rule["filing_date_unreadable"] == "found 2021-13-45, expected a day written as year, month, day"
    assert by_rule["number_mangled_by_spreadsheet"].startswith("found 2.02E+11")
    raw = json.loads(landing.rejected.filter(rule="filing_date_unreadable")["raw"].item())
    assert raw["公开(公告)号"] == "CN101000010A"


PATSNAP = "公开(公告)号,申请号,受理局,申请日,标题,[标]当前申请(专利权)人,发明人\n"


def of_patsnap(tmp_path: Path, row: str):
    path = tmp_path / "p.csv"
    path.write_text(PATSNAP + row + "\n", encoding="utf-8")
    return landed(path)


@pytest.mark.parametrize(
    ("number", "application"),
    [
        ("EP1234567A1 | EP1234567B1", ""),
        ("US5123456A;US5123457A", ""),
        ("CN1234567A CN1234567C", ""),
        ("EP1234567A1/EP1234567B1", ""),
        ("CN101000001A", "CN201811111111.1 | CN201811111112.X"),
        ("CN101000001A", '"CN201811111111.1, CN201811111112.X"'),
    ],
)
def test_several_numbers_in_a_cell_are_not_made_one(tmp_path: Path, number: str, application: str) -> None:
    found = of_patsnap(tmp_path, f"{number},{application},,2019-01-02,一种方法,示例甲公司,甲")
    assert found.accepted.is_empty() and found.rejected["rule"].to_list() == ["several_numbers"]
    assert (application.strip('"') or number) in found.rejected["reason"].item()


def test_an_office_that_contradicts_its_number_or_is_not_known_is_named(tmp_path: Path) -> None:
    rows = {"美国": "office_contradicts_number", "示例局": "office_name_unknown"}
    for office, rule in rows.items():
        found = of_patsnap(tmp_path, f"CN101000001A,,{office},2019-01-02,一种方法,示例甲公司,甲").rejected
        assert found["rule"].to_list() == [rule]
        assert f"found CN101000001A of the office {office}, expected" in found["reason"].item()
    assert of_patsnap(tmp_path, "CN101000001A,,,2019-01-02,一种方法,示例甲公司,甲").accepted.height == 1


def test_the_sign_that_ends_an_entity_parts_no_names() -> None:
    names = pl.DataFrame({"names": ["示例&amp;甲公司;乙公司"]}).select(landing._parts(pl.col("names"), (";", "；")))
    assert names.item().to_list() == ["示例&甲公司", "乙公司"]


def test_of_several_days_of_which_one_cannot_be_read_none_is_the_earliest() -> None:
    export = exports()["docdb_xml"]
    days = pl.DataFrame({"earliest_priority_date": ["19960700\n19970601", "19980203\n19970601"]})
    known = landing.days(landing._each_day(days, ["earliest_priority_date"]), "year_month_day")
    field = export.fields["earliest_priority_date"]
    found = days.select(landing._typed("earliest_priority_date", field, export, known)).to_series().to_list()
    assert found == [None, datetime.date(1997, 6, 1)]


def test_columns_that_are_neither_mapped_nor_ignored_are_reported() -> None:
    assert landed(WORLD / "inbox" / "patsnap.csv").unmapped_columns == ("备注",)
    assert landed(WORLD / "inbox" / "lens.csv").unmapped_columns == ()


def test_a_workbook_gives_the_same_rows_as_the_csv(tmp_path: Path) -> None:
    source = WORLD / "inbox" / "patsnap.csv"
    path = tmp_path / "智慧芽.XLSX"
    with source.open(encoding="utf-8", newline="") as file, xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("sheet1")
        for index, cells in enumerate(csv.reader(file)):
            for column, cell in enumerate(cells):
                sheet.write_string(index, column, cell)
    from_csv, from_workbook = landed(source), land(path, "patsnap", path.name)
    assert from_workbook.accepted.equals(from_csv.accepted)
    assert from_workbook.rejected.equals(from_csv.rejected)
    assert (from_workbook.rows_in, from_workbook.blank) == (from_csv.rows_in, from_csv.blank)


def test_the_second_header_generation_is_the_same_export(tmp_path: Path) -> None:
    path = tmp_path / "renamed.csv"
    path.write_text(
        "公开公告号,受理局,标题,专利类型,当前申请专利权人,申请年,当前申请专利权人州省,当前申请专利权人地市,当前申请专利权人区县,简单法律状态\n"
        "CN101000001A,中国,一种方法,发明专利,示例甲公司 | 示例乙公司,2020,浙江,湖州,安吉县,有效\n",
        encoding="utf-8",
    )
    landing = landed(path)
    row = landing.accepted.row(0, named=True)
    assert landing.export == "patsnap_xlsx" and landing.unmapped_columns == ()
    assert row["current_owners"] == ["示例甲公司", "示例乙公司"]
    assert (row["filing_year"], row["provinces"], row["districts"]) == (2020, ["浙江"], ["安吉县"])


@pytest.mark.parametrize("spelling", ("公开（公告）号", "公开(公告)号", "公开公告号", " 公开 (公告) 号 "))
def test_headers_are_known_whatever_their_brackets_and_blanks(spelling: str) -> None:
    assert fold_header(spelling) == "公开公告号"
    assert recognise((spelling, "受理局")).id == "patsnap_xlsx"


def test_an_unknown_header_names_the_nearest_export_and_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "unknown.csv"
    path.write_text("公开(公告)号,标题,申请人,简单法律状态\nCN1A,a,b,有效\n", encoding="utf-8")
    with pytest.raises(UnknownExportError, match="nearest is patsnap_xlsx .* needs 受理局"):
        landed(path)


def test_a_mapped_header_that_stands_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "twice.csv"
    path.write_text("公开(公告)号,受理局,标题,标题\nCN101000001A,中国,一种方法,另一种方法\n", encoding="utf-8")
    with pytest.raises(UnreadableFileError, match="标题 stands twice"):
        landed(path)


def test_an_application_number_of_no_shape_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "shape.csv"
    path.write_text("公开(公告)号,受理局,申请号\nCN101000001A,中国,未公开\n", encoding="utf-8")
    assert landed(path).rejected["rule"].to_list() == ["application_number_shape"]


def test_a_stray_quote_refuses_the_file_instead_of_swallowing_rows(tmp_path: Path) -> None:
    path = tmp_path / "quotes.csv"
    rows = "".join(f"US-{10000000 + n}-B2,title {n},x,y,,,,,,\n" for n in range(20))
    path.write_text(
        "id,title,assignee,inventor/author,priority date,filing/creation date,publication date,grant date,"
        "result link,representative figure link\n"
        + rows + 'US-10000099-B2,"a 5" disk,x,y,,,,,,\n' + rows,
        encoding="utf-8",
    )  # fmt: skip
    with pytest.raises(UnreadableFileError):
        landed(path)


def test_identifiers_keep_their_very_characters() -> None:
    accepted = landed(WORLD / "inbox" / "lens.csv").accepted
    assert accepted["publication_number_original"].to_list()[0] == "US 2020/0000101 A1"
    assert accepted["application_number_original"].to_list()[2] == "JP 2019/0000103 W"


NUMBER = st.sampled_from(["CN101000001A", "CN 101000002 A", "", "2.02E+11", "序号", "US-10000000-B2", "ZZ1A", "#N/A"])
DAY = st.sampled_from(["2020-01-01", "2020-13-01", "", "0021-03-05", "2019.5.6", "#REF!"])
TITLE = st.text(st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=("Cs",)), max_size=20)


@settings(max_examples=trials(40, 400))
@given(st.lists(st.tuples(NUMBER, TITLE, DAY, DAY), min_size=1, max_size=15))
def test_no_record_is_ever_lost(tmp_path_factory, records) -> None:
    path = tmp_path_factory.mktemp("dirty") / "dirty.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(("公开(公告)号", "受理局", "标题", "申请日", "公开(公告)日"))
        writer.writerows((number, "-", title, filed, published) for number, title, filed, published in records)
    landing = landed(path)
    set_aside = landing.rejected["row_number"].n_unique()
    assert landing.rows_in == len(records) == landing.accepted.height + set_aside + landing.blank
    numbers = dict(enumerate((number for number, *_ in records), start=1))
    for row_number, original in landing.accepted.select("row_number", "publication_number_original").rows():
        assert original == numbers[row_number]


def test_a_lens_export_without_its_year_column_is_landed(tmp_path: Path) -> None:
    path = tmp_path / "lens.csv"
    path.write_text(
        "#,Jurisdiction,Kind,Display Key,Lens ID,Publication Date,Title\n"
        "1,US,B2,US 10000002 B2,000-000-000-000-001,2020-01-02,A quantum chip\n",
        encoding="utf-8",
    )
    assert landed(path).accepted["publication_date"].to_list() == [datetime.date(2020, 1, 2)]
