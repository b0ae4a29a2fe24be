"""A cluster of real processes on loopback: a Dask scheduler, two workers, and refreshes that are killed in the middle.

make test-cluster
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from flows.checkpoints import watched
from flows.progress import Progress
from flows.refresh import NOTHING_NEW, PUBLISHED, refresh
from flows.runner import Cluster, is_shown_by_prefect
from flows.sample.workspace import sample_workspace
from flows.workspace import Workspace, create
from schemas.errors import ClusterError
from tests.conftest import ROOT
from warehouse.publish import current_key, verify, versions

pytestmark = pytest.mark.skipif(os.environ.get("PATNAV_CLUSTER") != "1", reason="real processes: make test-cluster")

QUIET = Progress(quiet=True)
FILINGS, RECORDS_OF_A_PART = 3_000, 400
PATIENCE = 400
LOOPBACK = "127.0.0.1"
_PDEATHSIG = 1


def _end_with_us() -> None:
    ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL)


def started(log: Path, *arguments: object, **environment: str) -> subprocess.Popen:
    known = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT")}
    with log.open("ab") as told:
        return subprocess.Popen(
            [sys.executable, "-m", *map(str, arguments)],
            env=known | {"PYTHONPATH": str(ROOT), "DO_NOT_TRACK": "1"} | environment,
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=told,
            preexec_fn=_end_with_us,
        )


def ended(process: subprocess.Popen) -> None:
    process.kill()
    process.wait(30)


def until(found: Callable[[], object], what: str) -> object:
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        if value := found():
            return value
        time.sleep(0.05)
    raise AssertionError(f"{what} within {PATIENCE} s")


class Dask:
    """A scheduler and its workers, each a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.holds = folder, folder / "holds"
        (self.holds / "traps").mkdir(parents=True)
        facts = folder / "scheduler.json"
        self.scheduler = started(
            folder / "scheduler.log", "distributed.cli.dask_scheduler", "--host", LOOPBACK, "--port", 0,
            "--dashboard-address", f"{LOOPBACK}:0", "--scheduler-file", facts,
        )  # fmt: skip
        self.workers: list[subprocess.Popen] = []
        try:
            self.address = until(lambda: self._address(facts), "a scheduler")
        except BaseException:
            self.end()
            raise

    @staticmethod
    def _address(facts: Path) -> str | None:
        try:
            return json.loads(facts.read_text())["address"]
        except (FileNotFoundError, ValueError):
            return None

    def work(self, count: int = 1, threads: int = 1, **environment: str) -> None:
        for _ in range(count):
            name = f"worker_{len(self.workers)}"
            self.workers.append(
                started(
                    self.folder / f"{name}.log",
                    "distributed.cli.dask_worker",
                    self.address,
                    "--no-nanny",
                    "--nthreads",
                    threads,
                    "--host",
                    LOOPBACK,
                    "--no-dashboard",
                    "--memory-limit",
                    0,
                    "--name",
                    name,
                    "--local-directory",
                    self.folder / name,
                    "--preload",
                    "tests.flows.cluster_worker",
                    PATNAV_TEST_HOLD=str(self.holds),
                    **environment,
                )  # fmt: skip
            )
        for number, _ in enumerate(self.workers):
            log = self.folder / f"worker_{number}.log"
            until(lambda log=log: "Registered to" in log.read_text(), f"worker {number}")

    def hold_at(self, moment: str) -> None:
        (self.holds / "traps" / moment).touch()

    def held(self, moment: str = "*") -> int:
        """The process that waits at the moment."""
        (found,) = until(lambda: list(self.holds.glob(f"held-{moment}-*")), "a worker in the middle of a partition")
        return int(found.name.rpartition("-")[2])

    def release(self) -> None:
        for held in self.holds.glob("held-*"):
            held.unlink()

    def who_did(self, moment: str) -> set[int]:
        """The processes that reached it."""
        return {
            int(told.name.removeprefix("did-"))
            for told in self.holds.glob("did-*")
            if moment in told.read_text().splitlines()
        }

    def kill(self, pid: int) -> None:
        """One of our workers, as a crash would."""
        (worker,) = (worker for worker in self.workers if worker.pid == pid)
        ended(worker)

    def end(self) -> None:
        for process in (*self.workers, self.scheduler):
            ended(process)


