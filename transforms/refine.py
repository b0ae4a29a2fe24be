"""The order of refining: landed rows to core tables. Each step is a function elsewhere; here is only their order."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from math import ceil
from pathlib import Path

import polars as pl

from schemas.branches import Taxonomy, branch_table
from schemas.reference import chain_node_table, enterprise_tables, office_table, policy_table, region_table
from schemas.tables import TABLES
from schemas.validation import require
from transforms.applicants import (
    counted_names,
    decisions_on_names,
    group_table,
    harmonise,
    keyed,
    near_names,
    suggestions,
    with_group_at,
)
from transforms.applications import (
    OF_FILINGS,
    applications_of,
    merge_rows,
    publication_values,
    with_application_id,
    with_filing,
    with_kind_codes,
)
from transforms.classify import LABELS, classify
from transforms.corrections import correct_values, family_links, read_corrections
from transforms.decisions import in_force, overrule, read_decisions, with_rule_level
from transforms.enterprises import enterprise_applicants, with_seats
from transforms.families import families_of, family_suggestions, in_families, shared_families
from transforms.landed_texts import TEXTS, LandedTexts, without_texts
from transforms.parts import PARTS_OF_NARROW_ROWS, InMemory, Landed, Part, Shelf, laid, parted
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
    """Every core table by its full name, one at a time, from rows that are in memory.

    `landed` has places instead of texts (transforms.landed_texts); `precedence`: of each row's export, where
    files may be equals. Raises as `refine`.
    """
    return tables_by_parts(
        Landed([Part(landed, texts, precedence)], texts), taxonomy, team_folder, label, InMemory(), merge
    )


def tables_by_parts(
    landed: Landed,
    taxonomy: Taxonomy,
    team_folder: Path | None,
    label: Label,
    shelf: Shelf,
    merge: Merge = merge_rows,
) -> Iterator[tuple[str, pl.DataFrame]]:
    """Every core table by its full name, piece by piece.

    A table that grows with the data has a piece for each part, and these follow one another in the order of its key. Of
    all parts no more is in memory than hashes of what may tie filings together, those that are tied, and owners' names.
    """
    corrections, places = read_corrections(team_folder), read_place_corrections(team_folder)
    decisions = read_decisions(team_folder, taxonomy)
    named = pl.concat(
        [
            *corrections.select("publication_number", "other_publication_number"),
            places["publication_number"],
            decisions["publication_number"],
        ]
    ).unique()
    corrections, filing_of = yield from _publications(landed, corrections, named, shelf, merge)
    links, corrections = family_links(corrections, filing_of)
    yield _judged("core.correction", corrections)
    yield from _given(taxonomy, team_folder)

    _lay_filings(shelf, landed.text_cuts)
    _lay_labels(shelf, landed, taxonomy, label)
    yield from _branches(shelf, with_filing(decisions, filing_of), landed.filing_cuts, taxonomy)
    yield from _families(shelf, links, landed.filing_cuts)
    harmonised = yield from _owners(shelf, team_folder)
    yield from _filings(shelf, with_filing(places, filing_of), harmonised, team_folder)


def _publications(
    landed: Landed, corrections: pl.DataFrame, named: pl.Series, shelf: Shelf, merge: Merge
) -> Generator[tuple[str, pl.DataFrame], None, tuple[pl.DataFrame, pl.DataFrame]]:
    """What is made of rows and documents. Returns (corrections, `publication_number` with `application_id` of those `named`)."""
    filing_of = []
    for part in landed.parts:
        texts = part.texts
        rows = in_order_of_precedence(with_kind_codes(part.rows), texts, part.precedence)
        del part
        publications, sources = merge(rows)
        for number, told in parted(sources, pl.col("source_file_id"), landed.file_cuts):
            shelf.lay("sources", number, told)
        yield _judged("core.publication_value", publication_values(rows, publications, texts))
        del rows, sources
        publications, corrections = correct_values(publications, corrections)
        publications = with_application_id(publications)
        yield _judged("core.publication", publications)
        is_named = pl.col("publication_number").is_in(named.implode())
        filing_of.append(publications.select("publication_number", "application_id").filter(is_named))
        for number, documents in parted(publications.select(OF_FILINGS), pl.col("application_id"), landed.filing_cuts):
            shelf.lay("documents", number, documents)
        publications = publications.select("publication_number", *TEXTS)
        yield _judged("core.publication_text", texts.into(publications))
    for part in shelf.parts("sources"):
        yield _judged("core.publication_source", shelf.take("sources", part))
    shelf.clear("sources")
    return corrections, pl.concat(filing_of)


def _lay_filings(shelf: Shelf, text_cuts: pl.Series) -> None:
    """Documents to filings, and of these what is labelled, parted by where its texts lie: so each file is opened for few parts."""
    for part in shelf.parts("documents"):
        filings = applications_of(shelf.take("documents", part))
        shelf.lay("filings", part, filings)
        records = filings.select(
            pl.col("application_id").alias("record_id"), "title", *TEXTS, "ipc_symbols", "cpc_symbols"
        )
        for number, own in parted(records, pl.coalesce(TEXTS), text_cuts):
            shelf.lay("records", number, own)
    shelf.clear("documents")


def _lay_labels(shelf: Shelf, landed: Landed, taxonomy: Taxonomy, label: Label) -> None:
    """What the rules say. Records come in the order in which their texts lie, so that each file is opened for few parts."""

    def records() -> Iterator[pl.DataFrame]:
        for part in shelf.parts("records"):
            own = shelf.take("records", part).sort(*TEXTS, "record_id")
            for start in range(0, max(own.height, 1), RECORDS_AT_ONCE):
                yield landed.texts.into(own.slice(start, RECORDS_AT_ONCE))

    for labels in label(records(), taxonomy):
        for part, own in parted(labels, pl.col("record_id"), landed.filing_cuts):
            shelf.lay("labels", part, own.rename({"record_id": "application_id"}))
    shelf.clear("records")


def _branches(
    shelf: Shelf, decisions: pl.DataFrame, filing_cuts: pl.Series, taxonomy: Taxonomy
) -> Iterator[tuple[str, pl.DataFrame]]:
    """What the rules say, and the team instead."""
    none = pl.DataFrame(schema=LABELS).rename({"record_id": "application_id"})
    by_rule = []
    decided = dict(parted(in_force(decisions), pl.col("application_id"), filing_cuts))
    for part in shelf.parts("filings"):
        labels = laid(shelf, "labels", part, none)
        by_rule.append(labels.join(decisions, on="application_id", how="semi"))
        yield _judged("core.application_branch", overrule(labels, decided.get(part), taxonomy))
    yield _judged("core.review_decision", with_rule_level(decisions, pl.concat(by_rule)))
    shelf.clear("labels")


_TELLING = ("application_id", "application_number", "priority_numbers", "vendor_family_id")
_TITLED = ("title", "applicants", "filing_date")
_IN_FAMILY = ("office", "filing_year", "filing_date", "earliest_priority_date")


def _families(shelf: Shelf, links: pl.DataFrame, filing_cuts: pl.Series) -> Iterator[tuple[str, pl.DataFrame]]:
    """What is made of filings that belong together; lays down the family of those that share one as "shared"."""
    ranges = ceil((len(filing_cuts) + 1) / PARTS_OF_NARROW_ROWS)

    def telling() -> Iterator[pl.DataFrame]:
        return (
            shelf.take("filings", part, (*_TELLING, "filing_year", "filing_date")) for part in shelf.parts("filings")
        )

    def titled() -> Iterator[pl.DataFrame]:
        return (_in_families(shelf, part, (*_TELLING, *_TITLED)) for part in shelf.parts("filings"))

    for part, shared in parted(shared_families(telling, links, shelf, ranges), pl.col("application_id"), filing_cuts):
        shelf.lay("shared", part, shared)
    yield _judged("core.family_suggestion", family_suggestions(titled, shelf, ranges))
    for part in shelf.parts("filings"):
        members = _in_families(shelf, part, (*_TELLING, *_IN_FAMILY))
        for number, own in parted(members, pl.col("family_id"), filing_cuts):
            shelf.lay("members", number, own)
    for part in shelf.parts("members"):
        yield _judged("core.family", families_of(shelf.take("members", part)))
    shelf.clear("members")


def _in_families(shelf: Shelf, part: int, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """Filings of a part with their families."""
    filings = shelf.take("filings", part, columns)
    none = filings.select("application_id", family_id="application_id", family_definition="application_id").clear()
    return in_families(filings, laid(shelf, "shared", part, none))


def _filings(
    shelf: Shelf,
    place_corrections: pl.DataFrame,
    harmonised: pl.DataFrame,
    team_folder: Path | None,
) -> Iterator[tuple[str, pl.DataFrame]]:
    """What is made of each filing, now that its family and its owners are known."""
    corrected = []
    for part in shelf.parts("filings"):
        unplaced = _in_families(shelf, part).drop(TEXTS)
        corrected.append(_by_rule(unplaced, place_corrections))
        filings = with_place_of_first_applicant(unplaced, place_corrections)
        yield _judged("core.application", filings)
        yield _judged("core.application_symbol", _symbols(filings))
        yield _judged("core.application_applicant", _named(filings, harmonised, team_folder))
    yield _judged("core.place_correction", correction_log(place_corrections, pl.concat(corrected)))


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


def _owners(shelf: Shelf, team_folder: Path | None) -> Generator[tuple[str, pl.DataFrame], None, pl.DataFrame]:
    """What is made of all names together. Returns the applicant of each name."""
    filings = (shelf.take("filings", part, ["applicants"]) for part in shelf.parts("filings"))
    names = keyed(counted_names(_names(own)["name_as_filed"] for own in filings))
    near = near_names(names)
    harmonised = harmonise(names, team_folder, near)
    applicants = harmonised.drop("name_as_filed").unique("applicant_id", keep="first", maintain_order=True)
    yield _judged("core.applicant", applicants)
    yield _judged("core.enterprise_applicant", enterprise_applicants(harmonised, team_folder))
    yield _judged("core.applicant_suggestion", suggestions(names, team_folder, near))
    yield _judged("core.applicant_decision", decisions_on_names(names, team_folder))
    return harmonised


def _judged(name: str, frame: pl.DataFrame) -> tuple[str, pl.DataFrame]:
    table = TABLES[name]
    return name, require(frame.select(table.columns).sort(table.key), table)


def _names(filings: pl.DataFrame) -> pl.DataFrame:
    """The filings, a row for each name of an owner as `name_as_filed`."""
    named = filings.rename({"applicants": "name_as_filed"}).with_columns(
        pl.col("name_as_filed").list.unique(maintain_order=True)
    )
    return named.explode("name_as_filed", empty_as_null=False, keep_nulls=False)


def _named(filings: pl.DataFrame, harmonised: pl.DataFrame, team_folder: Path | None) -> pl.DataFrame:
    """core.application_applicant."""
    share = (1 / pl.col("applicants").list.n_unique()).alias("fraction")
    named = _names(filings.select("application_id", "filing_date", "filing_year", "applicants", share)).with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("application_id").alias("position")
    )
    linked = named.join(harmonised, on="name_as_filed", how="left", validate="m:1", maintain_order="left")
    return with_group_at(linked, team_folder)


def _by_rule(unplaced: pl.DataFrame, corrections: pl.DataFrame) -> pl.DataFrame:
    """The filings that the team corrects, with the places of the rules alone."""
    return with_place_of_first_applicant(unplaced.join(corrections, on="application_id", how="semi"))


def _symbols(applications: pl.DataFrame) -> pl.DataFrame:
    """core.application_symbol."""
    schemes = [
        applications.select("application_id", pl.lit(scheme).alias("scheme"), pl.col(column).alias("symbol"))
        .explode("symbol", empty_as_null=False, keep_nulls=False)
        .with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("application_id").alias("position"))
        for scheme, column in (("IPC", "ipc_symbols"), ("CPC", "cpc_symbols"))
    ]
    return pl.concat(schemes)
