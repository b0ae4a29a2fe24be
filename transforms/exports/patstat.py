"""EPO PATSTAT Global: tables of an extract as CSV, in one folder or zip, joined by `transforms/patstat.py`."""

from transforms.export import Export, date, names, number, symbols, text

EXPORT = Export(
    title_zh="欧洲专利局 PATSTAT 数据表（CSV）",
    title_en="EPO PATSTAT tables as CSV",
    publisher="EPO",
    recognised_by=("publication", "application", "docdb_family_id", "earliest_filing_date"),
    separator="\n",
    date_formats=("year_month_day",),
    precedence=7,
    caps=(),
    # What PATSTAT writes for a day or number that it does not know.
    nulls=("", "9999-12-31", "9999"),
    generations={
        "tables": (
            "publication", "publn_date", "application", "appln_filing_date", "earliest_filing_date", "docdb_family_id",
            "docdb_family_size", "appln_title", "appln_abstract", "applicants", "inventors", "ipc_class_symbol", "cpc_class_symbol",
        )
    },
    fields={
        "publication_number": text("publication"),
        "application_number": text("application"),
        "title": text("appln_title"),
        "abstract": text("appln_abstract"),
        "filing_date": date("appln_filing_date"),
        "publication_date": date("publn_date"),
        "earliest_priority_date": date("earliest_filing_date"),
        "applicants": names("applicants"),
        "inventors": names("inventors"),
        "ipc_symbols": symbols("ipc_class_symbol"),
        "cpc_symbols": symbols("cpc_class_symbol"),
        "vendor_family_id": text("docdb_family_id"),
        "vendor_family_size": number("docdb_family_size"),
    },
    ignored=(),
    is_tried=False,
)  # fmt: skip
