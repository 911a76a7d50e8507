"""The one paired comparison: answers to the same question and repetition are held against each other.

A hard question is hard for both sides and cancels out. Repetitions of a question are averaged first (of
ratios the logarithms, so that 2 and 1/2 weigh the same), because several answers to one question are one
question's worth of evidence. `sot.evals.stats` then gives the interval.

A measure is a number, infinite where the answer never came, or ``None`` where it is not known: such a pair is
left out, as is one whose answers are both endless, and a ratio of which one side is nothing.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from ..stats import Interval, by_question, log_interval, mean_interval, median, statistic_interval
from .frame import Record, Row

Measure = Callable[[Record], float | None]
Side = Iterable[Row[Record]]
Found = TypeVar("Found")


def ratio(
    own: Side[Record], other: Side[Record], measure: Measure[Record], *, seed: int = 0
) -> Interval | None:
    """Ratio of one side's measure to the other's: the median over questions; ``None`` without pairs.

    How many times *sooner* one side is, is the other's time over its own: ``ratio(other, own, total_s)``.
    """
    return ratio_of(_measured(own, other, measure), seed=seed)


def ratio_of(pairs: Iterable[tuple[str, float, float]], *, seed: int = 0) -> Interval | None:
    """The same from question, dividend and divisor of each pair."""
    return log_interval(_logs(pairs), seed=seed)


def median_ratio(own: Side[Record], other: Side[Record], measure: Measure[Record]) -> float | None:
    """The estimate of `ratio` alone, where times depend on each other, so that no interval would hold."""
    found = median(_logs(_measured(own, other, measure)))
    return None if found is None else math.exp(found)


def difference(
    own: Side[Record], other: Side[Record], measure: Measure[Record], *, seed: int = 0
) -> Interval | None:
    """Difference of one side from the other: the median over questions; ``None`` without pairs."""
    found = _differences(own, other, measure)
    return statistic_interval(found, statistics.median, seed=seed)


def bounded_difference(
    own: Side[Record], other: Side[Record], measure: Measure[Record], *, most: float = 1.0, seed: int = 0
) -> Interval | None:
    """The mean difference of a bounded measure, as of right results; ``None`` without pairs.

    Args:
        most: The most that one question can differ by, either way.
    """
    return mean_interval(_differences(own, other, measure), lowest=-most, highest=most, seed=seed)


def pairs(own: Side[Record], other: Side[Found]) -> Iterator[tuple[Row[Record], Row[Found]]]:
    """The rows of both sides with the same question and repetition."""
    others = {(row.question, row.repeat): row for row in other}
    for row in own:
        if (match := others.get((row.question, row.repeat))) is not None:
            yield row, match


def _logs(pairs: Iterable[tuple[str, float, float]]) -> list[float]:
    """The mean logarithm of each question's ratios."""
    logs = [(question, _log(one, two)) for question, one, two in pairs if one > 0 and two > 0]
    known = by_question((question, value) for question, value in logs if not math.isnan(value))
    return [value for value in known.values() if not math.isnan(value)]


def _log(one: float, two: float) -> float:
    both = math.isfinite(one) and math.isfinite(two)
    return math.log(one / two) if both else math.log(one) - math.log(two)


def _differences(own: Side[Record], other: Side[Record], measure: Measure[Record]) -> list[float]:
    found = by_question((question, one - two) for question, one, two in _measured(own, other, measure))
    return [value for value in found.values() if math.isfinite(value)]


def _measured(
    own: Side[Record], other: Side[Record], measure: Measure[Record]
) -> Iterator[tuple[str, float, float]]:
    for mine, match in pairs(own, other):
        one, two = measure(mine.record), measure(match.record)
        if one is not None and two is not None:
            yield mine.question, one, two
