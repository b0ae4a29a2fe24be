"""The workspace's label store: what the rules said of every record at the last refresh, so that the next one labels only what changed.

One Parquet file whose name is the sha256 of its bytes, a group of rows for each range of contents, in their order. It is a
memory, never a source: one that is damaged, of another classifier or not what it should be is left aside, and everything
is labelled anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import requires, version
from itertools import accumulate
from pathlib import Path

import polars as pl
import pyarrow.parquet

from flows import fingerprint
from flows.checkpoints import reached
from transforms.relabel import CONTENT, JUDGED, Judged, is_judged

_FACTS = "patnav"
_CODE = frozenset({".py", ".lark"})


@dataclass(frozen=True)
class Held:
    """What branches of these versions said of many contents, which stand in the file `path` and are read by ranges.

    `contents`: each once, in order (columns CONTENT). `groups`: (first row, rows) of each range.
    """

    versions: dict[str, str]
    contents: pl.DataFrame
    path: Path
    groups: tuple[tuple[int, int], ...]

    def ranges(self) -> Iterator[pl.DataFrame]:
        """The labels of one range after the other, as Judged has them."""
        return (_range(self.path, *group) for group in self.groups)

    @property
    def judged(self) -> Judged:
        """All of it, in memory."""
        return Judged(self.versions, pl.concat([pl.DataFrame(schema=JUDGED), *self.ranges()]))


@dataclass(frozen=True)
class Stored:
    """What the store holds, or None and why it is not used; nothing and no reason where there is no store yet."""

    held: Held | None
    problem: str | None = None


@cache
def classifier_key() -> str:
    """What a label depends on besides record and branch: the code of the floors that make it, and every library we require.

    Not those of extras, which need not be installed and read or label nothing.
    """
    required = [each for each in requires("patnav") or () if "extra ==" not in each]
    names = sorted({re.match(r"[\w.-]+", each).group() for each in required})
    libraries = {name: version(name) for name in names}
    return fingerprint.key_of(
        fingerprint.code_hash(("schemas", "transforms"), _CODE), platform.python_version(), libraries
    )


def read(folder: Path) -> Stored:
    """The store as the last refresh left it, checked byte by byte and value by value."""
    files = sorted(folder.glob("*.parquet"), key=lambda path: path.stat().st_mtime_ns) if folder.is_dir() else []
    return _read_file(files[-1]) if files else Stored(None)


def _read_file(path: Path) -> Stored:
    if _sha256(path) != path.stem:
        return Stored(None, "内容与其摘要不符 its bytes are not those that its name says")
    try:
        facts = json.loads(pl.read_parquet_metadata(path)[_FACTS])
        if not isinstance(facts, dict) or facts.get("classifier") != classifier_key():
            return Stored(None, "分类程序已变 the classifier has changed")
        held = _held(path, facts.get("versions"))
    # Of data that cannot be decoded polars raises the one or the other.
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, KeyError, ValueError) as error:
        return Stored(None, f"无法读取 it cannot be read: {type(error).__name__}")
    return Stored(held, None if held else "不是标签存档 it does not hold labels")


def _held(path: Path, versions: object) -> Held | None:
    if not _is_versions(versions):
        return None
    groups = _groups(path)
    contents = _contents(path, groups, versions)
    return None if contents is None else Held(versions, contents, path, groups)


def _groups(path: Path) -> tuple[tuple[int, int], ...]:
    metadata = pyarrow.parquet.read_metadata(path)
    rows = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
    # A group of no rows has no first and no last content to be looked up by.
    return tuple((first, own) for first, own in zip(accumulate(rows, initial=0), rows, strict=False) if own)


def _range(path: Path, first: int, rows: int) -> pl.DataFrame:
    return pl.scan_parquet(path).slice(first, rows).collect()


def _contents(path: Path, groups: tuple[tuple[int, int], ...], versions: Mapping[str, str]) -> pl.DataFrame | None:
    """The contents that the file holds, None where one of its ranges does not hold labels or stands out of order."""
    first, found = CONTENT[0], [pl.DataFrame(schema=dict.fromkeys(CONTENT, pl.UInt64))]
    for group in groups:
        labels, last = _range(path, *group), found[-1][first].tail(1)
        if not is_judged(labels, versions) or not labels[first].is_sorted() or not (last < labels[first].head(1)).all():
            return None
        found.append(labels.select(CONTENT).unique(maintain_order=True))
    return pl.concat(found)


def _is_versions(found: object) -> bool:
    return isinstance(found, dict) and all(isinstance(each, str) for each in found.values())


def write(folder: Path, versions: Mapping[str, str], pieces: Iterable[pl.DataFrame]) -> None:
    """Put the store in place of the one before, whole or not at all.

    `pieces`: what branches of these versions say, a range of contents each, in their order; of no records there is nothing to say.
    """
    folder.mkdir(parents=True, exist_ok=True)
    facts = {"classifier": classifier_key(), "versions": dict(versions)}
    building = folder / f".{os.getpid()}.tmp"
    schema = pl.DataFrame(schema=JUDGED).to_arrow().schema.with_metadata({_FACTS: json.dumps(facts, sort_keys=True)})
    with pyarrow.parquet.ParquetWriter(building, schema, compression="zstd", compression_level=1) as file:
        for piece in pieces:
            if piece.height:
                file.write_table(piece.to_arrow(), row_group_size=piece.height)
    target = folder / f"{_sha256(building)}.parquet"
    reached("labels_written")
    os.replace(building, target)
    reached("labels_placed")
    os.utime(target)
    for other in (*folder.glob("*.parquet"), *folder.glob(".*.tmp")):
        if other != target:
            other.unlink()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
