"""Golden answers on the world of world.py, counted by hand, and the form of every metric file."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import duckdb
import pytest

from tests.warehouse.random_world import Memory
from tests.warehouse.world import APPLICATIONS, ZHEJIANG, Rows, world
from warehouse import cabinet
from warehouse.build import BuildReport

Ask = Callable[[str], list[tuple]]

CONVENTIONS = {
    "unit",
    "date_basis",
    "credit",
    "place_rule",
    "patent_types",
    "label_level",
    "last_complete_year",
}
METRICS = [metric.metric for metric in cabinet.metrics()]


@pytest.fixture(scope="module")
def memory() -> Memory:
    return Memory()


# ── M01: 17 core applications, 16 with a year: five of 2018, none of 2019, ten of 2020, one of 2021 ──────────────


def test_trend_has_every_year_and_growth_only_between_complete_years(ask_built: Ask) -> None:
    rows = ask_built(
        """
        SELECT filing_year, applications, cumulative_applications, growth, is_complete_year, last_complete_year
        FROM metrics.m01_filing_trend
        WHERE area = 'all' AND patent_type = 'all' AND label_level = 'core' ORDER BY filing_year
        """
    )
    assert rows == [
        (2018, 5, 5, None, True, 2020),
        (2019, 0, 5, -1.0, True, 2020),
        (2020, 10, 15, None, True, 2020),  # after an empty year growth is not a number
        (2021, 1, 16, None, False, 2020),  # not complete: no growth
    ]


@pytest.mark.parametrize(
    ("area", "patent_type", "label_level", "applications"),
    [
        ("all", "utility_model", "core", [1, 0, 1, 0]),  # A03; A09
        ("all", "invention", "core", [4, 0, 9, 1]),
        ("all", "all", "all", [5, 0, 12, 1]),  # and A06, A20
        ("cn_office", "all", "core", [4, 0, 7, 1]),
        ("cn_office", "all", "all", [4, 0, 8, 1]),
        ("focus_province", "all", "core", [3, 0, 2, 0]),  # A01 A02 A03; A04 A05
        ("focus_province", "all", "all", [3, 0, 3, 0]),
        ("focus_province", "utility_model", "core", [1, 0, 0, 0]),
    ],
)
def test_trend_by_area_and_type(
    ask_built: Ask, area: str, patent_type: str, label_level: str, applications: list[int]
) -> None:
    rows = ask_built(
        f"""
        SELECT applications FROM metrics.m01_filing_trend
        WHERE (area, patent_type, label_level) = ('{area}', '{patent_type}', '{label_level}') ORDER BY filing_year
        """  # noqa: S608 - constants of this test
    )
    assert [row[0] for row in rows] == applications


# ── M03: 12 CN, 2 US, 1 JP, 1 KR are ranked, 16 in all; WO stands apart ─────────────────────────────────────────


def test_offices_tie_and_wo_stands_apart(ask_built: Ask) -> None:
    rows = ask_built(
        "SELECT office, applications, share, rank FROM metrics.m03_office_ranking "
        "WHERE label_level = 'core' ORDER BY rank NULLS LAST, office"
    )
    assert rows == [
        ("CN", 12, 0.75, 1),
        ("US", 2, 0.125, 2),
        ("JP", 1, 0.0625, 3),
        ("KR", 1, 0.0625, 3),
        ("WO", 1, None, None),
    ]


def test_offices_of_all_applications_hold_the_unlabelled_one(ask_built: Ask) -> None:
    rows = ask_built("SELECT office, applications FROM metrics.m03_office_ranking WHERE label_level = 'all'")
    assert dict(rows) == {"CN": 13, "US": 2, "JP": 1, "KR": 1, "EP": 1, "WO": 1}


# ── M04: of 12 core filings at the Chinese office 5 come from Zhejiang, 2 from Shanghai, 2 from Guangdong ────────


def test_provinces_tie_and_others_are_counted_without_rank(ask_built: Ask) -> None:
    rows = ask_built(
        "SELECT place_kind, province_name, applications, rank FROM metrics.m04_province_ranking "
        "WHERE label_level = 'core' ORDER BY rank NULLS LAST, province_code NULLS LAST, place_kind"
    )
    assert rows == [
        ("mainland", "浙江", 5, 1),
        ("mainland", "上海", 2, 2),
        ("mainland", "广东", 2, 2),
        ("mainland", "北京", 0, 4),
        ("hk_mo_tw", "台湾", 1, None),
        ("abroad_or_unresolved", "境外或未解析", 1, None),
        ("unknown", "未知", 1, None),
    ]


def test_province_shares_are_of_all_filings_at_the_chinese_office(ask_built: Ask) -> None:
    rows = ask_built(
        "SELECT province_name, share FROM metrics.m04_province_ranking WHERE label_level = 'core' AND applications > 1"
    )
    assert dict(rows) == {"浙江": 5 / 12, "上海": 2 / 12, "广东": 2 / 12}


def test_provinces_by_year(ask_built: Ask) -> None:
    rows = ask_built(
        "SELECT province_name, filing_year, applications, cumulative_applications, rank, is_complete_year "
        "FROM metrics.m04_province_year WHERE label_level = 'core' AND province_code IN ('330000', '440000') "
        "ORDER BY ALL"
    )
    assert rows == [
        ("广东", 2018, 0, 0, 3, True),
        ("广东", 2019, 0, 0, None, True),  # nobody filed, nobody is ranked
        ("广东", 2020, 1, 1, 2, True),
        ("广东", 2021, 1, 2, 1, False),
        ("浙江", 2018, 3, 3, 1, True),
        ("浙江", 2019, 0, 3, None, True),
        ("浙江", 2020, 2, 5, 1, True),
        ("浙江", 2021, 0, 5, 2, False),
    ]


# ── M08: h2 belongs to group h1; u1 stands second on A04; A13 has no applicant ──────────────────────────────────


def test_applicants_by_first_applicant(ask_built: Ask) -> None:
    rows = ask_built(
        "SELECT group_id, applications, families, rank FROM metrics.m08_applicant_ranking "
        "WHERE label_level = 'core' AND credit = 'first' AND unit = 'application' "
        "ORDER BY rank NULLS LAST, group_id"
    )
    assert rows == [
        ("m1", 4, 2, 1),  # A12 A15 A17 are one family
        ("h1", 3, 3, 2),
        ("g1", 2, 2, 3),
        ("s1", 2, 2, 3),
        ("j1", 1, 1, 5),
        ("k1", 1, 1, 5),
        ("n1", 1, 1, 5),
        ("t1", 1, 1, 5),
        ("u1", 1, 1, 5),
        (None, 1, 1, None),
    ]


def test_applicants_by_family_and_by_whole_credit(ask_built: Ask) -> None:
    first = ask_built(
        "SELECT group_id, rank, share FROM metrics.m08_applicant_ranking "
        "WHERE label_level = 'core' AND credit = 'first' AND unit = 'family' AND rank <= 2 ORDER BY rank, group_id"
    )
    assert first == [("h1", 1, 3 / 15), ("g1", 2, 2 / 15), ("m1", 2, 2 / 15), ("s1", 2, 2 / 15)]
    whole = ask_built(
        "SELECT applications, share FROM metrics.m08_applicant_ranking "
        "WHERE label_level = 'core' AND credit = 'whole' AND unit = 'application' AND group_id = 'u1'"
    )
    assert whole == [(2, 2 / 17)]


# ── M12: gpu 9, asic 4, cloud 5 applications; A02 is in gpu and asic; quantum has none ──────────────────────────


def test_branches_of_every_tier_are_distinct_counts(ask_built: Ask) -> None:
    rows = ask_built(
        "SELECT tier, branch, parent_branch, applications, families, share, is_double_counted "
        "FROM metrics.m12_branch_structure WHERE unit = 'family' ORDER BY tier, branch"
    )
    assert rows == [
        (1, "future", None, 0, 0, 0.0, False),
        (1, "part", None, 12, 10, 10 / 15, False),
        (1, "system", None, 5, 5, 5 / 15, False),
        (2, "chip", "part", 12, 10, 10 / 15, False),  # not 9 + 4: A02 counts once
        (2, "cluster", "system", 5, 5, 5 / 15, False),
        (2, "new_physics", "future", 0, 0, 0.0, False),
        (3, "asic", "chip", 4, 4, 4 / 15, True),
        (3, "cloud", "cluster", 5, 5, 5 / 15, True),
        (3, "gpu", "chip", 9, 7, 7 / 15, True),
        (3, "quantum", "new_physics", 0, 0, 0.0, True),
    ]


# ── M17 ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_leading_applicants_by_branch_and_period(ask_built: Ask) -> None:
    rows = ask_built(
        "SELECT group_id, branch, period, applications, families, row_share, column_share "
        "FROM metrics.m17_applicant_branch WHERE unit = 'application' AND group_id IN ('m1', 'g1') "
        "AND branch IN ('gpu', 'cloud') AND period <> 'earlier_years' ORDER BY ALL"
    )
    assert rows == [
        ("g1", "cloud", "all_years", 2, 2, 1.0, 2 / 5),
        ("g1", "cloud", "recent_3_years", 1, 1, 1.0, 1 / 4),  # A10 is of 2021
        ("g1", "gpu", "all_years", 0, 0, 0.0, 0.0),
        ("g1", "gpu", "recent_3_years", 0, 0, 0.0, 0.0),
        ("m1", "cloud", "all_years", 1, 1, 1 / 4, 1 / 5),
        ("m1", "cloud", "recent_3_years", 1, 1, 1 / 4, 1 / 4),
        ("m1", "gpu", "all_years", 3, 1, 3 / 4, 3 / 9),
        ("m1", "gpu", "recent_3_years", 3, 1, 3 / 4, 3 / 8),  # A19 has no year
    ]


def test_periods_end_at_the_last_complete_year(ask_built: Ask) -> None:
    rows = ask_built(
        "SELECT DISTINCT period, first_year, last_year, is_complete_year FROM metrics.m17_applicant_branch ORDER BY 1"
    )
    assert rows == [
        ("all_years", None, None, False),
        ("earlier_years", None, 2017, True),
        ("recent_3_years", 2018, 2020, True),
    ]


def test_every_leading_applicant_stands_with_every_branch(ask_built: Ask) -> None:
    rows = ask_built("SELECT unit, period, count(*) FROM metrics.m17_applicant_branch GROUP BY ALL")
    assert {row[2] for row in rows} == {9 * 4}


# ── M33, M34, M35 ───────────────────────────────────────────────────────────────────────────────────────────────


def test_cities_of_the_focus_province(ask_built: Ask) -> None:
    rows = ask_built(
        "SELECT city_name, is_focus_city, applications, share, rank FROM metrics.m33_city_share "
        "WHERE label_level = 'all' ORDER BY rank NULLS LAST"
    )
    assert rows == [
        ("杭州", True, 4, 4 / 6, 1),
        ("宁波", False, 1, 1 / 6, 2),
        ("温州", False, 0, 0.0, 3),
        ("未知", False, 1, 1 / 6, None),  # A06
    ]


def test_enterprises_count_once_whatever_their_stages(ask_built: Ask) -> None:
    rows = ask_built(
        "SELECT city_name, enterprises, share, rank FROM metrics.m34_city_enterprise_share ORDER BY rank NULLS LAST"
    )
    assert rows == [("杭州", 3, 0.6, 1), ("宁波", 1, 0.2, 2), ("温州", 0, 0.0, 3), ("未知", 1, 0.2, None)]


def test_districts_as_exported_with_cumulative_shares(ask_built: Ask) -> None:
    rows = ask_built(
        "SELECT district_name, region_status, applications, share, cumulative_share, rank "
        "FROM metrics.m35_district_distribution WHERE population = 'applications' AND label_level = 'core' "
        "ORDER BY rank NULLS LAST, district_code"
    )
    assert rows == [
        ("滨江区", "current", 2, 0.5, 0.5, 1),
        ("江干区", "abolished", 1, 0.25, 1.0, 2),
        ("西湖区", "current", 1, 0.25, 1.0, 2),
        ("上城区", "current", 0, 0.0, 1.0, 4),
        ("临安区", "current", 0, 0.0, 1.0, 4),
        ("未知", None, 0, 0.0, None, None),
    ]


def test_districts_of_enterprises(ask_built: Ask) -> None:
    rows = ask_built(
        "SELECT district_name, enterprises, applications, rank FROM metrics.m35_district_distribution "
        "WHERE population = 'enterprises' AND enterprises > 0 ORDER BY district_code"
    )
    assert rows == [("西湖区", 1, None, 1), ("滨江区", 1, None, 1), ("临安区", 1, None, 1)]


@pytest.mark.parametrize(
    ("vintage", "districts"),
    [
        ("as_exported", {"滨江区": 2, "江干区": 1, "西湖区": 1, "上城区": 0}),
        ("2020", {"滨江区": 2, "江干区": 1, "西湖区": 1, "上城区": 0}),
        ("2023", {"滨江区": 2, "西湖区": 1, "上城区": 1}),  # 江干 went to 上城 in 2021
    ],
)
def test_districts_under_the_boundaries_of_one_year(ask_built: Ask, vintage: str, districts: dict[str, int]) -> None:
    found = dict(
        ask_built(
            "SELECT district_name, applications FROM metrics.m35_district_by_vintage "
            f"WHERE population = 'applications' AND label_level = 'core' AND boundary_vintage = '{vintage}'"  # noqa: S608
        )
    )
    assert found == {"临安区": 0, "未知": 0} | districts


# ── M40, M41, M42: e1 e5 stand upstream, e3 e4 midstream, e6 downstream, e2 at two stages; e5 sits in Shanghai ─────


def test_enterprises_stand_at_every_stage_they_have(ask_built: Ask) -> None:
    rows = ask_built(
        "SELECT area, chain_stage, enterprises, share, rank FROM metrics.m40_chain_stage "
        "WHERE area <> 'focus_city' AND enterprises > 0 ORDER BY area, rank, chain_stage"
    )
    assert rows == [
        ("all", "upstream", 3, 3 / 7, 1),
        ("all", "downstream", 2, 2 / 7, 2),
        ("all", "midstream", 2, 2 / 7, 2),
        ("focus_province", "downstream", 2, 2 / 6, 1),
        ("focus_province", "midstream", 2, 2 / 6, 1),
        ("focus_province", "upstream", 2, 2 / 6, 1),
    ]


def test_a_small_register_is_measured_and_not_judged(ask_built: Ask) -> None:
    rows = ask_built(
        "SELECT chain_stage, location_quotient, position, reason FROM metrics.m41_positioning ORDER BY chain_stage"
    )
    assert rows == [
        ("downstream", (2 / 6) / (2 / 7), None, "register_too_small"),
        ("midstream", (2 / 6) / (2 / 7), None, "register_too_small"),
        ("upstream", (2 / 6) / (3 / 7), None, "register_too_small"),
    ]


def register(stages: dict[str, list[str | None]]) -> Rows:
    """The world with one enterprise in a province for each stage that is named; None is one without a stage."""
    rows = world()
    named = [(f"{place}{at}", place, stage) for place, each in stages.items() for at, stage in enumerate(each)]
    rows["core.enterprise"] = [
        {"enterprise_id": key, "enterprise_name": key, "province_code": place, "source": "test"}
        for key, place, _ in named
    ]
    rows["core.enterprise_stage"] = [
        {"enterprise_id": key, "chain_stage": stage, "product": "", "source": "test"}
        for key, _, stage in named
        if stage
    ]
    rows["core.enterprise_applicant"] = []
    return rows


def test_positions_of_a_register_that_is_large_enough(build_rows: Callable[..., BuildReport]) -> None:
    stages = {ZHEJIANG: ["upstream"] * 2 + ["midstream"] * 9 + ["downstream"] * 9, "310000": ["upstream"] * 20}
    found = _ask(
        build_rows(register(stages)),
        "SELECT chain_stage, round(location_quotient, 3), position FROM metrics.m41_positioning",
    )
    assert sorted(found) == [("downstream", 2.0, "strong"), ("midstream", 2.0, "strong"), ("upstream", 0.182, "weak")]


def test_enterprises_without_a_stage_make_no_stage_weak(build_rows: Callable[..., BuildReport]) -> None:
    each = ["upstream"] * 10 + ["midstream"] * 10 + ["downstream"] * 10
    rows = register({ZHEJIANG: [*each, *[None] * 30], "310000": each})
    found = _ask(
        build_rows(rows), "SELECT chain_stage, share, location_quotient, position FROM metrics.m41_positioning"
    )
    assert sorted(found) == [(stage, 10 / 30, 1.0, "even") for stage in ("downstream", "midstream", "upstream")]


def test_a_stage_at_which_nobody_stands_is_not_called_even(build_rows: Callable[..., BuildReport]) -> None:
    each = ["upstream"] * 5 + ["midstream"] * 5
    built = build_rows(register({ZHEJIANG: each, "310000": each}))
    found = _ask(built, "SELECT chain_stage, location_quotient, position, reason FROM metrics.m41_positioning")
    assert sorted(found) == [
        ("downstream", None, None, "empty_stage"),
        ("midstream", 1.0, "even", None),
        ("upstream", 1.0, "even", None),
    ]
    verdict = _ask(built, "SELECT verdict FROM meta.claim WHERE claim = 's12_positioning'")
    assert verdict == [("unanswerable",)]


def test_leading_companies_of_the_focus_province_stand_by_themselves(ask_built: Ask) -> None:
    rows = ask_built(
        "SELECT applicant_id, group_id, applications, families, rank FROM metrics.m42_leading_applicant "
        "WHERE label_level = 'core' ORDER BY rank, applicant_id"
    )
    # h2 apart from its group h1; u1 is a university; the design A14 is not counted
    assert rows == [("h1", "h1", 2, 2, 1), ("h2", "h1", 1, 1, 2), ("n1", "n1", 1, 1, 2)]


# ── M09: Zhejiang 3, 0, 2 against Shanghai 1, 0, 1 and Guangdong 0, 0, 1 ────────────────────────────────────────


def test_overtaking_needs_every_year_to_the_last(ask_built: Ask) -> None:
    rows = ask_built(
        "SELECT province_name, overtaking_year, is_ahead_throughout, margin, cumulative_rank, other_cumulative_rank "
        "FROM metrics.m09_overtaking WHERE label_level = 'core' ORDER BY province_code"
    )
    assert rows == [
        ("北京", 2020, True, 2, 1, 4),  # in 2019 nobody filed, so nobody was ahead
        ("上海", 2020, True, 1, 1, 2),
        ("广东", 2020, True, 1, 1, 2),
    ]


# ── The macro: another convention ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("arguments", "units"),
    [
        ("", 17),
        ("unit := 'family'", 15),
        ("label_level := 'all'", 19),
        ("label_level := 'related'", 18),  # and A06
        ("label_level := 'all', patent_types := 'all'", 20),
        ("patent_types := 'utility_model'", 2),
        ("place_rule := 'first_applicant_at_cn_office'", 12),
        ("credit := 'fractional'", 17),
        ("credit := 'whole'", 18),  # A04 counts for h1 and for u1
    ],
)
def test_counting_by_another_convention(ask_built: Ask, arguments: str, units: int) -> None:
    assert ask_built(f"SELECT sum(weight) FROM metrics.counted({arguments})") == [(units,)]


def test_a_family_has_its_earliest_year(ask_built: Ask) -> None:
    rows = ask_built("SELECT year, application_id, office FROM metrics.counted(unit := 'family') WHERE unit_id = 'F12'")
    assert rows == [(2018, "A15", "US")]


def test_everything_of_a_family_comes_from_the_member_filed_first(memory: Memory) -> None:
    """A01 is known by its year alone, which is before the day of A15."""
    rows = world([(*row[:6], "F01" if row[0] == "A15" else row[6], row[7]) for row in APPLICATIONS])
    first = next(row for row in rows["core.application"] if row["application_id"] == "A01")
    first |= {"filing_year": 2015, "filing_date": None}
    memory.hold(rows | {"meta.build": [{"last_complete_year": 2020}], "meta.office_cut_off": []})
    assert memory.ask(
        "SELECT application_id, filing_year, origin_country FROM metrics.m00_counted_family "
        "WHERE label_level = 'core' AND family_id = 'F01'"
    ) == [("A01", 2015, "CN")]
    assert memory.ask(
        "SELECT application_id, year, office, province_code, group_id FROM metrics.counted(unit := 'family') "
        "WHERE unit_id = 'F01'"
    ) == [("A01", 2015, "CN", ZHEJIANG, "h1")]


def test_a_convention_that_does_not_exist_is_refused_with_the_choice(ask_built: Ask) -> None:
    with pytest.raises(duckdb.Error, match="credit := half is not one of: first, whole, fractional"):
        ask_built("SELECT sum(weight) FROM metrics.counted(credit := 'half')")


@pytest.mark.parametrize(
    ("arguments", "documents"),
    [
        ("", {None: 21}),  # twenty filings, A01 published twice
        (
            "counted_by := 'applicant'",
            {"h1": 4, "h2": 1, "u1": 3, None: 1},
        ),  # h1: A01 twice, A04, A14; u1: A02, A04, A06
        ("counted_by := 'applicant', credit := 'first'", {"h1": 4, "u1": 2}),
        ("counted_by := 'applicant', credit := 'fractional'", {"h1": 3.5, "u1": 2.5, "s1": 2}),
        # Zhejiang A01 twice to A06 and A14, of which A04 names Shanghai in full as well; without a place A13 A18 A19
        ("counted_by := 'province'", {"浙江": 8, "上海": 2, "上海市": 1, "CA": 5, None: 3}),
    ],
)
def test_publications_are_counted_as_their_tool_does(
    ask_built: Ask, arguments: str, documents: dict[str | None, float]
) -> None:
    found = dict(ask_built(f"SELECT named, sum(weight) FROM metrics.counted_publication({arguments}) GROUP BY named"))
    assert {name: found[name] for name in documents} == documents
    assert "first" not in arguments or sum(found.values()) == 21


@pytest.mark.parametrize(
    ("groups", "hhi", "band"), [(11, 1 / 11, "low"), (10, 0.1, "moderate"), (6, 1 / 6, "moderate"), (5, 0.2, "high")]
)
def test_bands_of_concentration(memory: Memory, groups: int, hhi: float, band: str) -> None:
    """Groups with one filing each: 11 are just below 0.10, 10 just at it."""
    filed = [
        (f"A{at:02d}", "CN", "invention", 2018, (None, None, None), ["h1"], f"F{at:02d}", {"gpu": "core"})
        for at in range(groups)
    ]
    rows = world(filed)
    for at, link in enumerate(rows["core.application_applicant"]):
        link["group_id"] = f"group {at}"
    memory.hold(rows | {"meta.build": [{"last_complete_year": 2020}], "meta.office_cut_off": []})
    found = memory.ask("SELECT applicants, hhi_0_to_1, band FROM metrics.m26_concentration WHERE branch = 'gpu'")
    assert found == [(groups, pytest.approx(hhi), band)]


# ── M21 ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("filed_in", "years", "reason"),
    [
        ([2010, 2020], 11, "too_few_years"),
        ([2010, 2012, 2014, 2018, 2020], 11, "too_few_years"),
        ([2010, 2012, 2014, 2016, 2018, 2020], 11, None),
        ([2015, 2016, 2017, 2018, 2019, 2020], 6, None),
    ],
)
def test_a_curve_takes_six_years_in_which_something_was_filed(
    memory: Memory, filed_in: list[int], years: int, reason: str | None
) -> None:
    """Years between, in which the cumulative number stands still, are points of the curve but no ground for one."""
    filed = [
        (f"A{at:02d}", "CN", "invention", year, (None, None, None), ["h1"], f"F{at:02d}", {"gpu": "core"})
        for at, year in enumerate(filed_in)
    ]
    build = {"cut_off_date": date(2022, 7, 15), "last_complete_year": 2020}
    memory.hold(world(filed) | {"meta.build": [build], "meta.office_cut_off": []})
    found = memory.ask(
        "SELECT years, r_squared IS NULL, reason IS NOT DISTINCT FROM 'too_few_years' FROM metrics.m21_s_curve "
        "WHERE branch = 'gpu' AND model = 'logistic'"
    )
    assert found == [(years, reason is not None, reason is not None)]


# ── M50: of ten inventions in force A01 and A02 are looked at ────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("told_of_a01", "has_overseas_family"),
    [
        ({}, None),
        # The American filing is a member of the family, in the data or not.
        ({"priority_numbers": ["US2017590278"]}, True),
        ({"priority_numbers": ["CN201710000001", "EP17000001"]}, True),
        # Others may claim the same Chinese filing, abroad too.
        ({"priority_numbers": ["CN201710000001"]}, None),
        ({"priority_numbers": ["PCTUS2017000001"]}, None),
        ({"vendor_family_size": 1}, False),
        # A grant besides, or a filing abroad: vendors do not say which they count.
        ({"vendor_family_size": 2}, None),
        ({"vendor_family_size": 1, "priority_numbers": ["US2017590278"]}, True),
    ],
)
def test_no_overseas_family_is_said_only_where_the_whole_family_is_known(
    memory: Memory, told_of_a01: dict[str, object], has_overseas_family: bool | None
) -> None:
    rows = world([row for row in APPLICATIONS if row[0] in ("A01", "A02")])
    for publication in rows["core.publication"]:
        if publication["application_id"] == "A01":
            publication |= told_of_a01
    rows["core.family"][0]["family_definition"] = "same_priorities"
    memory.hold(rows | {"meta.build": [{"last_complete_year": 2020}], "meta.office_cut_off": []})
    found = memory.ask(
        "SELECT yes_inventions, no_inventions, unknown_inventions FROM metrics.m50_high_value "
        "WHERE area = 'cn_office' AND criterion = 'overseas_family' AND label_level = 'core'"
    )
    # A02 stands alone and nothing is known of it.
    assert found == [{True: (1, 0, 1), False: (0, 1, 1), None: (0, 0, 2)}[has_overseas_family]]


# ── M54: A01 is core by the rules ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("decisions", "measured"),
    [
        # (document, branch, decision, year) -> decisions in force, reviewed, confirmed, precision
        ([("A", "gpu", "none", 2023), ("B", "gpu", "core", 2024)], (1, 1, 1, 1.0)),
        ([("A", "gpu", "none", 2024), ("B", "gpu", "core", 2023)], (1, 1, 0, 0.0)),
        ([("A", "gpu", "none", 2024), ("B", "gpu", "core", 2024)], (1, 1, 1, 1.0)),
        ([("A", "gpu", "none", 2023), ("A", "asic", "core", 2024)], (2, 2, 1, 0.5)),
    ],
)
def test_of_several_decisions_on_one_label_the_latest_counts(
    memory: Memory, decisions: list[tuple], measured: tuple
) -> None:
    rows = world()
    rows["core.review_decision"] = [
        {
            "publication_number": f"CN100000001{kind}",
            "application_id": "A01",
            "branch": branch,
            "decision": decision,
            "reviewer": "test",
            "decision_date": date(year, 5, 1),
            "rule_level": "core",
        }
        for kind, branch, decision, year in decisions
    ]
    memory.hold(rows | {"meta.build": [{"last_complete_year": 2020}], "meta.office_cut_off": []})
    found = memory.ask(
        "SELECT decisions, reviewed_labels, confirmed_labels, precision FROM metrics.m54_label_precision "
        "WHERE branch IS NULL"
    )
    assert found == [measured]


# ── M56, M57 ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("aspect", "label_level", "applications", "in_scope"),
    [
        ("counted_patent_type", "all", 19, 20),
        ("counted_patent_type", "core", 17, 18),
        ("filing_year", "all", 18, 19),
        ("application_number", "all", 18, 19),
        ("applicant", "all", 18, 19),
        ("province_at_cn_office", "core", 10, 12),
        ("city_at_cn_office", "core", 7, 12),
        ("district_at_cn_office", "core", 4, 12),
        ("legal_status", "core", 16, 17),
        ("family_evidence", "all", 5, 19),
        ("label", "all", 18, 19),
        ("core_label", "all", 17, 19),
        ("several_core_labels", "core", 1, 17),
    ],
)
def test_coverage(ask_built: Ask, aspect: str, label_level: str, applications: int, in_scope: int) -> None:
    rows = ask_built("SELECT aspect, label_level, applications, applications_in_scope, share FROM metrics.m56_coverage")
    found = {row[:2]: row[2:] for row in rows}
    assert found[aspect, label_level] == (applications, in_scope, applications / in_scope)


def test_flow_from_rows_to_families(ask_built: Ask) -> None:
    rows = ask_built(
        "SELECT path, rows_in, loaded, duplicate, quarantined, blank, publications, applications, families, "
        "redundant_share FROM metrics.m57_merge_flow ORDER BY path NULLS LAST"
    )
    assert rows == [
        ("f1.csv", 24, 20, 1, 2, 1, 20, 19, 17, 1 / 24),  # A12, A15 and A17 are one family
        ("f2.csv", 3, 1, 2, 0, 0, 3, 3, 3, 2 / 3),
        (None, 27, 21, 3, 2, 1, 21, 20, 17, 3 / 27),
    ]


# ── Worlds that lack something ──────────────────────────────────────────────────────────────────────────────────


def test_an_unlabelled_subject_answers_by_all(build_rows: Callable[..., BuildReport]) -> None:
    rows = world()
    rows["core.application_branch"] = []
    report = build_rows(rows)
    assert [result.check.check for result in report.warnings] == ["some_core_label"]
    found = _ask(
        report,
        "SELECT label_level, sum(applications), max(rank) FROM metrics.m04_province_ranking GROUP BY ALL ORDER BY ALL",
    )
    assert found == [("all", 13, 4), ("core", 0, None)]
    assert _ask(report, "SELECT sum(applications) FROM metrics.m01_filing_trend WHERE label_level = 'core'") == [(0,)]
    assert _ask(report, "SELECT DISTINCT applications, share FROM metrics.m12_branch_structure") == [(0, None)]


def test_without_any_date_nothing_claims_to_be_complete(build_rows: Callable[..., BuildReport]) -> None:
    rows = world()
    for row in rows["core.publication"] + rows["core.application"]:
        row["publication_date"] = row["filing_date"] = row["filing_year"] = None
    report = build_rows(rows)
    assert (report.cut_off.cut_off_basis, report.cut_off.last_complete_year) == ("unknown", None)
    assert _ask(report, "SELECT count(*) FROM metrics.m01_filing_trend") == [(0,)]
    assert _ask(report, "SELECT DISTINCT period FROM metrics.m17_applicant_branch") == [("all_years",)]
    assert _ask(report, "SELECT applications FROM metrics.m03_office_ranking WHERE office = 'WO'") == [(1,), (1,)]


def test_a_trend_runs_to_the_last_complete_year_also_without_filings(build_rows: Callable[..., BuildReport]) -> None:
    report = build_rows(world(), cut_off_date=date(2026, 6, 30))
    found = _ask(
        report,
        "SELECT filing_year, applications, is_complete_year FROM metrics.m01_filing_trend "
        "WHERE area = 'all' AND patent_type = 'all' AND label_level = 'core' AND filing_year >= 2021 ORDER BY ALL",
    )
    assert found == [(2021, 1, True), (2022, 0, True), (2023, 0, True), (2024, 0, True)]


def test_another_focus_is_another_province(build_rows: Callable[..., BuildReport]) -> None:
    report = build_rows(world(), focus_province_code="440000", focus_city_code="440300")
    found = _ask(report, "SELECT city_name, applications FROM metrics.m33_city_share WHERE label_level = 'core'")
    assert dict(found) == {"深圳": 2, "未知": 0}
    assert ZHEJIANG not in {row[0] for row in _ask(report, "SELECT area_code FROM metrics.m01_filing_trend")}


def test_no_year_is_complete_before_the_office_whose_data_end_first(memory: Memory) -> None:
    """American data until July 2021, Chinese until July 2024; the few Japanese filings hold nobody back."""
    offices = [
        ("CN", 200, date(2024, 7, 1), 2022),
        ("US", 200, date(2021, 7, 1), 2019),
        ("JP", 5, date(2019, 1, 1), 2016),
    ]
    columns = ("office", "applications", "cut_off_date", "last_complete_year")
    build = {"cut_off_date": date(2024, 7, 1), "last_complete_year": 2019}
    cut_offs = [dict(zip(columns, row, strict=True)) for row in offices]
    memory.hold(world() | {"meta.build": [build], "meta.office_cut_off": cut_offs})
    by_30_months = memory.ask(
        "SELECT filing_year, is_complete_year FROM metrics.m53_overseas "
        "WHERE label_level = 'core' AND filing_year IS NOT NULL ORDER BY ALL"
    )
    assert by_30_months == [(2018, True), (2019, False), (2020, False), (2021, False)]
    published = memory.ask(
        "SELECT area, list(is_complete_year ORDER BY event_year) FROM metrics.m02_publication_grant "
        "WHERE label_level = 'core' AND event = 'grant' AND area <> 'focus_province' GROUP BY area ORDER BY area"
    )
    # 2019 to 2022
    assert published == [("all", [True, True, False, False]), ("cn_office", [True] * 4)]


# ── The form of every metric ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("metric", cabinet.metrics(), ids=METRICS)
def test_every_column_is_described_and_the_conventions_stand_on_every_row(
    ask_built: Ask, metric: cabinet.Metric
) -> None:
    described = [column.name for column in metric.columns]
    found = ask_built(
        "SELECT column_name FROM duckdb_columns() WHERE schema_name = 'metrics' "  # noqa: S608 - names of the cabinet
        f"AND table_name = '{metric.metric}' ORDER BY column_index"
    )
    assert sorted(described) == sorted(row[0] for row in found)
    assert set(described) >= CONVENTIONS
    assert ("is_complete_year" in described) or not ("filing_year" in described or "period" in described)
    assert not {"count", "value", "num", "number", "total"} & set(described)


@pytest.mark.parametrize("metric", cabinet.metrics(), ids=METRICS)
def test_conventions_hold_a_value_on_every_row(ask_built: Ask, metric: cabinet.Metric) -> None:
    columns = sorted(CONVENTIONS - {"last_complete_year"})
    empty = " OR ".join(f"{column} IS NULL" for column in columns)
    assert ask_built(f"SELECT count(*) FROM metrics.{metric.metric} WHERE {empty}") == [(0,)]  # noqa: S608
    levels = ask_built(f"SELECT DISTINCT label_level FROM metrics.{metric.metric}")  # noqa: S608
    assert {row[0] for row in levels} <= {"core", "all"}


@pytest.mark.parametrize("told", [*cabinet.metrics(), *cabinet.macros()], ids=lambda told: told.title_en)
def test_both_languages_tell_the_same_rules(told: cabinet.Metric | cabinet.Macro) -> None:
    """Formulas, numbers with a per cent sign and the names of tables and columns need no translation."""
    names = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+|\d+ ?%|\d\.\d+|ln \d+|T\*(?: ?- ?\d)?")
    assert set(names.findall(told.conventions_zh)) == set(names.findall(told.conventions_en))
    for zh, en in ((told.conventions_zh, told.conventions_en), (told.grain_zh, told.grain_en)):
        assert re.search(r"[\u4e00-\u9fff]", zh) and not re.search(r"[，；：。] ", zh)
        assert en and not re.search(r"[\u4e00-\u9fff]", en)


@pytest.mark.parametrize("metric", cabinet.metrics(), ids=METRICS)
def test_sql_keeps_to_what_duckdb_1_5_and_2_0_share(metric: cabinet.Metric) -> None:
    sql = re.sub(r"--[^\n]*|'[^']*'", "", metric.sql)
    assert not re.search(r"SELECT\s+(DISTINCT\s+)?(\w+\.)?\*", sql), "SELECT *"
    for operator in ("~", "->", "//", "%", "lambda"):
        assert operator not in sql
    for division in re.finditer(r"/\s*(\S{0,30})", sql):
        rest = sql[division.end() - len(division[1]) :]
        assert re.match(r"CAST\(\s*nullif\(", rest), f"a division that is not by nullif: {rest[:40]}"


def _ask(report: BuildReport, sql: str) -> list[tuple]:
    import duckdb

    with duckdb.connect(str(report.target), read_only=True) as connection:
        return connection.execute(sql).fetchall()
