"""The Parquet marts: what the version holds, described, swapped with it, and whole at every moment."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow.parquet
import pytest

from schemas.errors import QuestionError
from schemas.tables import TABLES
from tests.warehouse.world import FACTS
from warehouse import cabinet
from warehouse.build import BuildReport
from warehouse.content import text_store
from warehouse.marts import (
    CHECKPOINTS,
    STAR,
    are_current,
    current_marts,
    export_parquet,
    findings,
    marts_of,
    publish_marts,
    remove_marts,
)
from warehouse.publish import publish, rollback, verify

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def versions(built: BuildReport, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Versions v1 to v3 of the world with one metric: as it is, and with one and two policies more."""
    from warehouse.content import content

    folder = tmp_path_factory.mktemp("versions")
    files = {}
    for number in range(1, 4):
        path = files[f"v{number}"] = folder / f"v{number}.duckdb"
        shutil.copyfile(built.target, path)
        shutil.copyfile(built.text, text_store(path))
        with duckdb.connect(str(path)) as connection:
            for metric in cabinet.metrics():
                if metric.metric not in ("m00_level", "m00_counted_application", "m03_office_ranking"):
                    connection.execute(f"DROP TABLE metrics.{metric.metric}")
            for more in range(1, number):
                connection.execute(
                    "INSERT INTO core.policy SELECT * REPLACE (? AS policy_id) FROM core.policy LIMIT 1",
                    [f"more {more}"],
                )
            connection.execute("UPDATE meta.build SET version_key = ?", [f"v{number}"])
            held = content(connection, text_store(path))
            connection.execute("UPDATE meta.build SET content_hash = ?", [held.content_hash])
            connection.execute("CHECKPOINT")
    return files


@pytest.fixture
def house(tmp_path: Path) -> Path:
    (tmp_path / "warehouse").mkdir()
    return tmp_path / "warehouse"


def _publish(versions: dict[str, Path], key: str, house: Path, keep: int = 5) -> None:
    staged = house.parent / f"{key}.duckdb"
    shutil.copyfile(versions[key], staged)
    shutil.copyfile(text_store(versions[key]), text_store(staged))
    publish(staged, house, replace(FACTS, version_key=key), keep=keep)


def _policies(house: Path) -> int:
    """What a reader that opens the marts by their link finds."""
    return pyarrow.parquet.read_table(house / "marts" / "current" / "core.policy.parquet").num_rows


def _descriptor(house: Path) -> dict:
    return json.loads((house / "marts" / "current" / "datapackage.json").read_text(encoding="utf-8"))


# ── What they hold ──────────────────────────────────────────────────────────────────────────────────────────────


def test_every_metric_and_every_table_of_the_star_is_a_file_with_its_rows(built: BuildReport, tmp_path: Path) -> None:
    descriptor = export_parquet(built.target, tmp_path / "package")
    names = [resource["name"] for resource in descriptor["resources"]]
    assert names == sorted({*STAR, *(f"metrics.{metric.metric}" for metric in cabinet.metrics())})
    with duckdb.connect(str(built.target), read_only=True) as connection:
        for resource in descriptor["resources"]:
            file = pyarrow.parquet.read_table(tmp_path / "package" / resource["path"])
            assert (file.num_rows,) == connection.execute(f"SELECT count(*) FROM {resource['name']}").fetchone()
            assert file.column_names == [field["name"] for field in resource["schema"]["fields"]]
            stored = f"read_parquet('{tmp_path}/package/{resource['path']}')"
            for missing in (
                f"{resource['name']} EXCEPT ALL FROM {stored}",
                f"{stored} EXCEPT ALL FROM {resource['name']}",
            ):
                assert connection.execute(f"SELECT count(*) FROM (FROM {missing})").fetchone() == (0,)


def test_the_descriptor_says_of_each_file_what_it_is_and_of_each_column_what_it_means(
    built: BuildReport, tmp_path: Path
) -> None:
    descriptor = export_parquet(built.target, tmp_path / "package")
    assert descriptor["patnav"]["version_key"] == built.version_key
    assert descriptor["patnav"]["content_hash"] == built.content_hash
    for resource in descriptor["resources"]:
        file = tmp_path / "package" / resource["path"]
        assert resource["bytes"] == file.stat().st_size
        assert resource["hash"] == f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"
        assert " / " in resource["title"]
        assert all(field["title"] and field["type"] != "any" for field in resource["schema"]["fields"])
    resources = {resource["name"]: resource for resource in descriptor["resources"]}
    labels = resources["core.application_branch"]["schema"]
    assert labels["primaryKey"] == list(TABLES["core.application_branch"].key)
    assert {"fields": ["branch"], "reference": {"resource": "core.branch", "fields": ["branch"]}} in labels[
        "foreignKeys"
    ]
    referred = {
        key["reference"]["resource"] for each in resources.values() for key in each["schema"].get("foreignKeys", [])
    }
    assert referred <= resources.keys()
    ranking = {field["name"]: field for field in resources["metrics.m03_office_ranking"]["schema"]["fields"]}
    assert (ranking["applications"]["type"], ranking["share"]["type"]) == ("integer", "number")
    assert ranking["office"]["title"] == "受理局代码 / Office, WIPO ST.3"


