"""S1 to S38: inputs that a naive reading turns into wrong data without a word. Each shows what the naive way gives, and what comes here.

Where a library has mended its way meanwhile the naive half fails: then the case may be dropped. tests/faults/README.md is the table.
"""

from __future__ import annotations

import ast
import datetime
import io
import re
import warnings
from pathlib import Path

import duckdb
import pandera.polars as pa
import polars as pl
import pytest
import xlsxwriter
from pandera.config import config_context

from flows.progress import Progress
from flows.refresh import refresh
from flows.workspace import create
from schemas.errors import CheckFailedError, ContractError, PatnavError
from schemas.tables import TABLES
from schemas.validation import judge
from tests.conftest import ROOT
from tests.faults.malformed import inline, row, workbook
from transforms.landing import land
from transforms.readers.table import UNCALCULATED
from transforms.tabular import read_table

HEADER = ("公开(公告)号", "受理局", "标题", "申请号", "申请日")
HEAD = ",".join(HEADER)


def record(number: int, title: str = "题", application: str = "", filed: str = "") -> str:
    return f"CN1010{number:05}A,中国,{title},{application},{filed}"


def landed(tmp_path: Path, *lines: str, head: str = HEAD, end: str = "\n", encoding: str = "utf-8"):
    path = tmp_path / "t.csv"
    path.write_bytes(end.join([head, *lines, ""]).encode(encoding))
    return of_path(path)


def of_path(path: Path):
    landing = land(path, "f", path.name)
    assert landing.rows_in == landing.accepted.height + landing.rejected["row_number"].n_unique() + landing.blank
    return landing


def rules(landing) -> list[str]:
    return landing.rejected["rule"].to_list()


def naive(text: str | bytes, **options) -> pl.DataFrame:
    return pl.read_csv(io.BytesIO(text.encode() if isinstance(text, str) else text), **options)


def titles(landing) -> list[str]:
    return landing.accepted["title"].to_list()


@pytest.mark.parametrize(("value", "read"), [("00123456", 123456), ("202010123456.10", 202010123456.1)])
def test_s01_s02_leading_zeros_and_check_digits(tmp_path: Path, value: str, read: float) -> None:
    assert naive(f"n\n{value}\n")["n"].to_list() == [read]
    landing = landed(tmp_path, record(1, application=value))
    assert landing.accepted["application_number_original"].to_list() == [value]


def test_s03_numbers_that_a_spreadsheet_mangled(tmp_path: Path) -> None:
    assert naive("n\n2.02E+11\n")["n"].to_list() == [202000000000.0]
    landing = landed(tmp_path, "2.02E+11,中国,题,,", record(2, application="2.02E+11"))
    mangled = landing.rejected.filter(rule="number_mangled_by_spreadsheet")
    assert mangled["row_number"].to_list() == [1, 2] and landing.accepted.is_empty()


def test_s04_a_check_digit_x_far_down(tmp_path: Path) -> None:
    late = "".join(f"{number}\n" for number in range(150)) + "20201012345X\n"
    assert naive("n\n" + late, ignore_errors=True)["n"].to_list()[-1] is None
    landing = landed(
        tmp_path,
        *(record(n, application=f"2020101{n:05}") for n in range(150)),
        record(200, application="20201012345X"),
    )
    assert landing.accepted["application_number_original"].to_list()[-1] == "20201012345X"


def test_s05_a_day_that_reads_both_ways(tmp_path: Path) -> None:
    assert naive("d\n03/05/2021\n", try_parse_dates=True)["d"].to_list() == [datetime.date(2021, 5, 3)]
    assert rules(landed(tmp_path, record(1, filed="03/05/2021"))) == ["filing_date_unreadable"]


@pytest.mark.parametrize("value", ["0021-03-05", "21-03-05"])
def test_s06_a_year_of_two_digits(tmp_path: Path, value: str) -> None:
    assert pl.Series([value]).str.to_date("%Y-%m-%d").to_list() == [datetime.date(21, 3, 5)]
    landing = landed(tmp_path, record(1, filed=value))
    assert landing.accepted.is_empty() and {rule[:11] for rule in rules(landing)} <= {"filing_date", "filing_year"}


