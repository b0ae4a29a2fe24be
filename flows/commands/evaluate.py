"""`patnav evaluate`: the branch rules against labelled records or examiners' codes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.terminal import (
    HERE,
    Format,
    JsonOption,
    Panel,
    TaxonomyOption,
    chosen_taxonomy,
    opened,
    print_answer,
    print_json,
    published_database,
)

PANEL = Panel.CLASSIFYING


def command(
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
    rules = load_taxonomy(chosen_taxonomy(place, taxonomy) if place else taxonomy)
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
        print_json(shown.as_json(found, **parts), target)
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

    records = read_records(source) if source else shown.warehouse_records(published_database(place))
    is_synthetic = source is None and read_settings(opened(place)).is_sample
    found = silver(records, taxonomy)
    if as_json:
        print_json({"note": shown.SILVER_NOTE, "is_synthetic": is_synthetic} | found.as_dict(), target)
        return
    if is_synthetic:
        print(shown.SYNTHETIC_NOTE)
    print(shown.told_silver(found))
    _print_shown(shown.silver_table(found))


def _print_shown(table) -> None:
    print(f"\n{table.title}")
    print_answer(table.columns, table.rows, Format.table)
