"""Filings to families: by the vendor's word where it is given, by the same priorities otherwise; what is merely near goes to review.

The same priorities is the idea of the DOCDB simple family. Three things stand in the way of comparing sets as exported, and are
taken out first: a first filing's own number among its priorities; the international application of which a filing is a national
phase; and a first filing that claims nothing but is claimed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import numpy as np
import polars as pl

from schemas.tables import TABLES
from transforms.parts import InMemory, Shelf, by_range

VENDOR, TEAM = "vendor_simple", "team"
SAME_PRIORITIES, SINGLE = "same_priorities", "single_application"
SHARED_PRIORITY, SAME_TITLE = "shared_priority", "same_title_applicant_date"
# The filings, part by part, each in one of them; called once for each reading.
Parts = Callable[[], Iterable[pl.DataFrame]]
# What `in_families` reads of a filing.
_TELLING = ("application_id", "vendor_family_id", "priority_numbers")
# What puts the filings of a family in order: the year before the day, which of some is all that is known.
EARLIEST = ("filing_year", "filing_date", "application_id")
# Shorter titles are the same by chance.
_TELLING_TITLE = 8
_OWN = pl.coalesce("application_number", "application_id")


def with_family_id(applications: pl.DataFrame, links: pl.DataFrame | None = None) -> pl.DataFrame:
    """Adds `family_id` and `family_definition` to filings with EARLIEST and `priority_numbers`.

    Filings are joined by union over keys (the vendor's family, the set of priorities, the international application) and the team's
    `links` (`application_id`, `other_application_id`, `correction` join or split). The id is that of the representative, the
    first by EARLIEST.
    """
    return in_families(applications, shared_families(lambda: [applications], links))


def shared_families(
    parts: Parts, links: pl.DataFrame | None = None, shelf: Shelf | None = None, ranges: int = 1
) -> pl.DataFrame:
    """`application_id`, `family_id`, `family_definition` of the filings that share a key with another or that the team decided on.

    Every other filing is a family of its own. `shelf`, `ranges` as in `_meeting`.
    """
    split, joined = _links(links, "split"), _links(links, "join")
    decided = pl.concat([split["application_id"], joined["application_id"], joined["other_application_id"]]).unique()
    node_of = pl.concat(
        part.select("application_id", "node").filter(pl.col("application_id").is_in(decided.implode()))
        for part in _numbered(parts)
    )
    alone = node_of.join(split, on="application_id", how="semi")["node"].unique().implode()

    def keys(filings: pl.DataFrame) -> pl.DataFrame:
        return _keys(filings).filter(pl.col("node").is_in(alone).not_())

    keyed = _meeting(partial(_numbered, parts), keys, "key", shelf or InMemory(), ranges)
    ties = pl.concat([_of_team(joined, node_of), *map(_ties, keyed)])
    tied = pl.concat([ties["node"], ties["lowest"], node_of["node"]]).unique().sort()
    own = pl.concat(_own(part, tied) for part in _numbered(parts)).with_columns(
        connected(len(tied), ties.select(tied.search_sorted(ties[name]).alias(name) for name in ties.columns)),
        pl.col("application_id").is_in(decided.implode()).alias("_team"),
    )
    together = pl.col("component").is_duplicated()
    told = own.sort("component", *EARLIEST, nulls_last=True).select(
        "application_id",
        pl.col("application_id").first().over("component").alias("family_id"),
        *(pl.col(name).any().over("component") for name in ("_team", "_vendor")),
        pl.col("_same") | together,
    )
    definition = pl.when("_team").then(pl.lit(TEAM)).otherwise(_definition(pl.col("_vendor"), pl.col("_same")))
    return told.select("application_id", "family_id", definition.alias("family_definition"))


def _numbered(parts: Parts) -> Iterator[pl.DataFrame]:
    """The parts with `node`: the number of the filing among all."""
    first = 0
    for part in parts():
        yield _with_absent(part).with_row_index("node", first)
        first += part.height


def _meeting(
    parts: Parts, values: Callable[[pl.DataFrame], pl.DataFrame], name: str, shelf: Shelf, ranges: int
) -> Iterator[pl.DataFrame]:
    """What `values` tells of all filings, in pieces that each hold every row of a value of column `name`.

    `shelf`: where the rows lie meanwhile, by so many `ranges` of the value's hash; one of them is in memory.
    """
    for part in parts():
        for number, told in by_range(values(part), pl.col(name).hash(), ranges):
            shelf.lay(name, number, told)
    for number in shelf.parts(name):
        yield shelf.take(name, number)
    shelf.clear(name)


def _ties(keyed: pl.DataFrame) -> pl.DataFrame:
    """`node`, `lowest`: of each key its filings, tied to the first of them."""
    ties = keyed.filter(pl.col("key").is_duplicated()).select("node", pl.col("node").min().over("key").alias("lowest"))
    return ties.filter(pl.col("node") != pl.col("lowest"))


def _of_team(joined: pl.DataFrame, node_of: pl.DataFrame) -> pl.DataFrame:
    """The ties that the team has joined."""
    other = node_of.rename({"application_id": "other_application_id", "node": "lowest"})
    return (
        joined.join(node_of, on="application_id", how="inner", validate="m:1")
        .join(other, on="other_application_id", how="inner", validate="m:1")
        .select("node", "lowest")
    )


def _own(part: pl.DataFrame, tied: pl.Series) -> pl.DataFrame:
    """What those of a part that are tied (their numbers, in order) say of their family."""
    first = part["node"].first() or 0
    start, end = (tied.search_sorted(pl.Series([at], dtype=tied.dtype)).item() for at in (first, first + part.height))
    return part[tied[start:end] - first].select(*EARLIEST, *_said_of_one())


def in_families(filings: pl.DataFrame, shared: pl.DataFrame) -> pl.DataFrame:
    """Filings with `family_id` and `family_definition`, by `shared_families` or by themselves."""
    vendor, same = _said_of_one()
    told = (
        _with_absent(filings.select(name for name in filings.columns if name in _TELLING))
        .join(shared, on="application_id", how="left", validate="1:1", maintain_order="left")
        .select(
            pl.coalesce("family_id", "application_id"),
            pl.coalesce("family_definition", _definition(vendor, same)),
        )
    )
    return filings.with_columns(told.get_columns())


def _said_of_one() -> tuple[pl.Expr, pl.Expr]:
    return (
        pl.col("vendor_family_id").is_not_null().alias("_vendor"),
        pl.col("priority_numbers").is_not_null().alias("_same"),
    )


def _definition(vendor: pl.Expr, same: pl.Expr) -> pl.Expr:
    return pl.when(vendor).then(pl.lit(VENDOR)).when(same).then(pl.lit(SAME_PRIORITIES)).otherwise(pl.lit(SINGLE))


def _links(links: pl.DataFrame | None, correction: str) -> pl.DataFrame:
    none = pl.DataFrame(schema={"application_id": pl.String, "other_application_id": pl.String})
    if links is None:
        return none
    return links.filter(pl.col("correction") == correction).select(none.columns)


def _with_absent(applications: pl.DataFrame) -> pl.DataFrame:
    """With `vendor_family_id` and `application_number`, null where the frame has none."""
    names = [name for name in ("vendor_family_id", "application_number") if name not in applications.columns]
    return applications.with_columns(pl.lit(None, pl.String).alias(name) for name in names)


def _keys(filings: pl.DataFrame) -> pl.DataFrame:
    """`node`, `key`: filings that share a key are one family."""
    claimed = effective_priorities(filings).group_by("node").agg(pl.col("priority").sort())
    same = claimed.select("node", pl.format("priorities:{}", pl.col("priority").list.join(" ")).alias("key"))
    vendor = filings.select("node", pl.format("vendor:{}", "vendor_family_id").alias("key"))
    return pl.concat([same, vendor.drop_nulls(), _national_phases(filings)])


def _national_phases(filings: pl.DataFrame) -> pl.DataFrame:
    """A filing that claims an international application and nothing else is its national phase: both share the key of its number."""
    pct = pl.col("priority").str.starts_with("PCT")
    only = _claims(filings).filter(pl.len().over("node") == 1).filter(pct)
    phases = only.select("node", pl.format("international:{}", "priority").alias("key"))
    themselves = filings.filter(_OWN.str.starts_with("PCT")).select(
        "node", pl.format("international:{}", _OWN).alias("key")
    )
    return pl.concat([phases, themselves])


def _claims(filings: pl.DataFrame) -> pl.DataFrame:
    """`node`, `priority`: claimed priorities but for the filing's own number."""
    return (
        filings.select("node", _OWN.alias("own"), "priority_numbers")
        .explode("priority_numbers", empty_as_null=False, keep_nulls=False)
        # A column of nulls alone loses its type on the way.
        .with_columns(pl.col("priority_numbers").cast(pl.String).alias("priority"))
        .filter(pl.col("priority") != pl.col("own"))
        .select("node", "priority")
    )


def effective_priorities(filings: pl.DataFrame) -> pl.DataFrame:
    """`node`, `priority`: what a filing with its number `node` and `application_number` rests on.

    International applications count only where nothing else is claimed; a filing that claims nothing rests on itself.
    """
    claims = _claims(filings)
    pct = pl.col("priority").str.starts_with("PCT")
    rests = claims.filter(pct.not_() | pct.all().over("node"))
    itself = filings.join(rests, on="node", how="anti").select("node", _OWN.alias("priority"))
    return pl.concat([rests, itself])


def connected(nodes: int, ties: pl.DataFrame) -> pl.Series:
    """The `component` of each of `nodes` (0 …), which is its lowest node. `ties`: `node`, `lowest`, two that are connected.

    Of two components that a tie connects the higher hangs itself on the lower, all at once, until none are left to connect.
    """
    parent = np.arange(nodes)
    one, other = (ties[name].to_numpy() for name in ("node", "lowest"))
    while (apart := parent[one] != parent[other]).any():
        one, other = one[apart], other[apart]
        roots = parent[one], parent[other]
        np.minimum.at(parent, np.maximum(*roots), np.minimum(*roots))
        while (parent != (root := parent[parent])).any():
            parent = root
    return pl.Series("component", parent)


def families_of(applications: pl.DataFrame) -> pl.DataFrame:
    """core.family of filings with `family_id`."""
    earliest = pl.min_horizontal(pl.col("earliest_priority_date").min(), pl.col("filing_date").min())
    several = pl.col("family_id").is_duplicated()
    together = (
        applications.filter(several)
        .sort("family_id", *EARLIEST, nulls_last=True)
        .group_by("family_id", maintain_order=True)
        .agg(
            pl.col("family_definition").first(),
            pl.col("application_id").first().alias("representative_application_id"),
            earliest.alias("earliest_priority_date"),
            pl.len().cast(pl.Int32).alias("applications"),
            pl.col("office").unique().sort().alias("offices"),
        )
    )
    alone = applications.filter(~several).select(
        "family_id",
        "family_definition",
        pl.col("application_id").alias("representative_application_id"),
        pl.min_horizontal("earliest_priority_date", "filing_date").alias("earliest_priority_date"),
        pl.lit(1, pl.Int32).alias("applications"),
        pl.concat_list("office").alias("offices"),
    )
    return pl.concat([together, alone])


def family_suggestions(parts: Parts, shelf: Shelf | None = None, ranges: int = 1) -> pl.DataFrame:
    """core.family_suggestion: families that share some priorities but not all, or title, first applicant and filing date.

    Each is paired with the lowest family that shares with it, not with every other: the table grows with the filings.
    `parts`: filings with `family_id`, `title`, `applicants` and what `effective_priorities` reads; `shelf`, `ranges` as in `_meeting`.
    """
    shelf, numbered = shelf or InMemory(), partial(_numbered, parts)
    claimed = _meeting(numbered, _claimed, "shared_value", shelf, ranges)
    pairs = [_paired(piece, SHARED_PRIORITY) for piece in claimed]
    titled = _meeting(numbered, _titled, "shared_value", shelf, ranges)
    pairs += [_paired(piece, SAME_TITLE) for piece in titled]
    table = TABLES["core.family_suggestion"]
    every = pl.concat([table.empty(), *(piece.select(table.columns) for piece in pairs)])
    return every.group_by(table.columns[:-1]).agg(pl.col("shared_value").min())


def _claimed(filings: pl.DataFrame) -> pl.DataFrame:
    families = filings.select("node", "family_id")
    rests = effective_priorities(filings).join(families, on="node", how="left", validate="m:1")
    return rests.select("family_id", pl.col("priority").alias("shared_value"))


def _titled(filings: pl.DataFrame) -> pl.DataFrame:
    value = pl.concat_str(
        pl.col("title").str.to_lowercase(), pl.col("applicants").list.first(), "filing_date", separator=" · "
    )
    telling = filings.filter(pl.col("title").str.len_chars() >= _TELLING_TITLE)
    return telling.select("family_id", value.alias("shared_value")).drop_nulls()


def _paired(sharing: pl.DataFrame, reason: str) -> pl.DataFrame:
    lowest = pl.col("family_id").min().over("shared_value")
    return (
        sharing.filter(pl.col("shared_value").is_duplicated())
        .select(
            "family_id", lowest.alias("suggested_family_id"), pl.lit(reason).alias("suggestion_reason"), "shared_value"
        )
        .filter(pl.col("family_id") != pl.col("suggested_family_id"))
    )
