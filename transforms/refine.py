"""The order of refining: landed rows to core tables. Each step is a function elsewhere; here is only their order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import polars as pl

from schemas.branches import Taxonomy, branch_table
from schemas.reference import chain_node_table, enterprise_tables, office_table, policy_table, region_table
from schemas.tables import TABLES
from schemas.validation import require
from transforms.applicants import decisions_on_names, group_table, harmonise, near_names, suggestions, with_group_at
from transforms.applications import (
    applications_of,
    merge_rows,
    publication_values,
    with_application_id,
    with_kind_codes,
)
from transforms.classify import LABELS, classify
from transforms.corrections import correct_values, family_links, read_corrections
from transforms.decisions import overrule, read_decisions
from transforms.enterprises import enterprise_applicants, with_seats
from transforms.families import families_of, family_suggestions, with_family_id
from transforms.landed_texts import TEXTS, LandedTexts, without_texts
from transforms.precedence import in_order_of_precedence
from transforms.regions import correction_log, read_place_corrections, with_place_of_first_applicant

CoreTables = dict[str, pl.DataFrame]
# Frames of records to their labels, one for one.
Label = Callable[[Iterable[pl.DataFrame], Taxonomy], Iterable[pl.DataFrame]]
# Landed rows to (publications, sources).
Merge = Callable[[pl.DataFrame], tuple[pl.DataFrame, pl.DataFrame]]
RECORDS_AT_ONCE = 50_000  # with their texts in memory


def refine(landed: pl.DataFrame, taxonomy: Taxonomy, team_folder: Path | None = None) -> CoreTables:
    """Landed rows, in order of precedence, to every core table by its full name, each judged.

    Raises ContractError when a core table breaks its declaration: that is our bug, never the supplier's.
    """
    return dict(core_tables(*without_texts(landed), taxonomy, team_folder))


def classified(records: Iterable[pl.DataFrame], taxonomy: Taxonomy) -> Iterator[pl.DataFrame]:
    """The labels of each frame, from rules alone."""
    return (classify(part, taxonomy) for part in records)


def core_tables(
    landed: pl.DataFrame,
    texts: LandedTexts,
    taxonomy: Taxonomy,
    team_folder: Path | None = None,
    label: Label = classified,
    merge: Merge = merge_rows,
    precedence: pl.Series | None = None,
) -> Iterator[tuple[str, pl.DataFrame]]:
    """Every core table by its full name, one at a time, the texts last: so that no more than one of them need be in memory.

    `landed` has places instead of texts (transforms.landed_texts); `precedence`: of each row's export, where
    files may be equals. Raises as `refine`.
    """
    landed = in_order_of_precedence(with_kind_codes(landed), texts, precedence)
    publications, sources = merge(landed)
    yield _judged("core.publication_source", sources)
    yield _judged("core.publication_value", publication_values(landed, publications, texts))
    del landed, sources
    publications, corrections = correct_values(publications, read_corrections(team_folder))
    publications = with_application_id(publications)
    links, corrections = family_links(corrections, publications)
    yield _judged("core.correction", corrections)
    place_corrections = read_place_corrections(team_folder, publications)
    unplaced = with_family_id(applications_of(publications), links)
    yield from _given(taxonomy, team_folder)
    yield _judged("core.publication", publications)

    decisions = read_decisions(team_folder, taxonomy)
    labels = _branches(unplaced, texts, taxonomy, label)
    labels, decisions = overrule(labels, decisions, publications, taxonomy)
    yield _judged("core.application_branch", labels)
    yield _judged("core.review_decision", decisions)
    del labels
    publications = publications.select("publication_number", *TEXTS)
    unplaced = unplaced.drop(TEXTS)

    yield _judged("core.place_correction", _place_corrections(place_corrections, unplaced))
    applications = with_place_of_first_applicant(unplaced, place_corrections)
    del unplaced
    yield _judged("core.application", applications)
    yield _judged("core.family", families_of(applications))
    yield _judged("core.family_suggestion", family_suggestions(applications))
    yield _judged("core.application_symbol", _symbols(applications))
    yield from _owner_tables(applications, team_folder)
    del applications
    yield _judged("core.publication_text", texts.into(publications))


def _given(taxonomy: Taxonomy, team_folder: Path | None) -> Iterator[tuple[str, pl.DataFrame]]:
    """Tables that no landed row changes."""
    enterprise, enterprise_stage = enterprise_tables(team_folder)
    yield _judged("core.applicant_group", group_table(team_folder))
    yield _judged("core.branch", branch_table(taxonomy))
    yield _judged("core.region", region_table())
    yield _judged("core.office", office_table())
    yield _judged("core.enterprise", with_seats(enterprise))
    yield _judged("core.enterprise_stage", enterprise_stage)
    yield _judged("core.chain_node", chain_node_table())
    yield _judged("core.policy", policy_table())


def _owner_tables(applications: pl.DataFrame, team_folder: Path | None) -> Iterator[tuple[str, pl.DataFrame]]:
    near = near_names(applications["applicants"].list.unique().explode().drop_nulls())
    applicants, application_applicant = _owners(applications, team_folder, near)
    names = application_applicant["name_as_filed"]
    yield _judged("core.applicant", applicants)
    yield _judged("core.application_applicant", application_applicant)
    yield _judged("core.enterprise_applicant", enterprise_applicants(application_applicant, team_folder))
    yield _judged("core.applicant_suggestion", suggestions(names, team_folder, near))
    yield _judged("core.applicant_decision", decisions_on_names(names, team_folder))


def _judged(name: str, frame: pl.DataFrame) -> tuple[str, pl.DataFrame]:
    table = TABLES[name]
    return name, require(frame.select(table.columns).sort(table.key), table)


def _owners(
    applications: pl.DataFrame, team_folder: Path | None, near: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(core.applicant, core.application_applicant)."""
    named = (
        applications.select(
            "application_id",
            "filing_date",
            "filing_year",
            pl.col("applicants").list.unique(maintain_order=True).alias("name_as_filed"),
        )
        .with_columns((1 / pl.col("name_as_filed").list.len()).alias("fraction"))
        .explode("name_as_filed", empty_as_null=False, keep_nulls=False)
        .with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("application_id").alias("position"))
    )
    harmonised = harmonise(named["name_as_filed"], team_folder, near)
    linked = named.join(harmonised, on="name_as_filed", how="left", validate="m:1", maintain_order="left")
    linked = with_group_at(linked, team_folder)
    applicants = harmonised.drop("name_as_filed").unique("applicant_id", keep="first", maintain_order=True)
    return applicants, linked


