"""The review loop: doubtful labels out, decisions in, the rules overruled at every refresh and the agreement kept."""

from __future__ import annotations

import csv
import errno
from pathlib import Path

import openpyxl
import pytest

from flows import form
from flows.form import write_form
from flows.progress import Progress
from flows.refresh import NOTHING_NEW, PUBLISHED, refresh
from flows.review import TO_FILL_IN, export_doubtful, import_decisions
from schemas.branches import load_taxonomy
from schemas.errors import ReferenceTableError, WorkspaceError
from warehouse.question import ask

QUIET = Progress(quiet=True)
HEADER = "publication_number,branch,decision,reviewer,decision_date,reason\n"


def answer(workspace, sql: str) -> list[tuple]:
    return ask(workspace.database, sql).rows


def decide(workspace, *lines: str) -> None:
    (workspace.reference / "decision.csv").write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")


def labels(workspace, application: str) -> list[tuple]:
    return answer(
        workspace,
        f"SELECT branch, level, is_primary FROM core.application_branch WHERE application_id = '{application}' ORDER BY branch",
    )


def test_doubtful_labels_are_exported_with_their_evidence(world_workspace, tmp_path: Path) -> None:
    refresh(world_workspace, QUIET)
    path = tmp_path / "doubt.csv"
    written = export_doubtful(world_workspace.database, path, rows=50)
    with path.open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    assert len(found) == written
    assert {(row["publication_number"], row["branch"], row["doubt"]) for row in found} >= {
        ("CN101000003A", "cloud.virtualization", "near_miss"),
        ("US20210000201A1", "cloud.edge", "no_codes"),
    }
    assert all(row[name] == "" for row in found for name in TO_FILL_IN)
    assert any("Edge node" in row["evidence"] for row in found)


def test_the_workbook_holds_no_formula_whatever_a_title_says(world_workspace, tmp_path: Path) -> None:
    google = world_workspace.inbox / "google.csv"
    text = google.read_text(encoding="utf-8").replace(
        "Edge node reporting", '=HYPERLINK(""https://example.org"") edge server'
    )
    google.write_text(
        text.replace('=HYPERLINK(""https://example.org"") edge server ', '"=HYPERLINK(1) edge server"'),
        encoding="utf-8",
    )
    refresh(world_workspace, QUIET)
    path = tmp_path / "doubt.xlsx"
    export_doubtful(world_workspace.database, path, rows=50)
    sheet = openpyxl.load_workbook(path).worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert any(str(cell.value).startswith("=HYPERLINK") for cell in cells)
    assert not [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink]


def test_a_decision_overrules_and_survives_every_refresh(world_workspace) -> None:
    refresh(world_workspace, QUIET)
    assert labels(world_workspace, "CN202010000003") == [
        ("cloud.native", "core", True),
        ("cloud.virtualization", "related", False),
    ]
    decide(
        world_workspace,
        "CN 101000003 A,cloud.native,none,审查员甲,2024-05-01,示例",
        "US20210000201A1,cloud.edge,core,审查员甲,2024-05-01,示例",
    )
    assert refresh(world_workspace, QUIET).outcome == PUBLISHED
    assert labels(world_workspace, "CN202010000003") == [("cloud.virtualization", "related", True)]
    assert labels(world_workspace, "US20210000201A1") == [("cloud.edge", "core", True)]
    evidence = "SELECT evidence[1].kind, evidence[1].value FROM core.application_branch WHERE application_id = 'US20210000201A1'"
    assert answer(world_workspace, evidence) == [("decision", "core by 审查员甲 on 2024-05-01")]
    agreement = "SELECT publication_number, decision, rule_level FROM core.review_decision ORDER BY 1"
    assert answer(world_workspace, agreement) == [
        ("CN101000003A", "none", "core"),
        ("US20210000201A1", "core", "candidate"),
    ]
    assert refresh(world_workspace, QUIET).outcome == NOTHING_NEW


