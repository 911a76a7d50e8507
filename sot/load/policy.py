"""Load policy: skeleton or normal decoding for one answer on a busy engine.

The policy is a switch with hysteresis: for a while, all answers that a skeleton suits are written the same
way. A half-and-half mix would combine the disadvantages: the normal answers pay for the skeletons, each of
which takes several places in the batch. What it watches is the number of answers under way (the concurrency).
Above what is usual at the turning point, the highest arrival rate that skeletons can bear, it changes over to
normal decoding; below what is usual there with normal decoding, back to skeletons. So a burst, a rising rate
and one that was high from the start are all noticed as soon as answers queue up, without being told apart.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .observed import ArrivalRate
from .prediction import EngineState, MeanLengths, Prediction, saturating_requests
from .queueing import TurningPoint, turning_point

if TYPE_CHECKING:
    from .profile import EngineProfile

# The thresholds, in standard deviations of the concurrency at the turning point, and how far each standard
# error by which the estimated arrival rate lies above or below the turning point moves them. Chosen by
# simulating seven engines with 8 to 256 places at loads up to 120% (docs/latency.md).
_MANY = 1.1  # above the mean with skeletons: skeletons end
_MANY_IN_ORDER = 0.6  # the same where requests are held back: served in order, early answers finish sooner
_FEW = 1.4  # below the mean with normal decoding: skeletons begin again
_MANY_BY_RATE = 0.25
_FEW_BY_RATE = 0.25
_SUREST = 5.0  # standard errors that count at most
_ALL_POINTS = 16  # points that may run at the same time
_ALIKE = 0.01  # relative change up to which a turning point is reused
_IDLE = EngineState(0, 0, 0)


@dataclass(frozen=True, slots=True)
class LoadDecision:
    """Decision about an answer that a skeleton suits.

    Args:
        skeleton: Whether it is written by a skeleton.
        skeleton_s: Predicted seconds of the answer with a skeleton.
        normal_s: Predicted seconds of the answer with normal decoding.
        answers: Other answers under way.
        most: Threshold of answers under way at which skeletons end.
        full: Utilisation of the engine's places; above 1, requests wait.
        together: Most requests to have at the engine while skeletons are written, the others being held back;
            ``None``: no limit.
    """

    skeleton: bool
    skeleton_s: float
    normal_s: float
    answers: float
    most: float
    full: float
    together: int | None

    @property
    def why(self) -> str:
        """Reason of the decision, in one line for people."""
        state = f"engine {self.full:.0%} full"
        if self.skeleton:
            return state
        times = f"{self.skeleton_s:.1f} s against {self.normal_s:.1f} s"
        if self.skeleton_s >= self.normal_s:
            return f"{state}: decoded normally, points would not be sooner ({times})"
        under_way = f"{self.answers:.0f} answers under way"
        if self.answers >= self.most:
            return f"{state}: decoded normally, with {under_way} points would delay the others ({times} now)"
        return f"{state}: decoded normally until the traffic is less, {under_way} ({times} now)"


class LoadDecider:
    """Load policy with its state: the estimated arrival rate, and which way answers are written now.

    Args:
        measured: Whether the speed profiles are measured. Only then are requests held back where a profile
            says that a larger batch gains nothing.
    """

    def __init__(self, *, measured: bool = True) -> None:
        self._measured = measured
        self._arrivals = ArrivalRate()
        self._skeletons = True
        self._now = self._given_up = 0.0
        self._cached: _CachedTurningPoint | None = None

    def arrived(self, now: float, *, suited: bool = True) -> None:
        """Record the arrival of an answer; call it before `decide`.

        Args:
            now: The time in seconds.
            suited: Whether a skeleton suits the question.
        """
        self._now = now
        self._arrivals.arrived(now, suited=suited)

    def decide(
        self,
        state: EngineState,
        profile: EngineProfile,
        lengths: MeanLengths,
        capacity: int,
        *,
        others: float = 0.0,
    ) -> LoadDecision:
        """Decide how to write an answer that a skeleton suits.

        Args:
            state: The engine's state now.
            profile: The engine's speed profile.
            lengths: Mean lengths of answers.
            capacity: Most requests in one batch.
            others: Mean number of requests of other clients in the batch.
        """
        prediction = Prediction(profile, lengths, capacity)
        cached = self._turning_point(prediction, others)
        turning = cached.found
        few, many = self._limits(cached)
        if not self._skeletons and turning.rate > 0 and turning.normal.mean < math.inf:
            # Right after the change the concurrency is low in any case: the skeletons are over soon, and the
            # longer normal answers have only begun. So the lower threshold rises over one mean answer time.
            usual_s = turning.normal.mean / turning.rate
            few *= min((self._now - self._given_up) / usual_s, 1.0)
        before = self._skeletons
        self._skeletons = state.answers < many and (before or state.answers <= few)
        if before and not self._skeletons:
            self._given_up = self._now
        normal, skeleton = prediction.normal_s(state), prediction.skeleton_s(state, _ALL_POINTS)
        chosen = self._skeletons and skeleton < normal
        full = (state.running + state.waiting) / max(capacity, 1)
        together = cached.together if chosen else None
        return LoadDecision(chosen, skeleton, normal, state.answers, many, full, together)

    def _limits(self, cached: _CachedTurningPoint) -> tuple[float, float]:
        """Return the thresholds of answers under way: lower (skeletons begin again), upper (they end)."""
        turning = cached.found
        rate, below = self._arrivals.per_second, 0.0
        if rate:
            below = math.log(max(turning.rate, 1e-9) / rate) / self._arrivals.doubt
            below = min(max(below, -_SUREST), _SUREST)
        above = (_MANY_IN_ORDER if cached.in_order else _MANY) + _MANY_BY_RATE * min(below, 0.0)
        many = turning.skeletons.mean + above * turning.skeletons.spread
        few = turning.normal.mean - max(_FEW - _FEW_BY_RATE * below, 0.0) * turning.normal.spread
        return max(few, 0.0), max(many, 1.0)

    def _turning_point(self, prediction: Prediction, others: float) -> _CachedTurningPoint:
        suited = self._arrivals.suited
        if self._cached is None or not self._cached.holds_for(prediction, suited, others):
            found = turning_point(prediction, suited=suited, others=others)
            enough = (
                prediction.efficient_batch() if self._measured else saturating_requests(prediction.capacity)
            )
            self._cached = _CachedTurningPoint(prediction, suited, others, found, enough)
        return self._cached


@dataclass(frozen=True, slots=True)
class _CachedTurningPoint:
    """Turning point with its inputs, kept because computing it takes milliseconds and it changes slowly."""

    prediction: Prediction
    suited: float
    others: float
    found: TurningPoint
    together: int

    @property
    def in_order(self) -> bool:
        """Whether requests are held back although the engine has free places."""
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
