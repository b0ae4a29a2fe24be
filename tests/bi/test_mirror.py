"""The mirror on a real server: what it holds, what a reader sees while it is replaced, and what it refuses."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import pytest

from schemas.errors import MirrorError
from tests.bi.servers import Postgres
from tests.conftest import ROOT
from tests.warehouse.world import FACTS, world, write_door
from warehouse import cabinet
from warehouse.build import build
from warehouse.marts import STAR, marts_of
from warehouse.mirror import MOMENTS, mirror

# What is compared for a mix: every table of a version says the same number.
NUMBER = "SELECT (SELECT max(said) FROM patnav_core.policy), (SELECT max(said) FROM patnav_metrics.m00_level)"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mirrored")
    return build(write_door(folder / "door", world()), folder / "warehouse.duckdb", FACTS).target


@pytest.fixture(scope="module")
def numbered(built: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two small versions: a table and a metric that say 1, and the same that say 2."""
    files = []
    for number in (1, 2):
        path = tmp_path_factory.mktemp("numbered") / f"{number}.duckdb"
        shutil.copyfile(built, path)
        with duckdb.connect(str(path)) as connection:
            for metric in cabinet.metrics():
                connection.execute(f"DROP TABLE metrics.{metric.metric}")
            for table in STAR:
                if table != "meta.build":
                    connection.execute(f"DROP TABLE {table}")
            connection.execute(f"CREATE TABLE core.policy AS SELECT {number} AS said FROM range(3)")
            connection.execute(f"CREATE TABLE metrics.m00_level AS SELECT {number} AS said")
            connection.execute("UPDATE meta.build SET version_key = ?", [f"v{number}"])
        files.append(path)
    return files


