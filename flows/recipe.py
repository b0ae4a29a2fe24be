"""What a version was made of, kept so that it can be made again: files by their bytes, tables, taxonomy, settings, the day.

    <workspace>/data/recipes/<version key>/   recipe.json, reference/, taxonomy/, sources.toml

The bytes themselves are in `raw/`, which keeps everything. A recipe goes with its version.
"""

from __future__ import annotations

import datetime
import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from flows import fingerprint
from flows.label_store import classifier_key
from flows.land import SourceFile
from flows.sources import SOURCES
from flows.workspace import Settings, Workspace
from schemas.branches import SHIPPED_TAXONOMY
from schemas.errors import PublishError

_FACTS = "recipe.json"


@dataclass(frozen=True)
class Recipe:
    """`folder`: where tables, taxonomy and sources.toml lie. `code`: over every floor and library. `started_at`: UTC."""

    version_key: str
    folder: Path
    files: tuple[SourceFile, ...]
    settings: Settings
    taxonomy_version: str
    code: str
    started_at: datetime.datetime

    @property
    def reference(self) -> Path:
        return self.folder / "reference"

    @property
    def taxonomy(self) -> Path:
        return self.folder / "taxonomy"

    @property
    def sources(self) -> Path:
        return self.folder / SOURCES


def code(floors: tuple[str, ...] = fingerprint.FLOORS) -> str:
    """What content depends on besides its inputs: the code of these floors, every library, and Python."""
    return fingerprint.key_of(fingerprint.code_hash(floors), classifier_key())


def code_of_reading() -> str:
    """The same of landed rows."""
    return code(("schemas", "transforms"))


def keep(
    workspace: Workspace,
    version_key: str,
    files: list[SourceFile],
    settings: Settings,
    taxonomy: Path | None,
    taxonomy_version: str,
    started_at: datetime.datetime,
) -> Recipe:
    """Write down what the version is about to be made of, whole or not at all."""
    target = workspace.recipes / version_key
    building = target.with_name(f".{version_key}.{os.getpid()}.tmp")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    if workspace.reference.exists():
        shutil.copytree(workspace.reference, building / "reference")
    shutil.copytree(taxonomy or SHIPPED_TAXONOMY, building / "taxonomy")
    if (workspace.root / SOURCES).exists():
        shutil.copyfile(workspace.root / SOURCES, building / SOURCES)
    facts = {
        "files": [asdict(file) for file in files],
        "settings": asdict(settings),
        "taxonomy_version": taxonomy_version,
        "code": code(),
        "started_at": started_at.isoformat(),
    }
    (building / _FACTS).write_text(
        json.dumps(facts, ensure_ascii=False, indent=2, default=str) + "\n", encoding="utf-8"
    )
    shutil.rmtree(target, ignore_errors=True)
    os.replace(building, target)
    return read(workspace, version_key)


def read(workspace: Workspace, version_key: str) -> Recipe:
    """The recipe of a version. Raises PublishError where it, or a file that it names, is not kept any more."""
    folder = workspace.recipes / version_key
    where = f"version {version_key}"
    try:
        facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
        settings = dict(facts["settings"])
        stated = settings["cut_off_date"]
        settings["cut_off_date"] = datetime.date.fromisoformat(stated) if stated else None
        recipe = Recipe(
            version_key=version_key,
            folder=folder,
            files=tuple(SourceFile(**file) for file in facts["files"]),
            settings=Settings(**settings),
            taxonomy_version=facts["taxonomy_version"],
            code=facts["code"],
            started_at=datetime.datetime.fromisoformat(facts["started_at"]),
        )
    except FileNotFoundError as error:
        raise PublishError(
            where,
            "what it was made of is not kept 没有保留其输入",
            "a version published by a patnav that keeps it",
            "compare without causes: --no-why 或只比较不归因",
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise PublishError(
            where, f"{_FACTS}: {error}", "the recipe of a version", "compare without causes: --no-why"
        ) from error
    gone = [file.path for file in recipe.files if not (workspace.raw / file.sha256).exists()]
    if gone:
        raise PublishError(
            where, f"raw/ lacks {', '.join(gone[:3])} 缺原始文件", "every file it was made of", "--no-why"
        )
    return recipe


def forget_others(workspace: Workspace, kept: list[str]) -> None:
    """Remove recipes of versions that are not kept, and what a killed refresh left."""
    for folder in workspace.recipes.iterdir() if workspace.recipes.is_dir() else ():
        if folder.name not in kept:
            shutil.rmtree(folder)
