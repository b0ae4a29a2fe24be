"""Cities of the focus province, and figures 7 and 8: districts of the focus city."""

from __future__ import annotations

import math
from collections.abc import Sequence

from warehouse.report.figure import SHADES, Figure, Reader, Tile, TileMap, figure, picked, table
from warehouse.report.ranking import bars_left_out, first_ranked, ranking_chart, unranked
from warehouse.report.reading import Answer, Row
from warehouse.report.wording import Sentence, Words

LEADING_DISTRICTS = 3


def city_share(reader: Reader) -> Figure:
    return _cities(reader, reader.ask_at_level("city_share"), "applications")


def city_enterprise_share(reader: Reader) -> Figure:
    return _cities(reader, reader.ask("city_enterprise_share"), "enterprises")


def district_applications(reader: Reader) -> Figure:
    return _districts(reader, reader.ask_at_level("district_applications"), "applications")


def district_enterprises(reader: Reader) -> Figure:
    return _districts(reader, reader.ask("district_enterprises"), "enterprises")


def _cities(reader: Reader, answer: Answer, measure: str) -> Figure:
    focus = next((row for row in answer.rows if row["is_focus_city"]), None)
    values = {"city": reader.scope.city, "province": reader.scope.province, "total": _total(answer.rows, measure)}
    says = [reader.words.say(f"{answer.question}_says", **values, **picked(focus, measure, "share"))] if focus else []
    columns = ("rank", "city_name", measure, "share")
    return _places(reader, answer, measure, columns, says, focus="is_focus_city")


def _districts(reader: Reader, answer: Answer, measure: str) -> Figure:
    words = reader.words
    leading = [row for row in answer.rows if (row["rank"] or LEADING_DISTRICTS + 1) <= LEADING_DISTRICTS]
    names = words["separator"].join(_name(words, row, "district") for row in leading if row[measure])
    says = []
    if leading:
        # Tied districts share the cumulative share, so the last row's holds for all that are named.
        values = {"names": names, "cumulative_share": leading[-1]["cumulative_share"]}
        total = _total(answer.rows, measure)
        says.append(words.say(f"{answer.question}_says", city=reader.scope.city, total=total, **values))
    columns = ("rank", "district_name", measure, "share", "cumulative_share")
    return _places(reader, answer, measure, columns, says, map_of="district")


def _places(
    reader: Reader,
    answer: Answer,
    measure: str,
    columns: Sequence[str],
    says: Sequence[Sentence],
    focus: str | None = None,
    map_of: str | None = None,
) -> Figure:
    words, scope = reader.words, reader.scope
    if not _total(answer.rows, measure):
        why = words.say(f"{answer.question}_empty", province=scope.province, city=scope.city)
        return figure(reader, answer, is_half_wide=True, empty=why)
    unknown = unranked(answer.rows, measure)
    shown = [*first_ranked(answer.rows, measure, focus), *unknown]
    labels = [_name(words, row, columns[1].removesuffix("_name")) for row in shown]
    not_known = [words.say("place_unknown", members=_total(unknown, measure))] if unknown else []
    tiles = (_tile_map(reader, answer, measure, map_of),) if map_of else ()
    return figure(
        reader,
        answer,
        readings=tuple(says),
        notes=(*bars_left_out(words, answer.rows, measure), *not_known),
        charts=(*tiles, ranking_chart(reader, answer.question, shown, labels, measure, focus)),
        sheet=table(words, answer, columns),
        is_half_wide=True,
    )


def _tile_map(reader: Reader, answer: Answer, measure: str, place: str) -> TileMap:
    """Every place that is or was one, by code, so that two maps of a city can be laid side by side."""
    words = reader.words
    placed = [
        row for row in answer.rows if row[f"{place}_code"] and (row[measure] or row["region_status"] == "current")
    ]
    most = max(row[measure] for row in placed) if placed else 0
    tiles = tuple(
        Tile(
            name := _name(words, row, place),
            words.written(measure, row[measure]),
            f"shade{math.ceil(SHADES * row[measure] / (most or 1))}",
            f"{name}: {words.written(measure, row[measure])} · {words.written('share', row['share'])}",
        )
        for row in sorted(placed, key=lambda row: row[f"{place}_code"])
    )
    return TileMap(words["tile_map"], tiles)


def _total(rows: Sequence[Row], measure: str) -> int:
    return sum(row[measure] for row in rows)


def _name(words: Words, row: Row, place: str) -> str:
    if row[f"{place}_code"] is None:
        return words["unknown_place"]
    is_abolished = row.get("region_status") == "abolished"
    return str(row[f"{place}_name"]) + (words["abolished_mark"] if is_abolished else "")
