"""What a survival test says of itself: how often a guarantee was tried, under which seed and versions, and what was violated."""

from __future__ import annotations

import platform
import time
from importlib.metadata import version

SEED = 20240630
SHOWN = 5


def versions_in_use() -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "polars", "prefect"))
    return f"Python {platform.python_version()}, {libraries}, {platform.system()} {platform.release()}"


class Account:
    """The trials of one guarantee (its id in the table of the README) within one test."""

    def __init__(self, guarantee: str, seed: int = SEED) -> None:
        self.guarantee, self.seed = guarantee, seed
        self.trials, self.violations = 0, []
        self._started = time.monotonic()

    def trial(self, *broken: str) -> None:
        """One trial; `broken`: the invariants that did not hold in it, each told with what was found."""
        self.trials += 1
        self.violations += [told for told in broken if told]

    def facts(self) -> dict:
        seconds = time.monotonic() - self._started
        return {
            "guarantee": self.guarantee,
            "trials": self.trials,
            "violated": len(self.violations),
            "seed": self.seed,
            "seconds": round(seconds, 1),
        }

    def close(self) -> None:
        """Fail where an invariant was violated, or nothing was tried at all."""
        assert self.trials, f"{self.guarantee}: not one trial"
        told = "\n  ".join(self.violations[:SHOWN])
        assert not self.violations, (
            f"{self.guarantee}: {len(self.violations)} violated in {self.trials} trials, seed {self.seed}, "
            f"{versions_in_use()}\n  {told}"
        )
