"""The Lens: records of its patent API as JSON lines, as the client `lens` keeps them (with both numbers put together)."""

from transforms.export import Export, coded, date, earliest, names, symbols, text
from transforms.exports.lens_csv import EXPORT as _CSV

_BIBLIO = "biblio."


def _in_languages(column: str) -> tuple[str, ...]:
    """English first, then Chinese, then whatever there is."""
    return tuple(f"{column}[{each}].text" for each in ("lang=en", "lang=zh", ""))


EXPORT = Export(
    title_zh="Lens.org 专利 API JSON",
    title_en="Lens.org patent API JSON",
    publisher="The Lens",
    recognised_by=("lens_id", "jurisdiction", "publication_number", "date_published"),
    separator="\n",
    date_formats=("year_month_day",),
    precedence=21,
    caps=(),
    fields={
        "publication_number": text("publication_number"),
        "application_number": text("application_number"),
        "office_code": text("jurisdiction"),
        "title": text(*_in_languages(f"{_BIBLIO}invention_title")),
        "abstract": text(*_in_languages("abstract")),
        "filing_date": date(f"{_BIBLIO}application_reference.date"),
        "publication_date": date("date_published"),
        "grant_date": date("legal_status.grant_date"),
        "earliest_priority_date": earliest(f"{_BIBLIO}priority_claims.claims[].date"),
        "applicants": names(f"{_BIBLIO}parties.applicants[].extracted_name.value"),
        "inventors": names(f"{_BIBLIO}parties.inventors[].extracted_name.value"),
        "ipc_symbols": symbols(f"{_BIBLIO}classifications_ipcr.classifications[].symbol"),
        "cpc_symbols": symbols(f"{_BIBLIO}classifications_cpc.classifications[].symbol"),
        "legal_status": coded(("legal_status.patent_status",), _CSV.fields["legal_status"].codes, otherwise="unknown"),
    },
    ignored=(
        "lens_id", "doc_number", "kind", "doc_key", "docdb_id", "lang", "publication_type", "claims", "description", "families",
        f"{_BIBLIO}publication_reference.date", f"{_BIBLIO}publication_reference.doc_number",
        f"{_BIBLIO}publication_reference.jurisdiction", f"{_BIBLIO}publication_reference.kind",
        f"{_BIBLIO}publication_reference.lang",
        f"{_BIBLIO}application_reference.doc_number", f"{_BIBLIO}application_reference.jurisdiction",
        f"{_BIBLIO}application_reference.kind", f"{_BIBLIO}application_reference.lang",
        f"{_BIBLIO}priority_claims.earliest_claim.date", f"{_BIBLIO}parties.agents", f"{_BIBLIO}parties.assignees",
        f"{_BIBLIO}parties.owners_all", f"{_BIBLIO}parties.examiners",
        f"{_BIBLIO}classifications_national.classifications", f"{_BIBLIO}references_cited.citations",
        f"{_BIBLIO}references_cited.npl_count", f"{_BIBLIO}references_cited.npl_resolved_count",
        f"{_BIBLIO}references_cited.patent_count", f"{_BIBLIO}cited_by.patents", f"{_BIBLIO}cited_by.patent_count",
        "legal_status.granted", "legal_status.application_expiry_date", "legal_status.anticipated_term_date",
        "legal_status.discontinuation_date", "legal_status.has_disclaimer", "legal_status.publication_count",
        "legal_status.has_spc", "legal_status.calculation_log",
    ),
)  # fmt: skip
