"""THE SPINE: from the exports in the inbox to a published warehouse and a report page. Read `refresh` from top to bottom.

Steps exchange paths and small facts, never frames. The same route runs plainly or as a Prefect flow: only `do` differs.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from flows import inputs, land, recipe
from flows.checkpoints import reached
from flows.door import Door
from flows.freshness import StaleAfter, freshness_of, stale_after_days
from flows.journal import NOTHING_NEW, PUBLISHED, Occasion, Run, RunJournal, runs
from flows.labelling import Labeller, Labelling, forget_parts
from flows.land import LandedFile, SourceFile
from flows.left_out import LeftOut, left_out
from flows.lock import only_refresh
from flows.memory import give_back
from flows.parting import landed_by_parts
from flows.progress import Progress
from flows.pulled import SourceState
from flows.reporting import pictures_problem, report
from flows.runner import Runner, runner_of
from flows.sources import read_sources
from flows.storage import storage_failures_told
from flows.telling import (
    tell_build,
    tell_file,
    tell_labelling,
    tell_left_out,
    tell_losses,
    tell_pull,
    tell_pulled,
    tell_refined,
)
from flows.workspace import Settings, Workspace, read_settings, taxonomy_folder
from schemas.branches import Taxonomy, load_taxonomy
from schemas.errors import WorkspaceError
from transforms.decisions import read_decisions
from transforms.query import parse_taxonomy
from transforms.refine import tables_by_parts
from transforms.row_corrections import read_row_corrections
from warehouse.build import BuildFacts, BuildReport, PastRun, build
from warehouse.ddl import LOADED_TABLES
from warehouse.history import withdrawn
from warehouse.marts import are_current, publish_marts, remove_marts
from warehouse.publish import current_key, problems_of_current, publish, versions
from warehouse.report.page import Report

Do = Callable[..., Any]
# What the warehouse keeps of the journal: a month of daily refreshes.
PAST_RUNS = 30


@dataclass(frozen=True)
class RefreshReport:
    """What a refresh did. `is_partial`: something was set aside (files refused, rows quarantined), which meta names, or is stale,
    or was not read at all (`left_out`).

    `pulled`: the state of every source that is declared, after its pull.
    """

    outcome: str
    version_key: str
    database: str
    page: str
    files: tuple[LandedFile, ...]
    table_rows: dict[str, int]
    seconds: float
    pulled: tuple[SourceState, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def is_partial(self) -> bool:
        is_stale = any(state.is_failed for state in self.pulled)
        return is_stale or bool(self.left_out) or any(not file.is_landed or file.quarantined for file in self.files)

    def as_dict(self) -> dict[str, Any]:
        files = [
            asdict(file.source) | {k: v for k, v in asdict(file).items() if k not in ("source", "folder")}
            for file in self.files
        ]
        return asdict(self) | {"files": files, "is_partial": self.is_partial}


def directly(step: Callable, *arguments: Any) -> Any:
    """Run a step as the function it is."""
    return step(*arguments)


@dataclass(frozen=True)
class Refined:
    """`door`: the folder of Parquet files that the warehouse is built from."""

    door: Path
    labelling: Labelling


def refresh(
    workspace: Workspace,
    progress: Progress,
    do: Do = directly,
    taxonomy: Path | None = None,
    is_pulling: bool = True,
    occasion: Occasion | None = None,
) -> RefreshReport:
    """Pull, take in, read, refine, build, check, publish, report. `taxonomy`: a folder instead of the one that the workspace names.

    `is_pulling`: whether to ask the sources of sources.toml first; one that fails is told, and what it gave before stays in use.
    `occasion`: why now, for the journal. Raises RefreshBusyError when another refresh runs, WorkspaceError when there is
    nothing to read, ContractError or CheckFailedError when what we made is wrong, StorageError when the disk refuses; the
    published version then stays as it is.
    """
    with storage_failures_told(workspace.root), only_refresh(workspace.lock):
        run = RunJournal(workspace.journal, occasion)
        try:
            settings = read_settings(workspace)
            with runner_of(settings, workspace) as runner:
                report = _route(workspace, settings, runner, progress, run.noting(do), run, taxonomy, is_pulling)
            tell_losses(progress, report.files, report.left_out)
        except BaseException as error:
            run.end_by(error)
            raise
        run.end(report.outcome, **_journal_facts(report))
        return report


def _route(
    workspace: Workspace,
    settings: Settings,
    runner: Runner,
    progress: Progress,
    do: Do,
    run: RunJournal,
    named: Path | None,
    is_pulling: bool,
) -> RefreshReport:
    stale_after = stale_after_days(workspace.root)
    folder = taxonomy_folder(workspace, settings, named)
    taxonomy = checked_taxonomy(workspace, folder)
    pulled = (
        do(pull_sources, workspace, tell_pull(progress)) if is_pulling and read_sources(workspace.root).pulled else []
    )
    tell_pulled(progress, pulled)
    sources = do(take_in, workspace)
    reached("taken_in")
    progress.tell("take in", f"{len(sources)} 个文件 files")
    unread = left_out(workspace)
    tell_left_out(progress, unread)
    before = inputs.stated(workspace, taxonomy)
    files = do(read_files, workspace, sources, settings, runner, progress)
    reached("read")
    key = inputs.version_key(workspace, settings, before, files, run.started_at.date())

    outcome, table_rows = NOTHING_NEW, {}
    damage = problems_of_current(workspace.warehouse, key)
    if damage == []:
        progress.tell("done", f"没有新内容，现行版本仍为 nothing new, the published version stays {key}")
        let_go(workspace, key, files)
    elif damage is None and (rolled_back := _told_rollback(workspace, key)):
        progress.tell("warning", rolled_back)
        key = current_key(workspace.warehouse)
        let_go(workspace, key, files)
    else:
        if damage:
            told = "现行版本有损坏，重新建库 the published version is damaged and is built again"
            progress.tell("warning", f"{told}: {'; '.join(damage)}")
        refined = do(refine_to_door, workspace, files, folder, key, runner)
        inputs.require_unchanged(before, workspace, folder)
        recipe.keep(workspace, key, sources, settings, folder, taxonomy.version, run.started_at)
        reached("recipe_kept")
        tell_refined(progress, refined.door)
        tell_labelling(progress, refined.labelling)
        facts = replace(_facts(settings, taxonomy, key, run), **_times(workspace, files, run, stale_after))
        built = do(build_warehouse, workspace, refined.door, facts)
        tell_build(progress, built)
        do(publish_version, workspace, built, facts, files)
        progress.tell("publish", f"版本 version {key} → {workspace.database}")
        outcome, table_rows = PUBLISHED, built.rows

    if not settings.parquet_marts:
        remove_marts(workspace.warehouse)
    elif not are_current(workspace.warehouse):
        do(write_marts, workspace)
        progress.tell("marts", str(workspace.marts))
    page = workspace.report / "index.html"
    if outcome == PUBLISHED or not _is_page_of(key, page):
        written = do(write_page, workspace)
        progress.tell("report", str(page))
        if problem := pictures_problem(written):
            progress.tell("warning", problem)
    return RefreshReport(
        outcome, key, str(workspace.database), str(page), tuple(files), table_rows, run.seconds, tuple(pulled), unread
    )


def checked_taxonomy(workspace: Workspace, folder: Path | None) -> Taxonomy:
    """The taxonomy of a folder (None: the built-in one) with everything about it that can be wrong, found before any data is read.

    Raises TaxonomyError, QueryError, and ReferenceTableError where the team's decisions name branches that it has not or
    its repairs of cells cannot be used.
    """
    taxonomy = load_taxonomy(folder)
    parse_taxonomy(taxonomy)
    read_decisions(workspace.reference, taxonomy)
    read_row_corrections(workspace.reference)
    return taxonomy


# ── the steps ────────────────────────────────────────────────────────────────────────────────────────────────────


def pull_sources(workspace: Workspace, tell: Callable[[str], None]) -> list[SourceState]:
    """What came of asking every source that sources.toml declares."""
    from flows.pull import pull  # brings requests, which a workspace without sources does without

    return pull(workspace, tell=tell)


def take_in(workspace: Workspace) -> list[SourceFile]:
    """Files of the inbox and of the sources; raises WorkspaceError when there are none."""
    found = land.take_in(workspace)
    if not found:
        _require_files(workspace)
        raise WorkspaceError(
            str(workspace.root), "no source gave a file yet, and the inbox is empty", "exports", "see: patnav pull"
        )
    return found


def _require_files(workspace: Workspace) -> None:
    if not land.inbox_files(workspace.inbox) and not read_sources(workspace.root).pulled:
        raise WorkspaceError(
            str(workspace.inbox),
            "; ".join(["no files", *(unread.told for unread in left_out(workspace))]),
            "exports of patent search tools",
            "put some there, or try: patnav refresh --sample -w NEW_FOLDER",
        )


def read_files(
    workspace: Workspace, sources: list[SourceFile], settings: Settings, runner: Runner, progress: Progress
) -> list[LandedFile]:
    """Every file to landed Parquet, those that are not landed yet by the runner."""
    code = recipe.code_of_reading()
    place, files = Workspace(workspace.root.resolve()), []
    new = {source: (place, source, settings) for source in sources if not land.stands(place, source, code)}
    landed = runner.in_order(read_file, list(new.values()))
    for source in sources:
        with progress.waiting(source.path):
            tables = next(landed) if source in new else read_file(place, source, settings)
        files += tables
        for file in tables:
            tell_file(progress, file)
    return files


def read_file(workspace: Workspace, source: SourceFile, settings: Settings) -> list[LandedFile]:
    """One file to landed Parquet, each of its tables."""
    give_back()
    return land.land_file(workspace, source, recipe.code_of_reading(), settings.is_sample, settings.quarantine_limit)


def refine_to_door(
    workspace: Workspace, files: list[LandedFile], taxonomy: Path | None, key: str, runner: Runner
) -> Refined:
    """Landed rows to the door; written apart and renamed when whole. Labels are made anew only where they may have changed."""
    door = workspace.doors / key
    ordered = land.in_order_of_precedence(files)
    if not ordered:
        reasons = "; ".join(f"{file.source.path}: {file.reason}" for file in files)
        raise WorkspaceError(str(workspace.inbox), f"no file that can be read ({reasons})", "at least one known export")
    building = door.with_name(f".{key}.{os.getpid()}.tmp")
    building.mkdir(parents=True, exist_ok=True)
    labeller = Labeller(workspace, taxonomy, runner)
    laid = building / "laid"
    landed, shelf, coverage = landed_by_parts(ordered, laid)
    with Door(building) as tables:
        tables.add("meta.field_coverage", coverage)
        for name, piece in tables_by_parts(landed, load_taxonomy(taxonomy), workspace.reference, labeller.label, shelf):
            tables.add(name, piece)
            give_back()
    labelling = labeller.keep()
    shutil.rmtree(laid, ignore_errors=True)
    sources = pl.scan_parquet(building / "core.publication_source.parquet")
    with Door(building) as tables:
        tables.add("meta.source_file", land.source_file_table(files, sources))
        tables.add("meta.rejected_row", land.rejected_row_table(files))
        corrections = read_row_corrections(workspace.reference)
        tables.add("meta.row_correction", land.row_correction_table(files, corrections))
    reached("door_written")
    shutil.rmtree(door, ignore_errors=True)
    os.replace(building, door)
    reached("door_placed")
    return Refined(door, labelling)


def build_warehouse(workspace: Workspace, door: Path, facts: BuildFacts) -> BuildReport:
    """A fresh warehouse file from the door, checked; not yet published."""
    shutil.rmtree(workspace.building, ignore_errors=True)  # what a killed run left
    workspace.building.mkdir(parents=True)
    return build(door, workspace.building / f"{facts.version_key}.duckdb", facts, reached)


def publish_version(workspace: Workspace, report: BuildReport, facts: BuildFacts, files: list[LandedFile]) -> None:
    """Put the built version in place, then let go of the doors and landed rows that only older ones needed."""
    settings = read_settings(workspace)
    kept = {"keep": settings.keep_versions, "keep_hours": 24 * settings.keep_days}
    publish(report.target, workspace.warehouse, facts, checkpoint=reached, **kept)
    let_go(workspace, report.version_key, files)


def let_go(workspace: Workspace, version_key: str, files: list[LandedFile]) -> None:
    """Remove what only older versions needed, and what a killed refresh had begun; `version_key` is published."""
    shutil.rmtree(workspace.building, ignore_errors=True)
    forget_parts(workspace)
    recipe.forget_others(workspace, [version.version_key for version in versions(workspace.warehouse)])
    for door in _inside(workspace.doors):
        if door.name != version_key:
            shutil.rmtree(door)
    reached("doors_let_go")
    land.forget_others(workspace, files)
    reached("landed_let_go")


def _inside(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _is_page_of(key: str, page: Path) -> bool:
    """Whether the page is of this version, which its title ends with: a refresh may have been killed before it wrote it.

    In its tables it names other versions too.
    """
    return page.is_file() and f"{key}</title>" in page.read_text(encoding="utf-8")


def write_marts(workspace: Workspace) -> None:
    """The Parquet marts of the published version."""
    publish_marts(workspace.warehouse, reached)


def write_page(workspace: Workspace) -> Report:
    """The report page of the published version."""
    written = report(workspace)
    reached("page_written")
    return written


# ── what the steps are told, and what is kept of them ────────────────────────────────────────────────────────────


def _told_rollback(workspace: Workspace, key: str) -> str | None:
    """What to say instead of publishing a version that somebody took from readers; None where nobody did."""
    taken = withdrawn(workspace.warehouse).get(key)
    if taken is None or key not in {version.version_key for version in versions(workspace.warehouse)}:
        return None
    return (
        f"输入未变，其版本 {key} 已于 {taken.at[:19]} 回退，不再发布；换回用 the version of these inputs was rolled back and is not "
        f"published again; to put it back: patnav rollback {key}"
    )


def _facts(settings: Settings, taxonomy: Taxonomy, key: str, run: RunJournal) -> BuildFacts:
    return BuildFacts(
        version_key=key,
        patnav_version=version("patnav"),
        taxonomy_version=taxonomy.version,
        is_synthetic=settings.is_sample,
        cut_off_date=settings.cut_off_date,
        publication_lag_months=settings.publication_lag_months,
        focus_province_code=settings.focus_province_code,
        focus_city_code=settings.focus_city_code,
        run_id=run.run_id,
        started_at=run.started_at,
    )


def _times(workspace: Workspace, files: list[LandedFile], run: RunJournal, stale_after: StaleAfter) -> dict[str, Any]:
    """What the warehouse tells of runs and of how fresh its sources are."""
    return {
        "occasion": run.occasion.kind,
        "past_runs": tuple(_past_run(past, workspace) for past in runs(workspace.journal)[:-1][-PAST_RUNS:]),
        "freshness": tuple(freshness_of(workspace, files, stale_after)),
    }


def _past_run(run: Run, workspace: Workspace) -> PastRun:
    facts = run.facts
    return PastRun(
        run_id=run.run_id,
        started_at=run.started_at,
        finished_at=run.ended_at,
        status=run.outcome,
        rows=sum((facts.get("rows") or {}).values()) or None,
        occasion=run.occasion.kind,
        version_key=run.version_key,
        rows_in=facts.get("rows_in"),
        quarantined=facts.get("quarantined"),
        problem=run.problem and _without_place(run.problem, workspace.root),
    )


def _without_place(problem: str, root: Path) -> str:
    """What went wrong without where the workspace lies: the journal is the machine's own, a version is given to others."""
    # The longer one first: the other may be a part of it.
    for place in sorted({str(root.absolute()), str(root.resolve())}, key=len, reverse=True):
        problem = problem.replace(f"{place}{os.sep}", "").replace(place, "workspace")
    return problem


