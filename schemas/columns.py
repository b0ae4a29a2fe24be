"""Every column once: name, type, titles and descriptions in 中文 and English, standard code, checks.

Dtypes, DDL, comments, validation and the data dictionary all derive from here. Standard codes are WIPO's: INID numbers
(ST.9), office codes (ST.3), kind codes (ST.16).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

NAMES = pl.List(pl.String)
EVIDENCE = pl.List(
    pl.Struct(
        {"kind": pl.String, "value": pl.String, "field": pl.String, "position": pl.Int32},
    )
)

# Patents are older than any export, but a year before the Venetian statute or far ahead is a misread date.
EARLIEST_YEAR = 1790
LATEST_YEAR = 2100

OFFICE_CODE = r"^[A-Z]{2}$"
PUBLICATION_NUMBER = r"^[A-Z]{2}[0-9A-Z]{3,20}$"
APPLICATION_NUMBER = r"^(PCT)?[A-Z]{2}[0-9A-Z:]*[0-9]{2}[0-9A-Z]*$"
PATENT_TYPES = ("invention", "utility_model", "design", "plant", "other")
STAGES = ("application", "grant", "search_report", "translation", "correction", "other")
LEGAL_STATUSES = (
    "active",
    "pending",
    "inactive",
    "pct_designation_period",
    "pct_designation_expired",
    "unknown",
)
LABEL_LEVELS = ("core", "related", "candidate")
DECISIONS = ("core", "related", "none")
STAGES_OF_CHAIN = ("upstream", "midstream", "downstream", "user")


@dataclass(frozen=True)
class Rule:
    """A named check: `holds` takes the column and gives a Boolean expression. The name is the stable rule id in meta.rejected_row."""

    name: str
    expectation: str
    holds: Callable[[pl.Expr], pl.Expr]


@dataclass(frozen=True)
class Column:
    name: str
    dtype: pl.DataType | type[pl.DataType]
    title_zh: str
    title_en: str
    description_zh: str
    description_en: str
    code: str | None = None
    rules: tuple[Rule, ...] = ()

    @property
    def comment(self) -> str:
        code = f" [{self.code}]" if self.code else ""
        return f"{self.title_zh}：{self.description_zh} / {self.title_en}: {self.description_en}{code}"


def matches(name: str, pattern: str, expectation: str) -> Rule:
    return Rule(name, expectation, lambda column: column.str.contains(pattern))


def one_of(name: str, values: tuple[str, ...]) -> Rule:
    return Rule(name, "one of " + ", ".join(values), lambda column: column.is_in(list(values)))


def between(name: str, low: float, high: float) -> Rule:
    return Rule(name, f"between {low} and {high}", lambda column: column.is_between(low, high))


def year_of_date_between(name: str) -> Rule:
    expectation = f"a date of the years {EARLIEST_YEAR} to {LATEST_YEAR}"
    return Rule(name, expectation, lambda column: column.dt.year().is_between(EARLIEST_YEAR, LATEST_YEAR))


def _date(name: str, zh: str, en: str, description_zh: str, description_en: str, code: str | None = None) -> Column:
    return Column(name, pl.Date, zh, en, description_zh, description_en, code, (year_of_date_between(f"{name}_range"),))


def _year(name: str, zh: str, en: str, description_zh: str, description_en: str) -> Column:
    rule = between(f"{name}_range", EARLIEST_YEAR, LATEST_YEAR)
    return Column(name, pl.Int32, zh, en, description_zh, description_en, None, (rule,))


def _number(name: str, zh: str, en: str, description_zh: str, description_en: str) -> Column:
    rule = between(f"{name}_not_negative", 0, 2**31 - 1)
    return Column(name, pl.Int32, zh, en, description_zh, description_en, None, (rule,))


def _share(name: str, zh: str, en: str, description_zh: str, description_en: str) -> Column:
    return Column(name, pl.Float64, zh, en, description_zh, description_en, None, (between(f"{name}_range", 0, 1),))


def _text(name: str, zh: str, en: str, description_zh: str, description_en: str, code: str | None = None) -> Column:
    return Column(name, pl.String, zh, en, description_zh, description_en, code)


def _names(name: str, zh: str, en: str, description_zh: str, description_en: str, code: str | None = None) -> Column:
    return Column(name, NAMES, zh, en, description_zh, description_en, code)


def _flag(name: str, zh: str, en: str, description_zh: str, description_en: str) -> Column:
    return Column(name, pl.Boolean, zh, en, description_zh, description_en)


_COLUMNS = (
    # ── documents ───────────────────────────────────────────────────────────────────────────────────────────────
    Column(
        "publication_number",
        pl.String,
        "公开（公告）号",
        "Publication number",
        "规范形式：局代码+号码+文献种类代码，无分隔符",
        "canonical: office, number and kind code without separators",
        "INID 11 / ST.16",
        (matches("publication_number_shape", PUBLICATION_NUMBER, "like CN109359736A or US20200250566A1"),),
    ),
    _text(
        "publication_number_original",
        "原公开（公告）号",
        "Publication number as exported",
        "导出文件中的原样字符",
        "the very characters of the export",
        "INID 11",
    ),
    Column(
        "office",
        pl.String,
        "受理局",
        "Office",
        "受理（公布）专利的局，WIPO ST.3 代码",
        "office of the document, WIPO ST.3 code",
        "ST.3",
        (matches("office_shape", OFFICE_CODE, "a two-letter WIPO ST.3 code"),),
    ),
    _text(
        "document_number",
        "文献号",
        "Document number",
        "公开号中去掉局代码与种类代码的号码",
        "the publication number without office and kind code",
    ),
    _text("kind_code", "文献种类代码", "Kind code", "如 A、A1、B2、U", "for example A, A1, B2, U", "ST.16"),
    Column(
        "stage",
        pl.String,
        "公布阶段",
        "Stage",
        "申请公布或授权公告等",
        "what the publication is: application, grant, search report …",
        None,
        (one_of("stage_known", STAGES),),
    ),
    Column(
        "patent_type",
        pl.String,
        "专利类型",
        "Patent type",
        "invention 发明，utility_model 实用新型，design 外观设计",
        "invention, utility model, design, plant or other",
        None,
        (one_of("patent_type_known", PATENT_TYPES),),
    ),
    _text("title", "标题", "Title", "导出文件给出的标题", "title as given by the export", "INID 54"),
    _text("abstract", "摘要", "Abstract", "导出文件给出的摘要", "abstract as given by the export", "INID 57"),
    _text("claims", "权利要求", "Claims", "首项或全部权利要求", "first claim or all claims"),
    _text(
        "language",
        "文本语言",
        "Language of the text",
        "由标题文字判断：zh、ja、ko、latin、other",
        "told by the script of the title: zh, ja, ko, latin, other",
    ),
    Column(
        "application_number",
        pl.String,
        "申请号",
        "Application number",
        "规范形式：局代码+号码，无分隔符和校验位",
        "canonical: office and number without separators and check digit",
        "INID 21",
        (
            matches(
                "application_number_shape",
                APPLICATION_NUMBER,
                "office and number, like CN201911111111.1 or EP 17865168 A",
            ),
        ),
    ),
    _text(
        "application_number_original",
        "原申请号",
        "Application number as exported",
        "导出文件中的原样字符",
        "the very characters of the export",
        "INID 21",
    ),
    _text(
        "application_number_doubt",
        "申请号疑点",
        "Doubt about the application number",
        "check_digit：校验位与号码不符，号码未作改动；空为无疑点",
        "check_digit: the check digit contradicts the number, which is left as it is; empty: no doubt",
    ),
    _date("filing_date", "申请日", "Filing date", "申请日期", "date of filing", "INID 22"),
    _year(
        "filing_year",
        "申请年",
        "Filing year",
        "取自申请日；无申请日时取导出文件的申请年",
        "of the filing date, else the year the export states",
    ),
    _date("publication_date", "公开（公告）日", "Publication date", "公布日期", "date of publication", "INID 43/45"),
    _date("grant_date", "授权公告日", "Grant date", "授权公告日期", "date of grant", "INID 45"),
    _date(
        "earliest_priority_date",
        "最早优先权日",
        "Earliest priority date",
        "最早的优先权日期",
        "earliest date among the priorities",
        "INID 32",
    ),
    _names(
        "priority_numbers",
        "优先权号",
        "Priority numbers",
        "规范形式的优先权号，去重排序",
        "canonical, distinct, sorted",
        "INID 31",
    ),
    _names(
        "applicants", "申请人", "Applicants", "按文件顺序的申请人原名", "names in the order of the document", "INID 71"
    ),
    _names(
        "current_owners",
        "当前权利人",
        "Current owners",
        "导出时的权利人（可为供应商规范名）",
        "owners at the time of the export, possibly standardised by the vendor",
        "INID 73",
    ),
    _names(
        "inventors", "发明人", "Inventors", "按文件顺序的发明人原名", "names in the order of the document", "INID 72"
    ),
    _names(
        "ipc_symbols",
        "IPC 分类号",
        "IPC symbols",
        "规范写法，保留顺序（首个为主分类）",
        "normalised, order kept, first one leads",
        "INID 51",
    ),
    _names("cpc_symbols", "CPC 分类号", "CPC symbols", "规范写法，保留顺序", "normalised, order kept", "INID 52"),
    _names(
        "provinces", "省/州", "Provinces or states", "导出文件给出的各申请人省/州", "of the applicants, as exported"
    ),
    _names("cities", "地市", "Cities", "导出文件给出的各申请人地市", "of the applicants, as exported"),
    _names("districts", "区县", "Districts", "导出文件给出的各申请人区县", "of the applicants, as exported"),
    _names("addresses", "地址", "Addresses", "导出文件给出的各申请人地址", "of the applicants, as exported"),
    Column(
        "legal_status",
        pl.String,
        "法律状态",
        "Legal status",
        "导出时：有效、审中、失效、PCT 指定期内/期满、未知",
        "at the time of the export",
        None,
        (one_of("legal_status_known", LEGAL_STATUSES),),
    ),
    _text(
        "vendor_family_id",
        "供应商同族号",
        "Family id by the vendor",
        "供应商给出的简单同族标识",
        "id of the simple family as the vendor gives it",
    ),
    _number(
        "vendor_family_size",
        "供应商同族数",
        "Family size by the vendor",
        "供应商给出的简单同族成员数",
        "simple family members as counted by the vendor",
    ),
    _number(
        "cited_by_documents",
        "被引用专利数",
        "Citing documents",
        "供应商给出的被引专利数",
        "citing patents as counted by the vendor",
    ),
    # ── filings, families, owners ───────────────────────────────────────────────────────────────────────────────
    _text(
        "application_id",
        "申请标识",
        "Application id",
        "同一件申请的各公布共用；由申请号或可共用的公开号得出",
        "shared by all publications of one filing; from the application number, else the number its stages share",
    ),
    _text(
        "application_id_basis",
        "申请标识依据",
        "Basis of the application id",
        "application_number、shared_number 或 publication_number",
        "application_number, shared_number or publication_number",
    ),
    _text("family_id", "同族标识", "Family id", "同一项发明的各申请共用", "shared by all filings of one invention"),
    _text(
        "family_definition",
        "同族定义",
        "Family definition",
        "vendor_simple：供应商给出；team：团队决定；same_priorities：优先权相同；single_application：独立成族",
        "vendor_simple: as the vendor says; team: as the team decided; same_priorities: the same priorities; "
        "single_application: a family of its own",
    ),
    _text(
        "representative_application_id",
        "代表申请",
        "Representative filing",
        "申请年、申请日最早者，其次标识最小者",
        "earliest filing by year, then day, then lowest id",
    ),
    _text(
        "representative_publication_number",
        "代表公布",
        "Representative publication",
        "最早公布、其次最小号码",
        "earliest publication, then lowest number",
    ),
    _text(
        "suggested_family_id",
        "疑似同族",
        "Suggested family",
        "可能为同一项发明的另一同族",
        "a family that may be the same one",
    ),
    _text(
        "suggestion_reason",
        "建议依据",
        "Why it is suggested",
        "shared_priority：部分优先权相同；same_title_applicant_date：标题、首申请人、申请日相同",
        "shared_priority: some priorities are the same; same_title_applicant_date: title, first applicant and filing date are",
    ),
    _text("shared_value", "共同之处", "What is shared", "共同的优先权号或标题", "the priority number or the title"),
    _text("field", "字段", "Field", "字段名", "name of the column"),
    _text(
        "field_value", "取值", "Value", "以文本表示的取值，列表以 | 连接", "as text; the parts of a list joined by |"
    ),
    _text("value_before", "原值", "Value before", "决定之前的取值", "before the decision"),
    _flag("is_chosen", "是否采用", "Chosen", "该来源的值是否被采用", "whether it is the value in core.publication"),
    _text(
        "decided_by",
        "取值规则",
        "Rule of choice",
        "precedence：按来源次序；highest：取最大值",
        "precedence: the first source that has it; highest: the highest value",
    ),
    _text(
        "correction",
        "更正类别",
        "Correction",
        "value 更正字段；join 并族；split 分族",
        "value of a field, join of two families, or split of a filing from its family",
    ),
    _text(
        "other_publication_number",
        "另一公开号",
        "Other publication",
        "并族或分族所对的公布",
        "the publication that it is joined with or split from",
    ),
    _flag(
        "is_applied",
        "已生效",
        "Applied",
        "数据中有其所指的公布或单元格，决定已生效",
        "the data hold the publication or cell that it names, the decision is in force",
    ),
    _number("publications", "公布数", "Publications", "公布文献件数", "number of published documents"),
    _number("applications", "申请数（件）", "Applications", "申请件数", "number of filings"),
    _names(
        "offices",
        "布局局",
        "Offices of the family",
        "同族涉及的受理局，去重排序",
        "distinct offices of the filings, sorted",
    ),
    _text("applicant_id", "申请人标识", "Applicant id", "规范名对应的标识", "of the harmonised applicant"),
    _text("applicant_name", "申请人名称", "Applicant name", "规范名称", "harmonised name"),
    _text("name_as_filed", "原始名称", "Name as exported", "导出文件中的名称", "the name in the export"),
    _text("name_en", "英文名称", "English name", "英文名称", "name in English"),
    _text("name_zh", "中文名称", "Chinese name", "中文名称", "name in Chinese"),
    _text("group_id", "集团标识", "Group id", "所属集团的申请人标识", "applicant id of the group it belongs to"),
    Column(
        "valid_from_date",
        pl.Date,
        "生效日",
        "Valid from",
        "自该日起，空为一直如此",
        "from this day on; empty where it was always so",
    ),
    Column(
        "valid_to_date",
        pl.Date,
        "失效日",
        "Valid to",
        "不再如此的第一日，空为至今",
        "the first day on which it no longer is; empty where it still is",
    ),
    _text("other_applicant_id", "另一申请人标识", "Other applicant id", "可能相同者", "the one that may be the same"),
    _share("similarity", "相似度", "Similarity", "0 至 1", "between 0 and 1"),
    _text(
        "suggested_by",
        "建议依据",
        "Suggested by",
        "spelling 字母拼写相近，characters 汉字或韩文相近",
        "spelling (few letters apart) or characters (East Asian names alike)",
    ),
    _text("name", "名称", "Name", "最常见写法", "its most frequent spelling"),
    _text("other_name", "另一名称", "Other name", "最常见写法", "its most frequent spelling"),
    _number("rows", "出现次数", "Rows", "该名称在本数据中出现次数", "how often the name occurs in these data"),
    _number("other_rows", "另一名称出现次数", "Rows of the other", "该名称在本数据中出现次数", "how often it occurs"),
    _text("alias", "别名", "Alias", "名称的一种写法", "one spelling of a name"),
    Column(
        "name_decision",
        pl.String,
        "决定",
        "Decision on a name",
        "same 是该申请人，not_same 不是该申请人",
        "same: it is the applicant; not_same: it is not",
        None,
        (one_of("name_decision_known", ("same", "not_same")),),
    ),
    _text("rule_applicant_id", "规则结果", "Applicant by the rules", "无此决定时的申请人标识", "without the decision"),
    _number("times_named", "出现次数", "Times named", "该名称在本数据中出现次数，0 为待用", "0 where it waits"),
    _text(
        "applicant_type",
        "主体类型",
        "Applicant type",
        "company、university、institute、person、government、unknown",
        "company, university, institute, person, government or unknown",
    ),
    _text("country", "国别", "Country", "WIPO ST.3 国家/地区代码", "country or region, WIPO ST.3 code", "ST.3"),
    _text(
        "applicant_basis",
        "申请人口径",
        "Basis of the applicants",
        "applicants 或 current_owners（各文献均未给出申请人时）",
        "applicants, or current_owners where no document of the filing gives applicants",
    ),
    _number("position", "次序", "Position", "从 1 开始的次序", "order, from 1"),
    _share("fraction", "分数计量", "Fractional credit", "1/申请人数", "one over the number of applicants"),
    # ── places ──────────────────────────────────────────────────────────────────────────────────────────────────
    _text(
        "province_code",
        "省级代码",
        "Province code",
        "第一申请人所在省（企业为注册地），GB/T 2260 代码",
        "of the first applicant (of an enterprise, its registered seat), GB/T 2260",
        "GB/T 2260",
    ),
    _text(
        "city_code",
        "地市代码",
        "City code",
        "第一申请人所在地市（企业为注册地），GB/T 2260 代码",
        "of the first applicant (of an enterprise, its registered seat), GB/T 2260",
        "GB/T 2260",
    ),
    _text(
        "district_code",
        "区县代码",
        "District code",
        "第一申请人所在区县（企业为注册地），GB/T 2260 代码",
        "of the first applicant (of an enterprise, its registered seat), GB/T 2260",
        "GB/T 2260",
    ),
    _text(
        "province",
        "省",
        "Province",
        "第一申请人所在省简称，境外为导出原文；企业为名录原文",
        "short name for the first applicant's province, as exported abroad; of an enterprise as in the register",
    ),
    _text(
        "city",
        "地市",
        "City",
        "第一申请人所在地市，未解析时为导出原文；企业为名录原文",
        "of the first applicant, as exported where not resolved; of an enterprise as in the register",
    ),
    _text(
        "district",
        "区县",
        "District",
        "第一申请人所在区县，未解析时为导出原文；企业为名录原文",
        "of the first applicant, as exported where not resolved; of an enterprise as in the register",
    ),
    _text(
        "place_basis",
        "地点依据",
        "Basis of the place",
        "single、first（各列数目不一致时取首个）、address（由地址解析）、correction（本队更正）或 unknown",
        "single, first (of several), address (parsed), correction (by the team), or unknown",
    ),
    Column(
        "place_confidence",
        pl.String,
        "地点可信度",
        "Confidence of the place",
        "high 各级均按全称或代码相符；medium 由简称或下级推得上级；low 有歧义或与上级不符的部分已舍去；none 未知",
        "high: every level found under its parent; medium: by a short name, or the parent inferred; low: a part was "
        "ambiguous or contradicted and left out; none: not known",
        None,
        (one_of("place_confidence_known", ("high", "medium", "low", "none")),),
    ),
    _text(
        "place_country",
        "第一申请人国别",
        "Country of the place",
        "第一申请人所在国家/地区，WIPO ST.3；大陆 CN，港澳台分列 HK、MO、TW；未知为空",
        "of the first applicant's place, ST.3; CN for the mainland, HK, MO and TW apart; empty where not known",
        "ST.3",
    ),
    _text(
        "district_code_2020",
        "区县代码（2020 年区划）",
        "District code, boundaries of 2020",
        "按 2020 年末区划计入的区县",
        "the district under the boundaries of the end of 2020",
        "GB/T 2260",
    ),
    _text(
        "district_code_2023",
        "区县代码（2023 年区划）",
        "District code, boundaries of 2023",
        "按 2023 年 6 月区划计入的区县",
        "the district under the boundaries of June 2023",
        "GB/T 2260",
    ),
    _text(
        "boundary_basis",
        "区划换算依据",
        "Basis of the boundaries",
        "unchanged 区划未变；street 由街道判定；successor 整体并入；main_successor 拆分而街道不明，计入主要承继区",
        "unchanged; street: told by the street; successor: went whole into another; main_successor: was split and the "
        "street is not known, counted with the main part",
    ),
    Column("correction_date", pl.Date, "更正日期", "Date of the correction", "更正之日", "the day of the correction"),
    _text(
        "rule_province_code", "规则省级代码", "Province by the rules", "无更正时", "without the correction", "GB/T 2260"
    ),
    _text("rule_city_code", "规则地市代码", "City by the rules", "无更正时", "without the correction", "GB/T 2260"),
    _text(
        "rule_district_code", "规则区县代码", "District by the rules", "无更正时", "without the correction", "GB/T 2260"
    ),
    _text("region_code", "区划代码", "Region code", "GB/T 2260 代码", "GB/T 2260 code", "GB/T 2260"),
    _text("region_name", "区划名称", "Region name", "全称", "full name"),
    _text("short_name", "简称", "Short name", "不带“省/市”等后缀", "without the suffix 省, 市 …"),
    _text("region_level", "级别", "Level", "province、city 或 district", "province, city or district"),
    _text("parent_code", "上级代码", "Parent code", "上级区划代码", "code of the region above"),
    _text("region_status", "现状", "Status", "current 或 abolished", "current or abolished"),
    _flag(
        "is_in_2020", "2020 年末存在", "In force at the end of 2020", "2020 年末的区划", "one of the regions of 2020"
    ),
    _flag(
        "is_in_2023", "2023 年 6 月存在", "In force in June 2023", "2023 年 6 月的区划", "one of the regions of 2023"
    ),
    _text("successor_code", "承继代码", "Successor code", "被撤并后归入的区划", "where an abolished region went"),
    # ── symbols and branches ────────────────────────────────────────────────────────────────────────────────────
    _text("scheme", "分类体系", "Scheme", "IPC 或 CPC", "IPC or CPC"),
    _text("symbol", "分类号", "Symbol", "如 G06N3/063", "for example G06N3/063"),
    _text("branch", "技术分支", "Branch", "三级技术分支标识", "id of the tier-3 branch"),
    Column(
        "level",
        pl.String,
        "标签级别",
        "Label level",
        "core 计入统计；related 扩展；candidate 待审",
        "core is counted, related is wider, candidate awaits review",
        None,
        (one_of("level_known", LABEL_LEVELS),),
    ),
    Column("score", pl.Float64, "证据得分", "Evidence score", "仅用于选主分支", "only decides the primary branch"),
    _flag("is_primary", "主分支", "Primary branch", "每件申请至多一个", "at most one per filing"),
    Column(
        "evidence",
        EVIDENCE,
        "证据",
        "Evidence",
        "命中的词与分类号及位置",
        "matched terms and codes with field and position",
    ),
    _text(
        "taxonomy_version", "分支体系版本", "Taxonomy version", "声明版本+内容摘要", "declared version and content hash"
    ),
    _text("tier1", "一级分支", "Tier-1 branch", "一级分支标识", "id of the tier-1 branch"),
    _text("tier2", "二级分支", "Tier-2 branch", "二级分支标识", "id of the tier-2 branch"),
    _text("title_zh", "中文名", "Title in Chinese", "中文名称", "name in Chinese"),
    _text("title_en", "英文名", "Title in English", "英文名称", "name in English"),
    _text("tier1_title_zh", "一级中文名", "Tier-1 title in Chinese", "一级分支中文名", "tier-1 name in Chinese"),
    _text("tier1_title_en", "一级英文名", "Tier-1 title in English", "一级分支英文名", "tier-1 name in English"),
    _text("tier2_title_zh", "二级中文名", "Tier-2 title in Chinese", "二级分支中文名", "tier-2 name in Chinese"),
    _text("tier2_title_en", "二级英文名", "Tier-2 title in English", "二级分支英文名", "tier-2 name in English"),
    _text(
        "origin",
        "来源",
        "Origin",
        "seed：原报告；reconstructed：本项目补全",
        "seed: the original report; reconstructed: supplied by this project",
    ),
    _text(
        "tier1_origin",
        "一级来源",
        "Origin of tier 1",
        "一级分支：seed 原报告；reconstructed 本项目补全",
        "of the tier-1 branch: seed, the original report; reconstructed, supplied by this project",
    ),
    _text(
        "tier2_origin",
        "二级来源",
        "Origin of tier 2",
        "二级分支：seed 原报告；reconstructed 本项目补全",
        "of the tier-2 branch: seed, the original report; reconstructed, supplied by this project",
    ),
    _flag(
        "is_hot_in_seed",
        "原报告热点",
        "Hot in the seed report",
        "原报告列为布局重点",
        "named as a focus of filing by the seed report",
    ),
    _text(
        "branch_version",
        "分支版本",
        "Version of the branch",
        "标签所依据的一切（查询、共用词块、屏蔽词、权重）的摘要；相同则标签规则未变",
        "hash of all that its labels depend on (queries, shared blocks, masks, weights): the same, the same rules",
    ),
    _number("priority", "优先序", "Priority", "得分相同时数字小者为主", "lower wins a tie of scores"),
    _text("definition_zh", "中文定义", "Definition in Chinese", "分支定义", "what the branch covers"),
    _text("definition_en", "英文定义", "Definition in English", "分支定义", "what the branch covers"),
    # ── reference ───────────────────────────────────────────────────────────────────────────────────────────────
    _flag("is_ip5", "五局", "IP5", "是否五大专利局", "one of the five offices"),
    _flag(
        "is_national",
        "计入排名",
        "Ranked",
        "WO 等非国家/地区局不计入受理局排名",
        "counted in office rankings; WO is not",
    ),
    _text("enterprise_id", "企业标识", "Enterprise id", "企业标识", "id of the enterprise"),
    _text("matched_by", "对应依据", "Matched by", "name 企业名称，alias 别名", "name or alias of the enterprise"),
    _text("enterprise_name", "企业名称", "Enterprise name", "企业名称", "name of the enterprise"),
    Column(
        "chain_stage",
        pl.String,
        "产业链环节",
        "Chain stage",
        "upstream 上游、midstream 中游、downstream 下游、user 最终用户",
        "upstream, midstream, downstream or end user",
        None,
        (one_of("chain_stage_known", STAGES_OF_CHAIN),),
    ),
    _text("product", "主导产品", "Product", "主导产品或服务", "leading product or service"),
    _text("source", "出处", "Source", "该行事实的出处", "where the fact comes from"),
    Column(
        "decision",
        pl.String,
        "复核决定",
        "Decision",
        "core、related 或 none（不属于该分支）",
        "core, related, or none: not in the branch",
        None,
        (one_of("decision_known", DECISIONS),),
    ),
    _text("reviewer", "复核人", "Reviewer", "作出决定者的署名或代号", "who decided, by name or sign"),
    _date("decision_date", "决定日期", "Decision date", "作出决定的日期", "when it was decided"),
    _text(
        "rule_level",
        "规则级别",
        "Level by rule",
        "若无此决定，规则给出的级别；空为规则未给标签",
        "what the rules alone say; empty where they give no label",
    ),
    _text("node_id", "节点标识", "Node id", "产业链节点标识", "id of a node of the industry chain"),
    _names("branches", "对应分支", "Branches", "该节点对应的三级技术分支", "tier-3 branches that serve the node"),
    _text("note", "说明", "Note", "说明", "remark"),
    _text("policy_id", "政策标识", "Policy id", "原报告表 1 的行号", "row in table 1 of the seed report"),
    _text("issued_in", "发布时间", "Issued in", "年-月", "year and month"),
    _text("issuer", "发布单位", "Issuer", "发布单位", "who issued it"),
    _text("policy_title", "政策名称", "Policy title", "政策名称", "title of the policy"),
    _text("policy_title_en", "政策英文名", "Policy title in English", "本项目的译名", "as translated by this project"),
    _text("issuer_en", "发布单位英文名", "Issuer in English", "本项目的译名", "as translated by this project"),
    _text(
        "key_content_zh",
        "重点内容",
        "Key content in Chinese",
        "与智能计算有关的要点，本项目的概括，并非原文",
        "what concerns intelligent computing, in this project's words and not the document's",
    ),
    _text(
        "key_content_en",
        "重点内容（英文）",
        "Key content in English",
        "与智能计算有关的要点，本项目的概括，并非原文",
        "what concerns intelligent computing, in this project's words and not the document's",
    ),
    _text("data_flag", "数据疑点", "Data flag", "对原报告数据的存疑说明", "doubt about the seed report's data"),
    # ── provenance ──────────────────────────────────────────────────────────────────────────────────────────────
    _text(
        "source_file_id",
        "来源文件标识",
        "Source file id",
        "文件内容 sha256 的前 16 位",
        "first 16 hex digits of the content's sha256",
    ),
    Column(
        "row_number",
        pl.Int64,
        "行号",
        "Row number",
        "文件中的记录序号，表头后从 1 开始；一条记录列出多件公布时，其余各件接在末条之后编号",
        "record in the file, from 1 after the header; further publications of one record are numbered on after the last record",
        None,
        (between("row_number_positive", 1, 2**53),),
    ),
    Column(
        "extra_columns",
        pl.List(pl.Struct({"header": pl.String, "value": pl.String})),
        "附加列",
        "Extra columns",
        "分析人员在导出文件中自加的列，原样保留",
        "columns that analysts added to the export, kept as they are",
    ),
    _flag(
        "is_first", "首次出现", "First occurrence", "该公布首次出现的来源行", "the row that brought the publication in"
    ),
    _text("path", "路径", "Path", "收件夹内的相对路径", "relative to the inbox"),
    _text("sha256", "内容摘要", "SHA-256", "文件内容 sha256", "of the file's bytes"),
    Column("bytes", pl.Int64, "字节数", "Bytes", "文件大小", "size of the file"),
    _text("export", "导出格式", "Export", "识别出的导出格式标识", "id of the export format"),
    _text("status", "状态", "Status", "结果状态", "outcome"),
    _text("reason", "原因", "Reason", "原因说明", "why"),
    _text("rule", "规则", "Rule", "未通过的规则标识", "id of the rule that failed"),
    _text("raw", "原始记录", "Raw record", "原始行（JSON）", "the row as read, JSON"),
    _text(
        "corrected_file",
        "所更正的文件",
        "Corrected file",
        "内容 sha256（或其前 16 位以上；.2 为第二张表），或收件夹内路径",
        "sha256 of its bytes (or its first 16 digits or more; .2 is its second table), or the path in the inbox",
    ),
    _text(
        "column_header",
        "列名",
        "Column header",
        "文件中的列名；无列名者为 column 加序号",
        "as in the file; `column 12` where there is none",
    ),
    _year("coverage_year", "年份", "Year", "申请年，缺者为公开年", "of filing, else of publication"),
    _number("coverage_records", "记录数", "Records", "该文件该年载入的记录", "of the file and year that were taken in"),
    _number(
        "covered_records",
        "有值记录数",
        "Records with a value",
        "其中该字段有值者",
        "of these, with a value in the field",
    ),
    _share(
        "expected_share",
        "预期填充率",
        "Expected share",
        "文件含此字段时各年应有值的比例；空为无预期",
        "of records with a value in each year of a file that has the field; empty where none is expected",
    ),
    _number("rows_in", "读入行数", "Rows in", "独立计数得到的记录数", "records, by an independent count"),
    _number("loaded", "载入", "Loaded", "首次载入的公布", "rows that brought in a publication"),
    _number("duplicate", "重复", "Duplicate", "公布已由其他行载入", "rows whose publication another row brought in"),
    _number("quarantined", "隔离", "Quarantined", "有原因的隔离行", "rows set aside with a reason"),
    _number("blank", "空行", "Blank", "空行", "empty rows"),
    _names(
        "unmapped_columns",
        "未识别列",
        "Unmapped columns",
        "既未映射也未声明忽略的列",
        "columns neither mapped nor ignored by name",
    ),
    _names(
        "header_drift",
        "表头变化",
        "Header drift",
        "表头与该工具已知写法逐列的差异：缺少、新增、疑似改名",
        "how the header differs from what the tool is known to write: missing, new, renamed by guess",
    ),
    _flag(
        "is_probably_cut_off",
        "疑似截断",
        "Probably cut off",
        "记录数恰为该工具的导出上限，可能未导全",
        "exactly as many records as the tool gives out at most: there may be more",
    ),
    _names(
        "remarks",
        "阅读提示",
        "Remarks",
        "文件虽可读而应知之事：编码混杂、文件不完整等",
        "what to know of a file though it could be read: mixed encodings, a file that breaks off",
    ),
)

COLUMNS: dict[str, Column] = {column.name: column for column in _COLUMNS}
