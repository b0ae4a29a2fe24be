"""What the clients of APIs share: fields that must be there, the address of a service, waiting as a service asks, slices of dates."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from flows.address import Access
from flows.sources import Source
from schemas.errors import AddressRefusedError, IncompleteDownloadError, WorkspaceError, WrongAnswerError

_PORTS = {"http": 80, "https": 443}
ONE_DAY = datetime.timedelta(days=1)
# The tests wait by a clock of their own.
sleep = time.sleep


def field(where: str, value: Any, *path: str | int, kind: type | tuple[type, ...] = object) -> Any:
    """The value at a path of keys in an answer. Raises WrongAnswerError naming the field that is not there, or of another kind."""
    told = ""
    for step in path:
        told += f"[{step}]" if isinstance(step, int) else f".{step}" if told else str(step)
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError) as error:
            raise changed(where, f"没有字段 no field {told}") from error
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
        raise changed(where, f"字段类型有变 the field {told} is a {type(value).__name__}")
    return value


def changed(where: str, found: str) -> WrongAnswerError:
    return WrongAnswerError(
        where, found, "an answer as the service documents it", "the service may have changed: look at its notices"
    )


def number(where: str, value: Any, *path: str | int) -> int:
    """The whole number at a path, also where it is written as text."""
    found = field(where, value, *path, kind=(int, str))
    try:
        return int(found)
    except ValueError as error:
        raise changed(where, f"字段不是数 the field {path[-1]} is no number: {found[:20]!r}") from error


# ── where the service is ─────────────────────────────────────────────────────────────────────────────────────────


def base(source: Source, default: str) -> str:
    """The address of the service, without a slash at its end; `base_url` names another one, as of a team's own proxy."""
    return (source.get("base_url") or default).rstrip("/")


def base_hosts(source: Source) -> tuple[str, ...]:
    """The host of `base_url`, where one is stated."""
    try:
        parts = urlsplit(source.get("base_url", ""))
        return (f"{parts.hostname}:{parts.port or _PORTS.get(parts.scheme, 443)}",) if parts.hostname else ()
    except ValueError:
        return ()  # `check_base` tells what is wrong with it


def check_base(source: Source, hosts: tuple[str, ...]) -> None:
    """Raises WorkspaceError where `base_url` is none that may be asked."""
    if not source.get("base_url"):
        return
    own = (*hosts, *base_hosts(source), *source.get("hosts", ()))
    try:
        Access(str(source.place), own, tuple(source.get("internal_hosts", ()))).check(source.get("base_url"))
    except AddressRefusedError as error:
        raise WorkspaceError(
            source.place.at("base_url"), f"base_url: {error.found}", "https://host (http only for internal_hosts)"
        ) from error


# ── as the service asks ──────────────────────────────────────────────────────────────────────────────────────────


def wait(seconds: float, longest: float) -> None:
    """Wait as long as the service asks, but never longer than the entry allows."""
    if seconds > 0:
        sleep(min(seconds, longest))


# ── slices of dates ──────────────────────────────────────────────────────────────────────────────────────────────

Span = tuple[datetime.date, datetime.date]


def span_of(source: Source, earliest: datetime.date) -> Span:
    """`published_from` to `published_to`, both included; without an end, up to yesterday: today is not over."""
    first = source.get("published_from", earliest)
    return first, source.get("published_to", datetime.datetime.now(datetime.UTC).date() - ONE_DAY)


def check_span(source: Source) -> None:
    """Raises WorkspaceError where the dates are no span."""
    for key in ("published_from", "published_to"):
        if isinstance(source.get(key), datetime.datetime):
            raise WorkspaceError(source.place.at(key), f"{key} has a time", "a date like 2020-01-31", "mend it")
    first, last = source.get("published_from"), source.get("published_to")
    if first and last and first > last:
        raise WorkspaceError(source.place.at("published_to"), f"published_to = {last}", f"{first} or later", "mend it")


def slices(where: str, span: Span, most: int, total_of: Callable[[Span], int]) -> Iterator[tuple[Span, int]]:
    """Spans of at most so many records with their totals, halved until each is: what lies beyond the cap is never given out.

    Raises WrongAnswerError where one day alone has more, IncompleteDownloadError where the halves have less than the whole.
    """
    total = total_of(span)
    if total <= most:
        if total:
            yield span, total
        return
    first, last = span
    if first == last:
        raise WrongAnswerError(
            where,
            f"{first}: {total:,} 条 records of one day",
            f"at most {most:,}, more are not given out",
            "narrow the query",
        )
    middle = first + (last - first) // 2
    halves = [*slices(where, (first, middle), most, total_of), *slices(where, (middle + ONE_DAY, last), most, total_of)]
    counted = sum(records for _, records in halves)
    if counted < total:
        raise IncompleteDownloadError(
            where, f"{first}–{last}: {counted:,} records by parts of {total:,}", "all of them", "pull again"
        )
    yield from halves