def test_s07_a_short_record(tmp_path: Path) -> None:
    assert naive("a,b,c\n1,2\n").rows() == [(1, 2, None)]
    assert rules(landed(tmp_path, "CN101000001A,中国", record(2))) == ["field_count"]


def test_s08_a_comma_in_a_title(tmp_path: Path) -> None:
    assert naive("a,b,c\n1,t, x,2020\n", truncate_ragged_lines=True).rows() == [(1, "t", " x")]
    landing = landed(tmp_path, record(1, "t, x", filed="2020-01-01"), record(2))
    assert rules(landing) == ["field_count"] and titles(landing) == ["题"]


def test_s09_two_stray_quotes_far_apart(tmp_path: Path) -> None:
    lines = ['CN101099998A,中国,"stray,,', *map(record, range(200)), 'CN101099999A,中国,x",,']
    assert naive("\n".join([HEAD, *lines, ""]), infer_schema=False).height == 1
    with pytest.raises(PatnavError, match="look like records"):
        landed(tmp_path, *lines)


def test_s10_an_inch_mark_and_a_lazy_count(tmp_path: Path) -> None:
    lines = [*map(record, range(500)), record(900, '5" disk'), *map(record, range(501, 1000))]
    landing = landed(tmp_path, *lines)
    assert landing.rows_in == landing.accepted.height == 1000
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        counted = pl.scan_csv(tmp_path / "t.csv", infer_schema=False).select(pl.len()).collect().item()
    assert counted == 500


def test_s11_errors_that_are_ignored(tmp_path: Path) -> None:
    """A value that does not fit is made nothing with ignore_errors; here its record is set aside with the value."""
    text = "".join(f"{number}\n" for number in range(200)) + "5 inch\n"
    assert naive("n\n" + text, ignore_errors=True)["n"].null_count() == 1
    landing = landed(tmp_path, record(1, filed="5 inch"))
    assert landing.rejected["reason"].item().startswith("found 5 inch")


def test_s12_lines_that_end_in_a_carriage_return_alone(tmp_path: Path) -> None:
    assert naive("n,t\rCN1A,a\rCN2A,b\r", infer_schema=False).height == 0
    assert titles(landed(tmp_path, record(1, "甲"), record(2, "乙"), end="\r")) == ["甲", "乙"]


def test_s13_no_header(tmp_path: Path) -> None:
    assert naive("CN1A,a\nCN2A,b\n", infer_schema=False).rows() == [("CN2A", "b")]
    with pytest.raises(PatnavError, match="header"):
        landed(tmp_path, record(2), head=record(1))


@pytest.mark.parametrize("answer", ["<html>\n<body>login</body>\n</html>\n", '{"error":"x"}'])
def test_s14_an_error_page_as_csv(tmp_path: Path, answer: str) -> None:
    assert naive(answer, infer_schema=False).height in (0, 2)
    path = tmp_path / "t.csv"
    path.write_text(answer)
    with pytest.raises(PatnavError):
        of_path(path)


def test_s15_another_delimiter(tmp_path: Path) -> None:
    assert naive("n;t\nCN1A;a\n").columns == ["n;t"]
    assert titles(landed(tmp_path, record(1, "甲").replace(",", ";"), head=HEAD.replace(",", ";"))) == ["甲"]
    with pytest.raises(PatnavError, match="header"):
        landed(tmp_path, record(1), head=HEAD.replace(",", "，"))


def test_s16_another_encoding(tmp_path: Path) -> None:
    assert "\ufffd" in naive("t\n量子\n".encode("gbk"), encoding="utf8-lossy")["t"].item()
    assert "量子電腦專利".encode("big5").decode("gb18030") != "量子電腦專利"  # and no error
    assert titles(landed(tmp_path, record(1, "量子"), encoding="gb18030")) == ["量子"]
    lens = "Jurisdiction,Kind,Display Key,Lens ID,Publication Year,Title"
    big5 = landed(tmp_path, "TW,A,TW 202000001 A,000-000-000-000-001,2020,量子電腦專利", head=lens, encoding="big5")
    assert titles(big5) == ["量子電腦專利"]


