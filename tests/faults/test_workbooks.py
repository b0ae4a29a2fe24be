"""Workbooks as they come: what a naive reading loses or changes, cell by cell."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import ReadingLimitError, UnreadableFileError, UnsafeMarkupError
from tests.conftest import trials
from tests.faults.malformed import inline, row, workbook
from transforms.readers.limits import LIMITS, Limits
from transforms.readers.numbertext import day_text, number_text
from transforms.readers.table import ROW_NUMBER, UNCALCULATED, tables_of
from transforms.readers.xlsx import read_xlsx
from transforms.tabular import SeveralTablesError, read_table, read_tables


def is_header(cells) -> bool:
    return "number" in cells or "编号" in cells


def tables(path: Path, limits: Limits = LIMITS):
    return tables_of(read_xlsx(path, path.name, limits), "xlsx", path.name, is_header, may_be_short=True)


def cells(path: Path) -> list[tuple]:
    (table,) = tables(path)
    assert table.counted == table.rows.height + len(table.ragged) + table.blank
    return table.rows.drop(ROW_NUMBER).rows()


HEAD = inline("number", "title")


def one_cell(tmp_path: Path, xml: str, **options) -> str | None:
    path = workbook(tmp_path / "t.xlsx", {"s": HEAD + row('<c t="inlineStr"><is><t>CN1A</t></is></c>', xml)}, **options)
    return cells(path)[0][1]


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("202010123456.7", "202010123456.7"),
        ("2.020101234567E11", "202010123456.7"),  # as Java writes it
        ("2.02010123456E11", "202010123456"),
        ("0.10000000000000001", "0.1"),  # as Excel writes it
        ("5.0", "5"),
        ("20201012345678901234", "20201012345678901234"),
        ("-7", "-7"),
        ("1E-3", "0.001"),
    ],
)
def test_a_number_is_the_shortest_text_of_the_same_number(tmp_path: Path, stored: str, text: str) -> None:
    assert one_cell(tmp_path, f"<c><v>{stored}</v></c>") == text


def test_a_number_that_lost_digits_to_the_spreadsheet_shows_it(tmp_path: Path) -> None:
    from transforms.numbers import MANGLED

    text = one_cell(tmp_path, "<c><v>2.0201012345678899E+17</v></c>")
    assert text == "2.02010123456789E+17"
    assert pl.Series([text]).str.contains(MANGLED).all()
    assert one_cell(tmp_path, "<c><v>1E+15</v></c>") == "1E+15"


def test_polars_own_reader_would_change_the_number(tmp_path: Path) -> None:
    """Why spreadsheets are not read with it: in a mixed column the stored digits change."""
    assert number_text("202010123456.7") == "202010123456.7"
    assert f"{202010123456.7:.9f}" == "202010123456.700012207"


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        ('<c t="e"><v>#N/A</v></c>', "#N/A"),
        ('<c t="e"><f>1/0</f><v>#DIV/0!</v></c>', "#DIV/0!"),
        ('<c t="b"><v>1</v></c>', "TRUE"),
        ('<c t="str"><f>A1&amp;"x"</f><v>CN1Ax</v></c>', "CN1Ax"),
        ('<c t="str"><f>A1</f><v></v></c>', None),  # its result is no text
        ("<c><f>A1</f></c>", UNCALCULATED),
        ('<c t="str"><f>HYPERLINK("https://example.org/a","CN109A")</f><v>CN109A</v></c>', "CN109A"),
        ('<c><f>HYPERLINK("https://example.org/a","CN ""109"" A")</f></c>', 'CN "109" A'),
        ('<c><f>HYPERLINK("https://example.org/a")</f></c>', "https://example.org/a"),
        ('<c t="d"><v>2021-03-05</v></c>', "2021-03-05"),
        (
            '<c t="inlineStr"><is><r><t>量</t></r><r><t xml:space="preserve">子 </t></r><rPh><t>りょうし</t></rPh></is></c>',
            "量子 ",
        ),
        ('<c t="inlineStr"><is><t>a_x000D_b_x005F_x0041_</t></is></c>', "a\rb_x0041_"),
        ('<c t="s"><v>1</v></c>', "two\nlines"),
        ('<c s="0"/>', None),
    ],
)
def test_a_cell_is_what_a_person_sees(tmp_path: Path, xml: str, text: str | None) -> None:
    assert one_cell(tmp_path, xml, shared=("<t>x</t>", "<r><t>two\n</t></r><r><t>lines</t></r>")) == text


@pytest.mark.parametrize(
    ("serial", "style", "is_1904", "text"),
    [
        ("44260", (14, None), False, "2021-03-05"),
        ("44260", (0, None), False, "44260"),
        ("44260.5", (22, None), False, "2021-03-05 12:00:00"),
        ("44260", (164, "yyyy\\-mm\\-dd"), False, "2021-03-05"),
        ("44260", (165, 'yyyy"年"m"月"d"日"'), False, "2021-03-05"),
        ("44260", (31, None), False, "2021-03-05"),
        ("42798", (14, None), True, "2021-03-05"),
        ("60", (14, None), False, "60"),  # 29 February 1900, which never was
        ("59", (14, None), False, "1900-02-28"),
        ("61", (14, None), False, "1900-03-01"),
        ("0.75", (20, None), False, "18:00:00"),
        ("-1", (14, None), False, "-1"),
        ("123456", (166, "00000000"), False, "00123456"),
        ("5", (167, '"day"0'), False, "5"),
        ("5", (168, "[Red]0.00"), False, "5"),
    ],
)
def test_days_and_padded_numbers_are_as_shown(tmp_path, serial, style, is_1904, text) -> None:
    properties = '<workbookPr date1904="1"/>' if is_1904 else ""
    found = one_cell(tmp_path, f'<c s="1"><v>{serial}</v></c>', formats=((0, None), style), book_properties=properties)
    assert found == text


def test_seconds_are_exact_to_the_millisecond() -> None:
    assert day_text("44260.999988425923", False) == "2021-03-05 23:59:59"
    assert day_text("44260.99999999999", False) == "2021-03-06"


def test_a_wrong_dimension_and_rows_numbered_one_hide_nothing(tmp_path: Path) -> None:
    rows = HEAD.replace("<row>", '<row r="1">') + row("<c><v>1</v></c>", number=1) + row("<c><v>2</v></c>", number=1)
    assert cells(workbook(tmp_path / "t.xlsx", {"s": rows})) == [("1", None), ("2", None)]


def test_gaps_between_rows_are_blank_records_and_a_far_row_costs_nothing(tmp_path: Path) -> None:
    rows = HEAD + row("<c><v>1</v></c>", number=1_000_001)
    (table,) = tables(workbook(tmp_path / "t.xlsx", {"s": rows}))
    assert (table.rows[ROW_NUMBER].to_list(), table.blank, table.counted) == ([1_000_000], 999_999, 1_000_000)


def test_a_cell_beyond_the_header_makes_its_row_ragged(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", {"s": HEAD + inline("CN1A", "a", "b") + inline("CN2A", "c")})
    (table,) = tables(path)
    assert table.ragged == ((1, 3, ("CN1A", "a", "b")),)
    assert table.rows.drop(ROW_NUMBER).rows() == [("CN2A", "c")]


def test_blank_headers_and_merged_titles_drop_no_column(tmp_path: Path) -> None:
    rows = inline("a title over all") + inline("number", "", "title") + inline("CN1A", "x", "y")
    (table,) = tables(workbook(tmp_path / "t.xlsx", {"s": rows}))
    assert table.header == ("number", "", "title")
    assert table.rows.drop(ROW_NUMBER).rows() == [("CN1A", "x", "y")]


def test_a_type_that_changes_after_a_thousand_rows_loses_nothing(tmp_path: Path) -> None:
    rows = HEAD + "".join(row(f"<c><v>{n}</v></c>") for n in range(1_200)) + inline("20201012345X")
    found = [number for number, _ in cells(workbook(tmp_path / "t.xlsx", {"s": rows}))]
    assert found == [*map(str, range(1_200)), "20201012345X"]


def test_sheets_of_one_header_are_one_table_and_others_their_own(tmp_path: Path) -> None:
    other = inline("编号", "x")
    sheets = {
        "pivot": inline("sums") + row("<c><v>3</v></c>"),
        "一": HEAD + inline("CN1A", "a"),
        "二": inline("Query:") + HEAD + inline("CN2A", "b") + row() + inline("CN3A", "c", "surplus"),
        "三": other + inline("CN4A", "d"),
    }
    first, second = tables(workbook(tmp_path / "t.xlsx", sheets, hidden=("二",)))
    assert (first.sheet, second.sheet) == ("一, 二", "三")
    assert first.rows.rows() == [(1, "CN1A", "a"), (2, "CN2A", "b")]
    assert first.ragged == ((4, 3, ("CN3A", "c", "surplus")),)
    assert (first.blank, first.counted) == (1, 4)
    unread = "no known header on the sheet pivot: 2 records not read"
    assert first.remarks == ("the sheet 二 is hidden", unread) and second.remarks == (unread,)
    assert second.rows.rows() == [(1, "CN4A", "d")]


def test_the_door_names_several_tables_and_opens_the_one_that_is_meant(tmp_path: Path) -> None:
    sheets = {"一": HEAD + inline("CN1A", "a"), "二": inline("编号", "x") + inline("CN4A", "d")}
    path = workbook(tmp_path / "t.xlsx", sheets)
    with pytest.raises(SeveralTablesError, match="一; 二"):
        read_table(path, path.name, is_header)
    assert read_table(path, path.name, is_header, sheet="二").rows.rows() == [(1, "CN4A", "d")]
    assert [table.sheet for table in read_tables(path, path.name, is_header)] == ["一", "二"]


def test_formulas_after_the_data_are_no_rows(tmp_path: Path) -> None:
    after = '<extLst><ext xmlns:xm="x"><xm:f>Sheet1!A1</xm:f></ext></extLst>'
    path = workbook(tmp_path / "t.xlsx", {"s": HEAD + inline("CN1A", "a") + "<row/>"}, after_data=after)
    (table,) = tables(path)
    assert (table.rows.height, table.blank, table.counted) == (1, 1, 2)


@pytest.mark.parametrize(
    ("xml", "error", "found"),
    [
        ('<c r="XFD2"><v>1</v></c>', ReadingLimitError, "column 16384 of row 2"),
        ('<c t="s"><v>7</v></c>', UnreadableFileError, "refers to the text 7"),
        ("<c><v>seven</v></c>", UnreadableFileError, "'seven' as a number"),
        ("<c><v>1</v>", UnreadableFileError, "markup that breaks off"),
    ],
)
def test_a_workbook_that_lies_is_named(tmp_path: Path, xml: str, error: type, found: str) -> None:
    path = workbook(tmp_path / "t.xlsx", {"s": HEAD + row(xml)})
    with pytest.raises(error, match=found):
        tables(path)


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE x [<!ENTITY % a SYSTEM "https://example.org/a"> %a;]>',
    ],
)
def test_entities_are_refused(tmp_path: Path, doctype: str) -> None:
    path = workbook(tmp_path / "t.xlsx", {"s": HEAD}, before_sheet=doctype)
    with pytest.raises(UnsafeMarkupError):
        tables(path)


TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn"), include_characters="\t\n"), max_size=10
)
VALUE = st.one_of(
    TEXT,
    st.integers(-(10**14), 10**14),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.sampled_from(["#N/A", "00123", "2.02E+11", "20201012345X", ""]),
    st.none(),
    st.booleans(),
)


@settings(max_examples=trials(50, 200))
@given(st.lists(st.lists(VALUE, max_size=5), max_size=12), st.integers(0, 3))
def test_dirty_workbooks_keep_every_record(tmp_path_factory, records, above) -> None:
    path = tmp_path_factory.mktemp("book") / "t.xlsx"
    options = {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet()
        for index in range(above):
            sheet.write_string(index, 0, "preamble")
        sheet.write_row(above, 0, ["number", "b", "c"])
        for index, record in enumerate(records, start=above + 1):
            for column, value in enumerate(record):
                if isinstance(value, str):
                    sheet.write_string(index, column, value)
                elif value is not None:
                    sheet.write(index, column, value)
    (table,) = tables(path)
    rows, ragged = {n: row for n, *row in table.rows.rows()}, {n: raw for n, _, raw in table.ragged}
    assert table.counted == len(rows) + len(ragged) + table.blank
    # An independent reading of the same bytes, of which only texts and whole numbers are compared: openpyxl shows floats its way.
    read = openpyxl.load_workbook(path).active
    expected = list(read.iter_rows(min_row=above + 2, values_only=True))
    for number, cells in enumerate(expected, start=1):
        shown = ["TRUE" if cell is True else "FALSE" if cell is False else cell for cell in cells]
        filled = [cell for cell in shown if cell is not None and str(cell).strip()]
        assert (number in rows or number in ragged) == bool(filled)
        ours = rows.get(number) or list(ragged.get(number, ()))
        for mine, theirs in zip(ours, shown, strict=False):
            if isinstance(theirs, str):
                assert (mine or "") == theirs.replace("\r", "\n")
            elif isinstance(theirs, int):
                assert mine == str(theirs) or (mine, theirs) == ("-0", 0)
            elif isinstance(theirs, float):
                assert float(mine) == theirs
