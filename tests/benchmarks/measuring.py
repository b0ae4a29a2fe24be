"""What every part measures with: processes to their end, CPU seconds, medians, the machine, and the data that all parts share."""

from __future__ import annotations

import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from tests.benchmarks.corpora import generated, shipped

LIBRARIES = ("polars", "duckdb", "numba", "numpy", "pandera", "pyarrow")


@dataclass(frozen=True)
class Used:
    """What a process used; `peak_mb` of itself alone. `told`: the JSON that it printed last."""

    cpu_seconds: float
    wall_seconds: float
    peak_mb: int
    told: dict[str, Any]


def run(*command: Any) -> Used:
    """A process to its end, and the JSON that it printed last. What it complains of is shown where it fails."""
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints:
        process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=complaints, text=True)
        printed = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            complaints.seek(0)
            told = "".join(complaints.readlines()[-20:])
            raise SystemExit(f"{' '.join(process.args)}: ended with {process.returncode}\n{printed}\n{told}")
    cpu = usage.ru_utime + usage.ru_stime
    return Used(cpu, time.perf_counter() - began, usage.ru_maxrss // 1024, json.loads(printed.splitlines()[-1]))


def cpu_seconds() -> float:
    """Of this process and those that it has started and waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def peak_mb() -> int:
    """The most memory that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def medians(works: dict[str, Callable[[], Any]], runs: int) -> dict[str, dict[str, float]]:
    """Median CPU and wall seconds of works done in turn, `runs` times each after one that is not counted."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for number in range(runs + 1):
        for name, work in works.items():
            cpu, wall = cpu_seconds(), time.perf_counter()
            work()
            if number:
                taken[name].append((cpu_seconds() - cpu, time.perf_counter() - wall))
    return {
        name: {
            "cpu_seconds": round(statistics.median(cpu for cpu, _ in each), 3),
            "wall_seconds": round(statistics.median(wall for _, wall in each), 3),
        }
        for name, each in taken.items()
    }


def machine() -> dict[str, Any]:
    """Cores, processor, memory, system, and how busy it is."""
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "processor": _processor(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
        "system": f"{platform.system()} {platform.machine()}",
        "load": round(os.getloadavg()[0], 1),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def versions() -> dict[str, str]:
    """Of this code, Python and the libraries that do the work."""
    git = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True).stdout.strip() if shutil.which("git") else ""
    return {"patnav": commit or version("patnav"), "python": platform.python_version()} | {
        name: version(name) for name in LIBRARIES
    }


def records(folder: Path, count: int) -> pl.DataFrame:
    """Generated records, from the folder where another part has made them before."""
    path = folder / f"records_{count}.parquet"
    if not path.exists():
        generated(count, shipped()).write_parquet(path, compression_level=1)
    return pl.read_parquet(path)


def inbox(folder: Path, filings: int, first: int = 0) -> Path:
    """A folder of made exports of so many filings, made where no other part has made them before."""
    made = folder / f"exports_{filings}_from_{first}"
    if not made.exists():
        # By a process of its own: a process that is started begins with the peak of the one that started it.
        command = [sys.executable, "-m", "tests.benchmarks.exports", made.with_suffix(".making"), filings, first]
        subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL)
        made.with_suffix(".making").rename(made)
    return made
