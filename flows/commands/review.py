"""`patnav review`: doubtful labels out to an expert, decisions back in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.terminal import HERE, Panel, TaxonomyOption, WorkspaceOption, chosen_taxonomy, opened, published_database

PANEL = Panel.CLASSIFYING
app = typer.Typer(
    help="复核：导出存疑标签，导入专家决定。Review: doubtful labels out to an expert, decisions back in.",
    no_args_is_help=True,
)


@app.command("sample")
def review_sample(
    target: Annotated[
        Path, typer.Argument(help="写入的文件名 the files to write: NAME.xlsx, NAME.jsonl", dir_okay=False)
    ],
    workspace: WorkspaceOption = HERE,
    number: Annotated[
        int,
        typer.Option(
            "-n", help="每个分支的条数，另取同样多无标签的 records per branch, and as many unlabelled ones", min=1
        ),
    ] = 20,
    seed: Annotated[int, typer.Option(help="随机种子，相同种子得到相同样本 same seed, same sample")] = 2023,
    taxonomy: TaxonomyOption = None,
) -> None:
    """抽样供专家标注，建立新的评估集。A sample for experts to label blind; the filled-in file goes to `patnav evaluate`."""
    from flows.gold_sample import write_gold_sample
    from schemas.branches import load_taxonomy

    branches = load_taxonomy(chosen_taxonomy(workspace, taxonomy))
    written = write_gold_sample(published_database(workspace), target, branches, number, seed)
    book, lines, strata = written.files
    print(
        f"{written.records:,} 条记录 records，其中 of them {written.unlabelled:,} 条规则未标 without any label by the rules"
    )
    rules = f"-w {workspace}" + (f" --taxonomy {taxonomy}" if taxonomy else "")
    print(f"  请填 fill in {book}（或 or {lines}），然后 then: patnav evaluate {book} {rules}")
    print(f"  {strata}：抽自何层，勿给标注者 which stratum drew a record, not for the labellers")
    if written.short:
        print(f"  不足 fewer than {number}: {', '.join(written.short)}")


@app.command("export")
def review_export(
    target: Annotated[Path, typer.Argument(help="写入的 .xlsx 或 .csv the file to write", dir_okay=False)],
    workspace: WorkspaceOption = HERE,
    rows: Annotated[int, typer.Option(help="最多行数 at most so many rows", min=1, max=100_000)] = 200,
) -> None:
    """导出存疑标签（并列、无分类号、接近命中）。Labels worth an expert's look, the most telling first, with columns to fill in."""
    from flows.review import export_doubtful

    written = export_doubtful(published_database(workspace), target, rows)
    print(
        f"{target}: {written:,} 行 rows; 请填写 fill in decision (core / related / none), reviewer, decision_date, reason"
    )


@app.command("import")
def review_import(
    source: Annotated[
        Path, typer.Argument(help="填好的 .xlsx 或 .csv the filled-in file", exists=True, dir_okay=False)
    ],
    workspace: WorkspaceOption = HERE,
    taxonomy: TaxonomyOption = None,
) -> None:
    """导入专家决定，下次刷新起生效并优先于规则。Decisions into reference/decision.csv; from the next refresh they overrule the rules."""
    from flows.review import import_decisions
    from schemas.branches import load_taxonomy

    place = opened(workspace)
    branches = load_taxonomy(chosen_taxonomy(workspace, taxonomy))
    added = import_decisions(source, place.reference, branches)
    print(
        f"{added:,} 项决定 decisions → {place.reference / 'decision.csv'}; 刷新后生效 in force after: patnav refresh -w {workspace}"
    )
