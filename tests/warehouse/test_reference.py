"""The metrics against a slow reference in plain Python, on random worlds with the same kinds of edge cases."""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import duckdb
import pytest

from tests.conftest import trials
from tests.warehouse.world import BINJIANG, FACTS, HANGZHOU, JIANGGAN, NINGBO, XIHU, ZHEJIANG, world, write_door
from warehouse.build import build

LEVELS = ("core", "all")
PLACES = [
    (ZHEJIANG, HANGZHOU, BINJIANG),
    (ZHEJIANG, HANGZHOU, XIHU),
    (ZHEJIANG, HANGZHOU, JIANGGAN),
    (ZHEJIANG, HANGZHOU, None),
    (ZHEJIANG, NINGBO, None),
    (ZHEJIANG, None, None),
    ("310000", None, None),
    ("440000", "440300", None),
    ("710000", None, None),
    ("CA", None, None),
    (None, None, None),
]
GROUP = {"h2": "h1"}
TIER2 = {"gpu": "chip", "asic": "chip", "cloud": "cluster", "quantum": "new_physics"}


def random_applications(seed: int, size: int) -> list[tuple]:
    draw = random.Random(seed)
    names = ["h1", "h2", "u1", "n1", "s1", "g1", "m1", "j1"]
    return [
        (
            f"A{at:03d}",
            draw.choices(["CN", "US", "JP", "WO", "EP"], [12, 4, 2, 1, 1])[0],
            draw.choices(["invention", "utility_model", "design"], [6, 2, 1])[0],
            draw.choice([2014, 2016, 2017, 2018, 2020, 2021, None]),
            draw.choice(PLACES),
            draw.sample(names, draw.choice([0, 1, 1, 1, 2, 3])),
            f"F{draw.randrange(size * 2 // 3):03d}",
            {branch: draw.choice(["core", "core", "related"]) for branch in TIER2 if draw.random() < 0.3},
        )
        for at in range(1, size + 1)
    ]


class Reference:
    """The conventions of metrics.md, said once more and slowly."""

    def __init__(self, applications: list[tuple]) -> None:
        counted = [row for row in applications if row[2] != "design"]
        labelled = [row for row in counted if "core" in row[7].values()]
        self.of = {"all": counted, "core": labelled}

    def trend(self, level: str, area: str, patent_type: str) -> dict[int, int]:
        years = [row[3] for row in self.of["all"] if row[3]]
        found = Counter(
            row[3]
            for row in self.of[level]
            if (area == "all" or row[1] == "CN")
            and (area != "focus_province" or row[4][0] == ZHEJIANG)
            and patent_type in ("all", row[2])
        )
        return {year: found[year] for year in range(min(years), max(years) + 1)}

    def offices(self, level: str) -> dict[str, tuple[int, int | None]]:
        found = Counter(row[1] for row in self.of[level])
        ranks = ranked({office: number for office, number in found.items() if office != "WO"})
        return {office: (number, ranks.get(office)) for office, number in found.items()}

    def provinces(self, level: str) -> dict[str, int]:
        return Counter(row[4][0] for row in self.of[level] if row[1] == "CN")

    def cities(self, level: str) -> dict[str | None, int]:
        return Counter(row[4][1] for row in self.of[level] if row[1] == "CN" and row[4][0] == ZHEJIANG)

    def districts(self, level: str) -> dict[str | None, int]:
        return Counter(row[4][2] for row in self.of[level] if row[1] == "CN" and row[4][1] == HANGZHOU)

    def groups(self, level: str, credit: str) -> dict[str | None, tuple[int, int]]:
        members = defaultdict(list)
        for row in self.of[level]:
            names = row[5][:1] if credit == "first" else row[5]
            for group in {GROUP.get(name, name) for name in names} or {None}:
                members[group].append(row)
        return {group: sizes(rows) for group, rows in members.items()}

    def branches(self, node_of: Callable[[str], str]) -> dict[str, tuple[int, int]]:
        members = {node_of(branch): [] for branch in TIER2}
        for row in self.of["core"]:
            for node in {node_of(branch) for branch, level in row[7].items() if level == "core"}:
                members[node].append(row)
        return {node: sizes(rows) for node, rows in members.items()}

    def cells(self, first_year: int, last_year: int, undated: bool = False) -> dict[tuple[str, str], tuple[int, int]]:
        members = defaultdict(list)
        for row in self.of["core"]:
            if row[5] and (first_year <= row[3] <= last_year if row[3] else undated):
                for branch, level in row[7].items():
                    if level == "core":
                        members[GROUP.get(row[5][0], row[5][0]), branch].append(row)
        return {cell: sizes(rows) for cell, rows in members.items()}

    def province_years(self, level: str, code: str) -> dict[int, int]:
        years = range(min(row[3] for row in self.of["all"] if row[3]), 2021)
        found = Counter(row[3] for row in self.of[level] if row[1] == "CN" and row[4][0] == code)
        return {year: found[year] for year in years}

    def breadth(self) -> dict[str, tuple[int, int, float | None]]:
        of_group = defaultdict(Counter)
        for (group, branch), (applications, _) in self.cells(0, 9999, undated=True).items():
            of_group[group][branch] = applications
        found = {}
        for group, branches in of_group.items():
            shares = [number / branches.total() for number in branches.values()]
            evenness = -sum(share * math.log(share) for share in shares) / math.log(len(TIER2))
            found[group] = (sum(number >= 3 for number in branches.values()), len(branches), evenness)
        return found


