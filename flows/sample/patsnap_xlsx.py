"""PatSnap 智慧芽 workbooks: every cell a string, ` | ` between values, `-` for null, one sheet `sheet1`."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from random import Random

import xlsxwriter
from opencc import OpenCC

from flows.sample.applicants import Applicant
from flows.sample.records import Layout, Record, Sheet, inventors_zh, spelled

SEPARATOR = " | "
OFFICE = {"CN": "中国", "TW": "中国台湾", "US": "美国", "JP": "日本", "KR": "韩国", "EP": "欧洲专利局",
          "WO": "世界知识产权组织", "DE": "德国", "IN": "印度", "CA": "加拿大", "AU": "澳大利亚"}  # fmt: skip
EMERGING_INDUSTRY = {"sys": "下一代信息网络产业", "chip": "电子核心产业", "future": "人工智能"}
TIER = {"hpc": "sys", "cloud": "sys", "chip": "chip", "cim": "chip", "pkg": "chip"}
EVENTS = {
    ("有效", True): ("授权", "授权", "授权 | 权利转移", "授权 | 质押"),
    ("失效", True): ("未缴年费", "授权 | 未缴年费", "期限届满"),
    ("审中", False): ("实质审查", "实质审查", "公开"),
    ("失效", False): ("撤回", "驳回"),
}
TO_TRADITIONAL = OpenCC("s2tw")
# A workbook carries its creation time; a fixed one keeps the bytes equal.
CREATED = datetime(2024, 6, 30)

FIRST_GENERATION = (
    "公开(公告)号", "受理局", "标题", "摘要", "专利类型", "申请号", "申请日", "公开(公告)日", "授权日", "文献页数",
    "[标]当前申请(专利权)人", "当前申请(专利权)人数量", "原始申请(专利权)人", "发明人", "发明人数量", "权利要求数量",
    "IPC分类号", "IPC主分类号(小类)", "CPC分类号", "战略新兴产业分类", "被引用专利数量", "引用专利数量", "简单法律状态",
    "简单同族成员数量", "法律状态/事件", "当前申请(专利权)人地市", "当前申请(专利权)人区县", "申请年",
    "当前申请(专利权)人州/省", "优先权国家",
)  # fmt: skip
RENAMED = (
    "公开公告号", "受理局", "标题", "摘要", "专利类型", "申请号", "申请日", "公开公告日", "文献页数",
    "当前申请专利权人", "当前申请专利权人数量", "发明人", "发明人数量", "权利要求数量", "IPC分类号",
    "IPC主分类号小类", "战略新兴产业分类", "被引用专利数量", "引用专利数量", "简单法律状态", "许可类型",
    "法律状态事件", "申请年", "当前申请专利权人州省", "优先权国家", "当前申请专利权人地市", "当前申请专利权人区县",
    "简单同族成员数量", "专利价值", "代理机构", "代理人",
)  # fmt: skip
# First-generation header -> header of the second generation, where they differ.
RENAMED_FROM = {
    "公开(公告)号": "公开公告号", "公开(公告)日": "公开公告日", "[标]当前申请(专利权)人": "当前申请专利权人",
    "当前申请(专利权)人数量": "当前申请专利权人数量", "IPC主分类号(小类)": "IPC主分类号小类",
    "法律状态/事件": "法律状态事件",
    "当前申请(专利权)人州/省": "当前申请专利权人州省", "当前申请(专利权)人地市": "当前申请专利权人地市",
    "当前申请(专利权)人区县": "当前申请专利权人区县",
}  # fmt: skip


def _cells(record: Record, rng: Random) -> dict[str, str]:
    filing, publication, text = record.filing, record.publication, record.filing.family.text
    to_script = TO_TRADITIONAL.convert if filing.office == "TW" else str
    applicants = filing.applicants
    granted = next((p.date for p in filing.publications if p.is_grant), None)
    return {
        "公开(公告)号": publication.number.patsnap(),
        "受理局": OFFICE[filing.office],
        "标题": to_script(text.title_zh),
        "摘要": to_script(text.abstract_zh),
        "专利类型": _patent_type(record),
        "申请号": record.application_number.patsnap(),
        "申请日": filing.filing_date.isoformat(),
        "公开(公告)日": publication.date.isoformat(),
        "授权日": granted.isoformat() if granted and publication.is_grant else "",
        "文献页数": str(rng.randint(6, 42)),
        "[标]当前申请(专利权)人": SEPARATOR.join(spelled(a, "zh", 0.05, a.name_zh, rng) for a in applicants),
        "当前申请(专利权)人数量": str(len(applicants)),
        "原始申请(专利权)人": SEPARATOR.join(_as_filed(a, filing.office, rng) for a in applicants),
        "发明人": inventors_zh(record, SEPARATOR),
        "发明人数量": str(len(filing.family.inventors)),
        "权利要求数量": str(rng.randint(5, 20)),
        "IPC分类号": SEPARATOR.join(text.ipc),
        "IPC主分类号(小类)": text.ipc[0][:4],
        "CPC分类号": SEPARATOR.join(text.cpc) if rng.random() < 0.95 else "",
        "战略新兴产业分类": _emerging_industry(filing.branches),
        "被引用专利数量": str(rng.randint(0, 12)),
        "引用专利数量": str(rng.randint(0, 9)),
        "简单法律状态": filing.legal_status,
        "简单同族成员数量": str(sum(len(member.publications) for member in filing.family.filings)),
        "法律状态/事件": rng.choice(EVENTS[(filing.legal_status, filing.publications[-1].is_grant)]),
        **_places(record),
        "申请年": str(filing.filing_date.year),
        "优先权国家": "" if filing.is_first else filing.family.first.office,
    }


def _renamed_cells(record: Record, rng: Random) -> dict[str, str]:
    cells = {RENAMED_FROM.get(header, header): text for header, text in _cells(record, rng).items()}
    if cells["专利类型"] != "实用新型":
        # The user's own export spoke of 发明专利 for applications and grants alike.
        cells["专利类型"] = "发明专利"
    has_value = rng.random() < 0.8
    return cells | {
        "专利价值": f"$ {rng.randint(10, 900) * 100:,}" if has_value else "",
        "代理机构": f"合成专利代理事务所 {rng.randint(1, 20):02d}",
        "代理人": f"合成代理人 {rng.randint(1, 60):03d}",
    }


def _patent_type(record: Record) -> str:
    if record.filing.is_utility:
        return "实用新型"
    return "授权发明" if record.publication.is_grant else "发明申请"


def _as_filed(applicant: Applicant, office: str, rng: Random) -> str:
    if office == "TW":
        return spelled(applicant, "tw", 0.7, TO_TRADITIONAL.convert(applicant.name_zh), rng)
    return spelled(applicant, "zh", 0.3, applicant.name_zh, rng)


def _places(record: Record) -> dict[str, str]:
    """Seats of all applicants, the first one's first; a place that repeats is written once, as the tool does."""
    day, applicants = record.filing.filing_date, record.filing.applicants
    seats = [(a.province, a.city, a.district_on(day)) for a in applicants]
    provinces, cities, districts = zip(*seats, strict=True)
    return {
        "当前申请(专利权)人州/省": SEPARATOR.join(dict.fromkeys(filter(None, provinces))),
        "当前申请(专利权)人地市": SEPARATOR.join(dict.fromkeys(filter(None, cities))),
        "当前申请(专利权)人区县": SEPARATOR.join(dict.fromkeys(filter(None, districts))),
    }


