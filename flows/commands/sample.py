"""`patnav sample`: the synthetic world as export files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.terminal import Panel

PANEL = Panel.ROUTE


def command(
    folder: Annotated[Path, typer.Argument(help="写入目录，须为空 an empty or new folder")],
    applications: Annotated[int, typer.Option(help="申请件数 how many applications", min=300, max=200_000)] = 5000,
    seed: Annotated[int, typer.Option(help="随机种子，相同种子得到相同字节 same seed, same bytes")] = 2023,
) -> None:
    """写出合成样例（真实导出格式）。Write a SYNTHETIC world as files in the real export formats."""
    from flows.sample import write_sample

    report = write_sample(folder, applications=applications, seed=seed)
    print(f"合成数据 SYNTHETIC data: {report.applications:,} 件申请 applications, {report.families:,} 项同族 families")
    for file in report.files:
        print(f"  {folder / file.path}  {file.rows:,} 行 rows")
