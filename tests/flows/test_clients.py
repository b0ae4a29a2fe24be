"""The clients of APIs against servers that answer as the services document it: paging, throttling, an ended token, a changed field.

Each server below is written from the service's list of fields; the records in its answers are made up.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import polars as pl
import pytest

from flows.clients import _asking
from flows.pull import pull
from flows.pulled import FAILED, PULLED, UNCHANGED, SourceState
from flows.sources import read_sources
from flows.workspace import Workspace, create
from schemas.errors import WorkspaceError
from tests.faults.fault_server import FaultServer, Request, Wire, redirect, status, whole
from transforms.landing import land

SECRET = "canary-word-73aa"
Answers = Callable[[Request], tuple[int, bytes, dict[str, str]]]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return create(tmp_path / "w")


@pytest.fixture(scope="module")
def running() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.fixture
def server(running: FaultServer) -> FaultServer:
    running.asked.clear()
    running._plays.clear()
    return running


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long a client would have waited."""
    waited: list[float] = []
    monkeypatch.setattr(_asking, "sleep", waited.append)
    return waited


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("THE_KEY", "THE_SECRET", "THE_TOKEN"):
        monkeypatch.setenv(name, f"{SECRET}-{name}")


def answering(answers: Answers) -> Callable[[Request, Wire], None]:
    def play(request: Request, wire: Wire) -> None:
        code, body, headers = answers(request)
        wire.head(code, headers | {"Content-Length": len(body)})
        wire.send(body)

    return play


def declare(
    workspace: Workspace, server: FaultServer, kind: str, more: str, address: str = "base_url", attempts: int = 3
) -> None:
    (workspace.root / "sources.toml").write_text(
        f'[[source]]\nid = "s"\nkind = "{kind}"\n{address} = "{server.url("/svc/" if address == "listing" else "/svc")}"\n'
        f'internal_hosts = ["127.0.0.1"]\nattempts = {attempts}\nsilence_seconds = 3\nlongest_wait_seconds = 90\n{more}',
        encoding="utf-8",
    )


def pulled(workspace: Workspace) -> SourceState:
    """What came of the source; and no trace of a credential in what it says or wrote."""
    told: list[str] = []
    (state,) = pull(workspace, tell=told.append)
    assert SECRET not in json.dumps(state.error) + "".join(told)
    written = [path for path in workspace.root.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert written == []
    return state


def contents(workspace: Workspace, state: SourceState) -> dict[str, bytes]:
    return {file.name: (workspace.raw / file.sha256).read_bytes() for file in state.files}


def query_of(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.target).query).items()}


# ── EPO Open Patent Services ─────────────────────────────────────────────────────────────────────────────────────


