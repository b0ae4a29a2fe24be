"""Which export file knows which publication, and which files repeat rows of another."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from flows.sample.records import Record, record_of
from flows.sample.world import Filing, World

# Of the Chinese filings, the part that a user exported with renamed headers.
RENAMED_SHARE = 0.12
BATCH_OVERLAP_SHARE = 0.005
RENAMED_REPEATS_SHARE = 0.01
LENS_REPEATS_OF_CN = 0.03
# Of those, the part that belongs to families over several offices: only there the tools' family data meet.
REPEATS_IN_FAMILIES = 0.6
GOOGLE_REPEATS_OF_LENS = 0.06
LEGAL_OFFICES = ("US", "EP", "JP", "KR")
PLAIN_OFFICES = ("WO", "DE", "IN", "CA", "AU")


@dataclass(frozen=True)
class Shelf:
    """Records of one file; the last `duplicates` of them stand in another file too."""

    records: tuple[Record, ...]
    duplicates: int


@dataclass(frozen=True)
class Allocation:
    patsnap_1: Shelf
    patsnap_2: Shelf
    patsnap_renamed: Shelf
    lens_legal: Shelf
    lens_plain: Shelf
    google: Shelf


def allocate(world: World, rng: Random) -> Allocation:
    """Every publication in one file, and copies: batches that overlap, and documents that two tools know."""
    renamed, batches = _chinese_shelves(world, rng)
    half = len(batches) // 2
    first, second = batches[:half], batches[half:]
    chinese = [record for record in renamed + batches if record.filing.office == "CN"]
    legal = _records(world, LEGAL_OFFICES)
    title_only = [record for filing in world.filings if filing.role == "title_only" for record in _of(filing)]
    return Allocation(
        patsnap_1=Shelf(tuple(first), 0),
        patsnap_2=_with_copies(second, first[-_at_least_one(len(first) * BATCH_OVERLAP_SHARE) :]),
        patsnap_renamed=_with_copies(renamed, rng.sample(first, _at_least_one(len(first) * RENAMED_REPEATS_SHARE))),
        lens_legal=_with_copies(legal, _chinese_copies(chinese, rng)),
        lens_plain=Shelf(tuple(_records(world, PLAIN_OFFICES)), 0),
        google=_with_copies(title_only, rng.sample(legal, _at_least_one(len(legal) * GOOGLE_REPEATS_OF_LENS))),
    )


def _of(filing: Filing) -> list[Record]:
    return [record_of(filing, publication) for publication in filing.publications]


def _records(world: World, offices: tuple[str, ...]) -> list[Record]:
    filings = [filing for filing in world.filings if filing.office in offices and filing.role != "title_only"]
    return [record for filing in filings for record in _of(filing)]


def _chinese_shelves(world: World, rng: Random) -> tuple[list[Record], list[Record]]:
    """The records of CN and TW: those under renamed headers, and the rest in the order of the batches."""
    filings = [filing for filing in world.filings if filing.office in ("CN", "TW")]
    mainland = [position for position, filing in enumerate(filings) if filing.office == "CN"]
    chosen = set(rng.sample(mainland, _at_least_one(len(mainland) * RENAMED_SHARE)))
    renamed = [record for position in sorted(chosen) for record in _of(filings[position])]
    rest = [filing for position, filing in enumerate(filings) if position not in chosen]
    rng.shuffle(rest)
    return renamed, [record for filing in rest for record in _of(filing)]


def _chinese_copies(chinese: list[Record], rng: Random) -> list[Record]:
    wanted = _at_least_one(len(chinese) * LENS_REPEATS_OF_CN)
    in_families = [record for record in chinese if len(record.filing.family.filings) > 1]
    alone = [record for record in chinese if len(record.filing.family.filings) == 1]
    from_families = min(len(in_families), round(wanted * REPEATS_IN_FAMILIES))
    return rng.sample(in_families, from_families) + rng.sample(alone, min(len(alone), wanted - from_families))


def _with_copies(own: list[Record], copies: list[Record]) -> Shelf:
    return Shelf((*own, *copies), len(copies))


def _at_least_one(share: float) -> int:
    return max(1, round(share))
