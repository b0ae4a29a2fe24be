"""The command line: the verbs of the route. Results on standard output, progress and errors on standard error."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table as RichTable

from schemas.errors import PatnavError, RefreshBusyError

DONE, FAILED, USAGE, PARTIAL, BUSY = 0, 1, 2, 3, 75

EXIT_CODES = """
退出码 exit codes: 0 完成 done · 1 失败 failed · 2 用法错误 usage · 3 完成但有隔离 done, but something was set aside ·
75 另一刷新正在运行 another refresh of the workspace runs
"""

app = typer.Typer(
    help="专利导航：检索工具的导出文件进，已校验、已分类的 DuckDB 数据仓库与报告出。\n\n"
    "Patent navigation: exports of patent search tools in, a validated, classified DuckDB warehouse and a report out.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

review_app = typer.Typer(
    help="复核：导出存疑标签，导入专家决定。Review: doubtful labels out to an expert, decisions back in.",
    no_args_is_help=True,
)
app.add_typer(review_app, name="review")

WorkspaceOption = Annotated[
    Path, typer.Option("--workspace", "-w", help="工作区目录 the workspace folder", show_default=True, file_okay=False)
]
TaxonomyOption = Annotated[
    Path | None,
    typer.Option(
        "--taxonomy",
        help="分支体系文件夹，优先于 workspace.toml a taxonomy folder, instead of the one that workspace.toml names",
        exists=True,
        file_okay=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="以 JSON 输出 print JSON for a program to read")]
HERE = Path("workspace")
CHANGES = {"gained": "得 gained", "lost": "失 lost"}
CAUSES = {
    "filing new": "新申请 filing new",
    "filing gone": "申请已无 filing gone",
    "decision": "专家决定 decision",
    "rules changed": "规则已变 rules changed",
    "record changed": "记录已变 record changed",
    "labelled anew": "重新标注 labelled anew",
}


class Format(StrEnum):
    table = "table"
    csv = "csv"
    json = "json"


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="新工作区目录 the folder to make")]) -> None:
    """新建工作区。Make a workspace: put your exports into its inbox/, then refresh."""
    from flows.workspace import create

    workspace = create(folder)
    print(
        f"{workspace.root}\n  将导出文件放入 put exports into {workspace.inbox}\n  然后 then: patnav refresh -w {workspace.root}"
    )


@app.command()
def sample(
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


@app.command()
def refresh(
    workspace: WorkspaceOption = HERE,
    use_sample: Annotated[
        bool, typer.Option("--sample", help="用内置合成样例 run on the built-in synthetic sample")
    ] = False,
    applications: Annotated[int, typer.Option(help="样例申请件数 size of the sample", min=300, max=200_000)] = 5000,
    prefect: Annotated[
        bool, typer.Option("--prefect/--no-prefect", help="作为 Prefect 流程运行 run as a Prefect flow")
    ] = True,
    taxonomy: TaxonomyOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="不显示进度 no progress")] = False,
    as_json: JsonOption = False,
) -> None:
    """整条路线：收件→读取→分类→建库→检查→发布→报告。The whole route, from the inbox to a published version and its report."""
    from flows.progress import Progress
    from flows.refresh import refresh as refresh_plainly
    from flows.refresh import refresh_with_prefect
    from flows.workspace import open_workspace

    progress = Progress(quiet=quiet)
    place = _sample_workspace(workspace, applications, progress) if use_sample else open_workspace(workspace)
    run = refresh_with_prefect if prefect else refresh_plainly
    report = run(place, progress, taxonomy=taxonomy)
    if as_json:
        _print_json(report.as_dict())
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


@app.command()
def sql(
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

    answer = ask(_database(workspace), query if query is not None else sys.stdin.read(), limit)
    _print_answer(answer.columns, answer.rows, output)


class Language(StrEnum):
    zh = "zh"
    en = "en"


@app.command()
def claims(
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

    answer = ask(_database(workspace), "FROM meta.claim ORDER BY seed, claim")
    columns = ("seed", "verdict", f"sentence_{lang.value}", "claim")
    columns += (f"condition_{lang.value}", "found") if why else ()
    rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    if output is Format.table:
        marks = {"true": "✓", "false": "✗", "unanswerable": "?"}
        rows = [row | {"verdict": marks[row["verdict"]]} for row in rows]
    _print_answer(columns, [tuple(row[column] for column in columns) for row in rows], output)


@app.command()
def describe(
    name: Annotated[
        str | None, typer.Argument(help="表名，如 core.application；省略时列出全部 a table, or all of them")
    ] = None,
    workspace: WorkspaceOption = HERE,
    output: Annotated[Format, typer.Option("--format", "-f", help="输出格式 output format")] = Format.table,
) -> None:
    """说明表与列。What tables and columns mean, from the warehouse's own comments."""
    from warehouse.dictionary import describe as describe_name

    entries = describe_name(_database(workspace), name)
    if name is None:
        entries = [entry for entry in entries if entry.column is None]
    columns = ("table", "column", "type", "中文", "English")
    rows = [(entry.table, entry.column, entry.data_type or entry.kind, entry.zh, entry.en) for entry in entries]
    _print_answer(columns, rows, output)


