"""Every real file at hand: accounted for as docs/exports.md states, and its identifiers and dates as an independent reading has them."""

from __future__ import annotations

import csv
import datetime
import io
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
import xlrd

from tests.conftest import real_data_folder, real_file
from tests.real.accounts import DOCUMENT, LARGE, account_of, files_with_patents, formats, stated_lines
from transforms.landing import land


def of_every_commit_or_nightly(paths: list[str]) -> list:
    """XML and JSON are read in a child each, the large files take seconds: both wait for the night."""
    slow = [path for path in paths if any(mark in path for mark in LARGE) or path.endswith((".xml", ".json"))]
    return [pytest.param(path, marks=pytest.mark.nightly if path in slow else ()) for path in paths]


REAL_FILES = files_with_patents() if real_data_folder().exists() else []


@pytest.mark.parametrize("path", of_every_commit_or_nightly(REAL_FILES))
def test_the_accounts_are_as_the_documentation_states(path: str) -> None:
    account = account_of(path)
    assert account.adds_up
    assert stated_lines().get(path) == account.line, "look at the difference, then: python -m tests.real.accounts"


def test_the_documentation_names_every_real_file() -> None:
    if not REAL_FILES:
        pytest.skip("the real exports are not here (PATNAV_REAL_DATA names their folder)")
    assert sorted(stated_lines()) == sorted(REAL_FILES)


def test_the_documentation_tells_the_formats_as_they_are_declared() -> None:
    assert formats() in DOCUMENT.read_text(encoding="utf-8")


# ── byte for byte, against readings that share nothing with the project ──────────────────────────────────────────

Rows = list[dict[str, object]]


def plain_csv(path: Path, encoding: str, header_line: int = 0, delimiter: str = ",") -> Rows:
    text = path.read_bytes().decode(encoding)
    records = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))[header_line:]
    return [dict(zip(records[0], record, strict=True)) for record in records[1:]]


def by_line(path: Path) -> Rows:
    """UTF-8 where a line is that, else cp1252."""
    lines = []
    for line in path.read_bytes().split(b"\n"):
        try:
            lines.append(line.decode("utf-8"))
        except UnicodeDecodeError:
            lines.append(line.decode("cp1252"))
    records = list(csv.reader(io.StringIO("\n".join(lines), newline=""), delimiter=";"))
    start = next(index for index, record in enumerate(records) if record[0] == "No")
    return [dict(zip(records[start], record, strict=True)) for record in records[start + 1 :]]


def workbook(path: Path, sheet: str | None = None) -> Rows:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        chosen = book[sheet] if sheet else book.worksheets[0]
        chosen.reset_dimensions()
        records = [tuple(record) for record in chosen.iter_rows(values_only=True)]
    start = next(index for index, record in enumerate(records) if len([cell for cell in record if cell]) > 2)
    header = records[start]
    return [dict(zip(header, record, strict=False)) for record in records[start + 1 :]]


def old_workbook(path: Path) -> Rows:
    sheet = xlrd.open_workbook(path).sheet_by_index(0)
    records = [sheet.row_values(index) for index in range(sheet.nrows)]
    start = next(index for index, record in enumerate(records) if len([cell for cell in record if cell]) > 2)
    return [dict(zip(records[start], record, strict=True)) for record in records[start + 1 :]]


def day(value: object, order: str) -> datetime.date | None:
    """A cell's day by its digits alone; `order` of what is not year first: d or m."""
    if isinstance(value, datetime.datetime):
        return value.date()
    text = str(value or "").strip()
    if re.fullmatch(r"\d{8}", text):
        return datetime.date(int(text[:4]), int(text[4:6]), int(text[6:]))
    parts = [int(part) for part in re.findall(r"\d+", text)]
    if len(parts) != 3:
        return None
    if len(text.split("-")[0].split(".")[0]) == 4:
        return datetime.date(*parts)
    first, second, year = parts
    return datetime.date(year, second, first) if order == "d" else datetime.date(year, first, second)


@dataclass(frozen=True)
class Independent:
    """How a file is read without the project. `columns`: canonical column -> header; dates in `dates`."""

    path: str
    read: Callable[[Path], Rows]
    columns: dict[str, str]
    dates: dict[str, str]
    order: str = "d"


