"""Every export of the cabinet: its exact headers are known, its values land as they should, a changed header is told."""

from __future__ import annotations

import csv
import datetime
import json
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import UnknownExportError
from tests.conftest import trials
from transforms import landing as of_landing
from transforms.export import COMMON_CAPS, drift, exports, fold_header, recognise
from transforms.gazetteer import place_of
from transforms.landing import Landing, land

# Column names as real files and readers of real files have them; no record stands in it.
HEADER_SETS = json.loads((Path(__file__).parent / "header_sets.json").read_text(encoding="utf-8"))

# One invented record per set, by header.
RECORDS = {
    "incopat_v1_halfwidth": {
        "标题": "一种量子芯片的封装结构", "公开(公告)号": "CN110000001A", "申请号": "CN201910000001.X", "申请日": "2019-01-02",
        "公开(公告)日": "2019-07-12", "申请人": "示例甲公司; 示例乙大学", "IPC": "H10N60/80; G06N10/40", "专利类型": "发明申请",
        "专利有效性": "审中", "申请人省市代码": "中国; 33", "中国申请人地市": "杭州", "小类代码": "A-01", "小类名称": "量子线路",
        "公开国别": "CN", "简单同族个数": "2", "优先权号": "-",
    },
    "incopat_v2_fullwidth_2023plus": {
        "标题 (中文)": "一种量子芯片的封装结构", "公开（公告）号": "CN110000001A", "申请号": "CN201910000001.X", "申请日": "20190102",
        "公开（公告）日": "20190712", "申请人": "示例甲公司; 示例乙大学", "IPC": "H10N60/80; G06N10/40", "专利类型": "发明申请",
        "专利有效性": "审中", "申请人省市代码": "[浙江]", "中国申请人地市": "[杭州]", "公开国别": "CN", "简单同族个数": "2",
    },
    "dawei_innojoy_field_codes": {
        "公开(公告)号": "CN110000001A", "申请号": "CN201910000001.X", "申请日": "2019.01.02", "公开(公告)日": "2019.07.12",
        "名称": "一种量子芯片的封装结构", "申请(专利权)人": "示例甲公司;示例乙大学", "IPC分类号": "H10N60/80;G06N10/40",
        "有效性": "审中", "申请人（省市）": "浙江", "申请人（地市）": "杭州",
    },
    "patsnap_export_AR": {
        "公开(公告)号": "CN110000001A", "受理局": "中国", "标题": "一种量子芯片的封装结构", "专利类型": "发明申请",
        "[标]当前申请(专利权)人": "示例甲公司 | 示例乙大学", "IPC分类号": "H10N60/80 | G06N10/40", "简单法律状态": "审中",
        "申请年": "2019", "当前申请(专利权)人州/省": "浙江", "当前申请(专利权)人地市": "杭州",
    },
    "patsnap_renamed_by_user": {
        "公开公告号": "CN110000001A", "受理局": "中国", "标题": "一种量子芯片的封装结构", "专利类型": "发明专利",
        "当前申请专利权人": "示例甲公司 | 示例乙大学", "IPC分类号": "H10N60/80 | G06N10/40", "简单法律状态": "审中",
        "申请年": "2019", "当前申请专利权人州省": "浙江", "当前申请专利权人地市": "杭州",
    },
    "cnipr_sipo_biblio_export": {
        "申请号": "CN201910000001.X", "公开（公告）号": "CN110000001A", "公开（公告）日": "2019.07.12", "申请日": "2019.01.02",
        "名称": "一种量子芯片的封装结构", "分类号": "H10N60/80(2023.01)I;G06N10/40(2022.01)I", "申请（专利权）人": "示例甲公司;示例乙大学",
        "地址": "310000 浙江省杭州市西湖区示例路1号",
    },
    "cnipr_trs_database": {
        "申请号": "CN201910000001.X", "公开（公告）号": "CN110000001A", "公开（公告）日": "2019.07.12", "申请日": "2019.01.02",
        "名称": "一种量子芯片的封装结构", "分类号": "H10N60/80;G06N10/40", "申请（专利权）人": "示例甲公司;示例乙大学",
        "地址": "310000 浙江省杭州市西湖区示例路1号", "专利权状态": "在审", "专利类型": "发明专利", "申请国代码": "CN",
    },
    "cnipr_short_csv": {
        "申请号": "CN201910000001.X", "公开（公告）号": "CN110000001A", "公开（公告）日": "2019.07.12", "申请日": "2019.01.02",
        "名称": "一种量子芯片的封装结构", "分类号": "H10N60/80;G06N10/40", "申请人": "示例甲公司;示例乙大学",
        "地址": "310000 浙江省杭州市西湖区示例路1号", "国省代码": "浙江;33",
    },
    "cnipa_cpquery_like": {
        "申请号/专利号": "201910000001X", "发明名称": "一种量子芯片的封装结构", "申请日": "2019-01-02", "主分类号": "H10N60/80",
        "案件状态": "等待实审提案", "申请人姓名或名称": "示例甲公司；示例乙大学", "详细地址": "浙江省杭州市西湖区示例路1号",
        "代理机构名称": "--",
    },
    "cnipa_pss_crawl": {
        "专利类型": "发明申请", "专利名称": "一种量子芯片的封装结构", "法律状态": "实质审查的生效", "法律状态最后修改日期": "无数据",
        "申请公布日/授权公告日": "2019.07.12", "申请号": "CN201910000001.X", "申请日": "2019.01.02",
        "申请人/专利权人": "示例甲公司 ; 示例乙大学", "发明人": "示例一 ; 示例二",
    },
    "cnipa_epub_crawl": {"标题": "一种量子芯片的封装结构", "公布号": "CN110000001A", "参考资料": "http://example.org"},
    "regional_list": {
        "专利名称": "一种量子芯片的封装结构", "申请号": "CN201910000001.X", "申请人": "示例甲公司", "申请日": "2019-01-02",
        "主分类号": "H10N60/80（2023.01）I", "摘要": "一种封装结构。",
    },
    "derwent_innovation_zh_ui": {
        "公开号": "US11000001B2", "标题": "Packaging of a quantum chip", "申请号": "US2019000001A", "申请日期": "2019-01-02",
        "公开日期": "2021-05-11", "专利权人/申请人": "EXAMPLE INC | SAMPLE UNIV", "IPC - 现版": "H10N0060/80 | G06N0010/40",
        "优先权号": "US2018700001P",
    },
    "derwent_innovation_en_ui": {
        "Publication Number": "US11000001B2", "Title - DWPI": "Packaging of a quantum chip", "Application Number": "US2019000001A",
        "Application Year": "2019", "Assignee/Applicant": "EXAMPLE INC | SAMPLE UNIV",
        "IPC - Current": "H10N0060/80 | G06N0010/40",
    },
    "lens_2015": {
        "Jurisdiction": "US", "Kind": "B2", "Publication Number": "US 11000001 B2", "Publication Date": "11/05/21",
        "Publication Year": "2021", "Application Number": "US 201916000001 A", "Application Date": "22/01/19",
        "Priority Numbers": "US 201862000001 P 20180701", "Title": "Packaging of a quantum chip",
        "Applicants": "EXAMPLE INC;;SAMPLE UNIV", "IPCR Classifications": "H10N60/80;;G06N10/40", "Cited Count": "3",
    },
    "google_patents_csv": {
        "id": "US-11000001-B2", "title": "Packaging of a quantum chip", "assignee": "Example, Inc., Sample University",
        "filing/creation date": "2019-01-22", "publication date": "2021-05-11", "grant date": "2021-05-11",
    },
    "espacenet_csv_2025": {
        "No": "1", "Title": "Packaging of a quantum chip", "Applicants": "EXAMPLE INC [US] \r\nSAMPLE UNIV [US]",
        "Publication number": "EP3000001A1 \r\nEP3000001B1", "Earliest priority": "20.05.2011", "Family number": "40000001",
        "IPC": "H10N60/80 \r\nG06N10/40", "CPC": "H10N60/80 (EP,US) \r\nG06N10/40 (US)",
        "Publication date": "2012-11-21 \r\n2014-02-05", "Earliest publication": "21.11.2012",
    },
    "espacenet_xls_2015": {
        "Title": "Packaging of a quantum chip\n", "Publication number": "US2012000001 (A1)\nUS8000001 (B2)\n",
        "Publication date": "2012-01-05\n", "Applicant(s)": "EXAMPLE INC [US]\nSAMPLE UNIV [US]\n",
        "International classification": "H10N60/80\nG06N10/40\n", "Application number": "US201113000001\n",
        "Date of application": "20110101\n", "Priority number(s)": "US201061000001P 20100101\nUS201113000001 20110101\n",
    },
    "patentscope_csv_2015": {
        "Publication Number": "WO2014000001", "Publication Date": "23.01.2014", "Title": "Packaging of a quantum chip",
        "Priority Data": "NA", "IPC": "H10N 60/80;G06N 10/40", "Applicants": "EXAMPLE INC;SAMPLE UNIV", "FP Image": "NA",
    },
    "patentscope_xlsx_2026": {
        "Application Id": "BR402579003", "Application Number": "BR112023007569", "Application Date": "22.10.2021", "Country": "BR",
        "Title": "Packaging of a quantum chip", "I P C": "H10N 60; G06N 10",
    },
    "bigquery_selected": {
        "publication_number": "US-11000001-B2", "title": "Packaging of a quantum chip", "publication_date": "20210511",
        "filing_date": "20190122", "ipc_codes": "H10N60/80,G06N10/40", "assignees": "EXAMPLE, INC.",
    },
    "thomson_innovation_synbio": {
        "publication_number": "US11000001B2", "application_numbers": "US2019000001A", "publication_country": "US",
        "application_dates": "2019-01-22", "publication_date": "2021-05-11", "title_original_english_cleaned": "Packaging",
        "patent_assignees_original_no_address": "EXAMPLE INC; SAMPLE UNIV", "priority_numbers": "US2018000001P; US2019000001A",
        "international_classifications_codes": "H10N-0060/80; G06N-0010/40", "litigation_us": "NA",
    },
}  # fmt: skip
_LENS_2022 = {
    "Jurisdiction": "US", "Kind": "B2", "Display Key": "US 11000001 B2", "Publication Date": "5/11/2021", "Publication Year": "2021",
    "Application Number": "US 201916000001 A", "Application Date": "1/22/2019", "Title": "Packaging of a quantum chip",
    "Applicants": "EXAMPLE INC;;SAMPLE UNIV", "Owners": "EXAMPLE INC (2020-02-03)", "IPCR Classifications": "H10N60/80;;G06N10/40",
}  # fmt: skip
_LENS_2016 = {name: value for name, value in RECORDS["lens_2015"].items() if name != "Cited Count"}
RECORDS |= dict.fromkeys(("lens_2016", "lens_2021_jetengine"), _LENS_2016)
RECORDS |= dict.fromkeys(("lens_2022", "lens_2022_legal", "lens_2023plus"), _LENS_2022)
RECORDS["patsnap_more_columns"] = {
    "公开(公告)号": "CN110000001A", "申请号": "CN201910000001.X", "标题": "一种量子芯片的封装结构", "申请日": "2019-01-02",
    "受理局": "中国", "公开(公告)日": "2019-07-12", "原始申请(专利权)人": "示例甲公司 | 示例乙大学", "IPC分类号": "H10N60/80 | G06N10/40",
}  # fmt: skip
# The reader of these columns named all but the one that says whose document it is, and PatSnap writes it into every export.
ADDED = {"patsnap_more_columns": ("受理局",)}


