"""A sample to label: drawn by seed over branches and levels, blind, and read back by the evaluation when it is filled in."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl
import pytest

from flows.gold_sample import _allotted, write_gold_sample
from flows.progress import Progress
from flows.refresh import refresh
from flows.workspace import create
from schemas.branches import load_taxonomy
from schemas.errors import WorkspaceError
from tests.conftest import WORLD
from transforms.evaluate import evaluate
from warehouse.record import Drawn, drawn_by_lot

TAXONOMY = load_taxonomy()


@pytest.fixture(scope="module")
def database(tmp_path_factory) -> Path:
    workspace = create(tmp_path_factory.mktemp("gold") / "w")
    for file in (WORLD / "inbox").iterdir():
        (workspace.inbox / file.name).write_bytes(file.read_bytes())
    google = (WORLD / "inbox" / "google.csv").read_text(encoding="utf-8")
    hostile = google.replace("US-2021000201-A1", "US-2021000299-A1").replace("Edge node reporting", "=1+1 edge server")
    (workspace.inbox / "hostile.csv").write_text(hostile, encoding="utf-8")
    refresh(workspace, Progress(quiet=True))
    return workspace.database


def sampled(database: Path, folder: Path, number: int = 5, seed: int = 1):
    folder.mkdir()
    return write_gold_sample(database, folder / "gold.xlsx", TAXONOMY, number, seed)


def test_the_same_seed_draws_the_same_and_another_one_another(database: Path, tmp_path: Path) -> None:
    first, same, other = (
        sampled(database, tmp_path / name, number=1, seed=seed) for name, seed in (("a", 1), ("b", 1), ("c", 5))
    )
    assert [path.name for path in first.files] == ["gold.xlsx", "gold.jsonl", "gold.strata.csv"]
    assert first.files[1].read_bytes() == same.files[1].read_bytes()
    assert first.files[2].read_bytes() == same.files[2].read_bytes()
    assert first.files[1].read_bytes() != other.files[1].read_bytes()


def test_every_branch_level_and_the_unlabelled_are_drawn_from(database: Path, tmp_path: Path) -> None:
    sample = sampled(database, tmp_path / "all", number=50)
    with sample.files[2].open(encoding="utf-8-sig", newline="") as file:
        strata = list(csv.DictReader(file))
    drawn = {(row["branch"], row["level"]) for row in strata}
    assert drawn == {(each.branch or "", each.level or "") for each in drawn_by_lot(database, 50, 1)}
    assert {("quantum.circuit", "core"), ("cim.device", "related"), ("cloud.edge", "candidate"), ("", "")} <= drawn
    assert "CN301000005S" not in {row["id"] for row in strata}  # a design
    assert sample.unlabelled == sum(row["branch"] == "" for row in strata) > 0
    assert "chip.gpu" in sample.short


def stratum(level: str | None, size: int) -> list[Drawn]:
    return [Drawn("b", level, f"{level}{at}", size) for at in range(size)]


@pytest.mark.parametrize(
    ("sizes", "wanted", "taken"),
    [
        ({"core": 30, "related": 30, "candidate": 30}, 20, {"core": 10, "related": 5, "candidate": 5}),
        ({"core": 30, "related": 2, "candidate": 0}, 20, {"core": 18, "related": 2, "candidate": 0}),
        ({"core": 3, "related": 30, "candidate": 30}, 20, {"core": 3, "related": 12, "candidate": 5}),
        ({"core": 30, "related": 30, "candidate": 30}, 1, {"core": 1, "related": 0, "candidate": 0}),
        ({"core": 2, "related": 1}, 20, {"core": 2, "related": 1}),
        ({None: 30}, 20, {None: 20}),
    ],
)
def test_a_branch_is_shared_out_over_its_levels(sizes, wanted, taken) -> None:
    found = _allotted({level: stratum(level, size) for level, size in sizes.items()}, wanted)
    assert {level: sum(each.level == level for each in found) for level in sizes} == taken


def test_the_labeller_sees_texts_alone(database: Path, tmp_path: Path) -> None:
    sample = sampled(database, tmp_path / "blind", number=50)
    sheet = openpyxl.load_workbook(sample.files[0]).worksheets[0]
    header = [cell.value for cell in sheet[2]]
    hidden = {header[at] for at, letter in enumerate("ABCDEFGHI") if sheet.column_dimensions[letter].hidden}
    # openpyxl keeps neighbouring columns of one look as one group under the first letter.
    assert hidden >= {"ipc_symbols"} and not hidden & {"id", "title", "abstract", "core"}
    cells = [cell for row in sheet.iter_rows(min_row=3) for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink]
    assert any(str(cell.value).startswith("=1+1") for cell in cells)
    shown = {str(cell.value) for cell in cells}
    assert not shown & {"core", "related", "candidate", *(branch.id for branch in TAXONOMY.branches)}


def test_the_filled_in_files_are_accepted_by_the_evaluation(database: Path, tmp_path: Path) -> None:
    sample = sampled(database, tmp_path / "fill", number=50)
    truth = {"CN101000001A": "quantum.circuit", "CN101000003A": "云原生; cloud.virtualization", "CN101000007A": "-"}
    book = openpyxl.load_workbook(sample.files[0])
    sheet = book.worksheets[0]
    column = [cell.value for cell in sheet[2]].index("core")
    for row in sheet.iter_rows(min_row=3):
        row[column].value = truth.get(row[0].value)
    filled = tmp_path / "filled.xlsx"
    book.save(filled)
    by_hand = evaluate(filled, TAXONOMY)
    assert (by_hand.records, by_hand.unlabelled) == (3, sample.records - 3)
    assert (by_hand.micro.tp, by_hand.micro.fp, by_hand.micro.fn) == (2, 0, 1)

    ids = {"云原生; cloud.virtualization": ["cloud.native", "cloud.virtualization"], "-": []}
    rows = [json.loads(line) for line in sample.files[1].read_text(encoding="utf-8").splitlines()]
    for row in rows:
        if label := truth.get(row["id"]):
            row["core"] = ids.get(label, [label])
    lines = tmp_path / "filled.jsonl"
    lines.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert evaluate(lines, TAXONOMY) == by_hand


def test_labels_are_never_written_over(database: Path, tmp_path: Path) -> None:
    sampled(database, tmp_path / "once")
    for name in ("gold", "gold.jsonl", "gold.xlsx"):
        with pytest.raises(WorkspaceError, match="there already"):
            write_gold_sample(database, tmp_path / "once" / name, TAXONOMY, 5, 1)
