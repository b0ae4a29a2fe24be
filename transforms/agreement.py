"""How well two groupings of the same members agree: pairwise and B-cubed precision and recall.

Pairwise figures weigh a group by the square of its size, B-cubed ones (Bagga and Baldwin 1998) every member alike: a rule
that does well on a few large owners only shows it in the second.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Agreement:
    """Shares between 0 and 1. An empty denominator (no pair at all) counts as 1: nothing was got wrong."""

    members: int
    pairwise_precision: float
    pairwise_recall: float
    b_cubed_precision: float
    b_cubed_recall: float


def agreement(found: pl.Series, gold: pl.Series) -> Agreement:
    """Of the groups that `found` gives with those of `gold`, member by member, from their table of coincidences."""
    cells = (
        pl.DataFrame({"found": found, "gold": gold})
        .group_by("found", "gold")
        .agg(pl.len().cast(pl.Int64).alias("both"))
        .with_columns(
            pl.col("both").sum().over("found").alias("in_found"), pl.col("both").sum().over("gold").alias("in_gold")
        )
    )
    pairs = pl.col("both") * (pl.col("both") - 1) // 2
    sums = cells.select(
        pairs.sum().alias("agreed"),
        _pairs_of_groups(cells, "found").alias("found"),
        _pairs_of_groups(cells, "gold").alias("gold"),
        (pl.col("both") ** 2 / pl.col("in_found")).sum().alias("precision"),
        (pl.col("both") ** 2 / pl.col("in_gold")).sum().alias("recall"),
        pl.col("both").sum().alias("members"),
    ).row(0, named=True)
    return Agreement(
        sums["members"],
        _share(sums["agreed"], sums["found"]),
        _share(sums["agreed"], sums["gold"]),
        _share(sums["precision"], sums["members"]),
        _share(sums["recall"], sums["members"]),
    )


def _pairs_of_groups(cells: pl.DataFrame, side: str) -> pl.Series:
    sizes = cells.group_by(side).agg(pl.col("both").sum())["both"]
    return pl.Series([int((sizes * (sizes - 1) // 2).sum())])


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 1.0
