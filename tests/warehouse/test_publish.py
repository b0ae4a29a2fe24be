"""Versions are immutable, the symlink is old or new at every moment, damage is found."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from schemas.errors import PublishError
from tests.warehouse.world import FACTS, world
from warehouse.build import BuildReport
from warehouse.compare import Change, compare, same_content
from warehouse.content import content_of_file, text_store
from warehouse.publish import (
    CHECKPOINTS,
    Finding,
    current_key,
    problems_of_current,
    publish,
    remove_leftovers,
    rollback,
    verify,
    versions,
)
from warehouse.question import ask

ROOT = Path(__file__).parents[2]
Build = Callable[..., BuildReport]


def _rows_with_policies(number: int) -> dict[str, list[dict[str, object]]]:
    rows = world()
    rows["core.policy"] = [{**rows["core.policy"][0], "policy_id": str(at)} for at in range(number)]
    return rows


@pytest.fixture(scope="session")
def builds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Versions v1 to v4, each with as many policies as its number; copied before they are published."""
    from tests.warehouse.world import write_door
    from warehouse.build import build

    folder = tmp_path_factory.mktemp("versions")
    for number in range(1, 5):
        door = write_door(folder / f"door{number}", _rows_with_policies(number))
        build(door, folder / f"v{number}.duckdb", replace(FACTS, version_key=f"v{number}"))
    return {f"v{number}": folder / f"v{number}.duckdb" for number in range(1, 5)}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    (tmp_path / "warehouse" / "builds").mkdir(parents=True)
    return tmp_path / "warehouse"


def _staged(builds: dict[str, Path], key: str, house: Path) -> Path:
    """A closed build where the refresh makes it: hidden, among the versions."""
    staged = house / "builds" / f".{key}.tmp.duckdb"
    shutil.copyfile(builds[key], staged)
    shutil.copyfile(text_store(builds[key]), text_store(staged))
    return staged


def _publish(builds: dict[str, Path], key: str, house: Path, **options):
    return publish(_staged(builds, key, house), house, replace(FACTS, version_key=key), **options)


def _key_and_policies(house: Path) -> tuple:
    return ask(house / "current.duckdb", "SELECT (SELECT version_key FROM meta.build), count(*) FROM core.policy").rows[
        0
    ]


# ── Versions ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_version_is_a_read_only_file_behind_a_relative_link(builds: dict[str, Path], house: Path) -> None:
    published = _publish(builds, "v1", house)
    assert published.is_new
    assert published.version.content_hash == content_of_file(builds["v1"]).content_hash
    assert os.readlink(house / "current.duckdb") == "builds/v1.duckdb"
    assert sorted(path.name for path in (house / "builds").iterdir()) == ["v1.duckdb", "v1.json", "v1.text.parquet"]
    assert {path.stat().st_mode & 0o777 for path in (house / "builds").iterdir()} == {0o444}
    assert versions(house)[0].rows["core.publication"] == 21
    assert current_key(house) == "v1"
    assert verify(house) == []


def test_the_folder_can_be_moved(builds: dict[str, Path], house: Path, tmp_path: Path) -> None:
    _publish(builds, "v1", house)
    moved = house.rename(tmp_path / "elsewhere")
    assert _key_and_policies(moved) == ("v1", 1)
    assert ask(moved / "current.duckdb", "SELECT count(*) FROM core.publication_text").rows == [(21,)]
    assert verify(moved) == []


def test_a_reader_of_the_old_version_is_undisturbed_even_when_it_is_pruned(
    builds: dict[str, Path], house: Path
) -> None:
    _publish(builds, "v1", house)
    with duckdb.connect(str((house / "current.duckdb").resolve()), read_only=True) as reader:
        assert reader.execute("SELECT count(*) FROM core.policy").fetchone() == (1,)
        published = _publish(builds, "v2", house, keep=1)
        assert published.pruned == ("v1",)
        assert _key_and_policies(house) == ("v2", 2)
        assert reader.execute("SELECT count(*), count(title) FROM core.publication").fetchone() == (21, 21)
        assert reader.execute("SELECT count(*) FROM core.policy").fetchone() == (1,)
    assert verify(house) == []


def test_the_same_version_again_changes_nothing(builds: dict[str, Path], house: Path) -> None:
    first = _publish(builds, "v1", house)
    inode = (house / "builds" / "v1.duckdb").stat().st_ino
    again = _publish(builds, "v1", house)
    assert (again.is_new, again.version) == (False, first.version)
    assert (house / "builds" / "v1.duckdb").stat().st_ino == inode
    assert not list((house / "builds").glob(".*"))


