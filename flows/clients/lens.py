"""kind = "lens": a search in the patent API of The Lens, read to its end by cursor, as JSON lines.

The Lens states the total with every page and the requests and records that are left in its x-rate-limit headers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from flows.clients._asking import base, base_hosts, changed, check_base, field, number, wait
from flows.download import Answer, store
from flows.pulled import PulledFile, now
from flows.sources import Source
from schemas.errors import IncompleteDownloadError, NoAnswerError, WorkspaceError, WrongAnswerError

KEYS = {"query": (str, dict), "include": list, "page_records": int, "max_records": int, "base_url": str}
REQUIRED = ("query", "token_variable")
HOSTS = ("api.lens.org",)
IS_REMOTE = True
_BASE = "https://api.lens.org"
# What the export format lens_api_json reads.
_FIELDS = ("lens_id", "jurisdiction", "doc_number", "kind", "date_published", "biblio", "abstract", "legal_status")
_IDENTITY = ("lens_id", "jurisdiction", "doc_number", "kind")
_PAGE, _MOST = 100, 200_000
# How long The Lens keeps the place between two pages.
_KEPT = "5m"


def check(source: Source) -> None:
    """Raises WorkspaceError where the query is no JSON, or the fields leave out what tells one record from another."""
    _query(source)
    check_base(source, HOSTS)
    include = source.get("include", list(_IDENTITY))
    if not all(isinstance(each, str) for each in include) or not set(_IDENTITY) <= set(include):
        wanted = f"fields, with {', '.join(_IDENTITY)}"
        raise WorkspaceError(source.place.at("include"), f"include = {include}", wanted, "mend it")


def hosts(source: Source) -> tuple[str, ...]:
    return base_hosts(source)


def pull(source: Source, call) -> Iterator[PulledFile]:
    """One file of JSON lines, a record each, by lens_id: the same records are the same bytes, in whatever order they came.

    A record is as it came, with its two numbers put together in front: `publication_number`, `application_number`.
    """
    address = f"{base(source, _BASE)}/patent/search"
    include = list(source.get("include", _FIELDS))
    asked: dict[str, Any] = {"query": _query(source), "size": source.get("page_records", _PAGE), "scroll": _KEPT}
    records, total = {}, None
    while total is None or len(records) < total:
        answer = _asked(call, address, asked | {"include": include})
        page = [] if answer.status == 204 else field(answer.where, answer.json(), "data", kind=list)
        if not page:
            break
        stated = number(answer.where, answer.json(), "total")
        total = _checked_total(source, answer, stated, total, len(records))
        for record in page:
            _add(answer.where, records, record)
        call.tell(f"{source.id} {len(records):,}/{total:,}")
        if len(records) < total:
            asked = {"scroll_id": field(answer.where, answer.json(), "scroll_id", kind=str), "scroll": _KEPT}
    if total is not None and len(records) != total:
        raise IncompleteDownloadError(
            source.where, f"{len(records):,} of {total:,} records", "all of them", "pull again"
        )
    sha256, size = store(call.raw, (line for _, line in sorted(records.items())))
    yield PulledFile(f"{source.id}.jsonl", address, sha256, size, now())


def _query(source: Source) -> Any:
    query = source.get("query")
    if isinstance(query, dict):
        return query
    if not query.lstrip().startswith("{"):
        return {"query_string": {"query": query}}
    try:
        return json.loads(query)
    except ValueError as error:
        raise WorkspaceError(
            source.place.at("query"), f"query: {error}", "words, or JSON as the Lens documents it", "mend it"
        ) from error


def _asked(call, address: str, body: dict[str, Any]) -> Answer:
    """One page; where requests come too fast, after the time that The Lens names."""
    data = json.dumps(body, ensure_ascii=False).encode()
    manners = call.line.manners
    for _ in range(manners.attempts):
        answer = call.line.ask(
            address, method="POST", data=data, headers={"Content-Type": "application/json"}, accept=(200, 204, 429)
        )
        left = answer.headers.get("x-rate-limit-remaining-request-per-minute")
        if answer.status == 429 or left == "0":
            wait(_seconds(answer), manners.longest_wait)
        if answer.status != 429:
            return answer
    raise NoAnswerError(
        answer.where, f"限流 too many requests, {manners.attempts} times", "an answer", "pull again later"
    )


def _seconds(answer: Answer) -> float:
    stated = answer.headers.get("x-rate-limit-retry-after-seconds", "")
    # Without a number: as long as until the minute is over.
    return float(stated) if stated.replace(".", "", 1).isdigit() else 60.0


def _checked_total(source: Source, answer: Answer, stated: int, before: int | None, received: int) -> int:
    if before is not None and stated != before:
        raise IncompleteDownloadError(
            source.where, f"the total became {stated:,}, it was {before:,}", "one total", "pull again"
        )
    most = source.get("max_records", _MOST)
    if stated > most:
        raise WrongAnswerError(
            source.where, f"{stated:,} 条 records", f"at most {most:,}", "narrow the query, or raise max_records"
        )
    left = answer.headers.get("x-rate-limit-remaining-record-per-month", "")
    if before is None and left.isdigit() and int(left) < stated - received - source.get("page_records", _PAGE):
        raise NoAnswerError(
            answer.where,
            f"配额不足 {left} records are left this month for {stated:,}",
            "enough of them",
            "narrow the query",
        )
    return stated


def _add(where: str, records: dict[str, bytes], record: Any) -> None:
    lens_id, *parts = (field(where, record, name, kind=str) for name in _IDENTITY)
    if lens_id in records:
        raise changed(where, f"the record {lens_id} came twice")
    filing = record.get("biblio", {}).get("application_reference") or {}
    filed = [filing.get(name) for name in _IDENTITY[1:]]
    numbers = {"publication_number": " ".join(parts), "application_number": " ".join(filed) if all(filed) else None}
    records[lens_id] = json.dumps(numbers | record, ensure_ascii=False, sort_keys=True).encode() + b"\n"
