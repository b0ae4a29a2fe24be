"""Claims on small worlds in which they hold, just hold, or just do not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.warehouse.random_world import Memory
from tests.warehouse.world import HANGZHOU, NINGBO, ZHEJIANG, Rows, world
from warehouse import cabinet
from warehouse.claiming import ClaimResult, evaluate_claim

JIANGSU, SHANDONG = "320000", "370000"
PROVINCES = ("440000", "110000", JIANGSU, "310000")
COMPLETE = {"last_complete_year": 2020, "focus_province_code": ZHEJIANG, "focus_city_code": HANGZHOU}


@pytest.fixture(scope="module")
def memory() -> Iterator[Memory]:
    """With two provinces more than the world has, for a claim is about the fifth of them."""
    found = Memory()
    for code, name in ((JIANGSU, "江苏"), (SHANDONG, "山东")):
        found.connection.execute(
            "INSERT INTO core.region (region_code, region_name, short_name, region_level, region_status, source) "
            "VALUES (?, ?, ?, 'province', 'current', 'test')",
            [code, name, name],
        )
    yield found
    found.connection.close()


def filed(*told: tuple[str, int, str, str | None, int]) -> Rows:
    """The world with so many core filings of each (office, year, province, city, number)."""
    each = [(office, year, (place, city, None)) for office, year, place, city, number in told for _ in range(number)]
    return world(
        [
            (f"A{at:03d}", office, "invention", year, place, ["h1"], f"F{at:03d}", {"gpu": "core"})
            for at, (office, year, place) in enumerate(each, start=1)
        ]
    )


def evaluated(memory: Memory, rows: Rows, claim: str, **build: object) -> ClaimResult:
    memory.hold(rows | {"meta.build": [COMPLETE | build], "meta.office_cut_off": []})
    return evaluate_claim(memory.connection, next(each for each in cabinet.claims() if each.claim == claim))


def provinces(others: tuple[int, ...], zhejiang: tuple[int, ...]) -> Rows:
    """Filings of the first four provinces and the sixth in 2018, of Zhejiang in the years up to 2020."""
    places = zip((*PROVINCES, SHANDONG), others, strict=True)
    yearly = enumerate(zhejiang, start=2021 - len(zhejiang))
    return filed(
        *(("CN", 2018, place, None, number) for place, number in places),
        *(("CN", year, ZHEJIANG, None, number) for year, number in yearly),
    )


@pytest.mark.parametrize(
    ("zhejiang", "verdict"),
    [
        ((2, 6, 9, 11, 13), "true"),
        ((20, 10, 6, 2, 3), "false"),  # one step up after three down
        ((2, 6, 11, 11, 11), "false"),  # as many as in the year before
        ((10, 31), "false"),  # years before the data are not known to have grown
    ],
)
def test_a_province_keeps_growing_where_each_of_three_years_has_grown(
    memory: Memory, zhejiang: tuple[int, ...], verdict: str
) -> None:
    found = evaluated(memory, provinces((50, 49, 48, 47, 10), zhejiang), "s05_province_rank")
    assert (found.verdict, found.found) == (verdict, "rank 5, tier 1 of 5")
    assert ("持续增长" in found.sentence_zh) == ("keeps growing" in found.sentence_en) == (verdict == "true")


@pytest.mark.parametrize(("sixth", "is_unstable"), [(46, True), (40, False)])
def test_a_first_tier_of_provinces_tells_an_unstable_boundary(memory: Memory, sixth: int, is_unstable: bool) -> None:
    found = evaluated(memory, provinces((60, 58, 55, 52, sixth), (6, 8, 10, 12, 14)), "s05_province_rank")
    assert found.verdict == "true"
    assert ("界限不稳" in found.sentence_zh) == ("unstable boundary" in found.sentence_en) == is_unstable


@pytest.mark.parametrize(("third", "is_unstable"), [(18, True), (9, False)])
def test_a_first_tier_of_offices_tells_an_unstable_boundary(memory: Memory, third: int, is_unstable: bool) -> None:
    numbers = {"CN": 21, "US": 20, "JP": third}
    rows = filed(*((office, 2018, ZHEJIANG, None, number) for office, number in numbers.items()))
    found = evaluated(memory, rows, "s02_office_tier")
    assert found.verdict == "true"
    assert ("界限不稳" in found.sentence_zh) == ("unstable boundary" in found.sentence_en) == is_unstable


@pytest.mark.parametrize("claim", ["s10_city_applications", "s10_city_enterprises", "s11_districts"])
def test_a_focus_without_a_city_leaves_the_claims_about_it_open(memory: Memory, claim: str) -> None:
    """Taiwan, of which GB/T 2260 knows no cities."""
    rows = filed(("CN", 2018, "710000", None, 20))
    found = evaluated(memory, rows, claim, focus_province_code="710000", focus_city_code=None)
    assert found.verdict == "unanswerable"
    unknown = memory.ask(
        "SELECT city_name, is_focus_city, share FROM metrics.m33_city_share WHERE label_level = 'core'"
    )
    assert unknown == [("未知", False, 1.0)]
    assert memory.ask("SELECT city_name, is_focus_city FROM metrics.m34_city_enterprise_share") == [("未知", False)]


@pytest.mark.parametrize(
    ("of_hangzhou", "verdict", "told"),
    [(149, "true", "75%"), (150, "true", "75%"), (148, "false", "74.0%"), (151, "false", "75.5%")],
)
def test_a_sentence_prints_the_per_cents_that_its_condition_has_rounded(
    memory: Memory, of_hangzhou: int, verdict: str, told: str
) -> None:
    """Of 200 filings, so that half per cents are reached."""
    rows = filed(("CN", 2018, ZHEJIANG, HANGZHOU, of_hangzhou), ("CN", 2018, ZHEJIANG, NINGBO, 200 - of_hangzhou))
    found = evaluated(memory, rows, "s10_city_applications")
    assert found.verdict == verdict
    assert f" {told}" in found.sentence_zh and f" {told} " in found.sentence_en