class Ops:
    """OPS 3.2: POST auth/accesstoken (Basic key:secret) -> access_token, expires_in; GET published-data/search/biblio with
    X-OPS-Range; an ended token is 400 with invalid_access_token; nothing found is 404 with EntityNotFound."""

    def __init__(self, server: FaultServer, a_day: int = 3) -> None:
        self.a_day, self.tokens, self.uses, self.uses_of_a_token = a_day, 0, 0, 10_000
        self.throttling = (
            "idle (images=green:200, inpadoc=green:60, other=green:1000, retrieval=green:200, search=green:30)"
        )
        self.expires_in: object = "1199"
        self.total_field = "total-result-count"
        self.forget = 0
        server.at("/svc/auth/accesstoken", answering(self.token))
        server.at("/svc/rest-services/published-data/search/biblio", answering(self.search))

    def token(self, request: Request) -> tuple[int, bytes, dict[str, str]]:
        both = base64.b64encode(f"{SECRET}-THE_KEY:{SECRET}-THE_SECRET".encode()).decode()
        assert request.headers["authorization"] == f"Basic {both}" and request.body == b"grant_type=client_credentials"
        self.tokens, self.uses = self.tokens + 1, 0
        given = {"access_token": f"{SECRET}-{self.tokens}", "expires_in": self.expires_in, "token_type": "BearerToken"}
        return 200, json.dumps(given).encode(), {}

    def search(self, request: Request) -> tuple[int, bytes, dict[str, str]]:
        headers = {"X-Throttling-Control": self.throttling, "Content-Type": "application/xml"}
        self.uses += 1
        is_valid = request.headers["authorization"] == f"Bearer {SECRET}-{self.tokens}"
        if not is_valid or self.uses > self.uses_of_a_token:
            return 400, b"<error><code>400</code><message>invalid_access_token</message></error>", headers
        query = query_of(request)["q"]
        found = re.search(r'^\((.+)\) and pd within "(\d{8}) (\d{8})"$', query)
        first, last = (datetime.datetime.strptime(found[each], "%Y%m%d").date() for each in (2, 3))
        records = [
            (day, number)
            for day in (first + datetime.timedelta(days=each) for each in range((last - first).days + 1))
            for number in range(self.a_day)
        ]
        if not records:
            return 404, b"<fault><code>SERVER.EntityNotFound</code></fault>", headers
        begin, end = map(int, request.headers["x-ops-range"].split("-"))
        assert end - begin < 100 and end <= 2_000
        wanted = records[begin - 1 : end]
        documents = "".join(
            f'<exchange-document system="ops.epo.org" family-id="{day:%Y%m%d}{number}" country="EP" doc-number="{day:%y%m%d}{number:03d}"'
            f' kind="A1"><bibliographic-data><publication-reference><document-id document-id-type="docdb"><country>EP</country>'
            f"<doc-number>{day:%y%m%d}{number:03d}</doc-number><kind>A1</kind><date>{day:%Y%m%d}</date></document-id>"
            f'</publication-reference><invention-title lang="en">Device {number}</invention-title></bibliographic-data></exchange-document>'
            for day, number in (wanted[self.forget :] if begin > 1 or end > 1 else wanted)
        )
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?><ops:world-patent-data xmlns="http://www.epo.org/exchange" '
            f'xmlns:ops="http://ops.epo.org"><ops:biblio-search {self.total_field}="{len(records)}"><ops:range begin="{begin}" '
            f'end="{end}"/><ops:search-result><exchange-documents>{documents}</exchange-documents></ops:search-result>'
            f"</ops:biblio-search></ops:world-patent-data>"
        )
        return 200, body.encode(), headers


OPS = """
query = 'cpc=G06N and pa="Example"'
published_from = 2024-01-01
published_to = 2024-01-08
key_variable = "THE_KEY"
secret_variable = "THE_SECRET"
"""


def test_ops_is_read_in_slices_below_its_cap_and_lands(
    workspace: Workspace, server: FaultServer, waits: list[float]
) -> None:
    ops = Ops(server, a_day=300)  # 2,400 in eight days: more than a search gives out
    declare(workspace, server, "epo_ops", OPS)
    state = pulled(workspace)
    assert state.outcome == PULLED and state.error is None
    assert len(state.files) == 24 and state.files[0].name == "20240101-20240104 1.xml"
    documents = b"".join(contents(workspace, state).values())
    assert len(set(re.findall(rb'doc-number="(\d+)"', documents))) == 2_400
    assert ops.tokens == 1 and waits and set(waits) == {2.0}  # 30 searches a minute
    first = state.files[0]
    landing = land(workspace.raw / first.sha256, "f", first.name)
    assert (landing.export, landing.rows_in) == ("docdb_xml", 100)
    assert pulled(workspace).outcome == UNCHANGED


def test_ops_slows_down_and_stops_as_long_as_it_is_told(
    workspace: Workspace, server: FaultServer, waits: list[float]
) -> None:
    ops = Ops(server)
    ops.throttling = "busy (images=green:100, search=red:5, other=green:1000)"
    declare(workspace, server, "epo_ops", OPS)
    assert pulled(workspace).outcome == PULLED and set(waits) == {12.0}
    waits.clear()
    ops.throttling = "overloaded (images=green:100, search=black:0)"
    assert pulled(workspace).outcome == UNCHANGED and set(waits) == {60.0}


