"""Every other medium, its way of lying, and the door that tells them apart."""

from __future__ import annotations

import datetime
import gzip
import json
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from schemas.errors import UnreadableFileError, UnsafeMarkupError
from tests.faults import old_excel
from transforms.readers.html import read_html
from transforms.readers.limits import LIMITS
from transforms.readers.media import media_of
from transforms.readers.parquet import read_parquet
from transforms.readers.table import ROW_NUMBER, tables_of
from transforms.readers.xls import count_rows, read_xls
from transforms.readers.xml import XmlRecords, count_records, read_xml
from transforms.tabular import read_table


def is_header(cells) -> bool:
    return "number" in cells


def cells(table) -> list[tuple]:
    assert table.counted == table.rows.height + len(table.ragged) + table.blank
    return table.rows.drop(ROW_NUMBER).rows()


def kept(tmp_path: Path, data: bytes | str, name: str = "t.xls") -> Path:
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def read(tmp_path: Path, data: bytes | str, **options):
    path = kept(tmp_path, data)
    return read_table(path, path.name, is_header, **options)


@pytest.mark.parametrize(
    ("start", "medium"),
    [
        (b"number\ttitle\n", "csv"),
        ("\ufeffnumber\ttitle\n".encode("utf-16-le"), "csv"),
        ("[标]当前申请人,标题\n".encode(), "csv"),
        (b"\n <!DOCTYPE HTML><html>", "html"),
        (b'<meta charset="gbk"><table>', "html"),
        (b'<?xml version="1.0"?><html xmlns="x">', "html"),
        (b'<?xml version="1.0"?><us-patent-grant>', "xml"),
        ("\ufeff<us-patent-grant/>".encode("utf-16-le"), "xml"),
        (b'{"number": 1}\n', "json"),
        (b'[\n {"number": 1}]', "json"),
        (b"PAR1....", "parquet"),
        (gzip.compress(b"x", mtime=0), "gzip"),  # the time would be in the name of the test, and differ between workers
    ],
)
def test_the_first_bytes_tell_the_medium(tmp_path: Path, start: bytes, medium: str) -> None:
    assert media_of(kept(tmp_path, start), "t.xls") == medium


