"""`patnav describe`: what tables and columns mean."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.terminal import HERE, Format, Panel, WorkspaceOption, print_answer, published_database

PANEL = Panel.ASKING


def command(
    name: Annotated[
        str | None, typer.Argument(help="表名，如 core.application；省略时列出全部 a table, or all of them")
    ] = None,
    workspace: WorkspaceOption = HERE,
    output: Annotated[Format, typer.Option("--format", "-f", help="输出格式 output format")] = Format.table,
) -> None:
    """说明表与列。What tables and columns mean, from the warehouse's own comments."""
    from warehouse.dictionary import describe as describe_name

    entries = describe_name(published_database(workspace), name)
    if name is None:
        entries = [entry for entry in entries if entry.column is None]
    columns = ("table", "column", "type", "中文", "English")
    rows = [(entry.table, entry.column, entry.data_type or entry.kind, entry.zh, entry.en) for entry in entries]
    print_answer(columns, rows, output)