def test_ops_token_that_ends_is_had_anew_and_one_that_never_works_is_told(
    workspace: Workspace, server: FaultServer, waits: list[float]
) -> None:
    ops = Ops(server, a_day=100)
    ops.uses_of_a_token = 2
    declare(workspace, server, "epo_ops", OPS)
    assert pulled(workspace).outcome == PULLED and ops.tokens > 2
    ops.uses_of_a_token = 0
    error = pulled(workspace).error
    assert error["error"] == "CredentialError" and "THE_KEY" in error["expected"]


def test_ops_token_is_renewed_before_it_ends(workspace: Workspace, server: FaultServer, waits: list[float]) -> None:
    ops = Ops(server)
    ops.expires_in = "10"  # less than what is kept in reserve
    declare(workspace, server, "epo_ops", OPS)
    assert pulled(workspace).outcome == PULLED and ops.tokens == server.times(
        "/svc/rest-services/published-data/search/biblio"
    )


@pytest.mark.parametrize(
    ("name", "value", "error", "found"),
    [
        ("total_field", "totalResultCount", "WrongAnswerError", "no field total-result-count"),
        ("expires_in", None, "WrongAnswerError", "the field expires_in is a NoneType"),
        ("expires_in", "soon", "WrongAnswerError", "the field expires_in is no number"),
        ("forget", 2, "IncompleteDownloadError", "22 of 24 records"),
    ],
)
def test_ops_that_has_changed_is_told_by_the_field(
    workspace: Workspace, server: FaultServer, waits: list[float], name: str, value: object, error: str, found: str
) -> None:
    setattr(Ops(server), name, value)
    declare(workspace, server, "epo_ops", OPS)
    state = pulled(workspace)
    assert state.outcome == FAILED and state.error["error"] == error and found in state.error["found"]


def test_ops_used_up_quota_empty_search_and_too_full_a_day(
    workspace: Workspace, server: FaultServer, waits: list[float]
) -> None:
    Ops(server, a_day=0)
    declare(workspace, server, "epo_ops", OPS)
    assert "0 个文件" in pulled(workspace).error["found"]
    Ops(server, a_day=2_001)
    assert "2,001 条 records of one day" in pulled(workspace).error["found"]
    refused = {"X-Rejection-Reason": "RegisteredQuotaPerWeek"}
    server.at("/svc/rest-services/published-data/search/biblio", answering(lambda request: (403, b"<error/>", refused)))
    assert "RegisteredQuotaPerWeek" in pulled(workspace).error["found"]


# ── The Lens ─────────────────────────────────────────────────────────────────────────────────────────────────────


