"""The workbook, read again by another library: what the metrics hold, typed, and nothing that runs or leads away."""

from __future__ import annotations

import csv
import io
import re
import shutil
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import openpyxl
import pytest
from openpyxl.utils.escape import unescape

from schemas.errors import QuestionError
from warehouse import cabinet
from warehouse.build import BuildReport
from warehouse.content import text_store
from warehouse.marts import export_csv
from warehouse.report.spreadsheet import STARTS_A_FORMULA
from warehouse.report.visible import made_visible
from warehouse.workbook import FIRST_ROW, NAME_ROW, TITLE_ROW, Sheet, write_workbook

_PAYLOADS = (
    '{}HYPERLINK("http://attacker.invalid","open")',
    "{}cmd|' /C calc'!A0",
    "{}1+1",
    "{}SUM(A1:A9)",
    "{}",
)
_STARTS = ("=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "＋", "－", "＠")
HOSTILE = (
    *(payload.format(start) for start in _STARTS for payload in _PAYLOADS),
    "http://attacker.invalid/a",
    "mailto:nobody@attacker.invalid",
    "internal:'目录'!A1",
    "external:c:\\temp\\a.xlsx",
    "ftp://attacker.invalid",
    "<script>alert(1)</script>",
    "</c></row></sheetData>",
    "right\u202eto left",
    "bell\x07 and escape\x1b",
    "_x0041_ is not A",
    "=1;\"quoted\",'and more'",
    "0012",
    "12345678901234567890.0",
    "CN116542239X",
    " 前后有空格 ",
    "{=1}",
    "#REF!",
)


@pytest.fixture(scope="module")
def workbook(built: BuildReport, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("workbook") / "指标.xlsx"
    write_workbook(built.target, target)
    return target


@pytest.fixture(scope="module")
def hostile(built: BuildReport, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse whose one metric gives hostile texts, under hostile titles."""
    database = tmp_path_factory.mktemp("hostile") / "hostile.duckdb"
    shutil.copyfile(built.target, database)
    shutil.copyfile(built.text, text_store(database))
    with duckdb.connect(str(database)) as connection:
        connection.execute("CREATE TABLE core.hostile (place INTEGER, said VARCHAR)")
        connection.executemany("INSERT INTO core.hostile VALUES (?, ?)", list(enumerate(HOSTILE)))
        for metric in cabinet.metrics():
            connection.execute(f"DROP TABLE metrics.{metric.metric}")
        connection.execute(
            "CREATE VIEW metrics.m03_office_ranking AS SELECT place, said, [said] AS listed FROM core.hostile"
        )
        connection.execute(
            "COMMENT ON COLUMN metrics.m03_office_ranking.said IS '=1+1 / =HYPERLINK(\"http://attacker.invalid\")'"
        )
        connection.execute("UPDATE meta.metric SET title_zh = '=1+1', question_zh = '@SUM(1)', conventions_zh = '+1'")
    return database


@pytest.fixture(scope="module")
def few(built: BuildReport, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The world with two metrics and what they stand on: quick to write."""
    database = tmp_path_factory.mktemp("few") / "few.duckdb"
    shutil.copyfile(built.target, database)
    with duckdb.connect(str(database)) as connection:
        for metric in cabinet.metrics():
            if metric.metric[:3] not in ("m00", "m01", "m03"):
                connection.execute(f"DROP TABLE metrics.{metric.metric}")
    return database


def _rows_of(sheet, columns: int) -> list[tuple]:
    return [row[:columns] for row in sheet.iter_rows(min_row=FIRST_ROW + 1, values_only=True)]


def _of_a_sheet(value: object) -> object:
    """A value as a sheet can hold it: days are moments at midnight, numbers have 15 digits, lists are texts, '' is nothing."""
    if isinstance(value, list):
        return ";".join(map(str, value)) or None
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, float):
        return pytest.approx(value, rel=1e-12)
    if hasattr(value, "isoformat"):
        return datetime(value.year, value.month, value.day)
    return value


def test_every_metric_stands_on_its_sheet_value_by_value(
    built: BuildReport, workbook: Path, ask_built: Callable[[str], list[tuple]]
) -> None:
    book = openpyxl.load_workbook(workbook)
    assert book.sheetnames == ["目录", *(metric.metric for metric in cabinet.metrics())]
    cells = 0
    for metric in cabinet.metrics():
        sheet = book[metric.metric]
        columns = [row[0] for row in ask_built(f"DESCRIBE metrics.{metric.metric}")]
        assert [cell.value for cell in sheet[NAME_ROW + 1]][: len(columns)] == columns
        expected = ask_built(f"SELECT * FROM metrics.{metric.metric} ORDER BY ALL")
        found = _rows_of(sheet, len(columns)) if expected else []
        assert found == [tuple(map(_of_a_sheet, row)) for row in expected]
        assert sheet.auto_filter.ref.startswith(f"A{NAME_ROW + 1}:")
        assert sheet.freeze_panes == f"B{FIRST_ROW + 1}"
        cells += len(expected) * len(columns)
    assert cells > 5000


def test_cells_are_typed_and_shown_as_what_they_are(workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    trend, ranking = book["m01_filing_trend"], book["m03_office_ranking"]
    names = [cell.value for cell in ranking[NAME_ROW + 1]]
    first = ranking[FIRST_ROW + 1]
    formats = {name: cell.number_format for name, cell in zip(names, first, strict=True)}
    kinds = {name: cell.data_type for name, cell in zip(names, first, strict=True)}
    assert (kinds["office"], kinds["applications"], kinds["is_ip5"]) == ("s", "n", "b")
    assert (formats["share"], formats["applications"], formats["last_complete_year"]) == ("0.0%", "#,##0", "0")
    assert [cell.value for cell in ranking[TITLE_ROW + 1]][:2] == ["受理局代码", "受理局中文名"]
    # Twelve Han characters need twice the width of twelve letters.
    assert ranking.column_dimensions["B"].width > 12
    assert trend.auto_filter.ref


def test_the_contents_lead_to_every_sheet_and_say_what_it_answers(built: BuildReport, workbook: Path) -> None:
    contents = openpyxl.load_workbook(workbook)["目录"]
    texts = {cell.value for row in contents.iter_rows() for cell in row}
    assert built.version_key in texts
    links = {cell.value: cell.hyperlink.location for row in contents.iter_rows() for cell in row if cell.hyperlink}
    assert links == {metric.metric: f"'{metric.metric}'!A1" for metric in cabinet.metrics()}
    for metric in cabinet.metrics():
        told = (metric.title_zh, metric.title_en, metric.question_zh, metric.conventions_zh, metric.grain_zh)
        assert texts.issuperset(told)


def test_english_titles_where_english_is_asked_for(few: Path, tmp_path: Path) -> None:
    write_workbook(few, tmp_path / "a.xlsx", "en", most_rows=1)
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames[0] == "Contents"
    assert [cell.value for cell in book["m03_office_ranking"][TITLE_ROW + 1]][0] == "Office, WIPO ST.3"


def test_hostile_texts_neither_run_nor_lead_away(hostile: Path, tmp_path: Path) -> None:
    assert len(HOSTILE) >= 60
    write_workbook(hostile, tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []
    led = [cell.hyperlink for cell in cells if cell.hyperlink]
    assert all(link.target is None and re.fullmatch(r"'\w+'!A1", link.location) for link in led)
    assert len(led) == 2
    sheet = book["m03_office_ranking"]
    for text, (_, said, listed) in zip(HOSTILE, _rows_of(sheet, 3), strict=True):
        # Another reader may leave the escape of a control character as it stands in the file.
        assert said == listed
        assert made_visible(text) in (said, unescape(said))
    kept = [row[1].quotePrefix for row in sheet.iter_rows(min_row=FIRST_ROW + 1)]
    assert kept == [made_visible(text).startswith(STARTS_A_FORMULA) for text in HOSTILE]


def test_the_file_itself_holds_no_formula_and_nothing_external(hostile: Path, tmp_path: Path) -> None:
    write_workbook(hostile, tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        assert not [name for name in archive.namelist() if "externalLink" in name or "vba" in name.lower()]
        parts = {name: archive.read(name).decode("utf-8") for name in archive.namelist()}
    assert not [name for name, text in parts.items() if re.search(r"<f[ >]|TargetMode=|<oleObject|ddeLink", text)]


def test_hostile_texts_in_csv_are_texts_too(hostile: Path, tmp_path: Path) -> None:
    export_csv(hostile, tmp_path / "csv")
    text = (tmp_path / "csv" / "metrics.m03_office_ranking.csv").read_bytes().decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert header == ["place", "said", "listed"]
    assert len(rows) == len(HOSTILE)
    for text, (_, said, _) in zip(HOSTILE, rows, strict=True):
        assert said in (made_visible(text), "'" + made_visible(text))
        assert not said.startswith(STARTS_A_FORMULA)


def test_a_long_metric_is_cut_and_says_so(few: Path, tmp_path: Path) -> None:
    sheets = write_workbook(few, tmp_path / "a.xlsx", most_rows=3)
    cut = {sheet.metric: sheet for sheet in sheets if sheet.is_cut}
    trend = cut["m01_filing_trend"]
    assert trend == Sheet("m01_filing_trend", 3, trend.total)
    said = [cell.value for cell in openpyxl.load_workbook(tmp_path / "a.xlsx")["m01_filing_trend"][1]]
    assert f"仅前 3 行，共 {trend.total:,} 行；全部见 patnav export parquet" in said


def test_a_text_too_long_for_a_cell_is_cut_in_sight(hostile: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(hostile)) as connection:
        connection.execute("INSERT INTO core.hostile VALUES (1000, repeat('长', 40000))")
    try:
        write_workbook(hostile, tmp_path / "a.xlsx")
    finally:
        with duckdb.connect(str(hostile)) as connection:
            connection.execute("DELETE FROM core.hostile WHERE place = 1000")
    last = _rows_of(openpyxl.load_workbook(tmp_path / "a.xlsx")["m03_office_ranking"], 3)[-1]
    assert (len(last[1]), last[1][-1]) == (32_767, "…")


def test_the_same_version_gives_the_same_bytes(few: Path, tmp_path: Path) -> None:
    for name in ("first.xlsx", "again.xlsx"):
        write_workbook(few, tmp_path / name)
    assert (tmp_path / "again.xlsx").read_bytes() == (tmp_path / "first.xlsx").read_bytes()


def test_a_version_that_tells_its_metrics_otherwise_is_named(few: Path, tmp_path: Path) -> None:
    older = tmp_path / "older.duckdb"
    shutil.copyfile(few, older)
    with duckdb.connect(str(older)) as connection:
        connection.execute("ALTER TABLE meta.metric DROP COLUMN conventions_zh")
    with pytest.raises(QuestionError, match="patnav refresh") as raised:
        write_workbook(older, tmp_path / "a.xlsx", "zh")
    assert raised.value.where == "report question convention"
    assert not (tmp_path / "a.xlsx").exists()


@pytest.mark.parametrize("name", ["a.xls", "a", "nowhere/a.xlsx"])
def test_a_place_that_cannot_be_written_is_named(built: BuildReport, tmp_path: Path, name: str) -> None:
    with pytest.raises(QuestionError, match="expected"):
        write_workbook(built.target, tmp_path / name)
    assert list(tmp_path.iterdir()) == []
