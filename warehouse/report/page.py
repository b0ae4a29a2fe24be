"""Write the report page: one self-contained HTML file, and the data of every figure as CSV beside it."""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from schemas.errors import WorkspaceError
from warehouse.report import appendix, industry, patents, places, technology
from warehouse.report.figure import Figure, Reader, Scope, Section
from warehouse.report.reading import ask, column_titles, opened
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
        appendix.open_check,
        appendix.convention,
        appendix.branch_definition,
    ),
}


def write_report(database: Path, folder: Path, language: str = "zh") -> Path:
    """Report on the published warehouse: `folder`/index.html and `folder`/figures/<name>.csv; returns the page's path.

    Each file appears whole or not at all, the page last. Raises WorkspaceError where nothing is published or the
    language is none of zh and en, QuestionError where the warehouse cannot answer.
    """
    if language not in LANGUAGES:
        raise WorkspaceError("report", f"language {language!r}", " or ".join(LANGUAGES))
    with opened(database) as connection:
        words = Words(language, column_titles(connection))
        reader = Reader(connection, words, _scope(connection, words), ask(connection, "claim").rows)
        sections = [_section(reader, name, makers) for name, makers in SECTIONS.items()]
    page = render(words, reader.scope, sections)
    for section in sections:
        for figure in section.figures:
            rows = ([row[column] for column in figure.answer.columns] for row in figure.answer.rows)
            write_whole(folder / "figures" / f"{figure.name}.csv", csv_text(figure.answer.columns, rows))
    return write_whole(folder / "index.html", page)


def render(words: Words, scope: Scope, sections: list[Section]) -> str:
    """The page as HTML text."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    style = (TEMPLATES / "page.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return environment.get_template("page.html.jinja").render(
        words=words, scope=scope, build=scope.build, sections=sections, style=style, style_digest=digest
    )


def write_whole(path: Path, text: str) -> Path:
    """Write a file so that a reader, or a crash, sees the old one or the new one and never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.chmod(0o644)
        os.replace(unfinished, path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)
    return path


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


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
        city=str(focus["city_name"] or words["focus_city"].format(code=focus["focus_city_code"])),
    )


def _section(reader: Reader, name: str, makers: tuple[Callable[[Reader], Figure], ...]) -> Section:
    title = reader.words[f"{name}_section"].format(province=reader.scope.province)
    return Section(name, title, tuple(make(reader) for make in makers))


def _shown(value: object) -> object:
    # Template output that is markup already (macros) passes; every text from data or words has its controls shown.
    return made_visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
