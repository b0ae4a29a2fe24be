"""The arithmetic of the schedule under a clock of our own (R20), and what sources.toml may say about operation."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from flows.cron import Schedule, slots_after
from flows.journal import PUBLISHED, RunJournal, runs
from flows.schedule import deployment_name, missed_slot, run_since, serve
from flows.service_settings import Notify, read_service_settings
from flows.sources import read_sources
from flows.workspace import Workspace
from schemas.errors import ScheduleError

SHANGHAI = Schedule("30 3 * * *", "Asia/Shanghai")
BERLIN = Schedule("30 2 * * *", "Europe/Berlin")
HOUR = datetime.timedelta(hours=1)


def utc(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)


def test_slots_are_meant_by_the_clock_of_their_zone() -> None:
    assert slots_after(SHANGHAI, utc("2026-03-01 00:00"), 2) == [utc("2026-03-01 19:30"), utc("2026-03-02 19:30")]
    # A slot is not later than itself.
    assert slots_after(SHANGHAI, utc("2026-03-01 19:30"), 1) == [utc("2026-03-02 19:30")]


@pytest.mark.parametrize("day_before", ["2026-03-27", "2026-10-23"])
def test_where_the_clocks_change_every_day_still_has_one_refresh(day_before: str) -> None:
    """On 29 March 2026 half past two does not exist in Berlin, on 25 October it comes twice."""
    start = utc(f"{day_before} 12:00")
    slots = slots_after(BERLIN, start, 4)
    assert [slot.date() for slot in slots] == [(start + datetime.timedelta(days=day)).date() for day in (1, 2, 3, 4)]
    assert all(
        datetime.timedelta(hours=22) < later - earlier < datetime.timedelta(hours=26)
        for earlier, later in zip(slots, slots[1:], strict=False)
    )


def test_a_missed_slot_is_found_once_whatever_was_missed_and_however_the_clock_jumped() -> None:
    last = utc("2026-03-01 19:30:02")
    due = utc("2026-03-02 19:30")
    assert missed_slot(SHANGHAI, last, due - HOUR) is None
    assert missed_slot(SHANGHAI, last, due) == due
    # Off for a month: one run makes up for all of it, and after it nothing is missed any more.
    back = utc("2026-04-01 08:00")
    assert missed_slot(SHANGHAI, last, back) == due
    assert missed_slot(SHANGHAI, back, back + HOUR) is None
    # A clock set back does not make a slot come again.
    assert missed_slot(SHANGHAI, back, utc("2026-03-15 08:00")) is None
    # Nothing was promised before the first run.
    assert missed_slot(SHANGHAI, None, back) is None


def test_a_run_covers_every_slot_before_it_began(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    assert run_since(path, utc("2026-01-01 00:00")) is None
    RunJournal(path).end(PUBLISHED)
    (run,) = runs(path)
    assert run_since(path, run.started_at - HOUR).run_id == run.run_id
    assert run_since(path, run.started_at + HOUR) is None


def write(root: Path, text: str) -> Path:
    root.mkdir(exist_ok=True)
    (root / "sources.toml").write_text(text, encoding="utf-8")
    return root


def test_operation_is_read_from_sources_toml(tmp_path: Path) -> None:
    assert read_service_settings(tmp_path).schedule is None
    text = """
        [schedule]
        cron = "30 3 * * *"
        timezone = "Asia/Shanghai"
        [freshness]
        stale_after_days = 35
        [notify]
        url_variable = "PATNAV_WEBHOOK"
        style = "wecom"
        on = ["failed"]
    """
    found = read_service_settings(write(tmp_path, text))
    assert (found.schedule, found.stale_after_days) == (SHANGHAI, 35)
    assert found.notify == Notify("PATNAV_WEBHOOK", "wecom", ("failed",))
    # When to refresh changes no data, and must not make another version.
    assert read_sources(tmp_path).key == ""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("schedule = 3", "schedule = 3"),
        ('[schedule]\ncron = "0 3 * * *"', "no timezone"),
        ('[schedule]\ncron = "0 3 * * * *"\ntimezone = "UTC"', "five fields"),
        ('[schedule]\ncron = 3\ntimezone = "UTC"', "cron = 3"),
        ('[schedule]\ncrontab = "x"', "unknown key crontab"),
        ("[freshness]\nstale_after_days = 0", "above 0"),
        ("[freshness]\nstale_after_days = true", "a number"),
        ('[notify]\nstyle = "slack"', "url_variable is missing"),
        ('[notify]\nurl_variable = "X"\nstyle = "icq"', "style = 'icq'"),
        ('[notify]\nurl_variable = "X"\non = ["sunday"]', "on: 'sunday'"),
        ("[schedule", "end of document"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, found: str) -> None:
    with pytest.raises(ScheduleError, match=found):
        read_service_settings(write(tmp_path, text))


def test_an_address_written_where_a_name_belongs_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(ScheduleError) as caught:
        read_service_settings(write(tmp_path, '[notify]\nurl_variable = "https://hooks.example/canary"'))
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("cron", "found"),
    [
        ("61 * * * *", "minute 分 = '61'"),
        ("0 24 * * *", "hour 时 = '24'"),
        ("0 3 0 * *", "day 日 = '0'"),
        ("0 3 * 13 *", "month 月 = '13'"),
        ("0 3 * * 8", "weekday 周 = '8'"),
        ("*/0 * * * *", "minute"),
        ("5-1 * * * *", "minute"),
        ("7-7 * * * *", "minute"),
        ("- * * * *", "minute"),
        ("0 3 1 * mon", "one of both"),
        ("0 3 30 2 *", "a day that exists"),
    ],
)
def test_a_cron_that_is_none_is_named_by_its_field(tmp_path: Path, cron: str, found: str) -> None:
    with pytest.raises(ScheduleError, match=found):
        read_service_settings(write(tmp_path, f'[schedule]\ncron = "{cron}"\ntimezone = "UTC"'))


@pytest.mark.parametrize("zone", ["Asia/Nowhere", "", "../../etc/passwd", "+8"])
def test_a_zone_that_is_none_is_named(tmp_path: Path, zone: str) -> None:
    with pytest.raises(ScheduleError, match="an IANA name"):
        read_service_settings(write(tmp_path, f'[schedule]\ncron = "0 3 * * *"\ntimezone = "{zone}"'))


@pytest.mark.parametrize(
    ("cron", "first"),
    [
        ("*/20 9-10 * * *", ["2026-03-02 09:00", "2026-03-02 09:20", "2026-03-02 09:40", "2026-03-02 10:00"]),
        ("15,45 8 * * mon-tue", ["2026-03-02 08:15", "2026-03-02 08:45", "2026-03-03 08:15", "2026-03-03 08:45"]),
        ("0 0 1 jan,jul *", ["2026-07-01 00:00", "2027-01-01 00:00"]),
        ("0 6 * * 7", ["2026-03-08 06:00", "2026-03-15 06:00"]),
        ("0 6 29 2 *", ["2028-02-29 06:00", "2032-02-29 06:00"]),
    ],
)
def test_the_fields_of_cron(cron: str, first: list[str]) -> None:
    assert slots_after(Schedule(cron, "UTC"), utc("2026-03-02 05:00"), len(first)) == [utc(text) for text in first]


def test_serving_without_a_schedule_is_refused_before_anything_starts(tmp_path: Path) -> None:
    from flows.progress import Progress

    with pytest.raises(ScheduleError, match=r"no \[schedule\]"):
        serve(Workspace(tmp_path), Progress(quiet=True))


def test_two_folders_of_one_name_are_two_deployments(tmp_path: Path) -> None:
    one, other = Workspace(tmp_path / "a" / "w"), Workspace(tmp_path / "b" / "w")
    assert deployment_name(one).startswith("w-") and deployment_name(one) != deployment_name(other)
