"""The report of a warehouse of made filings: seconds and peak memory of writing it, from the warehouse's focus and another.

Run: python -m tests.benchmarks.report [FILINGS]. Filings are made, not real; the figures are of one machine on one day.
"""

from __future__ import annotations

import datetime
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.made_door import write_made_door
from warehouse.build import BuildFacts, build
from warehouse.report.page import write_report

FILINGS = 1_000_000
# One process for each way of writing it: a peak of memory is that of a whole process.
WAYS = {
    "own focus, 中文": {},
    "own focus, English": {"language": "en"},
    "another province (江苏)": {"province": "江苏"},
}


def built(folder: Path, filings: int) -> Path:
    door = write_made_door(folder / "door", filings)
    facts = BuildFacts("bench", "0", "t1", True, None, "run", datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))
    return build(door, folder / "warehouse.duckdb", facts).target


def written(database: Path, way: str) -> None:
    clock, cpu = time.perf_counter(), time.process_time()
    report = write_report(database, database.parent / "report", **WAYS[way])
    seconds, of_cpu = time.perf_counter() - clock, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    files = sum(1 for _ in report.page.parent.rglob("*.*"))
    size = report.page.stat().st_size / 1024**2
    sys.stdout.write(
        f"{way:<24} {seconds:7.1f} s {of_cpu:7.1f} CPU s   peak {peak:5.2f} GiB   page {size:.2f} MiB, {files} files\n"
    )


def main() -> None:
    if len(sys.argv) == 4 and sys.argv[1] == "write":
        written(Path(sys.argv[2]), sys.argv[3])
        return
    filings = int(sys.argv[1]) if len(sys.argv) > 1 else FILINGS
    with tempfile.TemporaryDirectory() as folder:
        clock = time.perf_counter()
        database = built(Path(folder), filings)
        seconds, size = time.perf_counter() - clock, database.stat().st_size / 1024**2
        sys.stdout.write(f"{filings:,} filings: made and built in {seconds:.0f} s, {size:.0f} MiB\n")
        for way in WAYS:
            sys.stdout.flush()
            subprocess.run([sys.executable, "-m", "tests.benchmarks.report", "write", str(database), way], check=True)


if __name__ == "__main__":
    main()
