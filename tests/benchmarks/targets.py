"""The targets that were set before there was a pipeline, each with what was measured and whether it is met.

They stem from a prototype that made one table, 18 short rules and five figures of the same kind of texts. Where ours is
measured against another thing than the prototype was, the line says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Found = dict[str, Any]
NOT_MEASURED = None


@dataclass(frozen=True)
class Target:
    """`is_met`: None where it was not measured."""

    id: str
    said: str
    measured: str
    is_met: bool | None


def targets(found: Found) -> list[Target]:
    """Every target, from what the parts have found; parts that were not run leave theirs unmeasured."""
    parts = (_matching, _refresh, _changes, _memory, _metrics, _loading, _validation)
    return sorted((target for part in parts for target in part(found)), key=lambda target: _order(target.id))


def _order(name: str) -> tuple[bool, int, str]:
    number = "".join(letter for letter in name if letter.isdigit())
    return name[0] != "P", int(number), name


def _at_most(name: str, said: str, value: float | None, limit: float, told: str = "{:.2f}") -> Target:
    return Target(name, said, "not measured" if value is None else told.format(value), value and value <= limit)


def _at_least(name: str, said: str, value: float | None, limit: float, told: str = "{:.2f}") -> Target:
    return Target(name, said, "not measured" if value is None else told.format(value), value and value >= limit)


def _matching(found: Found) -> Iterator[Target]:
    seconds = {way: used["cpu_seconds"] for way, used in found.get("matching", {}).get("seconds", {}).items()}
    walls = {way: used["wall_seconds"] for way, used in found.get("matching", {}).get("seconds", {}).items()}

    def ratio(over: str, under: str, of: dict[str, float] = seconds) -> float | None:
        return of[over] / of[under] if of.get(over) and of.get(under) else NOT_MEASURED

    yield _at_least(
        "P1", "scan for all terms ≥ 0.50 × the speed of rg -F -i -c for the same literals", ratio("rg", "scan"), 0.5
    )
    yield _at_least("P2", "classification ≥ 0.30 × the speed of rg", ratio("rg", "classify"), 0.3)
    yield _at_most("P3", "4 × as many terms ≤ 1.5 × the scan", ratio("scan, 4 x terms", "scan"), 1.5)
    yield _at_most("P4", "NEAR/50 ≤ 1.2 × NEAR/5", ratio("classify, NEAR/50", "classify, NEAR/5"), 1.2)
    yield _at_least(
        "P9", "two workers ≥ 1.4 × the wall speed of one", ratio("classify, one worker", "classify", walls), 1.4
    )
    alike = found.get("matching", {}).get("alike")
    told = alike and (
        f"{alike['labels']} labels of {alike['records']} records by columns and record by record, "
        f"{alike['labels_by_oracle']} of {alike['records_by_oracle']} by the oracle"
    )
    is_alike = alike and (alike["is_alike_record_by_record"] and alike["is_alike_oracle"])
    yield Target("C1", "every way of classifying gives the same labels", told or "not measured", is_alike)


def _refresh(found: Found) -> Iterator[Target]:
    ways = {row["way"]: row for row in found.get("refresh", [])}

    def ratio(peer: str) -> float | None:
        return ways[peer]["cpu_ratio_to_patnav"] if peer in ways else NOT_MEASURED

    load = ratio("duckdb_load")
    yield _at_most("P5", "whole refresh ≤ 1.0 × DuckDB's own load of the same files", load and 1 / load, 1.0, "{:.1f}")
    for name, peer, limit in (
        ("P6a", "duckdb_tuned", 2),
        ("P6b", "duckdb_sql", 4),
        ("P6c", "pandas_re", 50),
    ):
        yield _at_least(name, f"whole refresh ≥ {limit} × cheaper than {peer}", ratio(peer), limit)


def _changes(found: Found) -> Iterator[Target]:
    rows = {row["change"].partition(":")[0]: row["cpu_seconds"] for row in found.get("changes", [])}
    first = rows.get("first refresh")
    for name, change, limit in (
        ("P7a", "nothing new", 0.25),
        ("P7b", "1 % new filings", 0.03),
        ("P7c", "one branch changed", 0.15),
    ):
        share = rows[change] / first if first and change in rows else NOT_MEASURED
        yield _at_most(name, f"{change} ≤ {limit} × the first refresh", share, limit)


def _memory(found: Found) -> Iterator[Target]:
    curve = found.get("curve", [])
    largest = max(curve, key=lambda row: row["filings"], default=None)
    if largest is None:
        yield Target("P8", "peak memory ≤ 1.3 GB at 1 M, and not growing", "not measured", NOT_MEASURED)
        return
    told = ", ".join(f"{row['peak_mb']:,} MB at {row['filings']:,}" for row in curve)
    is_met = largest["peak_mb"] <= 1_300 if largest["filings"] >= 1_000_000 else NOT_MEASURED
    yield Target("P8", "peak memory ≤ 1.3 GB at 1 M, and not growing", told, is_met)


def _metrics(found: Found) -> Iterator[Target]:
    metrics = found.get("metrics")
    name, said = "P10", "metrics answered ≤ 0.2 s at 1 M filings, ≤ 2.5 s at 10 M"
    if not metrics:
        yield Target(name, said, "not measured", NOT_MEASURED)
        return
    read, computed = sum(metrics["read"].values()), sum(metrics["computed"].values())
    told = f"{read:.2f} s to read all {len(metrics['read'])}, {computed:.1f} s to compute them, at {metrics['facts']:,}"
    limit = {1_000_000: 0.2, 10_000_000: 2.5}.get(metrics["facts"])
    yield Target(name, said, told, read <= limit if limit else NOT_MEASURED)


def _loading(found: Found) -> Iterator[Target]:
    loading = found.get("loading")
    said = "1 M narrow rows loaded ≤ 0.4 CPU s, and no executemany on the way"
    if not loading:
        yield Target("P11", said, "not measured", NOT_MEASURED)
        return
    seconds = {way: used["cpu_seconds"] for way, used in loading["seconds"].items()}
    taken = (seconds["Parquet, as a build does"] - seconds["an empty file"]) * 1_000_000 / loading["rows"]
    in_memory = (seconds["the same, in memory"] - seconds["empty, in memory"]) * 1_000_000 / loading["rows"]
    calls = ", ".join(loading["executemany"]) or "nowhere"
    told = f"{taken:.2f} s into a file, {in_memory:.2f} s in memory; executemany: {calls}"
    yield Target("P11", said, told, taken <= 0.4 and not loading["executemany"])


def _validation(found: Found) -> Iterator[Target]:
    ours = next((row for row in found.get("refresh", []) if row["way"] == "patnav refresh"), None)
    inside = ours and ours["told"].get("inside")
    share = inside["validate"] / sum(inside.values()) if inside else NOT_MEASURED
    yield _at_most("P12", "validation ≤ 0.05 × the refresh", share, 0.05, "{:.3f}")
