"""Which row wins where several tell of one publication: by their export's precedence, then by what they say, never by where they stand."""

from __future__ import annotations

import polars as pl

from transforms.landed_texts import TEXTS, LandedTexts

_OF_PLACE = ("source_file_id", "row_number")


def in_order_of_precedence(rows: pl.DataFrame, texts: LandedTexts, precedence: pl.Series | None = None) -> pl.DataFrame:
    """Landed rows, each publication's in the order in which their values win (see `order_of_precedence`), after those of which there is
    one alone.
    """
    rank = _rank(rows, precedence)
    repeated = rows["publication_number"].is_duplicated()
    several = rows.filter(repeated)
    order = order_of_precedence(several, texts, rank.filter(repeated))
    return rows if order is None else pl.concat([rows.filter(~repeated), several[order]])


def _rank(rows: pl.DataFrame, precedence: pl.Series | None) -> pl.Series:
    return rows["source_file_id"].rle_id() if precedence is None else precedence


def order_of_precedence(
    rows: pl.DataFrame, texts: LandedTexts, precedence: pl.Series | None = None
) -> pl.Series | None:
    """The numbers of landed rows (after `with_kind_codes`), each publication's in the order in which their values win.

    None: they stand so already. `rows` come file by file, with places for texts; `precedence`: of each row, lower wins; without it
    each file outranks the next. Of equal rows the one that says more wins, and of those that say as much, the one whose values
    sort first: any order would do that is the same wherever the rows stand.
    """
    rank = _rank(rows, precedence)
    said = [name for name in rows.columns if name not in (*_OF_PLACE, *TEXTS)]
    blanks = pl.sum_horizontal(pl.col(name).is_null() for name in (*said, *TEXTS))
    several = (
        rows.with_columns(rank.alias("_rank"))
        .with_row_index("_row")
        .filter(pl.col("publication_number").is_duplicated())
    )
    if not several.select(pl.struct("publication_number", "_rank").is_duplicated().any()).item():
        return None
    leading = ["publication_number", "_rank", "_blanks"]
    values = [*leading, *(name for name in said if name not in leading)]
    ordered = several.with_columns(blanks.alias("_blanks")).sort(values, nulls_last=True, maintain_order=True)
    ordered = _by_texts(ordered.select("_row", *TEXTS, pl.struct(values).rle_id().alias("_alike")), texts)
    order = pl.int_range(rows.height, dtype=pl.UInt32, eager=True)
    placed = order.clone().scatter(several["_row"], ordered)
    return None if placed.equals(order) else placed


def _by_texts(ordered: pl.DataFrame, texts: LandedTexts) -> pl.Series:
    """`_row`, those that are `_alike` but for their texts ordered by these: few, or copies of one another."""
    told = pl.any_horizontal(pl.col(name).is_not_null() for name in TEXTS)
    alike = ordered.with_row_index("_at").filter(pl.col("_alike").is_duplicated() & told)
    if alike.is_empty():
        return ordered["_row"]
    by_text = texts.into(alike).sort("_alike", *TEXTS, nulls_last=True, maintain_order=True)
    return ordered["_row"].clone().scatter(alike["_at"], by_text["_row"])
