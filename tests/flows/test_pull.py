"""Sources of sources.toml: what is stated wrong is told with its line, what is pulled lands, what fails stops nothing else."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows import refresh as spine
from flows.cli import app
from flows.clients import folder as folder_client
from flows.download import _Part
from flows.freshness import INBOX, StaleAfter, freshness_of, source_of
from flows.land import land_file, take_in
from flows.lock import only_refresh
from flows.progress import Progress
from flows.pull import line_of, pull
from flows.pulled import FAILED, PULLED, UNCHANGED, SourceState, pulled_files, read_state, state_file, states
from flows.service_settings import SECTIONS
from flows.sources import kinds, read_sources
from flows.watch import snapshot, wait_for_change, watch
from flows.workspace import Workspace, create
from schemas.errors import AddressRefusedError, WorkspaceError
from tests.conftest import ROOT, WORLD, trials
from tests.faults import fault_server as say
from tests.faults.fault_server import FaultServer
from warehouse.question import ask

QUIET = Progress(quiet=True)
LENS = (WORLD / "inbox" / "lens.csv").read_bytes()
GOOGLE = (WORLD / "inbox" / "google.csv").read_bytes()


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return create(tmp_path / "w")


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture(autouse=True)
def nothing_asked_yet(server: FaultServer) -> None:
    server.asked.clear()


def declare(workspace: Workspace, text: str) -> None:
    (workspace.root / "sources.toml").write_text(text, encoding="utf-8")


def http(source_id: str, address: str, more: str = "", key: str = "url") -> str:
    return (
        f'[[source]]\nid = "{source_id}"\nkind = "http"\n{key} = "{address}"\ninternal_hosts = ["127.0.0.1"]\n'
        f"attempts = 2\nsilence_seconds = 10\nlongest_wait_seconds = 0.05\n{more}\n"
    )


def folder(source_id: str, path: Path, more: str = "settle_seconds = 0.01") -> str:
    return f'[[source]]\nid = "{source_id}"\nkind = "folder"\npath = "{path}"\n{more}\n'


# ── what is stated ───────────────────────────────────────────────────────────────────────────────────────────────

HTTP = '[[source]]\nid = "a"\nkind = "http"\n'
WRONG = [
    ("[[sources]]\n", "unknown key sources", 1),
    ("source = 3\n", "source = 3", 1),
    ('[[source]]\nkind = "http"\n', "id = None", 1),
    ('[[source]]\nid = "A b"\nkind = "http"\n', "id = 'A b'", 2),
    ('[[source]]\nid = "a"\nkind = "ftp"\n', "kind = 'ftp'", 3),
    ('[[source]]\nid = "a"\nkind = "../http"\n', "kind = '../http'", 3),
    ('[[source]]\nid = 3\nkind = "http"\n', "id = 3", 2),
    ('[[source]]\nid = "a"\nkind = "folder"\n', "no path", 1),
    ('[[source]]\nid = "a"\nkind = "folder"\npath = "x"\nurl = "y"\n', "unknown key url", 5),
    ('[[source]]\nid = "a"\nkind = "folder"\npath = "x"\npattern = [1]\n', "pattern = \\[1\\]", 5),
    (HTTP, "no address", 1),
    (HTTP + 'url = "https://a.example/x"\nlisting = "https://a.example/"\n', "url and listing", 1),
    (HTTP + '# a remark\n\nurl = "http://a.example/x"\n', "url: .*http://a.example", 6),
    (HTTP + 'url = "https://user:word@a.example/x"\n', "url: .*a user in it", 4),
    (HTTP + 'url = "https://a.example/x?api_key=abc"\n', "credential in the query \\(api_key\\)", 4),
    (HTTP + 'url = "https://a.example/x?X-Goog-Signature=abc"\n', "credential in the query", 4),
    (HTTP + 'url = "https://a.example/x"\npattern = "*.zip"\n', "pattern without listing", 5),
    (HTTP + 'url = "https://a.example/x"\nsha256 = "abc"\n', "sha256", 5),
    (HTTP + 'url = "https://a.example/x"\ntoken_variable = "sk-123"\n', "no name of an environment variable", 5),
    (HTTP + 'url = "https://a.example/x"\ntoken_variable = ["sk-123"]\n', "token_variable = …", 5),
    (HTTP + 'url = "https://a.example/x"\nquery_variables = {key = "sk-123"}\n', "no name of an environment", 5),
    (HTTP + 'url_variable = "SIGNED"\n', "without hosts", 1),
    (HTTP + 'url = "https://a.example/x"\nhosts = "b.example"\n', "hosts = 'b.example'", 5),
    (HTTP + 'url = "https://a.example/x"\nhosts = [1]\n', "hosts = \\[1\\]", 5),
    (HTTP + 'url = "https://a.example/x"\nhosts = ["https://b.example/"]\n', "hosts = 'https://b.example/'", 5),
    (HTTP + 'url = "https://a.example/x"\ninternal_hosts = ["*"]\n', "internal_hosts = '\\*'", 5),
    (HTTP + 'url = "https://a.example/x"\nattempts = 0\n', "attempts = 0", 5),
    (HTTP + 'url = "https://a.example/x"\nattempts = 1000\n', "at most 100", 5),
    (HTTP + 'url = "https://a.example/x"\nattempts = true\n', "attempts = True", 5),
    (HTTP + 'url = "https://a.example/x"\ndeadline_seconds = -1\n', "deadline_seconds = -1", 5),
    (HTTP + 'url = "https://a.example/x"\nshrink_limit = 2\n', "shrink_limit = 2", 5),
    (HTTP + 'url = "https://a.example/x"\nformat = "docx"\n', "format = 'docx'", 5),
    (HTTP + 'url = "https://a.example/x"\n' + HTTP + 'url = "https://a.example/y"\n', "a second source a", 1),
    (HTTP + 'url = "https://a.example/x"\n[[source]]\nid = "b"\nkind = "http"\nlink = "x"\n', "unknown key link", 8),
]  # fmt: skip


@pytest.mark.parametrize(("text", "found", "line"), WRONG)
def test_what_is_stated_wrong_is_told_with_its_line(text: str, found: str, line: int, workspace: Workspace) -> None:
    declare(workspace, text)
    with pytest.raises(WorkspaceError, match=found) as raised:
        read_sources(workspace.root)
    assert f"sources.toml:{line}" in raised.value.where
    assert "sk-123" not in str(raised.value) and "word" not in str(raised.value)


def test_the_documents_examples_are_valid(workspace: Workspace) -> None:
    """docs/sources.md shows every kind, and what it shows is read without complaint."""
    text = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
    blocks = [block.split("```")[0] for block in text.split("```toml\n")[1:]]
    shown = set()
    for block in blocks:
        declare(workspace, block)
        shown |= {source.kind for source in read_sources(workspace.root).pulled}
    assert shown == set(kinds())


def test_where_exports_come_from_is_not_what_they_say(workspace: Workspace) -> None:
    """A source or a schedule that changes makes no version: only what is stated of tables and files does."""
    declare(workspace, folder("a", workspace.root) + "".join(f"[{name}]\n" for name in SECTIONS))
    assert read_sources(workspace.root).key == ""


# ── folders ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_folder_is_mirrored(workspace: Workspace, tmp_path: Path) -> None:
    share = tmp_path / "share"
    (share / "2024").mkdir(parents=True)
    (share / "2024" / "lens.csv").write_bytes(LENS)
    for dropping in ("~$lens.xlsx", ".hidden.csv", "x.csv.part", "other.doc"):
        (share / dropping).write_bytes(b"x")
    (share / "link.csv").symlink_to("/etc/hostname")
    declare(workspace, folder("share", share, 'title_zh = "共享盘"\npattern = "*.csv"\nsettle_seconds = 0'))
    told: list[str] = []
    (state,) = pull(workspace, tell=told.append)
    assert (state.outcome, [file.name for file in state.files]) == (PULLED, ["2024/lens.csv"])
    assert told == ["share 共享盘 (folder) …"]
    (source,) = take_in(workspace)
    assert source.path == "share/2024/lens.csv"
    assert land_file(workspace, source, "0" * 12, is_sample=False)[0].export == "lens_csv"
    assert pull(workspace)[0].outcome == UNCHANGED
    (share / "google.csv").write_bytes(GOOGLE)
    (state,) = pull(workspace)
    assert (state.outcome, len(state.files)) == (PULLED, 2)
    (share / "google.csv").unlink()
    assert [file.name for file in pull(workspace)[0].files] == ["2024/lens.csv"]


def test_a_folder_that_is_gone_keeps_what_it_gave(workspace: Workspace, tmp_path: Path) -> None:
    share = tmp_path / "share"
    share.mkdir()
    (share / "lens.csv").write_bytes(LENS)
    declare(workspace, folder("share", share))
    (before,) = pull(workspace)
    share.rename(tmp_path / "unmounted")
    (after,) = pull(workspace)
    assert after.is_failed and (after.files, after.succeeded_at) == (before.files, before.succeeded_at)
    assert "沿用旧数据 stale data" in after.told and "there is no folder" in after.told
    assert [source.path for source in take_in(workspace)] == ["share/lens.csv"]


def test_a_file_that_is_still_written_is_not_taken(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = tmp_path / "share"
    share.mkdir()
    (share / "lens.csv").write_bytes(LENS)

    def growing(path: Path) -> Iterator[bytes]:
        yield path.read_bytes()
        with path.open("ab") as file:
            file.write(b"more\n")

    monkeypatch.setattr(folder_client, "_chunks", growing)
    declare(workspace, folder("share", share))
    assert "still being written" in pull(workspace)[0].told


@pytest.mark.parametrize("path", [".", "..", "inbox", "data/core", "raw", "/"])
def test_a_workspace_does_not_pull_from_itself(path: str, workspace: Workspace) -> None:
    (workspace.root / "data" / "core").mkdir(parents=True)
    declare(workspace, folder("own", Path(path)))
    assert "of the workspace itself" in pull(workspace)[0].told


def test_an_empty_folder_is_no_success(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    declare(workspace, folder("share", tmp_path / "share"))
    assert pull(workspace)[0].is_failed


class Hands:
    """Somebody who does something each time that the watcher sleeps, and ends it when there is nothing left to do."""

    def __init__(self, *deeds) -> None:
        self.deeds, self.slept = list(deeds), []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.deeds.pop(0)()

    def is_over(self) -> bool:
        return not self.deeds


def nothing() -> None:
    pass


def test_the_watcher_tells_a_change_once_it_has_come_to_rest(workspace: Workspace, tmp_path: Path) -> None:
    share = tmp_path / "share"
    share.mkdir()
    declare(workspace, folder("share", share))

    def writing(data: bytes):
        return lambda: (share / "a.csv").write_bytes(data)

    before = snapshot(workspace)
    hands = Hands(writing(b"a"), writing(b"ab"), writing(b"abc"), nothing, nothing)
    after = wait_for_change(workspace, before, 7, hands.sleep, hands.is_over)
    assert after not in (None, before) and hands.slept == [7] * 4
    for path in (workspace.inbox / "b.csv", workspace.reference / "enterprise.csv", workspace.settings_file):
        before = snapshot(workspace)
        path.write_text(path.read_text() + "#\n" if path.exists() else "b")
        assert snapshot(workspace) != before, path
    assert wait_for_change(workspace, before, 1, is_over=lambda: True) is None


def test_the_watcher_sees_the_taxonomy_that_the_settings_name(workspace: Workspace) -> None:
    branch = workspace.root / "ours" / "one.toml"
    branch.parent.mkdir()
    before = snapshot(workspace)
    branch.write_text("names = []")
    assert snapshot(workspace) == before, "nothing names the folder"
    workspace.settings_file.write_text('taxonomy = "ours"')
    before = snapshot(workspace)
    branch.write_text('names = ["other"]')
    assert snapshot(workspace) != before
    workspace.settings_file.write_text('taxonomy = "gone"')
    assert snapshot(workspace)


def test_the_watcher_refreshes_after_every_change_and_goes_on_after_failures(
    workspace: Workspace, tmp_path: Path
) -> None:
    told: list[str] = []
    runs: list[int] = []

    class Listening(Progress):
        def tell(self, stage: str, what: str) -> None:
            told.append(f"{stage}: {what}")

    def run(place: Workspace, progress: Progress) -> None:
        runs.append(len(list(place.inbox.iterdir())))
        read_sources(place.root)

    def dropping(name: str):
        return lambda: (workspace.inbox / name).write_bytes(b"x")

    def spoiling() -> None:
        declare(workspace, "[[source")

    hands = Hands(nothing, dropping("a.csv"), nothing, nothing, spoiling, nothing, dropping("b.csv"), nothing, nothing)
    watch(workspace, Listening(quiet=True), 5, run, hands.sleep, hands.is_over)
    assert runs == [0, 1, 1, 2]
    assert sum(line.startswith("warning: ") and "sources.toml" in line for line in told) == 2
    assert sum(line.startswith("watch: ") for line in told) == 4


def test_the_watcher_waits_its_turn_while_another_refresh_runs(workspace: Workspace) -> None:
    """The other one may have begun before the change: it must not be forgotten."""
    tried: list[bool] = []

    def run(place: Workspace, progress: Progress) -> None:
        with only_refresh(place.lock):
            tried.append(True)

    other = ExitStack()
    other.enter_context(only_refresh(workspace.lock))
    hands = Hands(nothing, nothing, other.close, nothing)
    watch(workspace, Progress(quiet=True), 9, run, hands.sleep, hands.is_over)
    assert tried == [True] and hands.slept[:3] == [9] * 3


# ── over HTTP ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_file_and_the_next_time_nothing(workspace: Workspace, server: FaultServer) -> None:
    declare(workspace, http("one", server.at("/exports/lens.csv", say.whole(LENS)), 'header = ["Jurisdiction"]'))
    (state,) = pull(workspace)
    assert (state.outcome, [file.name for file in state.files]) == (PULLED, ["lens.csv"])
    (again,) = pull(workspace)
    assert (again.outcome, again.files[0].sha256) == (UNCHANGED, state.files[0].sha256)
    assert server.asked[-1].headers["if-none-match"] == say.ETAG
    assert states(workspace) == [again]


def test_a_page_that_lists_files(workspace: Workspace, server: FaultServer) -> None:
    page = (
        '<html><a href="../">up</a><a href="2024-01.zip">a</a><A HREF="/exports/2024-02.zip?v=2">b</A>'
        '<a href="2023-12.zip">old</a><a href="%E4%B8%93%E5%88%A9 1.zip">c</a><a href="notes.pdf">d</a></html>'
    )
    listing = server.at("/exports/", say.status(200, page.encode()))
    for path, body in (("2024-01.zip", LENS), ("2024-02.zip", GOOGLE), ("%E4%B8%93%E5%88%A9%201.zip", LENS)):
        server.at(f"/exports/{path}", say.whole(say.zipped({f"{len(body)}.csv": body})))
    declare(workspace, http("bulk", listing, 'pattern = "*.zip"\nnewest = 3', "listing"))
    (state,) = pull(workspace)
    assert [file.name for file in state.files] == ["2024-01.zip", "2024-02.zip", "专利 1.zip"], state.told
    assert [source.path for source in take_in(workspace)][0] == f"bulk/2024-01.zip!{len(LENS)}.csv"
    # A part of the files fails: none of the new ones is taken, and what came need not come again.
    server.at("/exports/2024-01.zip", say.whole(say.zipped({"new.csv": LENS + LENS}), '"v2"'))
    server.at("/exports/2024-02.zip", say.status(404))
    (failed,) = pull(workspace)
    assert failed.is_failed and failed.files == state.files and [file.name for file in failed.coming] == ["2024-01.zip"]
    server.at("/exports/2024-02.zip", say.whole(say.zipped({"new.csv": GOOGLE}), '"v3"'))
    server.asked.clear()
    (state,) = pull(workspace)
    assert state.outcome == PULLED and not state.coming
    assert [r.headers.get("if-none-match") for r in server.asked if r.path.endswith("2024-01.zip")] == ['"v2"']


def test_a_page_without_files_or_with_far_fewer_is_no_news(workspace: Workspace, server: FaultServer) -> None:
    names = [f"{number}.csv" for number in range(5)]
    for number, name in enumerate(names):
        server.at(f"/e/{name}", say.whole(LENS + b"\n" * number))

    def listing(*listed: str) -> str:
        return server.at("/e/", say.status(200, "".join(f'<a href="{name}">' for name in listed).encode()))

    declare(workspace, http("bulk", listing(*names), "", "listing"))
    assert len(pull(workspace)[0].files) == 5
    for listed, told in (((), "lists no file"), (names[:2], "last time")):
        listing(*listed)
        (state,) = pull(workspace)
        assert state.is_failed and told in state.told and len(state.files) == 5
    listing(*names[:4])
    assert len(pull(workspace)[0].files) == 4
    declare(workspace, http("bulk", listing(*names[1:]), "keep_vanished = true", "listing"))
    assert [file.name for file in pull(workspace)[0].files] == names


def test_checksums_formats_and_credentials_as_stated(
    workspace: Workspace, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_KEY", "value-of-key")
    good = say.sha256(LENS)
    sums = server.at("/sum", say.status(200, f"{good}  lens.csv\n".encode()))
    bad = server.at("/bad", say.status(200, b"0" * 64))
    url = server.at("/lens", say.whole(LENS))
    declare(
        workspace,
        http("a", url, f'sha256_url = "{sums}"\nformat = "csv"\ntoken_variable = "SOME_KEY"')
        + http("b", url, f'sha256_url = "{bad}"')
        + http("c", url, 'format = "xlsx"\ntoken_variable = "SOME_KEY"\ntoken_header = "X-Key"')
        + http("d", url, 'query_variables = {key = "SOME_KEY"}\nname = "mine.csv"')
        + http("e", url, 'token_variable = "NOT_SET"'),
    )
    a, b, c, d, e = pull(workspace)
    assert [state.outcome for state in (a, b, c, d, e)] == [PULLED, FAILED, FAILED, PULLED, FAILED]
    assert "the source states" in b.told and "xlsx" in c.told and "NOT_SET is not set" in e.told
    assert d.files[0].name == "mine.csv" and d.files[0].url == url
    asked = [request for request in server.asked if request.path == "/lens"]
    assert asked[0].headers["authorization"] == "Bearer value-of-key"
    assert [r.headers.get("x-key") for r in asked].count("value-of-key") == 1
    assert [r.target for r in asked].count("/lens?key=value-of-key") == 1


def test_an_address_that_is_a_credential(
    workspace: Workspace, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNED", server.at("/signed/lens.csv", say.whole(LENS)) + "?signature=abcdef")
    declare(workspace, http("a", "SIGNED", 'name = "lens.csv"', "url_variable"))
    (state,) = pull(workspace)
    assert state.outcome == PULLED and state.files[0].url == "$SIGNED"
    assert server.asked[0].target == "/signed/lens.csv?signature=abcdef"


def test_credentials_stay_at_home(workspace: Workspace, server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page may list files of other hosts that are allowed; these are asked without the page's credentials."""
    monkeypatch.setenv("SOME_KEY", "value-of-key")
    with FaultServer() as other:
        other.at("/b.csv", say.whole(GOOGLE))
        server.at("/l/a.csv", say.whole(LENS))
        page = f'<a href="a.csv"><a href="{other.url("/b.csv")}">'.encode()
        more = 'token_variable = "SOME_KEY"\nquery_variables = {key = "SOME_KEY"}'
        declare(workspace, http("bulk", server.at("/l/", say.status(200, page)), more, "listing"))
        assert pull(workspace)[0].outcome == PULLED
        assert {request.headers.get("authorization") for request in server.asked} == {"Bearer value-of-key"}
        (asked,) = other.asked
        assert "authorization" not in asked.headers and "key" not in asked.target


