"""CNIPA 中国及多国专利审查信息查询 (cpquery): case data of filings, without publication numbers.

Learnt from the columns that another person's reader names; never tried on a real file.
"""

from transforms.export import Export, coded, date, names, symbols, text

EXPORT = Export(
    title_zh="国家知识产权局 审查信息查询表",
    title_en="CNIPA cpquery case list",
    publisher="国家知识产权局 CNIPA",
    recognised_by=("申请号/专利号", "发明名称", "申请人姓名或名称"),
    separator=(";", "；", "、"),
    date_formats=("year_month_day",),
    precedence=42,
    numbered_by="filing",
    office="CN",
    is_tried=False,
    generations={
        "2020": (
            "申请号/专利号", "发明名称", "申请日", "主分类号", "副分类号", "案件状态", "法律状态", "申请人姓名或名称", "国籍或总部所在地",
            "邮政编码", "详细地址", "发明人姓名", "代理机构名称", "第一代理人", "企业",
        )
    },
    fields={
        "application_number": text("申请号/专利号"),
        "title": text("发明名称"),
        "filing_date": date("申请日"),
        "applicants": names("申请人姓名或名称"),
        "inventors": names("发明人姓名"),
        "ipc_symbols": symbols("主分类号", "副分类号"),
        "addresses": names("详细地址"),
        "legal_status": coded(
            ("案件状态", "法律状态"),
            {
                "专利权维持": "active",
                "等待实审提案": "pending",
                "等待实审请求": "pending",
                "实质审查的生效": "pending",
                "未缴年费专利权终止": "inactive",
                "未缴年费终止失效": "inactive",
                "逾期视撤失效": "inactive",
                "驳回失效": "inactive",
                "期限届满专利权终止": "inactive",
            },
            otherwise="unknown",
        ),
    },
    ignored=("国籍或总部所在地", "邮政编码", "代理机构名称", "第一代理人", "企业"),
)  # fmt: skip
