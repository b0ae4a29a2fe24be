"""That the benchmarks measure what they say: stages that exist, targets that are told honestly, tables that find their page."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

from tests.benchmarks import corpora, exports, page
from tests.benchmarks.exports import write_exports
from tests.benchmarks.loading import calls
from tests.benchmarks.stages import REST, STAGES, StageClock, stage_clock
from tests.benchmarks.targets import targets
from tests.conftest import ROOT


def busy(seconds: float) -> None:
    began = time.process_time()
    while time.process_time() - began < seconds:
        pass


def test_every_watched_function_exists_and_is_put_back():
    from flows import refresh

    before = refresh.report
    with stage_clock():
        assert refresh.report is not before
    assert refresh.report is before


def test_a_stage_counts_without_the_stages_that_it_calls():
    clock = StageClock()
    inner = clock.watching("label", lambda: busy(0.05))
    clock.watching("places", lambda: (busy(0.02), inner()))()
    told = clock.told()
    assert told["label"] == pytest.approx(0.05, abs=0.02)
    assert told["places"] == pytest.approx(0.02, abs=0.02)
    assert set(told) == {*STAGES, REST}


def test_of_a_generator_each_step_counts_and_nothing_between():
    clock = StageClock()

    def steps():
        for number in (1, None, 3):
            busy(0.02)
            yield number

    found = []
    for number in clock.watching("label", steps)():
        busy(0.02)
        found.append(number)
    told = clock.told()
    assert found == [1, None, 3]
    assert told["label"] == pytest.approx(0.06, abs=0.02)
    assert told[REST] == pytest.approx(0.06, abs=0.04)


def test_what_was_not_measured_is_neither_met_nor_missed():
    told = targets({})
    assert [target.id for target in told[:3]] == ["P1", "P2", "P3"]
    assert len({target.id for target in told}) == len(told)
    assert {(target.measured, target.is_met) for target in told} == {("not measured", None)}


def test_a_target_is_met_up_to_its_limit_and_missed_beyond():
    def said(name: str, found: dict) -> bool | None:
        return {target.id: target.is_met for target in targets(found)}[name]

    def took(**seconds: float) -> dict:
        names = {"first": "first refresh", "new": "1 % new filings"}
        return {"changes": [{"change": names[key], "cpu_seconds": value} for key, value in seconds.items()]}

    assert said("P7b", took(first=100.0, new=3.0)) is True
    assert said("P7b", took(first=100.0, new=3.1)) is False
    row = {"way": "duckdb_sql", "cpu_ratio_to_patnav": 3.9}
    assert said("P6b", {"refresh": [row]}) is False
    assert said("P6b", {"refresh": [row | {"cpu_ratio_to_patnav": 4.0}]}) is True


def test_no_floor_inserts_row_by_row():
    assert calls() == []
    assert calls("filter", ("schemas",))  # it does find calls


def test_tables_replace_what_stands_between_the_marks(tmp_path):
    found = {
        "date": "2026-01-01", "versions": {}, "seconds": {}, "left_out": [], "targets": [],
        "machine": {"cores": 2, "processor": "P", "memory_gb": 1, "system": "S", "load": 0, "load_at_end": 0},
    }  # fmt: skip
    target = tmp_path / "page.md"
    target.write_text(f"before\n{page.BEGIN}\nold\n{page.END}\nafter\n", encoding="utf-8")
    page.write_into(target, found)
    text = target.read_text(encoding="utf-8")
    assert text.startswith("before\n") and text.endswith("\nafter\n") and "old" not in text and "2 cores of P" in text
    target.write_text("no marks", encoding="utf-8")
    with pytest.raises(SystemExit, match="found no marks"):
        page.write_into(target, found)


def test_the_page_has_its_marks():
    text = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    assert text.count(page.BEGIN) == text.count(page.END) == 1


def test_the_same_seed_gives_the_same_exports(tmp_path, monkeypatch):
    for module in (corpora, exports):
        monkeypatch.setattr(module, "DIFFERENT", 300)
    once, again = write_exports(tmp_path / "1", 300), write_exports(tmp_path / "2", 300)
    assert [path.read_bytes() for path in once] == [path.read_bytes() for path in again]
    assert all(path.stat().st_size for path in once)


@pytest.mark.nightly
def test_every_part_runs(tmp_path):
    target = tmp_path / "bench.json"
    command = [sys.executable, "-m", "tests.benchmarks", "--quick", "--json", str(target)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    found = json.loads(target.read_text(encoding="utf-8"))
    without = {"rg": {"P1", "P2"}, "pandas_re": {"P6c"}}
    excused = set().union(*(without.get(name, set()) for name in found["left_out"]))
    assert {each["id"] for each in found["targets"] if each["measured"] == "not measured"} == excused