def _journal_facts(report: RefreshReport) -> dict[str, Any]:
    """What the journal keeps of a run for good: which version, how many rows, what was lost and what had changed at the sources."""
    return {
        "version_key": report.version_key,
        "is_partial": report.is_partial,
        "pulled": {state.source_id: state.outcome for state in report.pulled},
        "files": len(report.files),
        "rows_in": sum(file.rows_in for file in report.files),
        "quarantined": sum(file.quarantined for file in report.files),
        "blank": sum(file.blank for file in report.files),
        "refused": {file.source.path: file.reason for file in report.files if not file.is_landed},
        "left_out": {unread.path: unread.en for unread in report.left_out},
        "drift": {file.source.path: list(file.header_drift) for file in report.files if file.header_drift},
        "rows": {table.full_name: report.table_rows[table.full_name] for table in LOADED_TABLES if report.table_rows},
    }


# ── with Prefect ─────────────────────────────────────────────────────────────────────────────────────────────────


def quiet_prefect(home: Path) -> None:
    """Prefect's settings for a run without network and without noise; must be called before Prefect is imported.

    What a user has set in the environment stays.
    """
    home.mkdir(parents=True, exist_ok=True)
    settings = {
        "PREFECT_HOME": str(home.resolve()),
        "PREFECT_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
        "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "DO_NOT_TRACK": "1",
    }
    for name, value in settings.items():
        os.environ.setdefault(name, value)