def test_the_same_version_gives_the_same_bytes(versions: dict[str, Path], tmp_path: Path) -> None:
    first, second = (export_parquet(versions["v1"], tmp_path / name) for name in ("a", "b"))
    assert first == second


def test_a_folder_that_holds_something_is_not_written_into(built: BuildReport, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(QuestionError, match="new or empty"):
        export_parquet(built.target, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("is_there_already", [True, False])
def test_half_a_package_is_not_left_behind(
    built: BuildReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_there_already: bool
) -> None:
    folder = tmp_path / "package"
    if is_there_already:
        folder.mkdir()

    def _full(self: Path, *_: object, **__: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self))

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left"):
        patch.setattr(Path, "write_text", _full)
        export_parquet(built.target, folder)
    assert folder.exists() == is_there_already
    assert export_parquet(built.target, folder)["resources"]


def test_half_a_package_takes_no_file_of_another_with_it(
    built: BuildReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def _interrupted(self: Path, *_: object, **__: object) -> int:
        (self.parent / "mine.txt").touch()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "write_text", _interrupted)
        export_parquet(built.target, tmp_path / "package")
    assert [path.name for path in (tmp_path / "package").iterdir()] == ["mine.txt"]


def test_the_star_names_tables_that_there_are(built: BuildReport) -> None:
    assert set(STAR) <= {mart.name for mart in marts_of(built.target)}


# ── Swapped with the version ────────────────────────────────────────────────────────────────────────────────────


def test_they_follow_the_published_version_and_go_with_it(versions: dict[str, Path], house: Path) -> None:
    assert publish_marts(house) is None
    _publish(versions, "v1", house)
    assert publish_marts(house) == house / "marts" / "current"
    assert (os.readlink(house / "marts" / "current"), _policies(house)) == ("v1", 1)
    assert {path.stat().st_mode & 0o777 for path in (house / "marts" / "v1").iterdir()} == {0o444}
    _publish(versions, "v2", house)
    publish_marts(house)
    assert (_policies(house), _descriptor(house)["patnav"]["version_key"]) == (2, "v2")
    rollback(house, "v1")
    assert findings(house)[0].problem == "marts/current shows v2, current.duckdb shows v1"
    inode = (house / "marts" / "v1").stat().st_ino
    publish_marts(house)
    assert (_policies(house), (house / "marts" / "v1").stat().st_ino) == (1, inode)
    _publish(versions, "v3", house, keep=1)
    publish_marts(house)
    assert sorted(path.name for path in (house / "marts").iterdir()) == ["current", "v3"]
    assert (_policies(house), findings(house), verify(house)) == (3, [], [])


def test_the_catalog_keeps_its_name_and_an_open_reader_does_not_hold_others_back(
    versions: dict[str, Path], house: Path
) -> None:
    served = house / "marts" / "current" / "patnav.duckdb"
    question = "SELECT count(*), current_database() FROM patnav.core.policy"
    _publish(versions, "v1", house)
    publish_marts(house)
    assert served.samefile(house / "builds" / "v1.duckdb")
    with duckdb.connect(str(served), read_only=True) as older:
        assert older.execute(question).fetchall() == [(1, "patnav")]
        _publish(versions, "v2", house)
        publish_marts(house)
        with duckdb.connect(str(served), read_only=True) as newer:
            assert newer.execute(question).fetchall() == [(2, "patnav")]
        assert older.execute(question).fetchall() == [(1, "patnav")]


def test_where_files_cannot_be_linked_they_are_copied(versions: dict[str, Path], house: Path, monkeypatch) -> None:
    def refused(source, target):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    _publish(versions, "v1", house)
    publish_marts(house)
    served = house / "marts" / "current" / "patnav.duckdb"
    assert (served.stat().st_nlink, findings(house)) == (1, [])
    served.chmod(0o644)
    served.write_bytes(b"another")
    assert [finding.problem for finding in findings(house)] == ["marts: patnav.duckdb is not the version's file"]


def test_a_reader_of_the_older_marts_goes_on(versions: dict[str, Path], house: Path) -> None:
    _publish(versions, "v1", house)
    publish_marts(house)
    older = (house / "marts" / "current").resolve()
    with (older / "core.policy.parquet").open("rb") as held:
        _publish(versions, "v2", house)
        publish_marts(house)
        assert pyarrow.parquet.read_table(older / "core.policy.parquet").num_rows == 1
        _publish(versions, "v3", house, keep=1)
        publish_marts(house)
        assert not older.exists()
        assert pyarrow.parquet.read_table(held).num_rows == 1


def test_switched_off_nothing_stays_behind(versions: dict[str, Path], house: Path) -> None:
    remove_marts(house)
    _publish(versions, "v1", house)
    publish_marts(house)
    remove_marts(house)
    assert not (house / "marts").exists()
    assert (current_marts(house), findings(house)) == (None, [])


DAMAGES = {
    "core.office.parquet is missing": lambda folder: (folder / "core.office.parquet").unlink(),
    "core.office.parquet is not what datapackage.json says": lambda folder: _append(folder / "core.office.parquet"),
    "more.parquet is not in datapackage.json": lambda folder: (folder / "more.parquet").write_text("more"),
    "datapackage.json cannot be read": lambda folder: (folder / "datapackage.json").unlink(),
    "patnav.duckdb is not the version's file": lambda folder: (folder / "patnav.duckdb").unlink(),
}


def test_damage_is_found(versions: dict[str, Path], house: Path) -> None:
    _publish(versions, "v1", house)
    publish_marts(house)
    for number, (problem, damage) in enumerate(DAMAGES.items()):
        damaged = house.parent / f"damaged{number}"
        shutil.copytree(house, damaged, symlinks=True)
        damage(damaged / "marts" / "v1")
        assert [problem in finding.problem for finding in findings(damaged)] == [True]


def _append(path: Path) -> None:
    path.chmod(0o644)
    with path.open("ab") as file:
        file.write(b"more")


# ── Killed at every moment ──────────────────────────────────────────────────────────────────────────────────────


def test_every_checkpoint_is_passed_in_order(versions: dict[str, Path], house: Path) -> None:
    passed: list[str] = []
    _publish(versions, "v1", house)
    publish_marts(house, passed.append)
    assert tuple(passed) == CHECKPOINTS


def _mostly_nightly(moment: str):
    return (
        moment if moment in ("marts_placed", "marts_link_swapped") else pytest.param(moment, marks=pytest.mark.nightly)
    )


@pytest.mark.parametrize("moment", [_mostly_nightly(moment) for moment in CHECKPOINTS])
def test_killed_anywhere_readers_see_old_or_new_and_a_rerun_completes(
    versions: dict[str, Path], house: Path, moment: str
) -> None:
    _publish(versions, "v1", house)
    publish_marts(house)
    _publish(versions, "v2", house, keep=1)
    child = subprocess.run(
        [sys.executable, "-m", "tests.warehouse.marts_child", str(house), moment],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert child.returncode == -9, child.stderr
    is_swapped = moment in ("marts_link_swapped", "marts_pruned")
    assert _policies(house) == (2 if is_swapped else 1)
    assert _descriptor(house)["patnav"]["version_key"] == ("v2" if is_swapped else "v1")
    assert verify(house) == []
    publish_marts(house)
    assert (_policies(house), findings(house)) == (2, [])
    assert sorted(path.name for path in (house / "marts").iterdir()) == ["current", "v2"]


def test_a_full_disk_leaves_the_older_marts(versions: dict[str, Path], house: Path, monkeypatch) -> None:
    from warehouse import marts

    _publish(versions, "v1", house)
    publish_marts(house)
    _publish(versions, "v2", house)
    whole = marts._parquet_file

    def full(connection, mart, folder):
        if mart.name == "metrics.m03_office_ranking":
            raise duckdb.IOException("IO Error: No space left on device")
        return whole(connection, mart, folder)

    monkeypatch.setattr(marts, "_parquet_file", full)
    with pytest.raises(marts.PublishError, match="No space left.*the version itself is published"):
        publish_marts(house)
    assert _policies(house) == 1
    monkeypatch.undo()
    publish_marts(house)
    assert (_policies(house), findings(house)) == (2, [])


def test_a_version_that_was_put_in_place_again_is_served_again(versions: dict[str, Path], house: Path) -> None:
    _publish(versions, "v1", house)
    assert not are_current(house)
    publish_marts(house)
    assert are_current(house)
    served = house / "marts" / "current" / "patnav.duckdb"
    served.chmod(0o644)
    with served.open("r+b") as file:
        file.write(b"damage")
    _publish(versions, "v1", house)
    assert not are_current(house)
    publish_marts(house)
    assert are_current(house)
    assert served.samefile(house / "builds" / "v1.duckdb")
    assert (findings(house), verify(house)) == ([], [])


def test_a_version_that_was_replaced_by_other_content_is_written_again(versions: dict[str, Path], house: Path) -> None:
    _publish(versions, "v1", house)
    publish_marts(house)
    (house / "builds" / "v1.text.parquet").unlink()
    other = house.parent / "other.duckdb"
    shutil.copyfile(versions["v2"], other)
    shutil.copyfile(text_store(versions["v2"]), text_store(other))
    with duckdb.connect(str(other)) as connection:
        connection.execute("UPDATE meta.build SET version_key = 'v1'")
    publish(other, house, replace(FACTS, version_key="v1"))
    publish_marts(house)
    assert are_current(house) and _policies(house) == 2
    assert (findings(house), verify(house)) == ([], [])