def written(path: Path, header: list[str], records: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, restval="")
        writer.writerow({name: name for name in header})
        writer.writerows(records)
    return path


def header_of(name: str) -> list[str]:
    return [*HEADER_SETS[name]["columns"], *ADDED.get(name, ())]


def landed(path: Path) -> Landing:
    return land(path, "test", path.name)


def landed_set(tmp_path: Path, name: str) -> Landing:
    header = [cell or f"_{index}" for index, cell in enumerate(header_of(name))]
    return landed(written(tmp_path / f"{name}.csv", header, [RECORDS[name]]))


@pytest.mark.parametrize("name", HEADER_SETS)
def test_the_exact_headers_are_known_column_by_column(name: str) -> None:
    header = tuple(cell for cell in header_of(name) if cell)
    export = recognise(header)
    assert export.id == HEADER_SETS[name]["export"]
    assert drift(header, export).told == ()
    mapped = [fold_header(cell) for cell in header if export.maps(cell)]
    assert len(mapped) == len(set(mapped))


@pytest.mark.parametrize("name", HEADER_SETS)
def test_a_record_of_every_header_set_lands(name: str, tmp_path: Path) -> None:
    landing = landed_set(tmp_path, name)
    assert landing.rejected.rows() == []
    row = landing.accepted.row(0, named=True)
    title = row["title"]
    assert title in ("一种量子芯片的封装结构", "Packaging of a quantum chip", "Packaging")
    symbols = row["ipc_symbols"]
    if name == "patentscope_xlsx_2026":
        assert symbols == ["H10N60", "G06N10"]
    elif name not in ("cnipa_epub_crawl", "google_patents_csv", "cnipa_pss_crawl"):
        assert symbols == ["H10N60/80", "G06N10/40"][: len(symbols)] and symbols
    owners = row["applicants"] or row["current_owners"]
    pairs = (["示例甲公司", "示例乙大学"], ["EXAMPLE INC", "SAMPLE UNIV"])
    whole = (["示例甲公司"], ["Example, Inc., Sample University"], ["EXAMPLE, INC."], None)
    assert owners in (*pairs, *whole)


