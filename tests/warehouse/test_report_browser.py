"""The report in a headless Chromium: it is drawn whole, asks for nothing, and no text lies on another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.browser import CHROMIUM, Browser, Tab
from tests.conftest import real_file
from tests.warehouse.hostile import hostile_world
from tests.warehouse.world import FACTS, write_door
from warehouse.build import build
from warehouse.report.page import SECTIONS, write_report

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine: the page was not drawn")

FIGURES = [maker.__name__ for makers in SECTIONS.values() for maker in makers]
# Where every line of text stands that can be seen, clipped to what scrolls; [text, left, top, right, bottom].
LINES = """(() => {
  const lines = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!node.data.trim() || parent.closest("title, desc, style") || !parent.checkVisibility()) continue;
    const around = parent.closest(".scroll, pre")?.getBoundingClientRect();
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      const right = around ? Math.min(box.right, around.right) : box.right;
      if (right - box.left > 1) lines.push([node.data.trim().slice(0, 40), box.left, box.top, right, box.bottom]);
    }
  }
  return lines;
})()"""
# Two characters that look alike on a canvas are both drawn as the box of a missing glyph.
GLYPHS = """(() => {
  const drawn = ["专", "利", "杭", "◇"].map(character => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 40;
    const pen = canvas.getContext("2d");
    pen.font = "32px " + getComputedStyle(document.querySelector("h1")).fontFamily;
    pen.fillText(character, 2, 32);
    return canvas.toDataURL();
  });
  return new Set(drawn).size;
})()"""


def overlaps(lines: list[list]) -> list[str]:
    """Pairs of lines that share more than the little that ascenders and descenders reach into a neighbour's line."""
    found, near = [], []
    for text, left, top, right, bottom in sorted(lines, key=lambda line: line[2]):
        near = [line for line in near if line[4] - 4 > top]
        found += [
            f"{other[0]} | {text}"
            for other in near
            if left < other[3] - 1 and other[1] < right - 1 and bottom - 4 > other[2]
        ]
        near.append((text, left, top, right, bottom))
    return found


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("browser")) as started:
        yield started


