"""Write the report of a workspace: its published version, in a language, from the point of view of a province and city."""

from __future__ import annotations

from pathlib import Path

from flows.workspace import Workspace
from warehouse.report.page import Report, write_report


def report(
    workspace: Workspace,
    language: str = "zh",
    province: str | None = None,
    city: str | None = None,
    folder: Path | None = None,
) -> Report:
    """The report of the published version. `folder`: where to, instead of `report_folder`.

    Raises WorkspaceError where nothing is published or there is no such place.
    """
    target = folder or report_folder(workspace, language, province, city)
    return write_report(workspace.database, target, language, province, city)


def report_folder(workspace: Workspace, language: str, province: str | None, city: str | None) -> Path:
    """`report` for the workspace's own focus in Chinese; another focus or language has a folder of its own in it."""
    place = "-".join(name.strip() for name in (province, city) if name)
    parts = [part for part in (place.replace("/", "_"), "" if language == "zh" else language) if part]
    return workspace.report.joinpath(*parts)


def pictures_problem(written: Report) -> str:
    """Why the figures have no PNG, or nothing."""
    if written.has_pictures:
        return ""
    return (
        "没有中文字体，未生成 PNG（SVG 已生成）no font with 中文 on this machine: figures as SVG only, no PNG"
        " (Debian: apt-get install fonts-noto-cjk)"
    )