def as_task(step: Callable, *arguments: Any) -> Any:
    """Run a step as a Prefect task that keeps nothing: steps exchange paths, and only our own store is trusted."""
    from prefect import task
    from prefect.cache_policies import NO_CACHE

    return task(step, name=step.__name__, cache_policy=NO_CACHE, persist_result=False)(*arguments)


def refresh_with_prefect(
    workspace: Workspace, progress: Progress, taxonomy: Path | None = None, is_pulling: bool = True
) -> RefreshReport:
    """The same route as a Prefect flow, each step a task, on Prefect's own temporary server (or the one PREFECT_API_URL names)."""
    # Rather now than after ten seconds of starting.
    _require_files(workspace)
    checked_taxonomy(workspace, taxonomy_folder(workspace, read_settings(workspace), taxonomy))
    with only_refresh(workspace.lock):
        pass  # the flow takes it; here it is only asked for
    progress.tell(
        "start", "Prefect（首次约需十余秒 the first time takes some ten seconds; --no-prefect 可跳过 leaves it out）"
    )
    quiet_prefect(workspace.prefect_home)
    from prefect import flow

    @flow(name="patnav-refresh", persist_result=False)
    def patnav_refresh(root: str) -> RefreshReport:
        return refresh(Workspace(Path(root)), progress, as_task, taxonomy, is_pulling)

    done = patnav_refresh(str(workspace.root))
    # The temporary server writes its last events in the background and complains at exit when it may not finish.
    if "PREFECT_API_URL" not in os.environ:
        time.sleep(2)
    return done