@pytest.mark.parametrize(
    "name",
    [name for name, record in RECORDS.items() if "CN201910000001.X" in record.values() or name.startswith("cnipa_cpq")],
)
def test_a_chinese_filing_is_the_same_in_every_tool(name: str, tmp_path: Path) -> None:
    row = landed_set(tmp_path, name).accepted.row(0, named=True)
    assert row["application_number"] == "CN201910000001"
    assert row["application_number_original"] in ("CN201910000001.X", "201910000001X")
    assert row["filing_date"] == datetime.date(2019, 1, 2)
    assert row["patent_type"] == "invention"


@pytest.mark.parametrize(
    "name", [name for name, record in RECORDS.items() if any("浙江" in v for v in record.values())]
)
def test_the_place_is_read_from_columns_or_from_the_address(name: str, tmp_path: Path) -> None:
    row = landed_set(tmp_path, name).accepted.row(0, named=True)
    place = place_of(*((row[said] or [None])[0] for said in ("provinces", "cities", "districts", "addresses")))
    assert (place.province_code, place.city_code) == ("330000", "330100")


@pytest.mark.parametrize("name", [name for name in RECORDS if name.startswith("lens")])
def test_lens_dates_are_full_days_in_every_generation(name: str, tmp_path: Path) -> None:
    row = landed_set(tmp_path, name).accepted.row(0, named=True)
    assert (row["filing_date"], row["publication_date"]) == (datetime.date(2019, 1, 22), datetime.date(2021, 5, 11))
    if "Owners" in RECORDS[name]:
        assert row["current_owners"] == ["EXAMPLE INC"]
    else:
        assert row["priority_numbers"] == ["US201862000001"]


