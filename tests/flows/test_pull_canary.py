"""X1: a credential with a value like no other goes through every success and failure of a pull, and is then looked for everywhere.

Everywhere: state files, parts of downloads, the log at its loudest, what is printed, errors with their whole chain, and (at night, for it
takes a Prefect server) journal, warehouse, Prefect's database with its write-ahead log.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from flows.pull import Call, expected_of, line_of, pull
from flows.sources import client, read_sources
from flows.workspace import Workspace, create
from tests.conftest import ROOT, WORLD
from tests.faults import fault_server as say
from tests.faults.fault_server import FaultServer

CANARY = "cAnaRy+7=f3ZQ9x"
FORMS = {CANARY, quote(CANARY), quote(CANARY, safe=""), base64.b64encode(CANARY.encode()).decode()}
LENS = (WORLD / "inbox" / "lens.csv").read_bytes()


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("CANARY", CANARY)
    return create(tmp_path / "w")


def echo(request, wire) -> None:
    """Everything that was asked, back in every place that an answer has."""
    told = request.headers.get("authorization", "") + request.target
    body = f"<html>{told}</html>".encode()
    wire.head(500, {"ETag": f'"{told}"', "X-Told": told, "Content-Length": len(body), "Retry-After": told})
    wire.send(body)


def echo_and_break_off(request, wire) -> None:
    told = request.headers.get("authorization", "")
    wire.head(200, {"ETag": f'"{told}"', "Content-Length": len(LENS)})
    wire.send(LENS[:100])


def echo_whole(request, wire) -> None:
    told = request.headers.get("authorization", "")
    named = f'attachment; filename="{CANARY}.csv"'
    wire.head(
        200, {"ETag": f'"{told}"', "Last-Modified": told, "Content-Length": len(LENS), "Content-Disposition": named}
    )
    wire.send(LENS)


def redirect_with_it(target: str):
    def play(request, wire) -> None:
        wire.head(302, {"Location": f"{target}/{quote(CANARY, safe='')}?token={quote(CANARY)}", "Content-Length": 0})

    return play


def listing_with_it(request, wire) -> None:
    body = f'<a href="{quote(CANARY, safe="")}.csv">a</a>'.encode()
    wire.head(200, {"Content-Length": len(body)})
    wire.send(body)


PATHS = {
    "success": [say.whole(LENS)],
    "success, resumed": [say.cut(LENS, 99), say.whole(LENS)],
    "success that echoes it": [echo_whole],
    "redirected": [redirect_with_it("")],
    "redirected to where it may not": [redirect_with_it("https://files.example.org")],
    "redirected with it as user": [say.redirect(f"http://user:{quote(CANARY, safe='')}@127.0.0.1/")],
    "401": [say.status(401, CANARY.encode())],
    "404": [say.status(404, CANARY.encode())],
    "500 that echoes it": [echo],
    "cut, and echoes it": [echo_and_break_off],
    "hung up": [say.hung_up()],
    "429 for ever": [say.status(429, retry_after=CANARY)],
    "silent until the deadline": [say.hung()],
    "a login page that echoes it": [say.status(200, f"<html><input type=password>{CANARY}</html>".encode())],
    "bytes that are not what they should be": [say.whole(LENS, content_md5=base64.b64encode(bytes(16)).decode())],
    "headers that contradict": [say.announced(LENS, f"1, {CANARY}")],
    "packed as nobody knows": [say.announced(LENS, len(LENS), content_encoding=CANARY)],
}
CARRIED = {
    "as a bearer": 'token_variable = "CANARY"',
    "as a header": 'token_variable = "CANARY"\ntoken_header = "X-API-Key"',
    "in the query": 'query_variables = {key = "CANARY"}',
}


def source(name: str, key: str, address: str, more: str) -> str:
    return (
        f'[[source]]\nid = "{name}"\nkind = "http"\n{key} = "{address}"\ninternal_hosts = ["127.0.0.1"]\nattempts = 2\n'
        f"deadline_seconds = 1\nsilence_seconds = 0.6\nlongest_wait_seconds = 0.05\n{more}\n"
    )


def found_below(folder: Path) -> list[str]:
    """Files below a folder whose bytes or whose name hold the canary in any of its forms."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [str(path) for path in files for form in FORMS if form.encode() in path.read_bytes() or form in str(path)]


