"""Small taxonomies made in memory, for tests that need a rule and nothing else."""

from __future__ import annotations

import polars as pl

from schemas.branches import Block, Branch, Taxonomy, Tier, load_taxonomy
from transforms.classify import RECORDS


def branch(core: str, related: str = "TI:zzz", exclude: str | None = None, **changes) -> Branch:
    blocks = {"S": Block("text", ("strong",)), "A": Block("codes", ("G06N10",)), "B": Block("codes", ("G06F",))}
    rules = {"core": core, "text_core": changes.pop("text_core", None), "related": related, "exclude": exclude}
    fields = {
        "id": "top.sub",
        "parent": "top",
        "zh": "分支",
        "en": "Branch",
        "origin": "seed",
        "reason": "",
        "is_hot_in_seed": False,
        "priority": 1,
        "definition_zh": "定义",
        "definition_en": "definition",
        "scope_in": "in",
        "scope_out": "out",
        "note": "",
        "blocks": blocks | changes.pop("blocks", {}),
        "rules": {key: rule for key, rule in rules.items() if rule},
        "strong_terms": "S",
        "codes_a": "A",
        "codes_b": "B",
        "examples": (),
        "version": "test",
    }
    return Branch(**fields | changes)


def taxonomy(*branches: Branch, masks: tuple[str, ...] = (), blocks: dict[str, Block] | None = None) -> Taxonomy:
    tiers = (Tier("t", 1, None, "一", "One", "seed"), Tier("top", 2, "t", "二", "Two", "seed"))
    return Taxonomy("1.0.0+test", tiers, branches, masks, blocks or {}, load_taxonomy().weights)


def records(*rows: dict) -> pl.DataFrame:
    """Rows with any of the columns of RECORDS; ids are given in order where a row has none."""
    filled = [dict.fromkeys(RECORDS) | {"record_id": f"r{at:04}"} | row for at, row in enumerate(rows)]
    return pl.DataFrame(filled, schema=RECORDS)
