"""`patnav report`: the report of the published version, as a page to look at, print and send."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from flows.terminal import HERE, Language, Panel, WorkspaceOption, opened, published_database

PANEL = Panel.ASKING


def command(
    workspace: WorkspaceOption = HERE,
    lang: Annotated[Language, typer.Option(help="报告的语言 language of the report")] = Language.zh,
    province: Annotated[
        str | None,
        typer.Option(help="以另一省份为重点，名称或 GB/T 2260 代码 another focus province: its name or GB/T 2260 code"),
    ] = None,
    city: Annotated[
        str | None,
        typer.Option(
            help="重点城市；只给省份时取该省申请最多者 the focus city; that with most filings where only a province is given"
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="写到此目录 write to this folder", show_default=False, file_okay=False)
    ] = None,
) -> None:
    """把已发布的数据写成报告：一个 HTML 文件，每图附 CSV、SVG、PNG。Write the report: one HTML file, every figure as CSV, SVG, PNG.

    例 example: patnav report --province 江苏 --city 南京
    """
    from flows.reporting import pictures_problem, report

    published_database(workspace)
    written = report(opened(workspace), lang.value, province, city, out)
    if problem := pictures_problem(written):
        print(f"patnav: {problem}", file=sys.stderr)
    print(written.page)
