"""What a refresh tells on its way, step by step: what was read, merged, labelled, built and lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from flows.labelling import Labelling
from flows.land import LandedFile
from flows.left_out import LeftOut
from flows.progress import Progress, rows
from flows.pulled import SourceState
from warehouse.build import BuildReport


def tell_pull(progress: Progress) -> Callable[[str], None]:
    """What a pull tells on its way, which may be long."""
    return lambda told: progress.tell("pull", told)


def tell_pulled(progress: Progress, states: list[SourceState]) -> None:
    """What came of each source; that the data is stale where one failed."""
    for state in states:
        progress.tell("warning" if state.is_failed else "pull", state.told)


def tell_left_out(progress: Progress, found: Sequence[LeftOut]) -> None:
    """What lies in the workspace and is not read, and how it would be."""
    for unread in found:
        progress.tell("warning", unread.told)


def tell_file(progress: Progress, file: LandedFile) -> None:
    """What was read of a file, and what to look at before trusting it."""
    if not file.is_landed:
        progress.tell("warning", f"{file.source.path}: {file.reason}")
        return
    progress.tell("read", _told_file(file))
    for doubt in told_doubts(file):
        progress.tell("warning", doubt)


def _told_file(file: LandedFile) -> str:
    told = f"{file.source.path} · {file.export} · {rows(file.rows_in)} 行 rows"
    if file.quarantined:
        told += f", {rows(file.quarantined)} 隔离 quarantined"
    if file.blank:
        told += f", {rows(file.blank)} 空 blank"
    if file.unmapped_columns:
        told += f", 未识别列 unknown columns: {', '.join(file.unmapped_columns)}"
    return told


def told_doubts(file: LandedFile) -> list[str]:
    """What a reader should look at before trusting a file that was read."""
    doubts = []
    if file.is_probably_cut_off:
        doubts.append(
            "记录数恰为导出上限，可能未导全 probably cut off: exactly as many records as the tool gives out at most"
        )
    if file.remarks:
        doubts.append(f"阅读提示 remarks: {'; '.join(file.remarks)}")
    changed = [told for told in file.header_drift if not told.startswith("new: ")]
    if changed:
        doubts.append(f"表头有变 header changed: {'; '.join(changed)}")
    return [f"{file.source.path}: {doubt}" for doubt in doubts]


def tell_refined(progress: Progress, door: Path) -> None:
    """How many rows became how many publications, filings and families, and how many filings have labels."""
    height = {name: pl.scan_parquet(door / f"core.{name}.parquet").select(pl.len()).collect().item() for name in (
        "publication_source", "publication", "application", "family", "applicant")}  # fmt: skip
    progress.tell(
        "merge",
        f"{rows(height['publication_source'])} 行 rows → {rows(height['publication'])} 公布 publications → "
        f"{rows(height['application'])} 件申请 applications → {rows(height['family'])} 项同族 families, "
        f"{rows(height['applicant'])} 申请人 applicants",
    )
    labels = pl.read_parquet(door / "core.application_branch.parquet", columns=["application_id", "level"])
    by_level = dict(labels.group_by("level").agg(pl.col("application_id").n_unique()).rows())
    progress.tell(
        "classify", ", ".join(f"{level} {rows(by_level.get(level, 0))}" for level in ("core", "related", "candidate"))
    )


def tell_labelling(progress: Progress, labelling: Labelling) -> None:
    """How many filings were labelled anew, and why not all were kept."""
    if labelling.problem:
        progress.tell(
            "warning", f"标签存档未用，全部重新标注 label store not used, all labelled anew: {labelling.problem}"
        )
    told = f"{rows(labelling.records_anew)} 件新标 labelled anew, {rows(labelling.records_kept)} 件沿用 kept"
    if labelling.records_kept and (moved := labelling.branches_anew):
        named = ", ".join(moved) if len(moved) <= 3 else f"{len(moved)} 个分支 branches"
        told += f"，其中重标 of these labelled anew in {named}"
    progress.tell("classify", told)


def tell_build(progress: Progress, report: BuildReport) -> None:
    """What was built, and what the checks warn of."""
    progress.tell("build", f"{len(report.rows)} 表 tables, {len(report.metrics)} 指标 metrics")
    progress.tell("check", f"{len(report.checks)} 项检查 checks, {len(report.warnings)} 项提示 warnings")
    for warning in report.warnings:
        progress.tell("warning", f"{warning.check.title_zh} {warning.check.title_en}: {rows(warning.offending_rows)}")


def tell_losses(progress: Progress, files: Sequence[LandedFile], unread: Sequence[LeftOut] = ()) -> None:
    """What is not in the warehouse, told last."""
    quarantined = sum(file.quarantined for file in files)
    refused = [file.source.path for file in files if not file.is_landed]
    if quarantined:
        progress.tell("warning", f"{rows(quarantined)} 行已隔离，见 rows are quarantined, see meta.rejected_row")
    if refused:
        progress.tell("warning", f"未能读取 not taken: {', '.join(refused)}，见 see meta.source_file")
    if unread:
        progress.tell("warning", f"未读取 not read: {', '.join(each.path for each in unread)}")
