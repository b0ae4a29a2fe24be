"""Figures 2 and 3: filings by year, office and province."""

from __future__ import annotations

from collections.abc import Sequence

from warehouse.report.drawing import Series, YearChart, year_chart
from warehouse.report.figure import Figure, Reader, figure, picked, table
from warehouse.report.ranking import bars_left_out, first_ranked, ranking_chart, unranked
from warehouse.report.reading import Row
from warehouse.report.wording import Sentence, Words

MOST_YEARS = 30
# How a series of a year chart looks; the focus province looks the same wherever it is drawn.
COLUMNS, CN_OFFICE_LINE, FOCUS_LINE, RIVAL_LINE = 0, 1, 2, 3
AREAS = {"all": COLUMNS, "cn_office": CN_OFFICE_LINE, "focus_province": FOCUS_LINE}


def filing_trend(reader: Reader) -> Figure:
    words, answer = reader.words, reader.ask_at_level("filing_trend")
    rows = [row for row in answer.rows if row["patent_type"] == "all"]
    first_year = min((row["filing_year"] for row in rows if row["applications"]), default=None)
    if first_year is None:
        return figure(reader, answer, rows, empty=words.say("filing_trend_empty"))
    rows = [row for row in rows if row["filing_year"] >= first_year]
    series = {area: [row for row in rows if row["area"] == area] for area in AREAS}
    names = {area: words.code("area", area) for area in AREAS} | {"focus_province": reader.scope.province}
    named = {names[area]: (look, series[area]) for area, look in AREAS.items()}
    columns = ("area", "filing_year", "applications", "cumulative_applications", "growth", "is_complete_year")
    return figure(
        reader,
        answer,
        rows,
        readings=_trend_sentences(reader, series),
        notes=_year_notes(words, series["all"]),
        charts=(_chart(words, "filing_trend", named),),
        sheet=table(words, answer, columns, rows),
    )


def _trend_sentences(reader: Reader, series: dict[str, list[Row]]) -> tuple[Sentence, ...]:
    words, whole = reader.words, series["all"]
    total = {area: rows[-1]["cumulative_applications"] for area, rows in series.items()}
    says = words.say(
        "filing_trend_says",
        first_year=whole[0]["filing_year"],
        last_year=max(row["filing_year"] for row in whole if row["applications"]),
        applications=total["all"],
        cn_applications=total["cn_office"],
        province=reader.scope.province,
        focus_applications=total["focus_province"],
    )
    last = next((row for row in whole if row["filing_year"] == row["last_complete_year"]), None)
    if last is None:
        return (says,)
    key = "last_complete_year_says" if last["growth"] is None else "last_complete_year_grew"
    # A sentence takes the values it has places for.
    return (says, words.say(key, **picked(last, "filing_year", "applications", "growth")))


def _year_notes(words: Words, rows: Sequence[Row]) -> tuple[Sentence, ...]:
    last = rows[0]["last_complete_year"]
    notes = [words.say("years_unknown") if last is None else words.say("years_after", last_complete_year=last)]
    early = rows[: max(0, len(rows) - MOST_YEARS)]
    if early:
        filed = sum(row["applications"] for row in early)
        notes.append(words.say("years_cut", last_year=early[-1]["filing_year"], applications=filed))
    return tuple(notes)


def _chart(words: Words, name: str, named: dict[str, tuple[int, list[Row]]]) -> YearChart:
    """`named`: name of the series -> (look, rows by year); all series have the same years."""
    shown = {one: (look, rows[-MOST_YEARS:]) for one, (look, rows) in named.items()}
    first = next(iter(shown.values()))[1]
    years = [row["filing_year"] for row in first]
    complete = [row["is_complete_year"] is True for row in first]
    series = [Series(one, look, tuple(row["applications"] for row in rows)) for one, (look, rows) in shown.items()]
    hovers = [_hover(words, year, series, at, complete[at]) for at, year in enumerate(years)]
    description = words["year_chart"].format(first=years[0], last=years[-1], names=words["separator"].join(named))
    return year_chart(name, words[f"{name}_title"], description, years, complete, series, hovers)


