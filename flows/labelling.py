"""Records are labelled part by part, from path to path: by this process or by the workers of a cluster, with the same code.

    <workspace>/data/parts/<key>/    records.parquet, known.parquet (what the label store holds of them)
                                     labels.parquet, judged.parquet  as `transforms.relabel` gives them, written in this order

The key is of all that labels depend on, so that what a killed refresh has labelled is taken up by the next one.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from flows import fingerprint, label_store
from flows.checkpoints import reached
from flows.label_store import Held
from flows.memory import give_back
from flows.runner import Runner
from flows.shelf import OnDisk
from flows.whole_files import put
from flows.workspace import Workspace
from schemas.branches import Taxonomy, load_taxonomy
from schemas.errors import TaxonomyError
from transforms.parts import PARTS_OF_NARROW_ROWS, InMemory, Shelf, by_range, laid
from transforms.relabel import (
    CONTENT,
    JUDGED,
    Judged,
    judged_together,
    relabel,
    versions_of,
    with_content,
    without_needless_texts,
)

_FACTS = "patnav"
JUDGED_AT_ONCE = 400_000


@dataclass(frozen=True)
class Labelling:
    """How many filings were put to all branches, how many kept what was known of them, and which branches they were put to anew.

    `problem`: why the label store was not used.
    """

    records_anew: int
    records_kept: int
    branches_anew: tuple[str, ...]
    problem: str | None


class Labeller:
    """Labels the records of a workspace, and keeps in its label store what the rules said of them.

    `taxonomy`: the folder of the branches, None for the built-in ones.
    """

    def __init__(self, workspace: Workspace, taxonomy: Path | None, runner: Runner) -> None:
        self._workspace, self._taxonomy, self._runner = workspace, taxonomy, runner
        self._parts: list[Path] = []
        self._versions: dict[str, str] = {}
        self._problem: str | None = None

    def label(self, records: Iterable[pl.DataFrame], taxonomy: Taxonomy) -> Iterator[pl.DataFrame]:
        """The labels of each frame of records."""
        self._versions = versions_of(taxonomy)
        for part in self._runner.in_order(label_part, self._put_down(records, taxonomy)):
            folder = Path(part)
            self._parts.append(folder)
            yield pl.read_parquet(folder / "labels.parquet")
            (folder / "records.parquet").unlink(missing_ok=True)

    def _put_down(self, records: Iterable[pl.DataFrame], taxonomy: Taxonomy) -> Iterator[tuple]:
        """Each part of the records written to its folder, and what `label_part` is to be told."""
        stored = label_store.read(self._workspace.labels)
        self._problem, held = stored.problem, stored.held
        named = str(self._taxonomy.resolve()) if self._taxonomy else None
        folders = self._put_down_records(records, taxonomy, held)
        for folder, known in _known(folders, held, OnDisk(self._workspace.parts)):
            put(folder / "known.parquet", known)
            yield str(folder), held.versions if held else {}, named, taxonomy.version

    def _put_down_records(
        self, records: Iterable[pl.DataFrame], taxonomy: Taxonomy, held: Held | None
    ) -> Iterator[tuple[Path, pl.DataFrame]]:
        """The folder of each part, and the contents in it."""
        for part in records:
            keyed = with_content(part)
            folder = self._workspace.parts.resolve() / _key_of(keyed, taxonomy)
            folder.mkdir(parents=True, exist_ok=True)
            told = without_needless_texts(keyed, taxonomy, held.versions, held.contents) if held else keyed
            put(folder / "records.parquet", told)
            contents = keyed.select(CONTENT)
            del part, keyed, told
            give_back()
            yield folder, contents

    def keep(self) -> Labelling:
        """Put the label store in place of the one before, let go of the parts, and tell what was done; after the last labels."""
        facts = [json.loads(pl.read_parquet_metadata(part / "judged.parquet")[_FACTS]) for part in self._parts]
        label_store.write(self._workspace.labels, self._versions, self._judged())
        forget_parts(self._workspace)
        return Labelling(
            sum(each["records_anew"] for each in facts),
            sum(each["records_kept"] for each in facts),
            tuple(sorted({branch for each in facts for branch in each["branches_anew"]})),
            self._problem,
        )

    def _judged(self) -> Iterator[pl.DataFrame]:
        """What was judged of all parts, by ranges of contents: of many filings it need not be in memory at once."""
        files = [part / "judged.parquet" for part in self._parts]
        ranges = -(-pl.scan_parquet(files).select(pl.len()).collect().item() // JUDGED_AT_ONCE) or 1
        shelf = OnDisk(self._workspace.parts) if ranges > 1 else InMemory()
        for start in range(0, len(files), PARTS_OF_NARROW_ROWS):
            judged = pl.read_parquet(files[start : start + PARTS_OF_NARROW_ROWS])
            for number, own in by_range(judged, pl.col(CONTENT[0]), ranges):
                shelf.lay("judged", number, own)
        for number in range(ranges):
            labels = laid(shelf, "judged", number, pl.DataFrame(schema=JUDGED))
            yield judged_together([Judged(self._versions, labels)]).labels
        shelf.clear("judged")


def _known(
    parts: Iterable[tuple[Path, pl.DataFrame]], held: Held | None, shelf: Shelf
) -> Iterator[tuple[Path, pl.DataFrame]]:
    """What the store holds of the contents of each folder. All parts are looked up together, so that the store is read once, by ranges."""
    nothing = pl.DataFrame(schema=JUDGED)
    if held is None:
        yield from ((folder, nothing) for folder, _ in parts)
        return
    folders, sought = [], []
    for number, (folder, contents) in enumerate(parts):
        folders.append(folder)
        sought.append(contents.unique().with_columns(pl.lit(number, pl.UInt32).alias("part")))
    first = CONTENT[0]
    wanted = pl.concat(sought).sort(first)
    for labels in held.ranges():
        start = wanted[first].search_sorted(labels[first].head(1), side="left").item()
        end = wanted[first].search_sorted(labels[first].tail(1), side="right").item()
        found = labels.join(wanted[start:end], on=CONTENT, how="inner", validate="m:m")
        for (number,), known in found.partition_by("part", include_key=False, as_dict=True).items():
            shelf.lay("known", number, known)
    for number, folder in enumerate(folders):
        yield folder, laid(shelf, "known", number, nothing)
    shelf.clear("known")


def label_part(part: str, known_versions: dict[str, str], taxonomy: str | None, version: str) -> str:
    """Label the records of a part's folder into it, unless that was done; returns the folder.

    `known_versions`: by which branch versions the known labels were made. Raises TaxonomyError where the taxonomy is not
    of `version`.
    """
    folder = Path(part)
    # Both, since power loss may keep the later of two renames and lose the earlier one.
    if (folder / "labels.parquet").exists() and (folder / "judged.parquet").exists():
        return part
    branches = load_taxonomy(Path(taxonomy) if taxonomy else None)
    if branches.version != version:
        raise TaxonomyError(
            taxonomy or "built-in taxonomy",
            f"version {branches.version}",
            version,
            "refresh again; do not edit it meanwhile",
        )
    known = Judged(known_versions, pl.read_parquet(folder / "known.parquet"))
    done = relabel(pl.read_parquet(folder / "records.parquet"), branches, known)
    put(folder / "labels.parquet", done.labels)
    reached("part_labelled")
    facts = {name: getattr(done, name) for name in ("records_anew", "records_kept", "branches_anew")}
    put(folder / "judged.parquet", done.judged.labels, {_FACTS: json.dumps(facts)})
    reached("part_judged")
    del done, known
    give_back()
    return part


def forget_parts(workspace: Workspace) -> None:
    """Remove every part. Under another name first: a worker that outlived its refresh may still write to one."""
    for left in workspace.parts.parent.glob(f".{workspace.parts.name}.*.gone"):
        shutil.rmtree(left, ignore_errors=True)
    if workspace.parts.exists():
        gone = workspace.parts.with_name(f".{workspace.parts.name}.{uuid.uuid4()}.gone")
        workspace.parts.replace(gone)
        reached("parts_forgotten")
        shutil.rmtree(gone)


def _key_of(keyed: pl.DataFrame, taxonomy: Taxonomy) -> str:
    """What the labels of these records depend on; CONTENT stands for all that is read of them."""
    rows = keyed.select("record_id", *CONTENT).hash_rows().to_numpy().tobytes()
    return fingerprint.key_of(hashlib.sha256(rows).hexdigest(), label_store.classifier_key(), taxonomy.version)
