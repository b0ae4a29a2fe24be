"""WIPO PATENTSCOPE: XLSX download of a search (2026), a list of filings; its Application Id is a number of WIPO's own."""

from transforms.export import Export, date, symbols, text

EXPORT = Export(
    title_zh="WIPO PATENTSCOPE 检索结果 XLSX（2026）",
    title_en="WIPO PATENTSCOPE search results XLSX (2026)",
    publisher="WIPO",
    recognised_by=("Application Id", "Application Number", "Application Date", "Country"),
    separator=";",
    date_formats=("day_month_year", "year_month_day"),
    precedence=44,
    numbered_by="filing",
    caps=(10_000,),
    generations={"2026": ("Application Id", "Application Number", "Application Date", "Country", "Title", "I P C")},
    fields={
        "application_number": text("Application Number"),
        "office_code": text("Country"),
        "title": text("Title"),
        "abstract": text("Abstract"),
        "filing_date": date("Application Date"),
        "ipc_symbols": symbols("I P C"),
    },
    # The last four are formulas of the analyst whose file this was learnt from.
    ignored=("Application Id", "day", "month", "year", "new_date"),
)
