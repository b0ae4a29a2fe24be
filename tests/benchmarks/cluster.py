"""What a partition costs, and what a cluster would make of many: the measured costs of this machine, laid out over n workers.

Each measurement is a process of its own: landing every file, putting the parts of records down, labelling each part. The
simulation draws costs from the measured ones (seeded), gives each partition to the worker that is free first, as Dask does, and
adds what one machine does alone. Costs are CPU seconds, as of a worker with one core to itself; nothing of a network is in it.

    python -m tests.benchmarks.cluster [--filings 100000] [--json FILE]
"""

from __future__ import annotations

import argparse
import heapq
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import polars as pl

from flows import land
from flows.labelling import Labeller, label_part
from flows.parting import landed_by_parts
from flows.refresh import read_file
from flows.runner import Threads
from flows.workspace import Workspace, create, read_settings
from schemas.branches import load_taxonomy
from tests.benchmarks.exports import write_exports
from transforms.classify import LABELS
from transforms.refine import RECORDS_AT_ONCE, tables_by_parts

SIZES = (1_000_000, 10_000_000, 100_000_000)
WORKERS = (1, 2, 4, 8, 16, 32, 64)
SEED = 20261123
# A task's way to the worker and back, with Prefect; and how often a worker dies over one.
TASK_SECONDS, DEATHS = 0.15, 0.001


