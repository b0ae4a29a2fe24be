"""R8, R18: damage of a build or of a published version is found before anybody uses it, and the next refresh mends it."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from schemas.errors import PublishError
from tests.conftest import trials
from tests.survival.account import SEED
from tests.survival.mini import facts_of, mini_build, publish_mini, version_key
from tests.survival.places import EXISTING
from warehouse.build import STORAGE_VERSION
from warehouse.content import content_of_file, text_store
from warehouse.publish import current_key, problems_of_current, publish, rollback, verify

BLOCK = 4096


def _flip(content: bytearray, chance: random.Random) -> str:
    at = chance.randrange(len(content))
    content[at] ^= 1 << chance.randrange(8)
    return f"a bit flipped at {at:,}"


def _zero(content: bytearray, chance: random.Random) -> str:
    at = chance.randrange(len(content)) // BLOCK * BLOCK
    content[at : at + BLOCK] = bytes(len(content[at : at + BLOCK]))
    return f"a block of zeroes at {at:,}"


def _cut(content: bytearray, chance: random.Random) -> str:
    length = chance.randrange(len(content))
    del content[length:]
    return f"cut off after {length:,} bytes"


DAMAGES = (_flip, _zero, _cut)


def _damage(path: Path, chance: random.Random) -> str:
    """Change the bytes of a file in one way; empty where the change left them as they were."""
    whole = path.read_bytes()
    content = bytearray(whole)
    told = chance.choice(DAMAGES)(content, chance)
    if content == whole:
        return ""
    path.chmod(0o644)
    path.write_bytes(content)
    path.chmod(0o444)
    return f"{path.suffixes[-1]}: {told}"


def test_damage_of_a_published_version_is_found(account, places, tmp_path: Path) -> None:
    """In the database, the text store or the manifest: any byte."""
    r8, chance = account("R8"), random.Random(SEED)
    made = places.copy(EXISTING, tmp_path / "workspace") / "warehouse"
    key = current_key(made)
    files = [made / "builds" / f"{key}{end}" for end in (".duckdb", ".text.parquet", ".json")]
    whole = {path: path.read_bytes() for path in files}
    assert verify(made) == []
    while r8.trials < trials(100, 1000):
        path = chance.choice(files)
        told = _damage(path, chance)
        if not told:
            continue
        found = problems_of_current(made, key)
        r8.trial("" if found else f"{told}: not found")
        # Reading every value, which verify does besides, is the same for all damages: a sample of them.
        if r8.trials % 10 == 0:
            assert {finding.version_key for finding in verify(made)} == {key}
        path.chmod(0o644)
        path.write_bytes(whole[path])
        path.chmod(0o444)
    assert verify(made) == []


def test_a_damaged_build_is_not_published(account, tmp_path: Path) -> None:
    """Refused, or the damage was to free space and every value is as it was built."""
    r8, chance = account("R8", SEED + 1), random.Random(SEED + 1)
    whole = mini_build(tmp_path / "building", 7)
    held = content_of_file(whole)
    for number in range(trials(40, 400)):
        warehouse = tmp_path / str(number) / "warehouse"
        built = tmp_path / str(number) / "build.duckdb"
        built.parent.mkdir()
        shutil.copyfile(whole, built)
        shutil.copyfile(text_store(whole), text_store(built))
        told = _damage(chance.choice((built, text_store(built))), chance)
        try:
            published = publish(built, warehouse, facts_of(7))
        except PublishError:
            r8.trial("" if current_key(warehouse) is None else f"{told}: refused, and published all the same")
            continue
        same = published.version.content_hash == content_of_file(warehouse / "current.duckdb").content_hash
        r8.trial("" if same and held.content_hash == published.version.content_hash else f"{told}: published")


def test_a_refresh_mends_a_damaged_version(account, places, refreshing, tmp_path: Path) -> None:
    """Nothing new in the inbox, but the published version is not what it was: it is built again."""
    r8 = account("R8", SEED + 2)
    made = places.made[EXISTING]
    root = places.copy(EXISTING, tmp_path / "workspace")
    assert refreshing.run(root).is_done
    for end in (".duckdb", ".text.parquet", ".json"):
        _damage(root / "warehouse" / "builds" / f"{made.version_key}{end}", random.Random(SEED))
        mended = refreshing.run(root)
        broken = places.broken_after(EXISTING, root)
        r8.trial(
            *broken, "" if mended.is_done else f"{end}: the refresh ends with {mended.status}: {mended.told[-600:]}"
        )


# ── Logs of somebody's writing beside a published file ──────────────────────────────────────────────────────────

WRITER = """
import os, signal, sys, duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("SET checkpoint_threshold = '1TB'; PRAGMA disable_checkpoint_on_shutdown")
connection.execute("CREATE TABLE core.foreign_rows AS SELECT range AS id FROM range(1000)")
connection.execute("INSERT INTO core.policy SELECT 1000 + range FROM range(5)")
os.kill(os.getpid(), signal.SIGKILL)
"""


def _write_and_die(database: Path) -> None:
    """A user who may write opens the file, commits and is killed: the log stays."""
    database.chmod(0o644)
    died = subprocess.run([sys.executable, "-c", WRITER, str(database)], capture_output=True, text=True)
    assert died.returncode == -signal.SIGKILL, died.stderr
    database.chmod(0o444)


def _log_of_another(warehouse: Path, database: Path, log: Path) -> None:
    other = warehouse.parent / "other.duckdb"
    shutil.copyfile(database, other)
    _write_and_die(other)
    shutil.copyfile(other.with_name("other.duckdb.wal"), log)


def _log_of_a_writer(warehouse: Path, database: Path, log: Path) -> None:
    _write_and_die(database)


def _rubbish(warehouse: Path, database: Path, log: Path) -> None:
    log.write_bytes(random.Random(SEED).randbytes(5000))


def _empty(warehouse: Path, database: Path, log: Path) -> None:
    log.touch()


def _log_of_an_older_version(warehouse: Path, database: Path, log: Path) -> None:
    older = warehouse / "builds" / f"{version_key(1)}.duckdb"
    _write_and_die(older)
    os.replace(older.with_name(f"{older.name}.wal"), log)
    # The older version lost no byte: what was written is in the log.


LOGS: tuple[Callable, ...] = (_log_of_another, _log_of_a_writer, _rubbish, _empty, _log_of_an_older_version)


@pytest.mark.parametrize("plant", LOGS)
def test_no_foreign_log_reaches_a_reader(account, tmp_path: Path, plant: Callable) -> None:
    """It is found; a version put in place anew is rid of it; it is never rolled back to."""
    r18, warehouse = account("R18"), tmp_path / "warehouse"
    for number in (1, 2):
        publish_mini(warehouse, number)
    database = warehouse / "builds" / f"{version_key(2)}.duckdb"
    log = database.with_name(f"{database.name}.wal")
    plant(warehouse, database, log)
    assert log.exists()
    broken = [] if any(log.name in each for each in problems_of_current(warehouse, version_key(2))) else ["not found"]
    if version_key(2) not in {finding.version_key for finding in verify(warehouse)}:
        broken.append("verify does not find it")
    with pytest.raises(PublishError):
        rollback(warehouse, version_key(2))
    publish_mini(warehouse, 2)
    if [finding for finding in verify(warehouse) if finding.version_key != version_key(1)]:
        broken.append(f"published anew, verify finds {verify(warehouse)}")
    publish_mini(warehouse, 3)
    with duckdb.connect(str(warehouse / "current.duckdb"), read_only=True) as reader:
        foreign = reader.execute("SELECT count(*) FROM core.policy WHERE policy_id >= 1000").fetchone()
        tables = reader.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'foreign_rows'").fetchone()
    if (foreign, tables) != ((0,), (0,)):
        broken.append("foreign rows in the version after it")
    r18.trial(*(f"{plant.__name__}: {each}" for each in broken))


def test_a_log_without_a_version_is_removed_and_the_format_is_pinned(account, tmp_path: Path) -> None:
    r18, warehouse = account("R18"), tmp_path / "warehouse"
    publish_mini(warehouse, 1)
    orphan = warehouse / "builds" / f"{version_key(2)}.duckdb.wal"
    orphan.write_bytes(b"left by a writer of a version that is gone")
    found = [finding.problem for finding in verify(warehouse)]
    publish_mini(warehouse, 2)
    with duckdb.connect(str(warehouse / "current.duckdb"), read_only=True) as reader:
        sql = "SELECT tags['storage_version'] FROM duckdb_databases() WHERE NOT internal"
        (stored,) = reader.execute(sql).fetchone()
    r18.trial(
        "" if found == [f"{orphan.name} has no manifest"] else f"verify finds {found}",
        "" if not list(warehouse.rglob("*.wal")) else "a log stands in the published folder",
        "" if stored.startswith(STORAGE_VERSION) else f"stored as {stored}, not {STORAGE_VERSION}",
    )
