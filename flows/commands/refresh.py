"""`patnav refresh`: the whole route."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.terminal import HERE, PARTIAL, JsonOption, Panel, TaxonomyOption, WorkspaceOption, print_json

PANEL = Panel.ROUTE
SAMPLE_SIZE = 5000


def command(
    workspace: WorkspaceOption = HERE,
    use_sample: Annotated[
        bool, typer.Option("--sample", help="用内置合成样例 run on the built-in synthetic sample")
    ] = False,
    applications: Annotated[
        int | None,
        typer.Option(
            help="与 --sample 同用：样例申请件数 with --sample: its size",
            min=300,
            max=200_000,
            show_default=str(SAMPLE_SIZE),
        ),
    ] = None,
    prefect: Annotated[
        bool, typer.Option("--prefect/--no-prefect", help="作为 Prefect 流程运行 run as a Prefect flow")
    ] = True,
    taxonomy: TaxonomyOption = None,
    pull: Annotated[
        bool,
        typer.Option("--pull/--no-pull", help="先拉取 sources.toml 的数据源 pull the sources of sources.toml first"),
    ] = True,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="不显示进度 no progress")] = False,
    as_json: JsonOption = False,
) -> None:
    """整条路线：收件→读取→分类→建库→检查→发布→报告。The whole route, from the inbox to a published version and its report."""
    from flows.memory import settle
    from flows.progress import Progress
    from flows.refresh import refresh as refresh_plainly
    from flows.refresh import refresh_with_prefect
    from flows.workspace import open_workspace
    from schemas.branches import load_taxonomy
    from transforms.query import parse_taxonomy

    if applications is not None and not use_sample:
        raise typer.BadParameter("it is the size of the sample: add --sample", param_hint="--applications")
    settle()
    progress = Progress(quiet=quiet)
    if use_sample and taxonomy:
        parse_taxonomy(load_taxonomy(taxonomy))  # what is wrong with it is told before a sample is written
    place = _sample_workspace(workspace, applications, progress) if use_sample else open_workspace(workspace)
    run = refresh_with_prefect if prefect else refresh_plainly
    report = run(place, progress, taxonomy=taxonomy, is_pulling=pull)
    if as_json:
        print_json(report.as_dict())
    else:
        print(f"数据仓库 warehouse: {report.database}\n报告 report: {report.page}")
    if report.is_partial:
        raise typer.Exit(PARTIAL)


def _sample_workspace(root: Path, applications: int | None, progress):
    from flows.sample.workspace import filings_of_sample, sample_workspace
    from schemas.errors import WorkspaceError

    workspace, written = sample_workspace(root, applications or SAMPLE_SIZE)
    if written:
        progress.tell("sample", f"合成数据 SYNTHETIC data: {written:,} 件申请 applications → {workspace.inbox}")
    elif applications not in (None, made := filings_of_sample(workspace)):
        raise WorkspaceError(
            str(root),
            f"样例已有，共 {made} 件申请 the sample is there already, with {made} filings",
            f"{applications}",
            "删除此文件夹，或省去 --applications delete the folder, or leave --applications out",
        )
    return workspace
