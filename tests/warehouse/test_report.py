"""The report page: its numbers are those of the metrics, nothing in the data can act, and half of it is never seen."""

from __future__ import annotations

import base64
import csv
import hashlib
import html
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import QuestionError, WorkspaceError
from tests.warehouse.world import FACTS, Rows, world, write_door
from warehouse.build import BuildReport, build
from warehouse.report import page as page_module
from warehouse.report.drawing import NARROWEST, Bar, bar_chart, round_ticks, text_width, wrapped
from warehouse.report.page import SECTIONS, write_report, write_whole
from warehouse.report.reading import QUESTIONS
from warehouse.report.spreadsheet import cell, csv_text
from warehouse.report.visible import made_visible
from warehouse.report.wording import WORDS, Words, _codes, _entries

RIGHT_TO_LEFT = "\u202e"
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


def parsed(page: Path) -> Element:
    tree = _Tree()
    tree.feed(page.read_text(encoding="utf-8"))
    tree.close()
    assert len(tree.open) == 1
    return tree.open[0]


@pytest.fixture(scope="module")
def pages(built: BuildReport, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("report")
    return {language: write_report(built.target, folder / language, language) for language in ("zh", "en")}


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
        assert all(code.text.split(".")[0] in ("metrics", "core", "meta") for code in figure.all("code"))
        link = figure.all("a")[0].attributes["href"]
        assert (pages[language].parent / link).read_bytes().startswith(b"\xef\xbb\xbf")


def test_header_says_version_cut_off_and_that_data_are_synthetic(zh: Element):
    header = zh.all("header")[0].text
    for fact in ("v1", "2022-07-15", "数据中最晚的公布日", "2020", "t1", "18"):
        assert fact in header
    assert "合成数据 SYNTHETIC" in zh.all("p")[0].text
    assert zh.all("p")[0].attributes["class"] == "banner"


def test_real_data_has_no_synthetic_banner(build_rows: Callable[..., BuildReport], tmp_path: Path):
    page = write_report(build_rows(world(), is_synthetic=False).target, tmp_path / "report")
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
    head, *body = zh.one("applicant_branch").rows
    shown = {(row[0], name): int(families) for row in body for name, families in zip(head[1:], row[1:], strict=True)}
    assert shown == {(branch, group): families for branch, group, families in counted}
    assert sum(shown.values()) > 0


def test_tree_shows_every_branch_under_its_parent(zh: Element, ask_built: Callable[[str], list[tuple]]):
    families = dict(ask_built("SELECT title_zh, families FROM metrics.m12_branch_structure WHERE unit = 'family'"))
    rows = [
        (one.attributes["class"].split()[1], *(text.text for text in one.all("text")))
        for one in zh.one("branch_structure").all("g")
    ]
    assert {label: int(written) for _, label, written in rows} == families
    depths = [(label, depth) for depth, label, _ in rows]
    at = [label for label, _ in depths].index("chip 分支")
    assert depths[at - 1 : at + 3] == [
        ("part 分支", "depth0"),
        ("chip 分支", "depth1"),
        ("gpu 分支", "depth2"),
        ("asic 分支", "depth2"),
    ]


def test_reconstructed_branches_are_marked(build_rows: Callable[..., BuildReport], tmp_path: Path):
    rows = world()
    rows["core.branch"][0]["origin"] = "reconstructed"
    tree = parsed(write_report(build_rows(rows).target, tmp_path)).one("branch_structure")
    assert [one.all("text")[0].text for one in tree.all("g") if "hollow" in one.attributes["class"]] == ["gpu 分支 ◇"]
    assert "1 个由本项目补全" in tree.text


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
    page = parsed(write_report(build_rows(world() | {"core.application_branch": []}).target, tmp_path))
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
    page = parsed(write_report(build_rows(almost_nothing()).target, tmp_path / "report", language))
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
    }
    assert empty == set(FIGURES) - full - {"branch_definition"}
    assert Words(language, {})["no_data"] in page.one("chain_map").text
    assert "330000" in page.all("h2")[5].text


def _is_empty(paragraph: Element) -> bool:
    return paragraph.attributes.get("class") == "empty" and len(paragraph.text) > len("没有数据 no data：") + 4


# ── nothing in the data can act ───────────────────────────────────────────────────────────────────────────────────

# A formula, markup that closes what may be open, an attribute, a template, and a mark that turns the direction.
HOSTILE = (
    '=HYPERLINK("a","b")<script>alert(1)</script></title></svg></style><img src=x onerror=alert(1)>'
    f'" onmouseover="alert(1) \' ]]> &lt;b&gt; {{{{ 7 * 7 }}}} {{% raw %}} 正{RIGHT_TO_LEFT}反'
)


@pytest.fixture(scope="module")
def hostile_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows, folder = world(), tmp_path_factory.mktemp("hostile")
    changed = {
        "core.applicant": ("applicant_name",),
        "core.branch": ("title_zh", "tier1_title_zh", "tier2_title_zh", "definition_zh"),
        "core.office": ("name_zh",),
        "core.region": ("short_name",),
        "core.enterprise": ("enterprise_name",),
        "core.enterprise_stage": ("product",),
        "core.chain_node": ("title_zh", "note"),
        "core.policy": ("policy_title", "issuer", "data_flag"),
        "meta.source_file": ("path", "reason"),
        "meta.rejected_row": ("reason",),
    }
    for table, columns in changed.items():
        for row in rows[table]:
            row |= dict.fromkeys(columns, HOSTILE)
    door = write_door(folder / "door", rows)
    built = build(door, folder / "warehouse.duckdb", replace(FACTS, version_key=HOSTILE))
    return write_report(built.target, folder / "report")


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