def test_loopback_only_where_it_is_stated(workspace: Workspace, server: FaultServer) -> None:
    text = http("a", server.at("/a.csv", say.whole(LENS))).replace('internal_hosts = ["127.0.0.1"]\n', "")
    declare(workspace, text)
    with pytest.raises(WorkspaceError, match="https"):
        read_sources(workspace.root)
    declare(workspace, text.replace("http://", "https://"))
    assert "inner address" in pull(workspace)[0].told
    assert server.asked == []


# ── several sources, and the refresh ─────────────────────────────────────────────────────────────────────────────


def test_one_that_fails_stops_no_other(
    workspace: Workspace, server: FaultServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = server.at("/good.csv", say.whole(LENS))
    declare(workspace, http("broken", server.at("/gone.csv", say.status(404))) + http("odd", good, 'name = "x.csv"')
            + folder("missing", tmp_path / "nowhere") + http("good", good))  # fmt: skip
    from flows.clients import http as http_client

    genuine = http_client.pull

    def with_a_mistake(source, call):
        if source.id == "odd":
            raise KeyError("a field that is not there any more")
        yield from genuine(source, call)

    monkeypatch.setattr(http_client, "pull", with_a_mistake)
    assert [state.outcome for state in pull(workspace)] == [FAILED, FAILED, FAILED, PULLED]
    assert "KeyError" in read_state(workspace, "odd").told
    assert [state.source_id for state in pull(workspace, ["good"])] == ["good"]
    with pytest.raises(WorkspaceError, match="no source goods"):
        pull(workspace, ["goods"])


def test_a_state_that_cannot_be_read_is_not_forgotten(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    (tmp_path / "share" / "lens.csv").write_bytes(LENS)
    declare(workspace, folder("share", tmp_path / "share"))
    (state,) = pull(workspace)
    (workspace.raw / state.files[0].sha256).unlink()
    (gone,) = take_in(workspace)
    assert "gone from raw/" in gone.fault
    (fresh,) = freshness_of(workspace, land_file(workspace, gone, "0" * 12, is_sample=False), StaleAfter(None, {}))
    assert (fresh.source, fresh.files, fresh.arrived_at) == ("share", 1, None)
    assert source_of("bulk.zip!2024/a.csv") == INBOX
    state_file(workspace, "share").write_text('{"source_id": "sh')
    with pytest.raises(WorkspaceError, match="pull share again"):
        take_in(workspace)


def test_a_refresh_pulls_first_and_says_what_is_stale(workspace: Workspace, server: FaultServer) -> None:
    lens = server.at("/lens.csv", say.whole(LENS))
    google = server.at("/google.csv.gz", say.whole(say.gzipped(GOOGLE)))
    declare(workspace, http("lens", lens) + http("google", google))
    told: list[tuple[str, str]] = []

    class Listening(Progress):
        def tell(self, stage: str, what: str) -> None:
            told.append((stage, what))

    first = spine.refresh(workspace, Listening(quiet=True))
    assert [state.outcome for state in first.pulled] == [PULLED, PULLED]
    paths = ask(workspace.database, "SELECT path, status FROM meta.source_file ORDER BY path").rows
    assert paths == [("google/google.csv.gz!google.csv", "landed"), ("lens/lens.csv", "landed")]

    server.at("/lens.csv", say.status(401))
    told.clear()
    second = spine.refresh(workspace, Listening(quiet=True))
    assert (second.outcome, second.version_key) == (spine.NOTHING_NEW, first.version_key)
    assert second.is_partial and [state.outcome for state in second.pulled] == [FAILED, UNCHANGED]
    assert any(stage == "warning" and "stale data stays in use" in what for stage, what in told)

    server.asked.clear()
    third = spine.refresh(workspace, QUIET, is_pulling=False)
    assert third.outcome == spine.NOTHING_NEW and server.asked == [] and third.pulled == ()


def test_sources_that_never_gave_anything_and_an_empty_inbox(workspace: Workspace, server: FaultServer) -> None:
    declare(workspace, http("lens", server.at("/lens.csv", say.status(404))))
    with pytest.raises(WorkspaceError, match="no source gave a file yet"):
        spine.refresh(workspace, QUIET)


def test_the_command(workspace: Workspace, server: FaultServer) -> None:
    runner = CliRunner()
    place = ["-w", str(workspace.root)]
    with pytest.raises(WorkspaceError, match="no source is declared"):
        runner.invoke(app, ["pull", *place], catch_exceptions=False)
    good, bad = server.at("/good.csv", say.whole(LENS)), server.at("/bad.csv", say.status(404))
    declare(workspace, http("good", good) + http("bad", bad))
    done = runner.invoke(app, ["pull", *place])
    assert done.exit_code == 3 and "good · 有新内容 new content · 1 个文件 files" in done.stdout
    assert "bad · 失败 failed" in done.stdout and "never pulled yet" in done.stdout
    assert runner.invoke(app, ["pull", "good", "-q", *place]).exit_code == 0
    assert runner.invoke(app, ["pull", "bad", "-q", *place]).exit_code == 1
    held = json.loads(runner.invoke(app, ["pull", "--json", *place]).stdout)
    assert [state["outcome"] for state in held] == [UNCHANGED, FAILED] and held[1]["error"][
        "error"
    ] == "WrongAnswerError"


def test_a_pull_that_is_killed_is_taken_up_by_the_next(
    workspace: Workspace, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """kill -9 in the middle of the second file: the first need not come again, the second comes whole."""
    page = b'<a href="1.csv"><a href="2.csv">'
    server.at("/k/1.csv", say.whole(GOOGLE))
    server.at("/k/2.csv", say.hung_within(LENS, 500))
    text = http("bulk", server.at("/k/", say.status(200, page)), "", "listing")
    declare(workspace, text.replace("silence_seconds = 10", "silence_seconds = 60"))
    code = (
        "import sys; from pathlib import Path; from flows.pull import pull; from flows.workspace import Workspace;"
        "pull(Workspace(Path(sys.argv[1])))"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(workspace.root)], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    try:
        part = wait_until(lambda: next((p for p in workspace.raw.glob(".*.part") if p.stat().st_size == 500), None))
    finally:
        child.kill()
        child.wait()
    assert (
        part
        and read_state(workspace, "bulk").files == ()
        and [f.name for f in read_state(workspace, "bulk").coming] == ["1.csv"]
    )
    server.at("/k/2.csv", say.whole(LENS))
    (state,) = pull(workspace)
    assert [file.sha256 for file in state.files] == [say.sha256(GOOGLE), say.sha256(LENS)]
    assert server.asked[-2].headers["if-none-match"] == say.ETAG
    assert sorted(path.name for path in workspace.raw.iterdir()) == sorted(file.sha256 for file in state.files)


OLD_FILES, NEW_FILES = [LENS, GOOGLE], [LENS + b"\n", GOOGLE]


@pytest.mark.parametrize("before", ["nothing", "an older pull"])
def test_killed_at_every_change_on_the_disk(before: str, tmp_path: Path, server: FaultServer) -> None:
    """A child process ends itself before and after each change on the disk (at every commit: every third of these); what it leaves is
    the old set or the whole new one, and the next pull brings the new one.
    """
    kills, step = 0, trials(3, 1)
    for moment in itertools.count(1, step):
        place = create(tmp_path / str(moment))
        listing = server.at("/d/", say.status(200, b'<a href="1.csv"><a href="2.csv">'))
        declare(place, http("bulk", listing, "", "listing"))
        held = [[]]
        if before != "nothing":
            serve_files(server, OLD_FILES)
            pull(place)
            held = [[say.sha256(body) for body in OLD_FILES]]
        # The first file comes in two goes, so that there is something to continue.
        serve_files(server, NEW_FILES)
        server.at("/d/1.csv", say.cut(NEW_FILES[0], 500, '"new"'), say.whole(NEW_FILES[0], '"new"'))
        is_over = ended_at(moment, place)
        held.append([say.sha256(body) for body in NEW_FILES])
        assert [file.sha256 for file in read_state(place, "bulk").files] in held
        assert_raw_is_sound(place)
        (state,) = pull(place)
        assert [file.sha256 for file in state.files] == held[-1], state.told
        assert_raw_is_sound(place)
        assert [path.name for path in place.raw.iterdir() if path.name.startswith(".")] == []
        if is_over:
            break
        kills += 1
    assert kills >= 36 // step


def serve_files(server: FaultServer, files: list[bytes]) -> None:
    for number, body in enumerate(files, start=1):
        server.at(f"/d/{number}.csv", say.whole(body, f'"{say.sha256(body)[:8]}"' if body != NEW_FILES[0] else '"new"'))


def assert_raw_is_sound(place: Workspace) -> None:
    for path in place.raw.iterdir():
        assert path.name.startswith(".") or say.sha256(path.read_bytes()) == path.name


def ended_at(moment: int, place: Workspace) -> bool:
    """Pull in a child that dies (as by kill -9) at so many-th change on the disk; whether it came to its end instead."""
    child = os.fork()
    if child:
        ended = wait_until(lambda: next((each for each in [os.waitpid(child, os.WNOHANG)] if each[0]), None))
        assert ended, "the child hangs"
        code = os.waitstatus_to_exitcode(ended[1])
        assert code in (0, 9)
        return code == 0
    try:
        left = itertools.count(moment, -1)

        def dying(genuine):
            def change(*arguments, **named):
                if next(left) == 1:
                    os._exit(9)
                done = genuine(*arguments, **named)
                if next(left) == 1:
                    os._exit(9)
                return done

            return change

        for name in ("fsync", "replace", "chmod", "unlink"):
            setattr(os, name, dying(getattr(os, name)))
        _Part.write = dying(_Part.write)
        pull(place)
        os._exit(0)
    finally:
        os._exit(1)


def wait_until(look, seconds: float = 60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.05)
    return None


def test_what_nobody_continued_for_weeks_is_removed(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    (tmp_path / "share" / "lens.csv").write_bytes(LENS)
    declare(workspace, folder("share", tmp_path / "share"))
    old, young, kept = workspace.raw / ".a.part", workspace.raw / ".b.part", workspace.raw / ("0" * 64)
    for path in (old, young, kept):
        path.write_bytes(b"x")
    os.utime(old, (0, 0))
    os.utime(kept, (0, 0))
    pull(workspace)
    assert (old.exists(), young.exists(), kept.exists()) == (False, True, True)


def test_a_state_tells_its_age(workspace: Workspace) -> None:
    import datetime

    at = datetime.datetime(2024, 5, 3, 12, tzinfo=datetime.UTC)
    assert SourceState("a", succeeded_at="2024-05-01T00:00:00+00:00").age_days(at) == 2.5
    assert SourceState("a").age_days(at) is None


def test_a_line_knows_what_its_entry_states(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(
        workspace,
        HTTP + 'url = "https://a.example/x"\nhosts = ["*.cdn.example"]\ndeadline_seconds = 7\nca_file = "none.pem"\n',
    )
    (source,) = read_sources(workspace.root).pulled
    with pytest.raises(WorkspaceError, match="none.pem"):
        line_of(source, workspace.root)
    (workspace.root / "none.pem").write_text("")
    line = line_of(source, workspace.root)
    assert (
        line.manners.deadline == 7
        and line.is_home("https://a.example/y")
        and not line.is_home("https://b.cdn.example/")
    )
    with pytest.raises(AddressRefusedError):
        line.is_home("https://b.example/")
    assert list(pulled_files(workspace)) == []