@pytest.fixture(scope="module", autouse=True)
def small_parts() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("transforms.refine.RECORDS_AT_ONCE", RECORDS_OF_A_PART)
        yield


@pytest.fixture(scope="module")
def alone(tmp_path_factory) -> Workspace:
    """The sample refreshed by this process alone."""
    workspace, _ = sample_workspace(tmp_path_factory.mktemp("alone") / "workspace", FILINGS)
    text = workspace.settings_file.read_text(encoding="utf-8")
    workspace.settings_file.write_text(text.replace("parquet_marts = true", "parquet_marts = false"), encoding="utf-8")
    refresh(workspace, QUIET)
    return workspace


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[Dask]:
    made = Dask(tmp_path / "dask")
    yield made
    made.end()


def workspace_for(alone: Workspace, root: Path, runner: str) -> Workspace:
    """The same inbox and tables in a workspace that remembers nothing."""
    root.mkdir()
    for name in ("inbox", "reference"):
        shutil.copytree(alone.root / name, root / name)
    text = alone.settings_file.read_text(encoding="utf-8")
    (root / "workspace.toml").write_text(text + f'\nrunner = "{runner}"\n', encoding="utf-8")
    workspace = Workspace(root)
    for folder in (workspace.raw, workspace.warehouse):
        folder.mkdir()
    return workspace


def content_hash(workspace: Workspace) -> str:
    return versions(workspace.warehouse)[0].content_hash


def files_of(workspace: Workspace) -> set[str]:
    names = {path.relative_to(workspace.root).as_posix() for path in workspace.root.rglob("*")}
    return {name for name in names if not name.startswith(("data/prefect", "sample"))}


def require_same_version(workspace: Workspace, alone: Workspace) -> None:
    assert content_hash(workspace) == content_hash(alone)
    assert current_key(workspace.warehouse) == current_key(alone.warehouse)
    assert verify(workspace.warehouse) == []


def require_as_alone(workspace: Workspace, alone: Workspace) -> None:
    require_same_version(workspace, alone)
    assert files_of(workspace) == files_of(alone)


@contextmanager
def refreshing(workspace: Workspace) -> Iterator[list]:
    """A refresh beside the test; at the end its report stands in the list, or its error."""
    outcome: list = []

    def run() -> None:
        try:
            outcome.append(refresh(workspace, QUIET))
        except Exception as error:
            outcome.append(error)

    beside = threading.Thread(target=run, daemon=True)
    beside.start()
    yield outcome
    beside.join(PATIENCE)
    assert not beside.is_alive(), "the refresh does not end"


def test_two_workers_make_the_version_that_one_machine_makes(alone: Workspace, dask: Dask, tmp_path: Path) -> None:
    dask.work(2)
    workspace = workspace_for(alone, tmp_path / "workspace", f"dask:{dask.address}")
    here = []
    with watched(here.append):
        assert refresh(workspace, QUIET).outcome == PUBLISHED
    require_as_alone(workspace, alone)
    both = {worker.pid for worker in dask.workers}
    assert dask.who_did("landing_placed") == dask.who_did("part_judged") == both
    assert not {"landing_placed", "part_judged"} & set(here)

    # What is new is labelled, the rest is taken from the label store; by either.
    changed = workspace_for(alone, tmp_path / "changed", "threads")
    for each in (workspace, changed):
        (each.inbox / "google" / "gp-search.csv").unlink()
        refresh(each, QUIET)
    require_same_version(workspace, changed)


def test_a_worker_killed_in_the_middle_of_a_partition_costs_that_partition(
    alone: Workspace, dask: Dask, tmp_path: Path
) -> None:
    dask.work(3)
    workspace = workspace_for(alone, tmp_path / "workspace", f"dask:{dask.address}")
    with refreshing(workspace) as outcome:
        for moment in ("rows_landed", "part_labelled"):
            dask.hold_at(moment)
            dask.kill(dask.held())
            dask.release()
    assert outcome[0].outcome == PUBLISHED
    require_as_alone(workspace, alone)


