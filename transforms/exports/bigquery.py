"""Google BigQuery: rows of patents-public-data.patents.publications, its nested columns as JSON lines and Parquet have them, or a
query saved as CSV, for which one language of title and abstract was chosen and each array joined into one cell.
"""

from transforms.export import Export, date, names, symbols, text


def _in_languages(column: str) -> tuple[str, ...]:
    """English first, then Chinese, then whatever there is."""
    return (f"{column}[language=en].text", f"{column}[language=zh].text", f"{column}[].text")


EXPORT = Export(
    title_zh="Google BigQuery 专利公开数据",
    title_en="Google BigQuery patent publications",
    publisher="Google Patents Public Data",
    recognised_by=("publication_number", "publication_date", ("filing_date", "priority_date", "application_number")),
    # A query that joins its arrays into one cell writes a comma between symbols; names with commas need another sign.
    separator=("|", ";"),
    date_formats=("year_month_day",),
    precedence=28,
    caps=(1_000, 10_000, 16_000),
    nulls=("", "-", "--", "0", "null"),
    generations={
        "selected columns": (
            "publication_number", "title", "abstract", "publication_date", "filing_date", "ipc_codes", "assignees",
        )
    },
    fields={
        "publication_number": text("publication_number"),
        "application_number": text("application_number"),
        "title": text("title", *_in_languages("title_localized")),
        "abstract": text("abstract", *_in_languages("abstract_localized")),
        "claims": text("claims", *_in_languages("claims_localized")),
        "filing_date": date("filing_date"),
        "publication_date": date("publication_date"),
        "grant_date": date("grant_date"),
        "earliest_priority_date": date("priority_date"),
        "priority_numbers": names("priority_claim[].application_number", "priority_numbers"),
        "applicants": names("assignees", "assignee", "assignee_harmonized[].name"),
        "inventors": names("inventors", "inventor", "inventor_harmonized[].name"),
        "ipc_symbols": symbols("ipc_codes", "ipc[].code", separator=(",", "|", ";")),
        "cpc_symbols": symbols("cpc_codes", "cpc[].code", separator=(",", "|", ";")),
        "vendor_family_id": text("family_id"),
    },
    ignored=(
        "country_code", "kind_code", "application_kind", "application_number_formatted", "pct_number", "entity_status", "art_unit",
        "spif_publication_number", "spif_application_number", "claims_localized_html", "description_localized",
        "description_localized_html", "uspc", "fi", "fterm", "locarno", "citation", "parent", "child", "examiner",
    ),
)  # fmt: skip
