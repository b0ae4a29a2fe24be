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
# Shorter titles are the same by chance.
_TELLING_TITLE = 8
_OWN = pl.coalesce("application_number", "application_id")


def with_family_id(applications: pl.DataFrame, links: pl.DataFrame | None = None) -> pl.DataFrame:
    """Adds `family_id` and `family_definition` to filings with `application_id`, `filing_date`, `priority_numbers`.

    Filings are joined by union over keys (the vendor's family, the set of priorities, the international application) and the team's
    `links` (`application_id`, `other_application_id`, `correction` join or split). The id is that of the representative: earliest
    filing, then lowest id.
    """
    given = applications.columns
    applications = _with_absent(applications)
    keyed = _keys(applications)
    split, joined = _links(links, "split"), _links(links, "join")
    alone = split["application_id"].unique()
    keyed = keyed.filter(pl.col("application_id").is_in(alone.implode()).not_())
    teams = joined.select("application_id", pl.format("team:{}", "other_application_id").alias("key"))
    other = pl.col("other_application_id")
    others = joined.select(other.alias("application_id"), pl.format("team:{}", other).alias("key"))
    keys = pl.concat([keyed.select("application_id", "key"), teams, others])
    edges = keys.filter(pl.col("key").is_duplicated()).join(
        applications.select("application_id").with_row_index("node"), on="application_id", how="inner", validate="m:1"
    )
    decided_by_team = pl.concat([alone, joined["application_id"], joined["other_application_id"]]).unique()
    own = applications.select(
        "application_id",
        "filing_date",
        connected(applications.height, edges).alias("_component"),
        pl.col("application_id").is_in(decided_by_team.implode()).alias("_team"),
        pl.col("vendor_family_id").is_not_null().alias("_vendor"),
        pl.col("priority_numbers").is_not_null().alias("_same"),
    )
    # Most families are one filing, which speaks for itself.
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
    definition = (
        pl.when(team).then(pl.lit(TEAM)).when(vendor).then(pl.lit(VENDOR))
        .when(same).then(pl.lit(SAME_PRIORITIES)).otherwise(pl.lit(SINGLE))
    )  # fmt: skip
    family = told.select(
        pl.coalesce("_first", "application_id").alias("family_id"), definition.alias("family_definition")
    )
    return applications.select(given).with_columns(family.get_columns())


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
    return (
        applications.sort("family_id", "filing_date", "application_id", nulls_last=True)
        .group_by("family_id", maintain_order=True)
        .agg(
            pl.col("family_definition").first(),
            pl.col("application_id").first().alias("representative_application_id"),
            pl.min_horizontal(pl.col("earliest_priority_date").min(), pl.col("filing_date").min()).alias(
                "earliest_priority_date"
            ),
            pl.len().cast(pl.Int32).alias("applications"),
            pl.col("office").unique().sort().alias("offices"),
        )
    )


def family_suggestions(applications: pl.DataFrame, parts: Parts | None = None) -> pl.DataFrame:
    """core.family_suggestion: families that share some priorities but not all, or title, first applicant and filing date.

    Each is paired with the lowest family that shares with it, not with every other: the table grows with the filings. `parts`:
    gives the filings with `title` and `applicants`, where `applications` have them not; it is called twice.
    """
    applications = _with_absent(applications)
    families = applications.select("application_id", "family_id")
    shared = effective_priorities(applications).rename({"priority": "shared_value"})
    titled = _alike(parts or (lambda: [applications]))
    pairs = [_paired(shared, families, SHARED_PRIORITY), _paired(titled, families, SAME_TITLE)]
    return pl.concat(pairs).select(TABLES["core.family_suggestion"].columns)


def _alike(parts: Parts) -> pl.DataFrame:
    """`application_id`, `shared_value` of filings whose title, first applicant and date others may share: a hash of them comes twice."""
    of_value = pl.col("shared_value").hash()
    hashes = pl.concat(_titled(part).select(of_value).to_series() for part in parts())
    often = hashes.filter(hashes.is_duplicated()).unique().implode()
    return pl.concat(_titled(part).filter(of_value.is_in(often)) for part in parts())


def _titled(filings: pl.DataFrame) -> pl.DataFrame:
    value = pl.concat_str(
        pl.col("title").str.to_lowercase(), pl.col("applicants").list.first(), "filing_date", separator=" · "
    )
    telling = filings.filter(pl.col("title").str.len_chars() >= _TELLING_TITLE)
    return telling.select("application_id", value.alias("shared_value")).drop_nulls()


def _paired(sharing: pl.DataFrame, families: pl.DataFrame, reason: str) -> pl.DataFrame:
    lowest = pl.col("family_id").min().over("shared_value")
    return (
        sharing.drop_nulls()
        .filter(pl.col("shared_value").is_duplicated())
        .join(families, on="application_id", how="inner", validate="m:1")
        .with_columns(lowest.alias("suggested_family_id"), pl.lit(reason).alias("suggestion_reason"))
        .filter(pl.col("family_id") != pl.col("suggested_family_id"))
        .group_by("family_id", "suggested_family_id", "suggestion_reason")
        .agg(pl.col("shared_value").min())
    )
