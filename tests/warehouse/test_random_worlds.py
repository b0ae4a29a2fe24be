"""Every metric of plain_metrics.py answers as plain Python does, whatever world it is asked of."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.conftest import trials
from tests.warehouse.plain_metrics import METRICS, World
from tests.warehouse.random_world import Memory, random_world


@pytest.fixture(scope="module")
def memory() -> Memory:
    return Memory()


# A world costs about half a second, nearly all of it DuckDB's fifty plans: 300 are tried by `make test-worlds`, which CI runs too.
WORLDS = 300 if os.environ.get("PATNAV_WORLDS") else trials(30, 3000)


@settings(max_examples=WORLDS, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), size=st.integers(2, 120))
@example(seed=1, size=0)
@example(seed=50_000, size=60)  # an index of just 0.18
@example(seed=15, size=900)
def test_metrics_answer_as_plain_python(memory: Memory, seed: int, size: int) -> None:
    rows = random_world(seed, size)
    memory.hold(rows)
    world = World(rows)
    for metric, (key, numbers, answer) in METRICS.items():
        found = memory.ask(f"SELECT {key}, {numbers} FROM metrics.{metric}")
        length = key.count(",") + 1
        assert_same(metric, {row[:length]: row[length:] for row in found}, answer(world))
        assert len({row[:length] for row in found}) == len(found), f"{metric}: a key stands twice"


@pytest.mark.parametrize("seed", [1, 15, 50_000])
def test_counting_by_the_macro_gives_the_ranking(memory: Memory, seed: int) -> None:
    """Of applications, that is: of a family the ranking takes the applicants of every member, the macro those of the first."""
    memory.hold(random_world(seed, 120))
    for credit in ("first", "whole"):
        for level in ("core", "all"):
            ranked = memory.ask(
                "SELECT group_id, applications FROM metrics.m08_applicant_ranking "
                f"WHERE unit = 'application' AND credit = '{credit}' AND label_level = '{level}' AND group_id IS NOT NULL"
            )
            counted = memory.connection.execute(
                f"SELECT group_id, sum(weight) FROM metrics.counted(credit := '{credit}', label_level := '{level}') "
                "WHERE group_id IS NOT NULL GROUP BY group_id"
            ).fetchall()
            assert dict(counted) == dict(ranked) and ranked


def assert_same(metric: str, found: dict, expected: dict) -> None:
    assert found.keys() == expected.keys(), metric
    for key, numbers in expected.items():
        for at, number in enumerate(numbers):
            told = found[key][at]
            if isinstance(number, float):
                assert told == pytest.approx(number, rel=1e-9, abs=1e-12), (metric, key, found[key], numbers)
            else:
                assert told == number, (metric, key, found[key], numbers)


def test_the_worlds_leave_no_column_empty(memory: Memory) -> None:
    """Else they do not reach what they are to compare."""
    empty = {(metric, column) for metric, (_, columns, _) in METRICS.items() for column in columns.split(", ")}
    for seed, size in ((15, 900), (1, 20)):
        memory.hold(random_world(seed, size))
        for metric, (_, columns, _) in METRICS.items():
            counts = ", ".join(f"count({column})" for column in columns.split(", "))
            found = memory.ask(f"SELECT {counts} FROM metrics.{metric}")[0]
            empty -= {(metric, column) for column, rows in zip(columns.split(", "), found, strict=True) if rows}
    assert not empty
