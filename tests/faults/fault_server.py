"""A server on 127.0.0.1 that answers as badly as it is told to: what it sends is written byte by byte.

    with FaultServer() as server:
        server.at("/a.csv", whole(b"..."), cut(b"...", 100))     # the first request, then the second and all further ones
        ...
        server.asked                                             # what was asked, with its headers

Each maker of an answer below returns a function of (Request, Wire).
"""

from __future__ import annotations

import gzip
import hashlib
import io
import socket
import ssl
import threading
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field

ETAG = '"v1"'


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


class Wire:
    """The connection, to write to. Ends quietly when the other side has gone or the server is shut."""

    def __init__(self, connection: socket.socket, closing: threading.Event) -> None:
        self.connection, self._closing = connection, closing

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def head(self, status: int, headers: dict[str, str | int]) -> None:
        lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        self.send("\r\n".join(lines).encode("latin-1"))

    def wait(self, seconds: float) -> None:
        """Do nothing for so long, or until the server is shut."""
        self._closing.wait(seconds)

    def drip(self, data: bytes, every: float) -> None:
        for byte in data:
            self.send(bytes([byte]))
            self.wait(every)


Play = Callable[[Request, Wire], None]


class FaultServer:
    """Answers by path, on a port of its own; `tls` wraps it."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[Request] = []
        self._plays: dict[str, list[Play]] = {}
        self._tls, self._closing = tls, threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(0.05)
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> FaultServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._thread.join()
        self._socket.close()

    def at(self, path: str, *plays: Play) -> str:
        """What is answered at a path: one after the other, the last for ever. Returns the address."""
        self._plays[path] = list(plays)
        return self.url(path)

    def url(self, path: str) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}{path}"

    def times(self, path: str) -> int:
        return sum(request.path == path for request in self.asked)

    def _serve(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._socket.accept()
            except TimeoutError:
                continue
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        try:
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            request = _read(connection)
            self.asked.append(request)
            plays = self._plays.get(request.path, [status(404)])
            play = plays.pop(0) if len(plays) > 1 else plays[0]
            play(request, Wire(connection, self._closing))
        except (OSError, ValueError):
            pass  # the other side hung up: that is what many cases are about
        finally:
            connection.close()


def _read(connection: socket.socket) -> Request:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            raise ValueError("no request")
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    method, target, _ = first.split(" ")
    return Request(method, target, headers, body)


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────


def status(code: int, body: bytes = b"", **headers: str) -> Play:
    """Any status; keyword names become header names (retry_after: Retry-After)."""
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}

    def play(request: Request, wire: Wire) -> None:
        wire.head(code, named | {"Content-Length": len(body)})
        wire.send(body)

    return play


def whole(body: bytes, etag: str = ETAG, **headers: str) -> Play:
    """As a good server does it: ETag, 304, ranges with If-Range."""
    named = {name.replace("_", "-").title(): value for name, value in headers.items()} | (
        {"ETag": etag} if etag else {}
    )

    def play(request: Request, wire: Wire) -> None:
        if etag and request.headers.get("if-none-match") == etag:
            wire.head(304, named)
            return
        start = _start(request)
        if start and etag and request.headers.get("if-range") == etag:
            if start >= len(body):
                wire.head(416, {"Content-Range": f"bytes */{len(body)}", "Content-Length": 0})
                return
            wire.head(206, named | _range(start, body))
            wire.send(body[start:])
            return
        wire.head(200, named | {"Content-Length": len(body)})
        wire.send(body)

    return play


def cut(body: bytes, at: int, etag: str = ETAG, **headers: str) -> Play:
    """The whole length announced, and hung up after `at` bytes."""
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}

    def play(request: Request, wire: Wire) -> None:
        wire.head(200, named | {"Content-Length": len(body)} | ({"ETag": etag} if etag else {}))
        wire.send(body[:at])

    return play


def announced(body: bytes, length: int | None, **headers: str) -> Play:
    """All of `body`, with another length announced, or none."""
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}

    def play(request: Request, wire: Wire) -> None:
        wire.head(200, named | ({} if length is None else {"Content-Length": length}))
        wire.send(body)

    return play


def chunked(body: bytes, ends: bool = True, size: int = 5000) -> Play:
    def play(request: Request, wire: Wire) -> None:
        wire.head(200, {"Transfer-Encoding": "chunked", "ETag": ETAG})
        for start in range(0, len(body), size):
            chunk = body[start : start + size]
            wire.send(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
        if ends:
            wire.send(b"0\r\n\r\n")

    return play


def continued(body: bytes, start: int, etag: str = ETAG, total: int | None = None, **headers: str) -> Play:
    """A 206 from `start`, whatever was asked for."""
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}

    def play(request: Request, wire: Wire) -> None:
        stated = {"Content-Range": f"bytes {start}-{len(body) - 1}/{total or len(body)}"}
        wire.head(206, named | _range(start, body) | stated | ({"ETag": etag} if etag else {}))
        wire.send(body[start:])

    return play


def redirect(location: str, code: int = 302) -> Play:
    return status(code, b"moved", location=location)


def lingering(body: bytes, seconds: float = 30) -> Play:
    """All there, but the connection stays open."""

    def play(request: Request, wire: Wire) -> None:
        wire.head(200, {"Content-Length": len(body), "ETag": ETAG})
        wire.send(body)
        wire.wait(seconds)

    return play


def hung(seconds: float = 30) -> Play:
    """Nothing at all."""
    return lambda request, wire: wire.wait(seconds)


def hung_up() -> Play:
    """The connection closed without an answer."""
    return lambda request, wire: None


def hung_within(body: bytes, at: int, seconds: float = 30) -> Play:
    def play(request: Request, wire: Wire) -> None:
        wire.head(200, {"Content-Length": len(body)})
        wire.send(body[:at])
        wire.wait(seconds)

    return play


def dripping_body(body: bytes, every: float) -> Play:
    def play(request: Request, wire: Wire) -> None:
        wire.head(200, {"Content-Length": len(body)})
        wire.drip(body, every)

    return play


def dripping_head(every: float) -> Play:
    """Headers without end, byte by byte."""
    return lambda request, wire: wire.drip(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 100_000, every)


def flood(head: bytes, size: int) -> Play:
    """A body of `size` bytes without an announced length."""

    def play(request: Request, wire: Wire) -> None:
        wire.head(200, {})
        wire.send(head)
        block = b"0" * 65536
        for _ in range(size // len(block)):
            wire.send(block)

    return play


def asked_of(request: Request, *names: str) -> dict[str, str | None]:
    return {name: request.headers.get(name) for name in names}


def zipped(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, compression)
    return buffer.getvalue()


def gzipped(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def http_date(seconds_from_now: float) -> str:
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + seconds_from_now))


def _start(request: Request) -> int:
    stated = request.headers.get("range", "")
    return int(stated.removeprefix("bytes=").partition("-")[0]) if stated else 0


def _range(start: int, body: bytes) -> dict[str, str | int]:
    return {"Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}", "Content-Length": len(body) - start}
