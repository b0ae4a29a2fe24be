"""Google Patents pages collected by a program: number, title, abstract and the CPC symbols as a Python list."""

from transforms.export import Export, symbols, text

EXPORT = Export(
    title_zh="Google Patents 网页采集 CSV",
    title_en="Google Patents pages as CSV",
    publisher="Google Patents",
    recognised_by=("publication_number", "title", "abstract", "cpc_codes"),
    separator=",",
    date_formats=("year_month_day",),
    precedence=32,
    caps=(),
    generations={"2025": ("publication_number", "title", "abstract", "cpc_codes")},
    fields={
        "publication_number": text("publication_number"),
        "title": text("title"),
        "abstract": text("abstract"),
        "cpc_symbols": symbols("cpc_codes", cut=r"""[\['"\]]"""),
    },
    ignored=(),
)
