"""Landed files to the parts by which they are merged (transforms.parts).

Rows that make one part stay in memory. Others are laid down once more, each file's by the parts that they belong to, their texts
apart from them: a part is then read from a few rows of every file.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import accumulate
from math import ceil
from pathlib import Path

import polars as pl

from flows import land
from flows.land import LandedFile
from flows.memory import give_back
from flows.shelf import OnDisk
from schemas.tables import TABLES
from transforms.applications import known_kinds, with_application_id, with_kind_codes, without_kind
from transforms.coverage import field_coverage
from transforms.landed_texts import PLACE, TEXTS, LandedTexts, places_of
from transforms.parts import (
    BYTES_OF_A_PART,
    PARTS_OF_NARROW_ROWS,
    ROWS_OF_A_PART,
    InMemory,
    Landed,
    Part,
    Shelf,
    cuts,
    document,
    parted,
)

_OF_KIND = ("office", "document_number", "kind_code", "stage", "patent_type")
_OF_FILING = ("source_file_id", "publication_number", "office", "document_number", "application_number", "filing_year")
# The share of rows, drawn at random, that tells where parts begin: they need not be of one size.
_SAMPLED = 0.05
_LAID_AT_ONCE = 40_000


def landed_by_parts(files: list[LandedFile], folder: Path) -> tuple[Landed, Shelf, pl.DataFrame]:
    """The rows of landed files in the order given, the shelf for what is made of them, and meta.field_coverage.

    `folder`: where rows are laid down if they make more than one part.
    """
    parts = _number_of_parts(files)
    if parts < 2:
        rows, texts = land.landed_rows(files)
        whole = Part(rows, texts, land.precedence_of_rows(files))
        return Landed([whole], texts), InMemory(), field_coverage(rows)
    sample = pl.concat(_drawn(file.columns(*_OF_FILING)) for file in files)
    shelf = OnDisk(folder)
    coverage = _lay_down(files, cuts(sample.select(document()).to_series(), parts), shelf)
    filing_cuts = cuts(with_application_id(sample)["application_id"], parts)
    file_cuts = cuts(sample["source_file_id"], ceil(parts / PARTS_OF_NARROW_ROWS))
    return _landed(shelf, filing_cuts, file_cuts), shelf, coverage


def _number_of_parts(files: list[LandedFile]) -> int:
    return ceil(max(sum(file.accepted for file in files) / ROWS_OF_A_PART, sum(map(_bytes, files)) / BYTES_OF_A_PART))


def _drawn(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.sample(ceil(_SAMPLED * rows.height), seed=0)


def _bytes(file: LandedFile) -> int:
    return (Path(file.folder) / "rows.parquet").stat().st_size


def _lay_down(files: list[LandedFile], number_cuts: pl.Series, shelf: OnDisk) -> pl.DataFrame:
    """Lay down "rows", with the number of the row in its piece for a text, and "texts". Returns meta.field_coverage."""
    known, coverage = _kinds(files), []
    for batch in _batches(files):
        rows = with_kind_codes(pl.concat(file.rows for file in batch), known)
        coverage.append(field_coverage(rows))
        rows = rows.with_columns(land.precedence_of_rows(batch).alias("_precedence"))
        for part, own in parted(rows, document(), number_cuts):
            shelf.lay("rows", part, own.with_columns(places_of(name) for name in TEXTS))
            shelf.lay("texts", part, own.select(TEXTS))
        del rows, own
        give_back()
    return pl.concat(coverage).sort(TABLES["meta.field_coverage"].key)


def _batches(files: list[LandedFile]) -> Iterator[list[LandedFile]]:
    """Files that are laid down together: each by itself, but for small ones, whose rows would make pieces without number."""
    batch: list[LandedFile] = []
    for file in files:
        batch.append(file)
        if sum(each.accepted for each in batch) >= _LAID_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _kinds(files: list[LandedFile]) -> pl.DataFrame | None:
    """`known_kinds` of all files for the documents that some row names without its kind; None where there are none such."""
    sought = pl.concat(without_kind(file.columns(*_OF_KIND)) for file in files).unique()
    if sought.is_empty():
        return None
    rows = (file.columns(*_OF_KIND).join(sought, on=sought.columns, how="semi") for file in files)
    return known_kinds(pl.concat(rows), sought)


def _landed(shelf: OnDisk, filing_cuts: pl.Series, file_cuts: pl.Series) -> Landed:
    numbers = shelf.parts("rows")
    starts = list(accumulate((shelf.rows("rows", number) for number in numbers), initial=0))
    texts = [piece for number in numbers for piece in shelf.pieces("texts", number)]
    return Landed(
        (_part(shelf, number, start) for number, start in zip(numbers, starts, strict=False)),
        LandedTexts([piece.rows for piece in texts], lambda file, name: texts[file].read([name])[name]),
        pl.Series(starts[1:-1], dtype=PLACE),
        filing_cuts,
        file_cuts,
    )


def _part(shelf: OnDisk, number: int, start: int) -> Part:
    """A part whose first row is number `start` of all. Its texts are read once, and stay with it."""
    pieces = shelf.pieces("rows", number)
    starts = accumulate((piece.rows for piece in pieces), initial=start)
    rows = pl.concat(
        piece.read().with_columns((pl.col(TEXTS) + first).cast(PLACE))
        for piece, first in zip(pieces, starts, strict=False)
    )
    told = cache(lambda name: shelf.take("texts", number, [name])[name])
    texts = LandedTexts([rows.height], lambda _, name: told(name), start)
    return Part(rows.drop("_precedence"), texts, rows["_precedence"])
