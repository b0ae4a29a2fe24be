"""Where the CPU seconds of a refresh go: functions that a step consists of, each without what it calls of the others.

Names are those under which their callers know them, so that a function that has gone is missed at once.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

# stage -> (module, name) of its functions, Class.name of a method
STAGES: dict[str, tuple[tuple[str, str], ...]] = {
    "copy and hash the files": (("flows.land", "take_in"),),
    "read, map and cast": (("flows.land", "land_file"),),
    "validate": (
        ("transforms.landing", "judge"),
        ("transforms.refine", "require"),
        ("flows.land", "require"),
    ),
    "lay the landed rows out by parts": (("flows.refresh", "landed_by_parts"), ("flows.parting", "_part")),
    "parse the taxonomy": (("flows.refresh", "checked_taxonomy"),),
    "reference tables": (("transforms.refine", "_given"),),
    # merge_rows is a default of tables_by_parts and not found by its name: with it all that stands between the other stages.
    "merge documents, correct": (("flows.refresh", "tables_by_parts"),),
    "compare what sources say": (("transforms.refine", "publication_values"),),
    "filings and families": (
        ("transforms.refine", "with_application_id"),
        ("transforms.refine", "applications_of"),
        ("transforms.refine", "shared_families"),
        ("transforms.refine", "in_families"),
        ("transforms.refine", "families_of"),
        ("transforms.refine", "family_suggestions"),
    ),
    "label": (("transforms.refine", "_lay_labels"), ("transforms.refine", "_branches")),
    "owners": (
        ("transforms.refine", "counted_names"),
        ("transforms.refine", "keyed"),
        ("transforms.refine", "harmonise"),
        ("transforms.refine", "enterprise_applicants"),
        ("transforms.refine", "_named"),
    ),
    "owners that may be one": (("transforms.refine", "near_names"), ("transforms.refine", "suggestions")),
    "places": (("transforms.refine", "with_place_of_first_applicant"), ("transforms.refine", "_by_rule")),
    "sort the tables": (("transforms.refine", "_judged"),),
    "write the door": (("flows.door", "Door.add"),),
    "load into DuckDB": (("warehouse.build", "_load"),),
    "metrics": (("warehouse.build", "compute_metrics"),),
    "claims": (("warehouse.build", "evaluate_claims"),),
    "checks": (("warehouse.build", "run_checks"),),
    "content hash": (("warehouse.build", "content"), ("warehouse.publish", "read_whole")),
    "publish": (("flows.refresh", "publish"),),
    "Parquet marts": (("flows.refresh", "publish_marts"),),
    "report": (("flows.refresh", "report"),),
}
REST = "all else"


class StageClock:
    """CPU seconds by stage. What other threads call of them counts with the stage that waits for it."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys([*STAGES, REST], 0.0)
        self._now, self._since = [REST], time.process_time()

    def _enter(self, stage: str) -> None:
        self._turn()
        self._now.append(stage)

    def _leave(self) -> None:
        self._turn()
        self._now.pop()

    def _turn(self) -> None:
        now = time.process_time()
        self.seconds[self._now[-1]] += now - self._since
        self._since = now

    def watching(self, stage: str, work: Callable) -> Callable:
        """The work, counted; of a generator each step."""
        if inspect.isgeneratorfunction(work):
            step = self.watching(stage, next)
            return functools.wraps(work)(lambda *arguments, **named: _stepwise(work(*arguments, **named), step))

        @functools.wraps(work)
        def watched(*arguments: Any, **named: Any) -> Any:
            if threading.current_thread() is not threading.main_thread():
                return work(*arguments, **named)
            self._enter(stage)
            try:
                return work(*arguments, **named)
            finally:
                self._leave()

        return watched

    def told(self) -> dict[str, float]:
        self._turn()
        return {stage: round(seconds, 3) for stage, seconds in self.seconds.items()}


def _stepwise(generator: Iterator, step: Callable) -> Iterator:
    end = object()
    while (each := step(generator, end)) is not end:
        yield each


@contextmanager
def stage_clock() -> Iterator[StageClock]:
    """The functions of STAGES counted from here on, until the end."""
    clock, patches = StageClock(), []
    for stage, functions in STAGES.items():
        for module, name in functions:
            *within, name = name.split(".")
            holder = functools.reduce(getattr, within, importlib.import_module(module))
            patches.append(mock.patch.object(holder, name, clock.watching(stage, getattr(holder, name))))
    for patch in patches:
        patch.start()
    try:
        yield clock
    finally:
        for patch in patches:
            patch.stop()