def growth(years: dict[int, int], steps: int) -> tuple[float | None, float | None, float | None]:
    """Compound, lowest and mean growth over the steps up to 2020."""
    window = [years.get(year) for year in range(2020 - steps, 2021)]
    if None in window:
        return None, None, None
    compound = (window[-1] / window[0]) ** (1 / steps) - 1 if window[0] else None
    if 0 in window[:-1]:
        return compound, None, None
    yearly = [after / before - 1 for before, after in zip(window, window[1:], strict=False)]
    return compound, min(yearly), sum(yearly) / steps


def overtaken_in(ours: dict[int, int], theirs: dict[int, int]) -> int | None:
    ahead = [year for year in ours if all(ours[later] > theirs[later] for later in ours if later >= year)]
    return min(ahead, default=None)


def first_tier(numbers: dict[str, int], places: int) -> set[str]:
    """Those before the widest ratio between neighbours; all of equal numbers together."""
    ordered = sorted((number for number in numbers.values() if number), reverse=True)
    ratios = [before / after for before, after in zip(ordered, ordered[1:], strict=False)][:places]
    if not ratios or max(ratios) == 1:
        return set()
    least = ordered[ratios.index(max(ratios))]
    return {member for member, number in numbers.items() if number >= least}


def sizes(rows: Iterable[tuple]) -> tuple[int, int]:
    """(applications, families)"""
    rows = list(rows)
    return len(rows), len({row[6] for row in rows})


def ranked(found: dict) -> dict:
    return {name: 1 + sum(other > number for other in found.values()) for name, number in found.items()}


@pytest.fixture(scope="module", params=range(11, 11 + trials(2, 30)))
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    applications = random_applications(request.param, size=160)
    folder: Path = tmp_path_factory.mktemp("reference")
    report = build(write_door(folder / "door", world(applications)), folder / "w.duckdb", FACTS)
    with duckdb.connect(str(report.target), read_only=True) as connection:
        yield Reference(applications), lambda sql: connection.execute(sql).fetchall()


def test_trend(both) -> None:
    reference, ask = both
    found = defaultdict(dict)
    for level, area, patent_type, year, applications in ask(
        "SELECT label_level, area, patent_type, filing_year, applications FROM metrics.m01_filing_trend"
    ):
        found[level, area, patent_type][year] = applications
    assert len(found) == 2 * 3 * 3
    for series, years in found.items():
        assert years == reference.trend(*series), series


def test_offices(both) -> None:
    reference, ask = both
    for level in LEVELS:
        rows = ask("SELECT label_level, office, applications, rank FROM metrics.m03_office_ranking")
        assert {row[1]: row[2:] for row in rows if row[0] == level} == reference.offices(level)


def test_provinces(both) -> None:
    reference, ask = both
    rows = ask(
        "SELECT label_level, place_kind, province_code, applications, share, rank FROM metrics.m04_province_ranking"
    )
    for level in LEVELS:
        expected = reference.provinces(level)
        mainland = {code: expected[code] for code in (ZHEJIANG, "310000", "440000", "110000")}
        of_level = [row[1:] for row in rows if row[0] == level]
        assert {row[1]: (row[2], row[4]) for row in of_level if row[0] == "mainland"} == {
            code: (number, ranked(mainland)[code]) for code, number in mainland.items()
        }
        others = {row[0]: row[2] for row in of_level if row[0] != "mainland"}
        assert others == {
            "hk_mo_tw": expected["710000"],
            "abroad_or_unresolved": expected["CA"],
            "unknown": expected[None],
        }
        assert sum(row[3] for row in of_level) == pytest.approx(1)