def _place_corrections(corrections: pl.DataFrame, unplaced: pl.DataFrame) -> pl.DataFrame:
    """core.place_correction."""
    touched = unplaced.join(corrections, on="application_id", how="semi")
    return correction_log(corrections, with_place_of_first_applicant(touched))


def _symbols(applications: pl.DataFrame) -> pl.DataFrame:
    """core.application_symbol."""
    schemes = [
        applications.select("application_id", pl.lit(scheme).alias("scheme"), pl.col(column).alias("symbol"))
        .explode("symbol", empty_as_null=False, keep_nulls=False)
        .with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("application_id").alias("position"))
        for scheme, column in (("IPC", "ipc_symbols"), ("CPC", "cpc_symbols"))
    ]
    return pl.concat(schemes)


def _branches(applications: pl.DataFrame, texts: LandedTexts, taxonomy: Taxonomy, label: Label) -> pl.DataFrame:
    """core.application_branch. Records come in the order in which their texts lie, so that each file is opened for few parts."""
    records = applications.select(
        pl.col("application_id").alias("record_id"), "title", *TEXTS, "ipc_symbols", "cpc_symbols"
    ).sort(*TEXTS, "record_id")
    starts = range(0, max(records.height, 1), RECORDS_AT_ONCE)
    parts = (texts.into(records.slice(start, RECORDS_AT_ONCE)) for start in starts)
    labels = pl.concat([pl.DataFrame(schema=LABELS), *label(parts, taxonomy)])
    return labels.sort("record_id", "branch").rename({"record_id": "application_id"})