def utf8(path: Path) -> Rows:
    return plain_csv(path, "utf-8-sig")


_NUMBER, _FILING = "publication_number_original", "application_number_original"
_GOOGLE = {"filing_date": "filing/creation date", "publication_date": "publication date", "grant_date": "grant date",
           "earliest_priority_date": "priority date"}  # fmt: skip
_LENS = {"filing_date": "Application Date", "publication_date": "Publication Date"}
_PSS = {"filing_date": "申请日", "publication_date": "申请公布日/授权公告日"}
_CNIPR = {"filing_date": "申请日", "publication_date": "公开（公告）日"}
_THOMSON = {"filing_date": "application_dates", "publication_date": "publication_date",
            "earliest_priority_date": "priority_date_earliest"}  # fmt: skip
_ESPACENET = {"filing_date": "Date of application", "publication_date": "Publication date"}
_DISPLAY = {_NUMBER: "Display Key", _FILING: "Application Number"}
_LENS_OLD = {_NUMBER: "Publication Number", _FILING: "Application Number"}
_LENS_FILES = ("lens-8-ai-and-nanotech.csv", "lens-8-ai-and-nanotech_with_legal_status.csv")
_GP = "gp_faysal_ai/gp_search/gp-search-20251001-"
INDEPENDENT = [
    Independent("bigquery_patentsfinder/patents.csv", utf8, {_NUMBER: "publication_number"},
                {"filing_date": "filing_date", "publication_date": "publication_date"}),
    Independent("cn_cnipr_carrotc/cnipr_export_200.xlsx", workbook, {_NUMBER: "公开（公告）号", _FILING: "申请号"}, _CNIPR),
    Independent("cn_epub_hicug/cnipa_epub_60128_titles.xlsx", workbook, {_NUMBER: "公布号"}, {}),
    Independent("cn_pss_will4906/pss_ustb_751.xls", old_workbook, {_FILING: "申请号"}, _PSS),
    Independent("cn_sdust_qdqzy/sdust_patents_7384.xlsx", workbook, {_FILING: "申请号"}, {"filing_date": "申请日"}),
    *(Independent(f"{_GP}{stamp}.csv", utf8, {_NUMBER: "id"}, _GOOGLE, "m") for stamp in ("102423", "102718", "102842")),
    Independent("gp_faysal_ai/details/patent_details_20251001-102339.csv", utf8, {_NUMBER: "publication_number"}, {}),
    *(Independent(f"gp_vcers/{name}", lambda path: plain_csv(path, "utf-8", 1), {_NUMBER: "id"}, _GOOGLE)
      for name in ("gp-search.csv", "gp-search-1.csv")),
    Independent("lens2015_pizza_poldham/pizza_lens_1000_raw.csv", lambda path: plain_csv(path, "latin-1"), _LENS_OLD, {}),
    Independent("lens2016_drones_poldham/drone_drones_fulltext_families_5884.csv", utf8, _LENS_OLD, _LENS),
    Independent("lens_ai_nano_bowow/cp-ag-auton.csv", utf8, _LENS_OLD, _LENS),
    *(Independent(f"lens_ai_nano_bowow/{name}", utf8, _DISPLAY, _LENS, "m") for name in _LENS_FILES),
    Independent("patentscope_ai_carlosyv/ai-search-wipo-results-br-portuguese-v2.xlsx",
                lambda path: workbook(path, "ResultSet"), {_FILING: "Application Number"}, {"filing_date": "Application Date"}),
    Independent("patentscope_pizza_poldham/pizza_medium.csv", lambda path: plain_csv(path, "latin-1"),
                {_NUMBER: "Publication Number"}, {"publication_date": "Publication Date"}),
    Independent("patsnap_renyidake/AR眼镜.XLSX", workbook, {_NUMBER: "公开(公告)号"}, {}),
    Independent("synbio_poldham/synbio.xlsx", workbook, {_NUMBER: "publication_number", _FILING: "application_numbers"}, _THOMSON),
]  # fmt: skip


def large_ones_at_night(independent: list[Independent]) -> list:
    return [
        pytest.param(each, id=each.path, marks=pytest.mark.nightly if any(m in each.path for m in LARGE) else ())
        for each in independent
    ]


