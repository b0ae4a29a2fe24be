"""Lens.org: CSV export of 2022, with or without the Legal Status column."""

from transforms.export import Export, coded, date, names, number, symbols, text

EXPORT = Export(
    title_zh="Lens.org 导出 CSV",
    title_en="Lens.org CSV export",
    publisher="The Lens",
    recognised_by=("Lens ID", "Display Key", "Jurisdiction", "Kind"),
    separator=";;",
    # ISO as downloaded; month first once a spreadsheet program with American settings has saved the file again.
    date_formats=("year_month_day", "month_day_year", "day_month_year"),
    precedence=20,
    fields={
        "publication_number": text("Display Key"),
        "application_number": text("Application Number"),
        "office_code": text("Jurisdiction"),
        "title": text("Title"),
        "abstract": text("Abstract"),
        "filing_date": date("Application Date"),
        "publication_date": date("Publication Date"),
        "earliest_priority_date": date("Earliest Priority Date"),
        "priority_numbers": names("Priority Numbers"),
        "applicants": names("Applicants"),
        "current_owners": names("Owners"),
        "inventors": names("Inventors"),
        "ipc_symbols": symbols("IPCR Classifications"),
        "cpc_symbols": symbols("CPC Classifications"),
        "legal_status": coded(
            ("Legal Status",),
            {
                "ACTIVE": "active",
                "PATENTED": "active",
                "PENDING": "pending",
                "DISCONTINUED": "inactive",
                "INACTIVE": "inactive",
                "EXPIRED": "inactive",
                "UNKNOWN": "unknown",
            },
        ),
        "vendor_family_size": number("Simple Family Size"),
        "cited_by_documents": number("Cited by Patent Count"),
    },
    ignored=(
        "#", "Kind", "Lens ID", "Publication Year", "URL", "Document Type", "Has Full Text", "Cites Patent Count",
        "Extended Family Size", "Sequence Count", "US Classifications", "NPL Citation Count",
        "NPL Resolved Citation Count", "NPL Resolved Lens ID(s)", "NPL Resolved External ID(s)", "NPL Citations",
    ),
)  # fmt: skip
