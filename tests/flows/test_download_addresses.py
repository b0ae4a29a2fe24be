"""Which addresses may be asked (X2), and that TLS is what it says."""

from __future__ import annotations

import datetime
import ipaddress
import select
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from flows.address import Access
from flows.credentials import Secret
from flows.download import Line, Manners
from schemas.errors import AddressRefusedError, DeadlineError, NoAnswerError
from tests.faults import fault_server as say
from tests.faults.fault_server import FaultServer

QUICK = Manners(deadline=60, connect=10, silence=10, attempts=2, backoff=0.01)
LATE = 8.0
CSV = b"number,title\n" + b"1,a\n" * 1000


def resolving(*addresses: str):
    """A name server that knows these addresses of every host, and counts how often it is asked."""

    def resolve(host: str, port: int, **_: object) -> list:
        resolve.asked += 1
        family = {True: socket.AF_INET6, False: socket.AF_INET}
        return [(family[":" in each], socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    resolve.asked = 0
    return resolve


REFUSED = [
    # other schemes
    "http://files.example.org/a.csv",
    "ftp://files.example.org/a.csv",
    "file:///etc/passwd",
    "gopher://files.example.org/1",
    "data:text/csv,a",
    "//files.example.org/a.csv",
    "files.example.org/a.csv",
    "",
    # other hosts
    "https://example.org/a.csv",
    "https://files.example.org.evil.example/a.csv",
    "https://evil-files.example.org/a.csv",
    "https://wild.example.net.evil.example/",
    "https://wild.example.net/",
    "https://notwild.example.net/",
    "https://files.example.org:8443/a.csv",
    "https://files.example.org:22/",
    "https://files.example.org:99999/",
    "https://files.example.org:x/",
    # loopback and inner addresses, however they are written
    "https://127.0.0.1/",
    "https://localhost/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://0/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://169.254.169.254/latest/meta-data/",
    "https://10.0.0.1/",
    "https://[fd00::1]/",
    # two readings of one address
    "https://files.example.org@evil.example/",
    "https://user:word@files.example.org/",
    "https://evil.example\\@files.example.org/",
    "https://evil.example#@files.example.org/",
    "https://files.example.org\t.evil.example/",
    "https://files.example.org\r\nHost: evil.example/",
    "https://files.example.org%2eevil.example/",
    "https://fi\u2113es.example.org/",
    "https://files。example.org/",
    "https:///a.csv",
    "https://[::1%25eth0]/",
    "https://[files.example.org]/",
]
ACCESS = Access("source test", ("files.example.org", "*.wild.example.net", "other.example.org:8443"), ("files.intra",))


@pytest.mark.parametrize("url", REFUSED)
def test_an_address_is_refused(url: str) -> None:
    with pytest.raises(AddressRefusedError):
        ACCESS.check(url)


@pytest.mark.parametrize("url", [
    "https://files.example.org/a.csv?x=1", "https://FILES.example.org:443/名.csv", "https://files.example.org./a", "https://a.wild.example.net/",
    "https://other.example.org:8443/", "http://files.intra:8080/a.csv",
])  # fmt: skip
def test_an_address_is_allowed(url: str) -> None:
    ACCESS.check(url)


INNER = [
    "127.0.0.1", "127.9.9.9", "10.1.2.3",
    "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "192.0.2.1", "198.18.0.1", "240.0.0.1", "::1", "::", "fe80::1", "fd00::1",
    "ff02::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
    "2002:7f00:1::", "2001:0:7f00:1::80ff:fffe",
]  # fmt: skip


@pytest.mark.parametrize("address", INNER)
def test_a_public_name_for_an_inner_address_is_refused(address: str, tmp_path: Path) -> None:
    access = Access("source test", ("files.example.org",), (), resolving(address))
    with pytest.raises(AddressRefusedError) as raised:
        Line("source test", access, QUICK).fetch("https://files.example.org/a.csv", tmp_path, "a.csv")
    assert address not in str(raised.value)


def test_one_inner_address_among_public_ones_is_enough() -> None:
    access = Access("source test", ("files.example.org",), (), resolving("93.184.216.34", "10.0.0.1"))
    with pytest.raises(AddressRefusedError):
        access.addresses("files.example.org", 443, 1)


def test_public_addresses_are_allowed_and_inner_ones_of_inner_hosts() -> None:
    for address in ("93.184.216.34", "2606:2800:220:1::1"):
        access = Access("source test", ("files.example.org",), (), resolving(address))
        assert access.addresses("files.example.org", 443, 1)[0][1][0] == address
    inner = Access("source test", (), ("files.intra",), resolving("10.0.0.1"))
    assert inner.addresses("files.intra", 80, 1)
    metadata = Access("source test", (), ("files.intra",), resolving("169.254.169.254"))
    with pytest.raises(AddressRefusedError):
        metadata.addresses("files.intra", 80, 1)


# ── TLS ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def certificate(folder: Path, host: str) -> tuple[Path, Path]:
    """A key and a certificate signed with it, for a name and for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    day, today = datetime.timedelta(days=1), datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName(host), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), today - day, today + day)
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    own, signed = folder / "key.pem", folder / "certificate.pem"
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    own.write_bytes(key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain))
    signed.write_bytes(made.public_bytes(encoding))
    return own, signed


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FaultServer, Path]]:
    key, signed = certificate(tmp_path_factory.mktemp("tls"), "files.intra")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(signed, key)
    with FaultServer(context) as server:
        yield server, signed


def over(
    ca_file: Path | None, manners: Manners = QUICK, resolve=socket.getaddrinfo, proxy: Secret | None = None
) -> Line:
    access = Access("source test", (), ("127.0.0.1", "files.intra", "other.intra"), resolve)
    return Line("source test", access, manners, ca_file=ca_file, proxy=proxy)


def test_a_download_over_tls(tls: tuple[FaultServer, Path], tmp_path: Path) -> None:
    server, signed = tls
    file = over(signed).fetch(server.at("/a.csv", say.cut(CSV, 999), say.whole(CSV)), tmp_path, "a.csv")
    assert file.sha256 == say.sha256(CSV)
    assert over(signed).fetch(server.at("/b.csv", say.lingering(CSV)), tmp_path, "b.csv").sha256 == file.sha256


def test_a_certificate_that_nobody_vouches_for(tls: tuple[FaultServer, Path], tmp_path: Path) -> None:
    server, _ = tls
    server.asked.clear()
    with pytest.raises(NoAnswerError, match="certificate is not trusted"):
        over(None).fetch(server.at("/a.csv", say.whole(CSV)), tmp_path, "a.csv")
    assert server.asked == []


def test_a_certificate_for_another_host(tls: tuple[FaultServer, Path], tmp_path: Path) -> None:
    server, signed = tls
    here = resolving("127.0.0.1")
    url = f"https://files.intra:{server.port}/a.csv"
    server.at("/a.csv", say.whole(CSV))
    assert over(signed, resolve=here).fetch(url, tmp_path, "a.csv").bytes == len(CSV)
    assert here.asked == 1, "what was checked is what was connected to"
    with pytest.raises(NoAnswerError, match="certificate is not trusted"):
        over(signed, resolve=here).fetch(url.replace("files.", "other."), tmp_path, "a.csv")


def test_a_redirect_out_of_tls_is_not_followed(tls: tuple[FaultServer, Path], tmp_path: Path) -> None:
    server, signed = tls
    with FaultServer() as plain:
        url = server.at("/a.csv", say.redirect(plain.at("/a.csv", say.whole(CSV))))
        with pytest.raises(Exception, match="from https to http"):
            over(signed).fetch(url, tmp_path, "a.csv")
        assert plain.asked == []


def tunnel(to: int):
    """What a proxy does with CONNECT: bytes to and fro."""

    def play(request: say.Request, wire: say.Wire) -> None:
        with socket.create_connection(("127.0.0.1", to)) as beyond:
            wire.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            ends = {wire.connection: beyond, beyond: wire.connection}
            while True:
                for end in select.select(list(ends), [], [], 20)[0]:
                    data = end.recv(65536)
                    if not data:
                        return
                    ends[end].sendall(data)

    return play


def test_tls_through_a_proxy_that_is_stated(tls: tuple[FaultServer, Path], tmp_path: Path) -> None:
    """The proxy finds the host; what it sees of the request is the host alone, and the certificate is still the host's."""
    server, signed = tls
    with FaultServer() as proxy:
        proxy.at(f"files.intra:{server.port}", tunnel(server.port))
        proxy.at(f"other.intra:{server.port}", tunnel(server.port))
        server.at("/a.csv", say.whole(CSV))
        line = over(signed, proxy=Secret(proxy.url("").replace("//", "//user:word-of-proxy@"), "OUR_PROXY"))
        assert line.fetch(f"https://files.intra:{server.port}/a.csv", tmp_path, "a.csv").bytes == len(CSV)
        (asked,) = proxy.asked
        assert (asked.method, "proxy-authorization" in asked.headers) == ("CONNECT", True)
        assert "proxy-authorization" not in server.asked[-1].headers
        with pytest.raises(NoAnswerError, match="certificate is not trusted"):
            line.fetch(f"https://other.intra:{server.port}/a.csv", tmp_path, "b.csv")
        with pytest.raises(AddressRefusedError):
            line.fetch("https://elsewhere.example/a.csv", tmp_path, "c.csv")
        assert len(proxy.asked) == 2


@pytest.mark.parametrize("play", [say.dripping_body(CSV, 0.05), say.dripping_head(0.05), say.hung()])
def test_the_deadline_holds_within_tls(play, tls: tuple[FaultServer, Path], tmp_path: Path) -> None:
    server, signed = tls
    manners = Manners(deadline=0.6, silence=0.4, attempts=9, backoff=0.01)
    began = time.monotonic()
    with pytest.raises(DeadlineError):
        over(signed, manners).fetch(server.at("/a.csv", play), tmp_path, "a.csv")
    assert time.monotonic() - began < 0.6 + LATE


def test_a_handshake_that_never_ends(tmp_path: Path) -> None:
    manners = Manners(deadline=0.6, connect=0.4, silence=0.4, attempts=9, backoff=0.01)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(DeadlineError):
            over(None, manners).fetch(f"https://127.0.0.1:{silent.getsockname()[1]}/a.csv", tmp_path, "a.csv")
    assert time.monotonic() - began < 0.6 + LATE
