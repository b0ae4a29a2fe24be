"""大为 innojoy: spreadsheet export. Learnt from its field list; never tried on a real file."""

from transforms.export import Export, coded, date, names, number, symbols, text

EXPORT = Export(
    title_zh="大为 innojoy 导出表",
    title_en="innojoy spreadsheet export",
    publisher="大为 innojoy",
    recognised_by=("公开(公告)号", "名称", ("INNOJOY同族", "DPI", "标准申请人", "申请人（省市）", "法律状态履历", "有效性")),
    separator=(";", "；"),
    date_formats=("year_month_day",),
    precedence=14,
    is_tried=False,
    fields={
        "publication_number": text("公开(公告)号"),
        "application_number": text("申请号"),
        "title": text("名称"),
        "abstract": text("摘要"),
        "claims": text("主权项"),
        "filing_date": date("申请日"),
        "publication_date": date("公开(公告)日"),
        "grant_date": date("授权公告日"),
        "applicants": names("申请(专利权)人", "标准申请人"),
        "addresses": names("申请人地址"),
        "current_owners": names("当前专利权人"),
        "inventors": names("发明（设计）人"),
        "ipc_symbols": symbols("IPC分类号", "分类号", "IPC主分类号", "主分类号"),
        "cpc_symbols": symbols("CPC分类号"),
        "provinces": names("申请人（省市）"),
        "cities": names("申请人（地市）"),
        "districts": names("申请人（区县）"),
        "legal_status": coded(
            ("有效性",),
            {"有效": "active", "审中": "pending", "在审": "pending", "失效": "inactive", "无效": "inactive"},
            otherwise="unknown",
        ),
        "cited_by_documents": number("被引证数"),
    },
    ignored=(
        "公开类型", "优先权", "GBC分类号", "EINDC分类号", "国省代码", "权利失效日", "专利代理机构", "引证专利",
        "法律状态履历", "当前法律状态", "受理局", "同族/同族号", "INNOJOY同族", "DPI", "申请人类型",
    ),
)  # fmt: skip
