"""The door, the build's facts, the storage format and the content hash."""

from __future__ import annotations

import random
import shutil
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import warehouse.build
from schemas.errors import CheckFailedError, ContractError, PublishError
from schemas.tables import WAREHOUSE_TABLES
from tests.warehouse.world import FACTS, Rows, world, write_door
from warehouse import ddl
from warehouse.build import STORAGE_VERSION, BuildReport, build, cut_off, last_complete_year
from warehouse.content import content, content_of_file, stored_relations

Build = Callable[..., BuildReport]


# ── The door ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_table_of_the_door_is_loaded_as_it_is(built: BuildReport, ask_built) -> None:
    rows = world()
    assert {table.full_name: built.rows[table.full_name] for table in WAREHOUSE_TABLES} == {
        table.full_name: len(rows[table.full_name]) for table in WAREHOUSE_TABLES
    }
    assert ask_built("SELECT evidence FROM core.application_branch WHERE application_id = 'A01'") == [
        ([{"kind": "term", "value": "gpu", "field": "title", "position": 0}],)
    ]
    assert ask_built("SELECT applicants FROM core.publication WHERE application_id = 'A04'") == [(["h1", "u1"],)]
    assert ask_built("SELECT typeof(filing_date) FROM core.application LIMIT 1") == [("DATE",)]


def test_texts_stay_outside_the_file(built: BuildReport, ask_built) -> None:
    assert built.text.name == "warehouse.text.parquet"
    assert pl.read_parquet(built.text).height == 21
    assert ask_built("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'publication_text'") == [(0,)]


def test_the_door_needs_every_file(tmp_path: Path) -> None:
    door = write_door(tmp_path / "door", world())
    (door / "core.office.parquet").unlink()
    with pytest.raises(ContractError, match="core.office.parquet: not in the door"):
        build(door, tmp_path / "w.duckdb", FACTS)
    assert not list(tmp_path.glob("w.*"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda frame: frame.drop("name_en"), "column name_en: no such column; expected VARCHAR"),
        (lambda frame: frame.with_columns(extra=pl.lit(1)), "column extra: INTEGER; expected no such column"),
        (lambda frame: frame.cast({"is_ip5": pl.String}), "column is_ip5: VARCHAR; expected BOOLEAN"),
        (lambda frame: frame.with_columns(name_zh=None).cast({"name_zh": pl.String}), "core.office: .*name_zh"),
    ],
)
def test_the_door_keeps_to_the_declared_columns(
    tmp_path: Path, change: Callable[[pl.DataFrame], pl.DataFrame], message: str
) -> None:
    door = write_door(tmp_path / "door", world())
    path = door / "core.office.parquet"
    change(pl.read_parquet(path)).write_parquet(path)
    with pytest.raises(ContractError, match=message):
        build(door, tmp_path / "w.duckdb", FACTS)
    assert not list(tmp_path.glob("w.*"))


def test_a_damaged_file_of_the_door_is_named(tmp_path: Path) -> None:
    door = write_door(tmp_path / "door", world())
    (door / "core.office.parquet").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(ContractError, match="core.office.parquet"):
        build(door, tmp_path / "w.duckdb", FACTS)


def test_the_order_of_the_door_s_columns_does_not_matter(tmp_path: Path, built: BuildReport) -> None:
    door = write_door(tmp_path / "door", world())
    for path in sorted(door.iterdir()):
        if path.name != "core.publication_text.parquet":
            _reverse_columns(path)
    assert build(door, tmp_path / "w.duckdb", FACTS).content_hash == built.content_hash
    _reverse_columns(door / "core.publication_text.parquet")
    with pytest.raises(ContractError, match="in this order: publication_number, abstract, claims"):
        build(door, tmp_path / "x.duckdb", FACTS)


def _reverse_columns(path: Path) -> None:
    frame = pl.read_parquet(path)
    frame.select(reversed(frame.columns)).write_parquet(path)


def test_a_door_without_publications_publishes_nothing(build_rows: Build, tmp_path: Path) -> None:
    with pytest.raises(CheckFailedError, match="no publication at all"):
        build_rows({name: [] for name in world()}, name="empty")
    assert not list(tmp_path.glob("empty.*"))


