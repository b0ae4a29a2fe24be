"""Evaluations as a person reads them: tables with headings in 中文 and English."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from flows.explain import evidence_lines
from schemas.branches import Taxonomy
from transforms.classify import RECORDS
from transforms.evaluate import MACRO_SUPPORT, Evaluation, ExplainedError, Score, wilson_interval
from transforms.silver import Share, Silver
from warehouse.record import records_of

SCORE_COLUMNS = ("查准率 precision", "95% 区间 interval", "查全率 recall", "95% 区间 interval", "F1")
GROUPS = {
    "title_zh": "中文题名 Chinese title",
    "title_latin": "非中文题名 other title",
    "with_abstract": "有摘要 with abstract",
    "without_abstract": "无摘要 without abstract",
    "with_codes": "有可用分类号 with usable codes",
    "without_codes": "无可用分类号 without usable codes",
}
VARIANTS = {
    "combined": "完整规则 combined",
    "codes_only_text_unknown": "仅分类号，文字条件略去 codes only, text clauses left out",
    "codes_only_text_absent": "仅分类号，规则原样 codes only, rules as written",
    "terms_only": "仅文字 terms only",
    "no_excludes_or_masks": "无排除与屏蔽 without excludes and masks",
}
KINDS = {"false positive": "误标 false positive", "false negative": "漏标 false negative"}
SILVER_NOTE = (
    "银标检查：文字标签与审查员分类号的一致程度，不是标签的查准率。文字规则看不到分类号，分类号给出时也不知规则，二者相互独立，故无循环论证。\n"
    "Silver check: how far labels from text alone agree with the examiners' symbols; not the precision of the labels. The text rules\n"
    "never see a symbol, and the symbols were given without knowing the rules: two independent sources, hence no circle."
)
SYNTHETIC_NOTE = (
    "注意：合成数据，文字与分类号由同一程序写成，一致与否说明不了任何问题 "
    "SYNTHETIC data: one program wrote the texts and the codes, and their agreement proves nothing\n"
)


@dataclass(frozen=True)
class Shown:
    """A table with its title, ready to print."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple]


def told_evaluation(evaluation: Evaluation, taxonomy: Taxonomy, gold: Path) -> str:
    told = (
        f"{gold.name} · {evaluation.records:,} 条已标注记录 labelled records · 分支体系 taxonomy {evaluation.taxonomy_version} · "
        f"级别 level core；有争议的标签不计 disputed labels do not count"
    )
    if evaluation.unlabelled:
        told += f"\n{evaluation.unlabelled:,} 条尚未标注，未计入 not labelled yet and left out"
    few = f"{len(evaluation.macro_branches)}/{len(taxonomy.branches)}"
    return (
        f"{told}\n宏平均 macro F1: {_figure(evaluation.macro_f1)}，取样本 ≥ {MACRO_SUPPORT} 的 {few} 个分支 "
        f"over the {few} branches with a support of at least {MACRO_SUPPORT}"
    )


def evaluation_tables(evaluation: Evaluation, taxonomy: Taxonomy) -> list[Shown]:
    zh = {branch.id: branch.zh for branch in taxonomy.branches}
    branches = [(branch, zh[branch], *_scored(score), score.support) for branch, score in evaluation.branches.items()]
    whole = [
        ("合计 all (micro)", "", *_scored(evaluation.micro), evaluation.micro.support),
        ("含候选 with candidates", "", *_scored(evaluation.with_candidates), evaluation.with_candidates.support),
    ]
    groups = [
        (GROUPS[name], group.records, *_scored(group.micro), group.micro.support, _figure(group.with_candidates.f1))
        for name, group in evaluation.groups.items()
    ]
    support = "样本 support"
    return [
        Shown("各分支 by branch", ("分支 branch", "名称 title", *SCORE_COLUMNS, support), [*whole, *branches]),
        Shown(
            "各类记录 by kind of record",
            ("记录 records", "条数 number", *SCORE_COLUMNS, support, "含候选 F1 with candidates"),
            groups,
        ),
    ]


