"""Families against an independent slow union-find, near families that must not merge, the team's word, and a real Lens export."""

from __future__ import annotations

import datetime
import itertools
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import real_file, trials
from transforms.applications import applications_of, merge_rows, with_application_id
from transforms.families import (
    _ties,
    connected,
    families_of,
    family_suggestions,
    in_families,
    shared_families,
    with_family_id,
)
from transforms.landing import land

SCHEMA = {
    "application_id": pl.String,
    "application_number": pl.String,
    "priority_numbers": pl.List(pl.String),
    "vendor_family_id": pl.String,
    "filing_year": pl.Int32,
    "filing_date": pl.Date,
    "earliest_priority_date": pl.Date,
    "office": pl.String,
    "title": pl.String,
    "applicants": pl.List(pl.String),
}


def filings(**claims: list[str] | None) -> pl.DataFrame:
    rows = [
        {"application_id": name, "application_number": name, "priority_numbers": claimed, "office": name[:2]}
        for name, claimed in claims.items()
    ]
    return pl.DataFrame([{name: row.get(name) for name in SCHEMA} for row in rows], schema=SCHEMA)


def families(applications: pl.DataFrame, links: pl.DataFrame | None = None) -> set[frozenset[str]]:
    found = with_family_id(applications, links).group_by("family_id").agg("application_id")
    return {frozenset(members) for members in found["application_id"]}


def suggested(applications: pl.DataFrame) -> pl.DataFrame:
    return family_suggestions(lambda: [with_family_id(applications)])


# ── against a slow reading of the rule ───────────────────────────────────────────────────────────────────────────


def slow_families(applications: pl.DataFrame) -> set[frozenset[str]]:
    """Every pair of filings looked at; sets are joined until nothing changes."""
    rows = applications.to_dicts()
    claimed = [set(row["priority_numbers"] or []) - {row["application_number"]} for row in rows]
    rests = [
        ({p for p in c if not p.startswith("PCT")} or c or {row["application_number"]})
        for c, row in zip(claimed, rows, strict=True)
    ]
    groups = [{index} for index in range(len(rows))]
    for one, other in itertools.combinations(range(len(rows)), 2):
        same = rests[one] == rests[other]
        phase = any(
            claimed[a] == {rows[b]["application_number"]} and rows[b]["application_number"].startswith("PCT")
            for a, b in ((one, other), (other, one))
        )
        siblings = claimed[one] == claimed[other] and len(claimed[one]) == 1 and min(claimed[one]).startswith("PCT")
        vendor = rows[one]["vendor_family_id"] == rows[other]["vendor_family_id"] is not None
        if same or phase or siblings or vendor:
            groups[one] |= {other}
            groups[other] |= {one}
    while True:
        joined = [set().union(*(groups[member] for member in group)) for group in groups]
        if joined == groups:
            return {frozenset(rows[member]["application_id"] for member in group) for group in groups}
        groups = joined


NUMBERS = ["US1", "US2", "EP1", "EP2", "CN1", "CN2", "PCTUS1", "PCTCN1"]
CLAIMS = st.none() | st.lists(st.sampled_from([*NUMBERS, "JP9"]), min_size=1, max_size=3, unique=True)


@settings(max_examples=trials(25, 500))
@given(
    st.lists(CLAIMS, min_size=8, max_size=8),
    st.lists(st.sampled_from([None, None, None, "V1", "V2"]), min_size=8, max_size=8),
)
def test_families_are_those_of_an_independent_union_find(claims: list, vendors: list) -> None:
    frame = filings(**dict(zip(NUMBERS, claims, strict=True))).with_columns(
        pl.Series("vendor_family_id", vendors, pl.String)
    )
    assert families(frame) == slow_families(frame)
    assert families(frame.reverse()) == families(frame)
    by_parts = in_families(frame, shared_families(lambda: frame.iter_slices(3), ranges=3))
    assert by_parts.equals(with_family_id(frame))


@settings(max_examples=trials(20, 300))
@given(st.lists(st.tuples(st.integers(0, 11), st.sampled_from("abcdefgh")), max_size=20))
def test_the_union_find_connects_what_a_search_connects(pairs: list[tuple[int, str]]) -> None:
    keyed = pl.DataFrame(pairs, schema={"node": pl.UInt32, "key": pl.String}, orient="row")
    component = connected(12, _ties(keyed)).to_list()
    for start in range(12):
        reached, frontier = {start}, [start]
        while frontier:
            keys = {key for node, key in pairs if node in frontier}
            frontier = list({node for node, key in pairs if key in keys} - reached)
            reached |= set(frontier)
        assert component[start] == min(reached)


# ── rules one by one ─────────────────────────────────────────────────────────────────────────────────────────────


def test_an_own_number_among_the_priorities_sets_no_filing_apart() -> None:
    assert families(filings(US1=["US1"], EP1=["US1"], CN1=["CN1", "US1"])) == {frozenset({"US1", "EP1", "CN1"})}


def test_national_phases_stand_with_the_international_application() -> None:
    frame = filings(PCTUS1=["US1"], EP1=["US1", "PCTUS1"], CN1=["PCTUS1"])
    assert families(frame) == {frozenset({"PCTUS1", "EP1", "CN1"})}


