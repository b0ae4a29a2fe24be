"""Shares into whole numbers: dealing by quota keeps the sample's claims free of the luck of the draw."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from math import floor, fsum
from random import Random
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def apportion(weights: Mapping[Key, float], total: int) -> dict[Key, int]:
    """Split `total` by `weights` with the largest-remainder method (Hamilton); ties go to the earlier key."""
    # fsum, because the plain sum of floats differs between Python 3.11 and 3.12.
    whole = fsum(weights.values())
    if total <= 0 or whole <= 0:
        return dict.fromkeys(weights, 0)
    exact = {key: total * weight / whole for key, weight in weights.items()}
    counts = {key: floor(value) for key, value in exact.items()}
    by_remainder = sorted(exact, key=lambda key: counts[key] - exact[key])
    for key in by_remainder[: total - sum(counts.values())]:
        counts[key] += 1
    return counts


def deal(weights: Mapping[Key, float], total: int, rng: Random) -> list[Key]:
    """`total` keys in their quotas, shuffled."""
    cards = [key for key, count in apportion(weights, total).items() for _ in range(count)]
    rng.shuffle(cards)
    return cards


def draw(items: list[Key], weights: list[float], count: int, rng: Random) -> list[Key]:
    """`count` different items, the likelier the heavier (weighted sampling after Efraimidis and Spirakis)."""
    luck = [rng.random() ** (1 / weight) for weight in weights]
    order = sorted(range(len(items)), key=lambda position: -luck[position])
    return [items[position] for position in order[:count]]
