"""The quarantine as a person works with it: look, export, repair, replay, refresh."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from flows.progress import Progress
from flows.quarantine import (
    COMES_IN,
    FORM,
    NOT_FOUND,
    SET_ASIDE,
    export_quarantine,
    import_repairs,
    listed,
    of_file,
    quarantine,
    replay,
    shown,
)
from flows.refresh import refresh
from flows.terminal import DONE, PARTIAL
from flows.workspace import create
from schemas.errors import ReferenceTableError, WorkspaceError
from tests.flows.test_cli import patnav
from transforms.row_corrections import FILE
from warehouse.question import ask

QUIET = Progress(quiet=True)
SIGNED = {"reviewer": "test", "decision_date": "2024-05-01", "reason": "按公布文本 as published"}


def form_of(workspace, target: Path) -> list[dict]:
    export_quarantine(quarantine(workspace), target)
    with target.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def fill_in(target: Path, lines: list[dict], repairs: dict[tuple[str, str], str]) -> Path:
    for line in lines:
        value = repairs.get((line["row_number"], line["column_header"]))
        line.update(SIGNED | {"field_value": value} if value else {})
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, FORM)
        writer.writeheader()
        writer.writerows(lines)
    return target


def test_a_repaired_record_comes_in_at_the_next_refresh_and_is_logged(world_workspace, tmp_path: Path) -> None:
    refresh(world_workspace, QUIET)
    lines = form_of(world_workspace, tmp_path / "set aside.csv")
    assert {(line["path"], line["row_number"]) for line in lines} == {
        ("patsnap.csv", str(n)) for n in (10, 11, 12, 13, 14, 16)
    }
    repairs = {("11", "公开(公告)号"): "CN101000099A", ("12", "申请日"): "2021-12-04", ("13", "专利类型"): "新新品种"}
    filled = fill_in(tmp_path / "filled in.csv", lines, repairs)
    assert import_repairs(filled, world_workspace.reference) == 3
    assert [row[5] for row in replay(world_workspace)] == [COMES_IN, COMES_IN, SET_ASIDE]
    assert ask(
        world_workspace.database, "SELECT quarantined FROM meta.source_file WHERE path = 'patsnap.csv'"
    ).rows == [(6,)]

    report = refresh(world_workspace, QUIET)
    assert report.outcome == "published"
    counts = "SELECT rows_in, loaded, duplicate, quarantined, blank FROM meta.source_file WHERE path = 'patsnap.csv'"
    assert ask(world_workspace.database, counts).rows == [(16, 11, 0, 4, 1)]
    loaded = (
        "SELECT publication_number FROM core.publication WHERE publication_number IN ('CN101000099A', 'CN101000010A')"
    )
    assert len(ask(world_workspace.database, loaded).rows) == 2
    log = "SELECT row_number, column_header, value_before, field_value, reviewer, is_applied FROM meta.row_correction ORDER BY 1"
    assert ask(world_workspace.database, log).rows == [
        (11, "公开(公告)号", "2.02E+11", "CN101000099A", "test", True),
        (12, "申请日", "2021-13-45", "2021-12-04", "test", True),
        (13, "专利类型", "新品种", "新新品种", "test", True),
    ]


def test_a_repair_that_finds_nothing_is_a_warning(world_workspace) -> None:
    (world_workspace.reference / FILE).write_text(
        "corrected_file,row_number,column_header,field_value,value_before,reviewer,decision_date,reason\n"
        "gone.csv,3,标题,一,,test,2024-05-01,\n",
        encoding="utf-8",
    )
    assert [row[5] for row in replay(world_workspace)] == [NOT_FOUND]
    refresh(world_workspace, QUIET)
    assert ask(world_workspace.database, "SELECT source_file_id, is_applied FROM meta.row_correction").rows == [
        (None, False)
    ]
    check = "SELECT is_passed FROM meta.\"check\" WHERE check_id = 'row_correction_finds_its_cell'"
    assert ask(world_workspace.database, check).rows == [(False,)]


def test_a_form_that_cannot_be_used_adds_nothing(world_workspace, tmp_path: Path) -> None:
    lines = form_of(world_workspace, tmp_path / "f.csv")
    lines[0] |= {"field_value": "CN101000099A"}
    filled = fill_in(tmp_path / "unsigned.csv", lines, {})
    with pytest.raises(ReferenceTableError, match="decision_date|reviewer"):
        import_repairs(filled, world_workspace.reference)
    assert not (world_workspace.reference / FILE).exists()


EVIL = ('=HYPERLINK("http://example.invalid")', "+1+cmd", "-1+cmd", "@SUM(1)", "＝1+1", "\t=1")


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_nothing_in_an_exported_form_can_run(tmp_path: Path, ending: str) -> None:
    workspace = create(tmp_path / "w")
    with (workspace.inbox / "evil.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("公开(公告)号", "受理局", "标题"))
        writer.writerows((value, "中国", value) for value in EVIL)
    target = tmp_path / f"form.{ending}"
    assert export_quarantine(quarantine(workspace), target) == len(EVIL)
    if ending == "csv":
        assert target.read_bytes().startswith(b"\xef\xbb\xbf")
        with target.open(encoding="utf-8-sig", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert not [cell for cell in cells if cell.startswith(tuple("=+-@＝\t"))]
    else:
        sheet = openpyxl.load_workbook(target).active
        cells = [cell for row in sheet.iter_rows() for cell in row]
        assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]
    # What the form quotes comes back without the quote.
    with xlsxwriter.Workbook(tmp_path / "filled.xlsx") as book:
        sheet = book.add_worksheet()
        for column, (name, value) in enumerate(
            {"corrected_file": "evil.csv", "row_number": "4", "column_header": "公开(公告)号", "field_value": "'=x",
             "value_before": "'@SUM(1)"}.items() | SIGNED.items()
        ):  # fmt: skip
            sheet.write_string(0, column, name)
            sheet.write_string(1, column, value)
    import_repairs(tmp_path / "filled.xlsx", workspace.reference)
    assert [row[3:6] for row in replay(workspace)] == [("=x", "@SUM(1)", SET_ASIDE)]


def test_records_of_every_table_of_a_workbook_can_be_repaired(tmp_path: Path) -> None:
    workspace = create(tmp_path / "w")
    with xlsxwriter.Workbook(workspace.inbox / "two.xlsx") as book:
        for name, header in (
            ("一", ("公开(公告)号", "受理局", "标题")),
            ("二", ("公开(公告)号", "受理局", "标题", "备注")),
        ):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, header)
            sheet.write_row(1, 0, (f"CN10100000{len(header)}A", "中国", "题"))
            sheet.write_row(2, 0, ("2.02E+11", "中国", name))
    lines = form_of(workspace, tmp_path / "f.csv")
    first, second = (line["corrected_file"] for line in lines)
    assert second == f"{first}.2" and [line["path"] for line in lines] == ["two.xlsx!一", "two.xlsx!二"]
    lines[1] |= SIGNED | {"field_value": "CN101000008A"}
    import_repairs(fill_in(tmp_path / "g.csv", lines, {}), workspace.reference)
    refresh(workspace, QUIET)
    loaded = ask(workspace.database, "SELECT publication_number, title FROM core.publication ORDER BY 1").rows
    assert loaded == [("CN101000003A", "题"), ("CN101000004A", "题"), ("CN101000008A", "二")]


def test_the_quarantine_is_there_where_nothing_could_be_published(tmp_path: Path) -> None:
    workspace = create(tmp_path / "w")
    (workspace.inbox / "bad.csv").write_text("公开(公告)号,受理局,标题\n2.02E+11,中国,题\n", encoding="utf-8")
    found = quarantine(workspace)
    assert [row[4:6] for row in listed(found)] == [("number_mangled_by_spreadsheet", 1)]
    record = shown(found, "bad.csv", 1)
    assert record.cells == (("公开(公告)号", "2.02E+11"), ("受理局", "中国"), ("标题", "题"))
    with pytest.raises(WorkspaceError, match="record 2 is not set aside"):
        shown(found, "bad.csv", 2)
    with pytest.raises(WorkspaceError, match="no file of the inbox"):
        of_file(found, "other.csv")


def test_a_form_names_the_fields_that_a_record_lacks_or_has_too_many(tmp_path: Path) -> None:
    workspace = create(tmp_path / "w")
    rows = ("CN101000001A,中国", "CN101000002A,中国,一,二")
    (workspace.inbox / "ragged.csv").write_text("\n".join(["公开(公告)号,受理局,标题", *rows, ""]), encoding="utf-8")
    lines = form_of(workspace, tmp_path / "f.csv")
    assert [(line["row_number"], line["column_header"], line["value_before"]) for line in lines] == [
        ("1", "标题", ""),
        ("2", "公开(公告)号", "CN101000002A"),
        ("2", "受理局", "中国"),
        ("2", "标题", "一"),
        ("2", "column 4", "二"),
    ]
    repairs = {("1", "标题"): "题", ("2", "标题"): "一、二", ("2", "column 4"): "(blank)"}
    import_repairs(fill_in(tmp_path / "g.csv", lines, repairs), workspace.reference)
    assert {row[5] for row in replay(workspace)} == {COMES_IN}


def test_the_verbs(world_workspace, tmp_path: Path) -> None:
    root = world_workspace.root
    told = patnav("quarantine", "list", "-w", root, "-f", "json")
    assert told.returncode == DONE, told.stderr
    assert {row["rule"] for row in json.loads(told.stdout)} >= {
        "number_mangled_by_spreadsheet",
        "filing_date_unreadable",
    }
    told = patnav("quarantine", "show", "patsnap.csv", "11", "-w", root)
    assert "2.02E+11" in told.stdout and "公开(公告)号" in told.stdout
    assert patnav("quarantine", "export", tmp_path / "f.xlsx", "-w", root).returncode == DONE
    lines = form_of(world_workspace, tmp_path / "f.csv")
    filled = fill_in(tmp_path / "g.csv", lines, {("11", "公开(公告)号"): "CN101000099A"})
    done = patnav("quarantine", "replay", filled, "-w", root)
    assert done.returncode == DONE and "可载入 comes in" in done.stdout, done.stderr
    shutil.copy(filled, tmp_path / "again.csv")
    lines = [line | {"field_value": "nothing"} for line in lines if line["row_number"] == "11"]
    assert patnav("quarantine", "replay", fill_in(tmp_path / "h.csv", lines, {}), "-w", root).returncode == PARTIAL


def dirty_file(workspace, name: str, good: int, bad: int) -> None:
    rows = [f"CN1077{number:05}A,中国,题" for number in range(good)] + ["2.02E+11,中国,题"] * bad
    (workspace.inbox / name).write_text("\n".join(["公开(公告)号,受理局,标题", *rows, ""]), encoding="utf-8")


STATUS = "SELECT path, status, rows_in, loaded, quarantined FROM meta.source_file ORDER BY path"


def test_a_file_over_the_limit_fails_and_the_run_does_not(world_workspace) -> None:
    dirty_file(world_workspace, "bad.csv", good=188, bad=12)  # 6 %
    dirty_file(world_workspace, "fair.csv", good=228, bad=12)  # exactly 5 %
    report = refresh(world_workspace, QUIET)
    assert report.outcome == "published" and report.is_partial
    bad, fair, *_ = ask(world_workspace.database, STATUS).rows
    assert bad == ("bad.csv", "over_quarantine_limit", 0, 0, 0)
    assert fair == ("fair.csv", "landed", 240, 228, 12)
    reason = ask(world_workspace.database, "SELECT reason FROM meta.source_file WHERE path = 'bad.csv'").rows[0][0]
    assert "12 of 200 records (6.0%)" in reason and "number_mangled_by_spreadsheet 12" in reason
    assert [row[5] for row in listed(of_file(quarantine(world_workspace), "bad.csv"))] == [12]


def test_repairs_or_a_higher_limit_bring_the_file_in(world_workspace, tmp_path: Path) -> None:
    dirty_file(world_workspace, "bad.csv", good=188, bad=12)
    lines = form_of(world_workspace, tmp_path / "f.csv")
    repairs = {(str(number), "公开(公告)号"): f"CN1020{number:05}A" for number in range(189, 191)}
    import_repairs(fill_in(tmp_path / "g.csv", lines, repairs), world_workspace.reference)
    refresh(world_workspace, QUIET)
    assert ask(world_workspace.database, STATUS).rows[0] == ("bad.csv", "landed", 200, 190, 10)  # 5 %
    settings = world_workspace.settings_file
    settings.write_text(
        settings.read_text("utf-8").replace("quarantine_limit = 0.05", "quarantine_limit = 0.02"), "utf-8"
    )
    refresh(world_workspace, QUIET)
    assert ask(world_workspace.database, STATUS).rows[0][1] == "over_quarantine_limit"
    assert {row[5] for row in replay(world_workspace)} == {COMES_IN}


@pytest.mark.parametrize("stated", ["1.5", "-1", "'5 %'", "true"])
def test_a_limit_that_is_no_share_is_named(world_workspace, stated: str) -> None:
    settings = world_workspace.settings_file
    settings.write_text(
        settings.read_text("utf-8").replace("quarantine_limit = 0.05", f"quarantine_limit = {stated}"), "utf-8"
    )
    with pytest.raises(WorkspaceError, match="quarantine_limit"):
        quarantine(world_workspace)
