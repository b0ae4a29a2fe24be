"""Write the report: one self-contained HTML file, and beside it every figure as CSV, SVG and PNG."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from schemas.errors import WorkspaceError
from warehouse.flushing import flush
from warehouse.report import appendix, industry, patents, places, technology
from warehouse.report.figure import Figure, Reader, Scope, Section
from warehouse.report.focus import refocused
from warehouse.report.history import Kept, kept_versions
from warehouse.report.picture import WIDTH, picture
from warehouse.report.raster import draws_chinese, png
from warehouse.report.reading import Row, Titles, ask, column_titles, opened
from warehouse.report.spreadsheet import csv_text
from warehouse.report.visible import made_visible
from warehouse.report.wording import LANGUAGES, Words

TEMPLATES = Path(__file__).parent
# The seed document's order; each figure is the function that makes it.
SECTIONS: dict[str, tuple[Callable[[Reader], Figure], ...]] = {
    "industry": (industry.chain_map,),
    "policies": (industry.policy,),
    "patents": (patents.filing_trend, patents.province_year, patents.office_ranking, patents.province_ranking),
    "technology": (technology.applicant_branch, technology.branch_structure),
    "enterprises": (industry.enterprise_stage,),
    "position": (
        places.city_share,
        places.city_enterprise_share,
        places.district_applications,
        places.district_enterprises,
    ),
    "appendix": (
        appendix.claim,
        appendix.merge_flow,
        appendix.source_file,
        appendix.rejected_row,
        appendix.coverage,
        appendix.label_precision,
        appendix.open_check,
        appendix.branch_definition,
        appendix.convention,
        appendix.source_freshness,
        appendix.version,
        appendix.version_change,
        appendix.run,
    ),
}


@dataclass(frozen=True)
class Report:
    """What was written. `figures`: the drawings; `has_pictures`: False where no font of this machine draws 中文 for the PNGs."""

    page: Path
    figures: tuple[str, ...]
    has_pictures: bool


def write_report(
    database: Path,
    folder: Path,
    language: str = "zh",
    province: str | None = None,
    city: str | None = None,
) -> Report:
    """Report on the published warehouse: `folder`/index.html and `folder`/figures/<name>.csv, .svg and .png.

    `province`, `city`: another focus than the warehouse's own. Each file appears whole or
    not at all, the page last. Raises WorkspaceError where nothing is published, the language is none of zh and en or there is
    no such place, QuestionError where the warehouse cannot answer.
    """
    if language not in LANGUAGES:
        raise WorkspaceError("report", f"language {language!r}", " or ".join(LANGUAGES))
    kept = kept_versions(database) if database.exists() else Kept()
    with _seen_from(database, province, city) as (connection, titles):
        words = Words(language, titles)
        reader = Reader(
            connection,
            words,
            _scope(connection, words),
            ask(connection, "claim").rows,
            {str(row["metric"]): row for row in ask(connection, "metric").rows},
            kept,
        )
        sections = [_section(reader, name, makers) for name, makers in SECTIONS.items()]
    return _write(folder, words, reader.scope, sections)


@contextmanager
def _seen_from(database: Path, province: str | None, city: str | None) -> Iterator[tuple[object, Titles]]:
    if province is None and city is None:
        with opened(database) as connection:
            yield connection, column_titles(connection)
    else:
        # Opened first for its errors: what is no warehouse must be told the same way.
        with opened(database):
            pass
        with refocused(database, province, city) as (connection, titles):
            yield connection, titles


def _write(folder: Path, words: Words, scope: Scope, sections: list[Section]) -> Report:
    figures = [figure for section in sections for figure in section.figures]
    drawn = [figure for figure in figures if figure.charts]
    has_pictures = draws_chinese()
    files = {figure.name: ["csv"] for figure in figures}
    for figure in figures:
        rows = ([row[column] for column in figure.answer.columns] for row in figure.answer.rows)
        write_whole(folder / "figures" / f"{figure.name}.csv", csv_text(figure.answer.columns, rows), is_awaited=False)
    for figure in drawn:
        svg = draw(words, scope, figure)
        write_whole(folder / "figures" / f"{figure.name}.svg", svg, is_awaited=False)
        files[figure.name].append("svg")
        if has_pictures:
            write_whole(folder / "figures" / f"{figure.name}.png", png(svg), is_awaited=False)
            files[figure.name].append("png")
    _remove_others(folder / "figures", files)
    page = write_whole(folder / "index.html", render(words, scope, sections, files))
    flush(folder)
    return Report(page, tuple(figure.name for figure in drawn), has_pictures)


def _remove_others(folder: Path, files: dict[str, list[str]]) -> None:
    """Drop the files of figures that an older report had and this one has not: they would pass for its own."""
    wanted = {f"{name}.{kind}" for name, kinds in files.items() for kind in kinds}
    for path in folder.iterdir():
        if path.suffix in (".csv", ".svg", ".png") and path.name not in wanted:
            path.unlink()


def render(words: Words, scope: Scope, sections: list[Section], files: dict[str, list[str]]) -> str:
    """The page as HTML text. `files`: the kinds of files that stand beside it, by figure."""
    style = _sheet("page.css") + _sheet("drawing.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        _templates()
        .get_template("page.html.jinja")
        .render(
            words=words,
            scope=scope,
            build=scope.build,
            sections=sections,
            files=files,
            style=style,
            style_digest=digest,
        )
    )


def draw(words: Words, scope: Scope, figure: Figure) -> str:
    """A figure as SVG text that stands by itself, in the light colours."""
    drawing = picture(words, scope, figure)
    return (
        _templates()
        .get_template("picture.svg.jinja")
        .render(words=words, picture=drawing, width=WIDTH, style=_light_style())
    )


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )


@cache
def _sheet(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _light_style() -> str:
    """The style of a drawing with the light colours of the page put in: not every program knows variables."""
    light = _sheet("page.css").partition("@media")[0]
    colours = dict(re.findall(r"(--[\w-]+): ([^;]+);", light))
    return re.sub(r"var\((--[\w-]+)\)", lambda found: colours[found[1]], _sheet("drawing.css") + _sheet("picture.css"))


def write_whole(path: Path, content: str | bytes, is_awaited: bool = True) -> Path:
    """Write a file so that a reader, or a crash, sees the old one or the new one and never a part.

    `is_awaited`: also after a power failure, which costs a wait for the disk.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            if is_awaited:
                os.fsync(file.fileno())
        unfinished.chmod(0o644)
        os.replace(unfinished, path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    return path


def _scope(connection: object, words: Words) -> Scope:
    build = ask(connection, "build").rows[0]
    focus = ask(connection, "focus").rows[0]
    level = ask(connection, "label_level").rows[0]
    return Scope(
        build=build,
        level=str(level["label_level"]),
        core_applications=level["core_applications"],
        all_applications=level["all_applications"],
        province=str(focus["province_name"] or words["focus_province"].format(code=focus["focus_province_code"])),
        city=_focus_city(focus, words),
    )


def _focus_city(focus: Row, words: Words) -> str:
    if focus["focus_city_code"] is None:
        return words["no_focus_city"]
    return str(focus["city_name"] or words["focus_city"].format(code=focus["focus_city_code"]))


def _section(reader: Reader, name: str, makers: tuple[Callable[[Reader], Figure], ...]) -> Section:
    title = reader.words[f"{name}_section"].format(province=reader.scope.province)
    return Section(name, title, tuple(make(reader) for make in makers))


def _shown(value: object) -> object:
    # Template output that is markup already (macros) passes; every text from data or words has its controls shown.
    return made_visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
