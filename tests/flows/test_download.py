"""The download against a server that does everything wrong: right bytes or a named error, and an end before the deadline."""

from __future__ import annotations

import datetime
import fcntl
import hashlib
import io
import logging
import os
import pickle
import random
import socket
import time
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from flows.accept import Expected
from flows.address import Access
from flows.credentials import Secret, from_environment
from flows.download import Line, Manners, store
from flows.pulled import PulledFile
from schemas.errors import (
    AddressRefusedError,
    ArchiveError,
    CredentialError,
    DeadlineError,
    DownloadLimitError,
    IncompleteDownloadError,
    NoAnswerError,
    PatnavError,
    PullError,
    ReadingLimitError,
    RefreshBusyError,
    WrongAnswerError,
    WrongContentError,
)
from tests.conftest import trials
from tests.faults import fault_server as say
from tests.faults.fault_server import FaultServer, sha256
from transforms.readers.limits import Limits

CSV = "".join(f"CN{100_000_000 + row}A,一种方法 {row * 7919}\n" for row in range(4_000)).encode()
OLD = b"older," * 2_000
ZIP = say.zipped({"a.csv": CSV, "b.csv": CSV[::-1]})
GZIP = say.gzipped(CSV)
HALF = len(CSV) // 2
PACKED = {"content_encoding": "gzip"}
NO_MD5 = b64encode(bytes(16)).decode()
LOGIN = b"<!DOCTYPE html><html><form><input type=password></form></html>"
# The waits of an hour, in milliseconds.
QUICK = Manners(deadline=60, connect=10, silence=10, attempts=3, backoff=0.01, longest_wait=0.05)
IMPATIENT = replace(QUICK, silence=0.5)
# How much later than its deadline a step may be told to have ended: machines are shared. What it ends would last for hours.
LATE = 8.0


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture(autouse=True)
def nothing_asked_yet(server: FaultServer) -> None:
    server.asked.clear()


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    return tmp_path / "raw"


def line(manners: Manners = QUICK, **stated) -> Line:
    return Line("source test", Access("source test", (), ("127.0.0.1",)), manners, **stated)


def fetch(server: FaultServer, raw: Path, name: str, *plays, over: Line | None = None, **stated) -> PulledFile:
    return (over or line()).fetch(server.at(f"/{name}", *plays), raw, name, **stated)


def assert_holds(raw: Path, file: PulledFile, body: bytes) -> None:
    assert (file.sha256, file.bytes) == (sha256(body), len(body))
    assert (raw / file.sha256).read_bytes() == body
    assert sorted(path.name for path in raw.iterdir()) == [file.sha256], "nothing else is left behind"


def md5(body: bytes) -> str:
    return b64encode(hashlib.md5(body).digest()).decode()