@pytest.mark.parametrize(
    ("start", "found"),
    [
        (b"%PDF-1.7", "PDF"),
        (b"Rar!\x1a\x07", "RAR"),
        (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
        (b"", "empty"),
        (b"PK\x03\x04x", "damaged"),
    ],
)
def test_what_is_known_and_not_read_is_named(tmp_path: Path, start: bytes, found: str) -> None:
    with pytest.raises(UnreadableFileError, match=found):
        read(tmp_path, start)


def test_tsv_and_html_named_xls_are_read_as_what_they_are(tmp_path: Path) -> None:
    assert cells(read(tmp_path, "number\ttitle\nCN1A\ta\n")) == [("CN1A", "a")]
    page = '<html><meta charset="gb2312"><body><table><tr><td>number</td><td>标题</td></tr><tr><td>CN1A</td><td>量子</td></tr></table>'
    assert cells(read(tmp_path, page.encode("gb18030"))) == [("CN1A", "量子")]


# ── HTML ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def html_table(tmp_path: Path, page: str):
    path = kept(tmp_path, page)
    (table,) = tables_of(read_html(path, path.name, LIMITS, "utf-8"), "html", path.name, is_header, False)
    return table


def test_html_cells_are_their_text(tmp_path: Path) -> None:
    page = """<table><tr><td colspan=3>a title</td></tr><tr><th>number<th>title<th>x</tr>
    <!-- <tr><td>no</td></tr> -->
    <tr><td x:num="202010123456">2.02E+11</td><td>H<sub>2</sub>O &amp; <b>more</b>
       text</td><td>a<br>b</td></tr>
    <tr><td>CN2A</td><td></td></tr><tr><td></td></tr></table><table><tr><td>foot</td></tr></table>"""
    table = html_table(tmp_path, page)
    assert cells(table) == [("202010123456", "H2O & more text", "a\nb")]
    # Which cell it lacks nobody knows: its last one may stand where another belongs.
    assert table.ragged == ((2, 2, ("CN2A",)),)
    assert (table.blank, table.counted, table.sheet) == (1, 3, "table 1")


def test_an_html_cell_that_reaches_down_stands_in_each_row_that_it_covers(tmp_path: Path) -> None:
    page = """<table><tr><td>number</td><td>owner</td><td>inventor</td></tr>
    <tr><td>CN1A</td><td rowspan="2">甲</td><td>one</td></tr>
    <tr><td>CN2A</td><td>two</td></tr>
    <tr><td>CN3A</td><td>乙</td><td rowspan=2>three</td></tr>
    <tr><td rowspan=9>CN4A</td><td></td></table>"""
    found = [("CN1A", "甲", "one"), ("CN2A", "甲", "two"), ("CN3A", "乙", "three"), ("CN4A", None, "three")]
    assert cells(html_table(tmp_path, page)) == found


def test_a_day_of_html_is_what_is_shown_and_not_a_count_of_days(tmp_path: Path) -> None:
    page = """<table><tr><td>number</td><td>day</td></tr>
    <tr><td x:num>1</td><td x:num="43102">2018/1/2</td></tr>
    <tr><td x:num="123456789012">1.2E+11</td><td x:num="43102">2018年1月2日</td></tr>
    </table>"""
    assert cells(html_table(tmp_path, page)) == [("1", "2018/1/2"), ("123456789012", "2018年1月2日")]


def test_a_table_within_a_cell_is_its_own(tmp_path: Path) -> None:
    inner = "<table><tr><td>number</td></tr><tr><td>CN1A</td></tr></table>"
    table = html_table(tmp_path, f"<table><tr><td>menu {inner}</td></tr></table>")
    assert (table.sheet, cells(table)) == ("table 2", [("CN1A",)])


def test_rows_that_the_parser_misses_are_counted(tmp_path: Path) -> None:
    table = html_table(tmp_path, "<table><tr><td>number</td></tr><tr><td>CN1A</td></tr></table><tr><td>CN2A</td></tr>")
    assert (table.rows.height, table.counted) == (1, 2)


# ── the old Excel ────────────────────────────────────────────────────────────────────────────────────────────────


def test_old_excel_cells_are_exact(tmp_path: Path) -> None:
    rows = [
        ["list of patents"],
        ["number", "title", "value"],
        ["CN1A", 202010123456.7, old_excel.Error(0x2A)],
        [],
        ["00123", 2017.0, True],
        [2.0201012345678899e17, old_excel.Day(44260), "量子"],
        ["CN4A", old_excel.Padded(123), "", "surplus"],
    ]
    path = kept(tmp_path, old_excel.workbook({"first": [["x"]], "data": rows}))
    (table,) = tables_of(read_xls(path, path.name, LIMITS), "xls", path.name, is_header, True)
    assert cells(table) == [
        ("CN1A", "202010123456.7", "#N/A"),
        ("00123", "2017", "TRUE"),
        ("2.02010123456789E+17", "2021-03-05", "量子"),
    ]
    assert table.ragged == ((5, 4, ("CN4A", "00000123", None, "surplus")),)
    assert (table.sheet, table.blank, table.counted) == ("data", 1, 5)


def test_old_excel_that_is_cut_is_named(tmp_path: Path) -> None:
    data = old_excel.workbook({"data": [["number"], *[[f"CN{n}A"] for n in range(500)]]})
    assert count_rows(data, "t.xls") == [501]
    path = kept(tmp_path, data[: len(data) // 2])
    with pytest.raises(UnreadableFileError):
        read_xls(path, path.name, LIMITS)


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_json_lines_keep_their_very_numbers(tmp_path: Path) -> None:
    lines = (
        '{"number": 202010123456.70, "a": {"b": 1e5, "c": null}, "t": true}\n\n{"number": "CN2A", "l": ["x", "y"]}\n'
    )
    table = read(tmp_path, lines)
    assert table.header == ("number", "a.b", "a.c", "t", "l")
    assert cells(table) == [("202010123456.70", "1e5", None, "true", None), ("CN2A", None, None, None, '["x", "y"]')]
    assert (table.blank, table.counted, table.rows[ROW_NUMBER].to_list()) == (1, 3, [1, 3])
    assert cells(read(tmp_path, lines, list_separator="; "))[1][-1] == "x; y"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('{"number": "CN1A"', "line 2 is no JSON"),
        ('{"number": "CN1A", "number": "CN2A"}', "twice in one object"),
        ('{"number": NaN}', "NaN"),
        ("[1]", "line 2 is no object"),
        ("[" * 100_000, "line 2 is no JSON"),
    ],
)
def test_a_line_that_is_no_record_is_named(tmp_path: Path, line: str, found: str) -> None:
    with pytest.raises(UnreadableFileError, match=found):
        read(tmp_path, f'{{"number": "CN0A"}}\n{line}\n{{"number": "CN9A"}}\n')


@pytest.mark.parametrize(
    ("document", "records"),
    [
        ([{"number": "CN1A", "t": "a {[\"b"}, {"number": "CN2A", "sub": [{"x": 1}]}], None),
        ({"count": 2, "out": {"list": [{"number": "CN1A", "t": "list"}, {"number": "CN2A", "y": {"z": []}}]}, "e": [{}]}, "out.list"),
        ({"list": [{"a": 1}], "out": {"list": [{"number": "CN1A"}, {"number": "CN2A"}]}}, "out.list"),
    ],
)  # fmt: skip
def test_a_document_gives_the_list_in_it(tmp_path: Path, document, records) -> None:
    for indent in (None, 1):
        table = read(tmp_path, json.dumps(document, indent=indent), json_records=records)
        assert [row[0] for row in cells(table)] == ["CN1A", "CN2A"]
        assert table.counted == 2


# ── Parquet ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_parquet_values_are_their_text(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "number": ["CN1A", ""],
            "id": [9_007_199_254_740_993, None],
            "f": [0.1, 2017.0],
            "day": [datetime.date(2021, 3, 5), None],
            "at": [datetime.datetime(2021, 3, 5, 1, 2, 3), None],
            "d": [Decimal("1.10"), None],
            "s": [{"a": 1, "b": {"c": "x"}}, {"a": None, "b": {"c": "y"}}],
            "l": [["x", "y"], []],
            "ls": [[{"name": "某大学"}], None],
        },
    )
    path = tmp_path / "t.parquet"
    frame.write_parquet(path)
    (sheet,) = read_parquet(path, path.name, LIMITS)
    assert sheet.header == ("number", "id", "f", "day", "at", "d", "s.a", "s.b.c", "l", "ls")
    assert sheet.rows.drop(ROW_NUMBER).rows()[0] == (
        "CN1A", "9007199254740993", "0.1", "2021-03-05", "2021-03-05 01:02:03", "1.10", "1", "x", '["x", "y"]',
        '[{"name": "某大学"}]',
    )  # fmt: skip
    assert sheet.rows["c2"].to_list() == ["0.1", "2017"]
    assert sheet.counted == 2
    assert read_parquet(path, path.name, LIMITS, "; ")[0].rows["c8"].to_list()[0] == "x; y"


