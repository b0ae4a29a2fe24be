"""Figure 1, table 1 and figure 6: the chain, the policies and the enterprises, all from reference tables."""

from __future__ import annotations

from collections.abc import Sequence

from warehouse.report.figure import Box, Cell, ChainMap, Figure, Reader, Stage, cut_table, figure, table
from warehouse.report.reading import Row
from warehouse.report.wording import NOTHING, Words

# Who stands in the seed document is named first in its boxes; a box with more names than this is not read.
SEED, MOST_NAMES = "seed report", 8
STAGES = ("upstream", "midstream", "downstream", "user")


def chain_map(reader: Reader) -> Figure:
    words, answer = reader.words, reader.ask("chain_map")
    if not answer.rows:
        return figure(reader, answer, empty=words.say("chain_map_empty"))
    branch_titles = {row["branch"]: words.one_of(row, "title") for row in reader.ask("branch_definition").rows}
    by_stage = {stage: [row for row in answer.rows if row["chain_stage"] == stage] for stage in STAGES}
    stages = tuple(
        Stage(words.code("chain_stage", stage), tuple(_box(words, row, branch_titles) for row in rows))
        for stage, rows in by_stage.items()
    )
    told = words["separator"].join(
        words["stage_boxes"].format(stage=stage.title, boxes=len(stage.boxes)) for stage in stages
    )
    return figure(
        reader,
        answer,
        unit=words["box_unit"],
        readings=(words.say("chain_map_says", told=told),),
        charts=(ChainMap(stages),),
        sheet=table(words, answer, ("chain_stage", f"title_{words.language}", "origin", "branches", "note")),
    )


def _box(words: Words, row: Row, branch_titles: dict[object, str]) -> Box:
    branches = words["separator"].join(branch_titles.get(branch, str(branch)) for branch in row["branches"] or ())
    note = "" if row["origin"] == "seed" else words["from_origin"].format(origin=words.code("origin", row["origin"]))
    return Box(words.one_of(row, "title"), note, words["served_by"] + branches if branches else "")


def policy(reader: Reader) -> Figure:
    words, answer = reader.words, reader.ask("policy")
    if not answer.rows:
        return figure(reader, answer, empty=words.say("policy_empty"))
    months = sorted(str(row["issued_in"]) for row in answer.rows)
    flagged = sum(bool(row["data_flag"]) for row in answer.rows)
    says = words.say(
        "policy_says", policies=len(answer.rows), first_month=months[0], last_month=months[-1], flagged=flagged
    )
    return figure(
        reader,
        answer,
        unit=words["policy_unit"],
        readings=(says,),
        sheet=table(words, answer, ("policy_id", "issued_in", "issuer", "policy_title", "data_flag")),
        is_sheet_open=True,
    )


def enterprise_stage(reader: Reader) -> Figure:
    words, answer = reader.words, reader.ask("enterprise_stage")
    if not answer.rows:
        return figure(reader, answer, empty=words.say("enterprise_stage_empty"))
    by_enterprise: dict[object, list[Row]] = {}
    for row in answer.rows:
        by_enterprise.setdefault(row["enterprise_id"], []).append(row)
    at_stage = {
        stage: {row["enterprise_id"] for row in answer.rows if row["chain_stage"] == stage} for stage in (*STAGES, None)
    }
    titles = {stage: _stage_title(words, stage) for stage, enterprises in at_stage.items() if enterprises}
    told = words["separator"].join(
        words["stage_enterprises"].format(stage=title, enterprises=f"{len(at_stage[stage]):,}")
        for stage, title in titles.items()
    )
    stages = tuple(
        Stage(f"{title} {len(at_stage[stage]):,}", _product_boxes(words, answer.rows, stage))
        for stage, title in titles.items()
        if stage is not None
    )
    head = (words.title(answer, "enterprise_name"), words["place"], *titles.values())
    return figure(
        reader,
        answer,
        unit=words.code("unit", "enterprise"),
        readings=(words.say("enterprise_stage_says", enterprises=len(by_enterprise), told=told),),
        notes=(words.say("enterprise_names_shown", shown=MOST_NAMES),),
        charts=(ChainMap(stages),) if stages else (),
        sheet=cut_table(head, [_enterprise_row(words, rows, tuple(titles)) for rows in by_enterprise.values()]),
    )


def _product_boxes(words: Words, rows: Sequence[Row], stage: str) -> tuple[Box, ...]:
    """A box per product of the stage, that with most enterprises first; enterprises of the seed document are named first."""
    by_product: dict[str, dict[object, Row]] = {}
    for row in rows:
        if row["chain_stage"] == stage:
            by_product.setdefault(str(row["product"] or ""), {}).setdefault(row["enterprise_id"], row)
    ordered = sorted(by_product.items(), key=lambda item: (item[0] == "", -len(item[1]), item[0]))
    return tuple(_product_box(words, product, list(made_by.values())) for product, made_by in ordered)


def _product_box(words: Words, product: str, rows: Sequence[Row]) -> Box:
    by_place = sorted(rows, key=lambda row: (row["source"] != SEED, str(row["enterprise_name"])))
    names = words["separator"].join(str(row["enterprise_name"]) for row in by_place[:MOST_NAMES])
    more = words["and_more"] if len(rows) > MOST_NAMES else ""
    return Box(
        product or words["product_unknown"], words["box_enterprises"].format(enterprises=len(rows)), names + more
    )


def _stage_title(words: Words, stage: str | None) -> str:
    return words["stage_unknown"] if stage is None else words.code("chain_stage", stage)


def _enterprise_row(words: Words, rows: Sequence[Row], stages: Sequence[str | None]) -> tuple[Cell, ...]:
    first = rows[0]
    place = " ".join(dict.fromkeys(str(first[name]) for name in ("province", "city", "district") if first[name]))
    return (
        Cell(str(first["enterprise_name"])),
        Cell(place or NOTHING),
        *(_stage_cell(words, [row for row in rows if row["chain_stage"] == stage]) for stage in stages),
    )


def _stage_cell(words: Words, rows: Sequence[Row]) -> Cell:
    products = words["separator"].join(str(row["product"]) for row in rows if row["product"])
    return Cell(products or "●", look="mark") if rows else Cell("")
