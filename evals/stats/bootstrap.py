"""95% intervals by the paired bootstrap: questions are drawn again, with all that belongs to each.

What is compared is paired by question, so a hard question is hard for both sides and cancels out; and
several answers to one question are one question's worth of evidence, not several.

Plain percentile intervals are too narrow on few questions: with 12 questions and a net win of 5% made of few
decided pairs they hold the truth in 68% of runs, not 95%, because twelve equal verdicts look like certainty.
Two cures, both simulated in the tests:

- Means of bounded values (net win, accuracy): two imaginary questions are added, one at each end of the
  scale, as Agresti, Caffo, Bonett and Price do in closed form. They widen the interval where there is little
  to go by and hardly matter where there is much.
- Other statistics (median ratio, regression): the percentiles are moved out as far as a t interval of that
  many questions is wider than a normal one (Hesterberg's "expanded percentile").
"""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from .quantiles import between

Row = TypeVar("Row")
LEVEL = 0.95
RESAMPLES = 2000
LEAST_QUESTIONS = 6  # of fewer, not even the whole range holds the median in 95% of samples
_NORMAL = statistics.NormalDist()
_Z = _NORMAL.inv_cdf(0.5 + LEVEL / 2)


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its 95% interval.

    Args:
        low: Lower end; ``None`` where there are too few questions for one, or it is not finite.
        count: Questions it rests on.
    """

    estimate: float
    low: float | None
    high: float | None
    count: int

    def excludes(self, value: float) -> bool:
        """Whether the interval says that the truth is not ``value``."""
        return self.low is not None and self.high is not None and not self.low <= value <= self.high


def by_question(values: Iterable[tuple[str, float]]) -> Mapping[str, float]:
    """The mean of each question's values (its repetitions), in the order questions first occur."""
    grouped: dict[str, list[float]] = {}
    for question, value in values:
        grouped.setdefault(question, []).append(value)
    return {question: _mean(own) for question, own in grouped.items()}


def mean_interval(
    values: Sequence[float], *, lowest: float, highest: float, seed: int = 0, resamples: int = RESAMPLES
) -> Interval | None:
    """The mean over questions of a bounded value, one for each question; ``None`` without questions.

    Args:
        lowest: The least a question can have: of a net win -1, of an accuracy 0.
    """
    if not values:
        return None
    widened = sorted([*values, lowest, highest])  # the same whatever order questions come in
    size = len(widened)
    draw = random.Random(seed).choices
    means = sorted(sum(draw(widened, k=size)) / size for _ in range(resamples))
    estimate = statistics.fmean(values)
    return _interval(estimate, means, (1 - LEVEL) / 2, len(values))


def ratio_interval(ratios: Sequence[float], *, seed: int = 0, resamples: int = RESAMPLES) -> Interval | None:
    """The median of ratios, one above 0 for each question; ``None`` without questions."""
    return log_interval([math.log(ratio) for ratio in ratios], seed=seed, resamples=resamples)


def log_interval(logs: Sequence[float], *, seed: int = 0, resamples: int = RESAMPLES) -> Interval | None:
    """The median of ratios from their logarithms, one for each question, so that 2 and 1/2 weigh the same.

    The median of ratios, not the ratio of medians: it is paired, and one very long answer does not carry it.
    Infinite logarithms (an endless answer) sort last; ``None`` where the median itself is infinite.
    """
    found = statistic_interval(sorted(logs), _middle, seed=seed, resamples=resamples)
    if found is None or not math.isfinite(found.estimate):
        return None
    low, high = (
        None if end is None or not math.isfinite(end) else math.exp(end) for end in (found.low, found.high)
    )
    return Interval(math.exp(found.estimate), low, high, found.count)


def statistic_interval(
    rows: Sequence[Row],
    statistic: Callable[[Sequence[Row]], float | None],
    *,
    imaginary: Sequence[Row] = (),
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Interval | None:
    """Any statistic of the questions; ``None`` where it cannot be computed.

    Args:
        statistic: Computes it; ``None`` where a sample does not allow it.
        imaginary: Rows added for the interval alone; see the module.
    """
    estimate = statistic(rows) if rows else None
    if estimate is None:
        return None
    count = len(rows)
    if count < LEAST_QUESTIONS:
        return Interval(estimate, None, None, count)
    widened = [*rows, *imaginary]
    draw = random.Random(seed).choices
    drawn = (statistic(draw(widened, k=len(widened))) for _ in range(resamples))
    found = sorted(value for value in drawn if value is not None)
    if len(found) < resamples / 2:
        return Interval(estimate, None, None, count)
    tail = _NORMAL.cdf(-math.sqrt(count / (count - 1)) * _student(count - 1))
    return _interval(estimate, found, tail, count)


def _mean(values: Sequence[float]) -> float:
    """The mean; of infinite values of both signs NaN."""
    return statistics.fmean(values) if all(map(math.isfinite, values)) else sum(values)


def _interval(estimate: float, ordered: Sequence[float], tail: float, count: int) -> Interval:
    low, high = between(ordered, tail), between(ordered, 1 - tail)
    return Interval(estimate, min(low, estimate), max(high, estimate), count)


def _middle(logs: Sequence[float]) -> float:
    return between(sorted(logs), 0.5)


def _student(freedom: int) -> float:
    """The two-sided 95% point of Student's t, expanded around the normal one: from 5 on within 0.2%."""
    z = _Z
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    )
