"""Build a fresh warehouse file from the door: a folder with one Parquet file per table."""

from __future__ import annotations

import calendar
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, replace
from datetime import UTC, date, datetime
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from schemas.errors import CheckFailedError, ContractError, PublishError
from schemas.tables import TABLES, TEXT_TABLES, Table
from warehouse import cabinet, ddl
from warehouse.checking import CheckResult, run_checks
from warehouse.claiming import ClaimResult, evaluate_claims
from warehouse.content import BOUNDED, OFFLINE, content, text_store
from warehouse.own_tables import BUILD, CHECK, CLAIM, METRIC, OFFICE_CUT_OFF, RUN, SOURCE_FRESHNESS

# The newest storage that DuckDB 1.5 and 2.0 clients both read, and that refuses a write-ahead log of another file.
STORAGE_VERSION = "v1.5.0"
# Publication dates decide the cut-off only where they are the rule in the data and not the exception.
LEAST_DATED_SHARE = 0.5
# Of more applications every metric is a transaction of its own: what one has written stays in memory until it is committed.
MOST_APPLICATIONS_AT_ONCE = 1_000_000
# With fewer applications the last day of an office's own data is chance, and that of all offices together is taken.
LEAST_OFFICE_APPLICATIONS = 100
# An office with a smaller share does not hold back the last complete year of all offices together.
LEAST_OFFICE_SHARE = Fraction(1, 20)


@dataclass(frozen=True)
class PastRun:
    """A row of meta.run: a run before the one that builds. Times with their time zone, or in UTC without one."""

    run_id: str
    started_at: datetime
    finished_at: datetime | None
    status: str | None
    rows: int | None
    occasion: str | None
    version_key: str | None
    rows_in: int | None
    quarantined: int | None
    problem: str | None


@dataclass(frozen=True)
class Freshness:
    """A row of meta.source_freshness. `arrived_at`: when new bytes last came; `data_until`: last publication date."""

    source: str
    files: int
    arrived_at: datetime | None
    data_until: date | None
    stale_after_days: float | None


@dataclass(frozen=True)
class BuildFacts:
    """What a build knows beside its data.

    `cut_off_date`: as declared by the user, or None. `started_at`: with its time zone, or in UTC without one.
    `occasion`, `past_runs`, `freshness`: for meta.run and meta.source_freshness; they change no content hash.
    """

    version_key: str
    patnav_version: str
    taxonomy_version: str
    is_synthetic: bool
    cut_off_date: date | None
    run_id: str
    started_at: datetime
    publication_lag_months: int = 18
    focus_province_code: str = "330000"
    focus_city_code: str = "330100"
    occasion: str | None = None
    past_runs: tuple[PastRun, ...] = ()
    freshness: tuple[Freshness, ...] = ()


@dataclass(frozen=True)
class CutOff:
    """The last day the data speak of, how it is known, and the last filing year that they hold completely."""

    cut_off_date: date | None
    cut_off_basis: str
    last_complete_year: int | None


@dataclass(frozen=True)
class CutOffs:
    """`whole`: of all offices together. `offices`: office, its applications, its own cut-off."""

    whole: CutOff
    offices: tuple[tuple[str, int, CutOff], ...]


@dataclass(frozen=True)
class BuildReport:
    """`rows`: schema.name -> rows. `warnings`: checks that found rows but do not stop a publication."""

    target: Path
    text: Path
    version_key: str
    content_hash: str
    cut_off: CutOff
    rows: dict[str, int]
    metrics: tuple[str, ...]
    checks: tuple[CheckResult, ...]
    claims: tuple[ClaimResult, ...]

    @property
    def warnings(self) -> tuple[CheckResult, ...]:
        return tuple(result for result in self.checks if not result.is_passed)


