"""What a version depends on, as hashes: the code, the inputs, the settings. Same key, same content, nothing to do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from flows.workspace import is_put_there

FLOORS = ("schemas", "transforms", "warehouse")
# What the floors are made of; anything else in their folders (caches, editors' files) changes nothing.
SOURCES = frozenset({".py", ".sql", ".toml", ".csv", ".lark", ".jinja", ".css"})


@cache
def code_hash(floors: tuple[str, ...] = FLOORS, kinds: frozenset[str] = SOURCES) -> str:
    """sha256 over every source file of the floors of these kinds, by path."""
    root = Path(__file__).parent.parent
    files = [path for floor in floors for path in (root / floor).rglob("*") if path.suffix in kinds]
    return _hash_files(root, files)


def folder_hash(folder: Path) -> str:
    """sha256 over every file that somebody put into a folder but its README, by path; of nothing where there is no folder."""
    files = [path for path in folder.rglob("*") if path.is_file() and is_put_there(path.name)]
    return _hash_files(folder, files)


def _hash_files(root: Path, files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def key_of(*parts: object) -> str:
    """A short key over anything that JSON can write."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
