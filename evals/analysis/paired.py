"""Answers as rows of a table, and the one paired comparison of them, by question and repetition.

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
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..run.records import AnswerRecord, latest
from ..stats.bootstrap import (
    Interval,
    by_question,
    geometric_interval,
    log_interval,
    mean_interval,
    median,
    statistic_interval,
)

NO_CATEGORY = "(none)"
R = TypeVar("R", covariant=True)
Other = TypeVar("Other")


@dataclass(frozen=True, slots=True)
class Row(Generic[R]):
    """One answer: what it is paired by, and the record of what was measured.

    Args:
        method: The strategy, method or policy asked for.
        repeat: Number of the repetition, from 1.
    """

    question: str
    category: str
    method: str
    repeat: int
    status: str
    record: R

    @property
    def done(self) -> bool:
        """True where there is an answer."""
        return self.status == "done"


Side = Iterable[Row[R]]
Measure = Callable[[R], float | None]


def rows(records: Iterable[AnswerRecord]) -> list[Row[AnswerRecord]]:
    """The records that count, in the order of their keys' first occurrence."""
    return [
        Row(one.question_id, one.category or NO_CATEGORY, one.strategy, one.repeat, one.status, one)
        for one in latest(records).values()
    ]


def where(
    found: Side[R], *, method: str | None = None, category: str | None = None, done: bool = False
) -> list[Row[R]]:
    """The rows with these values, ``None`` for any; ``done`` leaves out those without an answer."""
    return [
        row
        for row in found
        if method in (None, row.method) and category in (None, row.category) and (row.done or not done)
    ]


def ratio(own: Side[R], other: Side[R], measure: Measure[R], *, seed: int = 0) -> Interval | None:
    """Ratio of one side's measure to the other's: the median over questions; ``None`` without pairs.

    A speed-up is the other's time over its own: ``ratio(other, own, total_s)``.
    """
    return ratio_of(_measured(own, other, measure), seed=seed)


def ratio_of(pairs: Iterable[tuple[str, float, float]], *, seed: int = 0) -> Interval | None:
    """The same from question, dividend and divisor of each pair."""
    return log_interval(_logs(pairs), seed=seed)


def mean_ratio(own: Side[R], other: Side[R], measure: Measure[R], *, seed: int = 0) -> Interval | None:
    """Ratio of one side's measure to the other's: the geometric mean over questions; ``None`` without pairs.

    The median of a set of which most questions are answered alike by both sides is 1, whatever the others
    gain or lose; every question weighs in this one.
    """
    return geometric_interval(_logs(_measured(own, other, measure)), seed=seed)


def median_ratio(own: Side[R], other: Side[R], measure: Measure[R]) -> float | None:
    """The estimate of `ratio` alone, where times depend on each other, so that no interval would hold."""
    found = median(_logs(_measured(own, other, measure)))
    return None if found is None else math.exp(found)


def difference(own: Side[R], other: Side[R], measure: Measure[R], *, seed: int = 0) -> Interval | None:
    """Difference of one side from the other: the median over questions; ``None`` without pairs."""
    return statistic_interval(_differences(own, other, measure), statistics.median, seed=seed)


def bounded_difference(own: Side[R], other: Side[R], measure: Measure[R]) -> Interval | None:
    """The mean difference of a measure from 0 to 1, as of right results; ``None`` without pairs."""
    return mean_interval(_differences(own, other, measure), lowest=-1, highest=1)


def pairs(own: Side[R], other: Side[Other]) -> Iterator[tuple[Row[R], Row[Other]]]:
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
    return math.log(one / two) if math.isfinite(two) else math.log(one) - math.inf


def _differences(own: Side[R], other: Side[R], measure: Measure[R]) -> list[float]:
    found = by_question((question, one - two) for question, one, two in _measured(own, other, measure))
    return [value for value in found.values() if math.isfinite(value)]


def _measured(own: Side[R], other: Side[R], measure: Measure[R]) -> Iterator[tuple[str, float, float]]:
    for mine, match in pairs(own, other):
        one, two = measure(mine.record), measure(match.record)
        if one is not None and two is not None:
            yield mine.question, one, two
