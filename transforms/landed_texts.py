"""Abstracts and claims of landed rows, fetched when they are read: they are nine tenths of the bytes, and refining moves rows about.

While rows are merged, a text is known by its place: the number of its row among all landed rows, null where the row has none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

TEXTS = ("abstract", "claims")
PLACE = pl.UInt32
# A column of one landed file: file number and column name -> its texts, one per row.
Read = Callable[[int, str], pl.Series]


class LandedTexts:
    """The texts of rows that lie in several files, one after the other; `heights`: how many rows each file has.

    `first`: the number of the first row.
    """

    def __init__(self, heights: Sequence[int], read: Read, first: int = 0) -> None:
        self._read = read
        self._ends = pl.Series(heights, dtype=pl.Int64).cum_sum() + first
        self._starts = self._ends - pl.Series(heights, dtype=pl.Int64)

    def at(self, name: str, places: pl.Series) -> pl.Series:
        """The texts of column `name` at `places`, null where the place is; each file that holds one of them is read once."""
        wanted = places.to_frame("place").with_row_index("order")
        files = self._ends.search_sorted(places.fill_null(0), side="right").alias("file")
        found = [
            part.select("order", self._of_file(int(file), name, part["place"]).alias(name))
            for (file,), part in wanted.with_columns(files)
            .drop_nulls("place")
            .partition_by("file", as_dict=True)
            .items()
        ]
        texts = pl.concat([pl.DataFrame(schema={"order": wanted.schema["order"], name: pl.String}), *found])
        joined = wanted.join(texts, on="order", how="left", validate="1:1", maintain_order="left")
        return joined[name].rename(places.name)

    def _of_file(self, file: int, name: str, places: pl.Series) -> pl.Series:
        return _of_their_own(self._read(file, name).gather(places.cast(pl.Int64) - self._starts[file]))

    def into(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with texts where it has their places."""
        return frame.with_columns(self.at(name, frame[name]) for name in TEXTS if name in frame.columns)


def _of_their_own(texts: pl.Series) -> pl.Series:
    """The texts without the column that they were gathered from: polars would keep all of it in memory for a few of them."""
    return pl.Series(texts.name, texts.to_arrow(compat_level=pl.CompatLevel.oldest()), dtype=pl.String)


def without_texts(landed: pl.DataFrame) -> tuple[pl.DataFrame, LandedTexts]:
    """Landed rows with places instead of texts, and where to fetch these: for rows that are in memory anyhow."""
    return landed.with_columns(places_of(name) for name in TEXTS), LandedTexts(
        [landed.height], lambda _, name: landed[name]
    )


def places_of(name: str, first: int = 0) -> pl.Expr:
    """The places of a column's texts, where the first row is number `first`."""
    place = pl.int_range(first, first + pl.len(), dtype=pl.Int64).cast(PLACE)
    return pl.when(pl.col(name).is_not_null()).then(place).alias(name)
