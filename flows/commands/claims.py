"""`patnav claims`: the seed report's statements, held against the data."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.terminal import HERE, Format, Language, Panel, WorkspaceOption, print_answer, published_database

PANEL = Panel.ASKING


def command(
    workspace: WorkspaceOption = HERE,
    lang: Annotated[Language, typer.Option(help="句子的语言 language of the sentences")] = Language.zh,
    why: Annotated[
        bool, typer.Option("--why", help="一并列出条件与所得 also the condition and what was found")
    ] = False,
    output: Annotated[Format, typer.Option("--format", "-f", help="输出格式 output format")] = Format.table,
) -> None:
    """逐条核对原报告的陈述。Every statement of the seed report: true (✓), false (✗) or not answerable (?) by the data.

    句子总按数据写成；--why 说明何时为真。The sentence always says what the data say; --why tells when it would be true.
    """
    from warehouse.question import ask

    answer = ask(published_database(workspace), "FROM meta.claim ORDER BY seed, claim")
    columns = ("seed", "verdict", f"sentence_{lang.value}", "claim")
    columns += (f"condition_{lang.value}", "found") if why else ()
    rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    if output is Format.table:
        marks = {"true": "✓", "false": "✗", "unanswerable": "?"}
        rows = [row | {"verdict": marks[row["verdict"]]} for row in rows]
    print_answer(columns, [tuple(row[column] for column in columns) for row in rows], output)