RIGHT = {
    "plain": ("a.csv", CSV, [say.whole(CSV)]),
    "length announced, cut once": ("a.csv", CSV, [say.cut(CSV, HALF), say.whole(CSV)]),
    "length announced, cut twice": ("a.csv", CSV, [say.cut(CSV, 10), say.cut(CSV, HALF), say.whole(CSV)]),
    "cut before the first byte": ("a.csv", CSV, [say.cut(CSV, 0), say.whole(CSV)]),
    "hung up without an answer": ("a.csv", CSV, [say.hung_up(), say.whole(CSV)]),
    "silent within the body": ("a.csv", CSV, [say.hung_within(CSV, 100), say.whole(CSV)]),
    "chunked": ("a.csv", CSV, [say.chunked(CSV)]),
    "chunked, cut once": ("a.csv", CSV, [say.chunked(CSV, ends=False), say.whole(CSV)]),
    "no length, but a format with an end": ("a.zip", ZIP, [say.announced(ZIP, None)]),
    "the server does not hang up": ("a.csv", CSV, [say.lingering(CSV)]),
    "packed though asked not to": ("a.csv", CSV, [say.announced(GZIP, len(GZIP), content_encoding="gzip")]),
    "a .gz said to be packed": ("a.csv.gz", GZIP, [say.announced(GZIP, len(GZIP), content_encoding="x-gzip")]),
    "resumed, the file has changed": ("a.csv", CSV, [say.cut(OLD, 9_000, '"v0"'), say.whole(CSV)]),
    "resumed, the range is ignored": ("a.csv", CSV, [say.cut(CSV, HALF), say.announced(CSV, len(CSV))]),
    "resumed, If-Range is ignored": ("a.csv", CSV, [say.cut(OLD, 9_000, '"v0"'), say.continued(CSV, 9_000), say.whole(CSV)]),
    "resumed, no ETag to go by": ("a.csv", CSV, [say.cut(CSV, HALF), say.continued(CSV, HALF, etag=""), say.whole(CSV)]),
    "resumed from another byte": ("a.csv", CSV, [say.cut(CSV, HALF), say.continued(CSV, HALF + 9), say.whole(CSV)]),
    "resumed to another total": ("a.csv", CSV, [say.cut(CSV, HALF), say.continued(CSV, HALF, total=10**7), say.whole(CSV)]),
    "resumed in another packing": ("a.csv", CSV, [say.cut(CSV, HALF), say.continued(CSV, HALF, content_encoding="gzip"), say.whole(CSV)]),
    "resumed where nothing is left": ("a.csv", CSV, [say.cut(CSV, HALF), say.status(416), say.whole(CSV)]),
    "a weak ETag does not resume": ("a.csv", CSV, [say.cut(OLD, 9_000, 'W/"v1"'), say.whole(CSV, 'W/"v1"')]),
    "an ETag missing": ("a.csv", CSV, [say.cut(CSV, HALF, ""), say.whole(CSV, "")]),
    "a weak ETag changed": ("a.csv", CSV, [say.cut(CSV, HALF, 'W/"v0"'), say.whole(CSV, 'W/"v1"')]),
    "429 with seconds": ("a.csv", CSV, [say.status(429, retry_after="1"), say.whole(CSV)]),
    "503 with a date": ("a.csv", CSV, [say.status(503, retry_after=say.http_date(1)), say.whole(CSV)]),
    "503 with a date in the past": ("a.csv", CSV, [say.status(503, retry_after=say.http_date(-99)), say.whole(CSV)]),
    "429 with garbage": ("a.csv", CSV, [say.status(429, retry_after="abc"), say.whole(CSV)]),
    "429 with less than nothing": ("a.csv", CSV, [say.status(429, retry_after="-5"), say.whole(CSV)]),
    "502, then 504": ("a.csv", CSV, [say.status(502), say.status(504), say.whole(CSV)]),
    "a wrong content type": ("a.csv", CSV, [say.whole(CSV, content_type="text/html; charset=latin-1")]),
    "a file name from the server": ("a.csv", CSV, [say.whole(CSV, content_disposition='attachment; filename="../../evil"')]),
    "gzip damaged once": ("a.csv.gz", GZIP, [say.whole(GZIP[:-8] + bytes(8), '"x"'), say.whole(GZIP)]),
    "checksum of the rest alone": ("a.csv", CSV, [say.cut(CSV, HALF), say.continued(CSV, HALF, content_md5=NO_MD5)]),
    "checksum of the packed body": ("a.csv", CSV, [say.announced(GZIP, len(GZIP), content_encoding="gzip", content_md5=md5(GZIP))]),
    "checksum of the answer": ("a.csv", CSV, [say.whole(CSV, repr_digest=f"sha-256=:{b64encode(hashlib.sha256(CSV).digest()).decode()}:")]),
    "an old table of HTML": ("a.xls", b"<html><table><tr><td>1</table>", [say.whole(b"<html><table><tr><td>1</table>")]),
}  # fmt: skip


@pytest.mark.parametrize("case", RIGHT)
def test_the_right_bytes_come(case: str, server: FaultServer, raw: Path) -> None:
    name, body, plays = RIGHT[case]
    over = line(IMPATIENT if "silent" in case else QUICK)
    assert_holds(raw, fetch(server, raw, name, *plays, over=over), body)


