"""Espacenet: CSV download of a search (2025). A record is an application and lists its publications, each with its day."""

from transforms.export import Export, date, names, symbols, text

EXPORT = Export(
    title_zh="Espacenet 检索结果 CSV",
    title_en="Espacenet search results CSV",
    publisher="European Patent Office",
    recognised_by=("Publication number", "Earliest priority", "Earliest publication", "Family number"),
    separator="\n",
    # The days of several publications are ISO, a single one is as Europeans write it.
    date_formats=("day_month_year", "year_month_day"),
    precedence=24,
    caps=(500,),
    unfolds=("publication_number", "publication_date"),
    generations={
        "2025": (
            "No", "Title", "Abstract", "Inventors", "Applicants", "Publication number", "Earliest priority", "IPC", "CPC",
            "Publication date", "Earliest publication", "Family number",
        )
    },
    fields={
        "publication_number": text("Publication number"),
        "title": text("Title"),
        "abstract": text("Abstract"),
        "publication_date": date("Publication date"),
        "earliest_priority_date": date("Earliest priority"),
        "applicants": names("Applicants", cut=r" *\[[A-Z]{2}\] *$"),
        "inventors": names("Inventors", cut=r" *\[[A-Z]{2}\] *$"),
        "ipc_symbols": symbols("IPC"),
        "cpc_symbols": symbols("CPC"),
    },
    ignored=("No", "Earliest publication", "Family number"),
)  # fmt: skip