def declare_every_path(workspace: Workspace, server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> int:
    entries = []
    for number, plays in enumerate(PATHS.values()):
        for carried, how in enumerate(CARRIED.values()):
            entries.append(source(f"p{number}_{carried}", "url", server.at(f"/{number}/{carried}", *plays), how))
        monkeypatch.setenv(f"SIGNED_{number}", f"{server.at(f'/{number}/{quote(CANARY)}', *plays)}?sig={quote(CANARY)}")
        entries.append(source(f"p{number}_signed", "url_variable", f"SIGNED_{number}", ""))
    entries.append(source("listed", "listing", server.at("/listed", listing_with_it), CARRIED["as a bearer"]))
    entries.append(source("proxied", "url", server.url("/0/0"), 'proxy_variable = "PROXY"'))
    server.at(f"/{quote(CANARY, safe='')}.csv", say.whole(LENS))
    monkeypatch.setenv("PROXY", f"http://user:{quote(CANARY, safe='')}@127.0.0.1:9")
    (workspace.root / "sources.toml").write_text("\n".join(entries), encoding="utf-8")
    return len(entries)


def test_the_canary_can_be_found(tmp_path: Path) -> None:
    (tmp_path / "log").write_text(f"GET /?token={quote(CANARY, safe='')}")
    assert found_below(tmp_path) == [str(tmp_path / "log")]


def test_no_path_of_a_pull_tells_the_credential(
    workspace: Workspace,
    server: FaultServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture,
) -> None:
    server.asked.clear()
    declared = declare_every_path(workspace, server, monkeypatch)
    told: list[str] = []
    with caplog.at_level(logging.DEBUG):
        states = pull(workspace, tell=told.append)
        states += pull(workspace, [state.source_id for state in states if not state.is_failed], tell=told.append)
    assert len(states) > declared and {state.is_failed for state in states} == {True, False}
    sent = "".join(request.target + "".join(request.headers.values()) for request in server.asked)
    assert sum(sent.count(form) for form in FORMS) > len(PATHS), "the canary was sent where it should be"
    print(*(state.told for state in states), sep="\n")
    said = capfd.readouterr()
    everything = "\n".join([*told, caplog.text, said.out, said.err, json.dumps([state.error for state in states])])
    assert [form for form in FORMS if form in everything] == []
    assert found_below(workspace.root) == []


def test_no_error_carries_it_along_in_its_chain(
    workspace: Workspace, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prefect writes down a failed task's whole chain of exceptions; ours must have no link that knows the address."""
    declare_every_path(workspace, server, monkeypatch)
    chains = []
    for each in read_sources(workspace.root).pulled:
        try:
            line = line_of(each, workspace.root)
            call = Call(line, workspace.raw, workspace.root, {}, expected_of(each), lambda told: None)
            list(client(each.kind).pull(each, call))
        except Exception as error:
            chains.append("".join(traceback.format_exception(error)) + repr(error.__context__) + repr(error.__cause__))
    assert len(chains) > len(PATHS)
    assert [form for form in FORMS if any(form in chain for chain in chains)] == []


@pytest.mark.nightly
def test_neither_prefect_nor_the_warehouse_hears_of_it(
    workspace: Workspace, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every path within a Prefect flow, its log at its loudest."""
    declare_every_path(workspace, server, monkeypatch)
    loud = {"PREFECT_LOGGING_LEVEL": "DEBUG", "PREFECT_LOGGING_ROOT_LEVEL": "DEBUG", "PYTHONPATH": str(ROOT)}
    environment = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"} | loud
    run = [sys.executable, "-m", "flows.cli", "refresh", "-w", str(workspace.root)]
    done = subprocess.run(run, env=environment, capture_output=True, text=True, cwd=ROOT, timeout=600)
    assert done.returncode == 3, done.stderr
    assert [form for form in FORMS if form in done.stdout + done.stderr] == []
    held = {path.suffix for path in workspace.root.rglob("*") if path.is_file()}
    assert {".db", ".duckdb", ".jsonl", ".json", ".toml"} <= held
    assert found_below(workspace.root) == []
