"""Where the marks of a drawing stand: widths in per cent of it, heights in pixels, so that text never shrinks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

# The drawing is at least this wide on a phone of 360 pixels, less scroll bar and the margins of page and figure.
NARROWEST = 294
FONT = 13
_LINE_HEIGHT, _BAR_HEIGHT, _GAP, _INDENT = 17, 8, 9, 16
_PLOT_LEFT, _PLOT_RIGHT, _PLOT_TOP, _PLOT_HEIGHT, _PLOT_BOTTOM = 13.0, 99.0, 14, 220, 26
_YEAR_LABELS = 7


@dataclass(frozen=True)
class Bar:
    """`share`: length as a part of the longest, None for no bar. `look`: plain, focus, apart or hollow."""

    label: str
    written: str
    share: float | None
    hover: str
    look: str = "plain"
    depth: int = 0


@dataclass(frozen=True)
class PlacedBar:
    """`lines`: (baseline, text). `length`: per cent, None for no bar. `elbow`: path to the parent in a tree."""

    bar: Bar
    lines: tuple[tuple[int, str], ...]
    left: int
    top: int
    length: float | None
    elbow: str


@dataclass(frozen=True)
class BarChart:
    kind = "bars"
    name: str
    title: str
    description: str
    bars: tuple[PlacedBar, ...]
    height: int
    bar_left: int
    track: float
    bar_height: int = _BAR_HEIGHT

    @property
    def is_tree(self) -> bool:
        return self.bar_left > 0


@dataclass(frozen=True)
class Series:
    """One value per year. `look` 0 is drawn as columns, 1 to 3 as lines with marks of their own shape."""

    name: str
    look: int
    values: tuple[int, ...]


@dataclass(frozen=True)
class Column:
    x: float
    y: float
    width: float
    height: float
    is_complete: bool


@dataclass(frozen=True)
class Segment:
    x1: float
    y1: float
    x2: float
    y2: float
    is_complete: bool


@dataclass(frozen=True)
class Line:
    name: str
    look: int
    segments: tuple[Segment, ...]
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Year:
    """A strip of the plot that answers to the pointer with the values of its year. `label` is empty between labels."""

    x: float
    left: float
    width: float
    label: str
    hover: str


@dataclass(frozen=True)
class YearChart:
    kind = "years"
    is_tree = False
    name: str
    title: str
    description: str
    series: tuple[Series, ...]
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    years: tuple[Year, ...]
    grid: tuple[tuple[float, int], ...]
    top: int
    baseline: int
    height: int
    left: float
    right: float
    incomplete_from: float | None


def bar_chart(name: str, title: str, description: str, bars: Sequence[Bar]) -> BarChart:
    """Rows of a label line and a bar under it; indented bars make a tree, whose bars all start right of the deepest."""
    deepest = max(bar.depth for bar in bars)
    bar_left = deepest * _INDENT + _INDENT // 2 if deepest else 0
    track = round(100 * (NARROWEST - bar_left) / NARROWEST, 2)
    placed, top, middle_at = [], 2, {}
    for bar in bars:
        left = bar.depth * _INDENT
        room = NARROWEST - left - text_width(bar.written) - FONT
        lines = wrapped(bar.label, room)
        baselines = tuple((top + FONT + number * _LINE_HEIGHT, line) for number, line in enumerate(lines))
        middle_at[bar.depth] = top + FONT // 2 + 3
        elbow = _elbow(left, middle_at[bar.depth - 1], middle_at[bar.depth]) if bar.depth else ""
        bar_top = top + len(lines) * _LINE_HEIGHT + 2
        length = None if bar.share is None else round(track * bar.share, 2)
        placed.append(PlacedBar(bar, baselines, left, bar_top, length, elbow))
        top = bar_top + _GAP + (0 if length is None else _BAR_HEIGHT)
    return BarChart(name, title, description, tuple(placed), top, bar_left, track)


def _elbow(left: int, above: int, middle: int) -> str:
    return f"M{left - 10} {above + 8}V{middle}H{left - 3}"


def year_chart(
    name: str,
    title: str,
    description: str,
    years: Sequence[int],
    is_complete: Sequence[bool],
    series: Sequence[Series],
    hovers: Sequence[str],
) -> YearChart:
    """Columns and lines over consecutive years. A segment is complete when both of its years are."""
    step = (_PLOT_RIGHT - _PLOT_LEFT) / len(years)
    centres = [_PLOT_LEFT + (number + 0.5) * step for number in range(len(years))]
    ticks = round_ticks(max(max(one.values) for one in series))
    baseline = _PLOT_TOP + _PLOT_HEIGHT

    def height_of(applications: int) -> float:
        return round(_PLOT_HEIGHT * applications / ticks[-1], 1)

    def line(one: Series) -> Line:
        points = tuple(
            (round(x, 3), round(baseline - height_of(value), 1)) for x, value in zip(centres, one.values, strict=True)
        )
        segments = tuple(
            Segment(*points[at], *points[at + 1], is_complete[at] and is_complete[at + 1])
            for at in range(len(points) - 1)
        )
        return Line(one.name, one.look, segments, points)

    def columns(one: Series) -> list[Column]:
        width = step * 0.72
        return [
            Column(
                round(x - width / 2, 3), baseline - height_of(value), round(width, 3), height_of(value), is_complete[at]
            )
            for at, (x, value) in enumerate(zip(centres, one.values, strict=True))
        ]

    label_step = math.ceil(len(years) / _YEAR_LABELS)
    strips = tuple(
        Year(
            round(x, 3),
            round(x - step / 2, 3),
            round(step, 3),
            str(year) if (len(years) - 1 - at) % label_step == 0 else "",
            hovers[at],
        )
        for at, (x, year) in enumerate(zip(centres, years, strict=True))
    )
    first_open = next((at for at, complete in enumerate(is_complete) if not complete), None)
    return YearChart(
        name,
        title,
        description,
        tuple(series),
        tuple(column for one in series if one.look == 0 for column in columns(one)),
        tuple(line(one) for one in series if one.look > 0),
        strips,
        tuple((round(baseline - height_of(tick), 1), tick) for tick in ticks),
        _PLOT_TOP,
        baseline,
        baseline + _PLOT_BOTTOM,
        _PLOT_LEFT,
        _PLOT_RIGHT,
        None if first_open is None else strips[first_open].left,
    )


def round_ticks(largest: int) -> list[int]:
    """Whole numbers from 0 to at least `largest`, in at most six steps of 1, 2 or 5 times a power of ten."""
    raw = max(largest, 4) / 5
    power = 10 ** math.floor(math.log10(raw)) if raw >= 1 else 1
    step = next(int(factor * power) for factor in (1, 2, 5, 10) if factor * power >= raw)
    return [step * number for number in range(math.ceil(max(largest, 1) / step) + 1)]


def text_width(text: str, font: float = FONT) -> float:
    """Estimated width in pixels: a CJK character is one em, others a good half (bold ones too)."""
    return sum(font if ord(character) > 0x2E7F else font * 0.63 for character in text)


def wrapped(text: str, room: float, most_lines: int = 3, font: float = FONT) -> list[str]:
    """The text in lines that fit `room`; what does not fit ends with an ellipsis (the hover text has it whole)."""
    lines = [""]
    for piece in _pieces(text):
        if lines[-1] and text_width(lines[-1] + piece.rstrip(), font) > room:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    if len(lines) > most_lines:
        lines = [*lines[: most_lines - 1], lines[most_lines - 1] + "…"]
    return [_cut(line.rstrip(), room, font) for line in lines]


def _pieces(text: str) -> list[str]:
    """Where a line may break: after a space, and around every CJK character."""
    pieces: list[str] = []
    for character in text:
        starts_new = not pieces or pieces[-1].endswith(" ") or ord(character) > 0x2E7F or ord(pieces[-1][-1]) > 0x2E7F
        if starts_new:
            pieces.append(character)
        else:
            pieces[-1] += character
    return pieces


def _cut(line: str, room: float, font: float) -> str:
    if text_width(line, font) <= room:
        return line
    while line and text_width(line + "…", font) > room:
        line = line[:-1]
    return line + "…"
