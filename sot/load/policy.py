"""Skeleton or normal decoding, and how many points at once, for one answer on a busy engine.

All answers that can are written one way for a while. Mixing both ways half and half would give the worst of
both: the normally decoded half pays for the others' skeletons, of which each takes several places in the
batch. When to change over shows in how many answers are under way: more than usual at the traffic that
skeletons can just bear, and from then on all are decoded normally; so few that there must be less traffic
than that, and skeletons begin again. So a burst, a rate that rises and one that was high from the start are
all noticed as soon as they make somebody wait, and none of them has to be told from the others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .observed import ArrivalRate
from .prediction import Busy, Lengths, Prediction, every_place
from .queueing import TurningPoint, turning_point

if TYPE_CHECKING:
    from .profile import EngineProfile

# The limits, in standard deviations of the crowd at the turning point, and how far each standard deviation by
# which the rate of arrivals is known to be above or below the turning point's moves them. Chosen by
# simulating seven engines with 8 to 256 places at loads up to 120% (docs/latency.md).
_MANY = 1.1  # above the crowd of skeletons: given up
_MANY_IN_ORDER = 0.6  # where requests wait their turn: the first ones are over sooner than if all shared
_NARROWING = 0.5  # above it: fewer points at once
_FEW = 1.4  # below the crowd of normal answers: skeletons begin again
_MANY_BY_RATE = 0.25
_FEW_BY_RATE = 0.25
_SUREST = 5.0
_NARROWEST = 0.5  # of the usual number of points, for the last answer before skeletons are given up
_ALL_POINTS = 16
_ALIKE = 0.01
_IDLE = Busy(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Decision:
    """How an answer is written that a skeleton suits.

    Args:
        skeleton: Whether by a skeleton.
        parallel: Points at once at most; ``None``: as many as there are.
        skeleton_s: Seconds predicted with a skeleton.
        normal_s: Seconds predicted with normal decoding.
        answers: Other answers under way.
        most: Answers under way from which on skeletons are given up.
        full: The engine's places that are taken, as a share; above 1 requests wait.
        together: Requests that should be at the engine together, while skeletons are written; the others wait
            for their answer's turn. ``None``: all.
    """

    skeleton: bool
    parallel: int | None
    skeleton_s: float
    normal_s: float
    answers: float
    most: float
    full: float
    together: int | None

    @property
    def why(self) -> str:
        """The decision in one line for people."""
        state = f"engine {self.full:.0%} full"
        if self.skeleton:
            return state if self.parallel is None else f"{state}: {self.parallel} points at once"
        times = f"{self.skeleton_s:.1f} s against {self.normal_s:.1f} s"
        if self.skeleton_s >= self.normal_s:
            return f"{state}: decoded normally, points would not be sooner ({times})"
        under_way = f"{self.answers:.0f} answers under way"
        if self.answers >= self.most:
            return f"{state}: decoded normally, with {under_way} points would delay the others ({times} now)"
        return f"{state}: decoded normally until the traffic is less, {under_way} ({times} now)"


class LoadDecider:
    """Decides answer by answer, with the traffic in mind.

    Args:
        measured: Whether the profiles are measured, so that requests may be held back where they say that
            more of them gain nothing.
    """

    def __init__(self, *, measured: bool = True) -> None:
        self._measured = measured
        self._arrivals = ArrivalRate()
        self._skeletons = True
        self._now = self._given_up = 0.0
        self._turning: _Turning | None = None

    def arrived(self, now: float, *, suited: bool = True) -> None:
        """An answer arrives, before `decide` is asked about it.

        Args:
            now: The time in seconds.
            suited: Whether a skeleton suits it.
        """
        self._now = now
        self._arrivals.arrived(now, suited=suited)

    def decide(
        self, busy: Busy, profile: EngineProfile, lengths: Lengths, capacity: int, *, others: float = 0.0
    ) -> Decision:
        """How to write an answer that a skeleton suits.

        Args:
            busy: The engine now.
            profile: How fast it is.
            lengths: How long answers usually are.
            capacity: Requests decoded together at most.
            others: Requests in the batch that are not ours, on average.
        """
        prediction = Prediction(profile, lengths, capacity)
        kept = self._turning_point(prediction, others)
        turning = kept.found
        few, many = self._limits(kept)
        if not self._skeletons and turning.rate > 0 and turning.normal.mean < math.inf:
            # Skeletons are over soon, and normal answers only begin: for a while there are few in any case.
            usual_s = turning.normal.mean / turning.rate
            few *= min((self._now - self._given_up) / usual_s, 1.0)
        before = self._skeletons
        self._skeletons = busy.answers < many and (before or busy.answers <= few)
        if before and not self._skeletons:
            self._given_up = self._now
        normal, skeleton = prediction.normal_s(busy), prediction.skeleton_s(busy, _ALL_POINTS)
        chosen = self._skeletons and skeleton < normal
        some = turning.skeletons.mean + _NARROWING * turning.skeletons.spread
        parallel: int | None = None
        if chosen and busy.answers > some:
            part = (busy.answers - some) / (many - some) * (1 - _NARROWEST)
            parallel = max(2, math.ceil(lengths.points * (1 - part)))
        if parallel is not None:
            skeleton = prediction.skeleton_s(busy, parallel)
        full = (busy.running + busy.waiting) / max(capacity, 1)
        together = kept.together if chosen else None
        return Decision(chosen, parallel, skeleton, normal, busy.answers, many, full, together)

    def _limits(self, kept: _Turning) -> tuple[float, float]:
        """Answers under way up to which skeletons begin again, and from which on they are given up."""
        turning = kept.found
        rate, below = self._arrivals.per_second, 0.0
        if rate:
            below = math.log(max(turning.rate, 1e-9) / rate) / self._arrivals.doubt
            below = min(max(below, -_SUREST), _SUREST)
        above = (_MANY_IN_ORDER if kept.in_order else _MANY) + _MANY_BY_RATE * min(below, 0.0)
        many = turning.skeletons.mean + above * turning.skeletons.spread
        few = turning.normal.mean - max(_FEW - _FEW_BY_RATE * below, 0.0) * turning.normal.spread
        return max(few, 0.0), max(many, 1.0)

    def _turning_point(self, prediction: Prediction, others: float) -> _Turning:
        suited = self._arrivals.suited
        if self._turning is None or not self._turning.holds_for(prediction, suited, others):
            found = turning_point(prediction, suited=suited, others=others)
            enough = prediction.efficient_batch() if self._measured else every_place(prediction.capacity)
            self._turning = _Turning(prediction, suited, others, found, enough)
        return self._turning


@dataclass(frozen=True, slots=True)
class _Turning:
    """A turning point, kept because it takes milliseconds to find and changes slowly."""

    prediction: Prediction
    suited: float
    others: float
    found: TurningPoint
    together: int

    @property
    def in_order(self) -> bool:
        """Whether requests are held back although the engine has places for them."""
        return self.together < self.prediction.capacity

    def holds_for(self, prediction: Prediction, suited: float, others: float) -> bool:
        old = self.prediction
        pairs = (
            (old.normal_work, prediction.normal_work),
            (old.skeleton_work, prediction.skeleton_work),
            (old.normal_s(_IDLE), prediction.normal_s(_IDLE)),
            (old.skeleton_s(_IDLE, _ALL_POINTS), prediction.skeleton_s(_IDLE, _ALL_POINTS)),
        )
        return (
            old.capacity == prediction.capacity
            and abs(suited - self.suited) <= _ALIKE
            and abs(others - self.others) <= _ALIKE * prediction.capacity
            and all(abs(one - other) <= _ALIKE * one for one, other in pairs)
        )