def test_s17_a_file_cut_within_its_last_field(tmp_path: Path) -> None:
    text = f"{HEAD}\n{record(1)}\nCN101000002A,中国,一种量子芯的,,2020-0"
    assert naive(text, infer_schema=False).height == 2
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    assert rules(of_path(path)) == ["filing_date_unreadable"]
    (remark,) = read_table(path, path.name, lambda cells: HEADER[0] in cells).remarks
    assert "cut off" in remark


def test_s18_a_hole_of_nul(tmp_path: Path) -> None:
    assert naive(b"n,t\nCN1A,a\n\x00\x00\x00\nCN2A,b\n", infer_schema=False).height == 3
    with pytest.raises(PatnavError):
        landed(tmp_path, record(1), "\x00\x00\x00", record(2))


def test_s19_quotes_behind_backslashes(tmp_path: Path) -> None:
    assert naive('n,t\nCN1A,"a \\"b\\" c"\n', infer_schema=False)["t"].item() == "a \\b\\ c"
    with pytest.raises(PatnavError):
        landed(tmp_path, record(1, '"a \\"b\\" c"'))


def test_s20_a_header_that_stands_twice(tmp_path: Path) -> None:
    assert naive("n,n\nCN1A,x\n", infer_schema=False).columns == ["n", "n_duplicated_0"]
    with pytest.raises(PatnavError, match="twice"):
        landed(tmp_path, record(1) + ",x", head=HEAD + ",标题")


def test_s21_blank_lines(tmp_path: Path) -> None:
    assert naive("n,t\nCN1A,x\n\nCN2A,y\n", infer_schema=False).rows()[1] == (None, None)
    landing = landed(tmp_path, record(1), "", record(2))
    assert (landing.accepted.height, landing.blank, rules(landing)) == (2, 1, [])


def test_s22_columns_in_another_order(tmp_path: Path) -> None:
    """polars 1 took the names of a schema by position; 2.1 takes them by name, and here it must not matter."""
    landing = landed(tmp_path, "题,CN101000001A,中国", head="标题,公开(公告)号,受理局")
    assert landing.accepted.select("publication_number", "title").rows() == [("CN101000001A", "题")]


def test_s23_a_header_in_other_letters(tmp_path: Path) -> None:
    assert naive("ID\n007\n", schema_overrides={"id": pl.String})["ID"].to_list() == [7]
    landing = landed(tmp_path, record(1, application="00123456"), head=HEAD.replace("(", "（ ").replace(")", "）"))
    assert landing.accepted["application_number_original"].to_list() == ["00123456"]


def book(tmp_path: Path, *rows: str, **options) -> Path:
    return workbook(tmp_path / "t.xlsx", {"s": inline(*HEADER) + "".join(rows)}, **options)


def text(value: str) -> str:
    return f'<c t="inlineStr"><is><t>{value}</t></is></c>'


def cells_of(number: int, application: str, title: str | None = None) -> str:
    return row(text(f"CN1010{number:05}A"), text("中国"), title or text("题"), application)


def test_s24_s25_numbers_and_texts_in_one_column(tmp_path: Path) -> None:
    """polars' own reader (fastexcel, not installed here) gives 202010123456.700012207 and drops the last row."""
    assert f"{202010123456.7:.9f}" == "202010123456.700012207"
    body = [cells_of(number, f"<c><v>2020101{number:05}.7</v></c>") for number in range(1_200)]
    landing = of_path(book(tmp_path, *body, cells_of(1_200, text("20201012345X"))))
    found = landing.accepted["application_number_original"].to_list()
    assert found == [*(f"2020101{number:05}.7" for number in range(1_200)), "20201012345X"]


def test_s26_cells_whose_formula_failed(tmp_path: Path) -> None:
    """polars' own reader (fastexcel, not installed here) makes them nothing."""
    failed = [cells_of(1, text(""), '<c t="e"><v>#N/A</v></c>'), cells_of(2, "<c><f>A1</f></c>")]
    landing = of_path(book(tmp_path, *failed, cells_of(3, text(""))))
    found = landing.rejected.filter(pl.col("rule").str.ends_with("_error_cell")).select("row_number", "rule").rows()
    assert found == [(1, "title_error_cell"), (2, "application_number_error_cell")]
    assert landing.rejected["reason"].str.contains(UNCALCULATED, literal=True).any() and landing.accepted.height == 1


