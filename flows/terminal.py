"""What the commands share: exit codes, options, and how an answer is printed."""

from __future__ import annotations

import csv
import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table as RichTable

DONE, FAILED, USAGE, PARTIAL, BUSY = 0, 1, 2, 3, 75

HERE = Path("workspace")

WorkspaceOption = Annotated[
    Path, typer.Option("--workspace", "-w", help="工作区目录 the workspace folder", show_default=True, file_okay=False)
]
TaxonomyOption = Annotated[
    Path | None,
    typer.Option(
        "--taxonomy",
        help="分支体系文件夹，优先于 workspace.toml a taxonomy folder, instead of the one that workspace.toml names",
        exists=True,
        file_okay=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="以 JSON 输出 print JSON for a program to read")]


class Panel(StrEnum):
    """The parts of the help, in the order in which they stand there."""

    ROUTE = "路线 The route"
    ASKING = "提问 Asking"
    CLASSIFYING = "分类 Classifying"
    VERSIONS = "版本 Versions"
    OPERATION = "运行 Operation"


class Format(StrEnum):
    table = "table"
    csv = "csv"
    json = "json"


class Language(StrEnum):
    zh = "zh"
    en = "en"


def opened(folder: Path):
    """The workspace in this folder."""
    from flows.workspace import open_workspace

    return open_workspace(folder)


def chosen_taxonomy(folder: Path, named: Path | None) -> Path | None:
    """The taxonomy folder named on the command line, or the workspace's own, or none: the built-in one."""
    from flows.workspace import read_settings, taxonomy_folder

    place = opened(folder)
    return taxonomy_folder(place, read_settings(place), named)


def published_database(folder: Path) -> Path:
    """The published warehouse of the workspace in this folder; a WorkspaceError where nothing is published yet."""
    from schemas.errors import WorkspaceError

    database = opened(folder).database
    if not database.exists():
        raise WorkspaceError(
            str(folder), "nothing is published yet", "a published warehouse", f"run: patnav refresh -w {folder}"
        )
    return database


def print_json(value: Any, target: Path | None = None) -> None:
    """The value as JSON, on standard output or into a file."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    if target is None:
        print(text)
    else:
        target.write_text(text + "\n", encoding="utf-8")


def print_answer(columns: tuple[str, ...], rows: list[tuple], output: Format) -> None:
    """Rows on standard output, as a table for eyes, as CSV or as JSON."""
    if output is Format.json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    elif output is Format.csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(["" if value is None else value for value in row] for row in rows)
    else:
        table = RichTable(*columns, box=None, pad_edge=False, header_style="bold")
        for row in rows:
            table.add_row(*("" if value is None else str(value).replace("[", "\\[") for value in row))
        Console(soft_wrap=not sys.stdout.isatty(), width=None if sys.stdout.isatty() else 10_000).print(table)
