"""Ranked bars: offices, provinces, cities and districts are drawn alike."""

from __future__ import annotations

from collections.abc import Sequence

from warehouse.report.drawing import Bar, BarChart, bar_chart
from warehouse.report.figure import MOST_BARS, Reader
from warehouse.report.reading import Row
from warehouse.report.wording import Sentence, Words


def ranking_chart(
    reader: Reader, name: str, rows: Sequence[Row], labels: Sequence[str], measure: str, focus: str | None = None
) -> BarChart:
    """A bar per row with rank, label, measure and share; rows without rank get no bar, the focus place stands out."""
    longest = max((row[measure] for row in rows if row["rank"] is not None), default=1)
    bars = [
        _bar(reader.words, row, label, measure, longest, bool(focus and row[focus]))
        for row, label in zip(rows, labels, strict=True)
    ]
    title = reader.words[f"{name}_title"].format(city=reader.scope.city)
    return bar_chart(name, title, reader.words["bar_chart"].format(title=title, rows=len(bars)), bars)


def _bar(words: Words, row: Row, label: str, measure: str, longest: int, is_focus: bool) -> Bar:
    ranked = label if row["rank"] is None else f"{row['rank']} {label}"
    written = words.written(measure, row[measure])
    if row["share"] is not None:
        written += f" · {words.written('share', row['share'])}"
    if row["rank"] is None:
        return Bar(ranked, written, None, f"{ranked}: {written}", "apart")
    return Bar(ranked, written, row[measure] / longest, f"{ranked}: {written}", "focus" if is_focus else "plain")


def first_ranked(rows: Sequence[Row], measure: str, focus: str | None = None) -> list[Row]:
    """The rows worth a bar: the first MOST_BARS ranked ones that are not 0, and the focus place wherever it is."""
    counted = [row for row in rows if row["rank"] is not None and row[measure]]
    return [*counted[:MOST_BARS], *(row for row in counted[MOST_BARS:] if focus and row[focus])]


def unranked(rows: Sequence[Row], measure: str) -> list[Row]:
    """The rows that stand apart, unless they are 0."""
    return [row for row in rows if row["rank"] is None and row[measure]]


def bars_left_out(words: Words, rows: Sequence[Row], measure: str) -> tuple[Sentence, ...]:
    """What the drawing leaves out: ranked rows beyond the first, and those that are 0."""
    counted = sum(1 for row in rows if row["rank"] is not None and row[measure])
    zeros = sum(1 for row in rows if row["rank"] is not None and not row[measure])
    cut = (words.say("bars_left_out", shown=MOST_BARS, ranked=counted),) if counted > MOST_BARS else ()
    return cut + ((words.say("zeros_left_out", zeros=zeros),) if zeros else ())
