"""The robust download: right bytes or a named error, before a deadline, and nothing secret told to anyone else.

A `Line` is what a source is asked over. `ask` gets a small answer for a program to read, `fetch` a file into `raw/`.
Every answer is read to the very end of the connection, so that an announced length that is too small is noticed too.
"""

from __future__ import annotations

import datetime
import email.utils
import fcntl
import hashlib
import http.client
import http.cookiejar
import json
import logging
import os
import re
import shutil
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from flows.accept import ANYTHING, Expected, accept, checked_digests, decoded
from flows.address import Access, Origin, fits
from flows.credentials import Secret, without
from flows.pulled import PulledFile, now
from schemas.errors import (
    CredentialError,
    DeadlineError,
    DownloadLimitError,
    IncompleteDownloadError,
    NoAnswerError,
    PatnavError,
    PullError,
    RefreshBusyError,
    WrongAnswerError,
)
from warehouse.flushing import flush

# It writes whole addresses into the log, with whatever credential stands in their query.
logging.getLogger("urllib3.connectionpool").addFilter(lambda record: False)

_REDIRECTS = (301, 302, 303, 307, 308)
_CREDENTIALS_REFUSED = (401, 403)
_GONE = (404, 410)
_PASSING = (408, 425, 429)
_CHUNK = 1 << 18
# How often what has come of a large file is made sure of, in bytes: a run that is killed loses no more than that.
_CHECKPOINT = 64 << 20
# Servers that do not hang up after the last byte are waited for this long, in seconds.
_LINGER = 0.5
# A wait that ends with the deadline may end this much before it, in seconds.
_TICK = 0.01
# How often a large file's progress is told, and how long a wait is worth telling, in seconds.
_TELL_EVERY = 15.0
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Manners:
    """Times in seconds, sizes in bytes. `deadline`: for one `ask` or `fetch` with all its attempts and waits.

    `silence`: without a single byte. `longest_wait`: between two attempts, whatever Retry-After says. `pause`: between two requests.
    """

    deadline: float = 3600.0
    connect: float = 15.0
    silence: float = 60.0
    attempts: int = 5
    backoff: float = 1.0
    longest_wait: float = 120.0
    pause: float = 0.0
    redirects: int = 5
    max_bytes: int = 20_000_000_000
    max_answer_bytes: int = 50_000_000


PATIENT = Manners()


