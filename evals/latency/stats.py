"""Many values in short; intervals are those of `sot.evals.statistics`."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """Many values in short.

    Args:
        median: The middle one.
        p95: 95 of 100 are not above it.
        least: The least.
        most: The greatest.
        count: How many there are.
    """

    median: float
    p95: float
    least: float
    most: float
    count: int


def median(values: Sequence[float]) -> float:
    """The middle value.

    Args:
        values: At least one.
    """
    return statistics.median(values)


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that so many of a hundred do not exceed, between two of them by linear interpolation.

    Args:
        values: At least one.
        percent: From 0 to 100.
    """
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def spread(values: Sequence[float]) -> Spread | None:
    """Values in short, without those that are not numbers; ``None`` where nothing is left.

    Args:
        values: Any values.
    """
    known = [value for value in values if not math.isnan(value)]
    if not known:
        return None
    return Spread(median(known), percentile(known, 95), min(known), max(known), len(known))


def ratio(own: float, other: float) -> float:
    """How many times; not a number where there is nothing to compare with.

    Args:
        own: The dividend.
        other: The divisor.
    """
    return own / other if other else math.nan
