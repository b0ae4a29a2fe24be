"""Google BigQuery: a query on patents-public-data.patents.publications saved as CSV, one language of title and abstract chosen."""

from transforms.export import Export, date, names, symbols, text

EXPORT = Export(
    title_zh="Google BigQuery 专利公开数据 CSV",
    title_en="Google BigQuery patent publications as CSV",
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
        "title": text("title", "title_localized"),
        "abstract": text("abstract", "abstract_localized"),
        "filing_date": date("filing_date"),
        "publication_date": date("publication_date"),
        "grant_date": date("grant_date"),
        "earliest_priority_date": date("priority_date"),
        "applicants": names("assignees", "assignee", "assignee_harmonized"),
        "inventors": names("inventors", "inventor", "inventor_harmonized"),
        "ipc_symbols": symbols("ipc_codes", "ipc", separator=(",", "|", ";")),
        "cpc_symbols": symbols("cpc_codes", "cpc", separator=(",", "|", ";")),
    },
    ignored=("country_code", "kind_code", "family_id", "application_kind", "pct_number", "entity_status", "art_unit"),
)  # fmt: skip
