"""X9, X11: published files are read-only in closed folders, nothing that could run is loaded from data, the schedule's server is
for this machine and its own page alone."""

from __future__ import annotations

import ast
import base64
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.conftest import ROOT
from tests.survival.places import EXISTING, FRESH
from warehouse.publish import verify

FLOORS = ("schemas", "transforms", "warehouse", "flows")
# Each can run code, or write outside its folder, by what a file says.
NEVER_LOADED = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "tarfile"}
NEVER_CALLED = {"extractall", "unpack_archive", "read_pickle"}
BUILT_IN_NEVER_CALLED = {"eval", "exec", "compile"}


def _broken_code() -> Iterator[str]:
    for path in sorted(file for floor in FLOORS for file in (ROOT / floor).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            where = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Import):
                yield from (f"{where} imports {each.name}" for each in node.names if each.name in NEVER_LOADED)
            elif isinstance(node, ast.ImportFrom) and node.module in NEVER_LOADED:
                yield f"{where} imports from {node.module}"
            elif isinstance(node, ast.Call):
                yield from (f"{where} {told}" for told in _broken_call(node))


def _broken_call(call: ast.Call) -> Iterator[str]:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    if name in NEVER_CALLED or isinstance(call.func, ast.Name) and name in BUILT_IN_NEVER_CALLED:
        yield f"calls {name}"
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    for allowing in ("allow_pickle", "persist_result"):
        if allowing in named and not (isinstance(named[allowing], ast.Constant) and named[allowing].value is False):
            yield f"{allowing} is not False"
    # Prefect pickles what a flow or task returns unless told otherwise.
    if isinstance(call.func, ast.Name) and name in ("flow", "task") and "persist_result" not in named:
        yield f"{name}() without persist_result=False"


def test_nothing_that_could_run_is_loaded_from_data(account) -> None:
    account("X11").trial(*_broken_code())


def test_published_files_are_read_only_in_closed_folders(account, places, tmp_path: Path) -> None:
    x11 = account("X11")
    warehouse = places.copy(EXISTING, tmp_path / "workspace") / "warehouse"
    x11.trial(
        *(
            f"{path.name} has mode {path.stat().st_mode & 0o777:04o}, not {mode:04o}"
            for path, mode in [
                (warehouse, 0o750),
                (warehouse / "builds", 0o750),
                *((file, 0o444) for file in (warehouse / "builds").iterdir()),
            ]
            if path.stat().st_mode & 0o777 != mode
        )
    )
    (warehouse / "builds").chmod(0o777)
    found = [finding.problem for finding in verify(warehouse)]
    x11.trial("" if found == ["builds has mode 0777: others than its owner may write there"] else f"verify: {found}")


# ── the server of `patnav serve` ─────────────────────────────────────────────────────────────────────────────────

SERVER = """
import sys, time
from pathlib import Path
from flows import schedule
from flows.progress import Progress
from flows.workspace import Workspace
schedule.SERVER_START_SECONDS = 600  # on a machine that others use too
with schedule._server(Workspace(Path(sys.argv[1])), Progress(quiet=True), int(sys.argv[2])):
    print("answers", flush=True)
    time.sleep(600)
"""
PASSWORD = "reader:a-word"
LISTENING = "0A"  # the state's number in /proc/net/tcp


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _listening_at(port: int) -> set[str]:
    """The addresses at which something listens on this port, as the kernel writes them."""
    lines = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()]
    ends = [(*line[1].split(":"), line[3]) for line in lines if ":" in line[1]]
    return {address for address, hexadecimal, state in ends if (int(hexadecimal, 16), state) == (port, LISTENING)}


def _asked(port: int, **headers: str) -> requests.Response:
    address = f"http://127.0.0.1:{port}/api/admin/version"
    with requests.Session() as session:
        session.trust_env = False
        return session.get(address, headers=headers, timeout=30)


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="what listens is read from /proc")
def test_the_server_is_for_this_machine_and_its_page_alone(account, places, tmp_path: Path) -> None:
    """With a password set as docs/operation.md says: nobody reads without it; no page of another site reads at all."""
    x9, port = account("X9"), _free_port()
    root = places.copy(FRESH, tmp_path / "workspace")
    passwords = {"PREFECT_SERVER_API_AUTH_STRING": PASSWORD, "PREFECT_API_AUTH_STRING": PASSWORD}
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(root), str(port)],
        cwd=ROOT,
        env=surroundings | passwords | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout.readline() == "answers\n"
        told = "Basic " + base64.b64encode(PASSWORD.encode()).decode()
        at = _listening_at(port)
        x9.trial("" if at == {"0100007F"} else f"the server listens at {sorted(at)}, not at 127.0.0.1 alone")
        answers = {
            "no": _asked(port),
            "a wrong": _asked(port, Authorization="Basic eDp5"),
            "the": _asked(port, Authorization=told),
        }
        found = {which: answer.status_code for which, answer in answers.items()}
        x9.trial("" if found == {"no": 401, "a wrong": 401, "the": 200} else f"with … password it answers {found}")
        for origin, may in (("http://evil.example", False), (f"http://127.0.0.1:{port}", True)):
            allowed = _asked(port, Authorization=told, Origin=origin).headers.get("access-control-allow-origin")
            x9.trial("" if (allowed in ("*", origin)) == may else f"a page of {origin} may read: {allowed}")
    finally:
        server.terminate()
        server.wait(timeout=60)