@dataclass(frozen=True)
class Answer:
    """A small answer, read whole. `headers`: names in small letters."""

    where: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON; raises WrongAnswerError."""
        try:
            return json.loads(self.body)
        except ValueError:
            pass
        raise WrongAnswerError(self.where, "an answer that is no JSON", "JSON", "look at the source's notices")


def store(raw: Path, chunks: Iterable[bytes]) -> tuple[str, int]:
    """Put bytes into `raw/` under their sha256, written apart, synced and renamed. Returns the sha256 and the size in bytes."""
    raw.mkdir(parents=True, exist_ok=True)
    part, digest, size = raw / f".{os.getpid()}.store.part", hashlib.sha256(), 0
    try:
        with part.open("wb") as file:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                file.write(chunk)
        _put(part, raw / digest.hexdigest())
    finally:
        part.unlink(missing_ok=True)
    return digest.hexdigest(), size


class Line:
    """One source's way to the network: where it may ask, how patiently, and as whom.

    `headers` and what a call adds to them go to the first origin of a call alone, never along with a redirect to another one; and
    `headers` only where that origin is one of `home` ("host", "host:port"; None: wherever the call goes).
    Environment, netrc and cookies play no part; a proxy only where one is given. `tell` hears of what takes long. Raises only errors
    of the project, which carry no credential and no query of an address. Not for several threads.
    """

    def __init__(
        self,
        where: str,
        access: Access,
        manners: Manners = PATIENT,
        headers: Mapping[str, str | Secret] | None = None,
        home: tuple[str, ...] | None = None,
        secrets: Iterable[Secret] = (),
        proxy: Secret | str | None = None,
        ca_file: Path | None = None,
        sleep: Callable[[float], None] = time.sleep,
        tell: Callable[[str], None] = lambda told: None,
    ) -> None:
        self._tell = tell
        self.where, self.access, self.manners = where, access, manners
        self._headers, self._home = dict(headers or {}), home
        self._secrets = [*secrets, *(value for value in self._headers.values() if isinstance(value, Secret))]
        self._proxy = proxy.reveal() if isinstance(proxy, Secret) else proxy
        if isinstance(proxy, Secret):
            self._secrets.append(proxy)
        self._verify: bool | str = str(ca_file) if ca_file else True
        self._sleep, self._clock, self._last_request = sleep, _Clock(manners.deadline), 0.0
        self._plain_socket, self._tls_socket = _sockets(self)
        self._tls = _tls_context(self)
        self._session = _session(self)

    def is_home(self, url: str | Secret) -> bool:
        """Whether the credentials of this line may go to an address; raises AddressRefusedError where nothing may."""
        origin = self.access.check(url.reveal() if isinstance(url, Secret) else url)
        if self._home is None or any(fits(origin, pattern) for pattern in self._home):
            return True
        return self.access.is_internal(origin.host) and origin.host in self._home

    def hide(self, secret: Secret) -> Secret:
        """Also keep this credential, had on the way (an access token), out of every message."""
        self._secrets.append(secret)
        return secret

    def ask(
        self,
        url: str | Secret,
        *,
        method: str = "GET",
        params: Mapping[str, str | Secret] | None = None,
        headers: Mapping[str, str | Secret] | None = None,
        data: bytes | str | None = None,
        accept: tuple[int, ...] = (200,),
    ) -> Answer:
        """One small answer, in memory. `accept`: status codes to hand back; others are retried or raised as PullError.

        `data`: bytes are sent as they are; state their Content-Type in `headers`.
        """
        self._clock = _Clock(self.manners.deadline)
        return self._tried(url, lambda: self._asked(url, method, params, headers, data, accept))

    def fetch(
        self,
        url: str | Secret,
        raw: Path,
        name: str,
        *,
        known: PulledFile | None = None,
        expected: Expected = ANYTHING,
        params: Mapping[str, str | Secret] | None = None,
        headers: Mapping[str, str | Secret] | None = None,
    ) -> PulledFile:
        """One file into `raw/<sha256>`, resumed where a download broke off. `known`: what there was last time.

        An unchanged source sends nothing; what comes back is then `known` with a new `fetched_at`. Raises PullError, ArchiveError,
        ReadingLimitError, and RefreshBusyError where another process fetches the same.
        """
        self._clock, name = _Clock(self.manners.deadline), self.clean(name)
        key = hashlib.sha256(f"{self.where}\n{name}\n{self.shown(url)}".encode()).hexdigest()[:24]
        with _Part(raw, key) as part:
            return self._tried(url, lambda: self._fetched(url, raw, name, part, known, expected, params, headers))

    def shown(self, url: str | Secret) -> str:
        """An address as people may see it: no query, no user, no fragment; one that is a credential itself by its name."""
        if isinstance(url, Secret):
            return f"${url.name}"
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        return without(self._secrets, f"{parts.scheme}://{host}{parts.path}")

    def clean(self, text: str) -> str:
        """The text without a trace of any credential of this line."""
        return without(self._secrets, text)

    # ── one attempt ──────────────────────────────────────────────────────────────────────────────────────────────

    def _asked(self, url, method, params, headers, data, accept) -> Answer:
        with self._opened(url, method, params, headers, data, {}) as response:
            if response.status_code not in accept:
                self._refuse(response, url)
            body = bytearray()
            for chunk in self._received(response, url, 0, self.manners.max_answer_bytes):
                body += chunk
            told = {key.lower(): value for key, value in response.headers.items()}
            whole = self._unpacked(bytes(body), told, url)
            return Answer(self._at(url), response.status_code, told, whole)

    def _fetched(self, url, raw, name, part, known, expected, params, headers) -> PulledFile:
        usable = known if known and (raw / known.sha256).exists() else None
        with self._opened(url, "GET", params, headers, None, _conditions(part, usable)) as response:
            status = response.status_code
            if status == 304 and usable and not part.version:
                return replace(usable, fetched_at=now())
            if status == 416 and part.version:
                part.restart({})
                raise _Passing(self._incomplete(url, "what was there cannot be continued (416)"))
            if status == 206 and part.version:
                self._check_continues(response, part, url)
            elif status == 200:
                part.restart(self._version(response))
            else:
                self._refuse(response, url)
            self._fill(response, part, url, raw, name)
            told = {key.lower(): value for key, value in response.headers.items()}
            if status == 206:
                told.pop("content-md5", None)  # of the rest alone
        try:
            return self._kept(url, raw, name, part, known, expected, told)
        except IncompleteDownloadError as error:
            fault = error
        part.restart({})
        raise _Passing(fault)

    def _version(self, response: requests.Response) -> dict[str, Any]:
        """What to know the version by when it is continued; nothing that holds a credential, as it is written to the disk."""
        known = _version(response.headers)
        return known if without(self._secrets, str(known)) == str(known) else {}

    def _fill(self, response: requests.Response, part: _Part, url: str | Secret, raw: Path, name: str) -> None:
        told_at, start = time.monotonic(), part.size
        total = _stated_length(response.headers) or 0
        if shutil.disk_usage(raw).free < total <= self.manners.max_bytes:
            raise self._disk_full(url, part)
        try:
            for chunk in self._received(response, url, part.size, self.manners.max_bytes):
                if not part.write(chunk):
                    raise self._disk_full(url, part)
                if time.monotonic() - told_at > _TELL_EVERY:
                    told_at = time.monotonic()
                    of_total = f" / {(start + total) / 1e6:,.0f}" if total else ""
                    self._tell(f"{name} {part.size / 1e6:,.0f}{of_total} MB")
        except DownloadLimitError:
            part.restart({})
            raise
        except _Passing as passing:
            if passing.is_spoilt:
                part.restart({})
            raise
        finally:
            part.checkpoint()

    def _kept(self, url, raw, name, part, known, expected, told) -> PulledFile:
        whole, validators, encoding = part.path, told, told.get("content-encoding", "identity").lower()
        is_sized = "content-length" in told or "chunked" in told.get("transfer-encoding", "").lower()
        where = f"{self.where} {name}"
        try:
            # A server that says of a .gz file that it is packed does not mean that the file shall be unpacked.
            if encoding in ("gzip", "x-gzip") and not name.lower().endswith(".gz"):
                whole = part.path.with_suffix(".plain")
                checked_digests(part.path, where, ANYTHING, told)
                decoded(part.path, whole, where, self.manners.max_bytes)
                told = {}  # checksums are of the packed bytes
            sha256 = accept(whole, where, expected, told, known.bytes if known else None, is_sized)
        except PatnavError:
            part.restart({})
            part.path.with_suffix(".plain").unlink(missing_ok=True)
            raise
        size = whole.stat().st_size
        _put(whole, raw / sha256)
        part.forget()
        etag, modified = (
            self.clean(validators[key]) if key in validators else None for key in ("etag", "last-modified")
        )
        return PulledFile(name, self.shown(url), sha256, size, now(), etag, modified)

    @contextmanager
    def _opened(self, url, method, params, headers, data, protocol: dict[str, str]) -> Iterator[requests.Response]:
        """The answer at the end of the redirects, each of which is looked at before it is followed."""
        told = (url, *(headers or {}).values(), *(params or {}).values())
        self._secrets += [each for each in told if isinstance(each, Secret) and each not in self._secrets]
        target = url.reveal() if isinstance(url, Secret) else url
        own = _revealed((self._headers if self.is_home(url) else {}) | dict(headers or {}))
        query = _revealed(params or {}) or None
        first: Origin | None = None
        for _ in range(self.manners.redirects + 1):
            prepared = self._prepared(method, target, query, data, protocol)
            origin = self.access.check(prepared.url)
            first = first or origin
            if first.scheme == "https" and origin.scheme != "https":
                raise self._wrong(url, "a redirect from https to http", "https")
            if origin == first:
                prepared.headers.update(own)
            else:
                own = {}  # nor if a later redirect leads back
            with self._sent(prepared, url) as response:
                location = response.headers.get("Location")
                if response.status_code not in _REDIRECTS or not location:
                    self._check_coding(response, url)
                    yield response
                    return
                if method != "GET":
                    raise self._wrong(url, f"a redirect of a {method} (status {response.status_code})", "an answer")
                target, query = urljoin(prepared.url, _in_utf8(location)), None
        raise self._wrong(url, f"more than {self.manners.redirects} redirects", "an answer")

    def _check_coding(self, response: requests.Response, url: str | Secret) -> None:
        content = response.headers.get("Content-Encoding", "").strip().lower()
        transfer = response.headers.get("Transfer-Encoding", "").strip().lower()
        if content not in ("", "identity", "gzip", "x-gzip") or transfer not in ("", "identity", "chunked"):
            raise self._wrong(url, f"a body packed as {content or transfer}", "its bytes as they are, or gzip once")
        stated = response.headers.get("Content-Length")
        if stated is not None and transfer != "chunked" and _stated_length(response.headers) is None:
            raise self._wrong(url, "a Content-Length that is no number", "a number of bytes")

    def _prepared(self, method, target, query, data, protocol) -> requests.PreparedRequest:
        # The address is looked at before anything mends it, and as it will be sent.
        self.access.check(target)
        try:
            request = requests.Request(method, target, params=query, data=data, headers=dict(protocol))
            return self._session.prepare_request(request)
        except (requests.RequestException, ValueError):
            pass
        raise WrongAnswerError(self.where, "an address that cannot be asked", "https://host/path", "check it")

    def _sent(self, prepared: requests.PreparedRequest, url: str | Secret) -> requests.Response:
        self._wait_between_requests()
        proxies = {"http": self._proxy, "https": self._proxy} if self._proxy else {}
        times = (self.manners.connect, self.manners.silence)
        try:
            return self._session.send(
                prepared, stream=True, allow_redirects=False, timeout=times, verify=self._verify, proxies=proxies
            )
        except NoAnswerError as error:
            fault = _Passing(error)
        except (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError) as error:
            fault = self._broken(error, url)
        except ValueError:
            fault = self._wrong(url, "a request that cannot be sent", "headers of ASCII", "check the credential")
        raise fault

    def _wait_between_requests(self) -> None:
        wait = self._last_request + self.manners.pause - time.monotonic()
        if wait > 0:
            self._sleep(wait)
        self._last_request = time.monotonic()

    def _received(self, response: requests.Response, url: str | Secret, start: int, most: int) -> Iterator[bytes]:
        """The bytes of the body up to the end of the connection, counted against what was announced."""
        body, total, received = response.raw._original_response, _stated_length(response.headers), start
        if total is not None:
            total += start
        if total is not None and total > most:
            raise self._too_large(url, f"{total:,} bytes", most)
        while True:
            fault = None
            try:
                chunk = body.read1(_CHUNK)
            except (http.client.HTTPException, OSError, ValueError) as error:
                fault = error
            if fault is not None:
                if total is not None and received == total:
                    return  # all is here; the server only does not hang up
                raise self._broken(fault, url)
            if not chunk:
                break
            received += len(chunk)
            if received > most:
                raise self._too_large(url, f"more than {most:,} bytes", most)
            yield chunk
            if received == total:
                self._clock.patience = _LINGER
        if total is not None and received < total:
            raise _Passing(self._incomplete(url, f"{received:,} of {total:,} bytes"))
        if total is not None and received > total:
            raise _Passing(self._incomplete(url, f"{received:,} bytes where {total:,} were announced"), is_spoilt=True)

    def _unpacked(self, body: bytes, told: Mapping[str, str], url: str | Secret) -> bytes:
        if told.get("content-encoding", "identity").lower() not in ("gzip", "x-gzip"):
            return body
        unpacking = zlib.decompressobj(wbits=31)
        try:
            whole = unpacking.decompress(body, self.manners.max_answer_bytes + 1)
        except zlib.error:
            whole = b""
        if len(whole) > self.manners.max_answer_bytes:
            raise self._too_large(url, "an answer that unpacks to more", self.manners.max_answer_bytes)
        if not unpacking.eof:
            raise _Passing(self._incomplete(url, "a gzip body that is cut or damaged"))
        return whole

    def _check_continues(self, response: requests.Response, part: _Part, url: str | Secret) -> None:
        """A 206 must continue exactly what is there: the same version, from the byte that we have, to the same end."""
        found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", response.headers.get("Content-Range", "").strip())
        length = _stated_length(response.headers)
        is_right = (
            found is not None
            and int(found[1]) == part.size
            and (length is None or int(found[2]) - int(found[1]) + 1 == length)
            and (found[3] == "*" or int(found[2]) == int(found[3]) - 1)
            and (found[3] == "*" or part.version.get("total") in (None, int(found[3])))
            and _version(response.headers)["validator"] == part.version["validator"]
            and response.headers.get("Content-Encoding", "") == part.version["encoding"]
        )
        if not is_right:
            part.restart({})
            raise _Passing(self._incomplete(url, "a continuation that does not fit what is there"))

    # ── attempts, and what is told of them ───────────────────────────────────────────────────────────────────────

    def _tried(self, url: str | Secret, attempt: Callable[[], _Result]) -> _Result:
        for number in range(1, self.manners.attempts + 1):
            try:
                return attempt()
            except _Passing as again:
                passing = again
            fault = passing.fault
            if number == self.manners.attempts:
                break
            wait = min(self.manners.longest_wait, max(passing.wait, self.manners.backoff * 2 ** (number - 1)))
            if wait > self._clock.left:
                fault = DeadlineError(
                    self._at(url),
                    f"期限将至 {fault.found}; the next attempt would be in {wait:.0f} s, after the deadline",
                    f"an answer within {self.manners.deadline:g} s",
                    "pull again later, or raise deadline_seconds",
                )
                break
            if wait > _TELL_EVERY:
                self._tell(f"{fault.found}; 等待 waiting {wait:.0f} s")
            self._sleep(wait)
            self._clock.patience = None
        # Raised here and not where it was caught: the error it came from holds whole addresses.
        raise type(fault)(
            fault.where, f"{fault.found} (尝试 attempts: {number})", fault.expected, fault.remedy
        )  # fmt: skip

    def _refuse(self, response: requests.Response, url: str | Secret) -> None:
        """Raise what a status that nobody asked for means."""
        status = response.status_code
        if status in _PASSING or status >= 500:
            fault = NoAnswerError(
                self._at(url), f"status {status}", "an answer", "the source is busy or out of order: pull again later"
            )
            raise _Passing(fault, _retry_after(response.headers.get("Retry-After", "")))
        if status in _CREDENTIALS_REFUSED:
            names = ", ".join(secret.name for secret in self._secrets) or "none is stated"
            raise CredentialError(
                self._at(url), f"不接受凭据 the credential is not accepted (status {status})", f"a valid one ({names})",
                "renew it, or check what it is allowed to",
            )  # fmt: skip
        if status in _GONE:
            raise self._wrong(
                url, f"没有此文件 there is nothing there (status {status})", "a file", "check the address"
            )
        raise self._wrong(url, f"status {status}", "200")

    def _broken(self, error: Exception, url: str | Secret) -> Exception:
        """What a failure of the connection means. Its own text is not told: it holds addresses with all that is in them."""
        if self._clock.left <= _TICK:
            return DeadlineError(
                self._at(url), f"no end after {self.manners.deadline:g} s", "an answer before the deadline",
                "pull again (what came is kept and continued), or raise deadline_seconds",
            )  # fmt: skip
        kinds = {type(each).__name__ for each in _causes(error)}
        if kinds & {"SSLCertVerificationError", "CertificateError"}:
            return NoAnswerError(
                self._at(url), "证书不可信 its certificate is not trusted", "a valid one", "check the host; ca_file names a team's own"
            )  # fmt: skip
        if "IncompleteRead" in kinds:
            return _Passing(self._incomplete(url, "the connection broke off within the body"))
        if kinds & {"InvalidHeader", "LocationValueError", "InvalidURL", "InvalidSchema"}:
            return self._wrong(url, "headers that contradict each other", "an HTTP answer")
        if kinds & {"ConnectTimeoutError", "ConnectTimeout", "NewConnectionError"}:
            found = "无法连接 no connection"
        elif kinds & {"ReadTimeoutError", "ReadTimeout", "TimeoutError"}:
            found = f"无响应 silent for {self.manners.silence:g} s"
        else:
            found = "连接中断 the connection broke off"
        return _Passing(NoAnswerError(self._at(url), found, "an answer", "check the network, or pull again later"))

    def _at(self, url: str | Secret) -> str:
        return f"{self.where} {self.shown(url)}"

    def _wrong(self, url: str | Secret, found: str, expected: str, remedy: str = "look at the source") -> PullError:
        return WrongAnswerError(self._at(url), found, expected, remedy)

    def _incomplete(self, url: str | Secret, found: str) -> PullError:
        return IncompleteDownloadError(self._at(url), f"不完整 {found}", "all bytes of one version", "pull again")

    def _too_large(self, url: str | Secret, found: str, most: int) -> PullError:
        return DownloadLimitError(
            self._at(url), f"过大 {found}", f"at most {most:,}", "raise max_bytes, if it is right"
        )

    def _disk_full(self, url: str | Secret, part: _Part) -> PullError:
        part.restart({})
        return DownloadLimitError(self._at(url), "磁盘已满 the disk is full", "room for the file", "make room")


class _Passing(Exception):
    """A fault that may be gone at the next attempt. `wait`: seconds that the server asks for."""

    def __init__(self, fault: PullError, wait: float = 0.0, is_spoilt: bool = False) -> None:
        super().__init__(str(fault))
        self.fault, self.wait, self.is_spoilt = fault, wait, is_spoilt


class _Clock:
    """The time that is left of a call. `patience`: how long the next bytes may take, where that is less than usual."""

    def __init__(self, seconds: float) -> None:
        self._end, self.patience = time.monotonic() + seconds, None

    @property
    def left(self) -> float:
        return self._end - time.monotonic()


# ── the part of a file that has come ─────────────────────────────────────────────────────────────────────────────


class _Part:
    """The bytes of a file that came so far, and of which version they are. A later run goes on from what was made sure of."""

    def __init__(self, raw: Path, key: str) -> None:
        self.path, self._note = raw / f".{key}.part", raw / f".{key}.json"
        self.version: dict[str, Any] = {}
        self.size = self._synced = 0

    def __enter__(self) -> _Part:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("a+b", buffering=0)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever held it may just have renamed it into its place: then it is no part any more.
            is_ours = self.path.stat().st_ino == os.fstat(self._file.fileno()).st_ino
        except (BlockingIOError, FileNotFoundError):
            is_ours = False
        if not is_ours:
            self._file.close()
            raise RefreshBusyError(str(self.path.parent), "another process pulls the same file", remedy="wait for it")
        self._take_up()
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        if self.path.exists() and not self.version:
            self.forget()

    def _take_up(self) -> None:
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
            version_of_part, synced = dict(note["version"]), int(note["synced"])
        except (OSError, ValueError, KeyError, TypeError):
            version_of_part, synced = {}, 0
        if version_of_part.get("validator") and 0 < synced <= os.fstat(self._file.fileno()).st_size:
            self.version, self.size, self._synced = version_of_part, synced, synced
            self._file.truncate(synced)
        else:
            self.restart({})

    def restart(self, new: dict[str, Any]) -> None:
        """Empty, for a version of the file; without a validator it cannot be continued later."""
        self._file.truncate(0)
        self._note.unlink(missing_ok=True)
        self.version, self.size, self._synced = (new if new.get("validator") else {}), 0, 0

    def write(self, chunk: bytes) -> bool:
        """Append; False where the disk is full."""
        left = memoryview(chunk)
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError:
            return False
        self.size += len(chunk)
        if self.size - self._synced >= _CHECKPOINT:
            self.checkpoint()
        return True

    def checkpoint(self) -> None:
        """What came is on the disk, and noted as such."""
        self._synced = self.size
        if not (self.version and self.size):
            return
        building = self._note.with_suffix(".tmp")
        try:
            os.fsync(self._file.fileno())
            building.write_text(json.dumps({"version": self.version, "synced": self.size}), encoding="utf-8")
            os.replace(building, self._note)
        except OSError:
            # Without a note the next run begins anew, which is all that is lost.
            self._note.unlink(missing_ok=True)

    def forget(self) -> None:
        for path in (self.path, self._note, self.path.with_suffix(".plain")):
            path.unlink(missing_ok=True)
        self.version = {}


def _put(part: Path, target: Path) -> None:
    """Bytes to their place in `raw/`: synced, read-only, renamed; what is there already stays."""
    flush(part)
    os.chmod(part, 0o444)
    if target.exists():
        part.unlink()
    else:
        os.replace(part, target)
    flush(target.parent)


# ── HTTP ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _conditions(part: _Part, known: PulledFile | None) -> dict[str, str]:
    """Headers that make the server send only what is missing, or nothing."""
    if part.version:
        return {"Range": f"bytes={part.size}-", "If-Range": part.version["validator"]}
    if known is None:
        return {}
    stated = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: value for name, value in stated.items() if value}


def _version(headers: Mapping[str, str]) -> dict[str, Any]:
    """Which version of the file an answer is of. A weak ETag says only that two versions mean the same: no validator."""
    etag, modified = headers.get("ETag", ""), headers.get("Last-Modified", "")
    validator = etag if etag.startswith('"') else ("" if etag else _strong_date(modified, headers.get("Date", "")))
    return {
        "validator": validator,
        "total": _stated_length(headers),
        "encoding": headers.get("Content-Encoding", ""),
    }


def _strong_date(modified: str, date: str) -> str:
    # RFC 9110 §8.8.2.2: a date tells versions apart where it is some time before the answer's own.
    try:
        age = email.utils.parsedate_to_datetime(date) - email.utils.parsedate_to_datetime(modified)
    except (ValueError, TypeError):
        return ""
    return modified if age.total_seconds() >= 60 else ""


def _stated_length(headers: Mapping[str, str]) -> int | None:
    """Content-Length, where it says something: not beside chunks."""
    if "chunked" in headers.get("Transfer-Encoding", "").lower():
        return None
    stated = headers.get("Content-Length", "").strip()
    return int(stated) if stated.isascii() and stated.isdigit() else None


def _retry_after(stated: str) -> float:
    """Seconds that Retry-After asks for; 0 where it says nothing that can be understood."""
    stated = stated.strip()
    if stated.isascii() and stated.isdigit():
        return float(min(int(stated), 10**9))
    try:
        then = email.utils.parsedate_to_datetime(stated)
    except (ValueError, TypeError):
        return 0.0
    if then.tzinfo is None:
        then = then.replace(tzinfo=datetime.UTC)
    return max(0.0, (then - datetime.datetime.now(datetime.UTC)).total_seconds())


def _in_utf8(location: str) -> str:
    """A Location as it was meant: headers are read as Latin-1, addresses are written in UTF-8."""
    try:
        return location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return location


def _revealed(values: Mapping[str, str | Secret]) -> dict[str, str]:
    return {name: value.reveal() if isinstance(value, Secret) else value for name, value in values.items()}


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that it came from."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop()
        if isinstance(each, BaseException) and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]


class _ToTheEnd(http.client.HTTPResponse):
    """An answer that is read until the server hangs up; we ask it to, with Connection: close."""

    def begin(self) -> None:
        super().begin()
        if self.length:
            self.length, self.will_close = None, True


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: asked for the next address, requests would read the whole body of the redirect first."""