@app.command()
def explain(
    publication: Annotated[str, typer.Argument(help="公开号，任何写法 a publication number in any spelling")],
    workspace: WorkspaceOption = HERE,
    why_not: Annotated[
        str | None, typer.Option("--why-not", help="为何不属于该分支 why it is not in this branch")
    ] = None,
    taxonomy: TaxonomyOption = None,
    as_json: JsonOption = False,
) -> None:
    """说明分类依据：哪些词与分类号把它归入哪个分支。Which words and codes put a document into which branch."""
    from flows.explain import explain_publication, told

    folder = _taxonomy_folder(workspace, taxonomy)
    explanation = explain_publication(_database(workspace), publication, why_not, folder)
    _print_json(explanation.as_dict()) if as_json else print(told(explanation))


@app.command()
def evaluate(
    source: Annotated[
        Path | None,
        typer.Argument(
            metavar="GOLD",
            help="专家标注：JSONL 或填好的 .xlsx/.csv labelled records, as `patnav review sample` writes them; "
            "与 --silver 同用时为有文字与分类号的 JSONL、CSV 或文件夹 with --silver: records with text and codes",
            exists=True,
        ),
    ] = None,
    target: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]", help="与 --json 同用：写入的文件 with --json: the file to write", dir_okay=False
        ),
    ] = None,
    taxonomy: TaxonomyOption = None,
    workspace: Annotated[
        Path | None,
        typer.Option(
            "--workspace",
            "-w",
            help="工作区：取其分支体系；--silver 且无 GOLD 时取其数据 whose taxonomy to use, and with --silver alone whose data",
            file_okay=False,
        ),
    ] = None,
    ablation: Annotated[
        bool,
        typer.Option("--ablation", help="消融：仅分类号、仅文字、无排除与屏蔽 what each part of the rules is worth"),
    ] = False,
    errors: Annotated[
        bool, typer.Option("--errors", help="列出每个误标与漏标及其依据 every false positive and negative, and why")
    ] = False,
    silver: Annotated[
        bool, typer.Option("--silver", help="仅凭文字的标签与分类号的一致程度 text labels against examiners' codes")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """按专家标注评估分支规则。Precision and recall of the branch rules on labelled records (level core).

    例 examples: patnav evaluate gold.jsonl --errors · patnav evaluate gold.jsonl --json out.json · patnav evaluate --silver -w workspace
    """
    from schemas.branches import load_taxonomy

    if target is not None and not as_json:
        raise typer.BadParameter("a second file is what --json writes: add --json", param_hint="FILE")
    if silver and (ablation or errors):
        raise typer.BadParameter("labelled records are needed for --ablation and --errors", param_hint="--silver")
    if not silver and (source is None or source.is_dir()):
        raise typer.BadParameter("a file of labelled records is needed", param_hint="GOLD")
    place = workspace or (HERE if source is None else None)
    rules = load_taxonomy(_taxonomy_folder(place, taxonomy) if place else taxonomy)
    if silver:
        _evaluate_silver(source, place, rules, target, as_json)
    else:
        _evaluate_gold(source, rules, target, as_json, ablation, errors)


def _evaluate_gold(gold: Path, taxonomy, target: Path | None, as_json: bool, ablation: bool, errors: bool) -> None:
    from flows import evaluation as shown
    from transforms.evaluate import ablate, explain_errors
    from transforms.evaluate import evaluate as evaluate_rules

    found = evaluate_rules(gold, taxonomy)
    variants = ablate(gold, taxonomy) if ablation else None
    explained = explain_errors(gold, taxonomy, found.errors) if errors else None
    if as_json:
        parts = {
            "ablation": variants and {name: each.as_dict() for name, each in variants.items()},
            "errors": None if explained is None else [each.as_dict() for each in explained],
        }
        _print_json(shown.as_json(found, **parts), target)
        return
    print(shown.told_evaluation(found, taxonomy, gold))
    for table in (*shown.evaluation_tables(found, taxonomy), *([shown.ablation_table(variants)] if variants else [])):
        _print_shown(table)
    if explained is not None:
        print(f"\n{len(explained):,} 个误标与漏标 errors\n{shown.told_errors(explained)}")


def _evaluate_silver(source: Path | None, place: Path | None, taxonomy, target: Path | None, as_json: bool) -> None:
    from flows import evaluation as shown
    from flows.workspace import read_settings
    from transforms.silver import read_records, silver

    records = read_records(source) if source else shown.warehouse_records(_database(place))
    is_synthetic = source is None and read_settings(_opened(place)).is_sample
    found = silver(records, taxonomy)
    if as_json:
        _print_json({"note": shown.SILVER_NOTE, "is_synthetic": is_synthetic} | found.as_dict(), target)
        return
    if is_synthetic:
        print(shown.SYNTHETIC_NOTE)
    print(shown.told_silver(found))
    _print_shown(shown.silver_table(found))


def _print_shown(table) -> None:
    print(f"\n{table.title}")
    _print_answer(table.columns, table.rows, Format.table)


@review_app.command("sample")
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

    branches = load_taxonomy(_taxonomy_folder(workspace, taxonomy))
    written = write_gold_sample(_database(workspace), target, branches, number, seed)
    book, lines, strata = written.files
    print(
        f"{written.records:,} 条记录 records，其中 of them {written.unlabelled:,} 条规则未标 without any label by the rules"
    )
    print(f"  请填 fill in {book}（或 or {lines}），然后 then: patnav evaluate {book}")
    print(f"  {strata}：抽自何层，勿给标注者 which stratum drew a record, not for the labellers")
    if written.short:
        print(f"  不足 fewer than {number}: {', '.join(written.short)}")


@review_app.command("export")
def review_export(
    target: Annotated[Path, typer.Argument(help="写入的 .xlsx 或 .csv the file to write", dir_okay=False)],
    workspace: WorkspaceOption = HERE,
    rows: Annotated[int, typer.Option(help="最多行数 at most so many rows", min=1, max=100_000)] = 200,
) -> None:
    """导出存疑标签（并列、无分类号、接近命中）。Labels worth an expert's look, the most telling first, with columns to fill in."""
    from flows.review import export_doubtful

    written = export_doubtful(_database(workspace), target, rows)
    print(
        f"{target}: {written:,} 行 rows; 请填写 fill in decision (core / related / none), reviewer, decision_date, reason"
    )


@review_app.command("import")
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

    place = _opened(workspace)
    branches = load_taxonomy(_taxonomy_folder(workspace, taxonomy))
    added = import_decisions(source, place.reference, branches)
    print(
        f"{added:,} 项决定 decisions → {place.reference / 'decision.csv'}; 刷新后生效 in force after: patnav refresh -w {workspace}"
    )


@app.command()
def versions(workspace: WorkspaceOption = HERE, as_json: JsonOption = False) -> None:
    """列出已发布的版本。The published versions, newest first."""
    from warehouse.publish import current_key
    from warehouse.publish import versions as published_versions

    place = _opened(workspace).warehouse
    found, current = published_versions(place), current_key(place)
    if as_json:
        _print_json([asdict(version) | {"is_current": version.version_key == current} for version in found])
        return
    columns = ("", "version", "created", "applications", "taxonomy", "content")
    rows = [
        (
            "→" if version.version_key == current else "",
            version.version_key,
            version.created,
            f"{version.rows['core.application']:,}",
            version.taxonomy_version,
            version.content_hash[:12],
        )
        for version in found
    ]
    _print_answer(columns, rows, Format.table)


@app.command()
def diff(
    earlier: Annotated[str | None, typer.Argument(help="较早版本，可只写前几位 a version, or its first digits")] = None,
    later: Annotated[str | None, typer.Argument(help="较晚版本 the other version")] = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """比较两个版本：标签得失、表与指标的变化。Two versions compared; without arguments the published one with the one before it."""
    from warehouse.compare import compare, compare_labels
    from warehouse.publish import version_file

    place = _opened(workspace).warehouse
    before, after = _versions_to_compare(place, earlier, later)
    labels = compare_labels(version_file(place, after), version_file(place, before))
    changes = compare(version_file(place, after), version_file(place, before))
    if as_json:
        _print_json(
            {
                "earlier": before,
                "later": after,
                "labels": list(map(asdict, labels)),
                "totals": list(map(asdict, changes)),
            }
        )
        return
    print(f"{before} → {after}")
    print("\n核心标签的得失 core labels gained and lost")
    rows = [
        (
            each.branch,
            each.title_zh,
            CHANGES[each.change],
            CAUSES[each.cause],
            f"{each.applications:,}",
            ", ".join(each.examples),
        )
        for each in labels
    ]
    columns = ("分支 branch", "名称 title", "得失 change", "原因 cause", "件数 applications", "例 examples")
    _print_answer(columns, rows, Format.table) if rows else print("无变化 none")
    print("\n各表行数 rows of the tables")
    rows = [(each.name, each.before, each.after) for each in changes if each.kind == "table"]
    _print_answer(("表 table", "之前 before", "之后 after"), rows, Format.table) if rows else print("无变化 none")


def _versions_to_compare(place: Path, earlier: str | None, later: str | None) -> tuple[str, str]:
    from schemas.errors import PublishError
    from warehouse.publish import current_key, versions

    after = later or current_key(place)
    others = [version.version_key for version in versions(place) if version.version_key != after]
    if earlier is None and not others:
        raise PublishError(
            str(place.parent), "fewer than two versions", "two versions to compare", "refresh with other files or rules"
        )
    return earlier or others[0], after


@app.command()
def verify(workspace: WorkspaceOption = HERE, as_json: JsonOption = False) -> None:
    """核验每个版本：内容摘要、只读、无残留 WAL。Every version: content hash, read-only, no stale WAL."""
    from warehouse.publish import verify as verify_versions

    found = verify_versions(_opened(workspace).warehouse)
    findings = [f"{finding.version_key or 'warehouse'}: {finding.problem}" for finding in found]
    if as_json:
        _print_json({"findings": findings})
    else:
        print("\n".join(findings) or "各版本完好 all versions are sound")
    if findings:
        raise typer.Exit(FAILED)


def _opened(folder: Path):
    from flows.workspace import open_workspace

    return open_workspace(folder)


def _taxonomy_folder(folder: Path, named: Path | None) -> Path | None:
    from flows.workspace import read_settings, taxonomy_folder

    place = _opened(folder)
    return taxonomy_folder(place, read_settings(place), named)


def _database(folder: Path) -> Path:
    from schemas.errors import WorkspaceError

    database = _opened(folder).database
    if not database.exists():
        raise WorkspaceError(
            str(folder), "nothing is published yet", "a published warehouse", f"run: patnav refresh -w {folder}"
        )
    return database


def _print_json(value: Any, target: Path | None = None) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    if target is None:
        print(text)
    else:
        target.write_text(text + "\n", encoding="utf-8")


def _print_answer(columns: tuple[str, ...], rows: list[tuple], output: Format) -> None:
    if output is Format.json:
        _print_json([dict(zip(columns, row, strict=True)) for row in rows])
    elif output is Format.csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(["" if value is None else value for value in row] for row in rows)
    else:
        table = RichTable(*columns, box=None, pad_edge=False, header_style="bold")
        for row in rows:
            table.add_row(*("" if value is None else str(value).replace("[", "\\[") for value in row))
        Console(soft_wrap=not sys.stdout.isatty(), width=None if sys.stdout.isatty() else 10_000).print(table)


def main() -> None:
    """Entry point: runs a verb, tells a failure in one line and leaves with its code."""
    try:
        app()
    except PatnavError as error:
        if "--json" in sys.argv:
            _print_json(error.as_dict())
        print(f"patnav: {error}", file=sys.stderr)
        sys.exit(BUSY if isinstance(error, RefreshBusyError) else FAILED)
    except KeyboardInterrupt:
        print("patnav: 已中断，已发布的版本未动 stopped; the published version is untouched", file=sys.stderr)
        sys.exit(FAILED)


if __name__ == "__main__":
    main()