def test_a_build_never_overwrites(built: BuildReport, tmp_path: Path) -> None:
    before = built.target.read_bytes()
    with pytest.raises(PublishError, match="exists already"):
        build(write_door(tmp_path / "door", world()), built.target, FACTS)
    assert built.target.read_bytes() == before


# ── Facts ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_meta_tells_how_the_version_was_built(ask_built, built: BuildReport) -> None:
    assert ask_built("SELECT * FROM meta.build") == [
        (
            "v1",
            "0.1.0",
            "t1",
            True,
            date(2022, 7, 15),
            "publication_date",
            18,
            2020,
            "330000",
            "330100",
            built.content_hash,
        )
    ]
    run = ask_built("SELECT run_id, started_at, finished_at > started_at, status, rows FROM meta.run")
    loaded = sum(built.rows[table.full_name] for table in ddl.LOADED_TABLES)
    assert run == [("run-1", FACTS.started_at.replace(tzinfo=None), True, "built", loaded)]
    assert ask_built("SELECT count(*), count(DISTINCT metric), min(length(sql)) > 100 FROM meta.metric") == [
        (len(built.metrics), len(built.metrics), True)
    ]


@pytest.mark.parametrize(
    ("cut_off_date", "lag_months", "year"),
    [
        (date(2022, 6, 30), 18, 2020),  # 31 December 2020 and 18 months
        (date(2022, 6, 29), 18, 2019),
        (date(2023, 6, 29), 18, 2020),
        (date(2024, 6, 30), 18, 2022),
        (date(2022, 12, 31), 24, 2020),
        (date(2022, 12, 30), 24, 2019),
        (date(2022, 12, 31), 0, 2022),
        (date(2022, 2, 28), 14, 2020),  # the month is shorter than the 31st
        (date(2024, 2, 28), 14, 2021),  # 29 February 2024 is a day later
    ],
)
def test_last_complete_year(cut_off_date: date, lag_months: int, year: int) -> None:
    assert last_complete_year(cut_off_date, lag_months) == year


@given(st.dates(date(1990, 1, 1), date(2090, 12, 31)), st.integers(0, 60))
def test_last_complete_year_is_the_largest(cut_off_date: date, lag_months: int) -> None:
    def months_of(day: date) -> int:
        return day.year * 12 + day.month - 1

    year = last_complete_year(cut_off_date, lag_months)
    # Whole months decide, except in the very month where the lag ends: there its last day does.
    assert months_of(date(year, 12, 31)) + lag_months <= months_of(cut_off_date)
    assert months_of(date(year + 1, 12, 31)) + lag_months >= months_of(cut_off_date)


@pytest.mark.parametrize(
    ("declared", "publications", "dated", "last_publication", "last_year", "expected"),
    [
        (date(2023, 3, 1), 10, 10, date(2022, 1, 1), 2021, (date(2023, 3, 1), "declared", 2020)),
        (None, 10, 5, date(2022, 7, 1), 2021, (date(2022, 7, 1), "publication_date", 2020)),
        (None, 10, 4, date(2022, 7, 1), 2021, (date(2021, 12, 31), "filing_year", 2019)),
        (None, 10, 0, None, 2021, (date(2021, 12, 31), "filing_year", 2019)),
        (None, 10, 0, None, None, (None, "unknown", None)),
    ],
)
def test_cut_off_takes_the_first_rule_that_applies(
    declared, publications, dated, last_publication, last_year, expected
) -> None:
    found = cut_off(replace(FACTS, cut_off_date=declared), publications, dated, last_publication, last_year)
    assert (found.cut_off_date, found.cut_off_basis, found.last_complete_year) == expected