class Lens:
    """POST /patent/search -> total, data, scroll_id; then with scroll_id for the next page. x-rate-limit headers with every answer."""

    def __init__(self, server: FaultServer, records: int = 25) -> None:
        self.records = [self.record(number) for number in range(records)]
        self.headers: dict[str, str] = {"x-rate-limit-remaining-record-per-month": "5000"}
        self.busy, self.seen, self.rename = 0, [], {}
        server.at("/svc/patent/search", answering(self.search))

    @staticmethod
    def record(number: int) -> dict:
        symbol = {"classifications": [{"symbol": "G06N3/04"}]}
        return {
            "lens_id": f"{999 - number:03d}-000-000-000-000",
            "jurisdiction": "EP",
            "doc_number": f"30001{number:02d}",
            "kind": "A1",
            "date_published": "2020-03-18",
            "biblio": {
                "application_reference": {"jurisdiction": "EP", "doc_number": f"181234{number:02d}", "kind": "A", "date": "2018-08-20"},
                "invention_title": [{"text": "Gerät", "lang": "de"}, {"text": f"Device {number}", "lang": "en"}],
                "parties": {
                    "applicants": [{"residence": "DE", "extracted_name": {"value": "EXAMPLE GMBH"}}],
                    "inventors": [{"extracted_name": {"value": "D, E"}}, {"extracted_name": {"value": "F, G"}}],
                },
                "classifications_cpc": symbol,
                "classifications_ipcr": symbol,
            },
            "abstract": [{"text": "A device.", "lang": "en"}],
            "legal_status": {"granted": False, "patent_status": "PENDING"},
        }  # fmt: skip

    def search(self, request: Request) -> tuple[int, bytes, dict[str, str]]:
        asked = json.loads(request.body)
        if request.headers.get("authorization") != f"Bearer {SECRET}-THE_TOKEN":
            return 401, b"{}", self.headers
        self.seen.append(asked)
        if self.busy:
            self.busy -= 1
            return 429, b"{}", self.headers | {"x-rate-limit-retry-after-seconds": "8"}
        start = int(asked["scroll_id"].partition("-")[2]) if "scroll_id" in asked else 0
        page = [self.renamed(record) for record in self.records[start : start + 10]]
        answer = {
            "total": len(self.records),
            "max_score": None,
            "data": page,
            "results": len(page),
            "scroll_id": f"s-{start + 10}",
        }
        return 200, json.dumps(self.renamed(answer)).encode(), self.headers

    def renamed(self, given: dict) -> dict:
        return {self.rename.get(name, name): value for name, value in given.items()}


LENS = 'query = "title:(neural network)"\ntoken_variable = "THE_TOKEN"\npage_records = 10\n'


def test_lens_is_read_by_cursor_and_lands(workspace: Workspace, server: FaultServer, waits: list[float]) -> None:
    lens = Lens(server)
    declare(workspace, server, "lens", LENS)
    state = pulled(workspace)
    assert state.outcome == PULLED, state.error
    ((name, body),) = contents(workspace, state).items()
    assert name == "s.jsonl" and len(body.splitlines()) == 25
    assert [asked.get("scroll_id") for asked in lens.seen] == [None, "s-10", "s-20"]
    assert lens.seen[0]["query"] == {"query_string": {"query": "title:(neural network)"}}
    landing = land(workspace.raw / state.files[0].sha256, "f", name)
    assert (landing.export, landing.rows_in, landing.unmapped_columns) == ("lens_api_json", 25, ())
    row = landing.accepted.filter(pl.col("publication_number") == "EP3000100A1").to_dicts()[0]
    assert row["title"] == "Device 0" and row["applicants"] == ["EXAMPLE GMBH"] and row["inventors"] == ["D, E", "F, G"]
    assert row["filing_date"] == datetime.date(2018, 8, 20) and row["cpc_symbols"] == ["G06N3/04"]
    assert row["legal_status"] == "pending"
    # The same records in another order are the same bytes.
    lens.records.reverse()
    assert pulled(workspace).outcome == UNCHANGED


def test_lens_is_asked_again_when_it_says_so(workspace: Workspace, server: FaultServer, waits: list[float]) -> None:
    lens = Lens(server)
    lens.busy = 2
    declare(workspace, server, "lens", LENS)
    assert pulled(workspace).outcome == PULLED and waits == [8.0, 8.0]
    waits.clear()
    lens.busy = 3
    assert "too many requests, 3 times" in pulled(workspace).error["found"] and waits == [8.0, 8.0, 8.0]
    waits.clear()
    lens.headers = {"x-rate-limit-remaining-request-per-minute": "0", "x-rate-limit-retry-after-seconds": "40"}
    assert pulled(workspace).outcome == UNCHANGED and waits == [40.0, 40.0, 40.0]


def test_lens_ended_token_and_used_up_quota(
    workspace: Workspace, server: FaultServer, monkeypatch, waits: list[float]
) -> None:
    lens = Lens(server)
    declare(workspace, server, "lens", LENS)
    lens.headers = {"x-rate-limit-remaining-record-per-month": "3"}
    assert "3 records are left this month for 25" in pulled(workspace).error["found"]
    monkeypatch.setenv("THE_TOKEN", f"{SECRET}-ended")
    error = pulled(workspace).error
    assert error["error"] == "CredentialError" and "THE_TOKEN" in error["expected"]


