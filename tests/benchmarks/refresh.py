"""The whole refresh, from export files to the published warehouse and its report: stages, memory, growth, and what others would take.

Every figure is of a process of its own: CPU seconds (user and system), wall seconds and peak memory as the system accounts
them. The peers (peers/) do the same job as a good user of their tool would script it, and less of it; the dear ones are run on
fewer filings, and what they take beyond their start is extrapolated.

    python -m tests.benchmarks.refresh [--filings 20000] [--runs 3] [--json FILE]
    python -m tests.benchmarks.refresh --curve 10000 100000 1000000
    python -m tests.benchmarks.refresh --changes 100000      what 1 % new filings, or one changed branch, cost
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from flows.progress import Progress
from flows.workspace import create
from schemas.branches import SHIPPED_TAXONOMY
from tests.benchmarks.classify import code_pattern, pattern
from tests.benchmarks.corpora import shipped
from tests.benchmarks.measuring import Used, inbox, run
from tests.benchmarks.stages import stage_clock

HERE = Path(__file__).parent
PEERS_PYTHON = HERE.parents[1] / ".venv-bench" / "bin" / "python"
OURS, LOAD = "patnav refresh", "duckdb_load"
# Filings of the whole that a peer is run on; 1 is all of them.
PEERS = {LOAD: 1, "polars_regex": 1, "duckdb_tuned": 1, "duckdb_sql": 1, "pandas_re": 1 / 10, "pyspark_local": 1 / 10}


def left_out() -> list[str]:
    """Peers that cannot be run here: two need the environment that `make bench` installs, Spark needs Java too."""
    is_here = {"pandas_re": PEERS_PYTHON.exists(), "pyspark_local": PEERS_PYTHON.exists() and shutil.which("java")}
    return [peer for peer, found in is_here.items() if not found]


def refreshed(workspace: Path, taxonomy: Path | None = None) -> Used:
    """A refresh without Prefect; it tells its stages, and their CPU seconds."""
    return run(
        sys.executable,
        "-m",
        "tests.benchmarks.refresh",
        "--in",
        workspace,
        *(["--taxonomy", taxonomy] if taxonomy else []),
    )


def refresh_here(root: Path, taxonomy: Path | None) -> dict[str, Any]:
    """In this process, as the command does it: CPU seconds, wall seconds and peak memory so far of each step."""
    from flows.memory import settle
    from flows.refresh import refresh
    from flows.workspace import open_workspace

    settle()
    start, stages = time.process_time(), {}

    def measured(step: Callable, *arguments: Any) -> Any:
        cpu, wall = time.process_time(), time.perf_counter()
        done = step(*arguments)
        stage = stages.setdefault(step.__name__, {"cpu_seconds": 0.0, "wall_seconds": 0.0})
        stage["cpu_seconds"] += time.process_time() - cpu
        stage["wall_seconds"] += time.perf_counter() - wall
        stage["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        return done

    with stage_clock() as clock:
        report = refresh(open_workspace(root), Progress(quiet=True), measured, taxonomy)
        inside = clock.told()
    return {
        "start_cpu_seconds": start,
        "stages": stages,
        "inside": inside,
        "filings": report.table_rows.get("core.application"),
        "rows_in": sum(file.rows_in for file in report.files),
    }


def workspace_of(folder: Path, filings: int, name: str | None = None) -> Path:
    """A new workspace whose inbox holds made exports of so many filings."""
    root = folder / (name or f"workspace_{filings}")
    taking = create(root).inbox
    for path in inbox(folder, filings).iterdir():
        os.link(path, taking / path.name)
    return root


def rules_file(folder: Path) -> Path:
    """Of every branch one regular expression for the text and one for the codes, for the peers."""
    rules = folder / "rules.json"
    rules.write_text(json.dumps([{"branch": branch.id, "codes": f" (?:{code_pattern(branch)})", "text": pattern(branch)}
                                 for branch in shipped().branches]), encoding="utf-8")  # fmt: skip
    return rules


def compared(folder: Path, filings: int, runs: int) -> list[dict]:
    """patnav and its peers in turn, medians; each run of patnav begins with an empty workspace."""
    rules = rules_file(folder)
    peers = {peer: share for peer, share in PEERS.items() if peer not in left_out()}
    used: dict[str, list[Used]] = {}
    for number in range(runs):
        fresh = workspace_of(folder, filings, f"run_{number}")
        used.setdefault(OURS, []).append(refreshed(fresh))
        shutil.rmtree(fresh)
        for peer, share in peers.items():
            if number == 0 or share == 1:
                out = folder / f"out_{number}_{peer}"
                used.setdefault(peer, []).append(_of_peer(peer, inbox(folder, round(filings * share)), rules, out))
                shutil.rmtree(out)
    ours = statistics.median(each.cpu_seconds for each in used[OURS])
    start = {peer: _start_of(peer) for peer, share in peers.items() if share < 1}
    return [_row(name, found, PEERS.get(name, 1), start.get(name), filings, ours) for name, found in used.items()]


def _of_peer(peer: str, *arguments: Path) -> Used:
    return run(PEERS_PYTHON if PEERS_PYTHON.exists() else sys.executable, HERE / "peers" / f"{peer}.py", *arguments)


def _start_of(peer: str) -> Used:
    """What a peer takes before it has seen a filing."""
    return _of_peer(peer)


def _row(name: str, found: list[Used], share: float, start: Used | None, filings: int, ours: float) -> dict:
    cpu = statistics.median(each.cpu_seconds for each in found)
    wall = statistics.median(each.wall_seconds for each in found)
    if start:
        cpu = start.cpu_seconds + (cpu - start.cpu_seconds) / share
        wall = start.wall_seconds + (wall - start.wall_seconds) / share
    return {
        "way": name,
        "filings_run": round(filings * share),
        "cpu_seconds": round(cpu, 1),
        "start_cpu_seconds": round(start.cpu_seconds, 1) if start else None,
        "wall_seconds": round(wall, 1),
        "peak_mb": max(each.peak_mb for each in found),
        "filings_per_cpu_second": round(filings / cpu),
        "cpu_ratio_to_patnav": round(cpu / ours, 4),
        "runs": len(found),
        "told": found[-1].told,
    }


def curve(folder: Path, sizes: list[int]) -> Iterator[dict]:
    """A refresh of each number of filings: CPU seconds a thousand filings say whether the growth is linear."""
    for filings in sizes:
        root = workspace_of(folder, filings)
        used = refreshed(root)
        shutil.rmtree(root)
        yield {"filings": filings, "cpu_seconds_per_thousand": round(used.cpu_seconds / filings * 1000, 3)} | asdict(
            used
        )


def changes(folder: Path, filings: int) -> Iterator[dict]:
    """The first refresh, the same again, one with 1 % new filings, and one with one branch changed."""
    root = workspace_of(folder, filings, "changing")
    yield {"change": "first refresh"} | asdict(refreshed(root))
    yield {"change": "nothing new"} | asdict(refreshed(root))
    for path in inbox(folder, filings // 100, first=filings).iterdir():
        os.link(path, root / "inbox" / f"new_{path.name}")
    yield {"change": "1 % new filings"} | asdict(refreshed(root))
    taxonomy = folder / "taxonomy"
    shutil.copytree(SHIPPED_TAXONOMY, taxonomy)
    branch = next(path for path in sorted(taxonomy.glob("*.toml")) if not path.name.startswith("_"))
    text = branch.read_text(encoding="utf-8")
    branch.write_text(text.replace("exclude = '''", "exclude = '''\nTI:zzyzx OR", 1), encoding="utf-8")
    yield {"change": f"one branch changed: {branch.stem}"} | asdict(refreshed(root, taxonomy))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--filings", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--curve", type=int, nargs="+")
    parser.add_argument("--changes", type=int)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--in", type=Path, dest="root", help=argparse.SUPPRESS)
    parser.add_argument("--taxonomy", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.root:
        print(json.dumps(refresh_here(arguments.root, arguments.taxonomy)), flush=True)
        os._exit(0)  # as the command leaves, see flows.cli
    with tempfile.TemporaryDirectory(prefix="patnav-bench-") as name:
        folder = Path(name)
        rows = (
            curve(folder, arguments.curve)
            if arguments.curve
            else changes(folder, arguments.changes)
            if arguments.changes
            else compared(folder, arguments.filings, arguments.runs)
        )
        found = []
        for row in rows:
            found.append(row)
            _tell(row)
    if arguments.json:
        arguments.json.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _tell(row: dict) -> None:
    told = row["told"]
    print(
        "  ".join(
            f"{key} {round(value, 1) if isinstance(value, float) and value > 1 else value}"
            for key, value in row.items()
            if key != "told"
        )
    )
    for stage, figures in told.get("stages", {}).items():
        print(
            f"    {stage:18} {figures['cpu_seconds']:8.1f} CPU-s {figures['wall_seconds']:8.1f} s {figures['peak_mb']:7} MB so far"
        )
    for stage, seconds in sorted(told.get("inside", {}).items(), key=lambda item: -item[1]):
        print(f"        {stage:28} {seconds:8.1f} CPU-s")


if __name__ == "__main__":
    main()
