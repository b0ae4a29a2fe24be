"""A regional list of filings with abstracts, as libraries compile them (泰安): application number, one class, no publication number."""

from transforms.export import Export, date, names, symbols, text

_COLUMNS = ("专利名称", "申请号", "申请人", "申请日", "主分类号", "摘要")

EXPORT = Export(
    title_zh="地区专利清单",
    title_en="Regional list of filings",
    publisher="地方整理",
    recognised_by=_COLUMNS,
    separator=(";", "；"),
    date_formats=("year_month_day",),
    precedence=50,
    numbered_by="filing",
    office="CN",
    caps=(),
    generations={"2016": _COLUMNS},
    fields={
        "application_number": text("申请号"),
        "title": text("专利名称"),
        "abstract": text("摘要"),
        "filing_date": date("申请日"),
        "applicants": names("申请人"),
        # Designs carry a Locarno class here, which is no IPC symbol and is left out.
        "ipc_symbols": symbols("主分类号"),
    },
    ignored=(),
)
