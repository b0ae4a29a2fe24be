"""CNIPA 专利检索及分析系统 (PSS): the list its result pages give, one line per filing, without publication numbers."""

from transforms.export import Export, coded, date, names, text

EXPORT = Export(
    title_zh="国家知识产权局 PSS 检索结果表",
    title_en="CNIPA PSS result list",
    publisher="国家知识产权局 CNIPA",
    recognised_by=("申请号", "专利名称", "申请公布日/授权公告日", "申请人/专利权人"),
    separator=(";", "；"),
    date_formats=("year_month_day",),
    precedence=40,
    nulls=("", "-", "--", "无数据"),
    numbered_by="filing",
    office="CN",
    generations={
        "2017": (
            "专利类型", "专利名称", "法律状态", "法律状态最后修改日期", "申请公布日/授权公告日", "申请号", "申请日", "申请人/专利权人",
            "发明人",
        )
    },
    fields={
        "application_number": text("申请号"),
        "title": text("专利名称"),
        "filing_date": date("申请日"),
        "publication_date": date("申请公布日/授权公告日"),
        "applicants": names("申请人/专利权人"),
        "inventors": names("发明人"),
        "patent_type": coded(
            ("专利类型",),
            {
                "发明申请": "invention",
                "发明授权": "invention",
                "发明专利": "invention",
                "实用新型": "utility_model",
                "外观设计": "design",
            },
        ),
        # The last event stands here; those that do not settle the state (a transfer, a change of name) leave it unknown.
        "legal_status": coded(
            ("法律状态",),
            {
                "公开": "pending",
                "发明专利申请公布": "pending",
                "实质审查的生效": "pending",
                "发明专利权授予": "active",
                "授权": "active",
                "实用新型专利权授予": "active",
                "外观设计专利权授予": "active",
                "发明专利申请公布后的撤回": "inactive",
                "发明专利申请公布后的驳回": "inactive",
                "发明专利申请公布后的视为撤回": "inactive",
                "专利权的终止": "inactive",
                "专利权的视为放弃": "inactive",
                "专利权的主动放弃": "inactive",
                "专利权全部无效": "inactive",
            },
            otherwise="unknown",
        ),
    },
    ignored=("法律状态最后修改日期",),
)  # fmt: skip
