"""`patnav diff`: two versions compared."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.terminal import HERE, Format, JsonOption, Panel, WorkspaceOption, opened, print_answer, print_json

if TYPE_CHECKING:
    from flows.attribution import Attribution
    from flows.workspace import Workspace

PANEL = Panel.VERSIONS
CHANGES = {"gained": "得 gained", "lost": "失 lost"}
CAUSES = {
    "filing new": "新申请 filing new",
    "filing gone": "申请已无 filing gone",
    "decision": "专家决定 decision",
    "rules changed": "规则已变 rules changed",
    "record changed": "记录已变 record changed",
    "labelled anew": "重新标注 labelled anew",
}


def command(
    earlier: Annotated[str | None, typer.Argument(help="较早版本，可只写前几位 a version, or its first digits")] = None,
    later: Annotated[str | None, typer.Argument(help="较晚版本 the other version")] = None,
    workspace: WorkspaceOption = HERE,
    why: Annotated[
        bool,
        typer.Option(
            "--why/--no-why",
            help="逐一重演以查明指标变化的原因 replay what differs, one at a time, to tell why metrics moved",
        ),
    ] = True,
    metric: Annotated[
        str | None, typer.Option(help="逐行列出一个指标 every row of one metric, like m03_office_ranking")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """比较两个版本：标签得失，以及每个指标因何而变。Two versions compared: labels gained and lost, and what moved each metric.

    省略版本时，比较现行版本与其前一版本。Without arguments the published version and the one before it.
    """
    from warehouse.compare import compare, compare_labels
    from warehouse.publish import version_file

    place = opened(workspace)
    _require_metric(metric)
    before, after = _versions_to_compare(place.warehouse, earlier, later)
    files = version_file(place.warehouse, before), version_file(place.warehouse, after)
    attribution, unknown = _attribution(place, *files, quiet=as_json) if why else (None, None)
    if as_json:
        found = {"earlier": files[0].stem, "later": files[1].stem}
        found |= {"labels": list(map(asdict, compare_labels(files[1], files[0])))}
        found |= {"totals": list(map(asdict, compare(files[1], files[0])))}
        print_json(found | {"attribution": _as_dict(attribution, metric) if attribution else None, "why_not": unknown})
        return
    print(f"{files[0].stem} → {files[1].stem}")
    if metric is None:
        _print_labels(compare_labels(files[1], files[0]))
        _print_tables(compare(files[1], files[0]))
    if attribution:
        _print_causes(attribution)
        _print_values(attribution, metric)
    elif unknown:
        print(f"\n指标变化的原因无法查明 why the metrics moved cannot be told: {unknown}")


def _require_metric(metric: str | None) -> None:
    from schemas.errors import QuestionError
    from warehouse.cabinet import metrics
    from warehouse.compare import NOT_MEASURED

    names = [each.metric for each in metrics() if each.metric not in NOT_MEASURED]
    if metric is not None and metric not in names:
        raise QuestionError(f"--metric {metric}", "no such metric 没有此指标", f"one of {', '.join(names)}")


def _attribution(place: Workspace, before: Path, after: Path, quiet: bool) -> tuple[Attribution | None, str | None]:
    """The attribution, or why there is none."""
    from flows import recipe
    from flows.attribution import attribute
    from flows.progress import Progress
    from schemas.errors import PublishError

    try:
        recipes = recipe.read(place, before.stem), recipe.read(place, after.stem)
    except PublishError as error:
        return None, str(error)
    return attribute(place, *recipes, (before, after), Progress(quiet)), None


def _print_labels(labels: list) -> None:
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
    print_answer(columns, rows, Format.table) if rows else print("无变化 none")


def _print_tables(changes: list) -> None:
    print("\n各表行数 rows of the tables")
    rows = [(each.name, each.before, each.after) for each in changes if each.kind == "table"]
    print_answer(("表 table", "之前 before", "之后 after"), rows, Format.table) if rows else print("无变化 none")


def _print_causes(attribution: Attribution) -> None:
    print("\n两版不同之处 what differs")
    rows = [
        (
            f"{cause.title_zh} {cause.title_en}",
            f"{cause.records:,} 条公布 publications" if cause.records else "",
            ", ".join(cause.files),
        )
        for cause in attribution.causes
    ]
    print_answer(("因素 factor", "记录 records", "文件、设置 files, settings"), rows, Format.table) if rows else print(
        "无 none"
    )


def _print_values(attribution: Attribution, metric: str | None) -> None:
    if metric is None:
        print(
            "\n各指标合计的变化及其原因 totals of the metrics, and what moved them（逐行 by row: --metric m03_office_ranking）"
        )
        found, key = attribution.totals, "unit"
    else:
        print(f"\n{metric}")
        found, key = attribution.values.filter(metric=metric), "key"
    rows = [
        (
            row[key] if metric is None else _told_key(row[key]),
            row["measure"],
            _number(row["before"]),
            _number(row["after"]),
            _number(row["change"], "+"),
            _told_shares(attribution, row),
        )
        for row in found.iter_rows(named=True)
    ]
    if metric is None:
        rows = [(name, *row) for name, row in zip(found["metric"], rows, strict=True)]
    first = ("指标 metric", "单位 unit") if metric is None else ("行 row",)
    columns = (*first, "量 measure", "之前 before", "之后 after", "变化 change", "原因 because of")
    print_answer(columns, rows, Format.table) if rows else print("无变化 none")
    print(
        "各因素单独重演所得；交互为其共同作用，程序为两版之间代码或内置表的变化。\n"
        "Each factor by a replay with it alone; interaction is what they do together, program what code or shipped tables changed."
    )


def _told_key(key: str) -> str:
    return " · ".join(f"{value}" for value in json.loads(key).values() if value is not None)


def _told_shares(attribution: Attribution, row: dict[str, Any]) -> str:
    """The causes of one change, the largest first, each with its share of it."""
    from flows.attribution import TITLES

    moved = sorted(((abs(row[name]), name) for name in attribution.columns if row[name]), reverse=True)
    told = []
    for _, name in moved:
        share = f" ({row[name] / row['change']:.0%})" if row["change"] else ""
        told.append(f"{' '.join(TITLES[name])} {_number(row[name], '+')}{share}")
    return "；".join(told)


def _number(value: float | None, sign: str = "") -> str:
    if value is None:
        return "—"
    return format(int(value), f"{sign},") if value == int(value) else format(value, f"{sign},.4g")


def _as_dict(attribution: Attribution, metric: str | None) -> dict[str, Any]:
    found = {"causes": list(map(asdict, attribution.causes)), "totals": attribution.totals.to_dicts()}
    values = attribution.values.filter(metric=metric) if metric else attribution.values
    return found | {"values": [row | {"key": json.loads(row["key"])} for row in values.to_dicts()]}


def _versions_to_compare(place: Path, earlier: str | None, later: str | None) -> tuple[str, str]:
    from schemas.errors import PublishError
    from warehouse.history import shown_before
    from warehouse.publish import current_key, versions

    after = later or current_key(place)
    others = [version.version_key for version in versions(place) if version.version_key != after]
    if earlier is None and not others:
        raise PublishError(
            str(place.parent), "fewer than two versions", "two versions to compare", "refresh with other files or rules"
        )
    return earlier or shown_before(place, after, others) or others[0], after
