"""CNIPR 知识产权出版社: the bibliographic export, the columns of its TRS database and the short CSV."""

from transforms.export import Export, coded, date, names, symbols, text

_ADDRESS = "地址"

EXPORT = Export(
    title_zh="知识产权出版社（CNIPR）导出表",
    title_en="CNIPR bibliographic export",
    publisher="知识产权出版社 CNIPR",
    recognised_by=("公开（公告）号", "申请号", "名称", "主分类号", "分类号"),
    separator=(";", "；"),
    date_formats=("year_month_day",),
    precedence=16,
    caps=(200, 500, 1_000, 2_000, 10_000),
    generations={
        "bibliographic": (
            "申请号", "公开（公告）号", "公开（公告）日", "申请日", "专利号", "名称", "主分类号", "分类号", "分案原申请号", "优先权",
            "申请（专利权）人", "发明（设计）人", _ADDRESS, "颁证日", "国际申请", "国际公布", "进入国家日期", "专利代理机构", "代理人",
            "摘要", "主权项", "参考文献", "审查员", "光盘号", "PCT公开",
        ),
        "TRS database": (
            "SYSID", "APP_ID", "PUB_ID", "申请号", "申请日", "公开（公告）号", "公开（公告）日", "专利号", "专利类型", "名称", "摘要",
            "分类号", "主分类号", "欧洲分类号", "欧洲主分类号", "本国分类号", "本国主分类号", "申请（专利权）人", "发明（设计）人",
            "专利代理机构", "代理人", _ADDRESS, "申请国代码", "国省代码", "省", "市", "区", "申请来源", "国际申请", "国际公布",
            "进入国家日期", "优先权", "优先权号", "优先权日", "同族专利项", "参考文献", "分案原申请号", "审查员", "颁证日", "页数",
            "主权项", "专利权状态", "专利权状态代码", "法律状态", "范畴分类", "族号",
        ),
        "short": (
            "公开（公告）号", "公开（公告）日", "申请号", "申请日", "名称", "主分类号", "分类号", "申请人", "发明人", "代理人", "代理机构",
            _ADDRESS, "国省代码", "优先权", "摘要",
        ),
    },
    fields={
        "publication_number": text("公开（公告）号"),
        "application_number": text("申请号"),
        "office_code": text("申请国代码"),
        "title": text("名称"),
        "abstract": text("摘要"),
        "claims": text("主权项"),
        "filing_date": date("申请日"),
        "publication_date": date("公开（公告）日"),
        "priority_numbers": names("优先权号"),
        "applicants": names("申请（专利权）人", "申请人"),
        "inventors": names("发明（设计）人", "发明人"),
        # The first symbol leads, and the tool repeats the main one among the others.
        "ipc_symbols": symbols("分类号", "主分类号"),
        "addresses": names(_ADDRESS),
        "patent_type": coded(
            ("专利类型",), {"发明": "invention", "发明专利": "invention", "实用新型": "utility_model", "外观设计": "design"}, ""
        ),
        "legal_status": coded(
            ("专利权状态",),
            {
                "有效": "active",
                "有权": "active",
                "在审": "pending",
                "审中": "pending",
                "无效": "inactive",
                "失效": "inactive",
                "无权": "inactive",
            },
            "unknown",
        ),
    },
    ignored=(
        "专利号", "分案原申请号", "优先权", "颁证日", "国际申请", "国际公布", "进入国家日期", "专利代理机构", "代理机构", "代理人",
        "参考文献", "审查员", "光盘号", "PCT公开", "SYSID", "APP_ID", "PUB_ID", "欧洲分类号", "欧洲主分类号", "本国分类号",
        "本国主分类号", "国省代码", "省", "市", "区", "申请来源", "优先权日", "同族专利项", "页数", "专利权状态代码", "法律状态",
        "范畴分类", "族号",
    ),
)  # fmt: skip
