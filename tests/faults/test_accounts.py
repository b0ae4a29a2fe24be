"""Generated dirty files of every medium: rows_in = accepted + set aside + blank, and no number is changed on the way."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import polars as pl
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.errors import PatnavError
from tests.conftest import trials
from transforms.landing import land
from transforms.row_corrections import COLUMNS, checked_row_corrections

HEADER = ("公开(公告)号", "受理局", "标题", "申请号", "申请日", "公开(公告)日", "专利类型")
NUMBER = st.sampled_from(
    ["CN101000001A", "CN 101000002 A", "US-10000000-B2", "ＣＮ１０１００００03A", "2.02E+11", "2.02010123456789E+17", "CN1", "合计", "#N/A",
     "IR90762B-该数据不支持导出", "ZZ1A", "", " "]
)  # fmt: skip
APPLICATION = st.sampled_from(["", "-", "202010123456.7", "CN202010123456.X", "00123456", "2.02E+11", "5", "#REF!"])
DAY = st.sampled_from(
    ["", "2020-01-01", "2020-13-01", "0021-03-05", "21-03-05", "03/05/2021", "44260", "20210305", "x"]
)
TITLE = st.text(st.sampled_from(list("ab字,;\"\n\t5'=|\ufeff\u200b\\")), max_size=8)
TYPE = st.sampled_from(["", "发明申请", "实用新型", "新品种"])
OFFICE = st.sampled_from(["中国", "-", "", "美国", "月球"])
CELLS = st.tuples(NUMBER, OFFICE, TITLE, APPLICATION, DAY, DAY, TYPE)
# Records shortened or with something behind them, and empty ones.
RECORD = st.one_of(CELLS, CELLS.map(lambda cells: cells[:4]), CELLS.map(lambda cells: (*cells, "x")), st.just(()))
RECORDS = st.lists(RECORD, max_size=12)


def accounted(path: Path, **options):
    landing = land(path, "f", path.name, **options)
    aside = set(landing.rejected["row_number"])
    accepted = landing.accepted["row_number"].to_list()
    assert landing.rows_in == len(accepted) + len(aside) + landing.blank
    assert len(set(accepted)) == len(accepted) and not aside & set(accepted)
    return landing


@settings(max_examples=trials(30, 1000), suppress_health_check=[HealthCheck.too_slow])
@given(
    RECORDS,
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
)
def test_dirty_text_is_accounted_for(tmp_path_factory, records, delimiter, line_end, encoding) -> None:
    path = tmp_path_factory.mktemp("text") / "t.csv"
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL).writerows(
        [HEADER, *records]
    )
    path.write_bytes(buffer.getvalue().encode(encoding))
    try:
        landing = accounted(path)
    except (
        PatnavError
    ):  # days that read both ways, or bytes whose encoding cannot be told, refuse the file: with a name
        return
    assert landing.rows_in == len(records)
    written = dict(enumerate(records, start=1))
    for row_number, original in landing.accepted.select("row_number", "publication_number_original").rows():
        assert original == written[row_number][0].strip()
    for row_number, raw in landing.rejected.select("row_number", "raw").rows():
        cells = [cell for cell in written[row_number] if cell]
        assert list(json.loads(raw).values()) == cells


@settings(max_examples=trials(20, 600), suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(st.builds(lambda cells: ",".join(cells), CELLS), TITLE), max_size=10))
def test_lines_that_nobody_quoted_are_accounted_for_or_refused(tmp_path_factory, lines) -> None:
    path = tmp_path_factory.mktemp("bare") / "t.csv"
    path.write_text("\n".join([",".join(HEADER), *lines]), encoding="utf-8", newline="")
    try:
        accounted(path)
    except PatnavError:
        return


@settings(max_examples=trials(10, 360), suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(CELLS, min_size=1, max_size=8), st.data())
def test_repairs_keep_the_account(tmp_path_factory, records, data) -> None:
    """Whatever is repaired, every record is still in one place, and a record that nobody repaired is where it was."""
    path = tmp_path_factory.mktemp("repair") / "t.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *records])
    place = st.tuples(
        st.integers(1, len(records) + 2),
        st.sampled_from([*HEADER, "没有"]),
        st.sampled_from(["CN101000009A", "2020-01-01", "(blank)"]),
    )
    lines = [
        ("0" * 16, str(row), column, value, "", "test", "2024-05-01", "")
        for row, column, value in data.draw(st.lists(place, max_size=4))
    ]
    corrections = checked_row_corrections(
        pl.DataFrame(lines, schema=dict.fromkeys(COLUMNS, pl.String), orient="row"), "test"
    )
    try:
        before, after = accounted(path), accounted(path, corrections=corrections)
    except PatnavError:
        return
    assert (before.rows_in, len(after.corrected)) == (after.rows_in, corrections.height)
    touched = set(corrections["row_number"])
    for one, other in ((before.accepted, after.accepted), (before.rejected, after.rejected)):
        untouched = [frame.filter(pl.col("row_number").is_in(list(touched)).not_()) for frame in (one, other)]
        assert untouched[0].equals(untouched[1])


@settings(max_examples=trials(2, 40), suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(CELLS, max_size=8))
def test_dirty_workbooks_are_accounted_for(tmp_path_factory, records) -> None:
    path = tmp_path_factory.mktemp("book") / "t.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for index, cells in enumerate([HEADER, *records]):
            for column, cell in enumerate(cells):
                sheet.write_string(index, column, cell)
    try:
        landing = accounted(path)
    except PatnavError:
        return
    # A row without any cell at the very end is not in the file at all.
    assert len(records) - 1 <= landing.rows_in <= len(records) or not any(map(any, records))