@pytest.mark.parametrize(
    ("rename", "found"),
    [
        ({"total": "count"}, "no field total"),
        ({"data": "hits"}, "no field data"),
        ({"scroll_id": "cursor"}, "no field scroll_id"),
        ({"lens_id": "id"}, "no field lens_id"),
        ({"doc_number": "number"}, "no field doc_number"),
    ],
)
def test_lens_that_has_changed_is_told_by_the_field(
    workspace: Workspace, server: FaultServer, waits: list[float], rename: dict[str, str], found: str
) -> None:
    Lens(server).rename = rename
    declare(workspace, server, "lens", LENS)
    state = pulled(workspace)
    assert state.error["error"] == "WrongAnswerError" and found in state.error["found"]


def test_lens_records_that_are_missing_or_come_twice(
    workspace: Workspace, server: FaultServer, waits: list[float]
) -> None:
    lens = Lens(server)
    declare(workspace, server, "lens", LENS)
    lens.records[24] = lens.records[3]
    assert "came twice" in pulled(workspace).error["found"]
    lens = Lens(server)
    search = lens.search
    server.at("/svc/patent/search", answering(search), answering(lambda request: (204, b"", {})))
    assert "10 of 25 records" in pulled(workspace).error["found"]


# ── USPTO Open Data Portal ───────────────────────────────────────────────────────────────────────────────────────


FILES = "/svc/api/v1/datasets/products/files/PTGRXML/"


class Odp:
    """GET /api/v1/datasets/products/<product>?includeFiles=true&offset=&limit= -> bulkDataProductBag[0].productFileBag: count,
    fileDataBag of fileName, fileSize, fileDataFromDate, fileDataToDate, fileDownloadURI; X-API-KEY."""

    def __init__(self, server: FaultServer, weeks: int = 5) -> None:
        self.server, self.key, self.lost, self.rename, self.page = server, f"{SECRET}-THE_KEY", 0, {}, 2
        self.bodies = {f"ipg2401{week:02d}.zip": ZIPPED[week] for week in range(weeks)}
        server.at("/svc/api/v1/datasets/products/PTGRXML", answering(self.product))
        for name, body in self.bodies.items():
            place = server.at(f"/store/{name}", whole(body))
            server.at(FILES + name, redirect(place))

    def product(self, request: Request) -> tuple[int, bytes, dict[str, str]]:
        if request.headers.get("x-api-key") != self.key:
            return 403, b'{"message": "Forbidden"}', {}
        offset = int(query_of(request)["offset"])
        files = [
            {
                self.rename.get("fileName", "fileName"): name,
                "fileSize": len(body),
                "fileDataFromDate": f"2024-01-{number + 1:02d}",
                "fileDataToDate": f"2024-01-{number + 1:02d}",
                self.rename.get("fileDownloadURI", "fileDownloadURI"): self.server.url(FILES + name),
            }
            for number, (name, body) in enumerate(self.bodies.items())
        ]  # fmt: skip
        files.append({"fileName": "Documentation.doc", "fileDownloadURI": self.server.url("/svc/doc")})
        bag = {"count": len(files) + self.lost, "fileDataBag": files[offset : offset + self.page]}
        product = {"productIdentifier": "PTGRXML", self.rename.get("productFileBag", "productFileBag"): bag}
        return 200, json.dumps({"count": 1, "bulkDataProductBag": [product]}).encode(), {}


def zipped(number: int) -> bytes:
    import io
    import zipfile

    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(zipfile.ZipInfo(f"{number}.xml"), f"<a>{number}</a>" * 50)
    return made.getvalue()


ZIPPED = [zipped(number) for number in range(5)]
ODP = 'product = "PTGRXML"\nkey_variable = "THE_KEY"\n'


