"""The sample: same bytes for the same seed, the seed document's claims by count, and dirt that adds up."""

from __future__ import annotations

import csv
import json
import time
from collections import Counter
from datetime import date
from hashlib import sha256
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from flows.sample import ENTERPRISES, EXPORTS, SampleReport, write_sample
from flows.sample.calibration import CUT_OFF, FOCUS_BRANCHES, KEY_APPLICANTS
from flows.sample.numbers import NumberMint, cn_check_digit
from flows.sample.quotas import apportion
from flows.sample.records import MANGLED_NUMBER
from flows.sample.subjects import load_subjects
from flows.sample.world import Filing, World, build_world
from schemas.errors import PatnavError, WorkspaceError

INVENTORS = {"patsnap": "发明人", "lens": "Inventors", "google": "inventor/author"}
NUMBERS = {"patsnap": ("公开(公告)号", "公开公告号"), "lens": ("Display Key",), "google": ("id",)}
FILED = {"patsnap": ("申请日",), "lens": ("Application Date",), "google": ("filing/creation date",)}
APPLICATIONS = {"patsnap": ("申请号",), "lens": ("Application Number",), "google": ()}
PUBLISHED = {"patsnap": ("公开(公告)日", "公开公告日"), "lens": ("Publication Date",), "google": ("publication date",)}


@pytest.fixture(scope="module")
def world() -> World:
    return build_world()


@pytest.fixture(
    scope="module",
    params=[3000, pytest.param(5000, marks=pytest.mark.nightly), pytest.param(20000, marks=pytest.mark.nightly)],
)
def core(request) -> list[Filing]:
    """The in-branch filings of worlds of several sizes."""
    return in_branches(build_world(request.param))


def in_branches(world: World) -> list[Filing]:
    return [filing for filing in world.filings if filing.role == "branch"]


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> SampleReport:
    started = time.monotonic()
    report = write_sample(tmp_path_factory.mktemp("sample") / "world")
    assert time.monotonic() - started < 15
    return report


def rows_of(path: Path) -> list[dict[str, str]]:
    """Rows below the header by column, blank ones included, as texts."""
    if path.suffix.lower() == ".xlsx":
        sheet = openpyxl.load_workbook(path)["sheet1"]
        table = [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]
    else:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = list(csv.reader(file))
        if table[0][0] == "search URL:":
            table = table[1:]
    header, *rows = table
    assert all(len(row) == len(header) for row in rows)
    return [dict(zip(header, row, strict=True)) for row in rows]


def tool_of(path: str) -> str:
    return path.split("/")[1]


def cell(row: dict[str, str], names: tuple[str, ...]) -> str:
    text = next((row[name] for name in names if name in row), "")
    return "" if text == "-" else text


def read_date(text: str) -> date | None:
    try:
        if "/" in text:
            month, day, year = (int(part) for part in text.split("/"))
            return date(year, month, day)
        return date.fromisoformat(text)
    except ValueError:
        return None


def dirt_in(path: str, rows: list[dict[str, str]]) -> Counter:
    """Kinds of dirt as a loader would see them, read from the cells alone."""
    tool, kinds = tool_of(path), Counter()
    for row in rows:
        number, filed = cell(row, NUMBERS[tool]), read_date(cell(row, FILED[tool]))
        if "该数据不支持导出" in number:
            kinds["not_exportable"] += 1
        elif not number:
            kinds["missing_number"] += 1
        elif number == MANGLED_NUMBER:
            kinds["mangled_publication_number"] += 1
        elif cell(row, APPLICATIONS[tool]) == MANGLED_NUMBER:
            kinds["mangled_application_number"] += 1
        elif filed is None:
            kinds["impossible_date"] += 1
        elif read_date(cell(row, PUBLISHED[tool])) < filed:
            kinds["published_before_filing"] += 1
    return kinds


# --- the files ------------------------------------------------------------------------------------------------------


def test_same_seed_writes_the_same_bytes(sample, tmp_path):
    again = write_sample(tmp_path / "again")
    written = {path.relative_to(sample.directory): path for path in sample.directory.rglob("*") if path.is_file()}
    repeated = {path.relative_to(again.directory): path for path in again.directory.rglob("*") if path.is_file()}
    assert written.keys() == repeated.keys()
    for name, path in written.items():
        assert path.read_bytes() == repeated[name].read_bytes(), name


