"""The files that a team may put into `reference/`: their names, their columns, an example of each. Whoever adds one says it here."""

from __future__ import annotations

import csv
import difflib
import io
from dataclasses import dataclass
from pathlib import Path

from flows.workspace import is_put_there
from schemas.columns import DECISIONS, STAGES_OF_CHAIN
from schemas.reference import TEAM_TABLES
from transforms import corrections, decisions, row_corrections

# In what a table may have been saved; notes and pictures are nobody's loss.
_TABLES = (".csv", ".tsv", ".xls", ".xlsx")


@dataclass(frozen=True)
class TeamFile:
    name: str
    columns: tuple[str, ...]
    zh: str
    en: str
    example: tuple[str, ...]


def _table(name: str, zh: str, en: str, *example: str) -> TeamFile:
    return TeamFile(f"{name}.csv", TEAM_TABLES[name], zh, en, example)


TEAM_FILES = (
    TeamFile(
        decisions.FILE,
        decisions.COLUMNS,
        f"专家对标签的决定，优先于规则；decision 为 {'、'.join(DECISIONS)} 之一。由 patnav review import 写入",
        f"an expert's decisions on labels, which overrule the rules; decision is one of {', '.join(DECISIONS)}. "
        "Written by patnav review import",
        ("CN101000001A", "quantum.circuit", "none", "甲", "2024-06-30", "仅提及 only mentions it"),
    ),
    TeamFile(
        corrections.VALUES,
        corrections.COLUMNS[corrections.VALUES],
        f"更正公布文献的取值，优先于各来源；field 为 {'、'.join(corrections.FIELDS)} 之一",
        f"values of publications that are wrong at the source; field is one of {', '.join(corrections.FIELDS)}",
        ("CN101000001A", "filing_date", "2019-01-02", "甲", "2024-06-30", "按公布文本 as published"),
    ),
    TeamFile(
        corrections.LINKS,
        corrections.COLUMNS[corrections.LINKS],
        "合并（join）或拆分（split）两件公布所在的同族",
        "families to join or to split: decision is join or split",
        ("CN101000001A", "US20210000201A1", "join", "甲", "2024-06-30", "同一发明 one invention"),
    ),
    TeamFile(
        row_corrections.FILE,
        row_corrections.COLUMNS,
        "修补被隔离记录的单元格；corrected_file 为文件标识或收件夹内路径。由 patnav quarantine replay 写入",
        "cells of records that were set aside; corrected_file is the file's key or its path in the inbox. "
        "Written by patnav quarantine replay",
        ("patsnap.csv", "3", "申请日", "2019-01-02", "2019-13-02", "甲", "2024-06-30", "按公布文本 as published"),
    ),
    _table(
        "applicant_alias",
        "申请人的其他写法，归入 applicant_id（core.applicant）",
        "other spellings of an applicant, brought to applicant_id (core.applicant)",
        *("ibm", "国际商业机器(中国)有限公司", "企业年报 annual report"),
    ),
    _table(
        "applicant_not_same",
        "不可归入该申请人的名称",
        "names that are not this applicant's, however alike",
        *("日立金属株式会社", "hitachi", "另一公司 another company"),
    ),
    _table(
        "applicant_group",
        "申请人何时属于哪个集团；结束日留空即至今",
        "which group an applicant belonged to from when to when; without an end, until today",
        *("redhat", "ibm", "2019-07-09", "", "公告 announcement"),
    ),
    _table(
        "place_correction",
        "更正一件公布的地点；市、区可留空",
        "the place of a publication; city and district may be empty",
        *("CN101000001A", "浙江", "杭州", "滨江区", "甲", "2024-06-30", "营业执照 licence"),
    ),
    _table(
        "enterprise",
        f"重点企业；stage 为 {'、'.join(STAGES_OF_CHAIN)} 之一，一个企业可有多行",
        f"enterprises of the industry; stage is one of {', '.join(STAGES_OF_CHAIN)}; several lines for one are allowed",
        *("example", "示例企业", "midstream", "服务器", "浙江", "杭州", "滨江区", "企业名录 directory"),
    ),
    _table(
        "enterprise_alias",
        "重点企业的其他名称，用于对应申请人",
        "other names of an enterprise, by which it meets its filings",
        *("example", "示例企业（杭州）有限公司", "企业名录 directory"),
    ),
)


def strangers(folder: Path) -> list[tuple[str, str]]:
    """Tables in the folder that nothing reads, each with the name that is nearest to theirs."""
    known = [file.name for file in TEAM_FILES]
    found = [path.name for path in folder.iterdir() if path.suffix.lower() in _TABLES] if folder.is_dir() else []
    return [(name, _nearest(name, known)) for name in sorted(found) if name not in known and is_put_there(name)]


def _nearest(name: str, known: list[str]) -> str:
    stem = Path(name).stem.lower()
    return max(known, key=lambda each: difflib.SequenceMatcher(None, stem, Path(each).stem).ratio())


def readme() -> str:
    """The README of a workspace's `reference/`: every file with its columns and an example."""
    return _README + "".join(_section(file) for file in TEAM_FILES)


def as_csv(file: TeamFile) -> str:
    """The file with its example as the only line."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows((file.columns, file.example))
    return text.getvalue()


_README = """\
# 本团队的表 · The team's own tables

此处可放下列 CSV 文件（UTF-8），文件名与列名须完全一致，不需要的不放；每次刷新都会读取。其他名称的表不会被读取，刷新时会点名。

Put any of these CSV files (UTF-8) here; the names of files and columns must be exactly these. Every refresh reads them. A table of
another name is not read, and the refresh names it. The numbers and names in the examples are made up.
"""


def _section(file: TeamFile) -> str:
    return f"\n## {file.name}\n\n{file.zh}。\n\n{file.en[0].upper()}{file.en[1:]}.\n\n```csv\n{as_csv(file)}```\n"
