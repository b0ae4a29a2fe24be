"""Gold sets are read as they are written, by machine or by hand, and a line that cannot be used is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import xlsxwriter

from schemas.errors import UnreadableFileError
from tests.transforms import small
from transforms.evaluate import evaluate
from transforms.gold import GoldRecord, frame_of, read_gold

TAXONOMY = small.taxonomy(
    small.branch("TI:alpha AND IC:G06N10", id="top.a", zh="甲分支"),
    small.branch("TI:beta AND IC:G06N10", id="top.b", zh="乙分支"),
)


def gold_file(folder: Path, *rows: dict | str) -> Path:
    path = folder / "gold.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def record(record_id: str, title: str, core: list[str] | None, **changes) -> dict:
    return {"id": record_id, "title": title, "abstract": "", "codes": ["G06N10/20"], "core": core} | changes


def workbook(folder: Path, *rows: tuple, header=("id", "title", "abstract", "core", "disputed", "codes")) -> Path:
    path = folder / "gold.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("标注 label")
        sheet.write_string(0, 0, "如何填写 how to fill this in")
        for at, row in enumerate((header, *rows), start=1):
            sheet.write_row(at, 0, row)
    return path


def test_a_table_filled_in_by_hand(tmp_path):
    path = workbook(
        tmp_path,
        ("r1", "alpha", "text", "甲分支；top.b", "", "G06N10/20; G06F9/50"),
        ("r2", "beta", "", "-", "乙分支", ""),
        ("r3", "beta", "", " 无 ", None, ""),
        ("r4", "not decided", "", "", "", ""),
    )
    gold = read_gold(path, TAXONOMY)
    assert gold.unlabelled == 1
    both = ("G06N10/20", "G06F9/50")
    assert gold.records == (
        GoldRecord("r1", "alpha", "text", None, both, both, frozenset({"top.a", "top.b"}), frozenset()),
        GoldRecord("r2", "beta", None, None, (), (), frozenset(), frozenset({"top.b"})),
        GoldRecord("r3", "beta", None, None, (), (), frozenset(), frozenset()),
    )


def test_symbols_and_claims_known_apart_stay_apart(tmp_path):
    row = record(
        "r1", "alpha", [], codes=["X"], ipc_symbols=["G06N10/20"], cpc_symbols=["G06F9/50"], claims="1. A thing."
    )
    found = read_gold(gold_file(tmp_path, row), TAXONOMY).records
    assert (found[0].ipc_symbols, found[0].cpc_symbols, found[0].claims) == (
        ("G06N10/20",),
        ("G06F9/50",),
        "1. A thing.",
    )
    header = ("id", "title", "core", "ipc_symbols", "cpc_symbols", "claims")
    line = ("r1", "alpha", "-", "G06N10/20", "G06F9/50", "1. A thing.")
    in_table = read_gold(workbook(tmp_path, line, header=header), TAXONOMY).records
    assert frame_of(in_table).drop("abstract").equals(frame_of(found).drop("abstract"))


def test_records_on_which_nobody_has_decided_do_not_count(tmp_path):
    path = gold_file(
        tmp_path, record("r1", "alpha", ["top.a"]), record("r2", "alpha", None), record("r2", "beta", None)
    )
    evaluation = evaluate(path, TAXONOMY)
    assert (evaluation.records, evaluation.unlabelled, evaluation.micro.fp) == (1, 2, 0)


def test_a_file_without_any_label_is_told(tmp_path):
    with pytest.raises(UnreadableFileError, match="2 records, none of them labelled"):
        read_gold(gold_file(tmp_path, record("r1", "alpha", None), record("r2", "beta", None)), TAXONOMY)
    with pytest.raises(UnreadableFileError, match="no record"):
        read_gold(gold_file(tmp_path), TAXONOMY)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("{", "no JSON"),
        ("[]", "no object with an id"),
        ('{"title": "x"}', "no object with an id"),
        ('{"id": "r", "title": 3, "codes": [], "core": []}', "title is no text"),
        ('{"id": "r", "title": "x", "core": []}', "codes is missing"),
        ('{"id": "r", "title": "x", "codes": [], "core": "top.a"}', "core is missing or no list"),
        ('{"id": "r", "title": "x", "codes": [], "core": ["top.z"]}', "unknown branch top.z"),
        ('{"id": "r", "title": "x", "codes": [], "core": [], "disputed": [1]}', "disputed is missing or no list"),
    ],
)
def test_an_unreadable_line_is_named_by_its_number(tmp_path, line, found):
    path = gold_file(tmp_path, record("r1", "alpha", []), line)
    with pytest.raises(UnreadableFileError, match="gold.jsonl, line 2") as caught:
        read_gold(path, TAXONOMY)
    assert found in caught.value.found


def test_a_record_that_stands_twice_is_an_error(tmp_path):
    with pytest.raises(UnreadableFileError, match="'r1' stands 2 times"):
        read_gold(gold_file(tmp_path, record("r1", "a", []), record("r1", "b", [])), TAXONOMY)


def test_a_row_of_a_table_is_named_too(tmp_path):
    path = workbook(tmp_path, ("r1", "a", "", "-", "", ""), ("r2", "b", "", "甲分枝", "", ""))
    with pytest.raises(UnreadableFileError, match="gold.xlsx, record 2: unknown branch 甲分枝"):
        read_gold(path, TAXONOMY)


def test_a_table_without_its_columns_is_told(tmp_path):
    path = tmp_path / "gold.csv"
    path.write_text("number,title\n1,a\n", encoding="utf-8")
    with pytest.raises(UnreadableFileError, match="no known header"):
        read_gold(path, TAXONOMY)
    path.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(UnreadableFileError, match="gold.jsonl"):
        read_gold(path.rename(tmp_path / "gold.jsonl"), TAXONOMY)
