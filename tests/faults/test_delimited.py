"""Delimited text as it comes: each case ends in the exact cell, a record set aside, or a refusal that says why."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import EncodingError, UnreadableFileError
from tests.conftest import trials
from transforms.readers import cells as kernel
from transforms.readers import delimited
from transforms.tabular import ROW_NUMBER, HeaderNotFoundError, read_table


def is_header(cells) -> bool:
    return "number" in cells or "公开号" in cells or "公開號" in cells


def table_of(tmp_path: Path, data: bytes | str, encoding: str | None = None):
    path = tmp_path / "t.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    table = read_table(path, path.name, is_header, encoding=encoding)
    assert table.counted == table.rows.height + len(table.ragged) + table.blank
    return table


def cells(table) -> list[tuple]:
    return table.rows.drop(ROW_NUMBER).rows()


@pytest.mark.parametrize(
    "value",
    [
        "00123456",
        "202010123456.0",
        "202010123456.10",
        "2.02E+11",
        "1E3",
        "20201012345X",
        "03/05/2021",
        "0021-03-05",
        "１２３",
    ],
)
def test_what_looks_like_a_number_or_a_day_stays_text(tmp_path: Path, value: str) -> None:
    late = "".join(f"{n},x\n" for n in range(150)) + f"{value},x\n"
    assert cells(table_of(tmp_path, "number,title\n" + late))[-1] == (value, "x")


def test_polars_would_read_numbers(tmp_path: Path) -> None:
    assert pl.read_csv(b"number\n00123456\n")["number"].to_list() == [123456]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_header_tells_the_delimiter(tmp_path: Path, delimiter: str) -> None:
    lines = ["search; of, all|kinds", delimiter.join(["number", "title", "x"]), delimiter.join(["CN1A", "a", "b"])]
    table = table_of(tmp_path, "\n".join(lines) + "\n")
    assert (table.header, cells(table)) == (("number", "title", "x"), [("CN1A", "a", "b")])


def test_a_full_width_comma_is_no_delimiter(tmp_path: Path) -> None:
    with pytest.raises(HeaderNotFoundError, match="number，title"):
        table_of(tmp_path, "number，title\nCN1A，a\n")


def test_short_and_shifted_records_are_set_aside(tmp_path: Path) -> None:
    table = table_of(tmp_path, "number,title,year\nCN1A,a\nCN2A,a method, improved,2020\nCN3A,b,2021\n")
    assert [(number, found) for number, found, _ in table.ragged] == [(1, 2), (2, 4)]
    assert cells(table) == [("CN3A", "b", "2021")]


def test_empty_fields_beyond_the_header_are_nothing(tmp_path: Path) -> None:
    assert cells(table_of(tmp_path, "number,title\nCN1A,a,,\n")) == [("CN1A", "a")]


def test_an_inch_mark_costs_no_record(tmp_path: Path) -> None:
    body = "".join(f"CN{n}A,a disk,x\n" for n in range(1000))
    table = table_of(tmp_path, "number,title,x\n" + body + 'CN9A,a 5" disk,x\n' + body)
    assert table.rows.height == table.counted == 2001
    assert table.rows["c1"].to_list()[1000] == 'a 5" disk'


def test_two_stray_quotes_do_not_swallow_what_stands_between(tmp_path: Path) -> None:
    body = "".join(f"CN{n}A,a,b,c,d\n" for n in range(200))
    with pytest.raises(UnreadableFileError, match="a cell of record 1 that holds 200 lines which look like records"):
        table_of(tmp_path, 'number,t,x,y,z\nCN1A,"stray,b,c,d\n' + body + 'CN2A,x",b,c,d\n')


def test_an_inch_mark_pair_far_apart_is_text(tmp_path: Path) -> None:
    body = "".join(f"CN{n}A,a,b\n" for n in range(200))
    table = table_of(tmp_path, 'number,t,x\nCN1A,5" disk,b\n' + body + 'CN2A,7" disk,b\n')
    assert table.rows.height == 202


def test_backslashes_are_text_and_open_quotes_are_refused(tmp_path: Path) -> None:
    assert cells(table_of(tmp_path, "number,t\nCN1A,a \\ b\n")) == [("CN1A", "a \\ b")]
    with pytest.raises(UnreadableFileError, match="expected after"):
        table_of(tmp_path, 'number,t\nCN1A,"a \\"b\\" c"\n')


def test_doubled_quotes_and_line_breaks_in_quotes_are_text(tmp_path: Path) -> None:
    table = table_of(tmp_path, 'number,t\r\n"CN1A","say ""a""\nand b\r\nend"\r\nCN2A,x\r\n')
    assert cells(table) == [("CN1A", 'say "a"\nand b\r\nend'), ("CN2A", "x")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("is_ended", [True, False])
def test_every_line_end_and_none_at_all(tmp_path: Path, end: str, is_ended: bool) -> None:
    table = table_of(tmp_path, end.join(["number,t", 'CN1A,"a"', "", "CN2A,b"]) + end * is_ended)
    assert cells(table) == [("CN1A", "a"), ("CN2A", "b")]
    assert table.blank == 1
    assert bool(table.remarks) != is_ended  # a file that may be cut off says so


def test_mixed_line_ends_are_told_apart(tmp_path: Path) -> None:
    table = table_of(tmp_path, "number,t\nCN1A,a\r\nCN2A,b\rCN3A,c\n")
    assert [number for number, _ in cells(table)] == ["CN1A", "CN2A", "CN3A"]


def test_nul_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncodingError, match="NUL"):
        table_of(tmp_path, b"number,t\nCN1A,\x00\x00\x00\x00\n")


@pytest.mark.parametrize("data", ["<html><body>Please log in</body></html>", '{"error": "too many requests"}'])
def test_an_answer_that_is_no_export_is_refused(tmp_path: Path, data: str) -> None:
    with pytest.raises(HeaderNotFoundError):
        table_of(tmp_path, data)


def test_a_million_characters_in_a_cell_are_kept_and_a_header_alone_is_empty(tmp_path: Path) -> None:
    assert len(cells(table_of(tmp_path, f'number,t\nCN1A,"{"字" * 1_000_000}"\n'))[0][1]) == 1_000_000
    assert table_of(tmp_path, "number,t\n").rows.height == table_of(tmp_path, "number,t").counted == 0


def test_excels_separator_line_is_preamble(tmp_path: Path) -> None:
    assert cells(table_of(tmp_path, "sep=;\nnumber;t\nCN1A;a\n")) == [("CN1A", "a")]


# ── encodings ────────────────────────────────────────────────────────────────────────────────────────────────────

SIMPLIFIED = "公开号,标题,申请人\n" + "CN1A,一种量子计算电路及其控制方法,某大学\n" * 5
TRADITIONAL = "公開號,標題,申請人\n" + "TW1A,一種量子計算電路及其控制方法,某大學\n" * 5


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
def test_chinese_is_read_in_every_encoding_it_comes_in(tmp_path: Path, encoding: str) -> None:
    table = table_of(tmp_path, SIMPLIFIED.encode(encoding))
    assert cells(table)[0] == ("CN1A", "一种量子计算电路及其控制方法", "某大学")


def test_big5_is_not_taken_for_gb18030(tmp_path: Path) -> None:
    data = TRADITIONAL.encode("big5")
    assert data.decode("gb18030")  # nothing would have complained
    table = table_of(tmp_path, data)
    assert (table.encoding, cells(table)[0][1]) == ("big5", "一種量子計算電路及其控制方法")


def test_under_an_english_header_the_text_itself_tells(tmp_path: Path) -> None:
    chinese = table_of(tmp_path, SIMPLIFIED.replace("公开号", "number").encode("gb18030"))
    western = table_of(tmp_path, "number,t\nFR1A,Procédé de fabrication d’une pièce\n".encode("cp1252"))
    assert (chinese.encoding, western.encoding) == ("gb18030", "cp1252")
    assert cells(western) == [("FR1A", "Procédé de fabrication d’une pièce")]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("number,t\nJP1A,半導体装置の製造方法\n", "shift_jis"),
        ("number,t\nKR1A,반도체 장치의 제조 방법\n", "euc_kr"),
        ("number,t\nRU1A,Способ изготовления\n", "cp1251"),
        ("number,t\nXX1A,犇骉\n", "gb18030"),
    ],
)
def test_what_cannot_be_told_is_refused_and_can_be_declared(tmp_path: Path, text: str, encoding: str) -> None:
    with pytest.raises(EncodingError, match="declare it"):
        table_of(tmp_path, text.encode(encoding))
    assert cells(table_of(tmp_path, text.encode(encoding), encoding))[0][1] == text.split(",")[-1].strip()


def test_a_declared_encoding_is_kept_to(tmp_path: Path) -> None:
    with pytest.raises(EncodingError, match="is not gb18030"):
        table_of(tmp_path, b"number,t\nCN1A,\x81\n", "gb18030")
    with pytest.raises(EncodingError, match="one that Python knows"):
        table_of(tmp_path, "number,t\n", "gb")
    assert cells(table_of(tmp_path, "\ufeffnumber,t\nCN1A,a\n", "utf-8")) == [("CN1A", "a")]


def test_a_character_cut_in_half_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncodingError):
        table_of(tmp_path, SIMPLIFIED.encode("utf-8")[:-2])


def test_lines_of_two_encodings_are_told_line_by_line(tmp_path: Path) -> None:
    lines = [b"number;t", "A1;BJÖRK".encode(), "A2;15° to 20°".encode("cp1252"), b"A3;plain"]
    both = "A4;Müller ".encode() + "15°".encode("cp1252")
    table = table_of(tmp_path, b"\r\n".join([*lines, both, b""]))
    assert [title for _, title in cells(table)] == ["BJÖRK", "15° to 20°", "plain", "Müller 15°"]
    assert (table.encoding, table.lines_by_encoding) == ("utf-8 and cp1252 by line", {"cp1252": (3, 5)})


# ── laws ─────────────────────────────────────────────────────────────────────────────────────────────────────────

LAYOUT = delimited._Layout(",", ("number", "b", "c"), 1, 0)
DIRTY = st.text(st.sampled_from(list('ab字,;"\n\r \t5')), max_size=12)


@settings(max_examples=trials(50, 200))
@given(st.lists(DIRTY, max_size=12), st.sampled_from([(0, 1), (0, 20), (0, 1 << 25), (10_000, 1 << 25)]))
def test_dirty_lines_end_accounted_for_or_refused(tmp_path_factory, lines, sizes) -> None:
    """Whatever the text, by the module or cut, and wherever the blocks end in which it is cut."""
    data = "number,b,c\n" + "\n".join(lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "_WORTH_CUTTING", sizes[0])
        patch.setattr(delimited, "_BLOCK", sizes[1])
        try:
            table = table_of(tmp_path_factory.mktemp("csv"), data)
        except UnreadableFileError:
            with pytest.raises((csv.Error, UnreadableFileError)):
                list(csv.reader(io.StringIO(data, newline=""), strict=True))
                delimited._refuse_swallowed(delimited._by_module(data, ",", 3, "t").rows, LAYOUT, "t")
            return
    # The strict module on the whole text, the slow way, is the law.
    expected = list(csv.reader(io.StringIO(data, newline=""), strict=True))[1:]
    kept = {number: row for number, *row in table.rows.rows()} | {number: raw for number, _, raw in table.ragged}
    assert len(expected) == table.counted
    for number, record in enumerate(expected, start=1):
        if any(cell.strip() for cell in record):
            trimmed = record[:3] if not any(record[3:]) else record
            assert list(kept[number])[: len(trimmed)] == [cell or None for cell in trimmed]
        else:
            assert number not in kept


@settings(max_examples=trials(100, 400))
@given(st.lists(DIRTY, max_size=12), st.sampled_from([",", "\t"]), st.sampled_from([1, 20, 1 << 25]))
def test_the_count_by_turns_is_the_count_by_the_pattern(lines, delimiter, block) -> None:
    text = "\n".join(lines).replace(",", delimiter)
    try:
        list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return  # refused by the reading, whatever the count
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "_BLOCK", block)
        counted = delimited.count_records(text.encode(), delimiter)
    is_unended = text != "" and text[-1] not in "\r\n"
    assert counted == delimited._lines_by_pattern(text.encode(), delimiter) + is_unended


@settings(max_examples=trials(50, 200))
@given(
    st.lists(st.tuples(DIRTY, DIRTY, DIRTY), max_size=12),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    st.sampled_from([0, 10_000]),
)
def test_whatever_is_written_is_read_back(tmp_path_factory, records, line_end, delimiter, quoting, worth) -> None:
    if line_end != "\r\n":
        quoting = csv.QUOTE_ALL  # the writer leaves the other line end bare, and then nobody can tell it from one
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=line_end, quoting=quoting)
    writer.writerows([("number", "b", "c"), *records])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "_WORTH_CUTTING", worth)
        table = table_of(tmp_path_factory.mktemp("csv"), buffer.getvalue())
    kept = [tuple(cell or None for cell in record) for record in records if any(cell.strip() for cell in record)]
    assert cells(table) == kept


def test_the_second_count_shares_nothing_with_the_reading(monkeypatch, tmp_path: Path) -> None:
    """A reading that loses a record is found out: the counter would still say how many there were."""
    whole = kernel.cut

    def one_less(*given):
        found = whole(*given)
        return found._replace(numbers=found.numbers[:-1], cells=[cells[:-1] for cells in found.cells])

    monkeypatch.setattr(kernel, "cut", one_less)
    monkeypatch.setattr(delimited, "_WORTH_CUTTING", 0)
    path = tmp_path / "t.csv"
    path.write_text("number,t\nCN1A,a\nCN2A,b\n")
    table = read_table(path, path.name, is_header)
    assert (table.rows.height, table.counted) == (1, 2)
