"""`patnav export`: the metrics for those who work elsewhere: a workbook, CSV files, Parquet files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.terminal import HERE, Language, Panel, WorkspaceOption, published_database

PANEL = Panel.ASKING

app = typer.Typer(
    help="导出指标：工作簿、CSV 或 Parquet。The metrics for those who work elsewhere: a workbook, CSV or Parquet files.",
    no_args_is_help=True,
)


@app.command("xlsx")
def xlsx(
    file: Annotated[Path, typer.Argument(help="工作簿文件 the workbook to write (.xlsx)")],
    workspace: WorkspaceOption = HERE,
    lang: Annotated[Language, typer.Option(help="表头与目录的语言 language of titles and contents")] = Language.zh,
    rows: Annotated[
        int, typer.Option(help="每个工作表最多行数 at most so many rows a sheet", min=1, max=1_000_000)
    ] = 100_000,
) -> None:
    """一个工作簿：目录，每个指标一张表（可筛选）。A workbook: contents, and a sheet for each metric, to filter."""
    from warehouse.workbook import write_workbook

    sheets = write_workbook(published_database(workspace), file, lang.value, rows)
    print(f"{file}: {len(sheets)} 个指标 metrics, {sum(sheet.rows for sheet in sheets):,} 行 rows")
    for sheet in sheets:
        if sheet.is_cut:
            print(
                f"  {sheet.metric}: {sheet.rows:,} / {sheet.total:,} 行，全部见 rows, all of them: patnav export parquet"
            )


@app.command("csv")
def csv(
    folder: Annotated[Path, typer.Argument(help="新的或空的文件夹 a new or empty folder")],
    workspace: WorkspaceOption = HERE,
) -> None:
    """每个指标一个 CSV（表格软件可直接打开）及 datapackage.json。A CSV file of each metric, safe to open, with a datapackage.json."""
    from warehouse.marts import export_csv

    _tell(folder, export_csv(published_database(workspace), folder))


@app.command("parquet")
def parquet(
    folder: Annotated[Path, typer.Argument(help="新的或空的文件夹 a new or empty folder")],
    workspace: WorkspaceOption = HERE,
) -> None:
    """指标与核心表的 Parquet 文件及 datapackage.json。Metrics and core tables as Parquet files with a datapackage.json."""
    from warehouse.marts import export_parquet

    _tell(folder, export_parquet(published_database(workspace), folder))


def _tell(folder: Path, descriptor: dict) -> None:
    resources = descriptor["resources"]
    print(f"{folder}: {len(resources)} 个文件 files, {sum(each['bytes'] for each in resources):,} 字节 bytes")
