"""What the metrics cost on many rows: building, computing each, reading them all, checking, in CPU seconds.

Run: python -m tests.benchmarks.metrics --facts 1000000 [--as-views]. Rows are made (made_door.py), not real; the figures are
of one machine on one day. `--as-views` asks every metric once as a view over the others besides, which is what a build
would store nothing for.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from tests.benchmarks.made_door import write_made_door
from tests.warehouse.world import FACTS
from warehouse import cabinet, ddl
from warehouse.build import build
from warehouse.checking import declared_checks, finite_metrics, run_check
from warehouse.claiming import evaluate_claims
from warehouse.content import OFFLINE, content, text_store

SHOWN = 15


def cpu_seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def peak_gib() -> float:
    """The most memory that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def tell(stage: str, seconds: float, more: str = "") -> None:
    sys.stdout.write(f"{stage:<44} {seconds:9.2f} CPU s   {more}\n")
    sys.stdout.flush()


def tell_each(title: str, seconds: dict[str, float]) -> None:
    tell(title, sum(seconds.values()), f"{len(seconds)} together")
    for name, spent in sorted(seconds.items(), key=lambda item: -item[1])[:SHOWN]:
        tell(f"  {name}", spent)


def computed(connection: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """Every metric from its statement, over the tables and the stored metrics that it stands on."""
    return {
        metric.metric: cpu_seconds(
            lambda sql=metric.sql: connection.execute(f"CREATE OR REPLACE TEMP TABLE one AS {sql}")
        )
        for metric in cabinet.metrics()
    }


def read(connection: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """Every value of every stored metric."""
    return {
        metric.metric: cpu_seconds(
            lambda name=metric.metric: connection.execute(ddl.reading(f"metrics.{name}")).fetchone()
        )
        for metric in cabinet.metrics()
    }


def as_views(database: Path) -> dict[str, float]:
    """Every metric as a view over the others, in a copy of the warehouse."""
    copy = database.with_name("views.duckdb")
    shutil.copyfile(database, copy)
    with duckdb.connect(str(copy), config=OFFLINE) as connection:
        for metric in cabinet.metrics():
            connection.execute(f"DROP TABLE metrics.{metric.metric}")
            connection.execute(f"CREATE VIEW metrics.{metric.metric} AS {metric.sql}")
        spent = {
            metric.metric: cpu_seconds(
                lambda name=metric.metric: connection.execute(
                    f"CREATE OR REPLACE TEMP TABLE one AS SELECT * FROM metrics.{name}"
                )
            )
            for metric in cabinet.metrics()
        }
    copy.unlink()
    return spent


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--facts", type=int, default=1_000_000, help="applications, and about as many labels")
    parser.add_argument("--as-views", action="store_true")
    parser.add_argument("--folder", type=Path, help="keep door and warehouse here, and take up the door that is there")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        tell_all(measure(asked.folder or Path(temporary), asked.facts, asked.as_views))


def measure(folder: Path, facts: int, with_views: bool = False) -> dict:
    """CPU seconds of the build, of each metric computed and read, of each check, and of the rest."""
    door, database = folder / "door", folder / "warehouse.duckdb"
    if not door.exists():
        # In a process of its own, so that the peak below is that of the build.
        child = multiprocessing.get_context("spawn").Process(target=write_made_door, args=(door, facts))
        child.start()
        child.join()
        if child.exitcode:
            sys.exit(child.exitcode)
    for path in (database, text_store(database)):
        path.unlink(missing_ok=True)
    known = replace(FACTS, started_at=datetime(2025, 8, 1, tzinfo=UTC))
    before, clock = peak_gib(), time.perf_counter()
    found = {"facts": facts, "build": cpu_seconds(lambda: build(door, database, known))}
    found |= {"build_wall_seconds": time.perf_counter() - clock, "peak_gib": peak_gib(), "peak_gib_before": before}
    found["file_mib"] = database.stat().st_size / 1024**2
    with duckdb.connect(str(database), read_only=True, config=OFFLINE) as connection:
        found["labels"] = connection.execute("SELECT count(*) FROM core.application_branch").fetchone()[0]
        found["computed"] = computed(connection)
        found["read"] = read(connection)
        checks = [*cabinet.checks(), *declared_checks(text_store(database)), finite_metrics(connection)]
        found["checks"] = {each.check: cpu_seconds(lambda each=each: run_check(connection, each)) for each in checks}
        found["claims"] = cpu_seconds(lambda: evaluate_claims(connection))
        found["content hash"] = cpu_seconds(lambda: content(connection, text_store(database)))
    if with_views:
        found["as_views"] = as_views(database)
    return found


def tell_all(found: dict) -> None:
    peak = f"peak {found['peak_gib']:.2f} GiB (before {found['peak_gib_before']:.2f})"
    tell("build", found["build"], f"{found['build_wall_seconds']:.1f} s, {peak}, file {found['file_mib']:.0f} MiB")
    sys.stdout.write(f"{found['facts']} applications, {found['labels']} labels\n")
    tell_each("metrics, each computed over the stored ones", found["computed"])
    tell_each("metrics, each read", found["read"])
    tell_each("checks", found["checks"])
    for stage in ("claims", "content hash"):
        tell(stage, found[stage])
    if "as_views" in found:
        tell_each("metrics, each as a view over the others", found["as_views"])


if __name__ == "__main__":
    main()