def test_odp_files_are_listed_page_by_page_and_fetched(workspace: Workspace, server: FaultServer) -> None:
    odp = Odp(server)
    declare(workspace, server, "uspto_odp", ODP)
    state = pulled(workspace)
    assert state.outcome == PULLED, state.error
    assert contents(workspace, state) == odp.bodies
    assert [query_of(each)["offset"] for each in server.asked if each.path.endswith("PTGRXML")] == ["0", "2", "4"]
    assert pulled(workspace).outcome == UNCHANGED
    declare(workspace, server, "uspto_odp", ODP + "newest = 1\nshrink_limit = 1\n")
    assert [file.name for file in pulled(workspace).files] == ["ipg240104.zip"]
    # The portal gives files out of the dates too: they are left out here.
    declare(workspace, server, "uspto_odp", ODP + "published_from = 2024-01-02\npublished_to = 2024-01-03\n")
    assert [file.name for file in pulled(workspace).files] == ["ipg240101.zip", "ipg240102.zip"]


def test_odp_key_throttling_and_what_has_changed(workspace: Workspace, server: FaultServer) -> None:
    odp = Odp(server)
    declare(workspace, server, "uspto_odp", ODP.replace("\n", "\npause_seconds = 0.01\n", 1))
    product = "/svc/api/v1/datasets/products/PTGRXML"
    server.at(product, status(429, retry_after="0"), answering(odp.product))
    assert pulled(workspace).outcome == PULLED
    odp.lost = 2
    assert "6 of 8 files are named" in pulled(workspace).error["found"]
    odp.lost, odp.key = 0, "another"
    error = pulled(workspace).error
    assert error["error"] == "CredentialError" and "THE_KEY" in error["expected"]


@pytest.mark.parametrize("name", ["fileName", "fileDownloadURI", "productFileBag"])
def test_odp_that_has_changed_is_told_by_the_field(workspace: Workspace, server: FaultServer, name: str) -> None:
    Odp(server).rename = {name: "renamed"}
    declare(workspace, server, "uspto_odp", ODP)
    error = pulled(workspace).error
    assert error["error"] == "WrongAnswerError" and f"{name}" in error["found"] and "no field" in error["found"]


# ── BigQuery exports in a bucket ─────────────────────────────────────────────────────────────────────────────────


class Bucket:
    """GET storage/v1/b/<bucket>/o?prefix=&pageToken= -> items of name, size, md5Hash, nextPageToken; .../o/<name>?alt=media; Bearer."""

    def __init__(self, server: FaultServer, shards: int = 3) -> None:
        made = {f"out/cn-{shard:012d}.parquet": parquet(shard) for shard in range(shards)}
        self.objects, self.rename, self.token, self.sizes = made, {}, f"Bearer {SECRET}-THE_TOKEN", {}
        server.at("/svc/storage/v1/b/our-bucket/o", answering(self.listing))
        for name in made:
            encoded = name.replace("/", "%2F")
            server.at(f"/svc/storage/v1/b/our-bucket/o/{encoded}", answering(self.media))

    def listing(self, request: Request) -> tuple[int, bytes, dict[str, str]]:
        if request.headers.get("authorization") != self.token:
            return 401, b'{"error": {"code": 401}}', {}
        asked = query_of(request)
        names = [name for name in self.objects if name.startswith(asked.get("prefix", ""))]
        start = int(asked.get("pageToken", 0))
        items = [
            {
                "name": name,
                self.rename.get("size", "size"): str(self.sizes.get(name, len(self.objects[name]))),
                "md5Hash": base64.b64encode(hashlib.md5(self.objects[name]).digest()).decode(),
            }
            for name in names[start : start + 2]
        ]
        answer: dict[str, object] = {self.rename.get("items", "items"): items}
        if start + 2 < len(names):
            answer["nextPageToken"] = str(start + 2)
        return 200, json.dumps(answer).encode(), {}

    def media(self, request: Request) -> tuple[int, bytes, dict[str, str]]:
        assert request.headers.get("authorization") == self.token and query_of(request) == {"alt": "media"}
        return 200, self.objects[unquote(request.path.rpartition("/")[2])], {"Content-Type": "application/octet-stream"}


