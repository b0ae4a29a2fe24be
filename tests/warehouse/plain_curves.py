"""S-curves once more in plain Python: every limit tried, the straightened numbers fitted by the textbook's formula."""

from __future__ import annotations

from collections.abc import Callable
from math import exp, log

from tests.warehouse.plain_rankings import span
from tests.warehouse.plain_world import World, tree, upto

STEPS = 150
# model -> what makes it a straight line, and the curve of a point of that line
STRAIGHT: dict[str, tuple[Callable[[float, float], float], Callable[[float, float], float]]] = {
    "logistic": (lambda y, limit: log(limit / y - 1), lambda z, limit: limit / (1 + exp(z))),
    "gompertz": (lambda y, limit: log(log(limit / y)), lambda z, limit: limit * exp(-exp(z))),
    "exponential": (lambda y, limit: log(y), lambda z, limit: exp(z)),
}


def s_curves(world: World) -> dict:
    found = {}
    for branch in (None, *tree(world)):
        rows = [row for row in world.of("core") if branch is None or branch in world.branches[row["application_id"]]]
        complete = [year for year in span(world) if upto(year, world.build["last_complete_year"])]
        held = {
            year: sum(row["filing_year"] is not None and row["filing_year"] <= year for row in rows)
            for year in complete
        }
        held = {year: number for year, number in held.items() if number}
        active = {row["filing_year"] for row in rows} & held.keys()
        fits = {model: _fitted(held, model) if len(active) >= 6 else None for model in STRAIGHT}
        best = max((fit[3] for fit in fits.values() if fit), default=None)
        for model, fit in fits.items():
            found[branch, model] = _told(held, model, fit, best)
    return found


def _fitted(held: dict[int, int], model: str) -> tuple:
    """(limit, slope, intercept, r squared), time counted from the first year."""
    first, mean = min(held), sum(held.values()) / len(held)
    straighten, curve = STRAIGHT[model]
    present = max(held.values())
    best = None
    for limit in [present * 1.03**step for step in range(1, STEPS + 1)] if model != "exponential" else [0.0]:
        points = [(year - first, straighten(number, limit)) for year, number in held.items()]
        slope, intercept = _line(points)
        error = sum((number - curve(intercept + slope * (year - first), limit)) ** 2 for year, number in held.items())
        if best is None or error < best[0]:
            best = (error, limit, slope, intercept)
    return (*best[1:], 1 - best[0] / sum((number - mean) ** 2 for number in held.values()))


def _line(points: list[tuple[float, float]]) -> tuple[float, float]:
    """Slope and intercept by least squares."""
    n = len(points)
    mean_t, mean_z = sum(t for t, _ in points) / n, sum(z for _, z in points) / n
    slope = sum((t - mean_t) * (z - mean_z) for t, z in points) / sum((t - mean_t) ** 2 for t, _ in points)
    return slope, mean_z - slope * mean_t


def _told(held: dict[int, int], model: str, fit: tuple | None, best: float | None) -> tuple:
    present = max(held.values(), default=0)
    bounds = len(held), min(held, default=None), max(held, default=None), present
    if fit is None:
        return (*bounds, None, None, None, None, None, None, False, "too_few_years")
    limit, slope, intercept, fitness = fit
    if model == "exponential" or limit > 3 * present:
        reason = "no_limit" if model == "exponential" else "far_from_limit"
        return (*bounds, None, None, None, None, None, fitness, fitness == best, reason)
    # From 10 to 90 %: where 1 / (1 + e^z), or exp(-e^z), is a tenth and nine tenths.
    tenths = 2 * log(9) if model == "logistic" else log(-log(0.1)) - log(-log(0.9))
    curve = present / limit, min(held) - intercept / slope, -slope, tenths / -slope
    return (*bounds, limit, *curve, fitness, fitness == best, None)
