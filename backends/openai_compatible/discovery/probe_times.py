"""Times of a probe's requests, and what they say about skeletons on this engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

POINTS = 8
"""Requests that the probe sends at once."""
_GAPS = 8  # tokens after the first, from which a step time is taken
_LEAST_S = 0.005  # all of them together: below it, a gateway has handed over what it had held back
# A usual answer, in tokens, decoded normally and as a skeleton with points.
NORMAL, _SKELETON, _POINT = 320, 40, 40


@dataclass(slots=True)
class Times:
    """Times of one request, on one clock, in seconds.

    Args:
        sent: Time of sending.
        deltas: Times of its deltas.
    """

    sent: float = 0.0
    deltas: list[float] = field(default_factory=list[float])

    @property
    def first(self) -> float:
        """Time of the first delta."""
        return self.deltas[0]

    @property
    def end(self) -> float:
        """Time of the last delta."""
        return self.deltas[-1]


@dataclass(frozen=True, slots=True)
class Speed:
    """Decoding times of one request and of `POINTS` at once.

    Args:
        step_s: Seconds for each token of a request alone.
        ratio: Time of a step with `POINTS` requests, as a multiple of one request's.
        repeated_s: Seconds until the first token of a request alone whose prompt had been sent before.
        points_first_s: Seconds until the first token of `POINTS` short requests at once, the median one.
    """

    step_s: float
    ratio: float
    repeated_s: float
    points_first_s: float

    @property
    def speed_up(self) -> float:
        """Estimate of normal decoding's time over a skeleton answer's, for an answer of `NORMAL` tokens."""
        normal = self.repeated_s + NORMAL * self.step_s
        skeleton = self.points_first_s + _SKELETON * self.step_s
        points = self.points_first_s + _POINT * self.ratio * self.step_s
        return normal / (skeleton + points)


def most_together(group: Sequence[Times]) -> int:
    """Return how many requests were being decoded at the same time, at most."""
    spans = [(times.first, times.end) for times in group if len(times.deltas) > 1]
    return max((sum(first <= at < end for first, end in spans) for at, _ in spans), default=0)


def speed_of(new: Times, new_until: float, alone: Sequence[Times], group: Sequence[Times]) -> Speed | None:
    """Compare requests alone with several at once.

    Args:
        new: The request with a new prompt.
        new_until: Time until which it was alone.
        alone: Further requests that were alone.
        group: Requests that were sent at once.

    Returns:
        ``None`` where too few tokens came to compare, or all at the same time.
    """
    single = [[at for at in new.deltas if at <= new_until], *(times.deltas for times in alone)]
    single = [times for times in single if len(times) > 1]
    gaps = sum(len(times) - 1 for times in single)
    spent = sum(times[-1] - times[0] for times in single)
    done = [times for times in group if len(times.deltas) > 1]
    if gaps < _GAPS or spent < _LEAST_S or len(done) < POINTS or not any(times.deltas for times in alone):
        return None
    step = spent / gaps
    together = _step_together(done)
    if together is None:
        return None
    return Speed(
        step,
        max(1.0, together / step),
        min(times.first - times.sent for times in alone if times.deltas),
        median(times.first - times.sent for times in done),
    )


def _step_together(group: Sequence[Times]) -> float | None:
    """Return the seconds for one more token of each of several requests; ``None`` with too few tokens."""
    tokens = sum(len(times.deltas) - 1 for times in group) / len(group)
    if tokens < _GAPS:
        return None
    # While all of them are decoded: before, some prompts are still being read, which is no step's time.
    begin, end = max(times.first for times in group), min(times.end for times in group)
    within = [sum(begin <= at <= end for at in times.deltas) - 1 for times in group]
    if min(within) >= _GAPS // 2:
        return (end - begin) / (sum(within) / len(within))
    return (max(times.end for times in group) - min(times.first for times in group)) / tokens