def test_a_key_never_names_two_contents(builds: dict[str, Path], house: Path, build_rows: Build) -> None:
    _publish(builds, "v1", house)
    other = build_rows(_rows_with_policies(9), version_key="v1")
    with pytest.raises(PublishError, match="one content per key"):
        publish(other.target, house, FACTS)
    assert _key_and_policies(house) == ("v1", 1)


def test_a_damaged_version_is_replaced_whatever_it_held(
    builds: dict[str, Path], house: Path, build_rows: Build
) -> None:
    _publish(builds, "v1", house)
    damaged = house / "builds" / "v1.duckdb"
    damaged.chmod(0o644)
    damaged.write_bytes(b"damaged")
    other = build_rows(_rows_with_policies(9), version_key="v1")
    publish(other.target, house, FACTS)
    assert _key_and_policies(house) == ("v1", 9)
    assert verify(house) == []


def test_the_newest_versions_are_kept_and_the_current_one_always(builds: dict[str, Path], house: Path) -> None:
    for key in ("v1", "v2", "v3"):
        _publish(builds, key, house, keep=2)
    assert [version.version_key for version in versions(house)] == ["v3", "v2"]
    assert rollback(house, "v2").version.version_key == "v2"
    assert _key_and_policies(house) == ("v2", 2)
    _publish(builds, "v4", house, keep=1)
    rollback_to_gone = [version.version_key for version in versions(house)]
    assert rollback_to_gone == ["v4"]
    with pytest.raises(PublishError, match="one of: v4"):
        rollback(house, "v2")
    assert verify(house) == []


def test_a_damaged_version_is_not_rolled_back_to(builds: dict[str, Path], house: Path) -> None:
    _publish(builds, "v1", house)
    _publish(builds, "v2", house)
    (house / "builds" / "v1.text.parquet").unlink()
    with pytest.raises(PublishError, match="v1.text.parquet is missing"):
        rollback(house, "v1")
    assert _key_and_policies(house) == ("v2", 2)


def test_an_old_current_version_survives_pruning(builds: dict[str, Path], house: Path) -> None:
    for key in ("v1", "v2", "v3"):
        _publish(builds, key, house)
    rollback(house, "v1")
    again = _publish(builds, "v1", house, keep=1)
    assert again.pruned == ("v2",)
    assert {version.version_key for version in versions(house)} == {"v3", "v1"}


def test_a_build_from_another_folder_is_published_too(builds: dict[str, Path], house: Path, tmp_path: Path) -> None:
    for suffix in (".duckdb", ".text.parquet"):
        shutil.copyfile(builds["v1"].with_suffix(suffix), tmp_path / f"elsewhere{suffix}")
    publish(tmp_path / "elsewhere.duckdb", house, FACTS)
    assert verify(house) == []
    assert not list(tmp_path.glob("elsewhere*"))


# ── The gate ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_build_that_is_not_what_it_says_is_refused(builds: dict[str, Path], house: Path) -> None:
    _publish(builds, "v1", house)
    staged = _staged(builds, "v2", house)
    with pytest.raises(PublishError, match="holds version v2"):
        publish(staged, house, replace(FACTS, version_key="v3"))
    with duckdb.connect(str(staged)) as connection:
        connection.execute("UPDATE core.policy SET issuer = 'someone else'")
        connection.execute("CHECKPOINT")
    with pytest.raises(PublishError, match="reads as"):
        publish(staged, house, replace(FACTS, version_key="v2"))
    assert _key_and_policies(house) == ("v1", 1)


def test_a_build_with_a_write_ahead_log_is_refused(builds: dict[str, Path], house: Path) -> None:
    staged = _staged(builds, "v1", house)
    staged.with_name(staged.name + ".wal").write_bytes(b"foreign")
    with pytest.raises(PublishError, match="write-ahead log"):
        publish(staged, house, FACTS)
    assert current_key(house) is None


@pytest.mark.parametrize("key", ["", "../v1", "a/b", ".hidden", "v 1", "版本"])
def test_a_key_that_is_no_file_name_is_refused(builds: dict[str, Path], house: Path, key: str) -> None:
    with pytest.raises(PublishError, match="version key"):
        publish(_staged(builds, "v1", house), house, replace(FACTS, version_key=key))


