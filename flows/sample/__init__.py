"""The built-in sample: a synthetic world, written as exports of three search tools into an inbox.

Route: world (filings of eleven offices by quota) -> allocation (which file knows which document) -> sheets (rows of
each tool, with dirt) -> files. An export format is one module here with its layout and `write`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import Random

from flows.sample import google_patents_csv, lens_csv, patsnap_xlsx
from flows.sample.allocation import Allocation, Shelf, allocate
from flows.sample.enterprises import table as enterprise_table
from flows.sample.readme import readme_text
from flows.sample.records import Layout, Sheet, make_sheet
from flows.sample.world import build_world
from schemas.errors import PatnavError, WorkspaceError

SMALLEST, LARGEST = 300, 200_000
ENTERPRISES = "reference/enterprise.csv"
MANIFEST = "sample.json"


@dataclass(frozen=True)
class SampleFile:
    """One export file: `rows` below the header = good + dirty + blank; `duplicates` of the good rows are copies."""

    path: str
    rows: int
    blank: int
    dirty: dict[str, int]
    duplicates: int

    @property
    def good(self) -> int:
        return self.rows - self.blank - sum(self.dirty.values())


@dataclass(frozen=True)
class SampleReport:
    """What was written; over all files, good rows less duplicates = publications."""

    directory: Path
    seed: int
    applications: int
    publications: int
    families: int
    files: tuple[SampleFile, ...]


@dataclass(frozen=True)
class Export:
    """A file to write: where, from which shelf, in which layout, by which writer."""

    path: str
    shelf: Callable[[Allocation], Shelf]
    layout: Layout
    write: Callable[[Path, Sheet], None]


EXPORTS = (
    Export("inbox/patsnap/智慧芽_导出_1.XLSX", lambda a: a.patsnap_1, patsnap_xlsx.FIRST_LAYOUT, patsnap_xlsx.write),
    Export("inbox/patsnap/智慧芽_导出_2.xlsx", lambda a: a.patsnap_2, patsnap_xlsx.FIRST_LAYOUT, patsnap_xlsx.write),
    Export(
        "inbox/patsnap/智慧芽_改名表头.xlsx",
        lambda a: a.patsnap_renamed,
        patsnap_xlsx.RENAMED_LAYOUT,
        patsnap_xlsx.write,
    ),
    Export("inbox/lens/lens-export.csv", lambda a: a.lens_legal, lens_csv.LEGAL_LAYOUT, lens_csv.write),
    Export("inbox/lens/lens-export-no-legal.csv", lambda a: a.lens_plain, lens_csv.PLAIN_LAYOUT, lens_csv.write),
    Export("inbox/google/gp-search.csv", lambda a: a.google, google_patents_csv.LAYOUT, google_patents_csv.write),
)


def write_sample(directory: Path, applications: int = 5000, seed: int = 2023) -> SampleReport:
    """Write the synthetic world of `applications` filings into an empty or new `directory`; same seed, same bytes.

    Raises WorkspaceError for a directory that is not empty, PatnavError for a size outside 300 to 200,000.
    """
    directory = Path(directory)
    _check(directory, applications)
    world = build_world(applications, seed)
    allocation = allocate(world, Random(f"{seed}/allocation"))
    files = tuple(_write_export(directory, export, number, allocation, seed) for number, export in enumerate(EXPORTS))
    _write_csv(directory / ENTERPRISES, enterprise_table(seed))
    report = SampleReport(directory, seed, len(world.filings), world.publications, len(world.families), files)
    (directory / "README.txt").write_text(readme_text(report), encoding="utf-8", newline="\n")
    _write_manifest(directory, report)
    return report


def _check(directory: Path, applications: int) -> None:
    if not SMALLEST <= applications <= LARGEST:
        raise PatnavError("sample", f"{applications} applications", f"{SMALLEST} to {LARGEST}", "choose another size")
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise WorkspaceError(
            str(directory), "it is not empty", "a new or empty folder", "name another folder or empty this one first"
        )


def _write_export(directory: Path, export: Export, number: int, allocation: Allocation, seed: int) -> SampleFile:
    shelf = export.shelf(allocation)
    rng = Random(f"{seed}/{export.path}")
    sheet = make_sheet(export.layout, list(shelf.records), shelf.duplicates, number, rng)
    path = directory / export.path
    path.parent.mkdir(parents=True, exist_ok=True)
    export.write(path, sheet)
    return SampleFile(export.path, len(sheet.rows), sheet.blank, sheet.dirty, sheet.duplicates)


def _write_csv(path: Path, rows: list[tuple[str, ...]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def _write_manifest(directory: Path, report: SampleReport) -> None:
    """sample.json: the arguments, and a sha256 for every other file of the folder."""
    paths = sorted(path for path in directory.rglob("*") if path.is_file())
    manifest = {
        "synthetic": True,
        "seed": report.seed,
        "applications": report.applications,
        "publications": report.publications,
        "families": report.families,
        "sha256": {path.relative_to(directory).as_posix(): sha256(path.read_bytes()).hexdigest() for path in paths},
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"
    (directory / MANIFEST).write_text(text, encoding="utf-8", newline="\n")
