"""`patnav versions`: what has been published."""

from __future__ import annotations

from flows.terminal import HERE, Format, JsonOption, Panel, WorkspaceOption, opened, print_answer, print_json

PANEL = Panel.VERSIONS


def command(workspace: WorkspaceOption = HERE, as_json: JsonOption = False) -> None:
    """列出保留的版本。The kept versions, newest first; → is the one that readers see."""
    from flows.versions import told_versions

    found = told_versions(opened(workspace))
    if as_json:
        print_json(found)
        return
    columns = (
        "",
        "版本 version",
        "建成 created (UTC)",
        "申请 applications",
        "分支体系 taxonomy",
        "内容 content",
        "MB",
        "",
    )
    rows = [
        (
            "→" if version["is_current"] else "",
            version["version_key"],
            version["created"][:19],
            f"{version['rows']['core.application']:,}",
            version["taxonomy_version"],
            version["content_hash"][:12],
            f"{version['bytes'] / 1e6:,.1f}",
            f"已回退 rolled back {version['rolled_back'][:19]}" if version["rolled_back"] else "",
        )
        for version in found
    ]
    print_answer(columns, rows, Format.table)
