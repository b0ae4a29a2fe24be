"""Lens.org: CSV export of a search, in its five generations of columns since 2015."""

from transforms.export import Export, coded, date, names, number, symbols, text

_START = ("#", "Jurisdiction", "Kind")
_NUMBERS = ("Publication Date", "Publication Year", "Application Number", "Application Date", "Priority Numbers")
_CODES = ("CPC Classifications", "IPCR Classifications", "US Classifications")
_OLD_END = (
    "Title", "Applicants", "Inventors", "URL", "Type", "Full Text", "Cited Count", "Simple Family Size", "Extended Family Size",
    "Sequence Count", *_CODES, "PubMed Id(s)", "DOI(s)", "Non-Patent Citations",
)  # fmt: skip
_COUNTS = ("Has Full Text", "Cites Patent Count", "Cited by Patent Count")
_LITERATURE = (
    "NPL Citation Count",
    "NPL Resolved Citation Count",
    "NPL Resolved Lens ID(s)",
    "NPL Resolved External ID(s)",
)
_2022_START = (
    *_START, "Display Key", "Lens ID", *_NUMBERS, "Earliest Priority Date", "Title", "Abstract", "Applicants", "Inventors", "Owners",
    "URL", "Document Type", *_COUNTS,
)  # fmt: skip
_2022_END = ("Sequence Count", *_CODES, *_LITERATURE, "NPL Citations")
_2022 = (*_2022_START, "Simple Family Size", "Extended Family Size", *_2022_END)

EXPORT = Export(
    title_zh="Lens.org 导出 CSV",
    title_en="Lens.org CSV export",
    publisher="The Lens",
    recognised_by=("Jurisdiction", "Kind", ("Display Key", "Publication Number"), ("Lens ID", "Sequence Count")),
    separator=";;",
    # ISO as downloaded; month or day first once a spreadsheet program has saved the file again.
    date_formats=("year_month_day", "month_day_year", "day_month_year"),
    year_of_short_dates="Publication Year",
    precedence=20,
    caps=(1_000, 10_000, 50_000),
    generations={
        "2015": (*_START, "Publication Number", *_NUMBERS, *_OLD_END),
        "2016": (*_START, "Publication Number", "Lens ID", *_NUMBERS, *_OLD_END),
        "2021": (
            *_START, "Publication Number", "Lens ID", *_NUMBERS, "Earliest Priority Date", "Title", "Applicants", "Inventors",
            "Owners (US)", "URL", "Type", *_COUNTS, "Simple Family Size", "Extended Family Size", "Sequence Count", *_CODES,
            *_LITERATURE, "NPL Citations",
        ),
        "2022": _2022,
        "2022 with legal status": (*_2022, "Legal Status"),
        "2023": (
            *_2022_START, "Simple Family Size", "Simple Family Members", "Simple Family Member Jurisdictions",
            "Extended Family Size", "Extended Family Members", "Extended Family Member Jurisdictions", *_2022_END, "Legal Status",
        ),
    },
    fields={
        "publication_number": text("Display Key", "Publication Number"),
        "application_number": text("Application Number"),
        "office_code": text("Jurisdiction"),
        "title": text("Title"),
        "abstract": text("Abstract"),
        "filing_date": date("Application Date"),
        "publication_date": date("Publication Date"),
        "earliest_priority_date": date("Earliest Priority Date"),
        # Until 2021 the day of the priority stands behind its number.
        "priority_numbers": names("Priority Numbers", cut=r" (?:17|18|19|20)[0-9]{6}$"),
        "applicants": names("Applicants"),
        "current_owners": names("Owners", "Owners (US)", cut=r" \([0-9]{4}-[0-9]{2}-[0-9]{2}\)$"),
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
        "cited_by_documents": number("Cited by Patent Count", "Cited Count"),
    },
    ignored=(
        "#", "Kind", "Lens ID", "Publication Year", "URL", "Type", "Document Type", "Full Text", "Has Full Text",
        "Cites Patent Count", "Simple Family Members", "Simple Family Member Jurisdictions", "Extended Family Size",
        "Extended Family Members", "Extended Family Member Jurisdictions", "Sequence Count", "US Classifications",
        "NPL Citation Count", "NPL Resolved Citation Count", "NPL Resolved Lens ID(s)", "NPL Resolved External ID(s)",
        "NPL Citations", "PubMed Id(s)", "DOI(s)", "Non-Patent Citations",
    ),
)  # fmt: skip
