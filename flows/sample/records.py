"""One row of an export: a publication with its filing, and the ways in which real exports spoil rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

from flows.sample.applicants import Applicant
from flows.sample.numbers import ApplicationNumber, PublicationNumber
from flows.sample.world import Filing, Publication

DIRTY_SHARE = 0.015
BLANK_SHARE = 0.003
MANGLED_NUMBER = "2.02E+11"
DIRTY_NUMBERS_PER_FILE = 3_000
LAST_SERIAL = 99_999


@dataclass(frozen=True)
class Record:
    """A publication of a filing; `application_number` differs from the filing's only in rows made to be refused."""

    filing: Filing
    publication: Publication
    application_number: ApplicationNumber


@dataclass(frozen=True)
class Layout:
    """How one tool writes a record: its columns, the cells of a row, and the columns that dirt falls into.

    `cells` takes a record and a source of randomness and returns header -> text; a column it leaves out is `null`.
    `application_number` is None where the tool has no such column; `has_placeholders` says that it leaves a line for
    a document that it may not export.
    """

    columns: tuple[str, ...]
    cells: Callable[[Record, Random], dict[str, str]]
    publication_number: str
    filing_date: str
    publication_date: str
    inventors: str
    write_date: Callable
    impossible_date: str
    null: str = ""
    application_number: str | None = None
    has_placeholders: bool = False


@dataclass(frozen=True)
class Sheet:
    """The rows of one file below its header as cell texts in column order; a blank row has only empty texts."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    dirty: dict[str, int]
    blank: int
    duplicates: int


def record_of(filing: Filing, publication: Publication) -> Record:
    return Record(filing, publication, filing.number)


def inventors_zh(record: Record, separator: str) -> str:
    return separator.join(f"合成发明人 {number:04d}" for number in record.filing.family.inventors)


def inventors_en(record: Record, separator: str) -> str:
    return separator.join(f"SYNTHETIC INVENTOR {number:04d}" for number in record.filing.family.inventors)


def spelled(applicant: Applicant, script: str, share: float, standard: str, rng: Random) -> str:
    """The applicant's `standard` name, or with probability `share` one of its spellings in `script`."""
    others = applicant.spellings.get(script, ())
    return rng.choice(others) if others and rng.random() < share else standard


def make_sheet(layout: Layout, records: list[Record], duplicates: int, file_number: int, rng: Random) -> Sheet:
    """The records as rows, with dirty rows of every kind and blank rows strewn in at random places.

    `file_number` keeps the numbers of dirty rows apart between files.
    """
    rows = [_in_order(layout, layout.cells(record, rng)) for record in records]
    dirty = _dirty_rows(layout, records, file_number, rng)
    blank = max(1, round(len(records) * BLANK_SHARE))
    strewn = [_in_order(layout, cells) for _, cells in dirty] + [("",) * len(layout.columns)] * blank
    for row in strewn:
        # Never first: a reader that looks for the header finds data right below it.
        rows.insert(rng.randint(1, len(rows)), row)
    kinds = [kind for kind, _ in dirty]
    counts = {kind: kinds.count(kind) for kind in sorted(set(kinds))}
    return Sheet(layout.columns, tuple(rows), counts, blank, duplicates)


def _in_order(layout: Layout, cells: dict[str, str]) -> tuple[str, ...]:
    return tuple(cells.get(column) or layout.null for column in layout.columns)


# --- dirt -----------------------------------------------------------------------------------------------------------
# Dirty rows are extra rows with numbers of their own: a loader that refuses them loses nothing of the world.


def _dirty_rows(
    layout: Layout, records: list[Record], file_number: int, rng: Random
) -> list[tuple[str, dict[str, str]]]:
    kinds = [kind for kind in SPOILERS if _applies(kind, layout)]
    wanted = max(len(kinds), round(len(records) * DIRTY_SHARE))
    rows = []
    for position in range(file_number * DIRTY_NUMBERS_PER_FILE, file_number * DIRTY_NUMBERS_PER_FILE + wanted):
        kind = kinds[position % len(kinds)]
        record = _with_own_numbers(rng.choice(records), position)
        rows.append((kind, SPOILERS[kind](layout, layout.cells(record, rng), record, position)))
    return rows


def _applies(kind: str, layout: Layout) -> bool:
    if kind == "mangled_application_number":
        return layout.application_number is not None
    return kind != "not_exportable" or layout.has_placeholders


def _with_own_numbers(record: Record, position: int) -> Record:
    """A copy under the last serials of the unassigned ranges, which the mint does not reach."""
    old, application = record.publication.number, record.application_number
    digits = f"{LAST_SERIAL - position:05d}"
    body = old.body[:-5] + digits
    own_application = replace(application, body=application.body[:-5] + digits)
    publication = replace(record.publication, number=PublicationNumber(old.office, body, old.kind, old.year))
    return Record(record.filing, publication, own_application)


def _missing_number(layout: Layout, cells: dict[str, str], record: Record, position: int) -> dict[str, str]:
    return cells | {layout.publication_number: ""}


def _not_exportable(layout: Layout, cells: dict[str, str], record: Record, position: int) -> dict[str, str]:
    number = f"IR{900_000 + position}B-该数据不支持导出"
    return {layout.publication_number: number, layout.inventors: cells[layout.inventors]}


def _impossible_date(layout: Layout, cells: dict[str, str], record: Record, position: int) -> dict[str, str]:
    return cells | {layout.filing_date: layout.impossible_date}


def _mangled_publication_number(layout: Layout, cells: dict[str, str], record: Record, position: int) -> dict[str, str]:
    return cells | {layout.publication_number: MANGLED_NUMBER}


def _mangled_application_number(layout: Layout, cells: dict[str, str], record: Record, position: int) -> dict[str, str]:
    return cells | {layout.application_number: MANGLED_NUMBER}


def _published_before_filing(layout: Layout, cells: dict[str, str], record: Record, position: int) -> dict[str, str]:
    too_early = record.filing.filing_date - timedelta(400)
    return cells | {layout.publication_date: layout.write_date(too_early)}


SPOILERS = {
    "missing_number": _missing_number,
    "not_exportable": _not_exportable,
    "impossible_date": _impossible_date,
    "mangled_publication_number": _mangled_publication_number,
    "mangled_application_number": _mangled_application_number,
    "published_before_filing": _published_before_filing,
}
