"""Which addresses may be asked: https to hosts that sources.toml names, at public IPs; inner hosts only where it says so.

The host is resolved once, what it resolves to is checked, and that very address is connected to: a name that answers
differently a second time (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from schemas.errors import AddressRefusedError, NoAnswerError

_PORTS = {"https": 443, "http": 80}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
Address = tuple[socket.AddressFamily, tuple]


@dataclass(frozen=True)
class Origin:
    """Scheme, host and port: what a credential is sent to and nothing else."""

    scheme: str
    host: str
    port: int


@dataclass(frozen=True)
class Access:
    """`hosts`: "files.example.org", "*.example.org" or "files.example.org:8443"; port 443 where none is named.

    `internal`: hosts of the team's own network, which may have private addresses, any port and plain http.
    """

    where: str
    hosts: tuple[str, ...]
    internal: tuple[str, ...] = ()
    resolve: Callable[..., list] = socket.getaddrinfo

    def check(self, url: str) -> Origin:
        """The origin of an address that may be asked; raises AddressRefusedError."""
        origin = self._origin(url)
        if self.is_internal(origin.host):
            return origin
        if origin.scheme != "https":
            raise self._refused(f"{origin.scheme}://{origin.host}", "https")
        if not any(fits(origin, pattern) for pattern in self.hosts):
            allowed = ", ".join((*self.hosts, *self.internal)) or "none"
            raise self._refused(f"{origin.host}:{origin.port}", f"a host that is allowed ({allowed})")
        return origin

    def addresses(self, host: str, port: int, seconds: float) -> list[Address]:
        """Where to connect to, every one checked; raises AddressRefusedError, and NoAnswerError where nothing resolves in time."""
        found = _resolved(self.resolve, host, port, seconds)
        if isinstance(found, Exception) or not found:
            raise NoAnswerError(
                self.where,
                f"主机名无法解析 the host {host} has no address",
                "a host that the network knows",
                "check the name, or the network",
            )
        is_inner = self.is_internal(host)
        for _, _, _, _, place in found:
            if not _is_allowed(place[0], is_inner):
                # The address itself tells about the inner network: it stays out of the message.
                raise self._refused(f"{host} resolves to an inner address", "a public address")
        return [(family, place) for family, _, _, _, place in found]

    def _origin(self, url: str) -> Origin:
        # Two parsers that disagree about the host are how such checks are got around: both must see the same one.
        if not isinstance(url, str) or re.search(r"[\s\\\x00-\x1f\x7f]", url):
            raise self._refused("an address with blanks, backslashes or control characters", "a plain https address")
        try:
            parsed, split = parse_url(url), urlsplit(url)
            port, host = split.port, (split.hostname or "").rstrip(".")
        except (LocationParseError, ValueError):
            raise self._refused("an address that cannot be read", "https://host/path") from None
        if split.scheme.lower() not in _PORTS:
            raise self._refused(f"an address of {split.scheme or 'no'} scheme", "https")
        if split.username is not None or parsed.auth is not None or "@" in split.netloc:
            raise self._refused("an address with a user in it", "no user@; credentials go by environment variable")
        if not host or (parsed.host or "").strip("[]").rstrip(".").lower() != host:
            raise self._refused("an address whose host is not clear", "https://host/path")
        if "%" in host or not re.fullmatch(r"[0-9a-z.:_-]+", host):
            raise self._refused("a host of odd characters", "letters, digits and hyphens")
        scheme = split.scheme.lower()
        return Origin(scheme, host, _PORTS[scheme] if port is None else port)

    def is_internal(self, host: str) -> bool:
        """Whether sources.toml says that a host is of the team's own network."""
        return host.rstrip(".").lower() in {name.lower() for name in self.internal}

    def _refused(self, found: str, expected: str) -> AddressRefusedError:
        return AddressRefusedError(
            self.where, f"地址不允许 not an allowed address: {found}", expected, "name it in hosts of sources.toml, if you trust it"
        )  # fmt: skip


def fits(origin: Origin, pattern: str) -> bool:
    """Whether an origin is one of those that "host", "host:port" or "*.host" stands for."""
    name, _, port = pattern.lower().partition(":")
    if origin.port != int(port or 443):
        return False
    if name.startswith("*."):
        return origin.host.endswith(name[1:]) and origin.host != name[2:]
    return origin.host == name


def _is_allowed(text: str, is_internal: bool) -> bool:
    address = _inner(ipaddress.ip_address(text.split("%")[0]))
    # Link-local holds the metadata services of clouds; nobody's exports are there, nor at 0.0.0.0 or a multicast address.
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        return False
    return is_internal or (address.is_global and not address.is_reserved)


def _inner(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address that an IPv6 address only wraps."""
    if address.version == 4:
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None) or address


def _resolved(resolve: Callable[..., list], host: str, port: int, seconds: float) -> list | Exception | None:
    # The system's resolver knows no deadline: it is asked from a thread that is not waited for longer than that.
    answer: list = []

    def ask() -> None:
        try:
            answer.append(resolve(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answer.append(error)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(max(seconds, 0))
    return answer[0] if answer else None