PAGES = sorted((real_data_folder() / "gp_faysal_ai" / "details").glob("*.csv"))


@pytest.mark.nightly
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_numbers_of_every_scraped_page_are_those_of_the_file(path: Path) -> None:
    landing = land(path, "test", path.name)
    written = {number: str(record["publication_number"]).strip() for number, record in enumerate(utf8(path), start=1)}
    found = dict(landing.accepted.select("row_number", _NUMBER).rows())
    assert found == {number: written[number] for number in found}
    assert found.keys() | set(landing.rejected["row_number"]) == {number for number, each in written.items() if each}


@pytest.mark.parametrize("known", large_ones_at_night(INDEPENDENT))
def test_numbers_and_dates_are_those_of_the_file(known: Independent) -> None:
    path = real_file(known.path)
    landing = land(path, "test", path.name)
    records = dict(enumerate(known.read(path), start=1))
    accepted = landing.accepted.to_dicts()
    assert landing.accepted.height > 0.97 * (landing.rows_in - landing.blank)
    for row in accepted:
        record = records[row["row_number"]]
        for column, header in known.columns.items():
            written = str(record[header] or "").strip(" \t\r\n\xa0")
            assert (row[column] or "") == written, (row["row_number"], column)
        for column, header in known.dates.items():
            assert row[column] == day(record[header], known.order), (row["row_number"], column)
    filled = {number for number, record in records.items() if any(value not in (None, "") for value in record.values())}
    seen = {row["row_number"] for row in accepted} | set(landing.rejected["row_number"])
    assert seen == filled


@pytest.mark.parametrize(
    ("relative", "read", "separator"),
    [
        ("espacenet_crosby/Espacenet_search_result_20250510_1442.csv", by_line, "\n"),
        ("patentscope_pizza_poldham/pizza_small.xls", old_workbook, ";"),
        ("patentscope_pizza_poldham/pizza_small.csv", utf8, ";"),
    ],
)
def test_every_publication_of_every_record_is_there_with_its_day(relative: str, read, separator: str) -> None:
    path = real_file(relative)
    landing = land(path, "test", path.name)
    expected = []
    for record in read(path):
        numbers = [part.strip() for part in str(record["Publication number"]).split(separator) if part.strip()]
        days = [part.strip() for part in str(record["Publication date"]).split("\n") if part.strip()]
        # Fewer days than numbers do not say whose they are.
        known = days if len(days) == len(numbers) else [None] * len(numbers)
        expected += [(number, day(value, "d") if value else None) for number, value in zip(numbers, known, strict=True)]
    found = landing.accepted.select(_NUMBER, "publication_date").rows()
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_short_dates_of_2015_are_the_days_of_the_priorities_beside_them() -> None:
    """Where a record claims its own filing as priority, the full day stands there too: an independent witness of the century."""
    path = real_file("lens2015_pizza_poldham/pizza_lens_1000_raw.csv")
    records = dict(enumerate(plain_csv(path, "latin-1"), start=1))
    agreeing, witnesses = 0, 0
    for row_number, filed, published in (
        land(path, "test", path.name).accepted.select("row_number", "filing_date", "publication_date").rows()
    ):
        record = records[row_number]
        assert published.strftime("%d/%m/%y") == record["Publication Date"]
        assert str(published.year) == record["Publication Year"]
        if filed is None:
            assert record["Application Date"] == ""
            continue
        assert filed.strftime("%d/%m/%y") == record["Application Date"]
        for priority in record["Priority Numbers"].split(";;"):
            number, _, claimed = priority.rpartition(" ")
            if number == record["Application Number"]:
                witnesses += 1
                agreeing += claimed == filed.strftime("%Y%m%d") or is_of_its_week_year(claimed, filed)
    assert witnesses > 500
    assert agreeing == witnesses


def is_of_its_week_year(claimed: str, stated: datetime.date) -> bool:
    """The file's own slip: in the last days of December it writes the year of the week, which is the next one."""
    true = datetime.datetime.strptime(claimed, "%Y%m%d").date()
    return true.month == 12 and true.day >= 26 and stated == true.replace(year=true.year + 1)
