"""Derwent Innovation: export with Chinese or English headers; three title lines come first in its CSV.

Learnt from the columns that other people's readers name; never tried on a real file.
"""

from transforms.export import Export, date, names, number, symbols, text

EXPORT = Export(
    title_zh="Derwent Innovation 导出表",
    title_en="Derwent Innovation export",
    publisher="Clarivate",
    recognised_by=(
        ("Publication Number", "公开号"),
        ("Title - DWPI", "标题 - DWPI", "Abstract - DWPI", "摘要 - DWPI", "IPC - Current - DWPI", "IPC - 现版 - DWPI"),
    ),
    separator="|",
    date_formats=("year_month_day", "day_month_year", "month_day_year"),
    precedence=18,
    caps=(500, 30_000, 60_000),
    is_tried=False,
    fields={
        "publication_number": text("Publication Number", "公开号"),
        "application_number": text("Application Number", "申请号"),
        "title": text("Title", "标题", "Title - DWPI", "标题 - DWPI"),
        "abstract": text("Abstract", "摘要", "Abstract - DWPI", "摘要 - DWPI"),
        "filing_date": date("Application Date", "申请日期"),
        "filing_year": number("Application Year", "申请年"),
        "publication_date": date("Publication Date", "公开日期"),
        "priority_numbers": names("Priority Number", "优先权号"),
        "applicants": names("Assignee/Applicant", "专利权人/申请人", "Optimized Assignee"),
        "inventors": names("Inventor"),
        "ipc_symbols": symbols("IPC - Current", "IPC - 现版", "IPC - Current - DWPI", "IPC - 现版 - DWPI"),
        "cpc_symbols": symbols("CPC - Current", "CPC - 现版", "CPC - Current - DWPI", "CPC - 现版 - DWPI"),
        "cited_by_documents": number("Count of Citing Patents - DPCI", "施引专利计数"),
    },
    ignored=(
        "Ultimate Parent", "Cited Refs - Patent", "DWPI Family Members", "Application Country/Region",
        "优先权号/优先权日 - DWPI", "优先权日", "优先权日 - DWPI", "公开专利文献类型识别代码", "发明人 - 带有地址", "当前专利权人 - 美国",
        "DWPI 分类", "DWPI 手工代码", "美国分类", "ECLA", "申请月", "公开月", "公开年", "公开国家/地区代码", "第一发明人", "发明人计数",
        "专利权人/申请人 (首位)", "专利权人计数", "引用的参考文献 - 专利", "引用的专利第一专利权人", "引用的参考文献数 - 专利",
        "引用的参考文献 - 非专利", "引用的非专利 - DOI", "引用的参考文献计数 - 非专利", "引用的专利详细信息 - DPCI",
    ),
)  # fmt: skip