def test_two_digit_years_are_of_the_century_of_their_publication(tmp_path: Path) -> None:
    record = RECORDS["lens_2015"] | {
        "Publication Number": "US 3982033 A", "Kind": "A", "Publication Date": "21/09/76", "Publication Year": "1976",
        "Application Date": "24/08/71",
    }  # fmt: skip
    old = RECORDS["lens_2015"] | {
        "Publication Number": "US 1000001 A", "Kind": "A", "Publication Date": "14/03/11", "Publication Year": "1911",
        "Application Date": "30/12/09",
    }  # fmt: skip
    accepted = landed(written(tmp_path / "lens.csv", header_of("lens_2015"), [record, old])).accepted
    assert accepted["filing_date"].to_list() == [datetime.date(1971, 8, 24), datetime.date(1909, 12, 30)]
    assert accepted["publication_date"].to_list() == [datetime.date(1976, 9, 21), datetime.date(1911, 3, 14)]


def test_a_short_date_that_contradicts_the_year_of_publication_is_set_aside(tmp_path: Path) -> None:
    record = RECORDS["lens_2015"] | {"Publication Date": "30/12/87", "Publication Year": "1986", "Application Date": ""}
    landing = landed(written(tmp_path / "lens.csv", header_of("lens_2015"), [record, RECORDS["lens_2015"]]))
    assert landing.rejected.select("row_number", "rule").rows() == [(1, "publication_date_unreadable")]