def test_cities_and_districts(both) -> None:
    reference, ask = both
    cities = ask("SELECT label_level, city_code, applications FROM metrics.m33_city_share WHERE applications > 0")
    districts = ask(
        "SELECT label_level, district_code, applications FROM metrics.m35_district_distribution WHERE applications > 0"
    )
    for level in LEVELS:
        assert {row[1]: row[2] for row in cities if row[0] == level} == reference.cities(level)
        assert {row[1]: row[2] for row in districts if row[0] == level} == reference.districts(level)


def test_applicants(both) -> None:
    reference, ask = both
    rows = ask(
        "SELECT label_level, credit, unit, group_id, applications, families, rank FROM metrics.m08_applicant_ranking"
    )
    for level in LEVELS:
        for credit in ("first", "whole"):
            expected = reference.groups(level, credit)
            for at, unit in enumerate(("application", "family")):
                found = {row[3]: row[4:] for row in rows if row[:3] == (level, credit, unit)}
                ranks = ranked({group: number[at] for group, number in expected.items() if group})
                assert found == {group: (*number, ranks.get(group)) for group, number in expected.items()}


def test_branches(both) -> None:
    reference, ask = both
    rows = ask("SELECT tier, branch, applications, families FROM metrics.m12_branch_structure WHERE unit = 'family'")
    assert {row[1]: row[2:] for row in rows if row[0] == 3} == reference.branches(lambda branch: branch)
    assert {row[1]: row[2:] for row in rows if row[0] == 2} == reference.branches(TIER2.__getitem__)


def test_applicants_by_branch_in_the_last_complete_years(both) -> None:
    reference, ask = both
    rows = ask(
        "SELECT group_id, branch, applications, families FROM metrics.m17_applicant_branch "
        "WHERE unit = 'family' AND period = 'recent_3_years' AND applications > 0"
    )
    assert {row[:2]: row[2:] for row in rows} == reference.cells(2018, 2020)


def test_growth_in_three_readings(both) -> None:
    reference, ask = both
    rows = ask(
        "SELECT label_level, area, patent_type, years, cagr, lowest_growth, mean_growth, reason FROM metrics.m05_growth"
    )
    assert len(rows) == 2 * 3 * 3 * 4
    for level, area, patent_type, years, *found, reason in rows:
        expected = growth(reference.trend(level, area, patent_type), years)
        assert found == [pytest.approx(each) if each is not None else None for each in expected]
        assert (reason is None) == (None not in expected)


def test_overtaking(both) -> None:
    reference, ask = both
    rows = ask("SELECT label_level, province_code, overtaking_year FROM metrics.m09_overtaking")
    assert len(rows) == 2 * 3
    for level, code, year in rows:
        ours, theirs = (reference.province_years(level, each) for each in (ZHEJIANG, code))
        assert year == overtaken_in(ours, theirs)


def test_tiers(both) -> None:
    reference, ask = both
    rows = ask("SELECT label_level, subject, member FROM metrics.m07_tier WHERE rule = 'largest_gap' AND tier = 1")
    for level in LEVELS:
        offices = {office: number for office, (number, rank) in reference.offices(level).items() if rank}
        provinces = {code: reference.provinces(level)[code] for code in (ZHEJIANG, "310000", "440000", "110000")}
        found = {subject: {row[2] for row in rows if row[:2] == (level, subject)} for subject in ("office", "province")}
        assert found == {"office": first_tier(offices, 8), "province": first_tier(provinces, 10)}


def test_focus_branches_of_the_leading_groups(both) -> None:
    reference, ask = both
    ranks = ranked({group: sizes[0] for group, sizes in reference.groups("core", "first").items() if group})
    leading = {group for group, rank in ranks.items() if rank <= 5}
    recent, earlier = (
        {
            branch: sum(sizes[0] for (group, of), sizes in cells.items() if of == branch and group in leading)
            for branch in TIER2
        }
        for cells in (reference.cells(2018, 2020), reference.cells(0, 2017))
    )
    expected = {}
    for branch in TIER2:
        share, before = recent[branch] / sum(recent.values()), earlier[branch] / sum(earlier.values())
        is_focus = share >= 1 / 4 and recent[branch] >= 5 and share > before
        expected[branch] = (recent[branch], earlier[branch], pytest.approx(share), is_focus)
    rows = ask("SELECT branch, applications, earlier_applications, share, is_focus FROM metrics.m18_focus_branch")
    assert {row[0]: row[1:] for row in rows} == expected


def test_breadth(both) -> None:
    reference, ask = both
    rows = ask(
        "SELECT group_id, covered_branches, touched_branches, evenness FROM metrics.m19_breadth WHERE applications > 0"
    )
    assert {row[0]: row[1:] for row in rows} == {
        group: (covered, touched, pytest.approx(evenness, abs=1e-12))
        for group, (covered, touched, evenness) in reference.breadth().items()
    }
