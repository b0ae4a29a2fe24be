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
    timeout: Annotated[float, typer.Option(help="最长秒数 at most so many seconds", min=0.1)] = 60.0,
    memory: Annotated[int, typer.Option(help="内存上限（MB） at most so many MB of memory", min=64)] = 4096,
) -> None:
    """对已发布的仓库提问（只读，独立进程，限时限内存）。Ask the published warehouse a question in SQL, read-only, in a process of its own.

    例 example: patnav sql "SELECT office, applications FROM metrics.m03_office_ranking WHERE label_level = 'core' ORDER BY rank"
    """
    from flows.asking import Allowance, ask_apart

    sql = query if query is not None else sys.stdin.read()
    answer = ask_apart(published_database(workspace), sql, limit, Allowance(seconds=timeout, memory=memory << 20))
    print_answer(answer.columns, answer.rows, output)
    if answer.is_cut:
        print(f"patnav: 只取了前 {limit:,} 行，还有更多 only the first {limit:,} rows; there are more", file=sys.stderr)