def test_columns_that_analysts_add_are_kept_as_they_are(tmp_path: Path) -> None:
    landing = landed_set(tmp_path, "incopat_v1_halfwidth")
    assert landing.unmapped_columns == ()
    assert landing.accepted["extra_columns"].to_list() == [
        [{"header": "小类代码", "value": "A-01"}, {"header": "小类名称", "value": "量子线路"}]
    ]
    assert landed_set(tmp_path, "incopat_v2_fullwidth_2023plus").accepted["extra_columns"].to_list() == [None]


def test_a_list_of_filings_stands_under_application_numbers(tmp_path: Path) -> None:
    row = landed_set(tmp_path, "cnipa_pss_crawl").accepted.row(0, named=True)
    assert (row["publication_number"], row["office"], row["kind_code"]) == ("CN201910000001", "CN", None)
    assert row["publication_number_original"] is None
    assert row["stage"] == "other"


@pytest.mark.parametrize(
    ("number", "patent_type"),
    [
        ("CN201220249767.4", "utility_model"), ("CN85102475", "invention"), ("CN86207465.X", "utility_model"),
        ("CN99300001.0", "design"), ("CN200980100001.1", "invention"), ("CN201290000001.1", "utility_model"),
    ],
)  # fmt: skip
def test_the_kind_of_right_is_told_by_a_chinese_filing_number(number: str, patent_type: str, tmp_path: Path) -> None:
    record = RECORDS["regional_list"] | {"申请号": number}
    row = landed(written(tmp_path / "list.csv", header_of("regional_list"), [record])).accepted.row(0, named=True)
    assert row["patent_type"] == patent_type


@pytest.mark.parametrize("number", ("", "未公开", "2.02E+11", "CN20191000"))
def test_a_filing_without_its_number_is_set_aside_once(number: str, tmp_path: Path) -> None:
    record = RECORDS["cnipa_pss_crawl"] | {"申请号": number}
    landing = landed(written(tmp_path / "list.csv", header_of("cnipa_pss_crawl"), [record]))
    assert landing.rejected.height == 1 and landing.accepted.is_empty()
    assert landing.rejected["rule"].item() in (
        "application_number_missing",
        "application_number_shape",
        "number_mangled_by_spreadsheet",
    )


def test_a_national_filing_under_its_pct_number_stays_apart_from_other_offices(tmp_path: Path) -> None:
    numbers = ("US2019012345", "PI0613782-2", "112023007569", "PI 0613782-2")
    records = [RECORDS["patentscope_xlsx_2026"] | {"Application Number": number} for number in numbers]
    accepted = landed(written(tmp_path / "list.csv", header_of("patentscope_xlsx_2026"), records)).accepted
    pct, old, new, spaced = accepted["publication_number"].to_list()
    assert (pct, new) == ("BRPCTUS2019012345", "BR112023007569")
    assert old == spaced and old.startswith("BRPI0613782")
    assert accepted["application_number"].to_list() == [None, old, new, old]


