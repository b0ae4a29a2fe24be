"""Landed rows by parts, so that no more than one part of them is in memory: documents by ranges of their numbers, filings of their ids.

All rows of a document lie in one part, and so do all documents of a filing, which are parted anew when their filing is known. The
parts follow one another in the order of their keys, as the tables do that are made of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import polars as pl

from transforms.landed_texts import PLACE, LandedTexts

# With all that is made of them some 0.5 GB; fewer would be read from more and smaller files. A part of long texts has fewer
# rows: bytes are those of landed Parquet, a quarter of what they take in memory.
ROWS_OF_A_PART, BYTES_OF_A_PART = 150_000, 80_000_000
# So many parts of rows with few short columns make one.
PARTS_OF_NARROW_ROWS = 8
_KIND_CODE = r"[A-Z][0-9]?$"


class Shelf(Protocol):
    """Where frames are laid down until they are wanted again, by a name and the number of the part that they belong to."""

    def lay(self, name: str, part: int, frame: pl.DataFrame) -> None:
        """One more piece of what lies there."""
        ...

    def parts(self, name: str) -> list[int]:
        """The parts of which something was laid down, in their order."""
        ...

    def take(self, name: str, part: int, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """The pieces of a part, one after the other as they were laid down."""
        ...

    def clear(self, name: str) -> None:
        """Forget what lies under a name."""
        ...


class InMemory:
    """A shelf for frames that are in memory anyhow."""

    def __init__(self) -> None:
        self._laid: dict[str, dict[int, list[pl.DataFrame]]] = {}

    def lay(self, name: str, part: int, frame: pl.DataFrame) -> None:
        self._laid.setdefault(name, {}).setdefault(part, []).append(frame)

    def parts(self, name: str) -> list[int]:
        return sorted(self._laid.get(name, {}))

    def take(self, name: str, part: int, columns: Sequence[str] | None = None) -> pl.DataFrame:
        return pl.concat(piece.select(columns or pl.all()) for piece in self._laid[name][part])

    def clear(self, name: str) -> None:
        self._laid.pop(name, None)


@dataclass(frozen=True)
class Part:
    """Landed rows with places instead of texts, and their texts.

    `precedence`: of each row's export, None where each file outranks the next.
    """

    rows: pl.DataFrame
    texts: LandedTexts
    precedence: pl.Series | None


@dataclass(frozen=True)
class Landed:
    """What the core tables are made of; `texts`: of all parts.

    `text_cuts`, `filing_cuts`, `file_cuts`: where the next part begins, by the place of a text, by the id of a filing, by that
    of a file.
    """

    parts: Iterable[Part]
    texts: LandedTexts
    text_cuts: pl.Series = field(default_factory=lambda: pl.Series(dtype=PLACE))
    filing_cuts: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.String))
    file_cuts: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.String))


def document(number: str = "publication_number") -> pl.Expr:
    """The number without its kind code, which stages of one filing have in common where an office lets them share a number."""
    return pl.col(number).str.replace(_KIND_CODE, "")


def laid(shelf: Shelf, name: str, part: int, nothing: pl.DataFrame) -> pl.DataFrame:
    """What lies there of a part, or `nothing`."""
    return shelf.take(name, part) if part in shelf.parts(name) else nothing


def by_range(frame: pl.DataFrame, hashed: pl.Expr, ranges: int) -> Iterator[tuple[int, pl.DataFrame]]:
    """The number of each of so many ranges of a hash of 64 bits that the frame has rows of, and these; of one range the frame."""
    if ranges == 1:
        yield 0, frame
        return
    number = hashed // pl.lit(2**64 // ranges + 1, pl.UInt64)
    parts = frame.with_columns(number.alias("_range")).partition_by("_range", include_key=False, as_dict=True)
    yield from ((number, own) for (number,), own in parts.items())


def cuts(sample: pl.Series, parts: int) -> pl.Series:
    """Where parts of like size begin, but for the first."""
    if parts < 2 or sample.is_empty():
        return sample.clear()
    at = [len(sample) * part // parts for part in range(1, parts)]
    return sample.sort().gather(at).unique(maintain_order=True)


def parted(frame: pl.DataFrame, by: pl.Expr, cut: pl.Series) -> Iterator[tuple[int, pl.DataFrame]]:
    """The number of each part that the frame has rows of, and these in their order; a frame without rows is one of part 0."""
    if cut.is_empty() or frame.is_empty():
        yield 0, frame
        return
    part = cut.search_sorted(frame.select(by.alias("_part")).to_series(), side="right")
    for number in part.unique().sort():
        yield number, frame.filter(part == number)