def build(
    door: Path, target: Path, facts: BuildFacts, checkpoint: Callable[[str], None] = lambda name: None
) -> BuildReport:
    """Load the door into a new file at `target`, with its text store beside it, and check it.

    `checkpoint` is called with the name of every moment at which the build may be killed.
    Raises ContractError where the door does not keep to the declared tables, CheckFailedError where a check of severity
    error finds rows, PublishError where `target` exists. Whatever is raised, nothing is left at `target`.
    """
    text = text_store(target)
    for path in (target, text):
        if path.exists():
            raise PublishError(path.name, "exists already", "a fresh path", "remove it or build elsewhere")
    try:
        shutil.copyfile(_parquet(door, TABLES[TEXT_TABLES[0]]), text)
        try:
            report = _into_file(door, target, facts, checkpoint, BOUNDED)
        except duckdb.OutOfMemoryException:
            # Lists and counts of different values cannot go through the disk: they get what DuckDB takes by itself.
            _remove_database(target)
            report = _into_file(door, target, facts, checkpoint, OFFLINE)
        _refuse_write_ahead_log(target)
        checkpoint("closed")
    except BaseException:
        remove(target)
        raise
    return report


def _into_file(
    door: Path, target: Path, facts: BuildFacts, checkpoint: Callable[[str], None], config: dict[str, str]
) -> BuildReport:
    with duckdb.connect(str(target), config=config | {"storage_compatibility_version": STORAGE_VERSION}) as opened:
        report = _fill(opened, door, target, facts, checkpoint)
        opened.execute("CHECKPOINT")
        checkpoint("stored")
    return report


def remove(target: Path) -> None:
    """Remove a build that is not published: the file, its write-ahead log and its text store."""
    _remove_database(target)
    text_store(target).unlink(missing_ok=True)


def _remove_database(target: Path) -> None:
    for path in (target, write_ahead_log(target)):
        path.unlink(missing_ok=True)


def write_ahead_log(database: Path) -> Path:
    return database.with_name(database.name + ".wal")


def cut_off(
    facts: BuildFacts,
    publications: int,
    dated_publications: int,
    last_publication_date: date | None,
    last_filing_year: int | None,
) -> CutOff:
    """The cut-off date by the first rule that applies: declared, publication dates, filing years, unknown."""
    if facts.cut_off_date:
        found, basis = facts.cut_off_date, "declared"
    elif last_publication_date and dated_publications >= LEAST_DATED_SHARE * publications:
        found, basis = last_publication_date, "publication_date"
    elif last_filing_year:
        found, basis = date(last_filing_year, 12, 31), "filing_year"
    else:
        return CutOff(None, "unknown", None)
    return CutOff(found, basis, last_complete_year(found, facts.publication_lag_months))


def last_complete_year(cut_off_date: date, lag_months: int) -> int:
    """T*: the largest year y with cut_off_date on or after 31 December y plus `lag_months` (metrics.md, C5)."""
    year = cut_off_date.year
    while _months_after_new_years_eve(year, lag_months) > cut_off_date:
        year -= 1
    return year


def _months_after_new_years_eve(year: int, months: int) -> date:
    years, month = divmod(11 + months, 12)
    day = calendar.monthrange(year + years, month + 1)[1]
    return date(year + years, month + 1, day)


def fill(
    connection: duckdb.DuckDBPyConnection,
    door: Path,
    facts: BuildFacts,
    checkpoint: Callable[[str], None] = lambda name: None,
) -> CutOffs:
    """Core and meta from the door: all that the metrics are computed from. Raises as `build`."""
    with _at_once(connection):
        create_structure(connection)
        _load(connection, door)
    checkpoint("loaded")
    _refuse_nothing(connection)
    found = _cut_offs(connection, facts)
    with _at_once(connection):
        connection.execute(ddl.insert_row(BUILD), _build_row(facts, found.whole))
        for office, applications, own in found.offices:
            row = [office, applications, own.cut_off_date, own.cut_off_basis, own.last_complete_year]
            connection.execute(ddl.insert_row(OFFICE_CUT_OFF), row)
        _write_times(connection, facts)
    return found


