"""Medians and percentiles, the same everywhere: by linear interpolation, as numpy's default is.

Values may be infinite (an answer that never came counts as endless); they sort last, and a quantile that
would lie among them is unknown.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, 95th percentile and range of finite values."""

    median: float
    p95: float
    least: float
    most: float
    count: int


def percentile(values: Iterable[float], percent: float) -> float | None:
    """The value that so many of a hundred do not exceed; ``None`` without values, or where it is infinite."""
    ordered = sorted(values)
    found = between(ordered, percent / 100) if ordered else math.inf
    return found if math.isfinite(found) else None


def median(values: Iterable[float]) -> float | None:
    """The middle value; ``None`` without values, or where it is infinite."""
    return percentile(values, 50)


def spread(values: Iterable[float | None]) -> Spread | None:
    """Values in short, without the unknown ones (``None``, NaN); ``None`` where no finite one is left."""
    known = sorted(value for value in values if value is not None and math.isfinite(value))
    if not known:
        return None
    return Spread(between(known, 0.5), between(known, 0.95), known[0], known[-1], len(known))


def between(ordered: Sequence[float], share: float) -> float:
    """The quantile of sorted values at a share from 0 to 1."""
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    low, high = ordered[below], ordered[min(below + 1, len(ordered) - 1)]
    part = place - below
    return low if not part or low == high or math.isinf(low) else low + part * (high - low)
