"""WIPO PATENTSCOPE: the download of a search as it was in 2015. Numbers are without a kind code."""

from transforms.export import Export, date, names, symbols, text

EXPORT = Export(
    title_zh="WIPO PATENTSCOPE 检索结果（2015）",
    title_en="WIPO PATENTSCOPE search results (2015)",
    publisher="WIPO",
    recognised_by=("Publication Number", "Publication Date", "Priority Data", "FP Image"),
    separator=";",
    date_formats=("day_month_year", "year_month_day"),
    precedence=26,
    caps=(10_000,),
    nulls=("", "-", "--", "NA"),
    generations={
        "2015": (
            "Publication Number", "Publication Date", "Title", "Priority Data", "IPC", "Applicants", "Inventors", "FP Image",
        )
    },
    fields={
        "publication_number": text("Publication Number"),
        "title": text("Title"),
        "publication_date": date("Publication Date"),
        "applicants": names("Applicants"),
        "inventors": names("Inventors"),
        "ipc_symbols": symbols("IPC"),
    },
    # Priority Data writes a number, a moment and an office in one value, and the number without its office.
    ignored=("Priority Data", "FP Image"),
)  # fmt: skip
