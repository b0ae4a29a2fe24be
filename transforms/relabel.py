"""Labels carried over from an earlier classification: what has not changed is kept, and the rest is labelled anew.

A label depends on the content of its record and on its branch, whose `version` says so. A changed branch is put to all
records, a changed record to all branches. Which branch of a record is primary depends on all its labels and is always
worked out anew. The result equals `classify` on everything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from schemas.branches import LEVELS, Taxonomy
from schemas.errors import ContractError
from transforms.classify import LABELS, RECORDS, classify

# Two 64-bit hashes of all that the classifier reads of a record but its id: among a million contents, the odds that any two
# share both are about 1 in 10^27. They hold for one version of polars, which the reader of a store must see to.
CONTENT = ("content_1", "content_2")
# One row per content and label; a content without any label has one row whose branch is null.
JUDGED = dict.fromkeys(CONTENT, pl.UInt64) | {name: LABELS[name] for name in ("branch", "level", "score", "evidence")}


@dataclass(frozen=True)
class Judged:
    """What branches of these versions say of these contents: every content (columns JUDGED) was put to every branch."""

    versions: Mapping[str, str]
    labels: pl.DataFrame


@dataclass(frozen=True)
class Relabelling:
    """`labels` as from `classify`, `judged` to carry over to the next time.

    `records_anew` were put to all branches, `records_kept` at most to the `branches_anew`.
    """

    labels: pl.DataFrame
    judged: Judged
    records_anew: int
    records_kept: int
    branches_anew: tuple[str, ...]


def relabel(records: pl.DataFrame, taxonomy: Taxonomy, earlier: Judged | None = None) -> Relabelling:
    """The labels of `records` (columns RECORDS), with what `earlier` holds of the same contents and branch versions.

    Records that have the columns CONTENT already keep them, as `without_needless_texts` gives them. Raises as `classify`.
    `earlier` is taken at its word: where it comes from a file, the reader answers for it.
    """
    _check(records)
    versions = versions_of(taxonomy)
    standing = _standing(taxonomy, earlier)
    moved = tuple(sorted(versions.keys() - set(standing)))
    labels = earlier.labels if standing else pl.DataFrame(schema=JUDGED)

    keyed = records if set(CONTENT) <= set(records.columns) else with_content(records)
    new = keyed.join(labels, on=CONTENT, how="anti", maintain_order="left")
    known = keyed.join(labels, on=CONTENT, how="semi", maintain_order="left")

    parts = [classify(new, taxonomy)]
    if moved and known.height:
        parts.append(classify(known, _only(taxonomy, moved)))
    kept = known.select("record_id", *CONTENT).join(
        labels.filter(pl.col("branch").is_in(standing)), on=CONTENT, how="inner", validate="m:m", maintain_order="left"
    )
    columns = ["record_id", "branch", "level", "score", "evidence"]
    found = pl.concat([part.select(columns) for part in (*parts, kept)])
    labels = with_primary(found, taxonomy).with_columns(pl.lit(taxonomy.version).alias("taxonomy_version"))
    labels = labels.select(list(LABELS)).sort("record_id", "branch")
    return Relabelling(labels, Judged(versions, _judged(keyed, labels)), new.height, known.height, moved)


def versions_of(taxonomy: Taxonomy) -> dict[str, str]:
    return {branch.id: branch.version for branch in taxonomy.branches}


def _standing(taxonomy: Taxonomy, earlier: Judged | None) -> list[str]:
    """The branches whose rules are those that `earlier` was made by."""
    held = earlier.versions if earlier else {}
    return [branch for branch, version in versions_of(taxonomy).items() if held.get(branch) == version]


def without_needless_texts(
    keyed: pl.DataFrame, taxonomy: Taxonomy, versions: Mapping[str, str], contents: pl.DataFrame
) -> pl.DataFrame:
    """Records with the columns CONTENT, those of known contents with nothing but these, where no branch is to read them anew.

    `contents`: what branches of these `versions` were put to, each content once and in order.
    """
    if contents.is_empty() or not _is_standing(taxonomy, versions):
        return keyed
    # Of contents that share their first half, only the first is found: the others are read without need.
    at = contents[CONTENT[0]].search_sorted(keyed[CONTENT[0]]).clip(upper_bound=contents.height - 1)
    is_known = pl.all_horizontal(pl.lit(contents[name].gather(at)) == pl.col(name) for name in CONTENT)
    read = [name for name in RECORDS if name != "record_id"]
    return keyed.with_columns(pl.when(~is_known).then(pl.col(name)).alias(name) for name in read)


def _is_standing(taxonomy: Taxonomy, versions: Mapping[str, str]) -> bool:
    return versions_of(taxonomy).items() <= versions.items()


def together(parts: Sequence[Relabelling]) -> Relabelling:
    """What was said of parts of the records, as if it had been of all at once; at least one part."""
    return Relabelling(
        pl.concat([part.labels for part in parts]).sort("record_id", "branch"),
        judged_together([part.judged for part in parts]),
        sum(part.records_anew for part in parts),
        sum(part.records_kept for part in parts),
        parts[0].branches_anew,
    )


def judged_together(parts: Sequence[Judged]) -> Judged:
    """What was judged of parts of the records, by the same versions; at least one part."""
    labels = pl.concat([part.labels for part in parts]).unique([*CONTENT, "branch"], keep="first")
    return Judged(parts[0].versions, labels.sort(*CONTENT, "branch"))


def with_content(records: pl.DataFrame) -> pl.DataFrame:
    """The columns RECORDS of records, and the columns CONTENT."""
    read = pl.struct(name for name in RECORDS if name != "record_id")
    typed = records.select(pl.col(name).cast(dtype) for name, dtype in RECORDS.items())
    return typed.with_columns(read.hash(seed).alias(name) for seed, name in enumerate(CONTENT))


def with_primary(labels: pl.DataFrame, taxonomy: Taxonomy) -> pl.DataFrame:
    """Labels with `is_primary`: the best score among a record's core labels, else among its related ones.

    Equal scores: the lower priority number of the branch, then its id. A candidate is never primary.
    """
    priority = {branch.id: branch.priority for branch in taxonomy.branches}
    primary = (
        labels.filter(pl.col("level") != "candidate")
        .with_columns(pl.col("branch").replace_strict(priority, return_dtype=pl.Int64).alias("priority"))
        .sort("record_id", "level", "score", "priority", "branch", descending=[False, False, True, False, False])
        .unique("record_id", keep="first", maintain_order=True)
        .select("record_id", "branch", pl.lit(True).alias("is_primary"))
    )
    joined = labels.join(primary, on=["record_id", "branch"], how="left", validate="1:1", maintain_order="left")
    return joined.with_columns(pl.col("is_primary").fill_null(False))


def is_judged(labels: pl.DataFrame, versions: Mapping[str, str]) -> bool:
    """Whether a frame can be the labels of a Judged: columns, levels and branches as they must be, no label twice."""
    if dict(labels.schema) != JUDGED or labels.select(CONTENT).null_count().sum_horizontal().item():
        return False
    named = labels.filter(pl.col("branch").is_not_null())
    empty = labels.filter(pl.col("branch").is_null())
    return (
        named["branch"].is_in(list(versions)).all()
        and named["level"].is_in(list(LEVELS)).fill_null(False).all()
        and not named["score"].null_count()
        and not named["evidence"].null_count()
        and not labels.select(*CONTENT, "branch").is_duplicated().any()
        and empty.join(named, on=CONTENT, how="semi").is_empty()
    )


def _check(records: pl.DataFrame) -> None:
    if missing := [name for name in RECORDS if name not in records.columns]:
        raise ContractError("records to label", f"no column {', '.join(missing)}", ", ".join(RECORDS))
    if records["record_id"].null_count() or records["record_id"].is_duplicated().any():
        raise ContractError("records to label", "a record_id is null or stands twice", "one row per record_id")


def _only(taxonomy: Taxonomy, branches: tuple[str, ...]) -> Taxonomy:
    """The taxonomy with these branches; masks and shared blocks stay."""
    return replace(taxonomy, branches=tuple(branch for branch in taxonomy.branches if branch.id in branches))


def _judged(keyed: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    """One row per content and label. Records of the same content have the same labels: the first speaks for all."""
    contents = keyed.select("record_id", *CONTENT).unique(CONTENT, keep="first", maintain_order=True)
    joined = contents.join(labels, on="record_id", how="left", validate="1:m", maintain_order="left")
    return joined.select(list(JUDGED)).sort(*CONTENT, "branch")