def test_families_that_share_some_priorities_are_suggested_and_not_merged() -> None:
    frame = filings(EP1=["US1", "US2"], EP2=["US1"], CN1=["US1", "US2"])
    assert with_family_id(frame)["family_id"].n_unique() == 2
    assert suggested(frame).rows() == [("EP2", "CN1", "shared_priority", "US1")]


def test_same_title_applicant_and_date_are_suggested_and_not_merged() -> None:
    alike = filings(CN1=None, US1=None, US2=None).with_columns(
        pl.lit("一种用于测试的示例装置").alias("title"),
        pl.lit(["示例公司"]).alias("applicants"),
        pl.Series("filing_date", [datetime.date(2020, 1, 1)] * 2 + [datetime.date(2020, 1, 2)]),
    )
    assert with_family_id(alike)["family_id"].to_list() == ["CN1", "US1", "US2"]
    assert suggested(alike).select("family_id", "suggested_family_id", "suggestion_reason").rows() == [
        ("US1", "CN1", "same_title_applicant_date")
    ]


def test_the_vendors_family_is_taken_and_named() -> None:
    frame = filings(US1=["US2"], EP1=["EP2"], CN1=None).with_columns(pl.Series("vendor_family_id", ["7", "7", None]))
    found = with_family_id(frame)
    assert found["family_id"].to_list() == ["EP1", "EP1", "CN1"]
    assert found["family_definition"].to_list() == ["vendor_simple", "vendor_simple", "single_application"]


def test_the_representative_is_the_earliest_filing_then_the_lowest_number() -> None:
    dates = [datetime.date(2020, 1, 2), datetime.date(2020, 1, 1), datetime.date(2020, 1, 1)]
    frame = filings(CN1=["JP9"], US1=["JP9"], EP1=["JP9"]).with_columns(pl.Series("filing_date", dates))
    core = families_of(with_family_id(frame))
    assert core.select("family_id", "representative_application_id", "applications").rows() == [("EP1", "EP1", 3)]


def test_a_filing_of_which_only_the_year_is_known_is_no_later_for_it() -> None:
    dates = [datetime.date(2018, 5, 1), None, None, datetime.date(2015, 3, 1)]
    frame = filings(CN1=["JP9"], US1=["JP9"], EP1=["JP9"], EP2=["JP9"]).with_columns(
        pl.Series("filing_date", dates), pl.Series("filing_year", [2018, 2015, None, 2015], pl.Int32)
    )
    core = families_of(with_family_id(frame))
    # Within the year the one with a day stands first, and last what has neither.
    assert core.select("family_id", "representative_application_id").rows() == [("EP2", "EP2")]
    without_that_day = families_of(with_family_id(frame.filter(pl.col("application_id") != "EP2")))
    assert without_that_day.select("family_id", "representative_application_id").rows() == [("US1", "US1")]


def test_the_team_joins_and_splits() -> None:
    links = pl.DataFrame(
        {"application_id": ["CN1", "EP1"], "other_application_id": ["US2", "US1"], "correction": ["join", "split"]}
    )
    frame = filings(US1=["JP9"], EP1=["JP9"], CN1=None, US2=None)
    assert families(frame, links) == {frozenset({"US1"}), frozenset({"EP1"}), frozenset({"CN1", "US2"})}
    assert set(with_family_id(frame, links).filter(pl.col("application_id") != "US1")["family_definition"]) == {"team"}


# ── a real export that states the size of its families ───────────────────────────────────────────────────────────


def lens_publications() -> pl.DataFrame:
    path: Path = real_file("lens_ai_nano_bowow/lens-8-ai-and-nanotech_with_legal_status.csv")
    publications, _ = merge_rows(land(path, "lens", path.name).accepted)
    return with_application_id(publications)


@pytest.fixture(scope="module")
def lens() -> pl.DataFrame:
    """One row per family of the Lens file: its documents here, the least and greatest size that Lens states for them."""
    publications = lens_publications()
    filed = with_family_id(applications_of(publications)).select("application_id", "family_id")
    return (
        publications.join(filed, on="application_id", how="left", validate="m:1")
        .group_by("family_id")
        .agg(
            pl.len().alias("documents"),
            pl.col("vendor_family_size").min().alias("least"),
            pl.col("vendor_family_size").max().alias("greatest"),
        )
    )


def test_families_of_the_lens_file_agree_with_the_sizes_it_states(lens: pl.DataFrame) -> None:
    agree = (pl.col("least") == pl.col("greatest")) & (pl.col("documents") <= pl.col("greatest"))
    # The file is the answer to a search: of a family it may hold fewer documents than Lens counts, never more.
    complete = lens.filter(agree & (pl.col("documents") == pl.col("greatest")))
    assert (lens.height, lens.filter(agree).height, complete.height) == (119, 116, 74)
    # Continuations in part, which Lens keeps apart by its own knowledge, and two damaged numbers: docs/methodology.md.
    assert set(lens.filter(agree.not_())["family_id"]) == {"CN202010840234", "US201514755181", "US202016944963"}


def test_families_of_the_lens_file_are_those_of_the_slow_union_find() -> None:
    filed = applications_of(lens_publications())
    assert families(filed) == slow_families(filed.with_columns(pl.coalesce("application_number", "application_id")))
