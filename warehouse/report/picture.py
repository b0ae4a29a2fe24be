"""One figure as a drawing that stands by itself: title, unit, drawing, conventions and where its data come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from warehouse.report.drawing import BarChart, YearChart, text_width, wrapped
from warehouse.report.figure import ChainMap, Chart, Figure, HeatMap, Scope, Stage, TileMap
from warehouse.report.wording import Sentence, Words

WIDTH, MARGIN = 960, 24
INNER = WIDTH - 2 * MARGIN
_RIGHT = WIDTH - MARGIN
# Look of a text -> its size in pixels and the height of its line.
FONTS = {"title": (19, 27), "banner": (14, 21), "note": (12, 18), "head": (14, 20), "": (13, 18), "small": (11, 15)}
_GAP, _PADDING, _SWATCH = 12, 8, 34
_HEAT_LABEL, _HEAT_ROW, _TILES_IN_ROW, _TILE_HEIGHT = 190, 24, 7, 48


@dataclass(frozen=True)
class Text:
    kind = "text"
    x: float
    y: float
    text: str
    look: str
    anchor: str = "start"


@dataclass(frozen=True)
class Rect:
    kind = "rect"
    x: float
    y: float
    width: float
    height: float
    look: str
    hover: str = ""


@dataclass(frozen=True)
class Swatch:
    """The mark of a series in a legend; `look` None stands for a year that is not complete."""

    kind = "swatch"
    x: float
    y: float
    look: int | None


@dataclass(frozen=True)
class Placed:
    """A chart that brings its own drawing."""

    kind = "chart"
    x: float
    y: float
    width: float
    chart: BarChart | YearChart


Piece = Text | Rect | Swatch | Placed
# The pieces of one part of the drawing, and where the next part begins.
Part = tuple[list[Piece], float]


@dataclass(frozen=True)
class Picture:
    name: str
    title: str
    description: str
    height: float
    pieces: tuple[Piece, ...]


def picture(words: Words, scope: Scope, figure: Figure) -> Picture:
    """The drawing of a figure that has charts, WIDTH pixels wide."""
    pieces: list[Piece] = []
    y = float(MARGIN)
    for part in _parts(words, scope, figure):
        placed, y = part(y)
        pieces += placed
    return Picture(figure.name, figure.title, _told(figure.conventions), y + MARGIN - _GAP, tuple(pieces))


def _parts(words: Words, scope: Scope, figure: Figure) -> list[Callable[[float], Part]]:
    unit = f"{words['unit']}{words['colon']}{figure.unit}" if figure.unit else ""
    version = words["picture_source"].format(
        version=scope.build["version_key"],
        cut_off=words.written("cut_off_date", scope.build["cut_off_date"]),
        relations=words["separator"].join(figure.answer.relations),
    )
    head = [(words["synthetic"], "banner")] if scope.build["is_synthetic"] else []
    head += [(figure.title, "title"), (unit, "note")]
    foot = [*((_told(note), "note") for note in figure.notes), (_told(figure.conventions), "note"), (version, "note")]
    return [
        *(_paragraph(text, look) for text, look in head),
        *(part for chart in figure.charts for part in _chart_parts(words, chart)),
        *(_paragraph(text, look) for text, look in foot),
    ]


def _told(sentence: Sentence) -> str:
    return "".join(part.text for part in sentence)


def _paragraph(text: str, look: str, most_lines: int = 6) -> Callable[[float], Part]:
    return lambda y: _lines(text, MARGIN, y, INNER, look, most_lines) if text else ([], y)


def _lines(text: str, x: float, y: float, room: float, look: str, most_lines: int, anchor: str = "start") -> Part:
    font, line_height = FONTS[look]
    lines = wrapped(text, room, most_lines, font)
    texts: list[Piece] = [
        Text(x, round(y + font + number * line_height, 1), line, look, anchor) for number, line in enumerate(lines)
    ]
    return texts, y + len(lines) * line_height


def _chart_parts(words: Words, chart: Chart) -> list[Callable[[float], Part]]:
    if isinstance(chart, BarChart):
        return [lambda y: _own(chart, y)]
    if isinstance(chart, YearChart):
        return [lambda y: _legend(words, chart, y), lambda y: _own(chart, y)]
    if isinstance(chart, HeatMap):
        return [_paragraph(words["heat_scale"], "note"), lambda y: _heat(chart, y)]
    if isinstance(chart, TileMap):
        return [_paragraph(chart.caption, "note"), lambda y: _tiles(chart, y)]
    return [lambda y: _chain(chart, y)]


def _own(chart: BarChart | YearChart, y: float) -> Part:
    return [Placed(MARGIN, y + _PADDING, INNER, chart)], y + _PADDING + chart.height + _GAP


def _legend(words: Words, chart: YearChart, y: float) -> Part:
    marks: list[tuple[int | None, str]] = [(one.look, one.name) for one in chart.series]
    if chart.incomplete_from is not None:
        marks.append((None, words["legend_incomplete"]))
    pieces: list[Piece] = []
    x = float(MARGIN)
    for look, name in marks:
        width = _SWATCH + text_width(name)
        if x > MARGIN and x + width > _RIGHT:
            x, y = float(MARGIN), y + _HEAT_ROW
        line = wrapped(name, INNER - _SWATCH, 1)[0]
        pieces += [Swatch(x, y + 6, look), Text(x + _SWATCH, y + 17, line, "")]
        x += width + 2 * _GAP
    return pieces, y + _HEAT_ROW


def _heat(chart: HeatMap, y: float) -> Part:
    """Branches down, applicants across; the first column heads the rows."""
    titles, rows = chart.sheet.titles[1:], chart.sheet.rows
    column = (INNER - _HEAT_LABEL) / max(len(titles), 1)
    lefts = [MARGIN + _HEAT_LABEL + number * column for number in range(len(titles))]
    heads = [
        _lines(title, left + column / 2, y + _PADDING, column - 6, "small", 5, "middle")
        for title, left in zip(titles, lefts, strict=True)
    ]
    pieces: list[Piece] = [piece for texts, _ in heads for piece in texts]
    top = max((below for _, below in heads), default=y) + 6
    for head, *cells in rows:
        pieces += _lines(head.written, MARGIN, top + 4, _HEAT_LABEL - 6, "head" if head.look else "", 1)[0]
        for cell, left in zip(cells, lefts, strict=True):
            pieces.append(Rect(left + 1, top, column - 2, _HEAT_ROW - 2, cell.look, cell.hover))
            pieces.append(Text(left + column / 2, top + 16, cell.written, f"on {cell.look}", "middle"))
        top += _HEAT_ROW
    return pieces, top + _GAP


def _tiles(chart: TileMap, y: float) -> Part:
    width = INNER / _TILES_IN_ROW
    pieces: list[Piece] = []
    for number, tile in enumerate(chart.tiles):
        row, place = divmod(number, _TILES_IN_ROW)
        left, top = MARGIN + place * width, y + _PADDING + row * (_TILE_HEIGHT + 4)
        label = wrapped(tile.label, width - 12, 1)[0]
        pieces.append(Rect(left + 1, top, width - 4, _TILE_HEIGHT, f"tile {tile.look}", tile.hover))
        pieces.append(Text(left + width / 2 - 1, top + 20, label, f"on {tile.look}", "middle"))
        pieces.append(Text(left + width / 2 - 1, top + 39, tile.written, f"on strong {tile.look}", "middle"))
    rows = -(-len(chart.tiles) // _TILES_IN_ROW)
    return pieces, y + _PADDING + rows * (_TILE_HEIGHT + 4) + _GAP


def _chain(chart: ChainMap, y: float) -> Part:
    """The stages side by side, an arrow between them."""
    between = 26
    width = (INNER + between) / max(len(chart.stages), 1) - between
    columns = [
        _stage(stage, MARGIN + number * (width + between), y + _PADDING, width)
        for number, stage in enumerate(chart.stages)
    ]
    bottom = max(below for _, below in columns)
    grounds: list[Piece] = []
    for number in range(len(columns)):
        left = MARGIN + number * (width + between)
        grounds.append(Rect(left, y + _PADDING, width, bottom - y - _PADDING, "ground"))
        if number:
            grounds.append(Text(left - between / 2, y + _PADDING + 24, "→", "head", "middle"))
    return grounds + [piece for pieces, _ in columns for piece in pieces], bottom + _GAP


def _stage(stage: Stage, left: float, y: float, width: float) -> Part:
    pieces, y = _lines(stage.title, left + _PADDING, y + _PADDING, width - 2 * _PADDING, "head", 2)
    for box in stage.boxes:
        room = width - 4 * _PADDING
        texts: Sequence[Piece]
        inner: list[Piece] = []
        below = y + 10
        for text, look in ((box.title, ""), (box.note, "small"), (box.below, "small")):
            if text:
                texts, below = _lines(text, left + 2 * _PADDING, below, room, look, 8)
                inner += texts
        pieces += [Rect(left + _PADDING, y + 4, width - 2 * _PADDING, below - y + 2, "box"), *inner]
        y = below + 6
    return pieces, y + _PADDING
