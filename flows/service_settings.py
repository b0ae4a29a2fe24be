"""What sources.toml states about operation: when to refresh, when a source is stale, whom to tell. None of it changes the data.

[schedule]
cron = "30 3 * * *"
timezone = "Asia/Shanghai"

[freshness]
stale_after_days = 35

[notify]
url_variable = "PATNAV_WEBHOOK"   # the environment variable that holds the address
style = "wecom"
on = ["failed", "crashed", "stale", "published"]
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.cron import Schedule, check
from schemas.errors import ScheduleError

# Of sources.toml, whose other tables flows/sources.py reads.
SOURCES = "sources.toml"
SECTIONS = ("schedule", "freshness", "notify")

FAILED, CRASHED, STALE, PUBLISHED = "failed", "crashed", "stale", "published"
SUBJECTS = (FAILED, CRASHED, STALE, PUBLISHED)
STYLES = ("json", "slack", "wecom", "dingtalk", "feishu")
_CRON = 'cron = "30 3 * * *" (每日 3:30 every day) and timezone = "Asia/Shanghai"'
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Notify:
    """`url_variable`: name of the environment variable with the webhook's address, which is itself written nowhere."""

    url_variable: str
    style: str = "json"
    on: tuple[str, ...] = (FAILED, CRASHED, STALE)


@dataclass(frozen=True)
class ServiceSettings:
    """`stale_after_days`: None where nothing was stated; then nothing is ever called stale."""

    schedule: Schedule | None = None
    notify: Notify | None = None
    stale_after_days: float | None = None


def read_service_settings(root: Path) -> ServiceSettings:
    """The checked sections; all empty where there is no sources.toml. Raises ScheduleError naming the key that is wrong."""
    path = root / SOURCES
    if not path.exists():
        return ServiceSettings()
    try:
        stated = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScheduleError(str(path), str(error), "TOML in UTF-8", "mend the line") from error
    schedule = _section(path, stated, "schedule", {"cron": str, "timezone": str})
    freshness = _section(path, stated, "freshness", {"stale_after_days": (int, float)})
    notify = _section(path, stated, "notify", {"url_variable": str, "style": str, "on": list})
    return ServiceSettings(
        None if schedule is None else _schedule(f"{path} [schedule]", schedule),
        None if notify is None else _notify(f"{path} [notify]", notify),
        None if freshness is None else _stale_after_days(f"{path} [freshness]", freshness),
    )


def _section(path: Path, stated: dict[str, Any], name: str, wanted: dict[str, Any]) -> dict[str, Any] | None:
    section = stated.get(name)
    if section is None:
        return None
    where = f"{path} [{name}]"
    if not isinstance(section, dict):
        raise ScheduleError(where, f"{name} = {section!r}", "keys below", f"write [{name}] on a line of its own")
    for key, value in section.items():
        if key not in wanted:
            raise ScheduleError(where, f"unknown key {key}", "one of " + ", ".join(wanted), "mend or delete it")
        if not isinstance(value, wanted[key]) or isinstance(value, bool):
            raise ScheduleError(where, f"{key} = {value!r}", _told(wanted[key]), "mend it")
    return section


def _told(kinds: type | tuple[type, ...]) -> str:
    return {str: "text in quotes", list: "a list"}.get(kinds, "a number")


def _schedule(where: str, section: dict[str, Any]) -> Schedule:
    for key in ("cron", "timezone"):
        if key not in section:
            raise ScheduleError(where, f"no {key}", "cron and timezone", f"write for example {_CRON}")
    schedule = Schedule(section["cron"].strip(), section["timezone"].strip())
    check(schedule, where)
    return schedule


def _stale_after_days(where: str, section: dict[str, Any]) -> float | None:
    days = section.get("stale_after_days")
    if days is not None and not 0 < days < 36_500:
        raise ScheduleError(where, f"stale_after_days = {days}", "a number of days above 0", "mend it")
    return days


def _notify(where: str, section: dict[str, Any]) -> Notify:
    variable = section.get("url_variable", "")
    if not _VARIABLE.fullmatch(variable):
        # The value is not shown: somebody may have written the address itself, and that is a secret.
        raise ScheduleError(
            where,
            "url_variable is missing or no variable's name",
            "the name of the environment variable that holds the address",
            'write url_variable = "PATNAV_WEBHOOK" and set that variable where patnav serve runs',
        )
    notify = Notify(variable, section.get("style", "json"), tuple(section.get("on", Notify.on)))
    if notify.style not in STYLES:
        raise ScheduleError(where, f"style = {notify.style!r}", "one of " + ", ".join(STYLES), "mend it")
    unknown = [subject for subject in notify.on if subject not in SUBJECTS]
    if unknown:
        raise ScheduleError(where, f"on: {unknown[0]!r}", "some of " + ", ".join(SUBJECTS), "mend it")
    return notify