def test_a_record_of_several_publications_gives_each_its_own_day(tmp_path: Path) -> None:
    single = {"Publication number": "EP2525365A1", "Publication date": "21.11.2012", "Earliest priority": "20.05.2011"}
    uneven = {"Publication number": "EP1A2 \r\nEP1A3 \r\nEP1B1", "Publication date": "2010-06-02 \r\n2013-05-29"}
    header = header_of("espacenet_csv_2025")
    path = written(tmp_path / "e.csv", header, [RECORDS["espacenet_csv_2025"], single, uneven | {"Title": "x"}])
    landing = landed(path)
    day = datetime.date
    columns = ("row_number", "publication_number_original", "publication_date")
    assert landing.accepted.select(columns).sort("row_number").rows() == [
        (1, "EP3000001A1", day(2012, 11, 21)), (2, "EP2525365A1", day(2012, 11, 21)), (3, "EP1A2", None),
        (4, "EP3000001B1", day(2014, 2, 5)), (5, "EP1A3", None), (6, "EP1B1", None),
    ]  # fmt: skip
    assert (landing.rows_in, landing.unfolded) == (6, 3)
    first = landing.accepted.row(0, named=True)
    assert first["cpc_symbols"] == ["H10N60/80", "G06N10/40"]


def test_what_a_record_of_several_publications_was_is_told_of_each_that_is_set_aside(tmp_path: Path) -> None:
    record = RECORDS["espacenet_csv_2025"] | {"Publication number": "EP3000001A1 \r\n序号"}
    landing = landed(written(tmp_path / "e.csv", header_of("espacenet_csv_2025"), [record]))
    assert landing.accepted["row_number"].to_list() == [1]
    assert landing.rejected.select("row_number", "rule").rows() == [(2, "publication_number_shape")]
    assert json.loads(landing.rejected["raw"].item())["No"] == "1"


def test_a_workbook_whose_header_is_not_first_nor_on_the_first_sheet(tmp_path: Path) -> None:
    path = tmp_path / "ResultSet.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("by-country").write_row(3, 1, ["year", "BR"])
        sheet = book.add_worksheet("ResultSet")
        sheet.write_row(1, 0, ["Time:", "15.03.2026 08:04:25"])
        header = [*header_of("patentscope_xlsx_2026")]
        sheet.write_row(6, 0, header)
        sheet.write_row(7, 0, [RECORDS["patentscope_xlsx_2026"].get(name, "") for name in header])
    landing = landed(path)
    assert landing.export == "patentscope_xlsx"
    assert landing.accepted["publication_number"].to_list() == ["BR112023007569"]


def test_python_lists_of_symbols_are_read(tmp_path: Path) -> None:
    record = {
        "publication_number": "US11000001B2",
        "title": "t",
        "abstract": "a",
        "cpc_codes": "['G06F18/22', 'Y02D10/00']",
    }
    landing = landed(written(tmp_path / "pages.csv", list(record), [record]))
    assert landing.export == "google_patents_pages_csv"
    assert landing.accepted["cpc_symbols"].to_list() == [["G06F18/22", "Y02D10/00"]]


NUMBER_CELL = st.sampled_from(
    ["EP1000001A1", "EP1000001A1 \r\nEP1000001B1", "", "\n", "-", "序号", "EP2A1\n\nEP2B1\n", "2.02E+11"]
)
DAY_CELL = st.sampled_from(["2010-06-02", "02.06.2010", "2010-06-02 \r\n2013-05-29", "", "32.13.2010"])


