"""What the commands share: exit codes, options, and how an answer is printed."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table as RichTable
from rich.text import Text

from flows.encoding import is_utf8

DONE, FAILED, USAGE, PARTIAL, BUSY, STOPPED = 0, 1, 2, 3, 75, 130

HERE = Path("workspace")
# Cells of a terminal: text in columns narrower than this is not read any more.
NARROWEST = 8
# The key of a version or a file, which is shown in one piece, so that it can be copied.
KEPT_WHOLE = 16
SPACE_BETWEEN = 2

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
    """The value as JSON, on standard output or into a file. Where that is not UTF-8, JSON's own escapes keep every letter."""
    escapes = target is None and not is_utf8(sys.stdout)
    text = json.dumps(value, ensure_ascii=escapes, indent=2, default=str)
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
        _print_table(columns, [["" if value is None else str(value) for value in row] for row in rows])


class FoldingConsole(Console):
    """Breaks what is too wide between two letters. Rich cuts it off instead, and Chinese has no spaces to break at."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        return super().render(renderable, (options or self.options).update(overflow="fold"))


def _print_table(columns: tuple[str, ...], rows: list[list[str]]) -> None:
    """In columns that fit the terminal; a pipe, and a terminal too narrow for so many, gets each row as one long line."""
    console = FoldingConsole()
    widths = _widths(columns, rows, console.width) if sys.stdout.isatty() else None
    if widths is None:
        # Without a height too Rich takes a dumb terminal for one of 80 cells.
        console = Console(width=10_000, height=25, soft_wrap=True)
    table = RichTable(box=None, pad_edge=False, header_style="bold")
    for column, width in zip(columns, widths or [None] * len(columns), strict=True):
        table.add_column(Text(column), width=width)
    for row in rows:
        table.add_row(*map(Text, row))
    console.print(table)


def _widths(columns: tuple[str, ...], rows: list[list[str]], room: int) -> list[int | None] | None:
    """How wide each column is, in cells; None for those that share what the others leave, and for all where there is no room.

    Left to itself Rich narrows the widest columns first, and breaks a key in two for the sake of a heading.
    """
    values = [max((cell_len(row[index]) for row in rows), default=0) for index in range(len(columns))]
    whole = [max(cells, cell_len(column)) for cells, column in zip(values, columns, strict=True)]
    room -= SPACE_BETWEEN * (len(columns) - 1)
    if sum(whole) <= room:
        return [None] * len(columns)
    least = [min(cells, NARROWEST) for cells in whole]
    room -= sum(least)
    if room < 0:
        return None
    widths: list[int | None] = [None] * len(columns)
    for cells, index in sorted((cells, index) for index, cells in enumerate(values) if cells <= KEPT_WHOLE):
        more = max(0, cells - least[index])
        if more <= room:
            widths[index], room = least[index] + more, room - more
    return widths
