"""Text labels against symbols: counted by hand, and neither side sees what the other rests on."""

from __future__ import annotations

import json

import pytest

from schemas.branches import load_taxonomy
from schemas.errors import UnreadableFileError
from tests.conftest import real_file
from tests.transforms import small
from transforms.evaluate import wilson_interval
from transforms.silver import Share, read_records, silver

TAXONOMY = small.taxonomy(
    small.branch("TI:alpha AND IC:G06N10", id="top.a", text_core="TI:alpha"),
    small.branch("TI:beta AND IC:G06N10", id="top.b"),
)
IN_A, ELSEWHERE = ["G06N10/20"], ["G06F9/50"]
RECORDS = small.records(
    {"title": "alpha", "cpc_symbols": IN_A},  # a text label that carries
    {"title": "alpha", "cpc_symbols": ELSEWHERE},  # one that does not
    {"title": "other", "ipc_symbols": IN_A},  # a carrier that the text does not find
    {"title": "beta strong", "ipc_symbols": IN_A},  # found by the strong term alone
    {"title": "alpha"},  # no symbols: says nothing here
    {"title": "alpha", "cpc_symbols": ["G06N"]},  # no usable one: neither
    {"title": " ", "abstract": "", "cpc_symbols": IN_A},  # no text: neither
)


def test_agreement_counted_by_hand():
    found = silver(RECORDS, TAXONOMY)
    assert (found.records, found.left_out) == (4, 3)
    a, b = found.branches
    assert (a.branch, b.branch) == ("top.a", "top.b")
    assert a.carriers == b.carriers == Share(3, 4)
    assert (a.labels_carrying, a.carriers_found) == (Share(1, 2), Share(1, 3))
    assert (b.labels_carrying, b.carriers_found) == (Share(0, 0), Share(0, 3))  # no text_core, no strict label
    assert (b.wide_labels_carrying, b.wide_carriers_found) == (Share(1, 1), Share(1, 3))
    told = found.as_dict()["branches"][0]["labels_carrying"]
    assert told == {"hits": 1, "total": 2, "share": 0.5, "interval": wilson_interval(1, 2)}
    assert found.as_dict()["branches"][1]["labels_carrying"]["share"] is None


def test_the_text_never_sees_a_symbol_and_the_symbols_never_a_text():
    """Other symbols leave the labels as they are, and other texts the carriers: so the agreement cannot be a circle."""
    titles = ("alpha", "other", "beta strong", "alpha beta")
    texts = [{"title": title} for title in titles]

    def found(symbols: list[list[str]], rows: list[dict]) -> list[tuple[int, int]]:
        records = small.records(*(row | {"cpc_symbols": each} for row, each in zip(rows, symbols, strict=True)))
        return [
            (each.labels_carrying.total, each.wide_labels_carrying.total) for each in silver(records, TAXONOMY).branches
        ]

    assert found([IN_A] * 4, texts) == found([ELSEWHERE] * 4, texts) == found([ELSEWHERE, IN_A] * 2, texts)
    carriers = [
        [
            each.carriers
            for each in silver(small.records(*({"title": t, "cpc_symbols": s} for t, s in rows)), TAXONOMY).branches
        ]
        for rows in (
            zip(titles, [IN_A, ELSEWHERE] * 2, strict=True),
            zip(reversed(titles), [IN_A, ELSEWHERE] * 2, strict=True),
        )
    ]
    assert carriers[0] == carriers[1]


def test_records_are_read_from_jsonl_and_csv_and_folders(tmp_path):
    lines = [
        {"id": "r1", "title": "a", "abstract": None, "codes": IN_A},
        {"id": "r2", "title": "b", "abstract": "text", "codes": ["X"], "ipc_symbols": ELSEWHERE, "cpc_symbols": []},
    ]
    (tmp_path / "one.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n\n", encoding="utf-8")
    table = "publication_number,title,abstract,cpc_codes\nr1,again,x,G06N1/00\nr3,c,,\"['G06N10/20', 'Y02D10/00']\"\nr4,d,e,\n"
    (tmp_path / "two.csv").write_text(table, encoding="utf-8-sig")
    (tmp_path / "notes.txt").write_text("not a record", encoding="utf-8")
    records = read_records(tmp_path)
    assert records.select("record_id", "title", "abstract", "ipc_symbols", "cpc_symbols").rows() == [
        ("r1", "a", None, IN_A, IN_A),
        ("r2", "b", "text", ELSEWHERE, []),
        ("r3", "c", "", [], ["G06N10/20", "Y02D10/00"]),
        ("r4", "d", "e", [], []),
    ]


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("a.jsonl", "{", "a.jsonl, line 1: no JSON"),
        ("a.jsonl", '{"id": "r", "title": "x"}', "a.jsonl, line 1: no record"),
        ("a.jsonl", '{"title": "x", "codes": []}', "a.jsonl, line 1: no record"),
        ("a.jsonl", '{"id": "r", "title": ["x"], "codes": []}', "is no text"),
        ("a.csv", "number,title,codes\n1,x,\n", "a.csv, line 2: no record"),
    ],
)
def test_a_line_that_is_no_record_is_named(tmp_path, name, text, found):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableFileError, match=found):
        read_records(path)


def test_a_folder_without_records_is_told(tmp_path):
    with pytest.raises(UnreadableFileError, match="no file to read"):
        read_records(tmp_path)


@pytest.mark.nightly
def test_on_real_records_text_labels_carry_the_code_far_more_often_than_chance():
    found = silver(read_records(real_file("gp_faysal_ai/details")), load_taxonomy())
    hits, total = (sum(getattr(each.labels_carrying, name) for each in found.branches) for name in ("hits", "total"))
    chance = sum(each.carriers.hits for each in found.branches) / sum(each.carriers.total for each in found.branches)
    assert total >= 200 and wilson_interval(hits, total)[0] > 5 * chance