def parquet(shard: int) -> bytes:
    import io

    made = io.BytesIO()
    rows = {"publication_number": [f"CN-10000000{shard}-A"], "publication_date": [20200101], "filing_date": [20190101]}
    pl.DataFrame(rows).write_parquet(made)
    return made.getvalue()


BUCKET = 'bucket = "our-bucket"\nprefix = "out/"\ntoken_variable = "THE_TOKEN"\n'


def test_a_bucket_is_listed_page_by_page_and_its_shards_land(workspace: Workspace, server: FaultServer) -> None:
    bucket = Bucket(server)
    declare(workspace, server, "bigquery_export", BUCKET)
    state = pulled(workspace)
    assert state.outcome == PULLED, state.error
    assert contents(workspace, state) == bucket.objects
    landing = land(workspace.raw / state.files[0].sha256, "f", state.files[0].name)
    assert (landing.export, landing.rows_in) == ("bigquery", 1)


def test_a_bucket_with_a_missing_shard_an_ended_token_or_other_bytes(workspace: Workspace, server: FaultServer) -> None:
    bucket = Bucket(server)
    declare(workspace, server, "bigquery_export", BUCKET)
    name = "out/cn-000000000001.parquet"
    held = bucket.objects.pop(name)
    assert "lacks the shard 000000000001" in pulled(workspace).error["found"]
    bucket.objects[name] = held
    bucket.sizes[name] = 7
    assert "the bucket states 7" in pulled(workspace).error["found"]
    bucket.sizes.clear()
    bucket.token = "another"
    error = pulled(workspace).error
    assert error["error"] == "CredentialError" and "THE_TOKEN" in error["expected"]
    listing = "/svc/storage/v1/b/our-bucket/o"
    bucket = Bucket(server)
    server.at(listing, status(503, retry_after="0"), answering(bucket.listing))
    assert pulled(workspace).outcome == PULLED


@pytest.mark.parametrize(("name", "found"), [("items", "no field items"), ("size", "no field size")])
def test_a_bucket_that_answers_otherwise_is_told_by_the_field(
    workspace: Workspace, server: FaultServer, name: str, found: str
) -> None:
    Bucket(server, shards=2).rename = {name: "renamed"}
    declare(workspace, server, "bigquery_export", BUCKET)
    error = pulled(workspace).error
    assert error["error"] == "WrongAnswerError" and found in error["found"]


# ── folders of an office ─────────────────────────────────────────────────────────────────────────────────────────


def page_of(*links: str) -> bytes:
    rows = "".join(f'<a href="{link}">{link}</a>' for link in links)
    return f'<html><a href="../">up</a><a href="https://elsewhere.example/x.zip">x</a>{rows}</html>'.encode()


