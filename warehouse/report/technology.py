"""Figures 4 and 5: applicants by branch, and the technology tree."""

from __future__ import annotations

import math
from collections.abc import Sequence

from warehouse.report.drawing import Bar, bar_chart
from warehouse.report.figure import SHADES, Cell, Figure, HeatMap, Reader, Sheet, figure, picked, table
from warehouse.report.reading import Row
from warehouse.report.wording import Words

MOST_GROUPS = 10


def applicant_branch(reader: Reader) -> Figure:
    words, answer = reader.words, reader.ask("applicant_branch")
    period = _period(answer.rows)
    rows = [row for row in answer.rows if row["period"] == period]
    if not any(row["families"] for row in rows):
        return figure(reader, answer, rows, empty=words.say("applicant_branch_empty"))
    branches = [row["branch"] for row in _tree(reader.ask("branch_structure").rows) if row["tier"] == 3]
    groups = list(dict.fromkeys((row["group_id"], f"{row['group_rank']} {row['group_name']}") for row in rows))
    shown = groups[:MOST_GROUPS]
    top = max(rows, key=lambda row: row["families"])
    largest = words.say(
        "applicant_branch_says",
        group=top["group_name"],
        branch=words.one_of(top, "branch"),
        families=top["families"],
    )
    in_focus = {row["branch"] for row in reader.ask("focus_branch").rows if row["is_focus"]}
    focus_note = [words.say("focus_note", focus_branches=len(in_focus))] if in_focus else []
    measures = ("families", "row_share", "column_share")
    filed = [row for row in rows if row["families"]]
    left_out = [words.say("groups_left_out", shown=len(shown), groups=len(groups))] if len(groups) > len(shown) else []
    return figure(
        reader,
        answer,
        rows,
        readings=(words.say(period, **picked(top, "first_year", "last_year")), largest),
        notes=(*focus_note, words.say("branches_overlap"), *left_out),
        charts=(HeatMap(_heat(words, branches, shown, rows, in_focus), words["applicant_branch_title"]),),
        sheet=table(words, answer, ("group_rank", "group_name", f"branch_{words.language}", *measures), filed),
    )


def _period(rows: Sequence[Row]) -> str:
    has_recent = any(row["families"] for row in rows if row["period"] == "recent_3_years")
    return "recent_3_years" if has_recent else "all_years"


def _heat(
    words: Words, branches: Sequence[object], groups: Sequence[tuple], rows: Sequence[Row], in_focus: set[object]
) -> Sheet:
    largest = max(row["families"] for row in rows)
    by_cell = {(row["branch"], row["group_id"]): row for row in rows}
    titles = (words["branch"], *(name for _, name in groups))
    body = []
    for branch in branches:
        found = [by_cell[branch, group] for group, _ in groups]
        is_focus = branch in in_focus
        head = Cell(
            words.one_of(found[0], "branch") + (words["focus_mark"] if is_focus else ""), "focus" if is_focus else ""
        )
        body.append((head, *(_heat_cell(words, row, largest) for row in found)))
    return Sheet(titles, tuple(body))


def _heat_cell(words: Words, row: Row, largest: int) -> Cell:
    names = ("families", "row_share", "column_share")
    hover = words["heat_hover"].format(
        group=row["group_name"],
        branch=words.one_of(row, "branch"),
        **{name: words.written(name, row[name]) for name in names},
    )
    shade = math.ceil(SHADES * row["families"] / largest)
    return Cell(words.written("families", row["families"]), f"shade{shade}", hover)


def _tree(rows: Sequence[Row]) -> list[Row]:
    """Every node followed by its branches, in the order of the rows."""

    def below(parent: object) -> list[Row]:
        return [node for row in rows if row["parent_branch"] == parent for node in (row, *below(row["branch"]))]

    return below(None)


def branch_structure(reader: Reader) -> Figure:
    words, answer = reader.words, reader.ask("branch_structure")
    if not answer.rows:
        return figure(reader, answer, empty=words.say("branch_structure_empty"))
    nodes = _tree(answer.rows)
    largest = max(row["families"] for row in nodes)
    title = words["branch_structure_title"]
    bars = [_branch_bar(words, row, largest) for row in nodes]
    tiers = {f"tier{tier}": sum(row["tier"] == tier for row in nodes) for tier in (1, 2, 3)}
    ours = [row["tier"] for row in nodes if row["origin"] == "reconstructed"]
    notes = [words.say("reconstructed_note")] if ours else []
    if any(row["is_double_counted"] for row in nodes):
        notes.append(words.say("branches_overlap"))
    if not largest:
        notes.append(words.say("no_core_label"))
    return figure(
        reader,
        answer,
        readings=(
            words.say(
                "branch_structure_says",
                reconstructed=len(ours),
                tier2_ours=ours.count(2),
                tier3_ours=ours.count(3),
                **tiers,
            ),
        ),
        notes=tuple(notes),
        charts=(bar_chart(answer.question, title, words["bar_chart"].format(title=title, rows=len(bars)), bars),),
        sheet=table(
            words, answer, ("tier", f"title_{words.language}", "families", "applications", "share", "origin"), nodes
        ),
    )


def _branch_bar(words: Words, row: Row, largest: int) -> Bar:
    is_ours = row["origin"] == "reconstructed"
    label = words.one_of(row, "title") + (words["reconstructed_mark"] if is_ours else "")
    written = {name: words.written(name, row[name]) for name in ("families", "applications", "share")}
    return Bar(
        label,
        written["families"],
        row["families"] / (largest or 1),
        words["branch_hover"].format(label=label, **written),
        "hollow" if is_ours else "plain",
        depth=row["tier"] - 1,
    )
