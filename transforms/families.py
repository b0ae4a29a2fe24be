"""Filings to families: by the vendor's word where it is given, by the same priorities otherwise; what is merely near goes to review.

The same priorities is the idea of the DOCDB simple family. Three things stand in the way of comparing sets as exported, and are
taken out first: a first filing's own number among its priorities; the international application of which a filing is a national
phase; and a first filing that claims nothing but is claimed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import polars as pl

from schemas.tables import TABLES

VENDOR, TEAM = "vendor_simple", "team"
SAME_PRIORITIES, SINGLE = "same_priorities", "single_application"
SHARED_PRIORITY, SAME_TITLE = "shared_priority", "same_title_applicant_date"
Parts = Callable[[], Iterable[pl.DataFrame]]
# What `in_families` reads of a filing.
_TELLING = ("application_id", "vendor_family_id", "priority_numbers")
# Shorter titles are the same by chance.
_TELLING_TITLE = 8
_OWN = pl.coalesce("application_number", "application_id")


def with_family_id(applications: pl.DataFrame, links: pl.DataFrame | None = None) -> pl.DataFrame:
    """Adds `family_id` and `family_definition` to filings with `application_id`, `filing_date`, `priority_numbers`.

    Filings are joined by union over keys (the vendor's family, the set of priorities, the international application) and the team's
    `links` (`application_id`, `other_application_id`, `correction` join or split). The id is that of the representative: earliest
    filing, then lowest id.
    """
    return in_families(applications, shared_families(lambda: [applications], links))


def shared_families(parts: Parts, links: pl.DataFrame | None = None) -> pl.DataFrame:
    """`application_id`, `family_id`, `family_definition` of the filings that share a key with another or that the team decided on.

    Every other filing is a family of its own. `parts` as in `recurring`.
    """
    split, joined = _links(links, "split"), _links(links, "join")
    alone = split["application_id"].unique()
    keyed = recurring(parts, _keys, "key").filter(pl.col("application_id").is_in(alone.implode()).not_())
    teams = joined.select("application_id", pl.format("team:{}", "other_application_id").alias("key"))
    other = pl.col("other_application_id")
    others = joined.select(other.alias("application_id"), pl.format("team:{}", other).alias("key"))
    keys = pl.concat([keyed, teams, others])
    decided_by_team = pl.concat([alone, joined["application_id"], joined["other_application_id"]]).unique()
    meant = pl.concat([keys["application_id"], decided_by_team]).unique().to_frame()
    filings = pl.concat(_with_absent(part.join(meant, on="application_id", how="semi")) for part in parts())
    edges = keys.filter(pl.col("key").is_duplicated()).join(
        filings.select("application_id").with_row_index("node"), on="application_id", how="inner", validate="m:1"
    )
    own = filings.select(
        "application_id",
        "filing_date",
        connected(filings.height, edges).alias("_component"),
        pl.col("application_id").is_in(decided_by_team.implode()).alias("_team"),
        *_said_of_one(),
    )
    several = (
        own.filter(pl.col("_component").is_duplicated())
        .group_by("_component")
        .agg(
            pl.col("application_id").sort_by("filing_date", "application_id", nulls_last=True).first().alias("_first"),
            pl.col("_team", "_vendor").any().name.suffix("_of_any"),
            pl.lit(True).alias("_same_of_any"),
        )
    )
    told = own.join(several, on="_component", how="left", validate="m:1", maintain_order="left")
    team, vendor, same = (pl.coalesce(f"{name}_of_any", name) for name in ("_team", "_vendor", "_same"))
    return told.select(
        "application_id",
        pl.coalesce("_first", "application_id").alias("family_id"),
        pl.when(team).then(pl.lit(TEAM)).otherwise(_definition(vendor, same)).alias("family_definition"),
    )


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


def recurring(parts: Parts, values: Callable[[pl.DataFrame], pl.DataFrame], name: str) -> pl.DataFrame:
    """What `values` tells of all filings, where a value of column `name` comes more than once.

    `parts`: gives the filings, each in one part; it is called twice. In memory are a hash of every value, and the rows whose
    hash comes again.
    """
    hashes = pl.concat(values(part)[name].hash() for part in parts()).sort()
    again = hashes.filter(hashes == hashes.shift()).unique().sort()
    found = pl.concat(told.filter(_is_in(told[name].hash(), again)) for told in map(values, parts()))
    return found.filter(pl.col(name).is_duplicated())


def _is_in(values: pl.Series, ordered: pl.Series) -> pl.Series:
    """Whether each value is one of the ordered ones. These may be many: no table of them is built for every part."""
    if ordered.is_empty():
        return pl.repeat(False, len(values), dtype=pl.Boolean, eager=True)
    return ordered.gather(ordered.search_sorted(values).clip(upper_bound=len(ordered) - 1)) == values


def _links(links: pl.DataFrame | None, correction: str) -> pl.DataFrame:
    none = pl.DataFrame(schema={"application_id": pl.String, "other_application_id": pl.String})
    if links is None:
        return none
    return links.filter(pl.col("correction") == correction).select(none.columns)


def _with_absent(applications: pl.DataFrame) -> pl.DataFrame:
    """With `vendor_family_id` and `application_number`, null where the frame has none."""
    names = [name for name in ("vendor_family_id", "application_number") if name not in applications.columns]
    return applications.with_columns(pl.lit(None, pl.String).alias(name) for name in names)


def _keys(applications: pl.DataFrame) -> pl.DataFrame:
    """`application_id`, `key`: filings that share a key are one family."""
    applications = _with_absent(applications)
    claimed = effective_priorities(applications).group_by("application_id").agg(pl.col("priority").sort())
    same = claimed.select("application_id", pl.format("priorities:{}", pl.col("priority").list.join(" ")).alias("key"))
    vendor = applications.select("application_id", pl.format("vendor:{}", "vendor_family_id").alias("key"))
    return pl.concat([same, vendor.drop_nulls(), _national_phases(applications)])


def _national_phases(applications: pl.DataFrame) -> pl.DataFrame:
    """A filing that claims an international application and nothing else is its national phase: both share the key of its number."""
    pct = pl.col("priority").str.starts_with("PCT")
    only = _claims(applications).filter(pl.len().over("application_id") == 1).filter(pct)
    phases = only.select("application_id", pl.format("international:{}", "priority").alias("key"))
    themselves = applications.filter(_OWN.str.starts_with("PCT")).select(
        "application_id", pl.format("international:{}", _OWN).alias("key")
    )
    return pl.concat([phases, themselves])


def _claims(applications: pl.DataFrame) -> pl.DataFrame:
    """`application_id`, `own`, `priority`: claimed priorities but for the filing's own number."""
    return (
        applications.select("application_id", _OWN.alias("own"), "priority_numbers")
        .explode("priority_numbers", empty_as_null=False, keep_nulls=False)
        # A column of nulls alone loses its type on the way.
        .with_columns(pl.col("priority_numbers").cast(pl.String).alias("priority"))
        .drop("priority_numbers")
        .filter(pl.col("priority") != pl.col("own"))
    )


def effective_priorities(applications: pl.DataFrame) -> pl.DataFrame:
    """`application_id`, `priority`: what a filing with `application_number` rests on.

    International applications count only where nothing else is claimed; a filing that claims nothing rests on itself.
    """
    applications = _with_absent(applications)
    claims = _claims(applications)
    pct = pl.col("priority").str.starts_with("PCT")
    rests = claims.filter(pct.not_() | pct.all().over("application_id")).select("application_id", "priority")
    itself = applications.join(rests, on="application_id", how="anti").select("application_id", _OWN.alias("priority"))
    return pl.concat([rests, itself])


def connected(nodes: int, edges: pl.DataFrame) -> pl.Series:
    """The component of each of `nodes` (0 …), which is its lowest node. `edges`: `node`, `key`; nodes of one key are connected.

    Each key ties its nodes to its lowest one; then union-find over these ties, with path halving: linear for all that matters.
    """
    ties = edges.select(pl.col("node").cast(pl.Int64), pl.col("node").cast(pl.Int64).min().over("key").alias("lowest"))
    ties = ties.filter(pl.col("node") != pl.col("lowest"))
    parent = list(range(nodes))
    for node, lowest in zip(ties["node"].to_list(), ties["lowest"].to_list(), strict=True):
        one, other = _root(parent, node), _root(parent, lowest)
        if one != other:
            parent[max(one, other)] = min(one, other)
    return pl.Series("component", [_root(parent, node) for node in range(nodes)], dtype=pl.Int64)


def _root(parent: list[int], node: int) -> int:
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


def families_of(applications: pl.DataFrame) -> pl.DataFrame:
    """core.family of filings with `family_id`."""
    earliest = pl.min_horizontal(pl.col("earliest_priority_date").min(), pl.col("filing_date").min())
    several = pl.col("family_id").is_duplicated()
    together = (
        applications.filter(several)
        .sort("family_id", "filing_date", "application_id", nulls_last=True)
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


def family_suggestions(parts: Parts, shared: pl.DataFrame) -> pl.DataFrame:
    """core.family_suggestion: families that share some priorities but not all, or title, first applicant and filing date.

    Each is paired with the lowest family that shares with it, not with every other: the table grows with the filings.
    `parts` as in `recurring`, `shared` as from `shared_families` of them.
    """
    claimed = recurring(parts, effective_priorities, "priority").rename({"priority": "shared_value"})
    titled = recurring(parts, _titled, "shared_value")
    pairs = [_paired(claimed, shared, SHARED_PRIORITY), _paired(titled, shared, SAME_TITLE)]
    return pl.concat(pairs).select(TABLES["core.family_suggestion"].columns)


def _titled(filings: pl.DataFrame) -> pl.DataFrame:
    value = pl.concat_str(
        pl.col("title").str.to_lowercase(), pl.col("applicants").list.first(), "filing_date", separator=" · "
    )
    telling = filings.filter(pl.col("title").str.len_chars() >= _TELLING_TITLE)
    return telling.select("application_id", value.alias("shared_value")).drop_nulls()


def _paired(sharing: pl.DataFrame, shared: pl.DataFrame, reason: str) -> pl.DataFrame:
    lowest = pl.col("family_id").min().over("shared_value")
    return (
        sharing.join(shared, on="application_id", how="left", validate="m:1")
        .with_columns(pl.coalesce("family_id", "application_id").alias("family_id"))
        .with_columns(lowest.alias("suggested_family_id"), pl.lit(reason).alias("suggestion_reason"))
        .filter(pl.col("family_id") != pl.col("suggested_family_id"))
        .group_by("family_id", "suggested_family_id", "suggestion_reason")
        .agg(pl.col("shared_value").min())
    )
