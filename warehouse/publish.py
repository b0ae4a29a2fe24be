"""Publish a built warehouse: an immutable version file, and a symlink swapped to it (reliability.md, section 5).

    <warehouse_dir>/current.duckdb -> builds/<key>.duckdb
    <warehouse_dir>/builds/<key>.duckdb, <key>.text.parquet, <key>.json

A version is there once its manifest (<key>.json) is, and readers see it once the symlink points to it. Killed at any
moment, `current.duckdb` is the old version or the new one. One publisher at a time: the caller holds the lock.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from schemas.errors import PublishError
from warehouse import cabinet
from warehouse.build import BuildFacts, remove, write_ahead_log
from warehouse.content import Content, opened, read_whole, text_store
from warehouse.flushing import flush
from warehouse.history import REFRESH, ROLLBACK, last_shown, record, to_let_go

CURRENT = "current.duckdb"
KEPT_VERSIONS = 5
READ_ONLY = 0o444
# Readers of the team's group may look; who may write here could publish anything.
FOLDER_MODE = 0o750
WRITABLE_BY_OTHERS = 0o022
_OF_A_VERSION = (".duckdb", ".duckdb.wal", ".text.parquet")
_KEY = re.compile(r"\w[\w.-]*", re.ASCII)
# Every moment at which a publication may die, in order; the fault tests kill at each of them.
CHECKPOINTS = (
    "gated",
    "secured",
    "text_placed",
    "database_placed",
    "manifest_written",
    "manifest_placed",
    "link_made",
    "link_swapped",
    "pruned",
)


@dataclass(frozen=True)
class Version:
    """The manifest of one version. `rows`: schema.name -> rows; `created`: UTC, ISO 8601; `files`: file name -> sha256."""

    version_key: str
    content_hash: str
    rows: dict[str, int]
    taxonomy_version: str
    patnav_version: str
    is_synthetic: bool
    created: str
    files: dict[str, str]


@dataclass(frozen=True)
class Published:
    """`current`: the symlink. `is_new`: False where this very version was in place already. `pruned`: removed keys."""

    version: Version
    current: Path
    is_new: bool
    pruned: tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    """What `verify` found wrong with one version, or with the warehouse folder (then `version_key` is '')."""

    version_key: str
    problem: str


def publish(
    built: Path,
    warehouse_dir: Path,
    facts: BuildFacts,
    keep: int = KEPT_VERSIONS,
    checkpoint: Callable[[str], None] = lambda name: None,
    keep_hours: float = 0.0,
) -> Published:
    """Put the closed build at `built` in place as the current version; `built` is moved, not copied.

    An older version is let go where it is neither among the `keep` last ones nor was current in the past `keep_hours`.
    Raises PublishError where the build is not what it says, or where its key names other content already.
    """
    held = _gate(built, facts)
    checkpoint("gated")
    builds = _builds(warehouse_dir)
    for folder in (warehouse_dir, builds):
        folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    version = _kept_version(builds, facts, held)
    if version is None:
        version = _place(built, builds, facts, held, checkpoint)
    else:
        remove(built)
    is_new = current_key(warehouse_dir) != facts.version_key
    _swap(warehouse_dir, facts.version_key, REFRESH, checkpoint)
    pruned = _prune(warehouse_dir, keep, timedelta(hours=keep_hours))
    remove_leftovers(warehouse_dir)
    checkpoint("pruned")
    return Published(version, warehouse_dir / CURRENT, is_new, pruned)


def rollback(warehouse_dir: Path, version_key: str) -> Published:
    """Point `current.duckdb` at a version that is kept. Raises PublishError where it is not there or not whole."""
    version = _read_manifest(_builds(warehouse_dir) / f"{version_key}.json")
    if isinstance(version, str):
        raise PublishError(f"version {version_key}", version, "a whole version", "choose another one")
    if version is None:
        kept = ", ".join(each.version_key for each in versions(warehouse_dir)) or "none"
        raise PublishError(f"version {version_key}", "is not kept", f"one of: {kept}")
    problems = _problems(_builds(warehouse_dir) / f"{version_key}.duckdb", version)
    if problems:
        raise PublishError(f"version {version_key}", "; ".join(problems), "a whole version", "choose another one")
    is_new = current_key(warehouse_dir) != version_key
    _swap(warehouse_dir, version_key, ROLLBACK, lambda name: None)
    return Published(version, warehouse_dir / CURRENT, is_new, ())


def versions(warehouse_dir: Path) -> list[Version]:
    """Every kept version, newest first; one whose manifest is damaged is passed over, and `verify` names it."""
    found = [_read_manifest(path) for path in _manifests(_builds(warehouse_dir))]
    whole = [version for version in found if isinstance(version, Version)]
    return sorted(whole, key=lambda each: each.created, reverse=True)


def version_file(warehouse_dir: Path, version_key: str) -> Path:
    """The file of a kept version, by its key or the beginning of it. Raises PublishError where none or several fit."""
    kept = [each.version_key for each in versions(warehouse_dir)]
    fitting = [key for key in kept if key.startswith(version_key)]
    if len(fitting) != 1:
        found = "is not kept" if not fitting else f"fits {len(fitting)} versions"
        raise PublishError(f"version {version_key}", found, f"one of: {', '.join(kept) or 'none'}")
    return _builds(warehouse_dir) / f"{fitting[0]}.duckdb"


def current_key(warehouse_dir: Path) -> str | None:
    """The key of the version that readers see, or None before the first publication."""
    link = warehouse_dir / CURRENT
    return Path(os.readlink(link)).stem if link.is_symlink() else None


def problems_of_current(warehouse_dir: Path, version_key: str) -> list[str] | None:
    """What is wrong with the files of the version that readers see, or None where that is not `version_key`.

    Every byte is compared with the manifest; the values are not read, which `verify` does.
    """
    if current_key(warehouse_dir) != version_key:
        return None
    version = _read_manifest(_builds(warehouse_dir) / f"{version_key}.json")
    if not isinstance(version, Version):
        return [version or f"{version_key}.json is missing"]
    return _problems_of_files(_builds(warehouse_dir) / f"{version_key}.duckdb", version)


def verify(warehouse_dir: Path) -> list[Finding]:
    """Read every version to the last value and compare it with its manifest; no finding means all is well."""
    findings = _findings_of_folder(warehouse_dir)
    for version in versions(warehouse_dir):
        problems = _problems(_builds(warehouse_dir) / f"{version.version_key}.duckdb", version)
        findings += [Finding(version.version_key, problem) for problem in problems]
    return findings


def remove_leftovers(warehouse_dir: Path) -> list[Path]:
    """Remove what killed builds and publications left behind; call it only while no other build runs."""
    builds = _builds(warehouse_dir)
    unfinished = _without_manifest(builds)
    leftovers = [*builds.glob(".*.tmp*"), *warehouse_dir.glob(".*.tmp*"), *unfinished]
    for path in leftovers:
        path.unlink()
    return leftovers


def _gate(built: Path, facts: BuildFacts) -> Content:
    if not _KEY.fullmatch(facts.version_key):
        raise PublishError("version key", repr(facts.version_key), "letters, digits, '-', '_' and inner dots")
    if write_ahead_log(built).exists():
        raise PublishError(built.name, "a write-ahead log stands beside it", "a closed build", "build again")
    try:
        with opened(built) as connection:
            version_key, content_hash = connection.execute(cabinet.statement("meta_build")).fetchone()
            held = read_whole(connection, text_store(built))
    except duckdb.Error as error:
        raise PublishError(built.name, str(error).splitlines()[0], "a readable build", "build again") from error
    if version_key != facts.version_key:
        raise PublishError(built.name, f"holds version {version_key}", f"version {facts.version_key}")
    if held.content_hash != content_hash:
        raise PublishError(built.name, f"reads as {held.content_hash}", f"content hash {content_hash}", "build again")
    return held


def _place(built: Path, builds: Path, facts: BuildFacts, held: Content, checkpoint: Callable[[str], None]) -> Version:
    for path in (built, text_store(built)):
        path.chmod(READ_ONLY)
        flush(path)
    checkpoint("secured")
    target = builds / f"{facts.version_key}.duckdb"
    # Beside a version that is put in place again, a log of somebody's writing would keep every reader out.
    write_ahead_log(target).unlink(missing_ok=True)
    _move(text_store(built), text_store(target))
    checkpoint("text_placed")
    _move(built, target)
    checkpoint("database_placed")
    version = Version(
        version_key=facts.version_key,
        content_hash=held.content_hash,
        rows=held.rows,
        taxonomy_version=facts.taxonomy_version,
        patnav_version=facts.patnav_version,
        is_synthetic=facts.is_synthetic,
        created=datetime.now(UTC).isoformat(timespec="microseconds"),
        files={path.name: _sha256(path) for path in (target, text_store(target))},
    )
    manifest = builds / f".{facts.version_key}.json.tmp"
    sealed = asdict(version) | {"seal": _seal(asdict(version))}
    manifest.write_text(json.dumps(sealed, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    manifest.chmod(READ_ONLY)
    flush(manifest)
    flush(builds)
    checkpoint("manifest_written")
    manifest.replace(builds / f"{facts.version_key}.json")
    flush(builds)
    checkpoint("manifest_placed")
    return version


def _kept_version(builds: Path, facts: BuildFacts, held: Content) -> Version | None:
    """The version of this key where it is in place and whole; None where it must be placed (again)."""
    version = _read_manifest(builds / f"{facts.version_key}.json")
    # What a damaged one held can no more be read, and it must be possible to mend it.
    if not isinstance(version, Version) or _problems(builds / f"{facts.version_key}.duckdb", version):
        return None
    if version.content_hash != held.content_hash:
        raise PublishError(
            f"version {facts.version_key}",
            f"is published with content {version.content_hash}, the build holds {held.content_hash}",
            "one content per key",
            "give the build a key of its own inputs, code and settings",
        )
    return version


def _swap(warehouse_dir: Path, version_key: str, cause: str, checkpoint: Callable[[str], None]) -> None:
    if (instead_of := current_key(warehouse_dir)) != version_key:
        record(warehouse_dir, version_key, instead_of, cause)
    # A relative link, so that the whole folder can be moved or mounted elsewhere.
    link = warehouse_dir / f".{CURRENT}.tmp"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("builds") / f"{version_key}.duckdb")
    checkpoint("link_made")
    link.replace(warehouse_dir / CURRENT)
    flush(warehouse_dir)
    checkpoint("link_swapped")


def _prune(warehouse_dir: Path, keep: int, keep_for: timedelta) -> tuple[str, ...]:
    created = {version.version_key: version.created for version in versions(warehouse_dir)}
    shown = last_shown(warehouse_dir, created)
    old = to_let_go(shown, current_key(warehouse_dir), keep, datetime.now(UTC) - keep_for)
    for key in old:
        # The manifest goes first: without it the rest is a leftover and no version.
        database = _builds(warehouse_dir) / f"{key}.duckdb"
        for path in (database.with_suffix(".json"), database, text_store(database)):
            path.unlink(missing_ok=True)
    return tuple(old)


def _findings_of_folder(warehouse_dir: Path) -> list[Finding]:
    link, builds = warehouse_dir / CURRENT, _builds(warehouse_dir)
    findings = [Finding(_key_of(path), f"{path.name} has no manifest") for path in _without_manifest(builds)]
    findings += [
        Finding(path.stem, problem) for path in _manifests(builds) if isinstance(problem := _read_manifest(path), str)
    ]
    findings += [
        Finding("", f"{folder.name} has mode {mode:04o}: others than its owner may write there")
        for folder in (warehouse_dir, builds)
        if folder.is_dir() and (mode := folder.stat().st_mode & 0o777) & WRITABLE_BY_OTHERS
    ]
    if not link.is_symlink():
        return [*findings, Finding("", f"{CURRENT} is not a symlink: nothing is published")]
    if Path(os.readlink(link)).parent != Path("builds") or link.resolve().parent != builds.resolve():
        findings.append(Finding("", f"{CURRENT} points outside builds: {os.readlink(link)}"))
    elif current_key(warehouse_dir) not in {path.stem for path in _manifests(builds)}:
        findings.append(Finding("", f"{CURRENT} points to {os.readlink(link)}, which has no manifest"))
    return findings


def _problems(database: Path, version: Version) -> list[str]:
    problems = _problems_of_files(database, version)
    if not database.is_file() or not text_store(database).is_file() or write_ahead_log(database).exists():
        return problems
    return problems + _problems_of_content(database, version)


def _problems_of_files(database: Path, version: Version) -> list[str]:
    text = text_store(database)
    missing = [f"{path.name} is missing" for path in (database, text) if not path.is_file()]
    if missing:
        return missing
    problems = [
        f"{path.name} has mode {path.stat().st_mode & 0o777:04o}, not {READ_ONLY:04o}"
        for path in (database, text)
        if path.stat().st_mode & 0o777 != READ_ONLY
    ]
    if write_ahead_log(database).exists():
        problems.append(f"{write_ahead_log(database).name} stands beside it")
    return problems + [
        f"{path.name} is not the file that was published: its bytes differ"
        for path in (database, text)
        if _sha256(path) != version.files.get(path.name)
    ]


def _problems_of_content(database: Path, version: Version) -> list[str]:
    try:
        with opened(database) as connection:
            version_key, content_hash = connection.execute(cabinet.statement("meta_build")).fetchone()
            held = read_whole(connection, text_store(database))
    except duckdb.Error as error:
        return [f"cannot be read: {str(error).splitlines()[0]}"]
    problems = []
    if (version_key, content_hash) != (version.version_key, version.content_hash):
        problems.append(f"calls itself version {version_key} with content {content_hash}")
    if held.content_hash != version.content_hash:
        problems.append(f"content reads as {held.content_hash}, published was {version.content_hash}")
    if held.rows != version.rows:
        differing = sorted(name for name in held.rows if held.rows[name] != version.rows.get(name))
        problems.append(f"rows differ from the manifest in {', '.join(differing)}")
    return problems


def _read_manifest(manifest: Path) -> Version | str | None:
    """The version, or what is wrong with its manifest, or None where there is none."""
    if not manifest.exists():
        return None
    try:
        facts = json.loads(manifest.read_text(encoding="utf-8"))
        seal = facts.pop("seal")
        version = Version(**facts)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return f"{manifest.name} is no manifest of a version: {type(error).__name__}: {error}"
    if seal != _seal(facts) or version.version_key != manifest.stem:
        return f"{manifest.name} is not the manifest that was published: its seal does not fit"
    return version


def _seal(facts: dict) -> str:
    """The sha256 of the facts of a manifest, whatever their order and spacing."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _manifests(builds: Path) -> list[Path]:
    return sorted(builds.glob("[!.]*.json"))


def _without_manifest(builds: Path) -> list[Path]:
    return [path for path in _version_files(builds) if not (builds / f"{_key_of(path)}.json").exists()]


def _version_files(builds: Path) -> list[Path]:
    return [path for path in sorted(builds.glob("[!.]*")) if path.name.endswith(_OF_A_VERSION)]


def _key_of(path: Path) -> str:
    return next(path.name.removesuffix(end) for end in _OF_A_VERSION if path.name.endswith(end))


def _builds(warehouse_dir: Path) -> Path:
    return warehouse_dir / "builds"


def _move(source: Path, target: Path) -> None:
    try:
        source.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _move_across(source, target)


def _move_across(source: Path, target: Path) -> None:
    copied = target.with_name(f".{target.name}.tmp")
    shutil.copyfile(source, copied)
    copied.chmod(READ_ONLY)
    flush(copied)
    copied.replace(target)
    source.unlink()