@settings(max_examples=trials(40, 300))
@given(st.lists(st.tuples(NUMBER_CELL, DAY_CELL), min_size=1, max_size=8), st.sampled_from([1, 3, 50_000]))
def test_unfolding_loses_no_publication_and_no_record(tmp_path_factory, cells, rows_at_once) -> None:
    path = tmp_path_factory.mktemp("unfolded") / "e.csv"
    records = [{"No": str(n), "Publication number": a, "Publication date": b} for n, (a, b) in enumerate(cells)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(of_landing, "ROWS_AT_ONCE", rows_at_once)
        landing = landed(written(path, header_of("espacenet_csv_2025"), records))
    listed = [max(1, len([part for part in a.split("\n") if part.strip() not in ("", "-")])) for a, _ in cells]
    set_aside = landing.rejected["row_number"].n_unique()
    assert landing.rows_in == sum(listed) == landing.accepted.height + set_aside + landing.blank
    seen = sorted([*landing.accepted["row_number"], *landing.rejected["row_number"].unique()])
    assert seen == list(range(1, sum(listed) + 1))


# ── contracts ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_export_of_the_cabinet_declares_itself_fully() -> None:
    for export in exports().values():
        assert export.title_zh and export.title_en and export.publisher
        number = "publication_number" if export.numbered_by == "publication" else "application_number"
        assert number in export.fields, export.id
        mapped = {fold_header(header) for field in export.fields.values() for header in field.headers}
        others = [fold_header(header) for header in (*export.ignored, *export.extra)]
        assert not mapped & set(others), export.id
        assert len(others) == len(set(others)), export.id
        for required in export.recognised_by:
            alternatives = (required,) if isinstance(required, str) else required
            assert set(map(fold_header, alternatives)) <= export.known_headers, export.id
        for name, columns in export.generations.items():
            assert set(map(fold_header, columns)) <= export.known_headers, (export.id, name)
            assert len(set(map(fold_header, columns))) == len(columns), (export.id, name)
            assert recognise(columns).id == export.id


@pytest.mark.parametrize(
    "change", (str.upper, str.title, lambda h: h.replace(" ", "_"), lambda h: h.replace(" ", "."), lambda h: f" {h} ")
)
def test_a_header_that_was_only_spelt_anew_is_the_same_header(change) -> None:
    for name, known in HEADER_SETS.items():
        header = tuple(change(cell) for cell in header_of(name) if cell)
        assert recognise(header).id == known["export"], name
        assert drift(header, recognise(header)).told == (), name


def test_a_changed_header_is_told_column_by_column() -> None:
    header = [name for name in HEADER_SETS["lens_2022_legal"]["columns"] if name != "Sequence Count"]
    header[header.index("Owners")] = "Owner Names"
    header.append("Grant Status")
    found = drift(tuple(header), recognise(tuple(header)))
    assert found.missing == ("Sequence Count",)
    assert found.new == ("Grant Status",)
    assert found.renamed == (("Owners", "Owner Names"),)
    assert found.told == ("renamed? Owners → Owner Names", "missing: Sequence Count", "new: Grant Status")


def test_a_refused_header_names_the_nearest_format_and_the_likely_renaming(tmp_path: Path) -> None:
    header = [name.replace("Jurisdiction", "Jurisdictions") for name in HEADER_SETS["lens_2022"]["columns"]]
    with pytest.raises(UnknownExportError) as raised:
        landed(written(tmp_path / "lens.csv", header, []))
    assert "nearest is lens_csv" in raised.value.expected
    assert "renamed? Jurisdiction → Jurisdictions" in raised.value.expected


@pytest.mark.parametrize("rows", COMMON_CAPS[:3])
def test_a_file_of_exactly_a_known_cap_is_flagged(rows: int, tmp_path: Path) -> None:
    header = header_of("cnipa_pss_crawl")
    record = RECORDS["cnipa_pss_crawl"]
    full = landed(written(tmp_path / "full.csv", header, [record] * rows))
    short = landed(written(tmp_path / "short.csv", header, [record] * (rows - 1)))
    assert (full.is_probably_cut_off, short.is_probably_cut_off) == (True, False)


def test_a_value_outside_an_open_vocabulary_stays_unknown_and_outside_a_closed_one_sets_the_row_aside(
    tmp_path: Path,
) -> None:
    record = RECORDS["cnipa_pss_crawl"]
    open_one = landed(
        written(
            tmp_path / "a.csv",
            header_of("cnipa_pss_crawl"),
            [record | {"法律状态": "著录事项变更"}, record | {"法律状态": ""}],
        )
    )
    assert open_one.accepted["legal_status"].to_list() == ["unknown", None]
    closed = landed(written(tmp_path / "b.csv", header_of("cnipa_pss_crawl"), [record | {"专利类型": "别的"}]))
    assert closed.rejected["rule"].to_list() == ["patent_type_unreadable"]
