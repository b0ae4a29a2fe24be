"""`patnav quarantine`: what was set aside and why, out to be repaired, back in."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from flows.terminal import HERE, PARTIAL, Format, JsonOption, Panel, WorkspaceOption, opened, print_answer, print_json

PANEL = Panel.ROUTE
app = typer.Typer(
    help="隔离：查看被隔离的记录及原因，导出修补，重新读入。Quarantine: what was set aside and why, out to be repaired, back in.",
    no_args_is_help=True,
)
OUTCOMES = {
    "comes_in": "可载入 comes in",
    "set_aside": "仍隔离 still set aside",
    "not_found": "未找到 not found",
}


@app.command("list")
def quarantine_list(
    workspace: WorkspaceOption = HERE,
    output: Annotated[Format, typer.Option("--format", "-f", help="输出格式 output format")] = Format.table,
) -> None:
    """按文件与规则列出被隔离的记录数。Records set aside, per file and rule."""
    from flows.quarantine import LISTED, listed, quarantine

    rows = listed(quarantine(opened(workspace)))
    if rows or output is not Format.table:
        print_answer(LISTED, rows, output)
    else:
        print("无隔离记录 nothing is set aside")


@app.command("show")
def quarantine_show(
    file: Annotated[str, typer.Argument(help="文件标识或收件夹内路径 the file's key or its path in the inbox")],
    row: Annotated[int, typer.Argument(help="记录序号 the number of the record", min=1)],
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """一条记录的原始单元格与隔离原因。One record as its file has it, and why it was set aside."""
    from flows.quarantine import quarantine, shown

    record = shown(quarantine(opened(workspace)), file, row)
    if as_json:
        print_json(asdict(record) | {"reasons": dict(record.reasons), "cells": dict(record.cells)})
        return
    print(f"{record.path} · {record.row_number} · {record.file}")
    for rule, reason in record.reasons:
        print(f"  {rule}: {reason}")
    print_answer(("列 column", "值 value"), list(record.cells), Format.table)


@app.command("export")
def quarantine_export(
    target: Annotated[Path, typer.Argument(help="写入的 .xlsx 或 .csv the file to write", dir_okay=False)],
    workspace: WorkspaceOption = HERE,
    file: Annotated[
        str | None, typer.Option(help="仅此文件：标识或路径 of this file alone: its key or its path in the inbox")
    ] = None,
) -> None:
    """导出被隔离的记录，附待填的修补列。Records set aside, with columns to fill in for whoever repairs them."""
    from flows.quarantine import export_quarantine, of_file, quarantine

    found = quarantine(opened(workspace))
    written = export_quarantine(of_file(found, file) if file else found, target)
    print(
        f"{target}: {written:,} 行 rows; 请填写 fill in field_value ((blank) 为空单元格 for an empty cell), reviewer, "
        f"decision_date, reason\n  然后 then: patnav quarantine replay {target} -w {workspace}"
    )


@app.command("replay")
def quarantine_replay(
    source: Annotated[
        Path | None,
        typer.Argument(
            help="填好的 .xlsx 或 .csv，先并入 reference/row_correction.csv the filled-in file, added first",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    workspace: WorkspaceOption = HERE,
    output: Annotated[Format, typer.Option("--format", "-f", help="输出格式 output format")] = Format.table,
) -> None:
    """按 row_correction.csv 重读收件夹，说明各项修补的结果；不发布。Reads the inbox again with the repairs; publishes nothing."""
    from flows.quarantine import COMES_IN, REPLAYED, import_repairs, replay

    place = opened(workspace)
    if source is not None:
        added = import_repairs(source, place.reference)
        print(f"{added:,} 项修补 repairs → {place.reference / 'row_correction.csv'}", file=sys.stderr)
    rows = replay(place)
    outcome = REPLAYED.index("outcome")
    if output is Format.table:
        told = [(*row[:outcome], OUTCOMES[row[outcome]], *row[outcome + 1 :]) for row in rows]
        print_answer(REPLAYED, told, output) if rows else print("无修补 no repairs")
        print(f"刷新后生效 in force after: patnav refresh -w {workspace}")
    else:
        print_answer(REPLAYED, rows, output)
    if any(row[outcome] != COMES_IN for row in rows):
        raise typer.Exit(PARTIAL)
