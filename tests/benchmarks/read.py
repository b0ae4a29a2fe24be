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

import openpyxl
import polars as pl
import xlsxwriter

from tests.benchmarks.measuring import cpu_seconds  # noqa: F401  each reading's own process asks for it here
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


def of_polars_calamine(path: Path) -> int:
    return pl.read_excel(path, infer_schema_length=0).height


def of_polars_openpyxl(path: Path) -> int:
    return pl.read_excel(path, engine="openpyxl", infer_schema_length=0).height


def of_openpyxl(path: Path) -> int:
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    return sum(1 for _ in book.active.iter_rows(values_only=True)) - 1


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


def peak_megabytes() -> float:
    """The larger of the process's and its child's greatest size."""
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024


def measure(folder: Path, share: float) -> Iterator[dict]:
    """Each reader on each kind of file; `cpu_ratio`: patnav's CPU seconds to its own. None where it cannot be run here."""
    for title, write, peers in _cases(share):
        path = folder / "file.xlsx"  # one peer goes by the name
        write(path)
        yield from _compared(title, path, peers)


def main() -> None:
    share = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    with tempfile.TemporaryDirectory() as folder:
        print(f"{'file':40} {'reader':20} {'rows/s':>10} {'clock s':>8} {'CPU s':>8} {'peak MB':>8}  CPU, patnav to it")
        for row in measure(Path(folder), share):
            if "problem" in row:
                print(f"{row['file']:40} {row['reader']:20} not run: {row['problem']}")
                continue
            print(
                f"{row['file']:40} {row['reader']:20} {row['rows_per_second']:10,} {row['wall_seconds']:8.2f} "
                f"{row['cpu_seconds']:8.2f} {row['peak_mb']:8}  {row['cpu_ratio'] or ''}",
                flush=True,
            )


def _cases(share: float):
    rows = {name: int(full * share) for name, full in (("csv", CSV_ROWS), ("json", JSON_ROWS), ("xlsx", XLSX_ROWS))}
    of_xlsx = (of_polars_calamine, of_polars_openpyxl, of_openpyxl)
    return (
        (f"CSV, {rows['csv']:,} x 10, no quotes", lambda path: write_csv(path, rows["csv"], False), (of_polars_csv,)),
        (f"CSV, {rows['csv']:,} x 10, all quoted", lambda path: write_csv(path, rows["csv"], True), (of_polars_csv,)),
        (f"JSON lines, {rows['json']:,} x 10", lambda path: write_json(path, rows["json"]), (of_polars_json,)),
        (f"XLSX, {rows['xlsx']:,} x {XLSX_COLUMNS}", lambda path: write_xlsx(path, rows["xlsx"]), of_xlsx),
    )


def _compared(title: str, path: Path, peers: tuple[Callable[[Path], int], ...]) -> Iterator[dict]:
    own = None
    for reader in (ours, *peers):
        row = {"file": title, "reader": reader.__name__}
        try:
            rows, clock, cpu, peak = measured(reader, path)
        except ReaderMissing as error:
            yield row | {"problem": str(error)}
            continue
        own = own or cpu
        yield row | {
            "rows_per_second": round(rows / clock),
            "wall_seconds": round(clock, 2),
            "cpu_seconds": round(cpu, 2),
            "peak_mb": round(peak),
            "cpu_ratio": None if reader is ours else round(own / cpu, 1),
        }


if __name__ == "__main__":
    main()