def test_the_world_is_the_same_on_every_python():
    """A golden digest: it changes with the world's contents, and must then be renewed, but not with the interpreter."""
    facts = [(f.number.lens(), f.filing_date.isoformat(), f.family.text.title_en) for f in build_world(300).filings]
    assert sha256(json.dumps(facts).encode()).hexdigest()[:16] == "252392055b65c645"


def test_another_seed_writes_another_world(tmp_path):
    one, two = (write_sample(tmp_path / str(seed), 300, seed) for seed in (1, 2))
    assert (one.directory / EXPORTS[0].path).read_bytes() != (two.directory / EXPORTS[0].path).read_bytes()


def test_rows_dirt_and_blanks_are_what_the_report_says(sample):
    for file in sample.files:
        rows = rows_of(sample.directory / file.path)
        filled = [row for row in rows if any(row.values())]
        assert len(rows) == file.rows, file.path
        assert len(rows) - len(filled) == file.blank > 0, file.path
        assert dirt_in(file.path, filled) == file.dirty, file.path


def test_dirt_is_one_to_two_percent_and_of_every_kind(sample):
    kinds = {kind for file in sample.files for kind in file.dirty}
    assert len(kinds) == 6
    for file in sample.files:
        assert 0.01 <= sum(file.dirty.values()) / file.rows <= 0.02, file.path


def test_good_rows_less_copies_are_the_publications(sample, world):
    written = Counter()
    for file in sample.files:
        tool = tool_of(file.path)
        for row in rows_of(sample.directory / file.path):
            written[cell(row, NUMBERS[tool]).replace(" ", "").replace("-", "").replace("/", "")] += 1
    expected = {publication.number.patsnap() for filing in world.filings for publication in filing.publications}
    assert len(expected) == sample.publications == sum(file.good - file.duplicates for file in sample.files)
    assert expected <= written.keys()
    assert sum(written[number] - 1 for number in expected) == sum(file.duplicates for file in sample.files)


def test_copies_stand_in_several_files(sample):
    copies = {file.path: file.duplicates for file in sample.files}
    chinese = sum(file.good - file.duplicates for file in sample.files if tool_of(file.path) == "patsnap")
    assert 0.02 < copies["inbox/lens/lens-export.csv"] / chinese < 0.04
    assert copies["inbox/patsnap/智慧芽_改名表头.xlsx"] > 0
    assert copies["inbox/patsnap/智慧芽_导出_2.xlsx"] > 0
    assert copies["inbox/google/gp-search.csv"] > 0


def test_every_row_carries_the_marker(sample):
    for file in sample.files:
        column = INVENTORS[tool_of(file.path)]
        marker = "合成发明人 " if tool_of(file.path) == "patsnap" else "SYNTHETIC INVENTOR "
        for row in rows_of(sample.directory / file.path):
            assert not any(row.values()) or row[column].startswith(marker), (file.path, row)


def test_bytes_look_like_the_tools(sample):
    lens = (sample.directory / "inbox/lens/lens-export.csv").read_bytes()
    assert lens.startswith(b"\xef\xbb\xbf#,Jurisdiction,") and b"\r" not in lens and lens.endswith(b"\n")
    google = (sample.directory / "inbox/google/gp-search.csv").read_text(encoding="utf-8")
    assert google.startswith("search URL:,https://patents.google.com/?q=")
    workbook = openpyxl.load_workbook(sample.directory / "inbox/patsnap/智慧芽_导出_1.XLSX")
    assert workbook.sheetnames == ["sheet1"]
    assert all(cell is None or isinstance(cell, str) for row in workbook["sheet1"].values for cell in row)


def test_manifest_names_every_other_file_with_its_hash(sample):
    manifest = json.loads((sample.directory / "sample.json").read_text(encoding="utf-8"))
    assert (manifest["seed"], manifest["applications"], manifest["synthetic"]) == (2023, 5000, True)
    others = {path.relative_to(sample.directory).as_posix(): path for path in sample.directory.rglob("*.*")}
    others.pop("sample.json")
    assert manifest["sha256"] == {name: sha256(path.read_bytes()).hexdigest() for name, path in others.items()}
    readme = (sample.directory / "README.txt").read_text(encoding="utf-8")
    assert "SYNTHETIC DATA" in readme and "合成数据" in readme