@pytest.mark.parametrize(
    "started_at", [datetime(2022, 8, 1, 3, 0), datetime(2022, 8, 1, 11, 0, tzinfo=timezone(timedelta(hours=8)))]
)
def test_a_run_starts_in_utc_wherever_the_machine_stands(
    build_rows: Build, monkeypatch: pytest.MonkeyPatch, started_at: datetime
) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    report = build_rows(world(), started_at=started_at)
    monkeypatch.undo()
    time.tzset()
    with duckdb.connect(str(report.target), read_only=True) as connection:
        found = connection.execute("SELECT started_at, finished_at FROM meta.run").fetchone()
    assert found[0] == datetime(2022, 8, 1, 3, 0)
    assert abs(found[1] - datetime.now(UTC).replace(tzinfo=None)) < timedelta(minutes=5)


def test_a_publication_from_the_future_does_not_move_the_cut_off(build_rows: Build) -> None:
    rows = world()
    rows["core.publication"][3]["publication_date"] = date(2099, 1, 1)
    report = build_rows(rows)
    assert report.cut_off.cut_off_date == date(2022, 7, 15)
    assert [result.check.check for result in report.warnings] == ["published_after_cut_off"]


def test_all_offices_together_reach_no_further_than_those_with_a_twentieth_of_the_filings(
    build_rows: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 20 filings 14 are Chinese, published until July 2022; the one in Japan, just a twentieth, until October 2021."""
    monkeypatch.setattr(warehouse.build, "LEAST_OFFICE_APPLICATIONS", 1)
    report = build_rows(world())
    with duckdb.connect(str(report.target), read_only=True) as connection:
        found = dict(connection.execute("SELECT area, cut_off_date FROM metrics.m00_area").fetchall())
    assert found["all"] == date(2021, 10, 10)
    assert found["cn_office"] == found["focus_province"] == report.cut_off.cut_off_date == date(2022, 7, 15)
    assert last_complete_year(found["all"], FACTS.publication_lag_months) == report.cut_off.last_complete_year == 2019


# ── Storage and content ─────────────────────────────────────────────────────────────────────────────────────────


def test_storage_is_what_duckdb_1_5_reads(built: BuildReport) -> None:
    with duckdb.connect(str(built.target), read_only=True) as connection:
        tags = connection.execute("SELECT tags FROM duckdb_databases() WHERE NOT internal").fetchone()[0]
    assert tags["storage_version"] == f"{STORAGE_VERSION}+"
    # The main header holds the format number at byte 12; DuckDB 1.5 refuses everything above 68.
    assert struct.unpack_from("<Q", built.target.read_bytes(), 12)[0] <= 68
    assert not built.target.with_name(built.target.name + ".wal").exists()


def test_there_are_no_indexes(ask_built) -> None:
    assert ask_built("SELECT count(*) FROM duckdb_indexes()") == [(0,)]
    assert ask_built("SELECT DISTINCT constraint_type FROM duckdb_constraints()") == [("NOT NULL",)]


def test_content_hash_does_not_depend_on_order_threads_or_time_zone(
    build_rows: Build, built: BuildReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = world()
    for table in rows.values():
        random.Random(7).shuffle(table)
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    later = FACTS.started_at.replace(hour=23)
    other = build_rows(rows, name="shuffled", run_id="run-2", version_key="v2", started_at=later)
    assert other.content_hash == built.content_hash
    with duckdb.connect(str(other.target), read_only=True, config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'America/New_York'")
        stored = connection.execute("SELECT content_hash FROM meta.build").fetchone()[0]
    assert content_of_file(other.target).content_hash == stored


def test_metrics_of_many_applications_are_committed_one_by_one(
    build_rows: Build, built: BuildReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warehouse.build, "MOST_APPLICATIONS_AT_ONCE", 1)
    many = build_rows(world(), name="many")
    assert many.metrics == built.metrics
    assert _rows_of_metrics(many.target) == _rows_of_metrics(built.target)


class Short:
    """A connection that has no memory for a table with several threads."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def threads(self) -> int:
        return self._connection.execute("SELECT current_setting('threads')").fetchone()[0]

    def execute(self, statement: str) -> duckdb.DuckDBPyConnection:
        if statement.startswith("CREATE") and self.threads() > 1:
            raise duckdb.OutOfMemoryException("failed to allocate")
        return self._connection.execute(statement)


def test_a_metric_for_which_memory_is_short_is_made_with_one_thread() -> None:
    with duckdb.connect(config={"threads": 2}) as real:
        connection = Short(real)
        warehouse.build._execute_frugally(
            connection, "CREATE TABLE metric AS SELECT current_setting('threads') AS made_by"
        )
        assert real.execute("SELECT made_by FROM metric").fetchall() == [(1,)]
        with duckdb.connect() as another:
            assert connection.threads() == Short(another).threads()


def test_what_cannot_go_through_the_disk_gets_more_memory(
    build_rows: Build, built: BuildReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits: list[str] = []
    metrics = warehouse.build.create_metrics

    def too_large_at_first(connection: duckdb.DuckDBPyConnection) -> None:
        limits.append(connection.execute("SELECT current_setting('memory_limit')").fetchone()[0])
        if len(limits) == 1:
            raise duckdb.OutOfMemoryException("failed to pin block")
        metrics(connection)

    monkeypatch.setattr(warehouse.build, "create_metrics", too_large_at_first)
    assert build_rows(world(), name="large").content_hash == built.content_hash
    assert len(limits) == len(set(limits)) == 2


def _rows_of_metrics(database: Path) -> dict[str, int]:
    with duckdb.connect(str(database), read_only=True) as connection:
        named = connection.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'metrics'").fetchall()
        return {name: connection.execute(ddl.row_total(f"metrics.{name}")).fetchone()[0] for (name,) in named}


def _changed(rows: Rows, table: str) -> Rows:
    declared = {each.full_name: each for each in WAREHOUSE_TABLES}[table]
    texts = [c.name for c in declared.described_columns if c.dtype == pl.String and not c.rules]
    free = [name for name in texts if name not in declared.key and name not in declared.references]
    rows[table][0][free[-1]] = "changed"
    return rows


@pytest.mark.parametrize(
    "table",
    ["core.publication", "core.publication_text", "core.applicant", "core.policy", "core.region", "meta.rejected_row"],
)
def test_content_hash_depends_on_every_table(build_rows: Build, built: BuildReport, table: str) -> None:
    assert build_rows(_changed(world(), table)).content_hash != built.content_hash


def test_content_hash_reads_every_column_of_every_table(built: BuildReport, tmp_path: Path) -> None:
    database = tmp_path / "copy.duckdb"
    shutil.copyfile(built.target, database)
    shutil.copyfile(built.text, tmp_path / "copy.text.parquet")
    assert content_of_file(database).content_hash == built.content_hash
    with duckdb.connect(str(database)) as connection:
        for table in stored_relations(connection, built.text):
            is_left_out = table in ("meta.run", "meta.source_freshness")
            if table != "core.publication_text":
                one, two = (_hash_with_column(connection, built.text, table, value) for value in (1, 2))
                assert (one == built.content_hash) == is_left_out, table
                assert (one == two) == (is_left_out or not built.rows[table]), table


def _hash_with_column(connection: duckdb.DuckDBPyConnection, text: Path, table: str, value: int) -> str:
    connection.begin()
    connection.execute(f"ALTER TABLE {table} ADD COLUMN added INTEGER DEFAULT {value}")
    found = content(connection, text).content_hash
    connection.rollback()
    return found


# ── Quoting ─────────────────────────────────────────────────────────────────────────────────────────────────────

NAMES = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=30)


@pytest.fixture(scope="module")
def memory() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as connection:
        yield connection


@given(name=NAMES)
def test_any_name_and_any_text_survives_quoting(memory: duckdb.DuckDBPyConnection, name: str) -> None:
    result = memory.execute(" ".join(("SELECT", ddl.literal(name), "AS", ddl.quoted(name))))
    assert result.description[0][0] == name
    assert result.fetchall() == [(name,)]


def test_a_hostile_name_is_only_a_name() -> None:
    with duckdb.connect(":memory:") as connection:
        connection.execute("CREATE TABLE kept (a INTEGER)")
        connection.execute(ddl.create_schema('x"; DROP TABLE kept; --'))
        connection.execute(ddl.row_total("kept"))