@pytest.fixture(scope="module")
def pages(sample_database: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The report of the sample in both languages, and that of a world whose every text is hostile."""
    folder = tmp_path_factory.mktemp("pages")
    sample = {language: write_report(sample_database, folder / language, language).page for language in ("zh", "en")}
    door = write_door(folder / "door", hostile_world())
    hostile = build(door, folder / "hostile.duckdb", FACTS)
    return sample | {"hostile": write_report(hostile.target, folder / "hostile").page}


def assert_well_drawn(tab: Tab, width: int) -> None:
    """Whole, quiet, nowhere wider than the window, nothing on top of anything."""
    assert tab.run("[...document.querySelectorAll('figure')].map(figure => figure.id)") == FIGURES
    assert tab.complaints() == []
    assert len(tab.requests()) == 1
    assert tab.run("document.documentElement.scrollWidth") <= width
    lines = tab.run(LINES)
    assert len(lines) > 100
    assert [line for line in lines if line[1] < 0 or line[3] > width] == []
    assert overlaps(lines) == []
    assert tab.run("document.querySelectorAll('script, img, iframe, object').length") == 0


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["zh", "en", "hostile"])
def test_a_browser_draws_the_page(browser: Browser, pages: dict[str, Path], name: str, width: int):
    # The dark theme on the phone, the light one on the desk: each is drawn in each language.
    tab = browser.open(pages[name].as_uri(), width, is_dark=width < 600)
    assert_well_drawn(tab, width)
    paper = tab.run("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") == (width > 600)
    tab.close()


def test_chinese_is_drawn_with_glyphs(browser: Browser, pages: dict[str, Path]):
    tab = browser.open(pages["zh"].as_uri())
    assert tab.run(GLYPHS) == 4
    tab.close()


def test_what_the_browser_shows_is_what_the_metrics_say(
    browser: Browser, pages: dict[str, Path], sample_database: Path
):
    counted = {
        "office_ranking": "applications FROM metrics.m03_office_ranking WHERE label_level = 'core'",
        "province_ranking": "applications FROM metrics.m04_province_ranking WHERE label_level = 'core'",
        "city_share": "applications FROM metrics.m33_city_share WHERE label_level = 'core'",
        "city_enterprise_share": "enterprises FROM metrics.m34_city_enterprise_share WHERE true",
        "district_applications": "applications FROM metrics.m35_district_distribution"
        " WHERE population = 'applications' AND label_level = 'core'",
        "district_enterprises": "enterprises FROM metrics.m35_district_distribution WHERE population = 'enterprises'",
    }
    # At most fifteen bars; what is 0 is said to be left out. The tree has a bar for every branch.
    bars = {name: f"SELECT {rest} AND rank IS NOT NULL ORDER BY rank LIMIT 15" for name, rest in counted.items()}
    bars["branch_structure"] = "SELECT families FROM metrics.m12_branch_structure WHERE unit = 'family' ORDER BY 1 DESC"
    trend = (
        "SELECT filing_year, is_complete_year, max(applications) FILTER (WHERE area = 'all'),"
        " max(applications) FILTER (WHERE area = 'cn_office'), max(applications) FILTER (WHERE area = 'focus_province')"
        " FROM metrics.m01_filing_trend WHERE label_level = 'core' AND patent_type = 'all' GROUP BY ALL"
        " HAVING max(applications) > 0 ORDER BY 1"
    )
    heat = (
        "SELECT families FROM metrics.m17_applicant_branch"
        " WHERE unit = 'family' AND period = 'recent_3_years' AND group_rank <= 10"
    )
    with duckdb.connect(str(sample_database.resolve()), read_only=True) as connection:
        metrics = {name: [row[0] for row in connection.execute(sql).fetchall()] for name, sql in bars.items()}
        years = connection.execute(trend).fetchall()
        cells = [row[0] for row in connection.execute(heat).fetchall()]
    for language in ("zh", "en"):
        tab = browser.open(pages[language].as_uri())
        for name, measured in metrics.items():
            shown = tab.run(
                f"[...document.querySelectorAll('#{name} > svg g:not(.apart) .measure')]"
                ".map(text => Number(text.textContent.split(' ')[0].replaceAll(',', '')))"
            )
            assert sorted(shown, reverse=True) == [value for value in measured if value], (language, name)
        hovers = tab.run("[...document.querySelectorAll('#filing_trend .strip title')].map(title => title.textContent)")
        assert len(hovers) == len(years)
        for hover, (year, is_complete, *values) in zip(hovers, years, strict=True):
            assert hover.startswith(str(year))
            assert ("不完整" in hover or "not complete" in hover) == (not is_complete)
            assert all(f" {value:,}" in hover for value in values)
        table = tab.run("[...document.querySelectorAll('#applicant_branch .heat td')].map(cell => +cell.textContent)")
        assert sorted(table) == sorted(cells)
        tab.close()


def test_a_keyboard_reaches_every_drawing_and_opens_its_data(browser: Browser, pages: dict[str, Path]):
    tab = browser.open(pages["zh"].as_uri())
    unreachable = tab.run(
        "[...document.querySelectorAll('figure > svg, .scroll, summary, figure a')].filter(one => one.tabIndex < 0).length"
    )
    assert unreachable == 0
    without_table = tab.run(
        "[...document.querySelectorAll('figure:has(> svg), figure:has(.heat), figure:has(.chain)')]"
        ".filter(figure => !figure.querySelector('details table, .scroll > table:not(.heat)')).map(figure => figure.id)"
    )
    assert without_table == []
    opened = tab.run(
        "(() => { const one = document.querySelector('#filing_trend summary'); one.focus(); one.click();"
        " return document.querySelector('#filing_trend details table').checkVisibility(); })()"
    )
    assert opened
    tab.close()


def test_the_page_prints_whole(browser: Browser, pages: dict[str, Path], tmp_path: Path):
    tab = browser.open(pages["zh"].as_uri())
    printed = tab.pdf(tmp_path / "page.pdf").read_bytes()
    assert printed.startswith(b"%PDF")
    assert 8 <= printed.count(b"/Type /Page\n") <= 60
    tab.close()


@pytest.mark.nightly
def test_the_report_of_a_real_export_is_drawn(browser: Browser, tmp_path: Path):
    from flows.progress import Progress
    from flows.refresh import refresh
    from flows.workspace import create

    export = real_file("patsnap_renyidake/AR眼镜.XLSX")
    workspace = create(tmp_path / "workspace")
    (workspace.inbox / export.name).write_bytes(export.read_bytes())
    refresh(workspace, Progress(quiet=True))
    for language in ("zh", "en"):
        page = write_report(workspace.database, tmp_path / language, language).page
        for width in (390, 1280):
            tab = browser.open(page.as_uri(), width)
            assert_well_drawn(tab, width)
            assert tab.run("document.querySelector('.banner') === null")
            tab.close()
