"""All benchmarks in one command: seeded data made once, each part in a process of its own, a table and one JSON file.

    python -m tests.benchmarks [--only PART ...] [--filings 20000] [--runs 5] [--json bench.json] [--page docs/performance.md]
    python -m tests.benchmarks --nightly          the same, and what takes hours: the curve and the metrics up to ten million

Parts: matching (the classifier against the machine), classify (against what an analyst would pick), read, refresh (against its
peers), changes (what 1 % new filings cost), curve (growth), metrics, loading.
"""

from __future__ import annotations

import argparse
import datetime
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks import measuring
from tests.benchmarks.refresh import left_out
from tests.benchmarks.targets import targets

# A size is left out where the disk has less room than it takes: a filing from its export to its warehouse, in the metrics' warehouse.
BYTES_PER_FILING, BYTES_PER_FACT = 7_000, 600


@dataclass(frozen=True)
class Sizes:
    """How much each part is given. `dear_runs`: of what takes long."""

    filings: int = 20_000
    runs: int = 5
    dear_runs: int = 3
    records: int = 50_000
    classified: int = 20_000
    by_oracle: int = 30
    read_share: float = 0.1
    facts: int = 100_000
    narrow_rows: int = 1_000_000
    curve: tuple[int, ...] = (5_000, 10_000)  # the refresh adds `filings`


NIGHTLY = Sizes(
    filings=100_000,
    records=1_000_000,
    by_oracle=5_000,
    read_share=1.0,
    facts=10_000_000,
    curve=(10_000, 1_000_000, 10_000_000),
)
QUICK = Sizes(500, 1, 1, 3_000, 2_500, 3, 0.001, 500, 1_000, (200,))


def of_matching(folder: Path, sizes: Sizes) -> dict:
    from tests.benchmarks.matching import measure

    return measure(folder, sizes.records, sizes.dear_runs, sizes.by_oracle)


def of_classify(folder: Path, sizes: Sizes) -> list[dict]:
    from tests.benchmarks.classify import measure
    from tests.benchmarks.corpora import shipped

    return measure(measuring.records(folder, sizes.classified), shipped(), sizes.dear_runs)


def of_read(folder: Path, sizes: Sizes) -> list[dict]:
    from tests.benchmarks.read import measure

    return list(measure(folder, sizes.read_share))


def of_refresh(folder: Path, sizes: Sizes) -> list[dict]:
    from tests.benchmarks.refresh import compared

    return compared(folder, sizes.filings, sizes.runs)


def of_changes(folder: Path, sizes: Sizes) -> list[dict]:
    from tests.benchmarks.refresh import changes

    return list(changes(folder, sizes.filings))


def of_curve(folder: Path, sizes: Sizes) -> list[dict]:
    from tests.benchmarks.refresh import curve

    return list(curve(folder, _that_fit(folder, sizes.curve, BYTES_PER_FILING)))


def of_metrics(folder: Path, sizes: Sizes) -> dict:
    from tests.benchmarks.metrics import measure

    chosen = _that_fit(folder, sorted({min(sizes.facts, 1_000_000), sizes.facts}), BYTES_PER_FACT)
    return measure(folder, chosen[-1])


def of_loading(folder: Path, sizes: Sizes) -> dict:
    from tests.benchmarks.loading import measure

    return measure(folder, sizes.narrow_rows, sizes.dear_runs)


PARTS: dict[str, Callable[[Path, Sizes], Any]] = {
    "matching": of_matching,
    "classify": of_classify,
    "read": of_read,
    "refresh": of_refresh,
    "changes": of_changes,
    "curve": of_curve,
    "metrics": of_metrics,
    "loading": of_loading,
}


def _that_fit(folder: Path, sizes: Iterable[int], bytes_each: int) -> list[int]:
    """The numbers of filings for which the disk has room."""
    room = shutil.disk_usage(folder).free // bytes_each
    return [size for size in sizes if size <= room]


def measured(chosen: list[str], asked: argparse.Namespace) -> dict[str, Any]:
    """Every part that is chosen, in a process of its own; what was measured on what, when."""
    found: dict[str, Any] = {
        "date": datetime.date.today().isoformat(),
        "machine": measuring.machine(),
        "versions": measuring.versions(),
        "sizes": asdict(_sizes(asked)),
        "left_out": [*left_out(), *([] if shutil.which("rg") else ["rg"])],
        "seconds": {},
    }
    with tempfile.TemporaryDirectory(prefix="patnav-bench-") as folder:
        for part in chosen:
            print(f"{part} ...", end=" ", file=sys.stderr, flush=True)
            began = time.perf_counter()
            command = [sys.executable, "-m", "tests.benchmarks", *_given(asked), "--part", part, "--folder", folder]
            used = measuring.run(*command)
            found[part] = used.told["found"]
            found["seconds"][part] = round(time.perf_counter() - began)
            print(f"{found['seconds'][part]} s", file=sys.stderr, flush=True)
    if {"refresh", "curve"} <= found.keys():
        found["curve"].append(_point_of(found["refresh"]))
    found["machine"]["load_at_end"] = measuring.machine()["load"]
    return found


def _point_of(refresh: list[dict]) -> dict:
    """The comparison's own refresh as a point of the curve."""
    ours = refresh[0]
    return {
        "filings": ours["filings_run"],
        "cpu_seconds_per_thousand": round(ours["cpu_seconds"] / ours["filings_run"] * 1000, 3),
        **{name: ours[name] for name in ("cpu_seconds", "wall_seconds", "peak_mb", "told")},
    }


def _given(asked: argparse.Namespace) -> list[str]:
    sizes = [f"--{name}={getattr(asked, name)}" for name in ("filings", "runs") if getattr(asked, name)]
    return sizes + [f"--{name}" for name in ("nightly", "quick") if getattr(asked, name)]


def _sizes(asked: argparse.Namespace) -> Sizes:
    sizes = NIGHTLY if asked.nightly else QUICK if asked.quick else Sizes()
    given = {name: getattr(asked, name) for name in ("filings", "runs") if getattr(asked, name)}
    return Sizes(**(asdict(sizes) | given))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART")
    parser.add_argument("--filings", type=int)
    parser.add_argument("--runs", type=int)
    parser.add_argument("--json", type=Path, default=Path("bench.json"))
    parser.add_argument("--page", type=Path, help="write the tables into this page, between its marks")
    parser.add_argument("--from-json", action="store_true", help="measure nothing: tell what the JSON file holds")
    parser.add_argument("--nightly", action="store_true")
    parser.add_argument(
        "--quick", action="store_true", help="tiny sizes: whether everything runs, no figure means anything"
    )
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part:
        print(json.dumps({"found": PARTS[asked.part](asked.folder, _sizes(asked))}, ensure_ascii=False))
        return
    found = json.loads(asked.json.read_text(encoding="utf-8")) if asked.from_json else measured(asked.only, asked)
    found["targets"] = [asdict(target) for target in targets(found)]
    if not asked.from_json:
        asked.json.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    from tests.benchmarks.page import terminal, write_into

    print(terminal(found))
    if asked.page:
        write_into(asked.page, found)


if __name__ == "__main__":
    main()
