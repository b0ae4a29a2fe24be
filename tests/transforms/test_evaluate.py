import json
import os
from pathlib import Path

import pytest

from schemas.branches import load_taxonomy
from schemas.errors import UnreadableFileError
from tests.transforms import small
from transforms.evaluate import Score, evaluate, wilson_interval

REAL_DATA = Path(os.environ.get("PATNAV_REAL_DATA", Path(__file__).parents[3] / "shared" / "data"))
TAXONOMY = small.taxonomy(
    small.branch("TI:alpha AND IC:G06N10", id="top.a"),
    small.branch("TI:beta AND IC:G06N10", id="top.b"),
)


def gold_file(folder: Path, *rows: dict | str) -> Path:
    path = folder / "gold.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def record(record_id: str, title: str, core: list[str], **changes) -> dict:
    row = {"id": record_id, "title": title, "abstract": "", "codes": ["G06N10/20"], "core": core, "disputed": []}
    return row | changes


def test_scores_and_errors_of_a_file_counted_by_hand(tmp_path):
    path = gold_file(
        tmp_path,
        record("r1", "alpha", ["top.a"]),
        record("r2", "alpha beta", ["top.a"]),  # top.b is one too many
        record("r3", "nothing", ["top.b"]),  # missed
        record("r4", "beta", [], disputed=["top.b"]),  # counts neither way
        record("r5", "nothing", [], disputed=["top.a"]),
        "",
        record("r6", "alpha strong", ["top.a"], codes=[]),  # a candidate is not core
    )
    evaluation = evaluate(path, TAXONOMY)
    result = evaluation.as_dict()
    assert result["records"] == 6
    assert {key: result["micro"][key] for key in ("tp", "fp", "fn", "support")} == {
        "tp": 2,
        "fp": 1,
        "fn": 2,
        "support": 4,
    }
    assert result["micro"]["precision"] == pytest.approx(2 / 3)
    assert result["micro"]["recall"] == pytest.approx(1 / 2)
    assert result["micro"]["f1"] == pytest.approx(4 / 7)
    assert result["branches"]["top.a"]["f1"] == pytest.approx(4 / 5)
    assert result["branches"]["top.b"] == {
        "precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 1, "tp": 0, "fp": 1, "fn": 1,
        "precision_interval": wilson_interval(0, 1), "recall_interval": wilson_interval(0, 1),
    }  # fmt: skip
    assert result["micro_with_candidates"]["tp"] == 3
    assert [(error.record_id, error.branch, error.kind, error.level) for error in evaluation.errors] == [
        ("r2", "top.b", "false positive", "core"),
        ("r3", "top.b", "false negative", None),
        ("r6", "top.a", "false negative", "candidate"),
    ]


def test_ratios_of_nothing_are_zero():
    assert (Score(0, 0, 0).precision, Score(0, 0, 0).recall, Score(0, 0, 0).f1) == (0.0, 0.0, 0.0)


def test_wilson_intervals_as_published():
    assert wilson_interval(0, 0) == (0.0, 1.0)
    low, high = wilson_interval(113, 135)  # 0.77 to 0.89
    assert (round(low, 2), round(high, 2)) == (0.77, 0.89)


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
        evaluate(path, TAXONOMY)
    assert found in caught.value.found


def test_a_record_that_stands_twice_is_an_error(tmp_path):
    with pytest.raises(UnreadableFileError, match="'r1' stands 2 times"):
        evaluate(gold_file(tmp_path, record("r1", "a", []), record("r1", "b", [])), TAXONOMY)


@pytest.mark.parametrize(("name", "at_least"), [("gold_dev", 0.69), ("gold_zh_dev", 0.38)])
def test_the_shipped_rules_do_not_fall_behind_the_draft(name, at_least):
    path = REAL_DATA.parent / "taxonomy" / f"{name}.jsonl"
    if not path.is_file():
        pytest.skip(f"no {path.name} (PATNAV_REAL_DATA names the data folder beside it)")
    assert evaluate(path, load_taxonomy()).micro.f1 >= at_least