@pytest.fixture
def address(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> str:
    """A server without schemas of ours."""
    monkeypatch.setenv("PGPASSWORD", postgres.password)
    found = postgres.run("SELECT nspname::text FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema|public)'")
    postgres.run(*(f'DROP SCHEMA "{name}" CASCADE' for (name,) in found))
    return postgres.address


# ── What it holds ───────────────────────────────────────────────────────────────────────────────────────────────


def test_every_mart_is_there_row_by_row_with_its_comments(built: Path, postgres: Postgres, address: str) -> None:
    done = mirror(built, address)
    marts = marts_of(built)
    assert list(done.rows) == [f"patnav_{mart.name}" for mart in marts]
    compared = 0
    with duckdb.connect(str(built), read_only=True) as connection:
        for mart in marts:
            plain = [column.column for column in mart.columns if column.data_type in _PLAIN]
            names = ", ".join(f'"{name}"' for name in plain)
            expected = connection.execute(f"SELECT {names} FROM {mart.name}").fetchall()
            found = postgres.run(f"SELECT {names} FROM patnav_{mart.name}")
            assert sorted(map(repr, found)) == sorted(map(repr, expected)), mart.name
            assert done.rows[f"patnav_{mart.name}"] == len(expected)
            compared += len(expected)
    assert compared > 500
    said = dict(
        postgres.run(
            "SELECT attname::text, col_description(attrelid, attnum) FROM pg_attribute"
            " WHERE attrelid = 'patnav_metrics.m03_office_ranking'::regclass AND attnum > 0"
        )
    )
    assert said["office"] == "受理局代码 / Office, WIPO ST.3"
    assert all(said.values())


_PLAIN = ("VARCHAR", "INTEGER", "BIGINT", "DOUBLE", "BOOLEAN", "DATE")


def test_lists_are_arrays_and_structures_are_json(built: Path, postgres: Postgres, address: str) -> None:
    mirror(built, address)
    with duckdb.connect(str(built), read_only=True) as connection:
        offices = connection.execute("SELECT family_id, offices FROM core.family ORDER BY 1").fetchall()
        terms = connection.execute(
            "SELECT application_id, branch, evidence[1].value FROM core.application_branch ORDER BY 1, 2"
        ).fetchall()
    assert postgres.run('SELECT family_id, offices FROM patnav_core.family ORDER BY family_id COLLATE "C"') == offices
    found = postgres.run(
        "SELECT application_id, branch, evidence->0->>'value' FROM patnav_core.application_branch"
        ' ORDER BY application_id COLLATE "C", branch COLLATE "C"'
    )
    assert found == terms
    assert len(found) > 5


def test_hostile_names_and_texts_arrive_as_they_are(
    numbered: list[Path], postgres: Postgres, address: str, tmp_path
) -> None:
    hostile = ('"; DROP SCHEMA public CASCADE; --', "'); --", "\\", "%s {0} $1", "right\u202eto left", "中文\t\n")
    path = tmp_path / "hostile.duckdb"
    shutil.copyfile(numbered[0], path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("DROP TABLE metrics.m00_level")
        columns = ", ".join(f"{_quoted(name)} VARCHAR" for name in hostile[:4])
        connection.execute(f"CREATE TABLE metrics.plain ({columns})")
        connection.execute("INSERT INTO metrics.plain VALUES (?, ?, ?, ?)", [*hostile[2:6]])
        connection.execute("INSERT INTO metrics.plain VALUES (?, chr(0) || 'x', ?, ?)", [*hostile[:3]])
        view = _quoted('m"; DROP TABLE x; --')
        connection.execute(f"CREATE VIEW metrics.{view} AS FROM metrics.plain")
        connection.execute(f"COMMENT ON VIEW metrics.{view} IS '''); DROP SCHEMA public; --'")
    mirror(path, address)
    assert postgres.run(f"SELECT * FROM patnav_metrics.{view} ORDER BY 2") == [
        (*hostile[2:6],),
        (hostile[0], "x", hostile[1], hostile[2]),
    ]
    assert postgres.run("SELECT 1 FROM pg_namespace WHERE nspname = 'public'") == [(1,)]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# ── Replaced under its readers ──────────────────────────────────────────────────────────────────────────────────


def test_readers_see_one_version_or_the_other_and_never_both(
    numbered: list[Path], postgres: Postgres, address: str
) -> None:
    mirror(numbered[0], address)
    seen: list[tuple] = []
    complaints: list[Exception] = []
    stop = threading.Event()

    def read() -> None:
        with postgres.connect() as connection, connection.cursor() as cursor:
            while not stop.is_set():
                try:
                    cursor.execute(NUMBER)
                    seen.extend(cursor.fetchall())
                except Exception as error:  # any error is a failure of the mirror
                    complaints.append(error)
                    return

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    try:
        for turn in range(12):
            mirror(numbered[(turn + 1) % 2], address)
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    assert complaints == []
    assert set(seen) == {(1, 1), (2, 2)}
    assert len(seen) > 200


def test_a_transaction_sees_one_version_to_its_end_and_the_mirror_waits(
    numbered: list[Path], postgres: Postgres, address: str
) -> None:
    mirror(numbered[0], address)
    done = []
    loaded = threading.Event()

    def noting(moment: str) -> None:
        if moment == "loaded":
            loaded.set()

    with postgres.connect(autocommit=False) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT max(said) FROM patnav_core.policy")
        assert cursor.fetchall() == [(1,)]
        writing = threading.Thread(target=lambda: done.append(mirror(numbered[1], address, moment=noting)))
        writing.start()
        assert loaded.wait(timeout=120)
        time.sleep(1.5)
        assert done == []
        # Others are not held up behind the mirror that waits.
        assert postgres.run(NUMBER) == [(1, 1)]
        cursor.execute("SELECT max(said) FROM patnav_metrics.m00_level")
        assert cursor.fetchall() == [(1,)]
        connection.commit()
        writing.join(timeout=120)
    assert done[0].waited > 1
    assert postgres.run(NUMBER) == [(2, 2)]


def test_a_reader_that_never_ends_ends_the_mirrors_patience(
    numbered: list[Path], postgres: Postgres, address: str
) -> None:
    mirror(numbered[0], address)
    with postgres.connect(autocommit=False) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT max(said) FROM patnav_core.policy")
        cursor.fetchall()
        with pytest.raises(MirrorError, match="readers held its tables.*pg_stat_activity"):
            mirror(numbered[1], address, patience=1)
    assert postgres.run(NUMBER) == [(1, 1)]
    assert _schemas(postgres) == ["patnav_core", "patnav_meta", "patnav_metrics"]


def test_who_sees_the_database_as_it_was_never_finds_the_new_tables_empty(
    numbered: list[Path], postgres: Postgres, address: str
) -> None:
    mirror(numbered[0], address)
    done = []
    loaded = threading.Event()

    def noting(moment: str) -> None:
        if moment == "loaded":
            loaded.set()

    with postgres.connect(autocommit=False) as connection, connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT 1")
        cursor.fetchall()
        writing = threading.Thread(target=lambda: done.append(mirror(numbered[1], address, moment=noting)))
        writing.start()
        assert loaded.wait(timeout=120)
        time.sleep(1.5)
        cursor.execute(NUMBER)
        assert (cursor.fetchall(), done) == ([(1, 1)], [])
        connection.commit()
        writing.join(timeout=120)
    assert postgres.run(NUMBER) == [(2, 2)]


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_anywhere_the_old_copy_or_the_new_one_stays_and_nothing_else(
    numbered: list[Path], postgres: Postgres, address: str, moment: str
) -> None:
    mirror(numbered[0], address)
    child = subprocess.run(
        [sys.executable, "-m", "tests.bi.mirror_child", str(numbered[1]), address, moment],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert child.returncode == -9, child.stderr
    expected = 2 if moment == "committed" else 1
    # The server notices the death when it next looks at the connection.
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and postgres.run("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'"):
        time.sleep(0.1)
    assert postgres.run(NUMBER) == [(expected, expected)]
    mirror(numbered[1], address)
    assert postgres.run(NUMBER) == [(2, 2)]
    assert _schemas(postgres) == ["patnav_core", "patnav_meta", "patnav_metrics"]


def _schemas(postgres: Postgres) -> list[str]:
    return [
        name for (name,) in postgres.run("SELECT nspname::text FROM pg_namespace WHERE nspname ~ '^patnav' ORDER BY 1")
    ]


def test_two_at_once_are_not_mixed(numbered: list[Path], postgres: Postgres, address: str) -> None:
    mirror(numbered[0], address)
    second = []

    def during(moment: str) -> None:
        if moment == "loaded":
            with pytest.raises(MirrorError, match="another mirror is being written"):
                mirror(numbered[0], address)
            second.append("refused")

    mirror(numbered[1], address, moment=during)
    assert (second, postgres.run(NUMBER)) == (["refused"], [(2, 2)])


# ── Who may read ────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_could_read_the_old_copy_can_read_the_new_one(
    numbered: list[Path], postgres: Postgres, address: str
) -> None:
    postgres.run("DROP ROLE IF EXISTS dashboard", "DROP ROLE IF EXISTS guest", "DROP ROLE IF EXISTS stranger")
    for role in ("dashboard", "guest", "stranger"):
        postgres.run(f"CREATE ROLE {role} LOGIN PASSWORD 'of {role}'")
    mirror(numbered[0], address, readers=("dashboard",))
    postgres.run("GRANT USAGE ON SCHEMA patnav_core TO guest", "GRANT SELECT ON patnav_core.policy TO guest")
    mirror(numbered[1], address)
    try:
        assert _asked_as(postgres, "dashboard", NUMBER) == [(2, 2)]
        assert _asked_as(postgres, "guest", "SELECT max(said) FROM patnav_core.policy") == [(2,)]
        for role, question in (
            ("guest", NUMBER),
            ("stranger", NUMBER),
            ("dashboard", "DELETE FROM patnav_core.policy"),
        ):
            with pytest.raises(Exception, match="permission denied"):
                _asked_as(postgres, role, question)
    finally:
        postgres.run("DROP OWNED BY dashboard, guest, stranger", "DROP ROLE dashboard, guest, stranger")


def _asked_as(postgres: Postgres, role: str, question: str) -> list[tuple]:
    with postgres.connect(role, f"of%20{role}") as connection, connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchall()


# ── What it refuses ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_schema_of_somebody_else_is_not_replaced(numbered: list[Path], postgres: Postgres, address: str) -> None:
    postgres.run("CREATE SCHEMA patnav_core", "CREATE TABLE patnav_core.mine AS SELECT 1 AS kept")
    with pytest.raises(MirrorError, match="was not made by patnav mirror.*--prefix"):
        mirror(numbered[0], address)
    assert postgres.run("SELECT kept FROM patnav_core.mine") == [(1,)]
    assert mirror(numbered[0], address, prefix="nav_").rows["nav_core.policy"] == 3


def test_a_table_of_somebody_else_in_our_schema_is_not_dropped(
    numbered: list[Path], postgres: Postgres, address: str
) -> None:
    mirror(numbered[0], address)
    postgres.run("CREATE TABLE patnav_core.mine AS SELECT 1 AS kept")
    with pytest.raises(MirrorError, match="2 tables and views, 1 of them made by patnav mirror"):
        mirror(numbered[1], address)
    assert postgres.run("SELECT kept FROM patnav_core.mine") == [(1,)]


def test_a_view_that_stands_on_the_mirror_is_named_and_kept(
    numbered: list[Path], postgres: Postgres, address: str
) -> None:
    mirror(numbered[0], address)
    postgres.run("CREATE VIEW public.newest AS SELECT max(said) AS said FROM patnav_core.policy")
    try:
        with pytest.raises(MirrorError, match=r"views stand on its tables: public\.newest"):
            mirror(numbered[1], address)
        assert postgres.run("SELECT said FROM public.newest") == [(1,)]
    finally:
        postgres.run("DROP VIEW public.newest")


def test_the_password_is_told_to_nobody(numbered: list[Path], postgres: Postgres, address: str, tmp_path) -> None:
    secret = "kanari%C3%A9-Gehe1m"
    wrong = address.replace("patnav@", f"patnav:{secret}@")
    run = [sys.executable, "-m", "flows.cli", "mirror", wrong, "-w", str(_workspace(numbered[0], tmp_path))]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    environment.pop("PGPASSWORD")
    for more in ([], ["--json"]):
        done = subprocess.run([*run, *more], capture_output=True, text=True, env=environment, check=False, timeout=300)
        assert done.returncode == 1
        assert "password authentication failed" in done.stderr
        assert "PGPASSWORD" in done.stderr
        assert "Traceback" not in done.stderr
        for said in (done.stdout, done.stderr):
            assert secret not in said
            assert "kanarié" not in said
            assert "Gehe1m" not in said


def test_the_command_tells_what_it_did(numbered: list[Path], postgres: Postgres, address: str, tmp_path) -> None:
    run = [sys.executable, "-m", "flows.cli", "mirror", "-w", str(_workspace(numbered[0], tmp_path))]
    with_password = address.replace("patnav@", f"patnav:{postgres.password}@")
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PATNAV_MIRROR": with_password}
    done = subprocess.run(run, capture_output=True, text=True, env=environment, check=False, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{address}: 版本 version v1, 3 表 tables, 5 行 rows\n"


def _workspace(database: Path, folder: Path) -> Path:
    from flows.workspace import create

    place = create(folder / "workspace")
    shutil.copyfile(database, place.database)
    return place.root
