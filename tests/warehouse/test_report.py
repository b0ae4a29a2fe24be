"""The report page: its numbers are those of the metrics, nothing in the data can act, and half of it is never seen."""

from __future__ import annotations

import base64
import csv
import hashlib
import re
import shutil
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter
from xml.etree import ElementTree

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import QuestionError, WorkspaceError
from tests.warehouse.hostile import HOSTILE, RIGHT_TO_LEFT, hostile_world
from tests.warehouse.world import FACTS, Rows, world, write_door
from warehouse.build import BuildReport, build
from warehouse.publish import publish
from warehouse.report import page as page_module
from warehouse.report.drawing import NARROWEST, Bar, bar_chart, round_ticks, text_width, wrapped
from warehouse.report.focus import focus_codes
from warehouse.report.page import SECTIONS, write_report, write_whole
from warehouse.report.picture import WIDTH
from warehouse.report.raster import ZOOM, draws_chinese, png
from warehouse.report.reading import QUESTIONS, opened
from warehouse.report.spreadsheet import cell, csv_text
from warehouse.report.visible import made_visible
from warehouse.report.wording import WORDS, Words, _codes, _entries

FIGURES = [maker.__name__ for makers in SECTIONS.values() for maker in makers]
VOID = {"meta", "br", "link", "img", "input", "hr"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    def all(self, tag: str) -> list[Element]:
        below = [child for child in self.children if isinstance(child, Element)]
        return [found for child in below for found in ([child] if child.tag == tag else []) + child.all(tag)]

    def one(self, name: str) -> Element:
        return next(found for tag in ("section", "figure") for found in self.all(tag) if found.attributes["id"] == name)

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    @property
    def rows(self) -> list[list[str]]:
        """The cells of the tables inside, heads included."""
        return [[one.text for one in row.children if isinstance(one, Element)] for row in self.all("tr")]


class _Tree(HTMLParser):
    """Raises AssertionError where tags do not close each other."""

    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("document", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def written(*arguments: object, **named: object) -> Path:
    """The page of a report."""
    return write_report(*arguments, **named).page


def parsed(page: Path) -> Element:
    tree = _Tree()
    tree.feed(page.read_text(encoding="utf-8"))
    tree.close()
    assert len(tree.open) == 1
    return tree.open[0]


@pytest.fixture(scope="module")
def pages(built: BuildReport, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("report")
    return {language: written(built.target, folder / language, language) for language in ("zh", "en")}


@pytest.fixture(scope="module")
def zh(pages: dict[str, Path]) -> Element:
    return parsed(pages["zh"])


@pytest.fixture(scope="module")
def en(pages: dict[str, Path]) -> Element:
    return parsed(pages["en"])


# ── what stands on the page ───────────────────────────────────────────────────────────────────────────────────────


def test_page_has_the_sections_of_the_seed_in_order(zh: Element, en: Element):
    titles = [heading.text for heading in zh.all("h2")]
    assert [title[:2] for title in titles] == ["一、", "二、", "三、", "四、", "五、", "六、", "附录"]
    assert titles[5] == "六、浙江产业发展定位"
    assert zh.all("html")[0].attributes["lang"] == "zh-CN"
    assert en.all("html")[0].attributes["lang"] == "en"
    assert [one.attributes["id"] for one in zh.all("figure")] == FIGURES


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_figure_tells_title_conventions_origin_and_has_its_data_beside_it(pages: dict[str, Path], language: str):
    words = Words(language, {})
    for figure in parsed(pages[language]).all("figure"):
        assert figure.all("h3")[0].text
        text = figure.text
        assert words["conventions"].partition("{")[0].strip() in text or words["no_rows"] in text
        assert words["built_from"] in text
        beside = {"builds/*.json"}
        assert all(
            code.text in beside or code.text.split(".")[0] in ("metrics", "core", "meta") for code in figure.all("code")
        )
        links = [link.attributes["href"] for link in figure.all("a")]
        assert all((pages[language].parent / link).stat().st_size for link in links)
        assert (pages[language].parent / links[0]).read_bytes().startswith(b"\xef\xbb\xbf")
        assert [link.rpartition(".")[2] for link in links] == (["csv", "svg"] if figure.all("svg") else ["csv"]) or (
            figure.attributes["id"] in ("chain_map", "applicant_branch", "enterprise_stage")
        )


def test_every_statement_is_a_claim_and_every_claim_is_stated(built: BuildReport, zh: Element, en: Element):
    with duckdb.connect(str(built.target), read_only=True) as connection:
        claims = connection.execute("SELECT figure, sentence_zh, sentence_en, verdict FROM meta.claim").fetchall()
    for page, column in ((zh, 1), (en, 2)):
        told = set()
        for figure in page.all("figure"):
            for paragraph in figure.all("p"):
                kind = paragraph.attributes.get("class", "").split(" ")[0]
                # What is no claim says how to read the figure, what its rows add to, or how it was made.
                assert kind in ("claim", "reading", "note", "empty", "files", ""), paragraph.text
                if kind == "claim":
                    told.add((figure.attributes["id"], paragraph.all("bdi")[0].text, paragraph.attributes["class"]))
        shown = {name for name, *_ in told}
        empty = {one.attributes["id"] for one in page.all("figure") if any(_is_empty(p) for p in one.all("p"))}
        assert told == {(row[0], made_visible(row[column]), f"claim {row[3]}") for row in claims if row[0] not in empty}
        assert shown


def test_every_figure_shows_the_queries_that_made_it(built: BuildReport, zh: Element):
    with duckdb.connect(str(built.target), read_only=True) as connection:
        metrics = dict(connection.execute("SELECT 'metrics.' || metric, sql FROM meta.metric").fetchall())
    for figure in zh.all("figure"):
        shown = [one.text for one in figure.all("pre")]
        for code in figure.all("code"):
            assert code.text not in metrics or metrics[code.text] in shown
        question = QUESTIONS / f"{figure.attributes['id']}.sql"
        assert not question.exists() or question.read_text(encoding="utf-8").strip() in shown


# ── figures that stand by themselves ──────────────────────────────────────────────────────────────────────────────

DRAWN = {
    *("chain_map", "filing_trend", "province_year", "office_ranking", "province_ranking", "applicant_branch"),
    *("branch_structure", "enterprise_stage", "city_share", "city_enterprise_share"),
    *("district_applications", "district_enterprises"),
}


def drawn(page: Path, name: str) -> ElementTree.Element:
    return ElementTree.parse(page.parent / "figures" / f"{name}.svg").getroot()


def texts_of(drawing: ElementTree.Element, tag: str = "text") -> list[str]:
    return ["".join(one.itertext()) for one in drawing.iter(f"{{http://www.w3.org/2000/svg}}{tag}")]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_figure_is_drawn_by_itself_with_all_that_it_takes_to_read_it(pages: dict[str, Path], language: str):
    page, words = pages[language], Words(language, {})
    assert {path.stem for path in (page.parent / "figures").glob("*.svg")} == DRAWN
    for figure in parsed(page).all("figure"):
        if (name := figure.attributes["id"]) in DRAWN:
            told = "".join(texts_of(drawn(page, name)))
            assert figure.all("h3")[0].text in told
            assert words["synthetic"][:20] in told and "v1" in told
            assert words["conventions"].partition("{")[0].strip() in told
            hovers_of = texts_of(drawn(page, name), "title")[1:]
            assert set(hovers(figure)) <= set(hovers_of)


def test_numbers_of_a_drawing_are_those_of_the_page(pages: dict[str, Path], zh: Element):
    for name in ("applicant_branch", "district_applications", "district_enterprises"):
        shown = Counter(texts_of(drawn(pages["zh"], name)))
        figure = zh.one(name)
        cells = [cell for row in figure.all("tr") for cell in row.all("td") if cell.attributes.get("title")]
        tiles = [tile.all("strong")[0] for tile in figure.all("li") if tile.all("strong")]
        assert cells or tiles
        assert not Counter(one.text for one in (*cells, *tiles)) - shown


def test_tiles_are_the_districts_that_stand_or_stood_by_their_code(zh: Element, ask_built: Callable):
    for name, population, measure in (
        ("district_applications", "applications", "applications"),
        ("district_enterprises", "enterprises", "enterprises"),
    ):
        counted = ask_built(
            f"SELECT district_name || if(region_status = 'abolished', '（已撤并）', ''), {measure}"
            f" FROM metrics.m35_district_distribution WHERE population = '{population}' AND district_code IS NOT NULL"
            f" AND label_level = if('{population}' = 'applications', 'core', 'all')"
            f" AND ({measure} > 0 OR region_status = 'current') ORDER BY district_code"
        )
        tiles = [one for one in zh.one(name).all("li") if one.all("strong")]
        assert [(one.all("bdi")[0].text, int(one.all("strong")[0].text)) for one in tiles] == counted
        most = max(measured for _, measured in counted)
        assert [int(one.attributes["class"][-1]) for one in tiles] == [-(-4 * each // most) for _, each in counted]


def test_a_drawing_says_nothing_beyond_its_edge_and_no_text_lies_on_another(pages: dict[str, Path]):
    for page in pages.values():
        for path in (page.parent / "figures").glob("*.svg"):
            texts = [one for one in drawn(page, path.stem) if one.tag.endswith("}text")]
            placed = [
                (float(one.get("x")), float(one.get("y")), one.get("text-anchor"), one.text or "") for one in texts
            ]
            for x, _, anchor, text in placed:
                width = text_width(text, 11)
                assert x + (width / 2 if anchor else width) <= WIDTH, (path.name, text)
            height = float(drawn(page, path.stem).get("height"))
            assert all(0 < y < height for _, y, *_ in placed)


def test_pictures_are_drawn_where_a_font_has_chinese(
    built: BuildReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    if not draws_chinese():
        pytest.skip("no font with 中文 on this machine")
    monkeypatch.setattr(page_module, "draws_chinese", draws_chinese)
    drawings = []
    monkeypatch.setattr(page_module, "png", lambda svg: drawings.append(svg) or png(svg) if not drawings else b"")
    report = write_report(built.target, tmp_path)
    assert report.has_pictures and set(report.figures) == DRAWN
    picture = (tmp_path / "figures" / "chain_map.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert struct.unpack(">I", picture[16:20])[0] == ZOOM * WIDTH
    assert {path.stem for path in (tmp_path / "figures").glob("*.png")} == DRAWN


def test_without_a_font_there_are_no_pictures_and_no_links_to_them(built: BuildReport, tmp_path: Path):
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "chain_map.png").write_bytes(b"of an older report")
    report = write_report(built.target, tmp_path)
    assert not report.has_pictures
    assert not list((tmp_path / "figures").glob("*.png"))
    assert ".png" not in report.page.read_text(encoding="utf-8")


# ── seen from elsewhere ───────────────────────────────────────────────────────────────────────────────────────────


def test_another_province_is_what_the_warehouse_built_for_it_says(
    built: BuildReport, build_rows: Callable[..., BuildReport], tmp_path: Path
):
    """The page is that of a warehouse built with this focus; a province alone is seen from its city with most filings."""
    own = build_rows(world(), focus_province_code="440000", focus_city_code="440300")
    there = written(own.target, tmp_path / "own")
    seen = written(built.target, tmp_path / "seen", province="广东")
    assert seen.read_text(encoding="utf-8") == there.read_text(encoding="utf-8")
    assert "广东 · 深圳" in seen.read_text(encoding="utf-8")
    for path in sorted((tmp_path / "own" / "figures").iterdir()):
        assert path.read_bytes() == (tmp_path / "seen" / "figures" / path.name).read_bytes(), path.name


def test_a_province_without_cities_is_seen_without_a_focus_city(built: BuildReport, tmp_path: Path):
    page = written(built.target, tmp_path / "seen", province="台湾").read_text(encoding="utf-8")
    assert "台湾 · （未设关注地市）" in page
    assert "未知的专利申请占全省" not in page


@pytest.mark.parametrize(
    ("province", "city", "codes"),
    [
        ("330000", None, ("330000", None)),
        (" 浙江 ", None, ("330000", None)),
        ("浙江省", "宁波", ("330000", "330200")),
        (None, "杭州市", ("330000", "330100")),
        (None, "440300", ("440000", "440300")),
    ],
)
def test_places_are_found_by_name_and_code(built: BuildReport, province: str | None, city: str | None, codes: tuple):
    with opened(built.target) as connection:
        assert focus_codes(connection, province, city) == codes


def test_a_place_that_is_not_there_is_told(built: BuildReport, tmp_path: Path):
    with pytest.raises(WorkspaceError, match="火星"):
        write_report(built.target, tmp_path / "report", province="火星")
    assert not (tmp_path / "report").exists()
    with opened(built.target) as connection, pytest.raises(WorkspaceError, match="no such place.*310000"):
        focus_codes(connection, "上海", "杭州")


# ── versions and runs ─────────────────────────────────────────────────────────────────────────────────────────────


def test_versions_and_what_moved_between_them(
    built: BuildReport, build_rows: Callable[..., BuildReport], tmp_path: Path
):
    more, folder = world(), tmp_path / "warehouse"
    one = next(row for row in more["core.application_branch"] if row["level"] == "core")
    unlabelled = {row["application_id"] for row in more["core.application"]} - {
        row["application_id"] for row in more["core.application_branch"]
    }
    more["core.application_branch"].append(one | {"application_id": min(unlabelled)})
    for path in (built.target, built.text):
        shutil.copyfile(path, tmp_path / path.name)
    publish(tmp_path / built.target.name, folder, FACTS)
    publish(build_rows(more, version_key="v2").target, folder, replace(FACTS, version_key="v2"))
    page = parsed(written(folder / "current.duckdb", tmp_path / "report"))
    head, *body = page.one("version").rows
    assert [row[:2] for row in body] == [["v2", "是"], ["v1", "否"]]
    change = page.one("version_change")
    assert "与版本 v1 相比" in change.text
    assert "核心标签新增 1 条、减少 0 条" in change.text
    assert change.rows[1][2] == "新增"


def test_runs_are_listed_as_the_warehouse_has_them(zh: Element, ask_built: Callable[[str], list[tuple]]):
    statuses = ask_built("SELECT version_key FROM meta.run ORDER BY started_at DESC, run_id")
    rows = zh.one("run").rows
    assert [row[3] for row in rows[1:]] == [key or "—" for (key,) in statuses]
    assert rows[1][2] == "生成本版本"


def test_header_says_version_cut_off_and_that_data_are_synthetic(zh: Element):
    header = zh.all("header")[0].text
    for fact in ("v1", "2022-07-15", "数据中最晚的公布日", "2020", "t1", "18"):
        assert fact in header
    assert "合成数据 SYNTHETIC" in zh.all("p")[0].text
    assert zh.all("p")[0].attributes["class"] == "banner"


def test_real_data_has_no_synthetic_banner(build_rows: Callable[..., BuildReport], tmp_path: Path):
    page = written(build_rows(world(), is_synthetic=False).target, tmp_path / "report")
    assert "SYNTHETIC" not in page.read_text(encoding="utf-8")


# ── numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────


def hovers(figure: Element) -> list[str]:
    return [title.text for drawing in figure.all("svg") for title in drawing.all("title")[1:]]


def test_trend_is_that_of_the_metric(zh: Element, ask_built: Callable[[str], list[tuple]]):
    counted = ask_built(
        "SELECT filing_year, is_complete_year, max(applications) FILTER (WHERE area = 'all'),"
        " max(applications) FILTER (WHERE area = 'cn_office'), max(applications) FILTER (WHERE area = 'focus_province')"
        " FROM metrics.m01_filing_trend WHERE label_level = 'core' AND patent_type = 'all' GROUP BY ALL ORDER BY 1"
    )
    told = [
        f"{year} 年{'' if complete else '（不完整）'}：全部 {whole}、中国局 {cn}、浙江 {focus}"
        for year, complete, whole, cn, focus in counted
    ]
    assert hovers(zh.one("filing_trend")) == told
    # Counted by hand in the world: core labels with a filing year.
    assert "2018—2021 年共 16 件，其中中国局 12 件，浙江 5 件" in zh.one("filing_trend").text


def test_years_after_the_last_complete_one_are_hatched_and_dashed_and_said_so(zh: Element):
    figure = zh.one("filing_trend")
    columns = [one for one in figure.all("rect") if "%" in one.attributes["x"] and one.attributes["class"] != "strip"]
    hatched = [one for one in columns if one.attributes.get("fill") == "url(#hatch)"]
    assert len(hatched) == 1
    assert len([one for one in columns if one.attributes["class"] == "column"]) == 3
    dashed = [one for one in figure.all("line") if one.attributes["class"].endswith(" dashed")]
    assert len(dashed) == 2
    assert "2020 年（T*）之后的申请尚未全部公布" in figure.text


@pytest.mark.parametrize(
    ("name", "query"),
    [
        (
            "office_ranking",
            "SELECT rank, office_zh || ' ' || office, applications, share FROM metrics.m03_office_ranking"
            " WHERE label_level = 'core' ORDER BY rank NULLS LAST, office",
        ),
        (
            "city_share",
            "SELECT rank, city_name, applications, share FROM metrics.m33_city_share"
            " WHERE label_level = 'core' AND applications > 0 ORDER BY rank NULLS LAST, city_code",
        ),
        (
            "city_enterprise_share",
            "SELECT rank, city_name, enterprises, share FROM metrics.m34_city_enterprise_share"
            " WHERE enterprises > 0 ORDER BY rank NULLS LAST, city_code",
        ),
    ],
)
def test_ranked_bars_are_those_of_the_metric(
    zh: Element, ask_built: Callable[[str], list[tuple]], name: str, query: str
):
    told = [
        f"{'' if rank is None else f'{rank} '}{label}: {measure:,}{'' if share is None else f' · {100 * share:.1f} %'}"
        for rank, label, measure, share in ask_built(query)
    ]
    assert told
    assert hovers(zh.one(name)) == told


def test_focus_province_and_city_stand_out(zh: Element):
    for name, place in (("province_ranking", "1 浙江"), ("city_share", "1 杭州")):
        standing_out = [one for one in zh.one(name).all("g") if one.attributes["class"].startswith("focus")]
        assert [one.all("text")[0].text for one in standing_out] == [place]


def test_heat_map_is_the_metric_of_recent_years(zh: Element, ask_built: Callable[[str], list[tuple]]):
    counted = ask_built(
        "SELECT branch_zh, group_rank || ' ' || group_name, families FROM metrics.m17_applicant_branch"
        " WHERE unit = 'family' AND period = 'recent_3_years' AND group_rank <= 10"
    )
    (heat,) = [one for one in zh.one("applicant_branch").all("table") if one.attributes.get("class") == "heat"]
    head, *body = heat.rows
    shown = {
        (row[0].removesuffix(" ★"), name): int(families)
        for row in body
        for name, families in zip(head[1:], row[1:], strict=True)
    }
    assert shown == {(branch, group): families for branch, group, families in counted}
    assert sum(shown.values()) > 0


def test_tree_shows_every_branch_under_its_parent(zh: Element, ask_built: Callable[[str], list[tuple]]):
    families = dict(ask_built("SELECT title_zh, families FROM metrics.m12_branch_structure WHERE unit = 'family'"))
    rows = [
        (one.attributes["class"].split()[1], *(text.text for text in one.all("text")))
        for one in zh.one("branch_structure").all("g")
    ]
    assert {label.removesuffix(" ◇"): int(written) for _, label, written in rows} == families
    depths = [(label, depth) for depth, label, _ in rows]
    at = [label for label, _ in depths].index("chip 分支")
    assert depths[at - 1 : at + 3] == [
        ("part 分支", "depth0"),
        ("chip 分支", "depth1"),
        ("gpu 分支", "depth2"),
        ("asic 分支", "depth2"),
    ]


def test_reconstructed_names_are_marked_on_every_tier(zh: Element, ask_built: Callable[[str], list[tuple]]):
    ours = ask_built(
        "SELECT title_zh || ' ◇' FROM metrics.m12_branch_structure WHERE origin = 'reconstructed' AND unit = 'family'"
    )
    tree = zh.one("branch_structure")
    marked = [one.all("text")[0].text for one in tree.all("g") if "hollow" in one.attributes["class"]]
    assert sorted(marked) == sorted(name for (name,) in ours)
    assert "其中 2 个的名称由本项目补全（二级 1 个、三级 1 个）" in tree.text


def test_districts_name_abolished_ones_and_their_cumulative_share(zh: Element, ask_built: Callable):
    (third,) = ask_built(
        "SELECT max(cumulative_share) FROM metrics.m35_district_distribution"
        " WHERE population = 'applications' AND label_level = 'core' AND rank <= 3 AND applications > 0"
    )
    text = zh.one("district_applications").text
    assert "江干区（已撤并）" in text
    assert f"合计占 {100 * third[0]:.1f} %" in text or f"合计占{100 * third[0]:.1f} %" in text


def test_enterprises_stand_at_their_stages(zh: Element):
    head, *body = zh.one("enterprise_stage").rows
    assert head[2:] == ["上游", "中游", "下游"]
    assert ["测试企业 e2", "浙江省 杭州市 西湖区", "●", "", "●"] in body
    assert "上游 3 家、中游 2 家、下游 2 家" in zh.one("enterprise_stage").text


def test_losses_are_told(zh: Element):
    assert "读入 27 行：载入 21、重复 3、隔离 2、空行 1" in zh.one("merge_flow").text
    assert ["publication_number_shape", "test", "2", "1"] in zh.one("rejected_row").rows


@pytest.mark.parametrize("language", ["zh", "en"])
def test_data_beside_a_figure_are_the_rows_of_its_metric(pages: dict[str, Path], built: BuildReport, language: str):
    views = {
        "office_ranking": ("m03_office_ranking", "label_level = 'core'"),
        "province_ranking": ("m04_province_ranking", "label_level = 'core'"),
        "filing_trend": ("m01_filing_trend", "label_level = 'core'"),
        "applicant_branch": ("m17_applicant_branch", "unit = 'family' AND group_rank <= 10"),
        "branch_structure": ("m12_branch_structure", "unit = 'family'"),
        "city_share": ("m33_city_share", "label_level = 'core'"),
        "city_enterprise_share": ("m34_city_enterprise_share", "true"),
        "district_applications": ("m35_district_distribution", "population = 'applications' AND label_level = 'core'"),
        "district_enterprises": ("m35_district_distribution", "population = 'enterprises'"),
        "coverage": ("m56_coverage", "label_level = 'core'"),
        "merge_flow": ("m57_merge_flow", "true"),
    }
    with duckdb.connect(str(built.target), read_only=True) as connection:
        for name, (view, condition) in views.items():
            text = (pages[language].parent / "figures" / f"{name}.csv").read_text(encoding="utf-8-sig")
            head, *body = csv.reader(text.splitlines())
            relation = connection.table(f"metrics.{view}").filter(condition)
            own = [column for column in head if column in relation.columns]
            at = [head.index(column) for column in own]
            expected = [[cell(value) for value in row] for row in relation.select(*own).fetchall()]
            assert sorted([row[place] for place in at] for row in body) == sorted(expected), name


def test_the_page_counts_all_applications_where_none_has_a_core_label(
    build_rows: Callable[..., BuildReport], tmp_path: Path
):
    page = parsed(written(build_rows(world() | {"core.application_branch": []}).target, tmp_path))
    assert "有核心标签的只有 0 件，不足百分之一，因此计入全部 19 件" in page.all("header")[0].text
    assert "2018—2021 年共 18 件" in page.one("filing_trend").text
    assert "没有数据 no data" in page.one("applicant_branch").text


# ── almost nothing ───────────────────────────────────────────────────────────────────────────────────────────────


def almost_nothing() -> Rows:
    """One Korean application without year, place, applicant or label, and no reference table beyond the required."""
    rows = {name: [] for name in world()}
    number = "KR100000019A"
    rows["core.application"] = [row for row in world()["core.application"] if row["application_id"] == "A19"]
    rows["core.publication"] = [row for row in world()["core.publication"] if row["application_id"] == "A19"]
    rows["core.family"] = [row for row in world()["core.family"] if row["family_id"] == "F19"]
    rows["core.publication_text"] = [{"publication_number": number}]
    source = {"source_file_id": "f1", "row_number": rows["core.publication"][0]["row_number"]}
    rows["core.publication_source"] = [source | {"publication_number": number, "is_first": True}]
    rows["core.branch"] = world()["core.branch"]
    rows["core.office"] = [row for row in world()["core.office"] if row["office"] == "KR"]
    rows["core.region"] = world()["core.region"][:1]
    counts = {"rows_in": 1, "loaded": 1, "duplicate": 0, "quarantined": 0, "blank": 0}
    rows["meta.source_file"] = [world()["meta.source_file"][0] | counts]
    return rows


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_almost_empty_warehouse_says_of_every_figure_why_it_is_empty(
    build_rows: Callable[..., BuildReport], tmp_path: Path, language: str
):
    page = parsed(written(build_rows(almost_nothing()).target, tmp_path / "report", language))
    empty = {one.attributes["id"] for one in page.all("figure") if any(_is_empty(p) for p in one.all("p"))}
    full = {
        "claim",
        "office_ranking",
        "branch_structure",
        "merge_flow",
        "source_file",
        "coverage",
        "open_check",
        "convention",
        "run",
    }
    assert empty == set(FIGURES) - full - {"branch_definition"}
    assert Words(language, {})["no_data"] in page.one("chain_map").text
    assert "330000" in page.all("h2")[5].text


def _is_empty(paragraph: Element) -> bool:
    return paragraph.attributes.get("class") == "empty" and len(paragraph.text) > len("没有数据 no data：") + 4


# ── nothing in the data can act ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def hostile_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    door = write_door(folder / "door", hostile_world())
    built = build(door, folder / "warehouse.duckdb", replace(FACTS, version_key=HOSTILE))
    return written(built.target, folder / "report")


def test_texts_of_the_data_are_texts_on_the_page(hostile_page: Path):
    page = parsed(hostile_page)
    assert [page.all(tag) for tag in ("script", "img", "b")] == [[], [], []]
    everything = [one for tag in ("section", "figure", "g", "td", "th", "svg", "bdi", "text") for one in page.all(tag)]
    assert not any(name.startswith("on") for one in everything for name in one.attributes)
    assert RIGHT_TO_LEFT not in hostile_page.read_text(encoding="utf-8")
    shown = made_visible(HOSTILE)
    for name in ("applicant_branch", "branch_structure", "enterprise_stage", "chain_map", "policy", "source_file"):
        assert shown in page.one(name).text, name
    for name in ("office_ranking", "province_ranking", "city_share", "filing_trend"):
        assert any(shown in hover for hover in hovers(page.one(name))), name
    assert shown in page.all("header")[0].text


def test_texts_of_the_data_are_texts_in_a_drawing(hostile_page: Path):
    shown = made_visible(HOSTILE)
    for name in sorted(DRAWN):
        drawing = drawn(hostile_page, name)
        tags = {one.tag.rpartition("}")[2] for one in drawing.iter()}
        assert tags <= {
            "svg",
            "g",
            "text",
            "title",
            "desc",
            "style",
            "defs",
            "pattern",
            "path",
            "rect",
            "line",
            "circle",
        }
        assert not any(key.startswith(("on", "href", "{")) for one in drawing.iter() for key in one.attrib)
        assert RIGHT_TO_LEFT not in "".join(drawing.itertext())
    for name in ("office_ranking", "province_ranking", "city_share", "branch_structure"):
        assert any(shown in hover for hover in texts_of(drawn(hostile_page, name), "title")), name


def test_texts_of_the_data_are_texts_in_a_spreadsheet(hostile_page: Path):
    tables = list((hostile_page.parent / "figures").glob("*.csv"))
    assert {path.stem for path in tables} == set(FIGURES)
    for path in tables:
        for row in csv.reader(path.read_text(encoding="utf-8-sig").splitlines()):
            for value in row:
                assert not value.startswith(("=", "+", "@", "\t", "\r")), path.name
                assert not value.startswith("-") or re.fullmatch(r"-\d+(\.\d+)?(e-?\d+)?", value), path.name
                assert RIGHT_TO_LEFT not in value


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd", "'+cmd"),
        ("-cmd", "'-cmd"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("＝1", "'＝1"),
        ("-12.5", "-12.5"),
        ("+7", "+7"),
        (-0.5, "-0.5"),
        (True, "true"),
        (None, ""),
        (["=a", "b"], "'=a;b"),
        ("汉字", "汉字"),
        (f"a{RIGHT_TO_LEFT}b", "a[U+202E]b"),
    ],
)
def test_a_cell_is_never_a_formula(value: object, written: str):
    assert cell(value) == written


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=5))
def test_csv_keeps_rows_and_cells_apart(rows: list[list[str]]):
    text = csv_text(("a", "b"), rows)
    assert text.startswith("\ufeff")
    read = list(csv.reader(text.removeprefix("\ufeff").splitlines(keepends=True)))
    assert read[1:] == [[cell(value) for value in row] for row in rows]


def test_the_page_asks_the_network_for_nothing_and_runs_nothing(pages: dict[str, Path]):
    for page in pages.values():
        text = page.read_text(encoding="utf-8")
        for forbidden in ("http:", "https:", "//", "src=", "@import", "<script", "<link", "<iframe", "javascript:"):
            assert forbidden not in text, forbidden
        tree = parsed(page)
        assert all(one.attributes["href"].startswith(("#", "figures/")) for one in tree.all("a"))
        assert set(re.findall(r"url\(([^)]*)\)", text)) == {"#hatch"}


def test_the_security_policy_allows_our_style_and_nothing_else(zh: Element):
    policy = next(one for one in zh.all("meta") if "http-equiv" in one.attributes).attributes["content"]
    digest = base64.b64encode(hashlib.sha256(zh.all("style")[0].text.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert not any("style" in one.attributes for tag in ("td", "th", "p", "g", "svg", "rect") for one in zh.all(tag))


# ── never half a page ────────────────────────────────────────────────────────────────────────────────────────────


def test_an_interrupted_write_leaves_the_old_page(built: BuildReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    page = written(built.target, tmp_path)
    before = page.read_bytes()

    def full_disk(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(page_module.os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        written(built.target, tmp_path, "en")
    assert page.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["figures", "index.html"]


def test_a_killed_write_leaves_the_old_page(tmp_path: Path):
    page = write_whole(tmp_path / "index.html", "old")
    killed = "import os, sys; from pathlib import Path; from warehouse.report import page;" + (
        "page.os.replace = lambda *paths: os._exit(9); page.write_whole(Path(sys.argv[1]), 'new' * 100000)"
    )
    done = subprocess.run([sys.executable, "-c", killed, str(page)], cwd=Path(__file__).parents[2], check=False)
    assert done.returncode == 9
    assert page.read_text(encoding="utf-8") == "old"


def test_same_warehouse_same_page(built: BuildReport, pages: dict[str, Path], tmp_path: Path):
    again = written(built.target, tmp_path)
    assert again.read_bytes() == pages["zh"].read_bytes()


def test_the_page_is_of_the_version_that_the_symlink_names(built: BuildReport, tmp_path: Path):
    link = tmp_path / "current.duckdb"
    link.symlink_to(built.target)
    assert written(link, tmp_path / "report").exists()


def test_errors_say_what_is_missing(built: BuildReport, tmp_path: Path):
    with pytest.raises(WorkspaceError, match="no published warehouse"):
        written(tmp_path / "current.duckdb", tmp_path / "report")
    with pytest.raises(WorkspaceError, match="language 'fr'; expected zh or en"):
        written(built.target, tmp_path / "report", "fr")
    not_a_warehouse = tmp_path / "notes.duckdb"
    not_a_warehouse.write_text("not a database " * 1000)
    with pytest.raises(QuestionError, match="a DuckDB warehouse file"):
        written(not_a_warehouse, tmp_path / "report")
    empty = tmp_path / "empty.duckdb"
    duckdb.connect(str(empty)).close()
    with pytest.raises(QuestionError, match="report question build"):
        written(empty, tmp_path / "report")
    assert not (tmp_path / "report").exists()


# ── words, questions, drawings ────────────────────────────────────────────────────────────────────────────────────


def test_every_word_stands_in_both_languages_with_the_same_places():
    codes = [entry for field_codes in _codes().values() for entry in field_codes.values()]
    for entry in [*_entries().values(), *codes]:
        assert set(entry) == {"zh", "en"}
        assert entry["zh"].strip() or entry["en"].strip()
        places = [{name for _, name, _, _ in Formatter().parse(entry[language]) if name} for language in ("zh", "en")]
        assert places[0] == places[1], entry


def test_every_word_is_used():
    source = "".join(
        path.read_text(encoding="utf-8") for path in WORDS.parent.iterdir() if path.suffix in (".py", ".jinja")
    )
    ends = ("_title", "_section", "_empty", "_says")
    composed = {"level_core", "level_all", "recent_3_years", "all_years"}
    composed |= {f"seal_{verdict}" for verdict in ("true", "false", "unanswerable")}
    composed |= {f"file_{kind}" for kind in ("csv", "svg", "png")}
    composed |= {f"{name}{end}" for name in (*FIGURES, *SECTIONS) for end in ends}
    assert [key for key in _entries() if f'"{key}"' not in source and key not in composed] == []


def test_questions_read_what_the_report_may_read():
    allowed = re.compile(r"metrics\.\w+|meta\.\w+|core\.(branch|policy|chain_node|enterprise\w*)|duckdb_columns\(\)")
    for path in QUESTIONS.glob("*.sql"):
        sql = re.sub(r"--.*", "", path.read_text(encoding="utf-8"))
        inner = set(re.findall(r"(\w+) AS \(", sql))
        read = set(re.findall(r"(?:(?<!DISTINCT )FROM|JOIN)\s+([\w.]+(?:\(\))?)", sql)) - inner
        assert read
        assert all(allowed.fullmatch(relation) for relation in read), (path.name, read)
        assert path.stem in FIGURES or path.stem in (
            *("build", "focus", "focus_branch", "label_level", "column_title", "metric"),
        )


@given(st.integers(0, 10**9))
def test_ticks_are_round_and_reach_the_largest(largest: int):
    ticks = round_ticks(largest)
    assert ticks[0] == 0
    assert ticks[-1] >= largest
    assert 2 <= len(ticks) <= 7
    steps = {after - before for before, after in zip(ticks, ticks[1:], strict=False)}
    assert len(steps) == 1
    assert str(steps.pop()).rstrip("0") in ("1", "2", "5")


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs", "Cc"]), max_size=200), st.integers(60, 300))
def test_labels_fit_their_room(label: str, room: int):
    lines = wrapped(label, room)
    assert 1 <= len(lines) <= 3
    assert all(text_width(line) <= room for line in lines)


def test_bars_do_not_lie_on_the_labels_below():
    labels = ["短", "Foundational devices for compute-in-memory, circuits and architectures " * 2, "GPU"]
    chart = bar_chart(
        "x",
        "t",
        "d",
        [Bar(label, "1,234,567 · 12.3 %", 1.0, label, depth=min(at, 1)) for at, label in enumerate(labels)],
    )
    for above, below in zip(chart.bars, chart.bars[1:], strict=False):
        first_baseline = below.lines[0][0]
        assert above.top + chart.bar_height < first_baseline - 10
    assert all(text_width(text) < NARROWEST for one in chart.bars for _, text in one.lines)
