"""Google Patents: CSV download of a search, titles only; the first line may be the search's address."""

from transforms.export import Export, date, names, text

_COLUMNS = (
    "id", "title", "assignee", "inventor/author", "priority date", "filing/creation date", "publication date", "grant date",
    "result link", "representative figure link",
)  # fmt: skip

EXPORT = Export(
    title_zh="Google Patents 检索结果 CSV",
    title_en="Google Patents search results CSV",
    publisher="Google Patents",
    recognised_by=("id", "title", "assignee", "result link"),
    # Assignees stand in one cell, comma-joined and commas inside names: the cell is kept whole, see docs/methodology.md.
    separator="\n",
    date_formats=("year_month_day", "month_day_year", "day_month_year"),
    precedence=30,
    caps=(1_000, 10_000, 50_000),
    generations={"since 2019": _COLUMNS},
    fields={
        "publication_number": text("id"),
        "title": text("title"),
        "filing_date": date("filing/creation date"),
        "publication_date": date("publication date"),
        "grant_date": date("grant date"),
        "earliest_priority_date": date("priority date"),
        "applicants": names("assignee"),
        "inventors": names("inventor/author"),
    },
    ignored=("result link", "representative figure link"),
)