WRONG = {
    "always cut": ("a.csv", IncompleteDownloadError, "attempts: 3", [say.cut(CSV, HALF, "")]),
    "cut without progress": ("a.csv", IncompleteDownloadError, "of", [say.cut(CSV, 0)]),
    "no length, hung up half way": ("a.csv", IncompleteDownloadError, "untold length", [say.announced(CSV[:HALF], None)]),
    "no length, an archive hung up": ("a.zip", IncompleteDownloadError, "damaged", [say.announced(ZIP[:-50], None)]),
    "too small a length": ("a.csv", IncompleteDownloadError, "were announced", [say.announced(CSV, HALF)]),
    "always cut between chunks": ("a.csv", IncompleteDownloadError, "broke off", [say.chunked(CSV, ends=False)]),
    "gzip cut, its length right": ("a.csv.gz", IncompleteDownloadError, "damaged", [say.whole(GZIP[:-100])]),
    "gzip with a bad checksum": ("a.csv.gz", IncompleteDownloadError, "damaged", [say.whole(GZIP[:-8] + bytes(8))]),
    "packed body cut, its length right": ("a.csv", IncompleteDownloadError, "gzip body", [say.whole(GZIP[:-99], content_encoding="gzip")]),
    "no gzip": ("a.csv.gz", WrongContentError, "gzip", [say.whole(CSV)]),
    "stacked packing": ("a.csv", WrongAnswerError, "packed", [say.announced(GZIP, len(GZIP), content_encoding="gzip, gzip")]),
    "unknown packing": ("a.csv", WrongAnswerError, "packed", [say.announced(CSV, len(CSV), content_encoding="br")]),
    "zip with a damaged member": ("a.zip", IncompleteDownloadError, "damaged", [say.whole(ZIP[:500] + b"####" + ZIP[504:])]),
    "401": ("a.csv", CredentialError, "401", [say.status(401)]),
    "403": ("a.csv", CredentialError, "403", [say.status(403)]),
    "404": ("a.csv", WrongAnswerError, "404", [say.status(404)]),
    "410": ("a.csv", WrongAnswerError, "410", [say.status(410)]),
    "a status that nobody asked for": ("a.csv", WrongAnswerError, "206", [say.continued(CSV, 100)]),
    "304 that nobody asked for": ("a.csv", WrongAnswerError, "304", [say.status(304)]),
    "204": ("a.csv", WrongAnswerError, "204", [say.status(204)]),
    "5xx for ever": ("a.csv", NoAnswerError, "attempts: 3", [say.status(500)]),
    "never an answer": ("a.csv", NoAnswerError, "broke off", [say.hung_up()]),
    "lengths that contradict": ("a.csv", WrongAnswerError, "contradict", [say.announced(CSV, f"{HALF}, {len(CSV)}")]),
    "a length that is no number": ("a.csv", WrongAnswerError, "no number", [say.announced(CSV, "many")]),
    "a login page": ("a.csv", WrongContentError, "login", [say.whole(LOGIN)]),
    "a login page of tables under .xls": ("a.xls", WrongContentError, "login", [say.whole(LOGIN.replace(b"<form>", b"<table><form>"))]),
    "a login page under .xls": ("a.xls", WrongContentError, "login", [say.whole(LOGIN)]),
    "an error as JSON": ("a.csv", WrongContentError, "json", [say.whole(b'{"error": "quota"}')]),
    "an error as JSON, no ending": ("export", WrongContentError, "json", [say.whole(b'{"error": "quota"}')]),
    "a page for a zip": ("a.zip", WrongContentError, "web page", [say.whole(b"<html>gone</html>")]),
    "nothing": ("a.csv", WrongContentError, "empty", [say.whole(b"")]),
    "XML that is cut": ("a.xml", IncompleteDownloadError, "cut off", [say.whole(b"<a><b></b><c")]),
    "Parquet that is cut": ("a.parquet", IncompleteDownloadError, "cut off", [say.whole(b"PAR1" + bytes(99))]),
    "JSON lines that are cut": ("a.jsonl", IncompleteDownloadError, "cut off", [say.whole(b'{"a": 1}\n{"a":')]),
    "checksum of the answer wrong": ("a.csv", IncompleteDownloadError, "md5", [say.whole(CSV, content_md5=NO_MD5)]),
    "packed body, its checksum wrong": ("a.csv", IncompleteDownloadError, "md5", [say.whole(GZIP, **PACKED, content_md5=NO_MD5)]),
    "a nested archive": ("a.zip", ArchiveError, "within", [say.whole(say.zipped({"b.zip": ZIP}))]),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_fault_is_named_and_nothing_taken(case: str, server: FaultServer, raw: Path) -> None:
    name, error, told, plays = WRONG[case]
    with pytest.raises(PatnavError, match=told) as raised:
        fetch(server, raw, name, *plays)
    assert type(raised.value) is error
    for behind in (raised.value.__context__, raised.value.__cause__):
        assert isinstance(behind, PatnavError | None), "the libraries' errors hold whole addresses"
    assert [path.name for path in raw.iterdir() if not path.name.startswith(".")] == []
    if error is not IncompleteDownloadError and error is not NoAnswerError:
        assert server.times(f"/{name}") == 1, "what will not change is not tried again"


def test_attempts_are_bounded(server: FaultServer, raw: Path) -> None:
    with pytest.raises(NoAnswerError):
        fetch(server, raw, "a.csv", say.status(503))
    assert server.times("/a.csv") == QUICK.attempts


NEW = CSV[::-1].replace(b"\n", b",") + b"\n"


def random_play(chance: random.Random):
    """Any fault of a server whose file is CSV, and has become NEW with another ETag."""
    body, etag = chance.choice([(CSV, '"v1"'), (NEW, '"v2"')])
    stated = chance.choice([etag, etag, f"W/{etag}", ""])
    at = chance.randrange(len(body))
    return chance.choice([
        say.whole(body, stated), say.cut(body, at, stated), say.cut(body, at, stated), say.chunked(body, ends=chance.random() < 0.5),
        say.continued(body, at, chance.choice(['"v1"', '"v2"', ""])), say.announced(body, chance.choice([at, None, len(body)])),
        say.announced(body[:at], chance.choice([None, len(body)])), say.hung_up(), say.status(chance.choice([416, 429, 500, 503])),
        say.announced(GZIP[: chance.choice([len(GZIP), 99])], None, content_encoding="gzip"),
    ])  # fmt: skip


@pytest.mark.parametrize("seed", range(trials(40, 2_000)))
def test_whatever_comes_in_whatever_order_it_is_one_version_or_an_error(
    seed: int, server: FaultServer, raw: Path
) -> None:
    """Over several runs that go on from each other's parts. A length that is announced as that of a prefix is told by what follows."""
    chance = random.Random(seed)
    known = None
    for _ in range(chance.randint(1, 3)):
        plays = [random_play(chance) for _ in range(chance.randint(1, 5))]
        try:
            known = fetch(server, raw, "a.csv", *plays, known=known, expected=Expected(shrink_limit=1.0))
        except PullError:
            continue
        assert known.sha256 in (sha256(CSV), sha256(NEW)), f"seed {seed}"
        assert sha256((raw / known.sha256).read_bytes()) == known.sha256
    assert {path.name for path in raw.iterdir() if not path.name.startswith(".")} <= {sha256(CSV), sha256(NEW)}


# ── deadlines ────────────────────────────────────────────────────────────────────────────────────────────────────

SHORT = Manners(deadline=0.6, connect=0.4, silence=0.4, attempts=50, backoff=0.05, longest_wait=0.2)
ENDLESS = {
    "body byte by byte": (say.dripping_body(CSV, 0.05), DeadlineError),
    "headers byte by byte": (say.dripping_head(0.05), DeadlineError),
    "no answer, again and again": (say.hung(), DeadlineError),
    "silent within the body, again and again": (say.hung_within(CSV, 10), DeadlineError),
    "429 for ever": (say.status(429, retry_after="0"), DeadlineError),
    "429 with a huge Retry-After": (say.status(429, retry_after="99999"), DeadlineError),
    "503 until the year 2099": (say.status(503, retry_after="Thu, 01 Jan 2099 00:00:00 GMT"), DeadlineError),
    "429 with garbage, for ever": (say.status(429, retry_after="soon"), DeadlineError),
    "hung up for ever": (say.hung_up(), DeadlineError),
}


@pytest.mark.parametrize("case", ENDLESS)
def test_every_step_ends_before_its_deadline(case: str, server: FaultServer, raw: Path) -> None:
    play, error = ENDLESS[case]
    began = time.monotonic()
    with pytest.raises(PatnavError) as raised:
        fetch(server, raw, "a.csv", play, over=line(SHORT))
    assert type(raised.value) is error
    assert time.monotonic() - began < SHORT.deadline + LATE


def test_an_endless_wait_is_capped_and_then_tried_again(server: FaultServer, raw: Path) -> None:
    waits: list[float] = []
    over = line(Manners(deadline=1e6, backoff=1, longest_wait=120, attempts=3), sleep=waits.append)
    plays = [say.status(429, retry_after="99999"), say.status(503, retry_after="abc"), say.whole(CSV)]
    assert_holds(raw, fetch(server, raw, "a.csv", *plays, over=over), CSV)
    assert waits == [120, 2]


def test_what_takes_long_is_told(server: FaultServer, raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.download._TELL_EVERY", 0)
    told: list[str] = []
    fetch(server, raw, "a.csv", say.status(503), say.whole(CSV), over=line(tell=told.append))
    assert told[0].startswith("status 503; 等待 waiting") and told[-1] == "a.csv 0 / 0 MB"


def test_a_name_server_that_does_not_answer(raw: Path) -> None:
    def resolve(*_: object, **__: object) -> list:
        time.sleep(20)
        return []

    slow = Line("source test", Access("source test", ("files.example.org",), (), resolve), SHORT)
    began = time.monotonic()
    with pytest.raises(DeadlineError):
        slow.fetch("https://files.example.org/a.csv", raw, "a.csv")
    assert time.monotonic() - began < SHORT.deadline + LATE


def test_a_host_that_takes_no_connection(raw: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(NoAnswerError, match="no connection"):
            line().fetch(f"http://127.0.0.1:{closed.getsockname()[1]}/a.csv", raw, "a.csv")


# ── resuming, and what has not changed ───────────────────────────────────────────────────────────────────────────


def test_a_resume_asks_for_the_rest_of_the_same_version(server: FaultServer, raw: Path) -> None:
    fetch(server, raw, "a.csv", say.cut(CSV, HALF), say.whole(CSV))
    first, second = server.asked
    assert say.asked_of(first, "range", "if-range", "accept-encoding") == {
        "range": None,
        "if-range": None,
        "accept-encoding": "identity",
    }
    assert say.asked_of(second, "range", "if-range") == {"range": f"bytes={HALF}-", "if-range": say.ETAG}


def test_a_later_run_goes_on_where_one_ended(server: FaultServer, raw: Path) -> None:
    with pytest.raises(IncompleteDownloadError):
        fetch(server, raw, "a.csv", say.cut(CSV, HALF), over=line(Manners(attempts=1)))
    assert_holds(raw, fetch(server, raw, "a.csv", say.whole(CSV)), CSV)
    assert server.asked[-1].headers["range"] == f"bytes={HALF}-"


@pytest.mark.parametrize("damage", ["note torn", "note gone", "bytes gone", "bytes beyond the note"])
def test_what_was_not_made_sure_of_is_not_built_on(damage: str, server: FaultServer, raw: Path) -> None:
    with pytest.raises(IncompleteDownloadError):
        fetch(server, raw, "a.csv", say.cut(CSV, HALF), over=line(Manners(attempts=1)))
    (part,), (note,) = raw.glob(".*.part"), raw.glob(".*.json")
    if damage == "note torn":
        note.write_text(note.read_text()[:20])
    elif damage == "note gone":
        note.unlink()
    elif damage == "bytes gone":
        os.truncate(part, 100)
    else:
        with part.open("ab") as file:
            file.write(bytes(4096))
    assert_holds(raw, fetch(server, raw, "a.csv", say.whole(CSV)), CSV)


def test_an_unchanged_source_sends_nothing(server: FaultServer, raw: Path) -> None:
    first = fetch(server, raw, "a.csv", say.whole(CSV))
    second = fetch(server, raw, "a.csv", say.whole(CSV), known=first)
    assert (second.sha256, second.bytes) == (first.sha256, first.bytes)
    assert server.asked[-1].headers["if-none-match"] == say.ETAG


def test_bytes_identical_to_last_time_are_kept_once(server: FaultServer, raw: Path) -> None:
    first = fetch(server, raw, "a.csv", say.whole(CSV))
    second = fetch(server, raw, "a.csv", say.whole(CSV, '"v2"'), known=first)
    assert second.sha256 == first.sha256 and second.etag == '"v2"'
    assert len(list(raw.iterdir())) == 1


def test_a_date_does_where_there_is_no_etag(server: FaultServer, raw: Path) -> None:
    dates = {"last_modified": say.http_date(-999), "date": say.http_date(0)}
    first = fetch(server, raw, "a.csv", say.cut(CSV, HALF, "", **dates), say.continued(CSV, HALF, "", **dates))
    assert_holds(raw, first, CSV)
    assert server.asked[-1].headers["if-range"] == dates["last_modified"]
    fetch(server, raw, "a.csv", say.status(304), known=first)
    assert server.asked[-1].headers["if-modified-since"] == dates["last_modified"]


def test_what_raw_lost_is_fetched_again(server: FaultServer, raw: Path) -> None:
    first = fetch(server, raw, "a.csv", say.whole(CSV))
    (raw / first.sha256).unlink()
    assert_holds(raw, fetch(server, raw, "a.csv", say.whole(CSV), known=first), CSV)


# ── what is not taken ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_checksum_that_is_stated(server: FaultServer, raw: Path) -> None:
    fetch(server, raw, "a.csv", say.announced(CSV, None), expected=Expected(sha256=sha256(CSV)))
    with pytest.raises(IncompleteDownloadError, match="states"):
        fetch(server, raw, "b.csv", say.whole(CSV), expected=Expected(sha256=sha256(OLD)))


def test_much_less_than_last_time(server: FaultServer, raw: Path) -> None:
    first = fetch(server, raw, "a.csv", say.whole(CSV))
    with pytest.raises(WrongContentError, match="last time"):
        fetch(server, raw, "a.csv", say.whole(CSV[:5000], '"v2"'), known=first)
    smaller = fetch(
        server, raw, "a.csv", say.whole(CSV[:5000], '"v2"'), known=first, expected=Expected(shrink_limit=1.0)
    )
    assert smaller.bytes == 5000


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_the_first_lines_must_have_the_columns(encoding: str, server: FaultServer, raw: Path) -> None:
    table = "公开号,名称\nCN1A,方法\n".encode(encoding)
    fetch(server, raw, "a.csv", say.whole(table), expected=Expected(header=("公开号", "名称")))
    with pytest.raises(WrongContentError, match="申请号"):
        fetch(server, raw, "b.csv", say.whole(table), expected=Expected(header=("申请号",)))


def test_the_first_lines_of_members_are_looked_at_too(server: FaultServer, raw: Path) -> None:
    packed = say.zipped({"a.csv": b"number,title\n1,2\n"})
    fetch(server, raw, "a.zip", say.whole(packed), expected=Expected(header=("number",)))
    with pytest.raises(WrongContentError, match="applicant"):
        fetch(server, raw, "b.zip", say.whole(packed), expected=Expected(header=("applicant",)))


SMALL = Manners(deadline=60, silence=10, attempts=3, backoff=0.01, max_bytes=100_000)


@pytest.mark.parametrize("play", [say.announced(b"", 10**12), say.flood(b"a,b\n", 2_000_000), say.whole(CSV)])
def test_no_more_bytes_than_allowed(play, server: FaultServer, raw: Path) -> None:
    with pytest.raises(DownloadLimitError, match="100,000"):
        fetch(server, raw, "a.csv", play, over=line(SMALL))
    assert list(raw.iterdir()) == []


def test_a_packed_body_that_unpacks_to_more_than_allowed(server: FaultServer, raw: Path) -> None:
    bomb = say.gzipped(bytes(5_000_000))
    with pytest.raises(DownloadLimitError, match="unpacked"):
        fetch(server, raw, "a.csv", say.announced(bomb, len(bomb), content_encoding="gzip"), over=line(SMALL))
    assert list(raw.iterdir()) == []


def test_a_file_that_the_disk_has_no_room_for(server: FaultServer, raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 1000})())
    with pytest.raises(DownloadLimitError, match="磁盘已满"):
        fetch(server, raw, "a.csv", say.whole(CSV))


def test_a_disk_that_runs_full_meanwhile(server: FaultServer, raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import resource
    import signal

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    try:
        with pytest.raises(DownloadLimitError, match="磁盘已满"):
            fetch(server, raw, "a.csv", say.whole(CSV))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert list(raw.iterdir()) == []
    assert_holds(raw, fetch(server, raw, "a.csv", say.whole(CSV)), CSV)


def test_two_pulls_of_one_file(server: FaultServer, raw: Path) -> None:
    with pytest.raises(IncompleteDownloadError):
        fetch(server, raw, "a.csv", say.cut(CSV, HALF), over=line(Manners(attempts=1)))
    (part,) = raw.glob(".*.part")
    with part.open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(RefreshBusyError):
            fetch(server, raw, "a.csv", say.whole(CSV))
    assert_holds(raw, fetch(server, raw, "a.csv", say.whole(CSV)), CSV)


def test_bytes_in_raw_are_read_only_and_never_written_again(raw: Path) -> None:
    digest, size = store(raw, [b"a", b"b"])
    assert (digest, size) == (sha256(b"ab"), 2)
    assert (raw / digest).stat().st_mode & 0o777 == 0o444
    before = (raw / digest).stat().st_mtime_ns
    assert store(raw, [b"ab"]) == (digest, 2)
    assert (raw / digest).stat().st_mtime_ns == before
    assert len(list(raw.iterdir())) == 1


# ── archives (X3) ────────────────────────────────────────────────────────────────────────────────────────────────


def _overlapping() -> bytes:
    """Two entries of the directory that point at one member."""
    packed = bytearray(say.zipped({"a.csv": CSV}))
    directory = packed.rindex(b"PK\x01\x02")
    end = packed.rindex(b"PK\x05\x06")
    entry = bytes(packed[directory:end])
    tail = bytearray(packed[end:])
    tail[8:10] = tail[10:12] = (2).to_bytes(2, "little")
    tail[12:16] = (2 * len(entry)).to_bytes(4, "little")
    return bytes(packed[:directory]) + entry * 2 + bytes(tail)


def _locked() -> bytes:
    packed = bytearray(say.zipped({"a.csv": CSV}))
    packed[6] |= 1
    packed[packed.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(packed)


def _linked() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo("a.csv")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    return buffer.getvalue()


TIGHT = Limits(archive_unpacked=1_000_000, ratio=20, ratio_counts_above=100_000, members=50)
HOSTILE = {
    "a gzip bomb": ("a.csv.gz", say.gzipped(bytes(3_000_000)), ReadingLimitError),
    "a zip bomb": ("a.zip", say.zipped({"a.csv": bytes(3_000_000)}), ReadingLimitError),
    "a ratio beyond reason": ("a.zip", say.zipped({"a.csv": bytes(500_000)}), ReadingLimitError),
    "many members": ("a.zip", say.zipped({f"{n}.csv": b"x" for n in range(60)}), ReadingLimitError),
    "members that overlap": ("a.zip", _overlapping(), ArchiveError),
    "an archive within": ("a.zip", say.zipped({"a.gz": GZIP}), ArchiveError),
    "an archive within a gzip": ("a.zip.gz", say.gzipped(ZIP), ArchiveError),
    "a password": ("a.zip", _locked(), ArchiveError),
    "a link": ("a.zip", _linked(), ArchiveError),
    "nothing in it": ("a.zip", say.zipped({"__MACOSX/x": b""}), ArchiveError),
    "a size that lies": ("a.zip", ZIP.replace(len(CSV).to_bytes(4, "little"), (9).to_bytes(4, "little")), IncompleteDownloadError),
    "a directory that is cut": ("a.zip", ZIP[:-30], IncompleteDownloadError),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_an_archive_that_is_hostile_is_not_taken(case: str, server: FaultServer, raw: Path) -> None:
    name, body, error = HOSTILE[case]
    with pytest.raises(error):
        fetch(server, raw, name, say.whole(body), expected=Expected(limits=TIGHT))
    assert [path for path in raw.iterdir() if not path.name.endswith((".part", ".json"))] == []


def test_names_of_members_lead_nowhere(server: FaultServer, raw: Path) -> None:
    packed = say.zipped({"../../evil.csv": CSV, "/etc/evil.csv": CSV})
    assert_holds(raw, fetch(server, raw, "a.zip", say.whole(packed)), packed)
    assert list(raw.parent.rglob("*evil*")) == []


# ── as whom, and to whom ─────────────────────────────────────────────────────────────────────────────────────────

KEY = Secret("canary-5f1d-value", "SOME_KEY", "Bearer ")


def test_netrc_proxies_and_other_bundles_of_the_environment_play_no_part(
    server: FaultServer, raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login someone password somewhat\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    fetch(server, raw, "a.csv", say.whole(CSV), over=line(headers={"Authorization": KEY}))
    assert server.asked[0].headers["authorization"] == "Bearer canary-5f1d-value"


def test_a_proxy_is_asked_where_one_is_stated(server: FaultServer, raw: Path) -> None:
    server.at("http://files.intra/a.csv", say.whole(CSV))
    over = Line("source test", Access("source test", (), ("files.intra",)), QUICK, proxy=server.url(""))
    assert_holds(raw, over.fetch("http://files.intra/a.csv", raw, "a.csv"), CSV)


def test_nothing_of_ours_follows_a_redirect_to_another_origin(server: FaultServer, raw: Path) -> None:
    with FaultServer() as other:
        target = other.at("/b.csv", say.redirect(server.url("/c.csv")))
        server.at("/c.csv", say.whole(CSV))
        over = line(headers={"Authorization": KEY, "X-API-Key": KEY})
        plays = [say.status(302, location=target, set_cookie="session=1; Path=/")]
        assert_holds(raw, fetch(server, raw, "a.csv", *plays, over=over, headers={"Cookie": "own=1"}), CSV)
        names = ("authorization", "x-api-key", "cookie")
        assert None not in say.asked_of(server.asked[0], *names).values()
        assert set(say.asked_of(other.asked[0], *names).values()) == {None}
        assert set(say.asked_of(server.asked[1], *names).values()) == {None}, "not when it leads back either"


def test_within_one_origin_a_redirect_is_followed_as_who_we_are(server: FaultServer, raw: Path) -> None:
    server.at("/moved/b.csv", say.whole(CSV))
    over = line(headers={"Authorization": KEY})
    assert_holds(raw, fetch(server, raw, "a.csv", say.redirect("moved/b.csv", 307), over=over), CSV)
    assert server.asked[1].headers["authorization"] == "Bearer canary-5f1d-value"


def test_cookies_are_not_kept(server: FaultServer, raw: Path) -> None:
    over = line()
    fetch(server, raw, "a.csv", say.status(503, set_cookie="session=1"), say.whole(CSV), over=over)
    assert "cookie" not in server.asked[1].headers


REDIRECTS = {
    "a loop": ("/a.csv", WrongAnswerError),
    "a host that is not allowed": ("https://files.example.org/a.csv", AddressRefusedError),
    "file:": ("file:///etc/passwd", AddressRefusedError),
    "ftp:": ("ftp://127.0.0.1/a.csv", AddressRefusedError),
    "the metadata of a cloud": ("http://169.254.169.254/latest/meta-data/", AddressRefusedError),
    "an inner address": ("http://10.0.0.1/a.csv", AddressRefusedError),
    "loopback by another name": ("http://localhost/a.csv", AddressRefusedError),
    "a user in the address": ("http://user:word@127.0.0.1/a.csv", AddressRefusedError),
    "a scheme left out": ("//files.example.org/a.csv", AddressRefusedError),
    "javascript:": ("javascript:alert(1)", AddressRefusedError),
}


@pytest.mark.parametrize("case", REDIRECTS)
def test_redirects_are_looked_at_before_they_are_followed(case: str, server: FaultServer, raw: Path) -> None:
    target, error = REDIRECTS[case]
    with pytest.raises(PatnavError) as raised:
        fetch(server, raw, "a.csv", say.redirect(target))
    assert type(raised.value) is error
    assert len(server.asked) == (QUICK.redirects + 1 if case == "a loop" else 1)


def test_a_redirect_body_is_not_read(server: FaultServer, raw: Path) -> None:
    server.at("/b.csv", say.whole(CSV))

    def endless(request, wire) -> None:
        wire.head(302, {"Location": "/b.csv"})
        wire.drip(b"x" * 10_000, 0.1)

    began = time.monotonic()
    assert_holds(raw, fetch(server, raw, "a.csv", endless), CSV)
    assert time.monotonic() - began < LATE


# ── small answers ────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_answer_for_a_program(server: FaultServer) -> None:
    url = server.at("/api", say.status(200, b'{"total": 3}', x_throttling="green"))
    answer = line().ask(
        url, method="POST", params={"q": "量子", "key": KEY}, data=b"{}", headers={"Content-Type": "application/json"}
    )
    assert answer.json() == {"total": 3} and answer.headers["x-throttling"] == "green"
    (request,) = server.asked
    assert (request.method, request.body) == ("POST", b"{}") and "%E9%87%8F" in request.target


def test_answers_are_tried_again_bounded_and_refused_like_files(server: FaultServer) -> None:
    url = server.at("/api", say.status(500), say.announced(say.gzipped(b"[]"), None, content_encoding="gzip"))
    assert line().ask(url).json() == []
    assert line().ask(server.at("/api", say.status(401)), accept=(200, 401)).status == 401
    with pytest.raises(WrongAnswerError, match="no JSON"):
        line().ask(server.at("/api", say.status(200, LOGIN))).json()
    with pytest.raises(WrongAnswerError, match="redirect"):
        line().ask(server.at("/api", say.redirect("/other")), method="POST")
    with pytest.raises(IncompleteDownloadError, match="gzip"):
        line().ask(server.at("/api", say.announced(GZIP[:-9], None, content_encoding="gzip")))
    small = Manners(max_answer_bytes=1000)
    with pytest.raises(DownloadLimitError):
        line(small).ask(server.at("/api", say.status(200, CSV)))
    with pytest.raises(DownloadLimitError):
        line(small).ask(server.at("/api", say.announced(GZIP, None, content_encoding="gzip")))


def test_requests_keep_their_distance(server: FaultServer) -> None:
    waits: list[float] = []
    over = line(Manners(pause=60), sleep=waits.append)
    url = server.at("/api", say.status(200, b"[]"))
    over.ask(url), over.ask(url)
    assert len(waits) == 1 and 59 < waits[0] <= 60


def test_a_credential_that_no_header_can_hold(server: FaultServer) -> None:
    with pytest.raises(WrongAnswerError, match="cannot be sent"):
        line(headers={"X-Key": Secret("密钥密钥", "SOME_KEY")}).ask(server.at("/api", say.status(200)))


def test_credentials_of_the_environment_print_as_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("", "  ", "two\nlines", "密钥"):
        monkeypatch.setenv("SOME_KEY", value)
        with pytest.raises(CredentialError, match="SOME_KEY"):
            from_environment("SOME_KEY", "source test")
    monkeypatch.setenv("SOME_KEY", " value-of-key ")
    secret = from_environment("SOME_KEY", "source test", "Bearer ")
    assert secret.reveal() == "Bearer value-of-key"
    assert f"{secret} {secret!r} {[secret]}".count("Secret(SOME_KEY)") == 3
    with pytest.raises(TypeError, match="not to be stored"):
        pickle.dumps(secret)


def test_nothing_is_logged_of_an_address(server: FaultServer, raw: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        fetch(server, raw, "a.csv", say.whole(CSV), params={"key": KEY})
    assert "canary" not in caplog.text


def test_when_it_was_fetched_is_told_in_utc(server: FaultServer, raw: Path) -> None:
    file = fetch(server, raw, "a.csv", say.whole(CSV))
    age = datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(file.fetched_at)
    assert abs(age.total_seconds()) < 5
