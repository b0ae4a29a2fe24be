"""What readers saw when: one line per swap of `current.duckdb`, and which versions are kept because of it.

    <warehouse_dir>/history.jsonl   {"at": UTC, "version_key": …, "instead_of": … or null, "cause": refresh | rollback}

A line is written before the swap that it tells of, so that a publication killed in between has one too many and never one too few.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

HISTORY = "history.jsonl"
REFRESH, ROLLBACK = "refresh", "rollback"


@dataclass(frozen=True)
class Swap:
    """`at`: UTC, ISO 8601. `instead_of`: what readers saw before, None where that was nothing."""

    at: str
    version_key: str
    instead_of: str | None
    cause: str


def swaps(warehouse_dir: Path) -> list[Swap]:
    """Every swap, oldest first; a line that a power cut left half is passed over."""
    path = warehouse_dir / HISTORY
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [swap for line in lines if (swap := _swap(line))]


def _swap(line: str) -> Swap | None:
    try:
        return Swap(**json.loads(line))
    except (ValueError, TypeError):
        return None


def record(warehouse_dir: Path, version_key: str, instead_of: str | None, cause: str) -> None:
    """Write down that readers are about to see `version_key`, on disk when this returns."""
    swap = Swap(datetime.now(UTC).isoformat(timespec="microseconds"), version_key, instead_of, cause)
    # After a torn line, a line of its own.
    text = "\n" * _ends_torn(warehouse_dir / HISTORY) + json.dumps(asdict(swap)) + "\n"
    with (warehouse_dir / HISTORY).open("a", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _ends_torn(path: Path) -> bool:
    return path.exists() and not path.read_bytes().endswith(b"\n")


def withdrawn(warehouse_dir: Path) -> dict[str, Swap]:
    """Versions that a rollback took from readers and that nobody put back since: key -> that rollback."""
    taken: dict[str, Swap] = {}
    for swap in swaps(warehouse_dir):
        taken.pop(swap.version_key, None)
        if swap.cause == ROLLBACK and swap.instead_of not in (None, swap.version_key):
            taken[swap.instead_of] = swap
    return taken


def last_shown(warehouse_dir: Path, created: dict[str, str]) -> dict[str, datetime]:
    """When each version in `created` (key -> when it was made) became current or ceased to be it last."""
    moments = {key: datetime.fromisoformat(at) for key, at in created.items()}
    for swap in swaps(warehouse_dir):
        for key in {swap.version_key, swap.instead_of} & moments.keys():
            moments[key] = max(moments[key], datetime.fromisoformat(swap.at))
    return moments


def to_let_go(shown: dict[str, datetime], current: str | None, keep: int, kept_since: datetime) -> list[str]:
    """Versions to remove: not the current one, not among the `keep` shown last, none shown since `kept_since`."""
    last_first = sorted(shown, key=lambda key: (shown[key], key), reverse=True)
    return [key for key in last_first[keep:] if key != current and shown[key] < kept_since]


def shown_before(warehouse_dir: Path, current: str | None, kept: Iterable[str]) -> str | None:
    """The kept version that readers saw before the current one was published; None where there is none."""
    there = set(kept) - {current}
    for swap in reversed(swaps(warehouse_dir)):
        if swap.version_key == current and swap.cause == REFRESH and swap.instead_of in there:
            return swap.instead_of
    return None
