"""What was measured as tables: for the terminal, and for a page between two marks, so that it can be made anew."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

Found = dict[str, Any]
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
SHOWN_METRICS = 10
START = "start of Python and its libraries"
WAYS = {
    "patnav refresh": "patnav refresh",
    "duckdb_load": "(floor) DuckDB reads the same CSV files into a file, nothing else",
    "polars_regex": "polars, one regex a branch",
    "duckdb_tuned": "DuckDB SQL, tuned: one pass in memory",
    "duckdb_sql": "DuckDB SQL, one query a branch",
    "pandas_re": "pandas and re",
    "pyspark_local": "PySpark local[2], one pass",
}


class Table(NamedTuple):
    title: str
    header: tuple[str, ...]
    rows: list[tuple]


def terminal(found: Found) -> str:
    blocks = [_conditions(found), *(_plain(table) for table in tables(found))]
    return "\n\n".join(blocks)


def write_into(page: Path, found: Found) -> None:
    """Put the tables between the marks of a page, which must be there."""
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{page}: found no marks, expected {BEGIN} and {END}, each once: put them where the tables go")
    block = "\n\n".join([_conditions(found), *(_markdown(table) for table in tables(found))])
    page.write_text(f"{before}{BEGIN}\n{block}\n{END}{after}", encoding="utf-8")


def tables(found: Found) -> Iterator[Table]:
    yield _targets(found)
    for part, shown in (
        ("refresh", _refresh), ("changes", _changes), ("curve", _curve), ("matching", _matching), ("classify", _classify),
        ("read", _read), ("metrics", _metrics), ("loading", _loading),
    ):  # fmt: skip
        if part in found:
            yield from shown(found)


def _conditions(found: Found) -> str:
    machine = found["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    took = sum(found["seconds"].values())
    left_out = f" Left out, not being installed here: {', '.join(found['left_out'])}." if found["left_out"] else ""
    return (
        f"{found['date']}: {machine['cores']} cores of {machine['processor']}, {machine['memory_gb']} GB, "
        f"{machine['system']}; load {machine['load']} at the start and {machine['load_at_end']} at the end; {versions}. "
        f"All parts together took {took // 60} min {took % 60} s.{left_out}"
    )


def _targets(found: Found) -> Table:
    said = {True: "met", False: "**missed**", None: "–"}
    rows = [(each["id"], each["said"], each["measured"], said[each["is_met"]]) for each in found["targets"]]
    return Table("Targets", ("", "target", "measured", ""), rows)


def _refresh(found: Found) -> Iterator[Table]:
    rows = found["refresh"]
    yield Table(
        f"Whole refresh of {rows[0]['filings_run']:,} filings and what others would take",
        ("way", "CPU s", "× patnav", "wall s", "peak MB", "filings / CPU s", "runs"),
        [
            (
                WAYS[row["way"]] + _extrapolated(row),
                row["cpu_seconds"], f"{row['cpu_ratio_to_patnav']:.2f}", row["wall_seconds"], f"{row['peak_mb']:,}",
                f"{row['filings_per_cpu_second']:,}", row["runs"],
            )
            for row in rows
        ],
    )  # fmt: skip
    yield _stages("Where its CPU seconds go", rows[0])


def _extrapolated(row: dict) -> str:
    if row["start_cpu_seconds"] is None:
        return ""
    return f" (from {row['filings_run']:,} filings; start {row['start_cpu_seconds']} CPU s)"


def _stages(title: str, row: dict) -> Table:
    inside = row["told"]["inside"] | {START: row["told"]["start_cpu_seconds"]}
    whole = sum(inside.values())
    shares = sorted(inside.items(), key=lambda item: -item[1])
    rows = [(stage, f"{seconds:.2f}", f"{seconds / whole:.1%}") for stage, seconds in shares]
    return Table(title, ("stage", "CPU s", "share"), rows)


def _changes(found: Found) -> Iterator[Table]:
    first, *_ = rows = found["changes"]
    told = [row["told"]["inside"] for row in rows]
    yield Table(
        "What a change costs",
        ("refresh", "CPU s", "× first", "reading CPU s", "labelling CPU s", "peak MB"),
        [
            (
                row["change"], f"{row['cpu_seconds']:.1f}", f"{row['cpu_seconds'] / first['cpu_seconds']:.2f}",
                f"{inside['read, map and cast'] + inside['validate']:.2f}", f"{inside['label']:.2f}", f"{row['peak_mb']:,}",
            )
            for row, inside in zip(rows, told, strict=True)
        ],
    )  # fmt: skip


def _curve(found: Found) -> Iterator[Table]:
    yield Table(
        "Growth",
        ("filings", "CPU s", "CPU s a thousand", "wall s", "peak MB"),
        [
            (f"{row['filings']:,}", f"{row['cpu_seconds']:.1f}", f"{row['cpu_seconds_per_thousand']:.3f}",
             f"{row['wall_seconds']:.1f}", f"{row['peak_mb']:,}")
            for row in found["curve"]
        ],
    )  # fmt: skip


def _matching(found: Found) -> Iterator[Table]:
    matching = found["matching"]
    seconds = matching["seconds"]
    beside = seconds.get("rg", {}).get("cpu_seconds")
    yield Table(
        f"Terms in texts: {matching['records']:,} records, {matching['megabytes']} MB, {matching['terms']:,} terms",
        ("way", "CPU s", "MB / CPU s", "speed beside rg", "wall s"),
        [
            (
                way, used["cpu_seconds"], round(matching["megabytes"] / used["cpu_seconds"]),
                f"{beside / used['cpu_seconds']:.2f}" if beside else "–", used["wall_seconds"],
            )
            for way, used in seconds.items()
        ],
    )  # fmt: skip


def _classify(found: Found) -> Iterator[Table]:
    yield Table(
        "Classification alone, beside what an analyst would pick",
        ("way", "CPU s", "× patnav", "records / CPU s", "labels"),
        [
            (
                row["way"], row["cpu_seconds"], row["ratio_to_patnav"],
                f"{row['records_per_cpu_second']:,}", f"{row['labels']:,}",
            )
            for row in found["classify"]
        ],
    )  # fmt: skip


def _read(found: Found) -> Iterator[Table]:
    yield Table(
        "Reading tables as they were given, beside readers that may change cells",
        ("file", "reader", "rows / s", "CPU s", "patnav's CPU to it", "peak MB"),
        [
            (
                row["file"], row["reader"], f"{row['rows_per_second']:,}", row["cpu_seconds"], row["cpu_ratio"] or "",
                row["peak_mb"],
            )
            for row in found["read"]
            if "problem" not in row
        ],
    )  # fmt: skip


def _metrics(found: Found) -> Iterator[Table]:
    metrics = found["metrics"]
    whole = [
        ("build of the warehouse, all of this", metrics["build"]),
        (f"all {len(metrics['computed'])} metrics computed", sum(metrics["computed"].values())),
        (f"all {len(metrics['read'])} metrics read", sum(metrics["read"].values())),
        (f"all {len(metrics['checks'])} checks", sum(metrics["checks"].values())),
        ("content hash", metrics["content hash"]),
    ]
    dearest = sorted(metrics["computed"].items(), key=lambda item: -item[1])[:SHOWN_METRICS]
    yield Table(
        f"Warehouse of {metrics['facts']:,} made filings, {metrics['labels']:,} labels (peak {metrics['peak_gib']:.2f} GiB)",
        ("", "CPU s"),
        [(name, f"{seconds:.2f}") for name, seconds in [*whole, *dearest]],
    )


def _loading(found: Found) -> Iterator[Table]:
    loading = found["loading"]
    yield Table(
        f"{loading['rows']:,} rows into {loading['table']}, file and all",
        ("way", "CPU s", "wall s"),
        [(way, used["cpu_seconds"], used["wall_seconds"]) for way, used in loading["seconds"].items()],
    )


def _markdown(table: Table) -> str:
    lines = [table.header, tuple("---" if at == 0 else "---:" for at in range(len(table.header))), *table.rows]
    if table.title == "Targets":
        lines[1] = ("---",) * len(table.header)
    return f"### {table.title}\n\n" + "\n".join(f"| {' | '.join(map(str, row))} |" for row in lines)


def _plain(table: Table) -> str:
    rows = [tuple(map(str, row)) for row in (table.header, *table.rows)]
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(_padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([table.title, "─" * min(sum(widths) + 2 * len(widths), 120), *lines])


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - _width(cell))


def _width(text: str) -> int:
    """In columns of a terminal, where a Han character takes two."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)