class Office:
    """An index page of folders by week, each with zip files and a SHA256SUMS; Basic user and password."""

    def __init__(self, server: FaultServer) -> None:
        self.known = base64.b64encode(f"{SECRET}-THE_KEY:{SECRET}-THE_SECRET".encode()).decode()
        sums = "".join(f"{hashlib.sha256(ZIPPED[each]).hexdigest()}  {each}.zip\n" for each in (0, 1))
        pages = {
            "/svc/": page_of("20240101/", "20240108/", "readme.txt?x=1", "/other/y.zip"),
            "/svc/20240101/": page_of("0.zip", "1.zip", "SHA256SUMS"),
            "/svc/20240108/": page_of("2.zip", "notes.pdf"),
            "/svc/20240101/SHA256SUMS": sums.encode(),
            "/svc/20240101/0.zip": ZIPPED[0],
            "/svc/20240101/1.zip": ZIPPED[1],
            "/svc/20240108/2.zip": ZIPPED[2],
        }
        for path, body in pages.items():
            server.at(path, answering(lambda request, body=body: self.answer(request, body)))

    def answer(self, request: Request, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        if request.headers.get("authorization") != f"Basic {self.known}":
            return 401, b"", {}
        return 200, body, {}


OFFICE = 'pattern = "*.zip"\nchecksums = "SHA256SUMS"\nuser_variable = "THE_KEY"\npassword_variable = "THE_SECRET"\n'


def test_folders_are_walked_and_checksums_held(workspace: Workspace, server: FaultServer) -> None:
    office = Office(server)
    declare(workspace, server, "bulk_http", OFFICE, "listing")
    state = pulled(workspace)
    assert state.outcome == PULLED, state.error
    assert list(contents(workspace, state)) == ["20240101/0.zip", "20240101/1.zip", "20240108/2.zip"]
    assert not any(request.path.startswith("/other") for request in server.asked)
    server.at("/svc/20240101/1.zip", answering(lambda request: office.answer(request, ZIPPED[3])))
    declare(workspace, server, "bulk_http", OFFICE, "listing", attempts=1)
    error = pulled(workspace).error
    assert error["error"] == "IncompleteDownloadError", error
    declare(workspace, server, "bulk_http", OFFICE + "newest_folders = 1\nshrink_limit = 1\n", "listing")
    assert [file.name for file in pulled(workspace).files] == ["20240108/2.zip"]


def test_folders_of_an_office_that_is_busy_refuses_or_has_changed(workspace: Workspace, server: FaultServer) -> None:
    office = Office(server)
    declare(workspace, server, "bulk_http", OFFICE, "listing")
    server.at("/svc/20240108/", status(503, retry_after="0"), answering(lambda r: office.answer(r, page_of("2.zip"))))
    assert pulled(workspace).outcome == PULLED
    server.at("/svc/20240101/SHA256SUMS", answering(lambda request: office.answer(request, b"<html>moved</html>")))
    assert "no sha256 in 20240101/SHA256SUMS" in pulled(workspace).error["found"]
    server.at("/svc/", answering(lambda request: office.answer(request, b"<html>our new portal</html>")))
    assert "no file that fits" in pulled(workspace).error["found"]
    office.known = "another"
    error = pulled(workspace).error
    assert error["error"] == "CredentialError" and "THE_SECRET" in error["expected"]


# ── what is stated wrong ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        ("epo_ops", OPS.replace("cpc=G06N", "pd=2020"), "pd in the query"),
        ("epo_ops", OPS.replace("2024-01-08", "2023-01-08"), "published_to = 2023-01-08"),
        ("epo_ops", OPS.replace('"THE_KEY"', '"sk-123"'), "no name of an environment variable"),
        ("epo_ops", OPS.replace('key_variable = "THE_KEY"', ""), "no key_variable"),
        ("epo_ops", OPS + 'base_url = "http://ops.example"', "base_url"),
        ("lens", LENS.replace('"title:(neural network)"', "'{\"match\": '"), "query: "),
        ("lens", LENS + 'include = ["biblio"]', "with lens_id"),
        ("uspto_odp", ODP.replace("PTGRXML", "../x"), "product = '../x'"),
        ("bigquery_export", BUCKET.replace("our-bucket", "a/b"), "bucket = 'a/b'"),
        ("bulk_http", 'listing = "https://office.example/bulk"', "does not end with /"),
        ("bulk_http", 'listing = "https://office.example/"\nuser_variable = "X"', "a user without a password"),
        ("bulk_http", 'listing = "http://office.example/"', "listing: "),
    ],
)
def test_what_is_stated_wrong_is_told(workspace: Workspace, kind: str, text: str, found: str) -> None:
    entry = f'[[source]]\nid = "s"\nkind = "{kind}"\n{text}'
    (workspace.root / "sources.toml").write_text(entry, encoding="utf-8")
    with pytest.raises(WorkspaceError) as caught:
        read_sources(workspace.root)
    assert found in str(caught.value) and "sk-123" not in str(caught.value)