def _emerging_industry(branches: tuple[str, ...]) -> str:
    if not branches:
        return ""
    return EMERGING_INDUSTRY[TIER.get(branches[0].split(".")[0], "future")]


def _layout(columns: tuple[str, ...], cells, number: str, publication_date: str) -> Layout:
    return Layout(
        columns=columns,
        cells=cells,
        publication_number=number,
        application_number="申请号",
        filing_date="申请日",
        publication_date=publication_date,
        inventors="发明人",
        write_date=date.isoformat,
        impossible_date="2021-13-45",
        null="-",
        has_placeholders=True,
    )


FIRST_LAYOUT = _layout(FIRST_GENERATION, _cells, "公开(公告)号", "公开(公告)日")
RENAMED_LAYOUT = _layout(RENAMED, _renamed_cells, "公开公告号", "公开公告日")


def write(path: Path, sheet: Sheet) -> None:
    """Write the sheet as a workbook; blank rows stay without cells."""
    workbook = xlsxwriter.Workbook(str(path), {"strings_to_numbers": False, "strings_to_urls": False})
    workbook.set_properties({"created": CREATED, "comments": "SYNTHETIC 合成数据"})
    worksheet = workbook.add_worksheet("sheet1")
    worksheet.freeze_panes(1, 0)
    for row_number, row in enumerate((sheet.columns, *sheet.rows)):
        if any(row):
            for column, text in enumerate(row):
                worksheet.write_string(row_number, column, text)
    workbook.close()
