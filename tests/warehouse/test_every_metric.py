"""Every metric is answered twice: by its SQL and by plain Python, here on the hand-made world, elsewhere on random ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date

import pytest

from schemas.tables import TABLES
from tests.warehouse.plain_metrics import METRICS, World
from tests.warehouse.test_random_worlds import assert_same
from tests.warehouse.world import HANGZHOU, ZHEJIANG, world
from warehouse import cabinet

# Counted by hand in test_metrics.py, for a random world has no files and rows that were merged.
BY_HAND = {"m57_merge_flow"}
# What a row is called, not what it counts.
NAMES = ("_zh", "_en", "_name", "area_code")


@pytest.fixture(scope="module")
def small() -> World:
    """The hand-made world, its cut-off as it must be found: the last publication is of 15 July 2022, 2020 is complete."""
    known = {"cut_off_date": date(2022, 7, 15), "last_complete_year": 2020}
    rows = {name: [dict.fromkeys(TABLES[name].columns) | row for row in of_table] for name, of_table in world().items()}
    filings = Counter(row["office"] for row in rows["core.application"])
    offices = [{"office": office, "applications": filings[office]} | known for office in sorted(filings)]
    build = known | {"focus_province_code": ZHEJIANG, "focus_city_code": HANGZHOU}
    return World(rows | {"meta.build": [build], "meta.office_cut_off": offices})


def test_no_metric_is_without_its_second_answer() -> None:
    assert {metric.metric for metric in cabinet.metrics()} == METRICS.keys() | BY_HAND
    assert not METRICS.keys() & BY_HAND


@pytest.mark.parametrize("metric", METRICS)
def test_the_hand_made_world_answers_as_plain_python(
    ask_built: Callable[[str], list[tuple]], small: World, metric: str
) -> None:
    key, numbers, answer = METRICS[metric]
    found = ask_built(f"SELECT {key}, {numbers} FROM metrics.{metric}")  # noqa: S608 - names of the cabinet
    length = key.count(",") + 1
    assert_same(metric, {row[:length]: row[length:] for row in found}, answer(small))
    assert len({row[:length] for row in found}) == len(found)


@pytest.mark.parametrize(
    "metric", [each for each in cabinet.metrics() if each.metric in METRICS], ids=lambda m: m.metric
)
def test_no_number_of_a_metric_is_left_out(metric: cabinet.Metric) -> None:
    key, numbers, _ = METRICS[metric.metric]
    compared = {*key.split(", "), *numbers.split(", ")}
    left = {column.name for column in metric.columns} - compared - cabinet.CONVENTION_COLUMNS.keys()
    assert {name for name in left if not name.endswith(NAMES)} == set()