def ablation_table(variants: Mapping[str, Evaluation]) -> Shown:
    rows = [
        (VARIANTS[name], *_scored(each.micro), _figure(each.macro_f1), _figure(each.with_candidates.f1))
        for name, each in variants.items()
    ]
    columns = ("证据 evidence", *SCORE_COLUMNS, "宏平均 macro F1", "含候选 F1 with candidates")
    return Shown("消融：各部分的作用 ablation: what each part is worth", columns, rows)


def told_errors(errors: Iterable[ExplainedError]) -> str:
    """Every false positive with its evidence, every false negative with what kept it out."""
    lines = []
    for each in errors:
        error, verdict = each.error, each.verdict
        level = error.level or "不属于 none"
        lines.append(f"{KINDS[error.kind]} · {error.record_id} · {error.branch} · 规则 rules: {level}")
        lines += [f"  题名 title  {error.title}", *evidence_lines(verdict)]
    return "\n".join(lines) or "没有误标与漏标 neither false positives nor false negatives"


def silver_table(silver: Silver) -> Shown:
    columns = (
        "分支 branch",
        "带号记录 carriers",
        "占比 share",
        "文字标签 text labels",
        "其中带号 carrying",
        "带号者被文字找到 carriers found",
        "宽 wide: 标签 labels",
        "带号 carrying",
        "被找到 found",
    )
    rows = [
        (
            each.branch,
            each.carriers.hits,
            _percent(each.carriers),
            each.labels_carrying.total,
            _share(each.labels_carrying),
            _share(each.carriers_found),
            each.wide_labels_carrying.total,
            _share(each.wide_labels_carrying),
            _share(each.wide_carriers_found),
        )
        for each in silver.branches
    ]
    return Shown("各分支 by branch", columns, rows)


def told_silver(silver: Silver) -> str:
    return (
        f"{SILVER_NOTE}\n\n分支体系 taxonomy {silver.taxonomy_version} · {silver.records:,} 条既有文字又有可用分类号的记录 "
        f"records with text and usable codes，{silver.left_out:,} 条缺其一 left out\n"
        "带号 carrying: 有分支代码块 A 的分类号 a symbol of the branch's block A；文字标签 text labels: text_core 成立 holds；"
        "宽 wide: 另含强词 strong terms too"
    )


def warehouse_records(database: Path) -> pl.DataFrame:
    """All filings of a published warehouse as the classifier takes them; a record's id is its publication number."""
    _, rows = records_of(database)
    return pl.DataFrame([row[1:] for row in rows], schema=RECORDS, orient="row")


def _scored(score: Score) -> tuple[str, ...]:
    claimed = score.tp + score.fp
    return (
        _figure(score.precision if claimed else None),
        _interval(score.tp, claimed),
        _figure(score.recall if score.support else None),
        _interval(score.tp, score.support),
        _figure(score.f1 if claimed + score.support else None),
    )


def _figure(figure: float | None) -> str:
    return "—" if figure is None else f"{figure:.3f}"


def _interval(hits: int, total: int) -> str:
    low, high = wilson_interval(hits, total)
    return f"{low:.2f}–{high:.2f}" if total else "—"


def _percent(share: Share) -> str:
    return f"{share.hits / share.total:.1%}" if share.total else "—"


def _share(share: Share) -> str:
    """Hits and share with its interval: 61 = 94% (85–98)."""
    if not share.total:
        return "—"
    low, high = wilson_interval(share.hits, share.total)
    return f"{share.hits} = {share.hits / share.total:.0%} ({low * 100:.0f}–{high * 100:.0f})"


def as_json(evaluation: Evaluation, **more: Any) -> dict[str, Any]:
    """The evaluation and, where asked for, its errors and ablation, for a program to read."""
    return evaluation.as_dict() | {name: value for name, value in more.items() if value is not None}