def test_s27_a_column_without_a_header(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(path) as written:
        sheet = written.add_worksheet()
        sheet.write_row(0, 0, (HEADER[0], None, "受理局", "标题"))
        sheet.write_row(1, 0, ("CN101000001A", "x", "中国", "题"))
    assert pl.read_excel(path, engine="openpyxl").width < 4
    assert titles(of_path(path)) == ["题"]


def test_s28_more_digits_than_a_spreadsheet_keeps(tmp_path: Path) -> None:
    number = 20201012345678899
    assert float(f"{number:.15g}") != number or int(float(f"{number:.15g}")) != number
    landing = of_path(book(tmp_path, row(f"<c><v>{number:.15G}</v></c>", text("中国"), text("题"))))
    assert rules(landing) == ["number_mangled_by_spreadsheet"]


def test_s29_a_second_sheet_and_a_row_of_sums(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(path) as written:
        for name, lines in (
            ("一", [("CN101000001A", "中国", "甲")]),
            ("二", [("CN101000002A", "中国", "乙"), ("合计", "", "2")]),
        ):
            sheet = written.add_worksheet(name)
            for index, line in enumerate([HEADER[:3], *lines]):
                sheet.write_row(index, 0, line)
            sheet.set_row(1, None, None, {"hidden": True})
    assert pl.read_excel(path, engine="openpyxl").height == 1
    landing = of_path(path)
    assert titles(landing) == ["甲", "乙"] and rules(landing) == ["publication_number_shape"]


def test_s30_duckdb_guesses_the_dialect(tmp_path: Path) -> None:
    path = tmp_path / "naive.csv"
    path.write_text("n,t,y\nCN1A,a,2020\nCN2A\nCN3A,c,2021\n")
    assert duckdb.read_csv(str(path)).fetchall() == [("CN1A,a,2020",), ("CN2A",), ("CN3A,c,2021",)]
    assert rules(landed(tmp_path, record(1), "CN101000002A", record(3))) == ["field_count"]
    statements = [*(ROOT / "warehouse").rglob("*.sql"), *(ROOT / "warehouse").rglob("*.py")]
    assert not [path.name for path in statements if "read_csv" in path.read_text(encoding="utf-8")]


OFFICE = TABLES["core.office"]
NUMBERS = pa.DataFrameSchema({"n": pa.Column(pl.String, checks=pa.Check.str_matches("^CN"))})


def offices(*codes: str) -> pl.DataFrame:
    rows = [(code, "名", "name", False, False) for code in codes]
    return pl.DataFrame(rows, schema=OFFICE.polars_schema, orient="row")


def test_s31_a_lazy_frame_is_not_checked() -> None:
    assert NUMBERS.validate(pl.LazyFrame({"n": ["XX"]})).collect().height == 1
    with pytest.raises(TypeError, match="lazy"):
        judge(offices("nonsense").lazy(), OFFICE)


def test_s32_coercion_cuts_numbers(tmp_path: Path) -> None:
    coerced = pa.DataFrameSchema({"y": pa.Column(pl.Int32, coerce=True)}).validate(pl.DataFrame({"y": [2020.9]}))
    assert coerced["y"].to_list() == [2020]
    landing = landed(tmp_path, "CN101000001A,中国,题,2020.9", head="公开公告号,受理局,标题,申请年")
    assert rules(landing) == ["filing_year_unreadable"]


def test_s33_what_is_invalid_is_dropped_without_a_reason() -> None:
    dropped = pa.DataFrameSchema(
        {"n": pa.Column(pl.String, checks=pa.Check.str_matches("^CN"))}, drop_invalid_rows=True
    ).validate(pl.DataFrame({"n": ["CN1A", "XX"]}), lazy=True)
    assert dropped.rows() == [("CN1A",)]
    verdict = judge(offices("CN", "CN", "china"), OFFICE)
    assert verdict.accepted["office"].to_list() == ["CN"]
    assert verdict.rejected.select("row_index", "rule").rows() == [(1, "key_repeated"), (2, "office_shape")]


def test_s34_validation_switched_off_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    with config_context(validation_enabled=False):
        assert NUMBERS.validate(pl.DataFrame({"n": ["XX"]})).height == 1
    monkeypatch.setenv("PANDERA_VALIDATION_ENABLED", "False")
    with pytest.raises(ContractError, match="switches validation off"):
        judge(offices("CN"), OFFICE)


def test_s35_nothing_at_all(tmp_path: Path) -> None:
    assert NUMBERS.validate(pl.DataFrame(schema={"n": pl.String})).is_empty()
    workspace = create(tmp_path / "w")
    (workspace.inbox / "t.csv").write_text(HEAD + "\n", encoding="utf-8")
    with pytest.raises(CheckFailedError, match="no publication at all"):
        refresh(workspace, Progress(quiet=True))


def test_s36_sums_that_wrap_around() -> None:
    assert pl.Series([2**63 - 1, 1]).sum() == -(2**63)
    total = duckdb.sql("SELECT sum(n) FROM (VALUES (9223372036854775807), (1)) AS numbers (n)").fetchall()
    assert total == [(2**63,)]  # metrics and checks are summed there


def test_s37_casts_that_cut_or_lose(tmp_path: Path) -> None:
    assert pl.Series([2020.9]).cast(pl.Int32).to_list() == [2020]
    assert pl.Series(["20x1"]).cast(pl.Int32, strict=False).to_list() == [None]
    landing = landed(tmp_path, "CN101000001A,中国,题,20x1", head="公开公告号,受理局,标题,申请年")
    assert rules(landing) == ["filing_year_unreadable"]


FLOORS = ("schemas", "transforms", "warehouse", "flows")
BANNED = {"truncate_ragged_lines", "try_parse_dates", "drop_invalid_rows", "coerce", "map_elements"}


def calls() -> list[tuple[str, ast.Call, str]]:
    found = []
    for path in sorted(path for floor in FLOORS for path in (ROOT / floor).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                found.append((f"{path.relative_to(ROOT)}:{node.lineno}", node, called))
    return found


def test_s38_joins_that_multiply_rows_and_comparisons_that_lose_nothing() -> None:
    one, two = pl.DataFrame({"k": [1]}), pl.DataFrame({"k": [1, 1]})
    assert one.join(two, on="k", how="left").height == 2
    assert pl.DataFrame({"k": [1, None]}).filter(pl.col("k") != 2).height == 1
    with pytest.raises(pl.exceptions.ComputeError, match="m:1"):
        one.join(two, on="k", how="left", validate="m:1")
    unstated = []
    for place, node, called in calls():
        keywords = {each.arg: each.value for each in node.keywords}
        how = getattr(keywords.get("how"), "value", None)
        if (
            called == "join"
            and {"on", "left_on"} & set(keywords)
            and how not in ("semi", "anti")
            and "validate" not in keywords
        ):
            unstated.append(place)
    assert unstated == []


def test_the_naive_ways_are_not_used_anywhere() -> None:
    """S1, S4, S5, S8, S10, S11, S16, S24, S32, S33 stay out because the options that cause them do."""
    used = []
    for place, node, called in calls():
        keywords = {each.arg: each.value for each in node.keywords}
        if called in {"read_excel", "scan_csv", "map_elements"} or BANNED & set(keywords):
            used.append(place)
        if "ignore_errors" in keywords and called != "rmtree":
            used.append(place)
        if called == "read_csv" and getattr(keywords.get("infer_schema"), "value", None) is not False:
            used.append(place)
        if any(getattr(value, "value", None) == "utf8-lossy" for value in keywords.values()):
            used.append(place)
    assert used == []


def test_the_table_of_cases_is_whole() -> None:
    """README.md names a test of this file for every case, and every such test exists."""
    table = (Path(__file__).parent / "README.md").read_text(encoding="utf-8")
    cases = dict(re.findall(r"^\| (S\d+) \|.*`(test_s\w+)` \|$", table, re.MULTILINE))
    assert list(cases) == [f"S{number}" for number in range(1, 39)]
    assert set(cases.values()) == {name for name in globals() if re.match(r"test_s\d", name)}
