"""kind = "epo_ops": a search in the EPO's Open Patent Services, with the bibliographic data and abstracts of what it finds.

OPS gives out 100 records a request and 2,000 a search, silently no more: the search is put by publication date in slices that
have less, and what came is held against the total that OPS states. Its access tokens last some 20 minutes and are had
anew; how often it may be asked it says in X-Throttling-Control. Each answer is kept as it came, one file a hundred.
"""

from __future__ import annotations

import base64
import datetime
import re
import time
from collections.abc import Iterator

from flows.clients._asking import (
    Span,
    base,
    base_hosts,
    changed,
    check_base,
    check_span,
    field,
    number,
    slices,
    span_of,
    wait,
)
from flows.credentials import Secret, from_environment
from flows.download import Answer, store
from flows.pulled import PulledFile, now
from flows.sources import Source
from schemas.errors import CredentialError, IncompleteDownloadError, NoAnswerError, WorkspaceError

KEYS = {
    "query": str,
    "published_from": datetime.date,
    "published_to": datetime.date,
    "key_variable": str,
    "secret_variable": str,
    "base_url": str,
}
REQUIRED = ("query", "published_from", "key_variable", "secret_variable")
HOSTS = ("ops.epo.org",)
IS_REMOTE = True
_BASE = "https://ops.epo.org/3.2"
_PAGE, _MOST = 100, 2_000
# A token that ends within a request is as bad as none.
_SPARE_SECONDS = 30
_MINUTE = 60.0
_TOTAL = re.compile(rb'total-result-count="(\d*)"')
_RECORD = re.compile(rb"<(?:\w+:)?exchange-document[\s>]")
_SERVICE = re.compile(r"\bsearch=(\w+):(\d+)")


def check(source: Source) -> None:
    """Raises WorkspaceError where the dates, the address or the query cannot be."""
    check_span(source)
    check_base(source, HOSTS)
    if re.search(r"\bpd\b", source.get("query"), re.IGNORECASE):
        raise WorkspaceError(
            source.place.at("query"), "pd in the query", "published_from and published_to", "the slices are made by it"
        )


def hosts(source: Source) -> tuple[str, ...]:
    return base_hosts(source)


def pull(source: Source, call) -> Iterator[PulledFile]:
    service = _Service(source, call)
    span = span_of(source, source.get("published_from"))
    for part, total in slices(source.where, span, _MOST, service.total):
        call.tell(f"{source.id} {part[0]}–{part[1]}: {total:,} 条 records")
        yield from _pages(source, call, service, part, total)


def _pages(source: Source, call, service: _Service, span: Span, total: int) -> Iterator[PulledFile]:
    received = 0
    for begin in range(1, total + 1, _PAGE):
        answer = service.search(span, begin, min(begin + _PAGE - 1, total))
        stated, records = _total(answer), len(_RECORD.findall(answer.body))
        received += records
        if stated != total:
            raise IncompleteDownloadError(
                source.where,
                f"{span[0]}–{span[1]}: the total became {stated:,}, it was {total:,}",
                "one total",
                "pull again",
            )
        sha256, size = store(call.raw, [answer.body])
        name = f"{span[0]:%Y%m%d}-{span[1]:%Y%m%d} {begin}.xml"
        yield PulledFile(name, service.address, sha256, size, now())
    if received != total:
        raise IncompleteDownloadError(
            source.where, f"{span[0]}–{span[1]}: {received:,} of {total:,} records", "all of them", "pull again"
        )


class _Service:
    """OPS with a valid token, asked no faster than it allows."""

    def __init__(self, source: Source, call) -> None:
        self._source, self._line = source, call.line
        self.address = f"{base(source, _BASE)}/rest-services/published-data/search/biblio"
        self._token: Secret | None = None
        self._valid_until = 0.0

    def total(self, span: Span) -> int:
        """How many records the search has in a span."""
        return _total(self.search(span, 1, 1))

    def search(self, span: Span, begin: int, end: int) -> Answer:
        """One answer; of a search that finds nothing one without records."""
        answer = self._asked(span, begin, end)
        if answer.status in (400, 401) and _is_of_token(answer):
            self._token = None
            answer = self._asked(span, begin, end)
        if answer.status == 404 and b"EntityNotFound" in answer.body:
            return Answer(answer.where, 200, answer.headers, b'<none total-result-count="0"/>')
        if answer.status != 200:
            raise self._refusal(answer)
        return answer

    def _asked(self, span: Span, begin: int, end: int) -> Answer:
        query = f'({self._source.get("query")}) and pd within "{span[0]:%Y%m%d} {span[1]:%Y%m%d}"'
        headers = {"Authorization": self._valid_token(), "X-OPS-Range": f"{begin}-{end}", "Accept": "application/xml"}
        answer = self._line.ask(self.address, params={"q": query}, headers=headers, accept=(200, 400, 401, 403, 404))
        wait(_pause(answer), self._line.manners.longest_wait)
        return answer

    def _valid_token(self) -> Secret:
        if self._token is None or time.monotonic() > self._valid_until:
            self._token = self._new_token()
        return self._token

    def _new_token(self) -> Secret:
        key = from_environment(self._source.get("key_variable"), self._source.where)
        secret = from_environment(self._source.get("secret_variable"), self._source.where)
        for each in (key, secret):
            self._line.hide(each)
        both = base64.b64encode(f"{key.reveal()}:{secret.reveal()}".encode()).decode()
        answer = self._line.ask(
            f"{base(self._source, _BASE)}/auth/accesstoken",
            method="POST",
            data=b"grant_type=client_credentials",
            headers={
                "Authorization": self._line.hide(Secret(both, key.name, "Basic ")),
                "Content-Type": "application/x-www-form-urlencoded",
            },
        )
        given = answer.json()
        token = field(answer.where, given, "access_token", kind=str)
        seconds = number(answer.where, given, "expires_in")
        self._valid_until = time.monotonic() + max(seconds - _SPARE_SECONDS, 0)
        return self._line.hide(Secret(token, f"{key.name} (access token)", "Bearer "))

    def _refusal(self, answer: Answer) -> Exception:
        reason = answer.headers.get("x-rejection-reason", "")
        if answer.status == 403 and "quota" in reason.lower():
            return NoAnswerError(
                answer.where, f"配额已用尽 the quota is used up ({reason[:60]})", "an answer", "pull again later"
            )
        if answer.status in (401, 403) or _is_of_token(answer):
            names = f"{self._source.get('key_variable')}, {self._source.get('secret_variable')}"
            return CredentialError(
                answer.where,
                f"不接受凭据 the credential is not accepted (status {answer.status})",
                f"a valid one ({names})",
            )
        return changed(answer.where, f"status {answer.status} to the query")


def _total(answer: Answer) -> int:
    found = _TOTAL.search(answer.body)
    if not found or not found[1]:
        raise changed(answer.where, "没有字段 no field total-result-count")
    return int(found[1])


def _is_of_token(answer: Answer) -> bool:
    return b"invalid_access_token" in answer.body or b"token has expired" in answer.body.lower()


def _pause(answer: Answer) -> float:
    """Seconds until the next search, from `busy (..., search=green:15, ...)`: a colour, and how many a minute are allowed."""
    found = _SERVICE.search(answer.headers.get("x-throttling-control", ""))
    if not found:
        return 0.0
    colour, allowed = found[1].lower(), int(found[2])
    return _MINUTE if colour == "black" or not allowed else _MINUTE / allowed
