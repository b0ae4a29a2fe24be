"""Espacenet before 2018: the XLS download of a search, and the same columns saved as CSV."""

from transforms.export import Export, date, names, symbols, text

_CITATIONS = (
    "Patents cited in the search report", "Literature cited in the search report", "Patents cited during examination",
    "Literature cited during examination", "Other patent citations", "Other literature citations", "Patents used in opposition",
    "Literature used in opposition", "Patents cited by the applicant", "Literature cited by the applicant",
    "International search citation", "International search NPL citation", "Supplementary international search citation",
    "Supplementary international search NPL citation",
)  # fmt: skip

EXPORT = Export(
    title_zh="Espacenet 检索结果 XLS（2018 年前）",
    title_en="Espacenet search results XLS (before 2018)",
    publisher="European Patent Office",
    recognised_by=("Publication number", "International classification", "Date of application", "Priority number(s)"),
    separator=("\n", ";"),
    date_formats=("year_month_day",),
    precedence=25,
    caps=(25, 500),
    unfolds=("publication_number", "publication_date"),
    generations={
        "2015": (
            "Title", "Publication number", "Publication date", "Inventor(s)", "Applicant(s)", "International classification",
            "Cooperative Patent Classification", "Application number", "Date of application", "Priority number(s)", *_CITATIONS,
        )
    },
    fields={
        "publication_number": text("Publication number"),
        "application_number": text("Application number"),
        "title": text("Title"),
        "filing_date": date("Date of application"),
        "publication_date": date("Publication date"),
        "priority_numbers": names("Priority number(s)", cut=r" (?:17|18|19|20)[0-9]{6}$"),
        "applicants": names("Applicant(s)", cut=r" *\[[A-Z]{2}\] *$"),
        "inventors": names("Inventor(s)", cut=r" *\[[A-Z]{2}\] *$"),
        "ipc_symbols": symbols("International classification"),
        "cpc_symbols": symbols("Cooperative Patent Classification"),
    },
    ignored=_CITATIONS,
)  # fmt: skip
