"""A sample of the published warehouse for experts to label: a workbook to fill in and the same as JSONL, both for `patnav evaluate`.

Labellers judge blind: the workbook shows texts alone, in an order that tells nothing. Which stratum drew a record stands apart.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

from flows.whole_files import new_file, require_new
from schemas.branches import Taxonomy
from warehouse.record import Drawn, drawn_by_lot, records_of
from warehouse.report.spreadsheet import csv_text

# Half of a branch's share are what it claims, a quarter its wide reading, a quarter what no symbol confirms.
SHARES = {"core": 2, "related": 1, "candidate": 1}
COLUMNS = ("id", "title", "abstract", "claims", "core", "disputed", "note", "ipc_symbols", "cpc_symbols")
HIDDEN = ("ipc_symbols", "cpc_symbols")
_WIDTHS = {"id": 18, "title": 45, "abstract": 80, "claims": 50, "core": 24, "disputed": 24, "note": 24}
_GUIDE = (
    "只凭文字判断。core 填所属分支的编号（见“分支 branches”），多个以 ; 隔开，不属于任何分支填 -，未判断留空；"
    "disputed 填有争议的分支。Judge from the text alone. core: ids of the branches (see the other sheet), ; between several, "
    "- for none, empty where you have not decided; disputed: branches on which readers differ."
)


@dataclass(frozen=True)
class GoldSample:
    """`files`: workbook, JSONL, strata. `short`: branches of which the warehouse holds fewer filings than were asked for."""

    records: int
    unlabelled: int
    short: tuple[str, ...]
    files: tuple[Path, ...]


def write_gold_sample(database: Path, target: Path, taxonomy: Taxonomy, per_branch: int, seed: int) -> GoldSample:
    """Draw `per_branch` filings of every branch over its levels and as many without any label, and write them beside `target`.

    Same version, seed and number: same files. Raises WorkspaceError where one of the files is there already, since it may hold labels.
    """
    stem = target.with_suffix("") if target.suffix.lower() in (".xlsx", ".jsonl") else target
    files = tuple(stem.with_name(f"{stem.name}{ending}") for ending in (".xlsx", ".jsonl", ".strata.csv"))
    for file in files:
        require_new(file)
    drawn = _chosen(drawn_by_lot(database, per_branch, seed), per_branch)
    rows = _in_order_of_lot(_rows(database, {each.application_id for each in drawn}), seed)
    stem.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(_gold(row), ensure_ascii=False) + "\n" for row in rows)
    with new_file(files[0]) as book, new_file(files[1]) as gold, new_file(files[2]) as strata:
        _write_workbook(book, rows, taxonomy)
        gold.write_text(lines, encoding="utf-8")
        strata.write_text(_strata(drawn, rows), encoding="utf-8", newline="")
    of_branch = defaultdict(int)
    for each in drawn:
        of_branch[each.branch] += 1
    short = tuple(sorted(branch.id for branch in taxonomy.branches if of_branch[branch.id] < per_branch))
    return GoldSample(len(rows), of_branch[None], short, files)


def _chosen(drawn: Iterable[Drawn], per_branch: int) -> list[Drawn]:
    strata: dict[str | None, dict[str | None, list[Drawn]]] = defaultdict(lambda: defaultdict(list))
    for each in drawn:
        strata[each.branch][each.level].append(each)
    return [each for levels in strata.values() for each in _allotted(levels, per_branch)]


def _allotted(levels: dict[str | None, list[Drawn]], wanted: int) -> list[Drawn]:
    """So many in all, each level by its share; what one level lacks the others make up for, core first."""
    total = sum(SHARES.values())
    taken = {level: min(len(found), wanted * SHARES.get(level, total) // total) for level, found in levels.items()}
    for level in sorted(levels, key=lambda each: list(SHARES).index(each) if each in SHARES else 0):
        taken[level] += min(wanted - sum(taken.values()), len(levels[level]) - taken[level])
    return [each for level, found in levels.items() for each in found[: taken[level]]]


def _rows(database: Path, applications: set[str]) -> list[dict[str, Any]]:
    columns, rows = records_of(database, sorted(applications))
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _in_order_of_lot(rows: list[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: hashlib.sha256(f"{seed}|{row['publication_number']}".encode()).digest())


def _gold(row: dict[str, Any]) -> dict[str, Any]:
    ipc, cpc = row["ipc_symbols"] or [], row["cpc_symbols"] or []
    texts = {"id": row["publication_number"], **{name: row[name] for name in ("title", "abstract", "claims")}}
    codes = list(dict.fromkeys([*cpc, *ipc]))
    return texts | {"codes": codes, "ipc_symbols": ipc, "cpc_symbols": cpc, "core": None, "disputed": []}


def _strata(drawn: Iterable[Drawn], rows: list[dict[str, Any]]) -> str:
    number = {row["application_id"]: row["publication_number"] for row in rows}
    lines = [(number[each.application_id], each.branch, each.level, each.members) for each in drawn]
    return csv_text(("id", "branch", "level", "filings_in_stratum"), lines)


def _write_workbook(target: Path, rows: list[dict[str, Any]], taxonomy: Taxonomy) -> None:
    # Texts stay texts: nothing in the file is a formula or a link, whatever a title says.
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(target, plain) as book:
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        sheet, tree = book.add_worksheet("标注 label"), book.add_worksheet("分支 branches")
        sheet.write_string(0, 0, _GUIDE)
        for column, name in enumerate(COLUMNS):
            sheet.set_column(column, column, _WIDTHS.get(name, 14), wrapped, {"hidden": name in HIDDEN})
            sheet.write_string(1, column, name, bold)
        for index, row in enumerate(rows, start=2):
            for column, text in enumerate(_cells(row)):
                if text:
                    sheet.write_string(index, column, text)
        choice = {"validate": "list", "source": f"='分支 branches'!$A$2:$A${len(taxonomy.branches) + 2}"}
        column = COLUMNS.index("core")
        # The list offers single branches; several with ; between may be typed.
        sheet.data_validation(2, column, len(rows) + 1, column, choice | {"show_error": False})
        sheet.freeze_panes(2, 1)
        _write_tree(tree, taxonomy, bold, wrapped)


def _cells(row: dict[str, Any]) -> list[str]:
    texts = [row["publication_number"], row["title"], row["abstract"], row["claims"]]
    symbols = ["; ".join(row[name] or []) for name in HIDDEN]
    return [(text or "")[:32_000] for text in (*texts, "", "", "", *symbols)]


def _write_tree(sheet: Any, taxonomy: Taxonomy, bold: Any, wrapped: Any) -> None:
    columns = ("branch", "名称", "title", "定义", "definition", "包括 in", "不包括 out")
    lines = [("-", "不属于任何分支", "none of the branches", "", "", "", "")]
    for each in sorted(taxonomy.branches, key=lambda branch: branch.id):
        definitions = (each.definition_zh, each.definition_en)
        lines.append((each.id, each.zh, each.en, *definitions, each.scope_in, each.scope_out))
    for column, width in enumerate((24, 22, 30, 50, 50, 40, 40)):
        sheet.set_column(column, column, width, wrapped)
    for index, line in enumerate((columns, *lines)):
        for column, text in enumerate(line):
            sheet.write_string(index, column, text, *([bold] if index == 0 else []))
    sheet.freeze_panes(1, 1)