def test_a_folder_that_is_not_empty_is_refused_and_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="not empty"):
        write_sample(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("size", [0, 299, 200_001])
def test_a_size_outside_the_range_is_refused(tmp_path, size):
    with pytest.raises(PatnavError, match="300 to 200000"):
        write_sample(tmp_path / "new", size)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("size", [300, 301, 1234])
def test_other_sizes_add_up(tmp_path, size):
    report = write_sample(tmp_path / "new", size)
    assert report.applications == size
    assert report.publications == sum(file.good - file.duplicates for file in report.files)


# --- the world ------------------------------------------------------------------------------------------------------


def test_nothing_is_later_than_the_cut_off_or_earlier_than_its_filing(world):
    for filing in world.filings:
        days = [publication.date for publication in filing.publications]
        assert filing.filing_date.year == filing.year
        assert filing.filing_date < days[0] <= days[-1] <= CUT_OFF
        # Twelve months may hold a leap day.
        assert 0 <= (filing.filing_date - filing.family.first.filing_date).days <= 366


def test_numbers_are_unique(world):
    publications = [p.number.patsnap() for filing in world.filings for p in filing.publications if p.number.kind != "B"]
    assert len(publications) == len(set(publications))
    applications = [(filing.office, filing.number.lens()) for filing in world.filings]
    assert len(applications) == len(set(applications))


def test_chinese_check_digit():
    # 2*2+0*3+1*4+9*5+1*6+9*7+0*8+0*9+0*2+0*3+0*4+1*5 = 127 = 11*11 + 6
    assert cn_check_digit("201919000001") == "6"
    # The same with the last digit 9: 127 + 8*5 = 167 = 11*15 + 2; with serial 04: 127 + 3*5 = 142 = 11*12 + 10
    assert cn_check_digit("201919000009") == "2"
    assert cn_check_digit("201919000004") == "X"


def test_spellings_of_numbers():
    mint = NumberMint()
    utility = mint.application("CN", 2019, "U")
    assert utility.patsnap().startswith("CN201929000001.") and utility.lens() == "CN 201929000001 U"
    assert mint.application("US", 2019).lens() == "US 201999000001 A"
    assert mint.application("WO", 2020, origin="JP").lens() == "JP 2020/0900001 W"
    first = mint.publication("US", 2018, "A1")
    assert (first.patsnap(), first.lens(), first.google()) == (
        "US20189000001A1",
        "US 2018/9000001 A1",
        "US-20189000001-A1",
    )
    assert mint.grant(first, "B2").lens() == "US 99000001 B2"
    chinese = mint.publication("CN", 2018, "A")
    assert mint.grant(chinese, "B").patsnap() == "CN199000001B"


def test_quotas_keep_the_total_and_stay_within_one():
    counts = apportion({"a": 0.5, "b": 0.3, "c": 0.2}, 11)
    assert counts == {"a": 6, "b": 3, "c": 2}
    assert sum(apportion(dict.fromkeys(range(7), 1.0), 100).values()) == 100
    assert apportion({"a": 0.0}, 5) == {"a": 0}


def test_the_rules_find_each_filing_in_its_branches(world):
    """At least 95 % of the in-branch filings are core in exactly their branches; of the noise nothing is."""
    taxonomy = pytest.importorskip("schemas.branches").load_taxonomy()
    classify = pytest.importorskip("transforms.classify").classify
    filings = [filing for filing in world.filings if filing.role != "title_only"]
    texts = [filing.family.text for filing in filings]
    is_chinese = [filing.office == "CN" for filing in filings]
    records = pl.DataFrame(
        {
            "record_id": [str(position) for position in range(len(filings))],
            "title": [t.title_zh if zh else t.title_en for t, zh in zip(texts, is_chinese, strict=True)],
            "abstract": [
                (t.abstract_zh if zh else t.abstract_en) or None for t, zh in zip(texts, is_chinese, strict=True)
            ],
            "claims": pl.Series([None] * len(filings), dtype=pl.String),
            "ipc_symbols": [list(t.ipc) for t in texts],
            "cpc_symbols": [list(t.cpc) for t in texts],
        }
    )
    found: dict[int, set[str]] = {position: set() for position in range(len(filings))}
    for record_id, branch in classify(records, taxonomy).filter(level="core").select("record_id", "branch").rows():
        found[int(record_id)].add(branch)
    exact = [found[position] == set(filing.branches) for position, filing in enumerate(filings) if filing.branches]
    assert sum(exact) >= 0.95 * len(exact)
    assert not any(found[position] for position, filing in enumerate(filings) if filing.role == "noise")


def test_every_branch_has_a_subject_and_work(core):
    branches, neighbours, _ = load_subjects()
    assert len(branches) == 18 and len(neighbours) >= 5
    assert {branch for filing in core for branch in filing.branches} == branches.keys()


def test_texts_are_of_the_promised_length(world):
    for family in world.families:
        if family.text.abstract_zh:
            assert 60 <= len(family.text.abstract_zh) <= 200
            assert 60 <= len(family.text.abstract_en.split()) <= 200
    without = sum(not family.text.abstract_zh for family in world.families)
    assert 0 < without < 0.06 * len(world.families)


def test_mix_of_the_world(world):
    core = in_branches(world)
    chinese = [filing for filing in world.filings if filing.office == "CN"]
    assert 0.23 < sum(filing.is_utility for filing in chinese) / len(chinese) < 0.29
    assert 0.07 < sum(len(filing.branches) == 2 for filing in core) / len(core) < 0.09
    assert 0.11 < sum(len(family.applicants) > 1 for family in world.families) / len(world.families) < 0.13
    assert 0.05 < sum(filing.role == "noise" for filing in world.filings) / len(world.filings) < 0.07
    assert any(len({filing.office for filing in family.filings}) >= 4 for family in world.families)


# --- the claims, by count ------------------------------------------------------------------------------------------


def widest_gap(counts: list[int]) -> int:
    """Rank after which the ratio of neighbours is largest."""
    ratios = [high / low for high, low in zip(counts, counts[1:], strict=False)]
    return ratios.index(max(ratios)) + 1


def chinese_with_place(core: list[Filing]) -> list[Filing]:
    return [filing for filing in core if filing.office == "CN" and filing.applicants[0].country == "CN"]


def test_s1_s2_offices(core):
    ranked = Counter(filing.office for filing in core if filing.office != "WO").most_common()
    assert [office for office, _ in ranked[:5]] == ["CN", "US", "JP", "KR", "EP"]
    assert len(ranked) >= 9
    assert widest_gap([count for _, count in ranked[:9]]) == 2


def test_s1_s2_hold_for_inventions_alone(core):
    ranked = Counter(filing.office for filing in core if filing.office != "WO" and not filing.is_utility).most_common()
    assert [office for office, _ in ranked[:5]] == ["CN", "US", "JP", "KR", "EP"]
    assert widest_gap([count for _, count in ranked[:9]]) == 2


@pytest.mark.parametrize("size", [300, 700, 2000])
def test_offices_and_growth_hold_in_small_worlds(size):
    core = in_branches(build_world(size))
    test_s1_s2_offices(core)
    test_s4_growth_of_every_year(core)


def test_s4_growth_of_every_year(core):
    by_year = Counter(filing.filing_date.year for filing in core if filing.office == "CN")
    assert all(by_year[year + 1] / by_year[year] > 1.38 for year in range(2018, 2022))
    assert (by_year[2022] / by_year[2018]) ** 0.25 > 1.38


def test_the_lag_thins_out_the_last_years(core):
    for office in ("CN", "US", "JP"):
        by_year = Counter(filing.filing_date.year for filing in core if filing.office == office)
        assert by_year[2022] > by_year[2023] > by_year[2024]


def test_s5_s6_provinces(core):
    placed = chinese_with_place(core)
    ranked = Counter(filing.place[0] for filing in placed).most_common()
    assert {province for province, _ in ranked[:3]} == {"北京", "广东", "江苏"}
    assert [province for province, _ in ranked[3:5]] == ["上海", "浙江"]
    assert widest_gap([count for _, count in ranked[:11]]) == 5
    yearly = Counter((filing.place[0], filing.filing_date.year) for filing in placed)
    for year in range(2003, 2025):
        assert (yearly["浙江", year] > yearly["上海", year]) == (year >= 2021), year


def test_s10_s11_hangzhou(core):
    zhejiang = [filing for filing in chinese_with_place(core) if filing.place[0] == "浙江"]
    hangzhou = [filing for filing in zhejiang if filing.place[1] == "杭州"]
    assert abs(len(hangzhou) / len(zhejiang) - 0.75) <= 0.005
    districts = Counter(filing.place[2] for filing in hangzhou).most_common()
    assert {district for district, _ in districts[:3]} == {"滨江区", "西湖区", "余杭区"}
    assert sum(count for _, count in districts[:3]) / len(hangzhou) > 0.6


def test_districts_follow_the_boundaries_of_their_day(core):
    hangzhou = [filing for filing in chinese_with_place(core) if filing.place[1] == "杭州"]
    old = {filing.place[2] for filing in hangzhou if filing.filing_date < date(2021, 4, 9)}
    new = {filing.place[2] for filing in hangzhou if filing.filing_date >= date(2021, 4, 9)}
    assert "江干区" in old and not old & {"临平区", "钱塘区"}
    assert "钱塘区" in new and not new & {"江干区", "下城区"}


def test_s3_key_applicants(core):
    by_filing = Counter(filing.applicants[0].group_id for filing in core).most_common(6)
    by_family = Counter(filing.applicants[0].group_id for filing in core if filing.is_first).most_common(6)
    for ranked in (by_filing, by_family):
        assert {group for group, _ in ranked[:5]} == set(KEY_APPLICANTS)
        assert ranked[4][1] > 1.2 * ranked[5][1]
    for group in KEY_APPLICANTS:
        assert len({b for filing in core if filing.applicants[0].group_id == group for b in filing.branches}) == 18


@pytest.mark.parametrize("seed", [2023, 1, 7])
def test_s8_focus_branches(seed):
    filings = [filing for filing in build_world(seed=seed).filings if filing.applicants[0].is_key]
    recent, earlier = Counter(), Counter()
    for filing in filings:
        if filing.filing_date.year <= 2022:
            (recent if filing.filing_date.year >= 2020 else earlier).update(filing.branches)
    assert {branch for branch, _ in recent.most_common(7)} == set(FOCUS_BRANCHES)
    for branch in recent.keys() | earlier.keys():
        share, before = recent[branch] / recent.total(), earlier[branch] / earlier.total()
        assert (share >= 1 / 18 and share > before) == (branch in FOCUS_BRANCHES), branch


def test_s13_leaders_of_zhejiang(core):
    zhejiang = [filing.applicants[0] for filing in chinese_with_place(core) if filing.place[0] == "浙江"]
    companies = Counter(applicant.applicant_id for applicant in zhejiang if applicant.kind == "company")
    assert {name for name, _ in companies.most_common(5)} == {"alibaba", "cethik", "aliyun", "h3c", "netease"}


def test_s10_s12_enterprises(sample):
    rows = rows_of(sample.directory / ENTERPRISES)
    seats = {row["enterprise_id"]: row for row in rows}
    zhejiang = {name for name, row in seats.items() if row["province"] == "浙江"}
    hangzhou = {name for name in zhejiang if seats[name]["city"] == "杭州"}
    assert abs(len(hangzhou) / len(zhejiang) - 0.64) <= 0.005
    districts = Counter(seats[name]["district"] for name in hangzhou).most_common(4)
    assert {district for district, _ in districts[:3]} == {"滨江区", "西湖区", "余杭区"}
    assert districts[2][1] > districts[3][1]
    stages = Counter(stage for _, stage in {(row["enterprise_id"], row["stage"]) for row in rows
                                            if row["enterprise_id"] in zhejiang})  # fmt: skip
    assert min(stages["downstream"], stages["midstream"]) > 2 * stages["upstream"] > 0
    elsewhere = Counter(row["stage"] for row in rows if row["province"] != "浙江")
    assert elsewhere["upstream"] / elsewhere.total() > 2 * stages["upstream"] / stages.total()
    assert len(rows) > len(seats)
