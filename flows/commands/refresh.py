"""`patnav refresh`: the whole route."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.terminal import HERE, PARTIAL, JsonOption, Panel, TaxonomyOption, WorkspaceOption, print_json

PANEL = Panel.ROUTE


def command(
    workspace: WorkspaceOption = HERE,
    use_sample: Annotated[
        bool, typer.Option("--sample", help="用内置合成样例 run on the built-in synthetic sample")
    ] = False,
    applications: Annotated[int, typer.Option(help="样例申请件数 size of the sample", min=300, max=200_000)] = 5000,
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

    settle()
    progress = Progress(quiet=quiet)
    place = _sample_workspace(workspace, applications, progress) if use_sample else open_workspace(workspace)
    run = refresh_with_prefect if prefect else refresh_plainly
    report = run(place, progress, taxonomy=taxonomy, is_pulling=pull)
    if as_json:
        print_json(report.as_dict())
    else:
        print(f"数据仓库 warehouse: {report.database}\n报告 report: {report.page}")
    if report.is_partial:
        raise typer.Exit(PARTIAL)


def _sample_workspace(root: Path, applications: int, progress):
    from flows.sample.workspace import sample_workspace

    workspace, written = sample_workspace(root, applications)
    if written:
        progress.tell("sample", f"合成数据 SYNTHETIC data: {written:,} 件申请 applications → {workspace.inbox}")
    return workspace
