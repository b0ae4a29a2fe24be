"""Tables are read as they are: every cell as text, every record counted twice."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.errors import UnreadableFileError
from transforms.tabular import ROW_NUMBER, HeaderNotFoundError, read_table


def is_header(cells) -> bool:
    return "number" in cells


def written(tmp_path: Path, data: bytes | str, name: str = "table.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def read(path: Path):
    return read_table(path, path.name, is_header)


def cells(table) -> list[tuple]:
    return table.rows.drop(ROW_NUMBER).rows()


def test_numbers_stay_text(tmp_path: Path) -> None:
    table = read(written(tmp_path, "number,title\n00123,a\n202010123456.0,b\n1E3,c\n"))
    assert cells(table) == [("00123", "a"), ("202010123456.0", "b"), ("1E3", "c")]


def test_preamble_is_passed_over_and_rows_are_numbered_after_the_header(tmp_path: Path) -> None:
    table = read(written(tmp_path, "search URL:,https://example.org\nnumber,title\nCN1A,a\n"))
    assert table.rows[ROW_NUMBER].to_list() == [1]
    assert table.counted == 1


@pytest.mark.parametrize("line_end", ("\n", "\r\n", "\r"))
def test_every_line_end_is_one(tmp_path: Path, line_end: str) -> None:
    table = read(written(tmp_path, line_end.join(["number,title", "CN1A,a", "CN2A,b", ""])))
    assert len(cells(table)) == table.counted == 2


def test_blank_lines_are_counted_as_blank(tmp_path: Path) -> None:
    table = read(written(tmp_path, "number,title\nCN1A,a\n\n,\nCN2A,b\n"))
    assert (len(cells(table)), table.blank, table.counted) == (2, 2, 4)


def test_a_record_with_too_few_or_too_many_fields_is_set_aside(tmp_path: Path) -> None:
    table = read(written(tmp_path, "number,title\nCN1A\nCN2A,b,surplus\nCN3A,c\n"))
    assert [(number, found) for number, found, _ in table.ragged] == [(1, 1), (2, 3)]
    assert cells(table) == [("CN3A", "c")]


def test_a_line_break_inside_quotes_is_no_record_end(tmp_path: Path) -> None:
    table = read(written(tmp_path, 'number,title\nCN1A,"two\nlines"\n'))
    assert cells(table) == [("CN1A", "two\nlines")]
    assert table.counted == 1


@pytest.mark.parametrize("encoding", ("utf-8-sig", "utf-16"))
def test_marked_encodings(tmp_path: Path, encoding: str) -> None:
    table = read(written(tmp_path, "number,标题\nCN1A,量子\n".encode(encoding)))
    assert table.header == ("number", "标题")


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "an empty file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "damaged"),
        (b"<html><table></table></html>", "no known header"),
        (b"%PDF-1.7", "a PDF"),
        (b"PK\x03\x04broken", "damaged"),
        (b"number,title\nCN1A,\x00\n", "NUL"),
        (b'number,title\nCN1A,"open\n', "unexpected end of data"),
    ],
)
def test_what_is_no_table_is_named(tmp_path: Path, data: bytes, found: str) -> None:
    with pytest.raises(UnreadableFileError, match=found):
        read(written(tmp_path, data))


def test_without_a_header_the_widest_record_is_shown(tmp_path: Path) -> None:
    with pytest.raises(HeaderNotFoundError, match="a, b, c"):
        read(written(tmp_path, "a,b,c\n1,2,3\n"))


def workbook(path: Path, *sheets: list[list]) -> Path:
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False}) as book:
        for rows in sheets:
            sheet = book.add_worksheet()
            for index, row in enumerate(rows):
                sheet.write_row(index, 0, row)
    return path


def test_spreadsheet_numbers_are_exact(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "t.xlsx", [["number", "title"], [202010123456.7, "a"], ["00123", 5], [202010123456, None]]
    )
    assert cells(read(path)) == [("202010123456.7", "a"), ("00123", "5"), ("202010123456", None)]


def test_a_spreadsheet_is_told_by_its_bytes_not_its_name(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", [["number"], ["CN1A"]])
    renamed = path.rename(tmp_path / "t.CSV")
    assert cells(read(renamed)) == [("CN1A",)]


def test_data_may_stand_on_another_sheet_under_other_rows(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "t.xlsx",
        [["pivot"], [1]],
        [["Query:", "x"], [], ["number", "title"], ["CN1A", "a"], [], ["CN2A", "b"]],
    )
    table = read(path)
    assert cells(table) == [("CN1A", "a"), ("CN2A", "b")]
    assert (table.blank, table.counted) == (1, 3)


def test_error_cells_stay_what_they_are(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["number", "title"])
        sheet.write_string(1, 0, "CN1A")
        sheet.write_formula(1, 1, "=1/0", None, "#DIV/0!")
    assert cells(read(path)) == [("CN1A", "#DIV/0!")]


# What readers of text call white space; Python's strip() counts four separators of ASCII to it, which are no blanks in a table.
WHITE = "".join(sign for sign in map(chr, range(0x10000)) if sign.isspace() and sign not in "\x1c\x1d\x1e\x1f")
CELL = st.text(st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=("Cs",)), max_size=12)


@settings(max_examples=200)
@given(st.lists(st.tuples(CELL, CELL, CELL), max_size=12), st.sampled_from(["\n", "\r\n"]))
@example(records=[("\x1f", "", "")], line_end="\n")
def test_whatever_csv_writes_is_read_back_and_counted(tmp_path_factory, records, line_end) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerows([("number", "b", "c"), *records])
    table = read(written(tmp_path_factory.mktemp("csv"), buffer.getvalue()))
    kept = [tuple(cell or None for cell in record) for record in records if any(cell.strip(WHITE) for cell in record)]
    assert cells(table) == kept
    assert table.counted == len(kept) + table.blank == len(records)