def _fill(
    connection: duckdb.DuckDBPyConnection,
    door: Path,
    target: Path,
    facts: BuildFacts,
    checkpoint: Callable[[str], None],
) -> BuildReport:
    found = fill(connection, door, facts, checkpoint)
    applications = connection.execute(ddl.row_total("core.application")).fetchone()[0]
    if applications <= MOST_APPLICATIONS_AT_ONCE:
        with _at_once(connection):
            create_metrics(connection)
    else:
        create_metrics(connection, partial(_execute_frugally, connection))
    checkpoint("measured")
    claims = evaluate_claims(connection)
    results = run_checks(connection, text_store(target))
    _refuse_failed(results)
    checkpoint("checked")
    with _at_once(connection):
        for claim in claims:
            connection.execute(ddl.insert_row(CLAIM), claim.as_row())
        for result in results:
            connection.execute(ddl.insert_row(CHECK), result.as_row())
    held = content(connection, text_store(target))
    connection.execute(cabinet.statement("set_content_hash"), [held.content_hash])
    finished = {"run_id": facts.run_id, "finished_at": _utc(datetime.now(UTC)), "status": "built"}
    connection.execute(cabinet.statement("finish_run"), finished | {"rows": _loaded_rows(held.rows)})
    return BuildReport(
        target=target,
        text=text_store(target),
        version_key=facts.version_key,
        content_hash=held.content_hash,
        cut_off=found.whole,
        rows=held.rows,
        metrics=tuple(metric.metric for metric in cabinet.metrics()),
        checks=tuple(results),
        claims=tuple(claims),
    )


