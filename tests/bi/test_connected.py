"""Dashboards stay connected: clients of many makers ask on and on while the workspace is refreshed twice under them.

Every answer must be of one version, none may fail, none may go back, and the last one must be of the last version.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.bi.clients.asking import PAUSE_SECONDS, QUESTION
from tests.bi.servers import ENVIRONMENTS, Postgres, Superset, client_python, project_python
from tests.conftest import ROOT, WORLD
from warehouse.question import ask

CLIENTS = Path(__file__).parent / "clients"
# Each refresh finds one file more in its inbox.
FILES = ("lens.csv", "google.csv", "patsnap.csv")
# name -> how it is started, and whether it opens the link of the version or the file that keeps its name
PYTHON_2, PYTHON_1 = project_python(), client_python()
ASKING = {
    "DuckDB 2.0, Python": (PYTHON_2, "duckdb_python.py"),
    "DuckDB 1.5, Python": (PYTHON_1, "duckdb_python.py"),
    "DuckDB 1.5, command line": (PYTHON_1, "command_line.py"),
    "SQLAlchemy, NullPool": (PYTHON_1, "sqlalchemy_nullpool.py"),
    "ADBC on DuckDB 1.5": (PYTHON_1, "adbc.py"),
    "ADBC on DuckDB 2.0": (PYTHON_2, "adbc.py"),
    "Node": ("node", "node_api.mjs"),
    "Parquet marts": (PYTHON_1, "parquet_marts.py"),
    "psql on the mirror": (PYTHON_1, "psql.py"),
}
HELD = "DuckDB 1.5, held open"


@dataclass
class Story:
    """`versions`: the right answer of each version, in order. `told`: client -> what it said, line by line."""

    versions: list[list] = field(default_factory=list)
    told: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    refreshes: list[subprocess.CompletedProcess] = field(default_factory=list)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, superset: Superset) -> Story:
    folder = tmp_path_factory.mktemp("connected")
    workspace, stop, told = folder / "workspace", folder / "stop", Story()
    _patnav("init", workspace)
    _refresh(told, workspace, postgres)
    charts = _Dashboard(superset, workspace / "warehouse" / "marts" / "current" / "patnav.duckdb")
    with _asking(told, workspace / "warehouse" / "current.duckdb", stop, postgres), charts.asking(told, stop):
        try:
            _all_have_answered(told, 1)
            for _ in FILES[1:]:
                _refresh(told, workspace, postgres)
                time.sleep(2 * PAUSE_SECONDS)
        finally:
            stop.touch()
    return told


def _patnav(*arguments: object, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess:
    run = [project_python(), "-m", "flows.cli", *map(str, arguments)]
    environment = (environment or os.environ) | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(run, capture_output=True, text=True, timeout=900, env=environment, check=False)
    assert done.returncode in (0, 3), done.stderr
    return done


def _refresh(told: Story, workspace: Path, postgres: Postgres) -> None:
    name = FILES[len(told.versions)]
    shutil.copy(WORLD / "inbox" / name, workspace / "inbox" / name)
    told.refreshes.append(_patnav("refresh", "-w", workspace, "--no-prefect"))
    told.versions.append(list(ask(workspace / "warehouse" / "current.duckdb", QUESTION).rows[0]))
    told.refreshes.append(_patnav("mirror", postgres.address, "-w", workspace, environment=postgres.environment))


@contextmanager
def _asking(told: Story, link: Path, stop: Path, postgres: Postgres) -> Iterator[None]:
    environment = postgres.environment | {"PATNAV_MIRROR": postgres.address, "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PYTHONPATH", None)
    running = {}
    for name, (program, script) in (ASKING | {HELD: (PYTHON_1, "held_open.py")}).items():
        more = [str(ENVIRONMENTS / "node"), QUESTION] if script.endswith(".mjs") else []
        # The refresh is what the machine is for; who only asks steps back.
        run = ["nice", "-n", "15", program, str(CLIENTS / script), *more, str(link), str(stop)]
        told.told[name] = []
        process = subprocess.Popen(run, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        listening = threading.Thread(target=_listen, args=(process, told.told[name]))
        listening.start()
        running[name] = (process, listening)
    try:
        yield
    finally:
        for process, listening in running.values():
            listening.join(timeout=120)
            process.kill()
            process.wait()


def _listen(process: subprocess.Popen, told: list[dict[str, Any]]) -> None:
    for line in process.stdout:
        told.append(json.loads(line))
    if complaint := process.stderr.read().strip():
        told.append({"error": complaint})


def _all_have_answered(told: Story, times: int) -> None:
    deadline = time.monotonic() + 240
    while (silent := [name for name, lines in told.told.items() if len(lines) < times]) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not silent


class _Dashboard:
    """The warehouse in Superset: a database, a dataset on a metric, a chart of it, all made over REST."""

    def __init__(self, superset: Superset, served: Path) -> None:
        self.superset = superset
        address = f"duckdb:///{served}?access_mode=read_only"
        self.database = superset.post(
            "/api/v1/database/", {"database_name": "patnav", "sqlalchemy_uri": address, "expose_in_sqllab": True}
        )["id"]
        # As a person finds it in the list of schemas, with its catalog.
        schemas = superset.get(f"/api/v1/database/{self.database}/schemas/")["result"]
        schema = next(each for each in schemas if each.endswith("metrics"))
        dataset = superset.post(
            "/api/v1/dataset/", {"database": self.database, "schema": schema, "table_name": "m01_filing_trend"}
        )["id"]
        self.chart = superset.post("/api/v1/chart/", _chart(dataset))["id"]
        self.asked = 0

    @contextmanager
    def asking(self, told: Story, stop: Path) -> Iterator[None]:
        threads = [
            threading.Thread(target=_ask_until_stopped, args=(told.told.setdefault(name, []), question, stop))
            for name, question in (("Superset, chart", self.ask_chart), ("Superset, SQL Lab", self.ask_sql_lab))
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.touch()
            for thread in threads:
                thread.join(timeout=120)

    def ask_chart(self) -> list:
        """The sum of the chart alone: a chart knows no version."""
        rows = self.superset.get(f"/api/v1/chart/{self.chart}/data/?force=true")["result"][0]["data"]
        return [None, rows[0]["applications"], None]

    def ask_sql_lab(self) -> list:
        self.asked += 1
        question = {"database_id": self.database, "sql": QUESTION, "client_id": f"q{self.asked}", "runAsync": False}
        return list(self.superset.post("/api/v1/sqllab/execute/", question)["data"][0].values())


def _chart(dataset: int) -> dict[str, Any]:
    column = {"column_name": "applications"}
    metric = {"expressionType": "SIMPLE", "column": column, "aggregate": "SUM", "label": "applications"}
    query = {"columns": [], "metrics": [metric], "filters": [], "row_limit": 10}
    context = {
        "datasource": {"id": dataset, "type": "table"},
        "queries": [query],
        "form_data": {"viz_type": "table"},
        "result_format": "json",
        "result_type": "full",
    }
    return {
        "slice_name": "申请量",
        "viz_type": "table",
        "datasource_id": dataset,
        "datasource_type": "table",
        "params": json.dumps({"viz_type": "table"}),
        "query_context": json.dumps(context),
    }


def _ask_until_stopped(told: list[dict[str, Any]], question: Any, stop: Path) -> None:
    while True:
        is_last = stop.exists()
        try:
            told.append({"answer": question()})
        except Exception as error:  # the test looks at every error, whatever it is
            told.append({"error": f"{type(error).__name__}: {error}"})
        if is_last:
            return
        time.sleep(PAUSE_SECONDS)


# ── What must hold ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_three_versions_differ(story: Story) -> None:
    for values in zip(*story.versions, strict=True):
        assert len(set(values)) == 3


def test_no_refresh_and_no_mirror_met_a_lock(story: Story) -> None:
    assert len(story.refreshes) == 2 * len(FILES)
    assert not [done.stderr for done in story.refreshes if "lock" in done.stderr.lower()]


@pytest.mark.parametrize("client", [*ASKING, "Superset, SQL Lab"])
def test_every_answer_is_of_one_version_none_goes_back_and_the_last_is_new(story: Story, client: str) -> None:
    assert [line["error"] for line in story.told[client] if "error" in line] == []
    answers = [line["answer"] for line in story.told[client]]
    assert [answer for answer in answers if answer not in story.versions] == []
    seen = [story.versions.index(answer) for answer in answers]
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0, 2)
    assert len(answers) >= 4


def test_the_chart_shows_the_sum_of_the_published_version(story: Story) -> None:
    lines = story.told["Superset, chart"]
    assert [line["error"] for line in lines if "error" in line] == []
    sums = [version[1] for version in story.versions]
    seen = [sums.index(line["answer"][1]) for line in lines]
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0, 2)


def test_a_connection_that_is_held_stays_with_its_version(story: Story) -> None:
    lines = story.told[HELD]
    assert [line for line in lines if line != {"answer": story.versions[0]}] == []
    assert len(lines) >= 4
