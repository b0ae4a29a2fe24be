"""`patnav diff`: two versions compared."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from flows.terminal import HERE, Format, JsonOption, Panel, WorkspaceOption, opened, print_answer, print_json

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
    as_json: JsonOption = False,
) -> None:
    """比较两个版本：标签得失、表与指标的变化。Two versions compared; without arguments the published one with the one before it."""
    from warehouse.compare import compare, compare_labels
    from warehouse.publish import version_file

    place = opened(workspace).warehouse
    before, after = _versions_to_compare(place, earlier, later)
    labels = compare_labels(version_file(place, after), version_file(place, before))
    changes = compare(version_file(place, after), version_file(place, before))
    if as_json:
        print_json(
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
    print_answer(columns, rows, Format.table) if rows else print("无变化 none")
    print("\n各表行数 rows of the tables")
    rows = [(each.name, each.before, each.after) for each in changes if each.kind == "table"]
    print_answer(("表 table", "之前 before", "之后 after"), rows, Format.table) if rows else print("无变化 none")


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
