"""What state a workspace and its machine are in: `patnav status` (is it fresh, did the last run succeed) and `patnav doctor` (is all
well that a refresh needs). Both only look; neither takes the lock nor writes.
"""

from __future__ import annotations

import datetime
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, requires, version

from flows.cron import Schedule, slots_after
from flows.freshness import age_days, is_stale, stale_after_days
from flows.journal import Run, last_success, runs
from flows.left_out import left_out
from flows.pulled import SourceState as PullState
from flows.pulled import states
from flows.schedule import missed_slot
from flows.service_settings import read_service_settings
from flows.sources import read_sources
from flows.workspace import Workspace, read_settings
from schemas.errors import PatnavError, QuestionError
from warehouse.publish import current_key, verify, versions
from warehouse.question import ask

# A server that was just started needs that long until it makes up for what was missed.
GRACE = datetime.timedelta(minutes=10)
# A refresh holds the door, the new build and the kept versions side by side.
VERSIONS_OF_ROOM = 4
LEAST_FREE_BYTES = 1 << 30


class Level(StrEnum):
    OK = "ok"
    NOTE = "note"  # something optional is missing
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `remedy`: what to do, empty where all is well."""

    about: str
    level: Level
    zh: str
    en: str
    remedy: str = ""


@dataclass(frozen=True)
class SourceState:
    """A source of the published version. `age_days`: since it last brought something new."""

    source: str
    files: int
    arrived_at: datetime.datetime | None
    age_days: float | None
    data_until: datetime.date | None
    stale_after_days: float | None
    is_stale: bool


@dataclass(frozen=True)
class Status:
    """`findings`: what is wrong with it; a workspace in order has none. Times in UTC."""

    version_key: str | None
    published_at: datetime.datetime | None
    last_run: Run | None
    last_success: Run | None
    running: Run | None
    next_slot: datetime.datetime | None
    sources: tuple[SourceState, ...]
    findings: tuple[Finding, ...]


def status(workspace: Workspace, now: datetime.datetime | None = None) -> Status:
    """Whether what is published is fresh and the refreshes go well. Raises PatnavError where sources.toml cannot be read."""
    now = now or datetime.datetime.now(datetime.UTC)
    schedule, found = read_service_settings(workspace.root).schedule, runs(workspace.journal)
    key = current_key(workspace.warehouse)
    published = next((each for each in versions(workspace.warehouse) if each.version_key == key), None)
    sources, findings = (), []
    if key is None:
        findings.append(_problem("published", "尚未发布任何版本", "nothing is published yet", "patnav refresh"))
    else:
        sources = _sources(workspace, now)
        findings += _of_sources(sources)
    findings += _of_pulls(states(workspace))
    findings += _of_runs(found)
    findings += _of_schedule(schedule, found, now)
    return Status(
        key,
        datetime.datetime.fromisoformat(published.created) if published else None,
        found[-1] if found else None,
        last_success(found),
        next((run for run in found if run.is_running), None),
        _next_slot(schedule, now),
        sources,
        tuple(findings),
    )


def _next_slot(schedule: Schedule | None, now: datetime.datetime) -> datetime.datetime | None:
    return slots_after(schedule, now, 1)[0] if schedule else None


def _sources(workspace: Workspace, now: datetime.datetime) -> tuple[SourceState, ...]:
    query = "SELECT source, files, arrived_at, data_until FROM meta.source_freshness ORDER BY source"
    try:
        rows = ask(workspace.database, query).rows
    except QuestionError:
        return ()  # a version of a patnav that did not keep this yet: the next refresh that publishes will
    stale_after, found = stale_after_days(workspace.root), []
    for source, files, arrived, until in rows:
        limit = stale_after.of(source)
        arrived = arrived.replace(tzinfo=datetime.UTC) if arrived else None
        age = age_days(arrived, now) if arrived else None
        found.append(SourceState(source, files, arrived, age, until, limit, is_stale(arrived, limit, now)))
    return tuple(found)


def _of_sources(sources: tuple[SourceState, ...]) -> Iterator[Finding]:
    for source in sources:
        if source.is_stale:
            yield _problem(
                f"source {source.source}",
                f"{source.age_days:.0f} 天没有新内容，上限 {source.stale_after_days:g} 天",
                f"nothing new for {source.age_days:.0f} days, the limit is {source.stale_after_days:g}",
                "export it again into the inbox, or look at why it cannot be fetched",
            )


def _of_pulls(pulled: list[PullState]) -> Iterator[Finding]:
    for state in pulled:
        if state.is_failed:
            yield _problem(
                f"source {state.source_id}",
                "上次拉取失败",
                state.told.partition(" · ")[2],
                f"patnav pull {state.source_id}",
            )
        elif state.attempted_at is None:
            yield _problem(
                f"source {state.source_id}",
                "从未拉取",
                "never pulled yet",
                f"patnav pull {state.source_id}, or patnav refresh",
            )


def _of_runs(found: list[Run]) -> Iterator[Finding]:
    last = found[-1] if found else None
    if last is None or last.is_success or last.is_running:
        return
    killed = last.outcome is None
    told = f"it was killed while in {last.last_step or 'its start'}" if killed else f"{last.outcome}: {last.problem}"
    yield _problem(
        "last run",
        f"上次刷新未成功（{last.started_at:%Y-%m-%d %H:%M} UTC）",
        f"the last refresh did not succeed ({told})",
        "patnav refresh repairs what a killed run left; an error names its own remedy",
    )


def _of_schedule(schedule: Schedule | None, found: list[Run], now: datetime.datetime) -> Iterator[Finding]:
    if schedule is None:
        return
    if any(run.is_running for run in found):
        return
    missed = missed_slot(schedule, found[-1].started_at if found else None, now)
    if missed is not None and missed < now - GRACE:
        yield _problem(
            "schedule",
            f"{missed:%Y-%m-%d %H:%M} UTC 应刷新而未刷新",
            f"the refresh due at {missed:%Y-%m-%d %H:%M} UTC did not take place",
            "is patnav serve (or the worker) running?",
        )


def _problem(about: str, zh: str, en: str, remedy: str) -> Finding:
    return Finding(about, Level.PROBLEM, zh, en, remedy)


# ── doctor ───────────────────────────────────────────────────────────────────────────────────────────────────────


def examine(workspace: Workspace, quick: bool = False) -> Iterator[Finding]:
    """Everything, one finding after the other as it is looked at. `quick`: versions are not read to their last value."""
    yield from _settings(workspace)
    yield from (_problem(unread.path, unread.zh, unread.en, unread.remedy) for unread in left_out(workspace))
    yield from _packages()
    yield _room(workspace)
    yield _lock(workspace)
    yield from _versions(workspace, quick)
    yield from _fresh(workspace)
    yield _fonts()
    yield _browser()


def _settings(workspace: Workspace) -> Iterator[Finding]:
    read: list[tuple[str, Callable[[], object]]] = [
        ("workspace.toml", lambda: read_settings(workspace)),
        ("sources.toml", lambda: read_sources(workspace.root)),
        ("sources.toml [schedule]", lambda: read_service_settings(workspace.root)),
    ]
    for name, reading in read:
        try:
            reading()
        except PatnavError as error:
            yield _problem(name, "设置有误", f"{error.where}: {error.found}; expected {error.expected}", error.remedy)
        else:
            yield _ok(name, "设置可读", "readable")


_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9_.-]+)(\[[^]]*\])?(?P<bounds>[<>=!~0-9.,a-z*]*)$")


def _packages() -> Iterator[Finding]:
    """Installed versions against the bounds of our own metadata: those of Prefect and SQLAlchemy fail silently where broken."""
    out_of_bounds = []
    for requirement in requires("patnav") or ():
        parts = _REQUIREMENT.match(requirement.partition(";")[0].replace(" ", ""))
        if parts is None or "extra" in requirement:
            continue
        try:
            found = version(parts["name"])
        except PackageNotFoundError:
            out_of_bounds.append((parts["name"], "not installed", parts["bounds"]))
            continue
        if not within(found, parts["bounds"]):
            out_of_bounds.append((parts["name"], found, parts["bounds"]))
    for name, found, bounds in out_of_bounds:
        silent = name.lower() in ("sqlalchemy", "prefect", "fastapi")
        note = " (Prefect then never fires a schedule, or does not start, and says nothing)" if silent else ""
        yield _problem(
            f"package {name}",
            f"版本 {found}，应为 {bounds}",
            f"{found}, expected {bounds}{note}",
            "install the locked versions: make setup",
        )
    if not out_of_bounds:
        told = ", ".join(f"{name} {version(name)}" for name in ("prefect", "sqlalchemy", "duckdb", "polars"))
        yield _ok("packages", f"版本相符 {told}", "within their bounds")


def within(found: str, bounds: str) -> bool:
    """Whether a release lies within bounds like ">=2.0.40,<2.1". Of a pre-release its release counts."""
    for bound in filter(None, bounds.split(",")):
        sign, _, stated = re.match(r"([<>=!~]+)()(.*)", bound).groups()
        mine, theirs = _release(found), _release(stated)
        holds = {
            ">=": mine >= theirs,
            "<=": mine <= theirs,
            ">": mine > theirs,
            "<": mine < theirs,
            "==": mine == theirs,
            "!=": mine != theirs,
        }
        if not holds[sign]:
            return False
    return True


def _release(stated: str) -> tuple[int, ...]:
    numbers = [int(number) for number in re.match(r"[0-9.]*", stated).group().split(".") if number]
    return tuple((numbers + [0] * 4)[:4])


def _room(workspace: Workspace) -> Finding:
    database = workspace.database
    needed = max(LEAST_FREE_BYTES, VERSIONS_OF_ROOM * (database.stat().st_size if database.exists() else 0))
    free = shutil.disk_usage(workspace.root).free
    told = f"{free / 1e9:.1f} GB"
    if free < needed:
        return _problem(
            "disk", f"剩余 {told}", f"{told} free, expected {needed / 1e9:.1f} GB or more", "make room on that disk"
        )
    return _ok("disk", f"剩余 {told}", f"{told} free")


def _lock(workspace: Workspace) -> Finding:
    running = next((run for run in runs(workspace.journal) if run.is_running), None)
    if running is None:
        return _ok("lock", "没有刷新在运行", "no refresh is running")
    return Finding(
        "lock",
        Level.NOTE,
        f"刷新自 {running.started_at:%Y-%m-%d %H:%M} UTC 在运行（{running.last_step}）",
        f"a refresh runs since {running.started_at:%Y-%m-%d %H:%M} UTC, now in {running.last_step}",
    )


def _versions(workspace: Workspace, quick: bool) -> Iterator[Finding]:
    kept = versions(workspace.warehouse)
    if not kept:
        yield Finding("versions", Level.NOTE, "尚未发布", "nothing is published yet", "patnav refresh")
        return
    if quick:
        yield Finding(
            "versions", Level.NOTE, f"{len(kept)} 个版本，未核验", f"{len(kept)}, not verified", "patnav verify"
        )
        return
    found = verify(workspace.warehouse)
    for finding in found:
        about = f"version {finding.version_key}" if finding.version_key else "warehouse"
        yield _problem(about, "版本不完好", finding.problem, "patnav refresh builds it again, or patnav rollback")
    if not found:
        yield _ok("versions", f"{len(kept)} 个版本完好", f"{len(kept)}, all sound")


def _fresh(workspace: Workspace) -> Iterator[Finding]:
    try:
        state = status(workspace)
    except PatnavError as error:
        yield _problem("status", "无法得知", str(error), error.remedy)
        return
    yield from (finding for finding in state.findings if finding.about != "published")
    if not state.findings and state.version_key:
        yield _ok("freshness", "来源与运行正常", "no stale source, the last run succeeded")


def _fonts() -> Finding:
    """The figures as PNG and the report as PDF need a font with Chinese glyphs; the page itself takes the reader's."""
    fonts = _output("fc-list", ":lang=zh", "family")
    if fonts:
        return _ok("fonts", f"中文字体 {fonts.splitlines()[0].split(',')[0]}", "a font with Chinese glyphs")
    return Finding(
        "fonts",
        Level.NOTE,
        "未找到中文字体",
        "no font with Chinese glyphs found",
        "Debian: apt-get install fonts-noto-cjk",
    )


def _browser() -> Finding:
    for name in ("chromium", "chromium-browser", "google-chrome", "chrome"):
        if shutil.which(name):
            return _ok("browser", name, "for printing the report to PDF, and for the tests")
    return Finding("browser", Level.NOTE, "没有 Chromium", "no Chromium: only the tests and PDF want it")


def _output(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=10).stdout.strip()
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return ""


def _ok(about: str, zh: str, en: str) -> Finding:
    return Finding(about, Level.OK, zh, en)