@contextmanager
def _at_once(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """One transaction for many statements: by itself every statement waits until the disk has written it."""
    connection.begin()
    yield
    connection.commit()


def create_structure(connection: duckdb.DuckDBPyConnection) -> None:
    """Schemas and empty tables of core and meta, with their comments."""
    for statement in ddl.create_statements():
        connection.execute(statement)


def create_metrics(connection: duckdb.DuckDBPyConnection, execute: Callable[[str], Any] | None = None) -> None:
    """The macros, every metric of the cabinet as a table computed from what core and meta hold now, and meta.metric.

    Called again after a change of core or meta, it computes all of them anew. `execute` as for `compute_metrics`.
    """
    for macro in cabinet.macros():
        for statement in ddl.create_macro(macro):
            connection.execute(statement)
    compute_metrics(connection, execute)
    connection.execute(cabinet.statement("forget_metrics"))
    for metric in cabinet.metrics():
        for statement in ddl.comment_metric(metric):
            connection.execute(statement)
        row = [getattr(metric, column.name) for column in METRIC.columns]
        connection.execute(ddl.insert_row(METRIC), row)


def compute_metrics(connection: duckdb.DuckDBPyConnection, execute: Callable[[str], Any] | None = None) -> None:
    """The tables of the metrics alone. Each stands on those before it, by name. `execute`: how each is made, else by `connection`."""
    for metric in cabinet.metrics():
        (execute or connection.execute)(ddl.create_metric(metric))


def _execute_frugally(connection: duckdb.DuckDBPyConnection, statement: str) -> None:
    """Execute a statement that is a transaction of its own; where memory does not suffice, once more with one thread, which needs less."""
    try:
        connection.execute(statement)
    except duckdb.OutOfMemoryException:
        connection.execute("SET threads = 1")
        connection.execute(statement)
        connection.execute("RESET threads")


def _load(connection: duckdb.DuckDBPyConnection, door: Path) -> None:
    declared = _declared_types(connection)
    for table in ddl.LOADED_TABLES:
        path = _parquet(door, table)
        _refuse_other_columns(connection, path, declared[table.full_name])
        try:
            connection.execute(ddl.load_from_parquet(table), [str(path)])
        except duckdb.Error as error:
            raise ContractError(table.full_name, str(error).splitlines()[0], "the declared columns") from error
    for name in TEXT_TABLES:
        _refuse_other_columns(connection, _parquet(door, TABLES[name]), _text_types(TABLES[name]), in_order=True)


def _parquet(door: Path, table: Table) -> Path:
    path = door / f"{table.full_name}.parquet"
    if not path.is_file():
        raise ContractError(path.name, "not in the door", f"the Parquet file of {table.full_name}")
    return path


def _declared_types(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    types: dict[str, dict[str, str]] = {}
    for schema, table, column, data_type in connection.execute(cabinet.statement("loaded_columns")).fetchall():
        types.setdefault(f"{schema}.{table}", {})[column] = data_type
    return types


def _text_types(table: Table) -> dict[str, str]:
    return {column.name: ddl.sql_type(column.dtype) for column in table.described_columns}


def _refuse_other_columns(
    connection: duckdb.DuckDBPyConnection, path: Path, declared: dict[str, str], in_order: bool = False
) -> None:
    try:
        described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
    except duckdb.Error as error:
        raise ContractError(path.name, str(error).splitlines()[0], "a Parquet file") from error
    found = {row[0]: row[1] for row in described}
    for column in sorted(declared.keys() | found.keys()):
        if declared.get(column) != found.get(column):
            raise ContractError(
                f"{path.name}, column {column}",
                found.get(column, "no such column"),
                declared.get(column, "no such column"),
            )
    # The text store is copied as it is, and the content hash reads its columns in the file's order.
    if in_order and list(found) != list(declared):
        raise ContractError(path.name, f"columns {', '.join(found)}", f"in this order: {', '.join(declared)}")


def _refuse_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    publications = connection.execute(ddl.row_total("core.publication")).fetchone()[0]
    if not publications:
        raise CheckFailedError(
            "core.publication",
            "no publication at all",
            "at least one",
            "nothing is published; see meta.source_file and the quarantine for why no row came through",
        )


def _cut_offs(connection: duckdb.DuckDBPyConnection, facts: BuildFacts) -> CutOffs:
    # A publication "dated" after the run is a misread date and must not make every year look complete.
    today = {"today": _utc(facts.started_at).date()}
    (_, total, *found), *offices = connection.execute(cabinet.statement("cut_off"), today).fetchall()
    whole = cut_off(facts, *found)
    by_office = tuple(
        (office, applications, cut_off(facts, *own) if applications >= LEAST_OFFICE_APPLICATIONS else whole)
        for office, applications, *own in offices
    )
    return CutOffs(_held_back(whole, by_office, total), by_office)


def _held_back(whole: CutOff, offices: tuple[tuple[str, int, CutOff], ...], applications: int) -> CutOff:
    """No year is complete for all offices before it is for every one that weighs in them (LEAST_OFFICE_SHARE)."""
    years = [
        own.last_complete_year
        for _, filed, own in offices
        if filed >= LEAST_OFFICE_SHARE * applications and own.last_complete_year is not None
    ]
    return replace(whole, last_complete_year=min(years)) if years else whole


def _write_times(connection: duckdb.DuckDBPyConnection, facts: BuildFacts) -> None:
    """meta.run, this run last and not finished yet, and meta.source_freshness."""
    this = PastRun(
        facts.run_id, facts.started_at, None, "building", None, facts.occasion, facts.version_key, None, None, None
    )
    for run in (*facts.past_runs, this):
        row = astuple(replace(run, started_at=_utc(run.started_at), finished_at=_utc(run.finished_at)))
        connection.execute(ddl.insert_row(RUN), row)
    for source in facts.freshness:
        connection.execute(
            ddl.insert_row(SOURCE_FRESHNESS), astuple(replace(source, arrived_at=_utc(source.arrived_at)))
        )


def _build_row(facts: BuildFacts, found: CutOff) -> list[object]:
    return [
        facts.version_key,
        facts.patnav_version,
        facts.taxonomy_version,
        facts.is_synthetic,
        found.cut_off_date,
        found.cut_off_basis,
        facts.publication_lag_months,
        found.last_complete_year,
        facts.focus_province_code,
        facts.focus_city_code,
        None,
    ]


def _refuse_failed(results: list[CheckResult]) -> None:
    failed = [result for result in results if not result.is_passed and result.check.severity == "error"]
    if failed:
        raise CheckFailedError(
            ", ".join(result.check.check for result in failed),
            "; ".join(_told(result) for result in failed),
            "no offending row",
            "nothing is published; the published warehouse stays",
        )


def _told(result: CheckResult) -> str:
    return f"{result.check.title_en} ({result.offending_rows} rows do not): {', '.join(result.first_rows)}"


def _loaded_rows(rows: dict[str, int]) -> int:
    return sum(rows[table.full_name] for table in ddl.LOADED_TABLES)


def _utc(moment: datetime | None) -> datetime | None:
    """Without a time zone, in UTC; a moment without one is UTC already, wherever the machine stands."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment is not None and moment.tzinfo else moment


def _refuse_write_ahead_log(target: Path) -> None:
    if write_ahead_log(target).exists():
        raise PublishError(target.name, "a write-ahead log stands beside the closed file", "none", "build again")
