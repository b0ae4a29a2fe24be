"""When a schedule is due: the five fields of cron by the clock of a time zone.

Prefect fires the schedule; this says beforehand when that is, without Prefect being there, and by the same rules.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schemas.errors import ScheduleError

_DAYS = {name: number for number, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
# Field, its least and greatest value, and the names that stand for values.
_FIELDS = (
    ("minute 分", 0, 59, {}),
    ("hour 时", 0, 23, {}),
    ("day 日", 1, 31, {}),
    ("month 月", 1, 12, _MONTHS),
    ("weekday 周", 0, 7, _DAYS),
)
# 29 February falls on a given weekday at most once in 40 years.
_FURTHEST = datetime.timedelta(days=366 * 41)


@dataclass(frozen=True)
class Schedule:
    """`cron`: five fields; `timezone`: the IANA name of the clock by which they are meant."""

    cron: str
    timezone: str


@dataclass(frozen=True)
class _Fields:
    """Weekdays from 0, Sunday."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    def has(self, day: datetime.date) -> bool:
        return day.month in self.months and day.day in self.days and day.isoweekday() % 7 in self.weekdays


def check(schedule: Schedule, where: str) -> None:
    """Raises ScheduleError naming the field that is wrong, also where the schedule is never due (30 February)."""
    if next(_slots(schedule, datetime.datetime.now(datetime.UTC), where), None) is None:
        raise ScheduleError(where, f"cron = {schedule.cron!r}", "a day that exists", "mend it")


def slots_after(schedule: Schedule, moment: datetime.datetime, slots: int) -> list[datetime.datetime]:
    """The next so many moments later than `moment` (with its time zone) at which the schedule is due, in UTC.

    Where the clocks change, a time of day that is skipped or comes twice is due once.
    """
    due = _slots(schedule, moment, "sources.toml [schedule]")
    return [slot for slot, _ in zip(due, range(slots), strict=False)]


def _slots(schedule: Schedule, moment: datetime.datetime, where: str) -> Iterator[datetime.datetime]:
    zone, fields = _zone(schedule.timezone, where), _parse(schedule.cron, where)
    # A day earlier, because a skipped time counts by the clock after the change and may come to lie before the moment.
    day = moment.astimezone(zone).date() - datetime.timedelta(days=1)
    last, furthest = moment.astimezone(datetime.UTC), day + _FURTHEST
    while day < furthest:
        if fields.has(day):
            for slot in sorted(_on(day, fields, zone)):
                if slot > last:
                    last = slot
                    yield slot
        day += datetime.timedelta(days=1)


def _on(day: datetime.date, fields: _Fields, zone: ZoneInfo) -> Iterator[datetime.datetime]:
    for hour in fields.hours:
        for minute in fields.minutes:
            local = datetime.datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
            slot = local.astimezone(datetime.UTC)
            is_skipped = slot.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None)
            yield local.replace(fold=1).astimezone(datetime.UTC) if is_skipped else slot


def _zone(name: str, where: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ScheduleError(
            where, f"timezone = {name!r}", "an IANA name like Asia/Shanghai or Europe/Berlin", "mend it"
        ) from error


def _parse(cron: str, where: str) -> _Fields:
    texts = cron.split()
    if len(texts) != len(_FIELDS):
        names = ", ".join(name for name, *_ in _FIELDS)
        raise ScheduleError(
            where, f"cron = {cron!r}", f"five fields: {names}", 'write for example "30 3 * * *" (每日 3:30 every day)'
        )
    if texts[2] != "*" and texts[4] != "*":
        raise ScheduleError(
            where,
            f"cron = {cron!r}: a day of the month and a weekday",
            "one of both, the other *",
            "programs differ on whether both must fit or one of them is enough",
        )
    values = [_values(text, *field, where) for text, field in zip(texts, _FIELDS, strict=True)]
    return _Fields(*values[:4], frozenset(day % 7 for day in values[4]))


def _values(text: str, field: str, least: int, greatest: int, names: dict[str, int], where: str) -> frozenset[int]:
    """What one field names: *, 5, 1-5, */10, 1-30/2, mon, and lists of these."""
    found: set[int] = set()
    for part in text.lower().split(","):
        span, has_step, step = part.partition("/")
        first, has_last, last = span.partition("-")
        try:
            begin = least if span == "*" else _number(first, names)
            end = greatest if span == "*" or (has_step and not has_last) else _number(last or first, names)
            every = int(step) if has_step else 1
        except ValueError:
            begin, end, every = greatest + 1, greatest, 1
        # Prefect's reader takes 21-21 for every hour there is.
        is_of_one = bool(last) and begin == end
        if not (least <= begin <= end <= greatest and every >= 1) or is_of_one:
            raise ScheduleError(
                where, f"{field} = {text!r}", f"{least} to {greatest}, as 5, 1-5, */2 or a list of these", "mend it"
            )
        found.update(range(begin, end + 1, every))
    return frozenset(found)


def _number(text: str, names: dict[str, int]) -> int:
    return names[text] if text in names else int(text)
