"""`patnav sql`: a question to the published warehouse."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from flows.terminal import HERE, Format, Panel, WorkspaceOption, print_answer, published_database

PANEL = Panel.ASKING


def command(
    query: Annotated[
        str | None, typer.Argument(help="SQL 语句；省略时从标准输入读取 read from standard input if left out")
    ] = None,
    workspace: WorkspaceOption = HERE,
    output: Annotated[Format, typer.Option("--format", "-f", help="输出格式 output format")] = Format.table,
    limit: Annotated[int | None, typer.Option(help="最多行数 at most so many rows", min=1)] = None,
) -> None:
    """对已发布的仓库提问（只读）。Ask the published warehouse a question in SQL, read-only.

    例 example: patnav sql "SELECT office, applications FROM metrics.m03_office_ranking WHERE label_level = 'core' ORDER BY rank"
    """
    from warehouse.question import ask

    answer = ask(published_database(workspace), query if query is not None else sys.stdin.read(), limit)
    print_answer(answer.columns, answer.rows, output)