def test_a_killed_refresh_is_completed_by_the_next_while_workers_still_write_for_it(
    alone: Workspace, dask: Dask, tmp_path: Path
) -> None:
    # A worker that is held has threads left for the next refresh.
    dask.work(2, threads=3)
    workspace = workspace_for(alone, tmp_path / "workspace", f"dask:{dask.address}")
    for moment in ("rows_landed", "part_labelled"):
        dask.hold_at(moment)
        killed = patnav_refresh(tmp_path / "killed.log", workspace, "--no-prefect")
        dask.held(moment)
        ended(killed)
    with refreshing(workspace) as outcome:
        pass
    assert outcome[0].outcome == PUBLISHED
    assert content_hash(workspace) == content_hash(alone)
    dask.release()
    until(lambda: not is_busy(dask), "the workers are done with what nobody waits for")
    assert all(worker.poll() is None for worker in dask.workers)
    assert refresh(workspace, QUIET).outcome == NOTHING_NEW
    require_as_alone(workspace, alone)


def is_busy(dask: Dask) -> bool:
    from distributed import Client

    with Client(dask.address, set_as_default=False) as client:
        return any(client.processing().values())


def test_where_every_worker_dies_the_refresh_says_so_and_the_next_goes_on(
    alone: Workspace, dask: Dask, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr("flows.runner.WITHOUT_WORKERS_SECONDS", 5)
    dask.work(1)
    workspace = workspace_for(alone, tmp_path / "workspace", f"dask:{dask.address}")
    dask.hold_at("part_judged")
    with refreshing(workspace) as outcome:
        dask.kill(dask.held())
    assert isinstance(outcome[0], ClusterError) and "no worker for" in str(outcome[0])
    # Its first part is labelled, and is not again.
    here = []
    one_machine(workspace)
    with watched(here.append):
        assert refresh(workspace, QUIET).outcome == PUBLISHED
    assert 0 < here.count("part_judged") < parts_of(alone)
    require_as_alone(workspace, alone)


def test_where_the_scheduler_dies_the_published_version_stays(
    alone: Workspace, dask: Dask, tmp_path: Path, monkeypatch
) -> None:
    dask.work(1)
    workspace = workspace_for(alone, tmp_path / "workspace", f"dask:{dask.address}")
    (workspace.inbox / "google" / "gp-search.csv").rename(tmp_path / "later.csv")
    refresh(workspace, QUIET)
    before = current_key(workspace.warehouse)
    (tmp_path / "later.csv").rename(workspace.inbox / "google" / "gp-search.csv")
    dask.hold_at("rows_landed")
    with refreshing(workspace) as outcome:
        dask.held()
        ended(dask.scheduler)
    assert isinstance(outcome[0], ClusterError) and "the scheduler is gone" in str(outcome[0])
    # Now it is not even reached.
    monkeypatch.setattr("flows.runner.CONNECT_SECONDS", 2)
    began = time.monotonic()
    with pytest.raises(ClusterError, match="no Dask scheduler answers within 2 s"):
        refresh(workspace, QUIET)
    assert time.monotonic() - began < 20
    assert current_key(workspace.warehouse) == before and verify(workspace.warehouse) == []
    one_machine(workspace)
    assert refresh(workspace, QUIET).outcome == PUBLISHED
    require_same_version(workspace, alone)


@pytest.mark.parametrize("kind", ["silent", "web page", "nothing"])
def test_what_answers_and_is_no_scheduler_is_not_waited_for(kind: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("flows.runner.CONNECT_SECONDS", 2)
    began = time.monotonic()
    with ExitStack() as resources:
        taken = resources.enter_context(socket.socket())
        taken.bind((LOOPBACK, 0))
        port = taken.getsockname()[1]
        if kind == "silent":
            taken.listen()
        if kind == "web page":
            taken.close()
            page = resources.enter_context(ThreadingHTTPServer((LOOPBACK, port), BaseHTTPRequestHandler))
            threading.Thread(target=page.serve_forever, daemon=True).start()
            resources.callback(page.shutdown)
        cluster = Cluster(f"tcp://{LOOPBACK}:{port}", create(tmp_path / "w"), resources)
        with pytest.raises(ClusterError, match="no Dask scheduler answers within 2 s"):
            list(cluster.in_order(max, [(1, 2)]))
    assert time.monotonic() - began < 30


def test_a_scheduler_without_workers_is_told(alone: Workspace, dask: Dask, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("flows.runner.CONNECT_SECONDS", 3)
    workspace = workspace_for(alone, tmp_path / "workspace", f"dask:{dask.address}")
    with pytest.raises(ClusterError, match="no worker for 3 s"):
        refresh(workspace, QUIET)


def test_a_worker_of_another_version_is_refused_before_anything_is_done(
    alone: Workspace, dask: Dask, tmp_path: Path
) -> None:
    dask.work(1)
    dask.work(1, PATNAV_TEST_OTHER_CODE="1")
    workspace = workspace_for(alone, tmp_path / "workspace", f"dask:{dask.address}")
    with pytest.raises(ClusterError, match="another version of patnav"):
        refresh(workspace, QUIET)
    assert not dask.who_did("rows_landed")


def test_with_a_prefect_server_that_workers_reach_partitions_are_its_tasks(
    alone: Workspace, dask: Dask, tmp_path: Path
) -> None:
    with prefect_server(tmp_path) as url:
        dask.work(2)
        workspace = workspace_for(alone, tmp_path / "workspace", f"dask:{dask.address}")
        dask.hold_at("part_labelled")
        running = patnav_refresh(tmp_path / "told.log", workspace, "--prefect", PREFECT_API_URL=url)
        dask.kill(dask.held())
        assert running.wait(PATIENCE) in (0, 3), (tmp_path / "told.log").read_text()
        require_as_alone(workspace, alone)
        done = until(lambda: (found := tasks_of(url)).get("label_part", 0) == parts_of(alone) and found, "every part")
    assert done["read_file"] == len([path for path in alone.inbox.rglob("*") if path.is_file()])


@pytest.mark.parametrize(
    ("url", "scheduler", "is_shown"),
    [
        (None, "tcp://127.0.0.1:1", False),
        ("http://127.0.0.1:4200/api", "tcp://127.0.0.1:8786", True),
        ("http://localhost:4200/api", "tcp://10.0.0.5:8786", False),
        ("https://prefect.example/api", "tcp://10.0.0.5:8786", True),
    ],
)
def test_prefect_is_on_the_workers_only_where_they_can_reach_its_server(url, scheduler, is_shown, monkeypatch) -> None:
    import prefect.context

    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    if url:
        monkeypatch.setenv("PREFECT_API_URL", url)
    assert not is_shown_by_prefect(scheduler)  # outside of a flow
    monkeypatch.setattr(prefect.context.FlowRunContext, "get", lambda: object())
    assert is_shown_by_prefect(scheduler) == is_shown


def parts_of(alone: Workspace) -> int:
    import duckdb

    with duckdb.connect(alone.database, read_only=True) as warehouse:
        (filings,) = warehouse.execute("SELECT count(*) FROM core.application").fetchone()
    return -(-filings // RECORDS_OF_A_PART)


def tasks_of(url: str) -> dict[str, int]:
    """How many tasks of each name Prefect shows as completed."""
    asked = json.dumps({"task_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}).encode()
    with urlopen(Request(f"{url}/task_runs/filter", asked, {"Content-Type": "application/json"}), timeout=30) as answer:
        names = [re.sub(r"-\w+$", "", run["name"]) for run in json.load(answer)]
    return {name: names.count(name) for name in names}


@contextmanager
def prefect_server(folder: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port = probe.getsockname()[1]
    url = f"http://{LOOPBACK}:{port}/api"
    server = started(
        folder / "prefect.log", "prefect", "server", "start", "--host", LOOPBACK, "--port", port,
        PREFECT_HOME=str(folder / "prefect"), PREFECT_SERVER_ANALYTICS_ENABLED="false",
    )  # fmt: skip
    try:
        until(lambda: answers(f"{url}/health"), "Prefect's server")
        yield url
    finally:
        server.terminate()
        server.wait(30)


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def patnav_refresh(log: Path, workspace: Workspace, *arguments: str, **environment: str) -> subprocess.Popen:
    return started(
        log, "tests.flows.cluster_refresh", RECORDS_OF_A_PART, "-w", workspace.root, *arguments, **environment
    )


def one_machine(workspace: Workspace) -> None:
    text = workspace.settings_file.read_text(encoding="utf-8")
    workspace.settings_file.write_text(re.sub(r'\nrunner = ".*"\n', "\n", text), encoding="utf-8")