def measured(*arguments: Any) -> dict:
    """What `--do` prints, in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.cluster", *map(str, arguments)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


class Clock:
    """CPU and wall seconds of what is done one after the other."""

    def __init__(self) -> None:
        self.laps: list[tuple[float, float]] = []
        self._began = time.process_time(), time.perf_counter()

    def lap(self) -> None:
        now = time.process_time(), time.perf_counter()
        self.laps.append((now[0] - self._began[0], now[1] - self._began[1]))
        self._began = now

    def told(self, **facts: Any) -> dict:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        cpu, wall = [cpu for cpu, _ in self.laps], [wall for _, wall in self.laps]
        return {"cpu_seconds": cpu, "wall_seconds": wall, "peak_mb": peak} | facts


def land_files(workspace: Workspace) -> dict:
    settings, sources = read_settings(workspace), land.take_in(workspace)
    clock, rows = Clock(), []
    for source in sources:
        rows.append(sum(file.accepted for file in read_file(workspace, source, settings)))
        clock.lap()
    return clock.told(rows=rows, bytes_in=_bytes(workspace.inbox), bytes_landed=_bytes(workspace.landed))


class _Enough(Exception):
    """Of the core tables those up to the labels are wanted."""


def put_parts(workspace: Workspace) -> dict:
    """All that stands before the labels: rows merged, and the parts put down."""
    settings = read_settings(workspace)
    files = [file for source in land.take_in(workspace) for file in read_file(workspace, source, settings)]
    clock, heights = Clock(), []

    def put(records: Iterable[pl.DataFrame], taxonomy: Any) -> Iterable[pl.DataFrame]:
        clock.lap()  # the merging
        for _ in Labeller(workspace, None, Threads())._put_down(_counted(records, heights), taxonomy):
            clock.lap()
        raise _Enough

    landed, shelf, _ = landed_by_parts(land.in_order_of_precedence(files), workspace.doors / "laid")
    try:
        for _ in tables_by_parts(landed, load_taxonomy(), workspace.reference, put, shelf):
            pass
    except _Enough:
        return clock.told(
            records=heights, rows=sum(file.accepted for file in files), bytes_parts=_bytes(workspace.parts)
        )
    raise AssertionError(f"no labels were asked for: {LABELS}")


def _counted(records: Iterable[pl.DataFrame], heights: list[int]) -> Iterable[pl.DataFrame]:
    for part in records:
        heights.append(part.height)
        yield part


def label_parts(workspace: Workspace) -> dict:
    parts, version = sorted(workspace.parts.iterdir()), load_taxonomy().version
    clock = Clock()
    for part in parts:
        label_part(str(part), {}, None, version)
        clock.lap()
    return clock.told(bytes_labels=sum(_bytes(part) for part in parts) - sum(
        (part / "records.parquet").stat().st_size for part in parts))  # fmt: skip


DO: dict[str, Callable[[Workspace], dict]] = {"land": land_files, "put": put_parts, "label": label_parts}


def costs_of(filings: int) -> dict:
    """Of each kind of partition what it costs, measured on made filings."""
    with tempfile.TemporaryDirectory(prefix="patnav-bench-") as folder:
        workspace = create(Path(folder) / "workspace")
        write_exports(workspace.inbox, filings)
        return {name: measured("--do", name, "--in", workspace.root) for name in DO}


def simulated(count: int, costs: list[float], workers: int, every: float, draw: random.Random) -> float:
    """Seconds until `count` partitions are done by so many workers, one of them ready `every` so many seconds."""
    free = [0.0] * workers
    for number in range(count):
        begins = max(heapq.heappop(free), number * every)
        seconds = TASK_SECONDS + draw.choice(costs)
        while draw.random() < DEATHS:
            seconds += TASK_SECONDS + draw.choice(costs) / 2
        heapq.heappush(free, begins + seconds)
    return max(free)


def table_of(costs: dict, alone: float) -> list[dict]:
    """`alone`: seconds that one machine takes for all else, per million rows."""
    rows_per_record = costs["put"]["rows"] / sum(costs["put"]["records"])
    rows_of_a_file = sum(costs["land"]["rows"]) / len(costs["land"]["rows"])
    put = costs["put"]["cpu_seconds"][1:]
    found = []
    for size in SIZES:
        files, parts = round(size / rows_of_a_file), round(size / rows_per_record / RECORDS_AT_ONCE)
        for workers in WORKERS:
            draw = random.Random(SEED)
            landing = simulated(files, costs["land"]["cpu_seconds"], workers, 0, draw)
            # The first part of a process compiles; that is no cost of a part.
            labelling = simulated(parts, costs["label"]["cpu_seconds"][1:], workers, sum(put) / len(put), draw)
            found.append(
                {
                    "publications": size,
                    "files": files,
                    "parts": parts,
                    "workers": workers,
                    "landing_seconds": round(landing),
                    "labelling_seconds": round(labelling),
                    "alone_seconds": round(alone * size / 1e6),
                }
            )
    return found


def _of_partitions(costs: dict) -> Iterable[str]:
    land, put, label = (costs[name]["cpu_seconds"] for name in ("land", "put", "label"))
    rows, records = costs["land"]["rows"], costs["put"]["records"]
    yield "| partition | CPU seconds each | CPU seconds a million | peak memory of its process |"
    yield "|--|--|--|--|"
    of_files = sum(land) / sum(rows) * 1e6
    yield f"| landing a file of {round(sum(rows) / len(rows)):,} rows | {_range(land)} | {of_files:.0f} | {costs['land']['peak_mb']} MB |"
    of_put = sum(put[1:]) / sum(records) * 1e6
    yield f"| putting a part down (by the refresh, after merging) | {_range(put[1:])} | {of_put:.0f} | {costs['put']['peak_mb']} MB |"
    of_label = sum(label[1:]) / sum(records[1:]) * 1e6
    yield (
        f"| labelling a part of {records[0]:,} records | {_range(label[1:])}, the first of a process {label[0]:.1f} "
        f"| {of_label:.0f} | {costs['label']['peak_mb']} MB |"
    )


def _range(seconds: list[float]) -> str:
    return f"{min(seconds):.1f} to {max(seconds):.1f}"


def _on_disk(costs: dict) -> Iterable[str]:
    rows = costs["put"]["rows"]
    yield "| | bytes a publication |"
    yield "|--|--|"
    for title, step, name in (
        ("exports (CSV), and again in `raw/`", "land", "bytes_in"),
        ("landed rows", "land", "bytes_landed"),
        ("parts", "put", "bytes_parts"),
        ("labels, and what is kept of them", "label", "bytes_labels"),
    ):
        yield f"| {title} | {costs[step][name] / rows:,.0f} |"


def _laid_out(table: list[dict]) -> Iterable[str]:
    yield "| publications | files | parts | alone | " + " | ".join(f"{count} workers" for count in WORKERS) + " |"
    yield "|--" * (4 + len(WORKERS)) + "|"
    for size in SIZES:
        rows = [row for row in table if row["publications"] == size]
        cells = [f"{_minutes(row['landing_seconds'])} + {_minutes(row['labelling_seconds'])}" for row in rows]
        first = rows[0]
        yield (
            f"| {size:,} | {first['files']:,} | {first['parts']:,} | {_minutes(first['alone_seconds'])} | "
            + " | ".join(cells)
            + " |"
        )


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f}" if seconds < 600 else f"{seconds / 60:.0f}"


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--filings", type=int, default=200_000)
    parser.add_argument(
        "--alone", type=float, default=120, help="seconds per million rows of what one machine does alone"
    )
    parser.add_argument("--json", type=Path)
    parser.add_argument("--do", choices=DO, help=argparse.SUPPRESS)
    parser.add_argument("--in", type=Path, dest="root", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.do:
        print(json.dumps(DO[arguments.do](Workspace(arguments.root))))
        return
    costs = costs_of(arguments.filings)
    table = table_of(costs, arguments.alone)
    print("\n\n".join(("\n".join(_of_partitions(costs)), "\n".join(_on_disk(costs)), "\n".join(_laid_out(table)))))
    if arguments.json:
        arguments.json.write_text(json.dumps({"costs": costs, "simulated": table}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