def _hover(words: Words, year: int, series: Sequence[Series], at: int, is_complete: bool) -> str:
    values = words["separator"].join(f"{one.name} {one.values[at]:,}" for one in series)
    return words["year_hover" if is_complete else "year_hover_incomplete"].format(year=year, values=values)


def province_year(reader: Reader) -> Figure:
    words, answer = reader.words, reader.ask_at_level("province_year")
    first_year = min((row["filing_year"] for row in answer.rows if row["applications"]), default=None)
    if first_year is None:
        return figure(reader, answer, empty=words.say("province_year_empty", province=reader.scope.province))
    named: dict[str, tuple[int, list[Row]]] = {}
    for row in answer.rows:
        if row["filing_year"] >= first_year:
            look = FOCUS_LINE if row["is_focus_province"] else RIVAL_LINE
            named.setdefault(str(row["province_name"]), (look, []))[1].append(row)
    columns = ("province_name", "filing_year", "applications", "cumulative_applications", "rank", "is_complete_year")
    shown = [row for _, rows in named.values() for row in rows]
    return figure(
        reader,
        answer,
        readings=(words.say("province_year_says", provinces=words["separator"].join(named)),),
        notes=_year_notes(words, next(iter(named.values()))[1]),
        charts=(_chart(words, "province_year", named),),
        sheet=table(words, answer, columns, shown),
    )


def office_ranking(reader: Reader) -> Figure:
    words, answer = reader.words, reader.ask_at_level("office_ranking")
    if not answer.rows:
        return figure(reader, answer, is_half_wide=True, empty=words.say("office_ranking_empty"))
    apart = unranked(answer.rows, "applications")
    shown = [*first_ranked(answer.rows, "applications"), *apart]
    labels = [f"{words.one_of(row, 'office')} {row['office']}" for row in shown]
    leading = [row for row in answer.rows if row["rank"] is not None and row["rank"] <= 5]
    told = words["separator"].join(f"{words.one_of(row, 'office')} {row['applications']:,}" for row in leading)
    columns = ("rank", f"office_{words.language}", "office", "applications", "share", "is_ip5")
    return figure(
        reader,
        answer,
        readings=(words.say("office_ranking_says", told=told),) if leading else (),
        notes=bars_left_out(words, answer.rows, "applications") + ((words.say("office_apart"),) if apart else ()),
        charts=(ranking_chart(reader, "office_ranking", shown, labels, "applications"),),
        sheet=table(words, answer, columns),
        is_half_wide=True,
    )


def province_ranking(reader: Reader) -> Figure:
    words, answer = reader.words, reader.ask_at_level("province_ranking")
    ranked = first_ranked(answer.rows, "applications", "is_focus_province")
    if not ranked:
        return figure(reader, answer, is_half_wide=True, empty=words.say("province_ranking_empty"))
    apart = unranked(answer.rows, "applications")
    labels = [_place(words, row) for row in (*ranked, *apart)]
    chart = ranking_chart(
        reader, "province_ranking", [*ranked, *apart], labels, "applications", focus="is_focus_province"
    )
    unplaced = words.say("provinces_apart", applications=sum(row["applications"] for row in apart))
    return figure(
        reader,
        answer,
        readings=(_focus_rank(reader, ranked),),
        notes=(*bars_left_out(words, answer.rows, "applications"), unplaced),
        charts=(chart,),
        sheet=table(words, answer, ("rank", "province_name", "applications", "share", "place_kind")),
        is_half_wide=True,
    )


def _focus_rank(reader: Reader, ranked: Sequence[Row]) -> Sentence:
    province = reader.scope.province
    focus = next((row for row in ranked if row["is_focus_province"]), None)
    if focus is None:
        return reader.words.say("province_without_filings", province=province)
    return reader.words.say(
        "province_ranking_says", province=province, **picked(focus, "rank", "applications", "share")
    )


def _place(words: Words, row: Row) -> str:
    is_place = row["place_kind"] in ("mainland", "hk_mo_tw")
    return str(row["province_name"]) if is_place else words.code("place_kind", row["place_kind"])
