"""Whether answers win because they are better or because they are longer.

The paper's answers are 1 to 2 times longer than normal ones, and judges like length (appendix I.3).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

from .bootstrap import LEAST_QUESTIONS, Interval, by_question, statistic_interval
from .net_win import NetWin, net_win

MATCHED_WITHIN = 0.15  # answers whose lengths in words differ by a factor of at most 1.15

Row = tuple[float, float]  # a question's mean log length ratio and mean outcome


@dataclass(frozen=True, slots=True)
class LengthControl:
    """Net win with length taken out.

    Args:
        matched: Net win of the pairs whose lengths differ by at most 15%; ``None`` where there is none.
        equal: Where the line through outcomes over log length ratios stands at equal length, from -1 to 1;
            ``None`` where lengths are too alike, or too few, for a line.
        slope: Net win that doubling the length brings, by that line.
        extrapolated: Equal length lies outside the ratios seen: ``equal`` is a guess beyond the data.
    """

    matched: NetWin | None
    equal: Interval | None
    slope: float | None
    extrapolated: bool


def length_control(pairs: Sequence[tuple[str, int, float]], *, seed: int = 0) -> LengthControl:
    """Take length out of a comparison, in two ways.

    Args:
        pairs: Question, outcome, and the strategy's length over the baseline's.
        seed: Of the resampling.
    """
    limit = math.log(1 + MATCHED_WITHIN) + 1e-9
    matched = net_win(
        ((question, outcome) for question, outcome, ratio in pairs if abs(math.log(ratio)) <= limit),
        seed=seed,
    )
    lengths = by_question((question, math.log(ratio)) for question, _, ratio in pairs)
    outcomes = by_question((question, float(outcome)) for question, outcome, _ in pairs)
    rows = sorted((lengths[question], outcomes[question]) for question in lengths)
    line = _line(rows)
    if line is None or len(rows) < LEAST_QUESTIONS:
        return LengthControl(matched, None, None, extrapolated=False)
    middle = statistics.fmean(length for length, _ in rows)
    found = statistic_interval(
        rows, _intercept, imaginary=((middle, 1.0), (middle, -1.0)), seed=seed, resamples=1000
    )
    equal = None if found is None else _bounded(found)
    ratios = [length for length, _ in rows]
    return LengthControl(
        matched, equal, line[1] * math.log(2), extrapolated=not min(ratios) <= 0 <= max(ratios)
    )


def _line(rows: Sequence[Row]) -> tuple[float, float] | None:
    """Intercept and slope by least squares; ``None`` where all lengths are the same."""
    count = len(rows)
    if count < 2:
        return None
    lengths = [length for length, _ in rows]
    outcomes = [outcome for _, outcome in rows]
    across, up = sum(lengths) / count, sum(outcomes) / count
    spread = sum(map(mul, lengths, lengths)) - count * across * across
    if spread < 1e-9:
        return None
    slope = (sum(map(mul, lengths, outcomes)) - count * across * up) / spread
    return up - slope * across, slope


def _intercept(rows: Sequence[Row]) -> float | None:
    line = _line(rows)
    return None if line is None else line[0]


def _bounded(found: Interval) -> Interval:
    """A line may leave the range that a net win can have; the truth cannot."""
    low = None if found.low is None else max(-1.0, found.low)
    high = None if found.high is None else min(1.0, found.high)
    return Interval(max(-1.0, min(1.0, found.estimate)), low, high, found.count)
