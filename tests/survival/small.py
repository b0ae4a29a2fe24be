"""The same route over smaller cabinets: what a refresh does to the disk does not depend on how many metrics it has.

Some 4 CPU seconds become 1. At night the cabinets are the whole ones.
"""

from __future__ import annotations

from tests.conftest import IS_NIGHTLY
from warehouse import cabinet
from warehouse.report import appendix, page

KEPT = ("m00_", "m03_", "m04_province_ranking", "m33_", "m34_")


def take_small_cabinets() -> None:
    """Leave of the metrics the first, of the checks those that need no others, no claims, and three figures."""
    metrics = tuple(metric for metric in cabinet.metrics() if metric.metric.startswith(KEPT))
    left_out = {metric.metric for metric in cabinet.metrics()} - {metric.metric for metric in metrics}
    checks = tuple(check for check in cabinet.checks() if not any(name in check.sql for name in left_out))
    macros = tuple(macro for macro in cabinet.macros() if not any(name in macro.sql for name in left_out))
    cabinet.metrics = lambda: metrics
    cabinet.checks = lambda: checks
    cabinet.macros = lambda: macros
    cabinet.claims = lambda: ()
    page.SECTIONS = {"appendix": (appendix.source_file, appendix.rejected_row)}


def take_cabinets() -> None:
    """The small ones at every commit, the whole ones at night."""
    if not IS_NIGHTLY:
        take_small_cabinets()