def _session(line: Line) -> requests.Session:
    session = _Session()
    session.trust_env = False
    session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
    session.headers = requests.structures.CaseInsensitiveDict(
        {
            "User-Agent": f"patnav/{version('patnav')}",
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            "Connection": "close",
        }
    )
    session.adapters.clear()
    session.mount("https://", _Adapter(line))
    session.mount("http://", _Adapter(line))
    return session


class _Adapter(HTTPAdapter):
    """Connections that go to checked addresses only and know the deadline of the call that they serve."""

    def __init__(self, line: Line) -> None:
        self._line = line
        super().__init__(max_retries=0)

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, **named)
        self.poolmanager.pool_classes_by_scheme = _pools(self._line)

    def proxy_manager_for(self, proxy: str, **named: Any):
        manager = super().proxy_manager_for(proxy, **named)
        manager.pool_classes_by_scheme = _pools(self._line)
        return manager

    def build_connection_pool_key_attributes(self, request, verify, cert=None):
        host, tls = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, tls | {"ssl_context": self._line._tls} if host["scheme"] == "https" else tls


def _pools(line: Line) -> dict[str, type]:
    class Plain(HTTPConnection):
        response_class = _ToTheEnd

        def _new_conn(self) -> socket.socket:
            return _connected(line, self)

    class Tls(HTTPSConnection):
        response_class = _ToTheEnd

        def _new_conn(self) -> socket.socket:
            return _connected(line, self)

    plain = type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": Plain})
    tls = type("TlsPool", (HTTPSConnectionPool,), {"ConnectionCls": Tls})
    return {"http": plain, "https": tls}