def test_texts_of_the_data_are_texts_in_a_spreadsheet(hostile_page: Path):
    for path in (hostile_page.parent / "figures").glob("*.csv"):
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
    page = write_report(built.target, tmp_path)
    before = page.read_bytes()

    def full_disk(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(page_module.os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        write_report(built.target, tmp_path, "en")
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
    again = write_report(built.target, tmp_path)
    assert again.read_bytes() == pages["zh"].read_bytes()


def test_the_page_is_of_the_version_that_the_symlink_names(built: BuildReport, tmp_path: Path):
    link = tmp_path / "current.duckdb"
    link.symlink_to(built.target)
    assert write_report(link, tmp_path / "report").exists()


def test_errors_say_what_is_missing(built: BuildReport, tmp_path: Path):
    with pytest.raises(WorkspaceError, match="no published warehouse"):
        write_report(tmp_path / "current.duckdb", tmp_path / "report")
    with pytest.raises(WorkspaceError, match="language 'fr'; expected zh or en"):
        write_report(built.target, tmp_path / "report", "fr")
    not_a_warehouse = tmp_path / "notes.duckdb"
    not_a_warehouse.write_text("not a database " * 1000)
    with pytest.raises(QuestionError, match="a DuckDB warehouse file"):
        write_report(not_a_warehouse, tmp_path / "report")
    empty = tmp_path / "empty.duckdb"
    duckdb.connect(str(empty)).close()
    with pytest.raises(QuestionError, match="report question build"):
        write_report(empty, tmp_path / "report")
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
        assert path.stem in FIGURES or path.stem in ("build", "focus", "label_level", "column_title")


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


# ── in a browser ────────────────────────────────────────────────────────────────────────────────────────────────

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
needs_browser = pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine: the page was not drawn")
# Measures the page and leaves the result in the title, where --dump-dom shows it. The page's own policy forbids scripts,
# so a copy without it is measured: there even a script smuggled in by the data would run and be counted.
WATCH = "<head><script>window.alerts = 0; window.alert = () => { window.alerts += 1; };</script>"
MEASURE = """
<script>
addEventListener("load", () => {
  const overlaps = [];
  for (const drawing of document.querySelectorAll("figure > svg")) {
    const boxes = [...drawing.querySelectorAll("text")].map(t => [t.textContent, t.getBoundingClientRect()]);
    boxes.forEach(([one, a], i) => boxes.slice(i + 1).forEach(([other, b]) => {
      if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3)
        overlaps.push(one + " | " + other);
    }));
    for (const [one, a] of boxes) if (a.right > innerWidth || a.left < 0) overlaps.push(one + " outside");
  }
  const drawings = document.querySelectorAll("figure > svg").length;
  parent.document.title = JSON.stringify(
    {overlaps, drawings, alerts: window.alerts, width: innerWidth, content: document.documentElement.scrollWidth});
});
</script>
"""


def browse(page: Path, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    quiet = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync")
    local = ("--disable-background-networking", "--disable-component-update", f"--user-data-dir={folder / 'browser'}")
    return subprocess.run(
        [CHROMIUM, *quiet, *local, *options, page.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )


@pytest.fixture(scope="module")
def browsed_pages(pages: dict[str, Path], hostile_page: Path) -> dict[str, Path]:
    return pages | {"hostile": hostile_page}


@needs_browser
@pytest.mark.parametrize("name", ["zh", "en", "hostile"])
def test_a_browser_draws_the_page_without_a_complaint(browsed_pages: dict[str, Path], tmp_path: Path, name: str):
    seen = browse(browsed_pages[name], tmp_path, "--dump-dom", "--enable-logging=stderr")
    assert "CONSOLE" not in seen.stderr
    assert seen.stdout.count("<figure") == len(FIGURES)


@needs_browser
@pytest.mark.parametrize("width", [360, 390, 1280])
@pytest.mark.parametrize("name", ["zh", "en", "hostile"])
def test_no_text_lies_on_another(browsed_pages: dict[str, Path], tmp_path: Path, name: str, width: int):
    text = browsed_pages[name].read_text(encoding="utf-8").replace("<head>", WATCH)
    copy = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text).replace("</body>", MEASURE + "</body>")
    framed = copy.replace("&", "&amp;").replace('"', "&quot;")
    frame = tmp_path / "frame.html"
    # In a frame, because a browser window has a least width.
    frame.write_text(
        f'<!doctype html><title></title><iframe width="{width}" height="3000" srcdoc="{framed}"></iframe>',
        encoding="utf-8",
    )
    dom = browse(frame, tmp_path, "--dump-dom", "--window-size=1400,3000").stdout
    found = json.loads(html.unescape(re.search(r"<title>(\{.*?\})</title>", dom)[1]))
    assert found["width"] == width
    assert found["content"] <= width
    assert found["drawings"] == 9
    assert found["overlaps"] == []
    assert found["alerts"] == 0
