"""What a figure of the page is, and what all of them share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from warehouse.report.drawing import BarChart, YearChart
from warehouse.report.history import Kept
from warehouse.report.reading import Answer, Row, ask
from warehouse.report.wording import NOTHING, Sentence, Words

CONVENTIONS = ("unit", "date_basis", "credit", "place_rule", "patent_types", "label_level", "boundary_vintage")
# Beyond these a table or drawing stops being read; the CSV has every row and the page says what it left out.
MOST_ROWS, MOST_BARS = 100, 15
# From the lightest to the darkest cell of a heat map or tile of a map; 0 has none.
SHADES = 4
# A text this short is not broken over lines, and one this long gets a column wide enough to be read on a phone.
# A column of rules of counting gets most of the width.
_SHORT, _LONG, _LONGEST = 12, 24, 120


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
    """The opened warehouse with the words and the scope of the page.

    `metrics`: meta.metric by name of the view. `kept`: the versions kept beside the warehouse, with what changed from the
    one before.
    """

    connection: duckdb.DuckDBPyConnection
    words: Words
    scope: Scope
    claims: tuple[Row, ...]
    metrics: dict[str, Row]
    kept: Kept

    def ask(self, question: str) -> Answer:
        return ask(self.connection, question)

    def ask_at_level(self, question: str) -> Answer:
        return ask(self.connection, question, label_level=self.scope.level)


@dataclass(frozen=True)
class Cell:
    written: str
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
class Tile:
    label: str
    written: str
    look: str
    hover: str


@dataclass(frozen=True)
class TileMap:
    """One equal tile per place, in a fixed order: a map of a city whose outlines nobody has to approve."""

    kind = "tiles"
    caption: str
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class Box:
    """`below`: a second line, smaller; both it and `note` may be empty."""

    title: str
    note: str
    below: str


@dataclass(frozen=True)
class Stage:
    title: str
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class ChainMap:
    kind = "chain"
    stages: tuple[Stage, ...]


Chart = BarChart | YearChart | HeatMap | ChainMap | TileMap


@dataclass(frozen=True)
class Figure:
    """`empty` says why there is nothing to show; a figure has either that or charts or a table.

    `claims` are its statements; `readings` say what its own rows add to, `notes` how to look at it, `recipes` how it was built.
    """

    name: str
    title: str
    answer: Answer
    unit: str
    conventions: Sentence
    claims: tuple[ClaimShown, ...] = ()
    readings: tuple[Sentence, ...] = ()
    notes: tuple[Sentence, ...] = ()
    charts: tuple[Chart, ...] = ()
    sheet: Sheet | None = None
    is_sheet_open: bool = False
    is_half_wide: bool = False
    empty: Sentence | None = None
    recipes: tuple[Recipe, ...] = ()


@dataclass(frozen=True)
class ClaimShown:
    """A statement as the data have it, whether it is the seed document's (`seal`), and what it would take to be."""

    verdict: str
    seal: str
    sentence: str
    condition: str


@dataclass(frozen=True)
class Recipe:
    """A question, or a metric that it reads: its rules of counting (empty for a question) and its SQL."""

    name: str
    rules: str
    sql: str


@dataclass(frozen=True)
class Section:
    name: str
    title: str
    figures: tuple[Figure, ...]


def figure(reader: Reader, answer: Answer, rows: Sequence[Row] | None = None, **parts: object) -> Figure:
    """A figure of an answer, or of some of its rows: title by the question's name, unit and conventions by the rows."""
    words, used = reader.words, answer.rows if rows is None else rows
    told = {"unit": _unit(words, used), "conventions": conventions(words, used)}
    claims = tuple(_claim_shown(words, row) for row in reader.claims if row["figure"] == answer.question)
    return Figure(
        name=answer.question,
        title=words[f"{answer.question}_title"].format(city=reader.scope.city),
        answer=answer,
        claims=claims,
        recipes=_recipes(reader, answer),
        **told | parts,
    )


def _recipes(reader: Reader, answer: Answer) -> tuple[Recipe, ...]:
    words = reader.words
    metrics = [(relation, reader.metrics.get(relation.removeprefix("metrics."))) for relation in answer.relations]
    own = (Recipe(answer.question, "", answer.sql),) if answer.sql else ()
    return own + tuple(
        Recipe(f"{name} {words.one_of(row, 'title')}", words.one_of(row, "conventions"), str(row["sql"]))
        for name, row in metrics
        if row
    )


def _claim_shown(words: Words, row: Row) -> ClaimShown:
    verdict = str(row["verdict"])
    condition = words["claim_condition"].format(
        verdict=words.code("verdict", verdict), condition=words.one_of(row, "condition"), found=row["found"] or NOTHING
    )
    return ClaimShown(verdict, words[f"seal_{verdict}"], words.one_of(row, "sentence"), condition)


def table(words: Words, answer: Answer, columns: Sequence[str], rows: Sequence[Row] | None = None) -> Sheet:
    """The named columns of an answer, or of some of its rows."""
    used = answer.rows if rows is None else rows
    return cut_table(
        [words.title(answer, column) for column in columns],
        [[_cell(words, column, row[column]) for column in columns] for row in used],
    )


def cut_table(titles: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Sheet:
    """At most MOST_ROWS rows."""
    return Sheet(tuple(titles), tuple(tuple(row) for row in rows[:MOST_ROWS]), max(0, len(rows) - MOST_ROWS))


def _cell(words: Words, column: str, value: object) -> Cell:
    written = words.written(column, value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Cell(written, "number")
    looks = ((len(written) <= _SHORT, "short"), (len(written) >= _LONGEST, "longest"), (len(written) >= _LONG, "long"))
    return Cell(written, next((look for fits, look in looks if fits), ""))


def conventions(words: Words, rows: Sequence[Row]) -> Sentence:
    """The conventions that the rows themselves carry, each with every value that occurs."""
    told = []
    for column in CONVENTIONS:
        codes = dict.fromkeys(row[column] for row in rows if row.get(column) is not None)
        if set(codes) - {"not_applied"}:
            values = words["separator"].join(words.code(column, code) for code in codes)
            told.append(words["convention"].format(name=words.code("column", column), values=values))
    if told:
        return words.say("conventions", told=words["semicolon"].join(told))
    return words.say("nothing_counted" if rows else "no_rows")


def _unit(words: Words, rows: Sequence[Row]) -> str:
    units = dict.fromkeys(row["unit"] for row in rows if "unit" in row)
    return words["separator"].join(words.code("unit", unit) for unit in units)


def picked(row: Row, *columns: str) -> Row:
    return {column: row[column] for column in columns}