def test_a_truncated_build_is_refused(builds: dict[str, Path], house: Path) -> None:
    staged = _staged(builds, "v1", house)
    os.truncate(staged, staged.stat().st_size // 2)
    with pytest.raises(PublishError):
        publish(staged, house, FACTS)
    assert current_key(house) is None


# ── Killed at every moment ──────────────────────────────────────────────────────────────────────────────────────


def _publish_and_die(built: Path, house: Path, key: str, moment: str) -> list[str]:
    child = subprocess.run(
        [sys.executable, "-m", "tests.warehouse.publish_child", str(built), str(house), key, moment],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert child.returncode == -9, child.stderr
    return child.stdout.split()


# Every moment of the whole refresh is tried by tests/survival; here one of each kind of outcome.
@pytest.mark.parametrize(("before", "moment"), [(None, "database_placed"), ("v1", "link_swapped")])
def test_killed_anywhere_readers_see_old_or_new_and_a_rerun_completes(
    builds: dict[str, Path], house: Path, before: str | None, moment: str
) -> None:
    if before:
        _publish(builds, before, house)
    reached = _publish_and_die(_staged(builds, "v2", house), house, "v2", moment)
    assert tuple(reached) == CHECKPOINTS[: CHECKPOINTS.index(moment) + 1]
    seen = current_key(house)
    assert seen == ("v2" if moment in ("link_swapped", "pruned") else before)
    if seen:
        assert _key_and_policies(house) == (seen, int(seen[1:]))
        assert content_of_file(house / "current.duckdb") == content_of_file(builds[seen])

    _publish(builds, "v2", house)
    assert _key_and_policies(house) == ("v2", 2)
    assert verify(house) == []
    kept = {
        f"{key}{suffix}" for key in filter(None, (before, "v2")) for suffix in (".duckdb", ".text.parquet", ".json")
    }
    assert {path.name for path in (house / "builds").iterdir()} == kept
    assert {path.name for path in house.iterdir()} == {"builds", "current.duckdb", "history.jsonl"}


def test_every_checkpoint_is_passed_in_order(builds: dict[str, Path], house: Path) -> None:
    passed: list[str] = []
    _publish(builds, "v1", house, checkpoint=passed.append)
    assert tuple(passed) == CHECKPOINTS


@pytest.mark.parametrize("moment", ["text_placed", "manifest_placed", "link_swapped"])
def test_an_error_at_any_moment_leaves_old_or_new(builds: dict[str, Path], house: Path, moment: str) -> None:
    def fail(name: str) -> None:
        if name == moment:
            raise OSError(28, "No space left on device")

    _publish(builds, "v1", house)
    with pytest.raises(OSError, match="No space left"):
        _publish(builds, "v2", house, checkpoint=fail)
    key = current_key(house)
    assert _key_and_policies(house) == (key, int(key[1:]))
    _publish(builds, "v2", house)
    assert verify(house) == []


def test_leftovers_of_dead_builds_are_removed(builds: dict[str, Path], house: Path) -> None:
    _publish(builds, "v1", house)
    dead = [house / "builds" / name for name in (".v9.tmp.duckdb", ".v9.tmp.duckdb.wal", ".v9.tmp.text.parquet")]
    dead += [house / "builds" / "v9.duckdb", house / ".current.duckdb.tmp"]
    for path in dead:
        path.write_bytes(b"dead")
    assert sorted(remove_leftovers(house)) == sorted(dead)
    assert verify(house) == []
    assert _key_and_policies(house) == ("v1", 1)


# ── Damage ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _damage(path: Path, change: Callable[[bytearray], None]) -> None:
    content = bytearray(path.read_bytes())
    change(content)
    path.chmod(0o644)
    path.write_bytes(content)
    path.chmod(0o444)


@pytest.mark.parametrize("at", [1, 8, 15])
def test_a_flipped_byte_is_found(builds: dict[str, Path], house: Path, at: int) -> None:
    _publish(builds, "v1", house)
    database = house / "builds" / "v1.duckdb"
    place = database.stat().st_size * at // 16 + 97

    def flip(content: bytearray) -> None:
        content[place] ^= 0xFF

    _damage(database, flip)
    assert {finding.version_key for finding in verify(house)} == {"v1"}
    assert "its bytes differ" in problems_of_current(house, "v1")[0]


@pytest.mark.parametrize(("name", "size"), [("v1.duckdb", 0.5), ("v1.text.parquet", 100), ("v1.text.parquet", 0)])
def test_a_truncated_file_is_found(builds: dict[str, Path], house: Path, name: str, size: float) -> None:
    _publish(builds, "v1", house)
    path = house / "builds" / name
    length = int(path.stat().st_size * size) if size < 1 else int(size)
    _damage(path, lambda content: content.__delitem__(slice(length, None)))
    assert {finding.version_key for finding in verify(house)} == {"v1"}


def test_a_changed_text_is_found(builds: dict[str, Path], house: Path) -> None:
    import polars as pl

    _publish(builds, "v1", house)
    path = house / "builds" / "v1.text.parquet"
    frame = pl.read_parquet(path)
    path.unlink()
    frame.with_columns(pl.col("abstract").str.replace("摘要", "别的")).write_parquet(path)
    path.chmod(0o444)
    assert any("content reads as" in finding.problem for finding in verify(house))


def test_what_else_verify_finds(builds: dict[str, Path], house: Path) -> None:
    assert verify(house) == [Finding("", "current.duckdb is not a symlink: nothing is published")]
    _publish(builds, "v1", house)
    database = house / "builds" / "v1.duckdb"
    database.chmod(0o644)
    assert verify(house) == [Finding("v1", "v1.duckdb has mode 0644, not 0444")]
    database.chmod(0o444)
    wal = database.with_name("v1.duckdb.wal")
    wal.write_bytes(b"foreign")
    assert verify(house) == [Finding("v1", "v1.duckdb.wal stands beside it")]
    wal.unlink()
    (house / "builds" / "v9.duckdb").write_bytes(b"dead")
    assert verify(house) == [Finding("v9", "v9.duckdb has no manifest")]
    (house / "builds" / "v9.duckdb").unlink()
    (house / "current.duckdb").unlink()
    (house / "current.duckdb").symlink_to("/etc/hostname")
    assert verify(house) == [Finding("", "current.duckdb points outside builds: /etc/hostname")]
    (house / "current.duckdb").unlink()
    (house / "current.duckdb").symlink_to("builds/v7.duckdb")
    assert verify(house) == [Finding("", "current.duckdb points to builds/v7.duckdb, which has no manifest")]
    database.unlink()
    assert Finding("v1", "v1.duckdb is missing") in verify(house)


def test_a_manifest_that_was_changed_is_found_and_stops_nothing(builds: dict[str, Path], house: Path) -> None:
    _publish(builds, "v1", house)
    manifest = house / "builds" / "v1.json"
    _damage(manifest, lambda content: content.__setitem__(slice(None), content.replace(b'"t1"', b'"t2"')))
    assert ["seal does not fit" in finding.problem for finding in verify(house)] == [True]
    assert problems_of_current(house, "v1") == [verify(house)[0].problem]
    with pytest.raises(PublishError, match="seal does not fit"):
        rollback(house, "v1")
    _publish(builds, "v2", house)
    assert [version.version_key for version in versions(house)] == ["v2"]
    _publish(builds, "v1", house)
    assert verify(house) == []


def test_folders_are_closed_to_others(builds: dict[str, Path], house: Path) -> None:
    staged, new = _staged(builds, "v1", house), house / "new" / "warehouse"
    published = publish(staged, new, replace(FACTS, version_key="v1")).current.parent
    assert {folder.stat().st_mode & 0o777 for folder in (published, published / "builds")} == {0o750}
    (published / "builds").chmod(0o770)
    assert "others than its owner may write there" in verify(published)[0].problem


def test_publishing_again_mends_a_damaged_version(builds: dict[str, Path], house: Path) -> None:
    _publish(builds, "v1", house)
    _damage(house / "builds" / "v1.duckdb", lambda content: content.__delitem__(slice(5000, None)))
    assert verify(house)
    _publish(builds, "v1", house)
    assert verify(house) == []


# ── Compare ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_compare_names_what_differs(builds: dict[str, Path], build_rows: Build, house: Path) -> None:
    assert compare(builds["v1"], builds["v1"]) == []
    assert compare(builds["v3"], builds["v1"]) == [Change("table", "core.policy", "rows", 1, 3)]
    rows = world()
    rows["core.application"][0]["patent_type"] = "design"
    changes = compare(build_rows(rows).target, builds["v1"])
    assert Change("metric", "m00_counted_application", "rows", 36, 34) in changes
    assert Change("metric", "m03_office_ranking", "applications", 36, 34) in changes
    assert {change.kind for change in changes} == {"metric"}


def test_compare_with_nothing_tells_everything(builds: dict[str, Path]) -> None:
    changes = compare(builds["v1"], None)
    assert Change("table", "core.publication", "rows", None, 21) in changes
    assert Change("table", "core.publication_text", "rows", None, 21) in changes


def test_same_content_goes_by_content_not_by_name(builds: dict[str, Path], build_rows: Build, house: Path) -> None:
    _publish(builds, "v1", house)
    same = build_rows(_rows_with_policies(1), version_key="another", run_id="another")
    assert same_content(same.target, house / "current.duckdb")
    assert not same_content(builds["v2"], house / "current.duckdb")
    assert not same_content(builds["v2"], None)
