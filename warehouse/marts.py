"""What other tools connect to: the version under a name that stays, and its tables as Parquet files of a Data Package.

    <warehouse_dir>/marts/current -> <key>
    <warehouse_dir>/marts/<key>/patnav.duckdb
    <warehouse_dir>/marts/<key>/datapackage.json, metrics.<metric>.parquet, core.<table>.parquet, meta.<table>.parquet

DuckDB follows a link and names its catalog by the file: behind current.duckdb every version is a catalog of another
name, and a dashboard that noted `<catalog>.metrics` looks for a catalog that is gone. patnav.duckdb is the same file
again (a hard link, no more bytes), so that the catalog is always `patnav`.

Written after the publication, from the version that it put in place: what readers of the warehouse see never waits for
them, and a writing that was killed is done again by the next call. Killed at any moment, `current` is whole.
"""

from __future__ import annotations

import filecmp
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb

from schemas.errors import PublishError, QuestionError
from schemas.tables import TABLES
from warehouse import ddl, publish
from warehouse.content import opened
from warehouse.dictionary import Entry, describe
from warehouse.flushing import flush
from warehouse.report.spreadsheet import csv_text

DESCRIPTOR = "datapackage.json"
CURRENT = "current"
SERVED = "patnav.duckdb"
FOLDER_MODE = 0o750
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
# What a dashboard joins: the facts, their dimensions, and what says how they were counted. The rest of core and meta
# (suggestions, decisions, quarantine) is for those who keep the data, in the warehouse.
STAR = (
    "core.application",
    "core.publication",
    "core.family",
    "core.applicant",
    "core.applicant_group",
    "core.application_applicant",
    "core.application_branch",
    "core.application_symbol",
    "core.branch",
    "core.chain_node",
    "core.enterprise",
    "core.enterprise_applicant",
    "core.enterprise_stage",
    "core.office",
    "core.policy",
    "core.region",
    "meta.build",
    "meta.claim",
    "meta.metric",
    "meta.office_cut_off",
)
# Every moment at which the writing may die, in order; the fault tests stop at each of them.
CHECKPOINTS = ("marts_written", "marts_placed", "marts_link_made", "marts_link_swapped", "marts_pruned")
_FIELD_TYPES = {
    "VARCHAR": "string",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "DOUBLE": "number",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "datetime",
}
_KINDS = {
    ".parquet": {"format": "parquet", "mediatype": "application/vnd.apache.parquet"},
    ".csv": {"format": "csv", "mediatype": "text/csv", "encoding": "utf-8"},
}
# Writes the rows of a mart into a folder and returns the file.
Write = Callable[[duckdb.DuckDBPyConnection, "Mart", Path], Path]


