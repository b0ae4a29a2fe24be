"""Start refreshes in processes of their own, cheaply: one process has everything imported and forks itself for each.

It never uses polars or DuckDB itself, so that no thread of theirs is lost in the fork.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT

# A refresh of the small world takes seconds; on a machine that others use too, minutes. One that takes longer hangs.
PATIENCE = 600


@dataclass(frozen=True)
class Ended:
    """`status`: the exit code, or minus the signal, or None where it hung and was killed. `busy`: its CPU seconds."""

    status: int | None
    told: str
    began: float = 0
    ended: float = 0
    busy: float = 0
    imported_prefect: bool = False

    @property
    def is_done(self) -> bool:
        return self.status in (0, 3)


class Refreshing:
    """A context in which refreshes can be started, waited for and killed."""

    def __enter__(self) -> Refreshing:
        self._folder = tempfile.TemporaryDirectory(prefix="survival-")
        self._numbers = itertools.count()
        self._told: dict[int, Path] = {}
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.survival.refreshing"],
            cwd=ROOT,
            # Several threads each would only wait for one another; test_same_content varies them.
            env=os.environ | {"PYTHONPATH": str(ROOT), "POLARS_MAX_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._parent.stdout.readline() == "ready\n"
        return self

    def __exit__(self, *_: object) -> None:
        self._parent.stdin.close()
        self._parent.wait(timeout=30)
        self._folder.cleanup()

    def start(self, workspace: Path, **conditions: object) -> int:
        """The process id of a refresh that runs now."""
        told = Path(self._folder.name) / f"{next(self._numbers)}.txt"
        pid = self._ask({"workspace": str(workspace), "told": str(told)} | conditions)["pid"]
        self._told[pid] = told
        return pid

    def wait(self, pid: int) -> Ended:
        status = self._ask({"wait": pid})["status"]
        told = self._told.pop(pid)
        text = told.read_text(encoding="utf-8") if told.exists() else ""
        finished = told.with_suffix(".json")
        facts = json.loads(finished.read_text()) if finished.exists() else {}
        times = (facts.get(name, 0) for name in ("began", "ended", "busy"))
        return Ended(status, text, *times, facts.get("prefect", False))

    def run(self, workspace: Path, **conditions: object) -> Ended:
        return self.wait(self.start(workspace, **conditions))

    def kill(self, pid: int) -> None:
        """Without any warning, as a power button does to a process."""
        os.kill(pid, signal.SIGKILL)

    def _ask(self, request: dict) -> dict:
        print(json.dumps(request), file=self._parent.stdin, flush=True)
        return json.loads(self._parent.stdout.readline())


def serve() -> None:
    """The process that forks: one request a line, one answer a line."""
    from flows import recipe
    from tests.survival import route
    from tests.survival.small import take_cabinets

    take_cabinets()
    _import_all()
    _read_what_is_text_alone()
    # Kept from now on: every trial is of the code that was there at the start.
    recipe.code()
    print("ready", flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if "wait" in request:
            print(json.dumps({"status": _wait(request["wait"])}), flush=True)
            continue
        pid = os.fork()
        if pid == 0:
            sys.stdin = Path(os.devnull).open()  # noqa: SIM115
            os._exit(route.run(request))
        print(json.dumps({"pid": pid}), flush=True)


def _import_all() -> None:
    """What the commands import only when they run."""
    import flows.commands.refresh  # noqa: F401
    import flows.refresh  # noqa: F401
    import warehouse.report.page  # noqa: F401


def _read_what_is_text_alone() -> None:
    """The grammar of queries and the templates of the page: a quarter of a second for every refresh, and no polars in it."""
    from transforms.query import parse_term
    from warehouse.report.page import _templates

    parse_term("a word", "here")
    for name in _templates().list_templates(extensions=["jinja"]):
        _templates().get_template(name)


def _wait(pid: int) -> int | None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


if __name__ == "__main__":
    serve()
