"""How fast tables are read, beside polars' own readers, which may change cells and lose rows: rows/s, CPU seconds and ratios.

Run: `make bench`, or `python -m tests.benchmarks.read [share of the full size]`.
"""

from __future__ import annotations

import csv
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import xlsxwriter

from transforms.tabular import read_table

XLSX_ROWS, XLSX_COLUMNS, CSV_ROWS, JSON_ROWS = 100_000, 30, 1_000_000, 1_000_000
COLUMNS = ("number", "title", "applicants", "filing_date", "ipc", "abstract", "status", "office", "year", "claims")


def records(rows: int) -> Iterator[tuple[str, ...]]:
    for n in range(rows):
        yield (
            f"CN{109_000_000 + n}A",
            f"一种用于量子计算的第{n}号控制电路、装置及其方法",
            f"示例{n % 997}公司; 示例{n % 89}大学",
            f"20{n % 20:02}-{n % 12 + 1:02}-{n % 28 + 1:02}",
            f"G06N{n % 20}/00; G06F{n % 15 + 1}/{n % 40:02}",
            f"本申请涉及第{n}种电路，其特征在于包括控制单元与读出单元。" * 2,
            "有效",
            "CN",
            str(2000 + n % 20),
            str(n % 30),
        )


def write_csv(path: Path, rows: int, is_quoted: bool) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL if is_quoted else csv.QUOTE_MINIMAL)
        writer.writerows([COLUMNS, *records(rows)])


def write_json(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        for record in records(rows):
            file.write(json.dumps(dict(zip(COLUMNS, record, strict=True)), ensure_ascii=False) + "\n")


def write_xlsx(path: Path, rows: int) -> None:
    with xlsxwriter.Workbook(path, {"constant_memory": False}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["number", *(f"column {n}" for n in range(1, XLSX_COLUMNS))])
        for index, record in enumerate(records(rows), start=1):
            for column in range(XLSX_COLUMNS):
                if column == 1:
                    sheet.write_number(index, column, 202010123456.7 + index)
                else:
                    sheet.write_string(index, column, record[column % 10])


def ours(path: Path) -> int:
    return read_table(path, path.name, lambda cells: "number" in cells).rows.height


def of_polars_csv(path: Path) -> int:
    return pl.read_csv(path, infer_schema=False).height


def of_polars_json(path: Path) -> int:
    return pl.read_ndjson(path).height


def of_polars_xlsx(path: Path) -> int:
    return pl.read_excel(path, infer_schema_length=0).height


def measured(reader: Callable[[Path], int], path: Path) -> tuple[int, float, float, float]:
    """Rows, clock seconds, CPU seconds and peak MB of one reading, in a process of its own with its children."""
    code = (
        "import sys, time, resource; from pathlib import Path; from tests.benchmarks import read\n"
        "reader = getattr(read, sys.argv[1]); began = time.perf_counter(); used = read.cpu_seconds()\n"
        "rows = reader(Path(sys.argv[2])); clock = time.perf_counter() - began\n"
        "print(rows, clock, read.cpu_seconds() - used, read.peak_megabytes())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, reader.__name__, str(path)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ReaderMissing(done.stderr.strip().splitlines()[-1])
    rows, clock, cpu, peak = done.stdout.split()
    return int(rows), float(clock), float(cpu), float(peak)


class ReaderMissing(Exception):
    """A peer that cannot be run here."""


def cpu_seconds() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def peak_megabytes() -> float:
    """The larger of the process's and its child's greatest size."""
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024


def main() -> None:
    share = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    with tempfile.TemporaryDirectory() as folder:
        cases = [
            (f"CSV, {CSV_ROWS * share:,.0f} x 10, no quotes", Path(folder, "plain.csv"), of_polars_csv,
             lambda path: write_csv(path, int(CSV_ROWS * share), is_quoted=False)),
            (f"CSV, {CSV_ROWS * share:,.0f} x 10, all quoted", Path(folder, "quoted.csv"), of_polars_csv,
             lambda path: write_csv(path, int(CSV_ROWS * share), is_quoted=True)),
            (f"JSON lines, {JSON_ROWS * share:,.0f} x 10", Path(folder, "t.jsonl"), of_polars_json,
             lambda path: write_json(path, int(JSON_ROWS * share))),
            (f"XLSX, {XLSX_ROWS * share:,.0f} x {XLSX_COLUMNS}", Path(folder, "t.xlsx"), of_polars_xlsx,
             lambda path: write_xlsx(path, int(XLSX_ROWS * share))),
        ]  # fmt: skip
        print(f"{'file':40} {'reader':7} {'rows/s':>10} {'clock s':>8} {'CPU s':>8} {'peak MB':>8}")
        for title, path, peer, write in cases:
            write(path)
            clocks = {}
            for name, reader in (("patnav", ours), ("polars", peer)):
                try:
                    rows, clock, cpu, peak = measured(reader, path)
                except ReaderMissing as error:
                    print(f"{title:40} {name:7} not run: {error}")
                    continue
                clocks[name] = clock
                print(f"{title:40} {name:7} {rows / clock:10,.0f} {clock:8.2f} {cpu:8.2f} {peak:8.0f}", flush=True)
            if len(clocks) == 2:
                print(f"{'':40} patnav takes {clocks['patnav'] / clocks['polars']:.1f} times as long")
            path.unlink()


if __name__ == "__main__":
    main()