def test_parquet_that_is_cut_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pl.DataFrame({"number": ["CN1A"]}).write_parquet(path)
    path.write_bytes(path.read_bytes()[:-6])
    with pytest.raises(UnreadableFileError, match="damaged Parquet"):
        read_parquet(path, path.name, LIMITS)


# ── XML ──────────────────────────────────────────────────────────────────────────────────────────────────────────

GRANT = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE grant SYSTEM "grant-v45.dtd" [ <!ENTITY D1 SYSTEM "D1.TIF" NDATA TIF> ]>
<p:grant xmlns:p="urn:x" lang="EN"><id kind="A"><number>{number}</number></id><!-- <grant> -->
<title>A <i>first</i>   device &amp; more &mdash; yes</title><class>G06N</class><class>G06F</class></p:grant>
"""
KIND = XmlRecords(
    "grant",
    {"number": "id/number", "kind": "id/@kind", "lang": "@lang", "title": "title", "class": ".//class", "none": "x/y"},
    separator="; ",
)


def xml_tables(tmp_path: Path, text: str, *kinds: XmlRecords):
    path = kept(tmp_path, text, "t.xml")
    return tables_of(read_xml(path, path.name, LIMITS, kinds), "xml", path.name, lambda cells: bool(cells), True)


def test_documents_one_after_the_other_give_a_record_each(tmp_path: Path) -> None:
    text = "".join(GRANT.format(number=f"0{n}") for n in range(3))
    (table,) = xml_tables(tmp_path, text, KIND)
    title = "A first device & more &mdash; yes"
    assert cells(table) == [(f"0{n}", "A", "EN", title, "G06N; G06F", None) for n in range(3)]
    assert (table.sheet, table.counted) == ("grant", 3)


def test_without_paths_every_text_is_a_column(tmp_path: Path) -> None:
    (table,) = xml_tables(tmp_path, GRANT.format(number="01"), XmlRecords("grant"))
    found = dict(zip(table.header, cells(table)[0], strict=True))
    assert (found["@lang"], found["id.@kind"], found["id.number"], found["class"]) == (
        "EN",
        "A",
        "01",
        '["G06N", "G06F"]',
    )


def test_records_in_comments_do_not_count(tmp_path: Path) -> None:
    path = kept(tmp_path, GRANT.format(number="01") + "<!-- <grant/> -->", "t.xml")
    assert count_records(path, ["grant", "id"]) == {"grant": 1, "id": 1}


LOL = '<!DOCTYPE grant [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]><grant>&c;</grant>'


@pytest.mark.parametrize(
    "text",
    [
        LOL,
        '<!DOCTYPE grant [<!ENTITY a SYSTEM "file:///etc/hostname">]><grant>&a;</grant>',
        '<!DOCTYPE grant [<!ENTITY % a SYSTEM "https://example.org/x.dtd"> %a;]><grant/>',
    ],
)
def test_entities_and_what_lies_outside_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnsafeMarkupError):
        xml_tables(tmp_path, text, KIND)


@pytest.mark.parametrize("text", [GRANT.format(number="01")[:-20], "<grant><id></grant>"])
def test_markup_that_breaks_off_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnreadableFileError, match="breaks off"):
        xml_tables(tmp_path, text, KIND)


def test_xml_without_declared_records_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="a format that says which elements"):
        read(tmp_path, "<x/>")
    with pytest.raises(UnreadableFileError, match="without a known kind of record; expected one of the elements grant"):
        read(tmp_path, "<x/>", xml_records=(KIND,))