def _connected(line: Line, connection: HTTPConnection) -> socket.socket:
    """A socket to one of the host's checked addresses, or to the proxy that the team asked for."""
    clock, times = line._clock, line.manners
    seconds = min(times.connect, clock.left)
    if line._proxy:
        found = socket.getaddrinfo(connection.host, connection.port, type=socket.SOCK_STREAM)
        places = [(family, place) for family, _, _, _, place in found]
    else:
        places = line.access.addresses(connection.host, connection.port, seconds)
    for family, place in places:
        made = line._plain_socket(family, socket.SOCK_STREAM)
        try:
            made.settimeout(max(0.001, min(times.connect, clock.left)))
            made.connect(place)
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return made
        except OSError:
            made.close()
    raise urllib3.exceptions.NewConnectionError(connection, "no address answered")


def _tls_context(line: Line) -> ssl.SSLContext:
    context = urllib3.util.ssl_.create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    context.sslsocket_class = line._tls_socket
    return context


def _sockets(line: Line) -> tuple[type[socket.socket], type[ssl.SSLSocket]]:
    """Sockets that wait for bytes no longer than the call has left: a drip of single bytes does not outlive the deadline."""

    def bound(made: socket.socket) -> None:
        left = line._clock.left
        if left <= 0:
            raise TimeoutError("deadline")
        patience = line._clock.patience
        made.settimeout(min(left, line.manners.silence if patience is None else patience))

    class Plain(socket.socket):
        def recv_into(self, *arguments: Any, **named: Any) -> int:
            bound(self)
            return super().recv_into(*arguments, **named)

    class Tls(ssl.SSLSocket):
        def recv_into(self, *arguments: Any, **named: Any) -> int:
            bound(self)
            return super().recv_into(*arguments, **named)

    return Plain, Tls