def test_the_latest_decision_counts_and_one_on_an_absent_document_waits(world_workspace) -> None:
    decide(
        world_workspace,
        "CN101000001A,quantum.circuit,none,甲,2024-05-02,",
        "CN101000001B,quantum.circuit,related,乙,2024-05-03,",
        "CN199999999A,quantum.circuit,core,甲,2024-05-01,",
    )
    refresh(world_workspace, QUIET)
    assert labels(world_workspace, "CN201910000001") == [("quantum.circuit", "related", True)]
    waiting = "SELECT publication_number FROM core.review_decision WHERE application_id IS NULL"
    assert answer(world_workspace, waiting) == [("CN199999999A",)]


def test_filled_in_decisions_come_back_from_a_workbook(world_workspace, tmp_path: Path) -> None:
    refresh(world_workspace, QUIET)
    path = tmp_path / "doubt.xlsx"
    export_doubtful(world_workspace.database, path, rows=50)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    header = [cell.value for cell in sheet[1]]
    line = next(
        row for row in sheet.iter_rows(min_row=2) if row[header.index("branch")].value == "cloud.virtualization"
    )
    for name, value in zip(TO_FILL_IN, ("none", "审查员乙", "2024-06-01", "=1+1"), strict=True):
        line[header.index(name)].value = value
        line[header.index(name)].data_type = "s"
    book.save(path)
    assert import_decisions(path, world_workspace.reference, load_taxonomy()) == 1
    refresh(world_workspace, QUIET)
    assert labels(world_workspace, "CN202010000003") == [("cloud.native", "core", True)]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("xyz,quantum.circuit,core,甲,2024-05-01,", "line 2: publication_number 'xyz'"),
        ("CN101000001A,quantum.ciruit,core,甲,2024-05-01,", "line 2: branch 'quantum.ciruit'"),
        ("CN101000001A,quantum.circuit,maybe,甲,2024-05-01,", "line 2: decision 'maybe'"),
        ("CN101000001A,quantum.circuit,core,,2024-05-01,", "line 2: reviewer None"),
        ("CN101000001A,quantum.circuit,core,甲,May 1,", "line 2: decision_date 'May 1'"),
    ],
)
def test_a_decision_that_cannot_be_used_is_named_by_its_line(world_workspace, line: str, found: str) -> None:
    decide(world_workspace, line)
    with pytest.raises(ReferenceTableError, match=found):
        refresh(world_workspace, QUIET)


def test_an_import_adds_all_or_nothing(tmp_path: Path) -> None:
    filled = tmp_path / "filled.csv"
    filled.write_text(
        HEADER + "CN101000001A,quantum.circuit,core,甲,2024-05-01,\nCN101000001A,x,core,甲,2024-05-01,\n",
        encoding="utf-8",
    )
    with pytest.raises(ReferenceTableError, match="line 3"):
        import_decisions(filled, tmp_path, load_taxonomy())
    assert not (tmp_path / "decision.csv").exists()


def test_only_two_kinds_of_file_are_written(world_workspace, tmp_path: Path) -> None:
    refresh(world_workspace, QUIET)
    with pytest.raises(WorkspaceError, match=".xlsx or .csv"):
        export_doubtful(world_workspace.database, tmp_path / "doubt.pdf", rows=5)


@pytest.mark.parametrize("name", ("doubt.csv", "doubt.xlsx"))
def test_a_form_that_an_expert_has_filled_in_is_not_written_over(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write_form(path, "sheet", ("id", "decision"), [("CN101000001A", None)], {})
    path.write_bytes(filled := path.read_bytes() + b"core")
    with pytest.raises(WorkspaceError, match="already.*name another"):
        write_form(path, "sheet", ("id", "decision"), [("CN101000001A", None)], {})
    assert path.read_bytes() == filled and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ("doubt.csv", "doubt.xlsx"))
def test_a_form_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def broken_off(target: Path, *_: object, **__: object) -> None:
        target.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(form, "_write_workbook", broken_off)
    monkeypatch.setattr(Path, "write_text", broken_off)
    with pytest.raises(OSError, match="No space left"):
        write_form(tmp_path / name, "sheet", ("id",), [("CN101000001A",)], {})
    assert list(tmp_path.iterdir()) == []
