"""incoPat 合享: spreadsheet export, both generations of headers (half-width brackets, and full-width or mixed since 2023).

Learnt from the columns that other people's readers name; never tried on a real file.
"""

from schemas.reference import shipped
from transforms.export import Export, coded, date, names, number, symbols, text

# 中国; 33 is Zhejiang: the first two digits of the region's GB/T 2260 code.
_PROVINCES = {
    code[:2]: name
    for code, name in shipped("region").filter(region_level="province").select("region_code", "region_name").rows()
}

EXPORT = Export(
    title_zh="incoPat 合享 导出表",
    title_en="incoPat spreadsheet export",
    publisher="incoPat 合享",
    recognised_by=("公开(公告)号", ("标题", "标题 (中文)"), ("公开国别", "链接到incoPat", "专利有效性", "合享价值度")),
    separator=(";", "；"),
    date_formats=("year_month_day",),
    precedence=11,
    caps=(500, 10_000, 20_000, 50_000),
    is_tried=False,
    # Columns by which analysts sort their exports into a tree of their own.
    extra=("大类代码", "大类名称", "中类代码", "中类名称", "小类代码", "小类名称"),
    fields={
        "publication_number": text("公开(公告)号"),
        "application_number": text("申请号"),
        "title": text("标题", "标题 (中文)", "标题(翻译)", "标题 (英文)", "标题(小语种原文)"),
        "abstract": text("摘要", "摘要 (中文)", "摘要(翻译)", "摘要 (英文)", "摘要(小语种原文)"),
        "claims": text("首项权利要求", "独立权利要求"),
        "filing_date": date("申请日"),
        "publication_date": date("公开(公告)日"),
        "grant_date": date("授权公告日"),
        "earliest_priority_date": date("最早优先权日"),
        "priority_numbers": names("优先权号"),
        "applicants": names("申请人", "标准化申请人"),
        "addresses": names("申请人地址"),
        "current_owners": names("标准化当前权利人", "当前权利人"),
        "inventors": names("发明人"),
        "ipc_symbols": symbols("IPC", "IPC主分类"),
        "cpc_symbols": symbols("CPC"),
        "provinces": names("申请人省市代码", "申请人省市的代码", cut=r"^(中国|CN)$|[\[\]]", codes=_PROVINCES),
        "cities": names("中国申请人地市", cut=r"[\[\]]"),
        "districts": names("中国申请人区县", cut=r"[\[\]]"),
        "patent_type": coded(
            ("专利类型",),
            {
                "发明申请": "invention",
                "发明授权": "invention",
                "授权发明": "invention",
                "发明专利": "invention",
                "发明": "invention",
                "PCT发明": "invention",
                "实用新型": "utility_model",
                "PCT实用新型": "utility_model",
                "外观设计": "design",
            },
            otherwise="",
        ),
        "legal_status": coded(
            ("专利有效性",),
            {
                "有效": "active",
                "审中": "pending",
                "失效": "inactive",
                "PCT有效期内": "pct_designation_period",
                "PCT-有效期内": "pct_designation_period",
                "PCT指定期内": "pct_designation_period",
                "PCT有效期满": "pct_designation_expired",
                "PCT-有效期满": "pct_designation_expired",
                "PCT指定期满": "pct_designation_expired",
            },
            otherwise="unknown",
        ),
        "vendor_family_size": number("简单同族个数"),
        "cited_by_documents": number("被引证次数"),
    },
    ignored=(
        "公开国别",
        "链接到incoPat", "国民经济分类", "文献种类代码", "申请人贡献分", "代理机构", "代理人", "审查员",
        "优先权信息", "优先权日", "优先权国别", "PCT国际申请号", "PCT国际公布号", "PCT进入国家阶段日", "首次公开日",
        "实质审查生效日", "提出实审时长", "审查时长", "失效日", "专利寿命(月)", "标准类型", "标准项目", "标准号",
        "合享价值度", "技术稳定性", "技术先进性", "保护范围", "权利要求数量", "独立权利要求数量", "从属权利要求数量",
        "文献页数", "首权字数", "技术功效短语", "技术功效句", "技术功效1级", "技术功效2级", "技术功效3级",
        "技术功效TRIZ参数", "洛迦诺分类号", "EC", "UC", "FI", "F-term", "新兴产业分类", "申请人(翻译)",
        "申请人(其他)", "第一申请人", "申请人数量", "申请人类型", "申请人国别代码", "申请人地址(其他)",
        "工商别名", "工商英文名", "工商注册地址", "工商公司类型", "工商成立日期", "工商统一社会信用代码",
        "工商注册号", "工商上市代码", "工商企业状态", "发明(设计)人(其他)", "第一发明人", "当前发明人名称",
        "发明人数量", "发明人国别", "发明人地址", "发明(设计)人地址(其他)", "引证专利", "被引证专利", "家族引证",
        "家族被引证", "引证申请人", "被引证申请人", "家族引证申请人", "家族被引证申请人", "引证次数", "家族引证次数",
        "家族被引证次数", "引证科技文献", "被引证国别(forward)", "引证类别", "简单同族", "扩展同族", "DocDB同族",
        "简单同族ID", "扩展同族ID", "DocDB同族ID", "扩展同族个数", "DocDB同族个数", "同族国家/地区", "母案", "分案",
        "一案双申", "当前法律状态", "法律文书日期", "法律状态", "法律文书编号", "复审请求人", "无效请求人",
        "复审决定", "复审无效决定日", "复审无效法律依据", "转让次数", "转让执行日", "转让人", "受让人", "标准受让人",
        "许可次数", "许可合同备案日期", "许可人", "被许可人", "当前被许可人", "许可类型", "质押次数", "质押期限",
        "出质人", "质权人", "当前质权人", "诉讼次数", "原告", "被告", "诉讼类型", "法庭", "海关备案", "复审决定日",
        "无效决定日", "口审日期", "法律事件", "复审请求日", "序号", "公开类型", "首权翻译", "用途",
        "国民经济行业(主)", "新兴产业(主)", "知识密集型分类", "学科分类", "清洁能源产业", "清洁生产产业",
        "数字经济核心产业", "预估到期日", "申请人国家/地区", "当前专利权人地址", "发明人国家/地区",
        "发明人地址（原始）", "受让人地址", "EP指定生效国", "自引信息", "他引信息", "被自引信息", "被他引信息",
        "自引次数", "他引次数", "被自引次数", "被他引次数", "被引证类别", "引证来源", "被引证来源", "转让人类型",
        "受让人类型", "许可人类型", "被许可人类型", "许可合同备案号", "质押号", "转让登记号", "转让登记日",
        "首次公开号", "授权公告号", "进入实质审查时长", "IPC主分类-小类", "IPC主分类-小类(释义)", "IPC主分类-小组",
        "申请人终属母公司(中文)", "申请人终属母公司(英文)", "第一发明(设计)人", "发明(设计)人数量", "DWPI标题",
        "DWPI用途", "DWPI优势", "DWPI新颖性", "DWPI详细描述", "DWPI技术要点", "DWPI分类号",
    ),
)  # fmt: skip
