"""The figures and tables of the page, one function each: rows of the warehouse in, what the page shows out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import duckdb

from warehouse.report.drawing import Bar, BarChart, Series, YearChart, bar_chart, year_chart
from warehouse.report.reading import Answer, Row, ask
from warehouse.report.wording import NOTHING, Sentence, Words

CONVENTIONS = (
    "unit",
    "date_basis",
    "credit",
    "place_rule",
    "patent_types",
    "label_level",
    "boundary_vintage",
)
STAGES = ("upstream", "midstream", "downstream", "user")
MOST_YEARS, MOST_BARS, MOST_GROUPS, MOST_ROWS, SHADES = 30, 15, 10, 200, 4
# How a series of a year chart looks; the focus province looks the same wherever it is drawn.
COLUMNS, CN_OFFICE_LINE, FOCUS_LINE, RIVAL_LINE = 0, 1, 2, 3


@dataclass(frozen=True)
class Scope:
    """What the whole page is about. `level`: the label level that its counts take."""

    build: Row
    level: str
    core_applications: int
    all_applications: int
    province: str
    city: str


@dataclass(frozen=True)
class Reader:
    """The opened warehouse with the words and the scope of the page."""

    connection: duckdb.DuckDBPyConnection
    words: Words
    scope: Scope

    def ask(self, question: str, **parameters: object) -> Answer:
        return ask(self.connection, question, **parameters)

    def ask_at_level(self, question: str) -> Answer:
        return self.ask(question, label_level=self.scope.level)


@dataclass(frozen=True)
class Cell:
    written: str
    is_number: bool = False
    look: str = ""
    hover: str = ""


@dataclass(frozen=True)
class Sheet:
    """A table as shown; the first cell of a row heads it. `rows_left_out`: how many more stand in the CSV."""

    titles: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    rows_left_out: int = 0


@dataclass(frozen=True)
class HeatMap:
    kind = "heat"
    sheet: Sheet
    caption: str


@dataclass(frozen=True)
class Box:
    title: str
    note: str
    branches: str


@dataclass(frozen=True)
class Stage:
    title: str
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class ChainMap:
    kind = "chain"
    stages: tuple[Stage, ...]


Chart = BarChart | YearChart | HeatMap | ChainMap


@dataclass(frozen=True)
class Figure:
    """`empty` says why there is nothing to show; a figure has either that or charts or an open table."""

    name: str
    title: str
    answer: Answer
    conventions: Sentence
    unit: str = ""
    sentences: tuple[Sentence, ...] = ()
    notes: tuple[Sentence, ...] = ()
    charts: tuple[Chart, ...] = ()
    sheet: Sheet | None = None
    is_sheet_open: bool = False
    empty: Sentence | None = None


@dataclass(frozen=True)
class Section:
    name: str
    title: str
    figures: tuple[Figure, ...]
    sentences: tuple[Sentence, ...] = field(default=())


def sheet(words: Words, answer: Answer, columns: Sequence[str], rows: Sequence[Row] | None = None) -> Sheet:
    """The named columns of an answer (or of some of its rows) as a table."""
    shown = answer.rows if rows is None else rows
    return Sheet(
        tuple(words.title(answer, column) for column in columns),
        tuple(tuple(_cell(words, column, row[column]) for column in columns) for row in shown[:MOST_ROWS]),
        max(0, len(shown) - MOST_ROWS),
    )


def _cell(words: Words, column: str, value: object) -> Cell:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return Cell(words.written(column, value), is_number)


def conventions(words: Words, rows: Sequence[Row]) -> Sentence:
    """The conventions that the rows themselves carry, each with every value that occurs."""
    told = []
    for column in CONVENTIONS:
        codes = dict.fromkeys(row[column] for row in rows if row.get(column) is not None)
        if codes:
            values = words["separator"].join(words.code(column, code) for code in codes)
            told.append(words["convention"].format(name=words.code("column", column), values=values))
    return words.say("conventions", told=words["semicolon"].join(told)) if told else words.say("no_conventions")


def _unit(words: Words, rows: Sequence[Row]) -> str:
    return words["separator"].join(words.code("unit", unit) for unit in dict.fromkeys(row["unit"] for row in rows))


def _figure(reader: Reader, answer: Answer, rows: Sequence[Row] | None = None, **parts: object) -> Figure:
    used = answer.rows if rows is None else rows
    has_unit = "unit" in answer.columns and used
    parts.setdefault("name", answer.question)
    parts.setdefault("title", reader.words[f"{answer.question}_title"])
    parts.setdefault("unit", _unit(reader.words, used) if has_unit else "")
    return Figure(answer=answer, conventions=conventions(reader.words, used), **parts)


# ── 一 industry, 二 policy ───────────────────────────────────────────────────────────────────────────────────────


def chain_map(reader: Reader) -> Figure:
    words, answer = reader.words, reader.ask("chain_map")
    if not answer.rows:
        return _figure(reader, answer, empty=words.say("chain_map_empty"))
    titles = {row["branch"]: words.one_of(row, "title") for row in reader.ask("branch_definition").rows}
    by_stage = {stage: [row for row in answer.rows if row["chain_stage"] == stage] for stage in STAGES}
    stages = tuple(
        Stage(words.code("chain_stage", stage), tuple(_box(words, row, titles) for row in rows))
        for stage, rows in by_stage.items()
    )
    told = words["separator"].join(
        words["stage_boxes"].format(stage=words.code("chain_stage", stage), boxes=len(rows))
        for stage, rows in by_stage.items()
    )
    return _figure(
        reader,
        answer,
        unit=words["box_unit"],
        sentences=(words.say("chain_map_says", told=told),),
        charts=(ChainMap(stages),),
        sheet=sheet(words, answer, ("chain_stage", f"title_{words.language}", "origin", "branches", "note")),
    )


def _box(words: Words, row: Row, titles: dict[object, str]) -> Box:
    branches = words["separator"].join(titles.get(branch, str(branch)) for branch in row["branches"] or ())
    note = "" if row["origin"] == "seed" else words["from_origin"].format(origin=words.code("origin", row["origin"]))
    return Box(words.one_of(row, "title"), note, branches)


def policy(reader: Reader) -> Figure:
    words, answer = reader.words, reader.ask("policy")
    if not answer.rows:
        return _figure(reader, answer, empty=words.say("policy_empty"))
    issued = sorted(str(row["issued_in"]) for row in answer.rows)
    flagged = sum(bool(row["data_flag"]) for row in answer.rows)
    says = words.say(
        "policy_says", policies=len(answer.rows), first_month=issued[0], last_month=issued[-1], flagged=flagged
    )
    columns = ("policy_id", "issued_in", "issuer", "policy_title", "data_flag")
    return _figure(
        reader,
        answer,
        unit=words["policy_unit"],
        sentences=(says,),
        sheet=sheet(words, answer, columns),
        is_sheet_open=True,
    )


# ── 三 patents ──────────────────────────────────────────────────────────────────────────────────────────────────


def filing_trend(reader: Reader) -> Figure:
    words, answer = reader.words, reader.ask_at_level("filing_trend")
    rows = [row for row in answer.rows if row["patent_type"] == "all"]
    whole = [row for row in rows if row["area"] == "all"]
    if not any(row["applications"] for row in whole):
        return _figure(reader, answer, rows, empty=words.say("filing_trend_empty"))
    areas = ("all", "cn_office", "focus_province")
    names = {area: reader.scope.province if area == "focus_province" else words.code("area", area) for area in areas}
    series = {area: [row for row in rows if row["area"] == area] for area in areas}
    chart = _years(reader, "filing_trend", series, names, (COLUMNS, CN_OFFICE_LINE, FOCUS_LINE))
    columns = ("area", "filing_year", "applications", "cumulative_applications", "growth", "is_complete_year")
    return _figure(
        reader,
        answer,
        rows,
        sentences=_trend_sentences(reader, series),
        notes=_year_notes(reader, whole),
        charts=(chart,),
        sheet=sheet(words, answer, columns, [row for row in rows if row["applications"] or row["area"] == "all"]),
    )


def _trend_sentences(reader: Reader, series: dict[str, list[Row]]) -> tuple[Sentence, ...]:
    words = reader.words
    total = {area: rows[-1]["cumulative_applications"] for area, rows in series.items()}
    whole = series["all"]
    says = [
        words.say(
            "filing_trend_says",
            first_year=whole[0]["filing_year"],
            last_year=whole[-1]["filing_year"],
            applications=total["all"],
            cn_applications=total["cn_office"],
            province=reader.scope.province,
            focus_applications=total["focus_province"],
        )
    ]
    last = next((row for row in whole if row["filing_year"] == row["last_complete_year"]), None)
    if last and last["growth"] is not None:
        says.append(words.say("last_complete_year_grew", **_pick(last, "filing_year", "applications", "growth")))
    elif last:
        says.append(words.say("last_complete_year_says", **_pick(last, "filing_year", "applications")))
    return tuple(says)


def _pick(row: Row, *columns: str) -> Row:
    return {column: row[column] for column in columns}


def _year_notes(reader: Reader, rows: Sequence[Row]) -> tuple[Sentence, ...]:
    words, last = reader.words, rows[0]["last_complete_year"]
    notes = [words.say("years_unknown") if last is None else words.say("years_after", last_complete_year=last)]
    early = rows[: max(0, len(rows) - MOST_YEARS)]
    if early:
        filed = sum(row["applications"] for row in early)
        notes.append(words.say("years_cut", last_year=early[-1]["filing_year"], applications=filed))
    return tuple(notes)


def _years(
    reader: Reader, name: str, by_series: dict[str, list[Row]], names: dict[str, str], looks: Sequence[int]
) -> YearChart:
    words = reader.words
    rows = {key: found[-MOST_YEARS:] for key, found in by_series.items()}
    first = next(iter(rows.values()))
    years = [row["filing_year"] for row in first]
    series = [
        Series(names[key], look, tuple(row["applications"] for row in rows[key]))
        for key, look in zip(rows, looks, strict=True)
    ]
    complete = [row["is_complete_year"] is True for row in first]
    hovers = [_year_hover(words, year, series, at, complete[at]) for at, year in enumerate(years)]
    description = words["year_chart"].format(
        first=years[0], last=years[-1], names=words["separator"].join(names.values())
    )
    return year_chart(name, words[f"{name}_title"], description, years, complete, series, hovers)


def _year_hover(words: Words, year: int, series: Sequence[Series], at: int, is_complete: bool) -> str:
    values = words["separator"].join(f"{one.name} {one.values[at]:,}" for one in series)
    return words["year_hover" if is_complete else "year_hover_incomplete"].format(year=year, values=values)


def province_year(reader: Reader) -> Figure:
    words, answer = reader.words, reader.ask_at_level("province_year")
    if not answer.rows:
        return _figure(reader, answer, empty=words.say("province_year_empty", province=reader.scope.province))
    series: dict[str, list[Row]] = {}
    for row in answer.rows:
        series.setdefault(str(row["province_name"]), []).append(row)
    looks = (FOCUS_LINE, RIVAL_LINE)[: len(series)]
    chart = _years(reader, "province_year", series, {name: name for name in series}, looks)
    columns = ("province_name", "filing_year", "applications", "cumulative_applications", "rank", "is_complete_year")
    return _figure(
        reader,
        answer,
        sentences=(words.say("province_year_says", provinces=words["separator"].join(series)),),
        notes=_year_notes(reader, next(iter(series.values()))),
        charts=(chart,),
        sheet=sheet(words, answer, columns),
    )


def office_ranking(reader: Reader) -> Figure:
    words, answer = reader.words, reader.ask_at_level("office_ranking")
    if not answer.rows:
        return _figure(reader, answer, empty=words.say("office_ranking_empty"))
    ranked = [row for row in answer.rows if row["rank"] is not None]
    apart = [row for row in answer.rows if row["rank"] is None]
    shown = [*ranked[:MOST_BARS], *apart]
    labels = [f"{words.one_of(row, 'office')} {row['office']}" for row in shown]
    chart = _ranking(reader, "office_ranking", shown, labels, "applications", apart="rank")
    leading = [f"{words.one_of(row, 'office')} {row['applications']:,}" for row in ranked if row["rank"] <= 5]
    says = [words.say("office_ranking_says", told=words["separator"].join(leading))] if leading else []
    columns = ("rank", f"office_{words.language}", "office", "applications", "share", "is_ip5")
    return _figure(
        reader,
        answer,
        sentences=tuple(says),
        notes=_bars_left_out(words, len(ranked)) + ((words.say("office_apart"),) if apart else ()),
        charts=(chart,),
        sheet=sheet(words, answer, columns),
    )


def province_ranking(reader: Reader) -> Figure:
    words, scope, answer = reader.words, reader.scope, reader.ask_at_level("province_ranking")
    ranked = [row for row in answer.rows if row["rank"] is not None and row["applications"]]
    others = [row for row in answer.rows if row["rank"] is None and row["applications"]]
    if not ranked:
        return _figure(reader, answer, empty=words.say("province_ranking_empty"))
    shown = [*ranked[:MOST_BARS], *(row for row in ranked[MOST_BARS:] if row["is_focus_province"]), *others]
    labels = [_place(words, row) for row in shown]
    chart = _ranking(reader, "province_ranking", shown, labels, "applications", "is_focus_province", "rank")
    focus = next((row for row in ranked if row["is_focus_province"]), None)
    if focus:
        says = words.say(
            "province_ranking_says", province=scope.province, **_pick(focus, "rank", "applications", "share")
        )
    else:
        says = words.say("province_without_filings", province=scope.province)
    unplaced = sum(row["applications"] for row in others)
    columns = ("rank", "province_name", "applications", "share", "place_kind")
    return _figure(
        reader,
        answer,
        sentences=(says,),
        notes=_bars_left_out(words, len(ranked)) + (words.say("provinces_apart", applications=unplaced),),
        charts=(chart,),
        sheet=sheet(words, answer, columns),
    )


def _place(words: Words, row: Row) -> str:
    is_place = row["place_kind"] in ("mainland", "hk_mo_tw")
    return str(row["province_name"]) if is_place else words.code("place_kind", row["place_kind"])


def _bars_left_out(words: Words, ranked: int) -> tuple[Sentence, ...]:
    return (words.say("bars_left_out", shown=MOST_BARS, ranked=ranked),) if ranked > MOST_BARS else ()


def _ranking(
    reader: Reader,
    name: str,
    rows: Sequence[Row],
    labels: Sequence[str],
    measure: str,
    focus: str | None = None,
    apart: str | None = None,
) -> BarChart:
    """A bar per row: rank and label, the measure with its share. Rows without rank are drawn apart from the others."""
    words, longest = reader.words, max((row[measure] for row in rows), default=0)
    bars = []
    for row, label in zip(rows, labels, strict=True):
        is_apart = apart is not None and row[apart] is None
        ranked = label if row["rank"] is None else f"{row['rank']} {label}"
        share = "" if row["share"] is None else f" · {words.written('share', row['share'])}"
        written = f"{row[measure]:,}{share}"
        look = "apart" if is_apart else "focus" if focus and row[focus] else "plain"
        bars.append(Bar(ranked, written, row[measure] / (longest or 1), f"{ranked}: {written}", look))
    title = words[f"{name}_title"]
    return bar_chart(name, title, words["bar_chart"].format(title=title, rows=len(bars)), bars)


# ── 四 technology ────────────────────────────────────────────────────────────────────────────────────────────────


def applicant_branch(reader: Reader) -> Figure:
    words, answer = reader.words, reader.ask("applicant_branch")
    period = _period(answer.rows)
    rows = [row for row in answer.rows if row["period"] == period]
    if not any(row["families"] for row in rows):
        return _figure(reader, answer, rows, empty=words.say("applicant_branch_empty"))
    order = [row["branch"] for row in _tree(reader.ask("branch_structure").rows) if row["tier"] == 3]
    groups = list(dict.fromkeys((row["group_rank"], row["group_id"], row["group_name"]) for row in rows))
    shown = groups[:MOST_GROUPS]
    by_cell = {(row["branch"], row["group_id"]): row for row in rows}
    top = max(rows, key=lambda row: row["families"])
    years = _pick(rows[0], "first_year", "last_year")
    says = [words.say("period_recent", **years) if period == "recent_3_years" else words.say("period_all")]
    says.append(
        words.say(
            "applicant_branch_says",
            group=top["group_name"],
            branch=words.one_of(top, "branch"),
            families=top["families"],
        )
    )
    notes = [words.say("branches_overlap")]
    if len(groups) > len(shown):
        notes.append(words.say("groups_left_out", shown=len(shown), groups=len(groups)))
    return _figure(
        reader,
        answer,
        rows,
        sentences=tuple(says),
        notes=tuple(notes),
        charts=(HeatMap(_heat(words, order, shown, by_cell), words["applicant_branch_title"]),),
    )


def _period(rows: Sequence[Row]) -> str:
    has_recent = any(row["families"] for row in rows if row["period"] == "recent_3_years")
    return "recent_3_years" if has_recent else "all_years"


def _heat(words: Words, branches: Sequence[object], groups: Sequence[tuple], by_cell: dict[tuple, Row]) -> Sheet:
    largest = max(row["families"] for row in by_cell.values())
    titles = (words["branch"], *(f"{rank} {name}" for rank, _, name in groups))
    body = []
    for branch in branches:
        first = by_cell[branch, groups[0][1]]
        head = Cell(words.one_of(first, "branch"))
        cells = (_heat_cell(words, by_cell[branch, group], largest) for _, group, _ in groups)
        body.append((head, *cells))
    return Sheet(titles, tuple(body))


def _heat_cell(words: Words, row: Row, largest: int) -> Cell:
    families = row["families"]
    shade = math.ceil(SHADES * families / largest)
    hover = words["heat_hover"].format(
        group=row["group_name"],
        branch=words.one_of(row, "branch"),
        families=f"{families:,}",
        row_share=words.written("row_share", row["row_share"]),
        column_share=words.written("column_share", row["column_share"]),
    )
    return Cell(f"{families:,}", is_number=True, look=f"shade{shade}", hover=hover)


def _tree(rows: Sequence[Row]) -> list[Row]:
    """Every node followed by its branches, larger ones first as the rows come."""

    def below(parent: object) -> list[Row]:
        return [node for row in rows if row["parent_branch"] == parent for node in (row, *below(row["branch"]))]

    return below(None)


def branch_structure(reader: Reader) -> Figure:
    words, answer = reader.words, reader.ask("branch_structure")
    if not answer.rows:
        return _figure(reader, answer, empty=words.say("branch_structure_empty"))
    nodes = _tree(answer.rows)
    tiers = {tier: [row for row in nodes if row["tier"] == tier] for tier in (1, 2, 3)}
    reconstructed = sum(row["origin"] == "reconstructed" for row in tiers[3])
    largest = max(row["families"] for row in nodes)
    bars = [_branch_bar(words, row, largest) for row in nodes]
    title = words["branch_structure_title"]
    chart = bar_chart("branch_structure", title, words["bar_chart"].format(title=title, rows=len(bars)), bars)
    says = words.say(
        "branch_structure_says",
        tier1=len(tiers[1]),
        tier2=len(tiers[2]),
        tier3=len(tiers[3]),
        reconstructed=reconstructed,
    )
    notes = [words.say("origin_of_tier3")]
    if any(row["is_double_counted"] for row in nodes):
        notes.append(words.say("branches_overlap"))
    if not largest:
        notes.append(words.say("no_core_label"))
    columns = ("tier", f"title_{words.language}", "families", "applications", "share", "origin")
    return _figure(
        reader,
        answer,
        sentences=(says,),
        notes=tuple(notes),
        charts=(chart,),
        sheet=sheet(words, answer, columns, nodes),
    )


def _branch_bar(words: Words, row: Row, largest: int) -> Bar:
    is_ours = row["origin"] == "reconstructed"
    label = words.one_of(row, "title") + (words["reconstructed_mark"] if is_ours else "")
    written = f"{row['families']:,}"
    look = "apart" if is_ours else "plain"
    hover = words["branch_hover"].format(
        label=label,
        families=written,
        applications=f"{row['applications']:,}",
        share=words.written("share", row["share"]),
    )
    return Bar(label, written, row["families"] / (largest or 1), hover, look, depth=row["tier"] - 1)


# ── 五 enterprises ───────────────────────────────────────────────────────────────────────────────────────────────


def enterprise_stage(reader: Reader) -> Figure:
    words, answer = reader.words, reader.ask("enterprise_stage")
    if not answer.rows:
        return _figure(reader, answer, empty=words.say("enterprise_stage_empty"))
    by_enterprise: dict[object, list[Row]] = {}
    for row in answer.rows:
        by_enterprise.setdefault(row["enterprise_id"], []).append(row)
    shown_stages = [stage for stage in (*STAGES, None) if any(row["chain_stage"] == stage for row in answer.rows)]
    titles = [words["stage_unknown"] if stage is None else words.code("chain_stage", stage) for stage in shown_stages]
    counts = [
        len({row["enterprise_id"] for row in answer.rows if row["chain_stage"] == stage}) for stage in shown_stages
    ]
    told = words["separator"].join(
        words["stage_enterprises"].format(stage=title, enterprises=f"{enterprises:,}")
        for title, enterprises in zip(titles, counts, strict=True)
    )
    body = tuple(_enterprise_row(words, rows, shown_stages) for rows in by_enterprise.values())
    head = (words.title(answer, "enterprise_name"), words["place"], *titles)
    return _figure(
        reader,
        answer,
        unit=words.code("unit", "enterprise"),
        sentences=(words.say("enterprise_stage_says", enterprises=len(by_enterprise), told=told),),
        sheet=Sheet(head, body[:MOST_ROWS], max(0, len(body) - MOST_ROWS)),
        is_sheet_open=True,
    )


def _enterprise_row(words: Words, rows: Sequence[Row], stages: Sequence[str | None]) -> tuple[Cell, ...]:
    first = rows[0]
    place = " ".join(dict.fromkeys(str(first[name]) for name in ("province", "city", "district") if first[name]))
    cells = []
    for stage in stages:
        at_stage = [row for row in rows if row["chain_stage"] == stage]
        products = words["separator"].join(str(row["product"]) for row in at_stage if row["product"])
        cells.append(Cell(products or ("●" if at_stage else ""), look="mark" if at_stage else ""))
    return (Cell(str(first["enterprise_name"])), Cell(place or NOTHING), *cells)


# ── 六 the focus province ────────────────────────────────────────────────────────────────────────────────────────


def city_share(reader: Reader) -> Figure:
    return _places(reader, reader.ask_at_level("city_share"), "city_name", "applications")


def city_enterprise_share(reader: Reader) -> Figure:
    return _places(reader, reader.ask("city_enterprise_share"), "city_name", "enterprises")


def _places(reader: Reader, answer: Answer, place: str, measure: str) -> Figure:
    words, scope = reader.words, reader.scope
    total = sum(row[measure] for row in answer.rows)
    if not total:
        return _figure(
            reader, answer, empty=words.say(f"{answer.question}_empty", province=scope.province, city=scope.city)
        )
    shown = [row for row in answer.rows if row[measure] or row["rank"] is not None]
    labels = [_place_name(words, row, place) for row in shown]
    focus = "is_focus_city" if "is_focus_city" in answer.columns else None
    chart = _ranking(reader, answer.question, shown, labels, measure, focus, "rank")
    columns = ("rank", place, measure, "share", *(name for name in ("cumulative_share",) if name in answer.columns))
    return _figure(
        reader,
        answer,
        sentences=_place_sentences(reader, answer, place, measure, total),
        notes=_place_notes(words, answer, measure),
        charts=(chart,),
        sheet=sheet(words, answer, columns),
    )


def _place_name(words: Words, row: Row, place: str) -> str:
    if row[place.replace("_name", "_code")] is None:
        return words["unknown_place"]
    is_abolished = row.get("region_status") == "abolished"
    return str(row[place]) + (words["abolished_mark"] if is_abolished else "")


def _place_sentences(reader: Reader, answer: Answer, place: str, measure: str, total: int) -> tuple[Sentence, ...]:
    words, scope, key = reader.words, reader.scope, f"{answer.question}_says"
    if "is_focus_city" in answer.columns:
        focus = next((row for row in answer.rows if row["is_focus_city"]), None)
        if focus is None:
            return ()
        return (
            words.say(key, city=scope.city, province=scope.province, total=total, **_pick(focus, measure, "share")),
        )
    leading = [row for row in answer.rows if row["rank"] is not None and row["rank"] <= 3 and row[measure]]
    if not leading:
        return ()
    names = words["separator"].join(_place_name(words, row, place) for row in leading)
    return (
        words.say(key, city=scope.city, names=names, cumulative_share=leading[-1]["cumulative_share"], total=total),
    )


def _place_notes(words: Words, answer: Answer, measure: str) -> tuple[Sentence, ...]:
    unknown = sum(row[measure] for row in answer.rows if row["rank"] is None)
    return (words.say("place_unknown", members=unknown),) if unknown else ()


def district_applications(reader: Reader) -> Figure:
    return _places(reader, reader.ask_at_level("district_applications"), "district_name", "applications")


def district_enterprises(reader: Reader) -> Figure:
    return _places(reader, reader.ask("district_enterprises"), "district_name", "enterprises")


# ── appendix ────────────────────────────────────────────────────────────────────────────────────────────────────


def merge_flow(reader: Reader) -> Figure:
    words, answer = reader.words, reader.ask("merge_flow")
    overall = next(row for row in answer.rows if row["scope"] == "overall")
    if not overall["rows_in"]:
        return _figure(reader, answer, empty=words.say("merge_flow_empty"))
    measures = ("rows_in", "loaded", "duplicate", "quarantined", "blank", "publications", "applications", "families")
    return _figure(
        reader,
        answer,
        sentences=(words.say("merge_flow_says", **_pick(overall, *measures)),),
        sheet=sheet(words, answer, ("scope", "path", *measures)),
        is_sheet_open=True,
    )


def plain_table(reader: Reader, question: str, columns: Sequence[str], answer: Answer | None = None) -> Figure:
    """A question whose answer is simply shown as it is."""
    found = answer or reader.ask(question)
    if not found.rows:
        return _figure(reader, found, empty=reader.words.say(f"{question}_empty"))
    return _figure(reader, found, sheet=sheet(reader.words, found, columns), is_sheet_open=True)


def source_file(reader: Reader) -> Figure:
    columns = ("path", "export", "status", "reason", "rows_in", "unmapped_columns")
    return plain_table(reader, "source_file", columns)


def rejected_row(reader: Reader) -> Figure:
    return plain_table(reader, "rejected_row", ("rule", "reason", "rejected_rows", "source_files"))


def coverage(reader: Reader) -> Figure:
    columns = (f"aspect_{reader.words.language}", "applications", "applications_in_scope", "share")
    return plain_table(reader, "coverage", columns, reader.ask_at_level("coverage"))


def open_check(reader: Reader) -> Figure:
    columns = ("check_id", "severity", f"title_{reader.words.language}", "offending_rows")
    return plain_table(reader, "open_check", columns)


def convention(reader: Reader) -> Figure:
    language = reader.words.language
    return plain_table(
        reader, "convention", ("metric", f"title_{language}", f"question_{language}", "grain", "conventions")
    )


def branch_definition(reader: Reader) -> Figure:
    language = reader.words.language
    columns = (
        f"title_{language}",
        f"tier2_title_{language}",
        f"tier1_title_{language}",
        "origin",
        f"definition_{language}",
    )
    return plain_table(reader, "branch_definition", columns)
