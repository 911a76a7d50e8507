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

Row = TypeVar("Row")
LEVEL = 0.95
RESAMPLES = 2000
LEAST_QUESTIONS = 6  # of fewer, not even the whole range holds the median in 95% of samples
_NORMAL = statistics.NormalDist()
_Z = _NORMAL.inv_cdf(0.5 + LEVEL / 2)


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and how far off it may be.

    Args:
        estimate: From the questions that were asked.
        low: Lower end of the 95% interval; ``None`` where there are too few questions for one.
        high: Upper end.
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
    """The mean of each question's values (its repetitions), in the order questions first occur.

    Args:
        values: Question and value.
    """
    grouped: dict[str, list[float]] = {}
    for question, value in values:
        grouped.setdefault(question, []).append(value)
    return {question: statistics.fmean(own) for question, own in grouped.items()}


def mean_interval(
    values: Sequence[float], *, lowest: float, highest: float, seed: int = 0, resamples: int = RESAMPLES
) -> Interval | None:
    """The mean over questions of a bounded value.

    Args:
        values: One for each question.
        lowest: The least a question can have: of a net win -1, of an accuracy 0.
        highest: The most it can have.
        seed: Of the resampling, so that a report says the same each time.
        resamples: How often questions are drawn again.

    Returns:
        The interval, or ``None`` without questions.
    """
    if not values:
        return None
    widened = sorted([*values, lowest, highest])  # the same whatever order questions come in
    size = len(widened)
    draw = random.Random(seed).choices
    means = sorted(sum(draw(widened, k=size)) / size for _ in range(resamples))
    estimate = statistics.fmean(values)
    tail = (1 - LEVEL) / 2
    return Interval(
        estimate,
        min(_quantile(means, tail), estimate),
        max(_quantile(means, 1 - tail), estimate),
        len(values),
    )


def ratio_interval(ratios: Sequence[float], *, seed: int = 0, resamples: int = RESAMPLES) -> Interval | None:
    """The median of ratios, one for each question; found on the logarithm, so that 2 and 1/2 weigh the same.

    The median of ratios, not the ratio of medians: it is paired, and one very long answer does not carry it.

    Args:
        ratios: One for each question, all above 0.
        seed: Of the resampling.
        resamples: How often questions are drawn again.

    Returns:
        The interval, or ``None`` without questions.
    """
    logs = sorted(math.log(ratio) for ratio in ratios)
    found = statistic_interval(logs, statistics.median, seed=seed, resamples=resamples)
    if found is None:
        return None
    low = None if found.low is None else math.exp(found.low)
    high = None if found.high is None else math.exp(found.high)
    return Interval(math.exp(found.estimate), low, high, found.count)


def statistic_interval(
    rows: Sequence[Row],
    statistic: Callable[[Sequence[Row]], float | None],
    *,
    imaginary: Sequence[Row] = (),
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Interval | None:
    """Any statistic of the questions.

    Args:
        rows: One for each question.
        statistic: Computes it; ``None`` where a sample does not allow it.
        imaginary: Rows added for the interval alone; see the module.
        seed: Of the resampling.
        resamples: How often questions are drawn again.

    Returns:
        The interval, or ``None`` where the statistic cannot be computed.
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
    return Interval(
        estimate, min(_quantile(found, tail), estimate), max(_quantile(found, 1 - tail), estimate), count
    )


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def _student(freedom: int) -> float:
    """The two-sided 95% point of Student's t, expanded around the normal one: from 5 on within 0.2%."""
    z = _Z
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    )
