"""The order of refining: landed rows to core tables. Each step is a function elsewhere; here is only their order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl

from schemas.branches import Taxonomy, branch_table
from schemas.reference import chain_node_table, enterprise_tables, office_table, policy_table, region_table
from schemas.tables import TABLES
from schemas.validation import require
from transforms.applicants import decisions_on_names, group_table, harmonise, near_names, suggestions, with_group_at
from transforms.applications import applications_of, merge_rows, publication_values, with_application_id
from transforms.classify import classify
from transforms.corrections import correct_values, family_links, read_corrections
from transforms.decisions import overrule, read_decisions
from transforms.enterprises import enterprise_applicants
from transforms.families import families_of, family_suggestions, with_family_id
from transforms.regions import correction_log, read_place_corrections, with_place_of_first_applicant

CoreTables = dict[str, pl.DataFrame]
Label = Callable[[pl.DataFrame, Taxonomy], pl.DataFrame]


def refine(
    landed: pl.DataFrame, taxonomy: Taxonomy, team_folder: Path | None = None, label: Label = classify
) -> CoreTables:
    """Landed rows, in order of precedence, to every core table by its full name, each judged.

    `label` gives the labels of records, from rules alone, as `classify` does.
    Raises ContractError when a core table breaks its declaration: that is our bug, never the supplier's.
    """
    publications, sources = merge_rows(landed)
    values = publication_values(landed, publications)
    publications, corrections = correct_values(publications, read_corrections(team_folder))
    publications = with_application_id(publications)
    links, corrections = family_links(corrections, publications)
    place_corrections = read_place_corrections(team_folder, publications)
    unplaced = with_family_id(applications_of(publications), links)
    applications = with_place_of_first_applicant(unplaced, place_corrections)
    near = near_names(applications["applicants"].list.unique().explode().drop_nulls())
    applicants, application_applicant = _owners(applications, team_folder, near)
    enterprise_applicant = enterprise_applicants(application_applicant, team_folder)
    names = application_applicant["name_as_filed"]
    decisions = read_decisions(team_folder, taxonomy)
    labels, decisions = overrule(_branches(applications, taxonomy, label), decisions, publications, taxonomy)
    enterprise, enterprise_stage = enterprise_tables(team_folder)
    tables = {
        "core.publication": publications,
        "core.publication_text": publications,
        "core.publication_source": sources,
        "core.publication_value": values,
        "core.correction": corrections,
        "core.application": applications,
        "core.family": families_of(applications),
        "core.family_suggestion": family_suggestions(applications),
        "core.applicant": applicants,
        "core.application_applicant": application_applicant,
        "core.applicant_group": group_table(team_folder),
        "core.applicant_suggestion": suggestions(names, team_folder, near),
        "core.applicant_decision": decisions_on_names(names, team_folder),
        "core.place_correction": _place_corrections(place_corrections, unplaced),
        "core.application_symbol": _symbols(applications),
        "core.application_branch": labels,
        "core.review_decision": decisions,
        "core.branch": branch_table(taxonomy),
        "core.region": region_table(),
        "core.office": office_table(),
        "core.enterprise": enterprise,
        "core.enterprise_stage": enterprise_stage,
        "core.enterprise_applicant": enterprise_applicant,
        "core.chain_node": chain_node_table(),
        "core.policy": policy_table(),
    }
    return {name: _judged(name, frame) for name, frame in tables.items()}


def _judged(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    table = TABLES[name]
    return require(frame.select(table.columns).sort(table.key), table)


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


def _branches(applications: pl.DataFrame, taxonomy: Taxonomy, label: Label) -> pl.DataFrame:
    """core.application_branch."""
    records = applications.select(
        pl.col("application_id").alias("record_id"), "title", "abstract", "claims", "ipc_symbols", "cpc_symbols"
    )
    return label(records, taxonomy).rename({"record_id": "application_id"})