@dataclass(frozen=True)
class Mart:
    """One metric, or one table of the star, with what the dictionary says of it and of each of its columns."""

    title: Entry
    columns: tuple[Entry, ...]

    @property
    def name(self) -> str:
        return self.title.table

    @property
    def schema(self) -> str:
        return self.name.partition(".")[0]

    @property
    def relation(self) -> str:
        return ddl.qualified(*self.name.split("."))

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that name a row; () of a metric, whose grain is told in words, and of a table declared otherwise."""
        declared = TABLES[self.name].key if self.name in TABLES else ()
        return declared if {*declared} <= {column.column for column in self.columns} else ()


def marts_of(database: Path) -> tuple[Mart, ...]:
    """Every metric, and the tables of the star that this version has, by name."""
    by_table = [(table, list(entries)) for table, entries in groupby(describe(database), lambda entry: entry.table)]
    return tuple(
        Mart(entries[0], tuple(entries[1:]))
        for table, entries in by_table
        if table in STAR or (table.startswith(f"{ddl.METRICS_SCHEMA}.") and entries[0].kind != "macro")
    )


def query_of(mart: Mart, columns: str = "*") -> str:
    """All rows of a mart. A metric has no order of its own: its rows are sorted, so that the same data are the same bytes."""
    order = "ORDER BY ALL" if mart.schema == ddl.METRICS_SCHEMA else ""
    return " ".join(("SELECT", columns, "FROM", mart.relation, order)).strip()


def current_marts(warehouse_dir: Path) -> str | None:
    """The key of the version that `marts/current` shows, or None."""
    link = _folder(warehouse_dir) / CURRENT
    return os.readlink(link) if link.is_symlink() else None


def are_current(warehouse_dir: Path) -> bool:
    """Whether `marts/current` is of the published version, with the file of that version as it lies there now."""
    key = publish.current_key(warehouse_dir)
    folder = _folder(warehouse_dir) / CURRENT
    return key is not None and current_marts(warehouse_dir) == key and _is_whole(folder, _database(warehouse_dir, key))


def publish_marts(warehouse_dir: Path, checkpoint: Callable[[str], None] = lambda name: None) -> Path | None:
    """Make `marts/current` that of the published version: written where it is not there yet, swapped, older ones dropped
    with their versions. Returns the link, or None before the first publication. The caller holds the lock.
    """
    key = publish.current_key(warehouse_dir)
    if key is None:
        return None
    marts = _folder(warehouse_dir)
    marts.mkdir(exist_ok=True, mode=FOLDER_MODE)
    database = _database(warehouse_dir, key)
    if not _is_of(_content_hash(warehouse_dir, key), marts / key):
        _place(database, marts / key, checkpoint)
    elif not _is_whole(marts / key, database):
        # The version was put in place again, because its file was damaged: same content, another file.
        _serve(database, marts / key / SERVED)
    _swap(marts, key, checkpoint)
    _prune(marts, {version.version_key for version in publish.versions(warehouse_dir)} | {key})
    checkpoint("marts_pruned")
    return marts / CURRENT


def remove_marts(warehouse_dir: Path) -> None:
    """No marts any more: better than ones that stay behind the published version."""
    marts = _folder(warehouse_dir)
    (marts / CURRENT).unlink(missing_ok=True)
    if marts.is_dir():
        shutil.rmtree(marts)


def export_parquet(database: Path, folder: Path) -> dict[str, Any]:
    """The marts of a version as Parquet files and their descriptor, into a new or empty folder; returns the descriptor.

    Raises QuestionError where the folder holds something already.
    """
    return _export(database, folder, marts_of(database), _parquet_file)


def export_csv(database: Path, folder: Path) -> dict[str, Any]:
    """The metrics of a version as CSV files that a spreadsheet opens without running anything; otherwise as Parquet."""
    metrics = tuple(mart for mart in marts_of(database) if mart.schema == ddl.METRICS_SCHEMA)
    return _export(database, folder, metrics, _csv_file)


def _export(database: Path, folder: Path, marts: tuple[Mart, ...], write: Write) -> dict[str, Any]:
    is_new = not folder.exists()
    if not is_new and not (folder.is_dir() and not any(folder.iterdir())):
        raise QuestionError(str(folder), "holds something already", "a new or empty folder", "name another one")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return _write_package(database, folder, marts, write)
    except BaseException:
        # Half a package would be in the way of the next one; what somebody else put there meanwhile is not ours.
        for file in _of_package(folder, marts):
            file.unlink()
        if is_new and not any(folder.iterdir()):
            folder.rmdir()
        raise


def _of_package(folder: Path, marts: tuple[Mart, ...]) -> list[Path]:
    """The files that an export of these marts writes, as far as they are there; DuckDB begins one as `tmp_…`."""
    names = {mart.name for mart in marts}
    return [file for file in folder.iterdir() if file.name == DESCRIPTOR or file.stem.removeprefix("tmp_") in names]


def _write_package(database: Path, folder: Path, marts: tuple[Mart, ...], write: Write) -> dict[str, Any]:
    names = frozenset(mart.name for mart in marts)
    with opened(database) as connection:
        resources = [_resource(mart, write(connection, mart, folder), names) for mart in marts]
        descriptor = _descriptor(connection, resources)
    # The descriptor comes last: a folder without one is no package.
    (folder / DESCRIPTOR).write_text(_json(descriptor), encoding="utf-8")
    return descriptor


def _descriptor(connection: duckdb.DuckDBPyConnection, resources: list[dict[str, Any]]) -> dict[str, Any]:
    """The descriptor of a Data Package (version 2.0 of the standard) of these resources; the version is in `patnav`."""
    held = connection.execute("SELECT * FROM meta.build")
    build = dict(zip([column[0] for column in held.description], held.fetchall()[0], strict=True))
    origin = "合成数据，并非真实专利 / SYNTHETIC data, no real patents. " if build["is_synthetic"] else ""
    return {
        "$schema": PROFILE,
        "name": "patnav",
        "title": "专利导航数据集市 / Patent navigation marts",
        "description": f"{origin}指标与核心表，取自一个已发布的版本 / Metrics and core tables of one published version",
        "patnav": {key: build[key] for key in build if key != "content_hash"} | {"content_hash": build["content_hash"]},
        "resources": resources,
    }


def findings(warehouse_dir: Path) -> list[publish.Finding]:
    """What is wrong with the marts of the kept versions: files missing, changed or in excess, a link that leads astray."""
    marts = _folder(warehouse_dir)
    if not marts.is_dir():
        return []
    found = [
        publish.Finding(folder.name, problem)
        for folder in sorted(marts.iterdir())
        if folder.is_dir() and not folder.is_symlink() and not folder.name.startswith(".")
        for problem in _problems(folder, _database(warehouse_dir, folder.name))
    ]
    shown, published = current_marts(warehouse_dir), publish.current_key(warehouse_dir)
    if shown != published:
        found.append(publish.Finding("", f"marts/{CURRENT} shows {shown}, {publish.CURRENT} shows {published}"))
    return found


def _problems(folder: Path, database: Path) -> list[str]:
    try:
        told = json.loads((folder / DESCRIPTOR).read_text(encoding="utf-8"))["resources"]
        expected = {each["path"]: each["hash"] for each in told}
    except (OSError, ValueError, KeyError, TypeError) as error:
        return [f"marts: {DESCRIPTOR} cannot be read: {error}"]
    served = folder / SERVED
    is_same = served.is_file() and database.is_file() and filecmp.cmp(served, database, shallow=False)
    held = {path.name for path in folder.iterdir()} - {DESCRIPTOR, SERVED}
    changed = [name for name in expected.keys() & held if f"sha256:{_sha256(folder / name)}" != expected[name]]
    return [
        *([] if is_same else [f"marts: {SERVED} is not the version's file"]),
        *(f"marts: {name} is missing" for name in sorted(expected.keys() - held)),
        *(f"marts: {name} is not what {DESCRIPTOR} says" for name in sorted(changed)),
        *(f"marts: {name} is not in {DESCRIPTOR}" for name in sorted(held - expected.keys())),
    ]


def _place(database: Path, target: Path, checkpoint: Callable[[str], None]) -> None:
    building = target.with_name(f".{target.name}.tmp")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(mode=FOLDER_MODE)
    try:
        _write_package(database, building, marts_of(database), _parquet_file)
    except duckdb.Error as error:
        raise PublishError(
            f"marts of {target.name}",
            str(error).splitlines()[0],
            "Parquet files of the published version",
            "the version itself is published; mend the cause (space on the disk?) and run `patnav refresh` again",
        ) from error
    _serve(database, building / SERVED)
    for path in building.iterdir():
        path.chmod(publish.READ_ONLY)
        flush(path)
    flush(building)
    checkpoint("marts_written")
    # Without its descriptor, which is written last, a folder of this name is no package.
    shutil.rmtree(target, ignore_errors=True)
    building.replace(target)
    flush(target.parent)
    checkpoint("marts_placed")


def _serve(database: Path, target: Path) -> None:
    building = target.with_name(f".{target.name}.tmp")
    building.unlink(missing_ok=True)
    try:
        os.link(database, building)
    except OSError:
        # A file system without hard links: a copy serves as well, and costs its bytes.
        shutil.copy2(database, building)
    building.replace(target)


def _is_whole(folder: Path, database: Path) -> bool:
    """Whether the package is complete and serves this very file, or a copy of its size and time."""
    served = folder / SERVED
    if not (database.is_file() and served.is_file() and (folder / DESCRIPTOR).is_file()):
        return False
    return served.samefile(database) or filecmp.cmp(served, database)


def _content_hash(warehouse_dir: Path, key: str) -> str | None:
    kept = (version.content_hash for version in publish.versions(warehouse_dir) if version.version_key == key)
    return next(kept, None)


def _is_of(content_hash: str | None, folder: Path) -> bool:
    """Whether the package was written of this content."""
    try:
        told = json.loads((folder / DESCRIPTOR).read_text(encoding="utf-8"))
        return told["patnav"]["content_hash"] == content_hash
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _database(warehouse_dir: Path, key: str) -> Path:
    return warehouse_dir / "builds" / f"{key}.duckdb"


def _swap(marts: Path, key: str, checkpoint: Callable[[str], None]) -> None:
    link = marts / f".{CURRENT}.tmp"
    link.unlink(missing_ok=True)
    link.symlink_to(key)
    checkpoint("marts_link_made")
    link.replace(marts / CURRENT)
    flush(marts)
    checkpoint("marts_link_swapped")


def _prune(marts: Path, kept: set[str]) -> None:
    for path in marts.iterdir():
        if path.name == CURRENT or path.name in kept:
            continue
        # Its descriptor goes first: without it the rest is a leftover and no package.
        (path / DESCRIPTOR).unlink(missing_ok=True)
        shutil.rmtree(path)


def _parquet_file(connection: duckdb.DuckDBPyConnection, mart: Mart, folder: Path) -> Path:
    file = folder / f"{mart.name}.parquet"
    options = "(FORMAT parquet, COMPRESSION zstd)"
    connection.execute(" ".join(("COPY (", query_of(mart), ") TO", ddl.literal(str(file)), options)))
    return file


def _csv_file(connection: duckdb.DuckDBPyConnection, mart: Mart, folder: Path) -> Path:
    file = folder / f"{mart.name}.csv"
    rows = connection.execute(query_of(mart)).fetchall()
    file.write_text(csv_text([column.column for column in mart.columns], rows), encoding="utf-8", newline="")
    return file


def _resource(mart: Mart, file: Path, names: frozenset[str]) -> dict[str, Any]:
    """What the descriptor says of one file of a mart. `names`: the marts of the package, which a key may refer to."""
    schema: dict[str, Any] = {"fields": [_field(column, mart) for column in mart.columns]}
    if mart.key:
        schema["primaryKey"] = list(mart.key)
    if keys := _foreign_keys(mart, names):
        schema["foreignKeys"] = keys
    return {
        "name": mart.name.lower(),
        "path": file.name,
        **_KINDS[file.suffix],
        "bytes": file.stat().st_size,
        "hash": f"sha256:{_sha256(file)}",
        "title": _both(mart.title.title_zh, mart.title.title_en),
        "description": _both(mart.title.description_zh, mart.title.description_en),
        "schema": schema,
    }


def _field(column: Entry, mart: Mart) -> dict[str, Any]:
    field = {
        "name": column.column,
        "type": _field_type(column.data_type),
        "title": _both(column.title_zh, column.title_en),
    }
    if description := _both(column.description_zh, column.description_en):
        field["description"] = description
    if mart.name in TABLES and TABLES[mart.name].is_required(column.column):
        field["constraints"] = {"required": True}
    return field


def _field_type(data_type: str) -> str:
    return "array" if data_type.endswith("[]") else _FIELD_TYPES.get(data_type, "any")


def _foreign_keys(mart: Mart, names: frozenset[str]) -> list[dict[str, Any]]:
    references = TABLES[mart.name].references if mart.name in TABLES else {}
    return [
        {"fields": [column], "reference": {"resource": target, "fields": [TABLES[target].key[0]]}}
        for column, target in references.items()
        if target in names
    ]


def _both(zh: str, en: str) -> str:
    return " / ".join(text for text in (zh, en) if text)


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _folder(warehouse_dir: Path) -> Path:
    return warehouse_dir / "marts"
