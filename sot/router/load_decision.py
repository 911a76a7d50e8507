"""Skeleton or normal decoding, and how many points at once, for one answer on a busy engine.

The engine's long-run load decides first: where answers arrive so often that skeletons would make everybody
wait, only an answer that meets a nearly idle engine gets one. Mixing both ways half and half would give the
worst of both: the normally decoded half pays for the others' skeletons. Then the moment counts: what this
answer gains is compared with what its surplus work costs the answers under way.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .load_long_run import LongRun, Traffic
from .load_memory import ArrivalRate, Crowd
from .load_prediction import Busy, Lengths, Prediction

if TYPE_CHECKING:
    from ..engine_profile import EngineProfile

# How much the others' delay counts, in their seconds against this answer's: little while the engine has room
# for skeletons in the long run, for they are delayed only until the burst is over; much where it has not.
_WITH_ROOM = 0.3
_WITHOUT_ROOM = 5.0
_NARROWING = 0.25  # from this share of the gain on, costs narrow the answer
_NARROWEST = 0.5  # of the usual number of points, where the costs reach the gain
_MANY = 16


@dataclass(frozen=True, slots=True)
class Decision:
    """How an answer is written that a skeleton suits.

    Args:
        skeleton: Whether by a skeleton.
        parallel: Points at once at most; ``None``: as many as there are.
        skeleton_s: Seconds predicted with a skeleton.
        normal_s: Seconds predicted with normal decoding.
        cost_s: Seconds that the skeleton's surplus work takes from the other answers, all together.
        room: Whether the engine has room for skeletons in the long run.
        full: The engine's places that are taken, as a share; above 1 requests wait.
    """

    skeleton: bool
    parallel: int | None
    skeleton_s: float
    normal_s: float
    cost_s: float
    room: bool
    full: float

    @property
    def why(self) -> str:
        """The decision in one line for people."""
        state = f"engine {self.full:.0%} full"
        if self.skeleton:
            return state if self.parallel is None else f"{state}: {self.parallel} points at once"
        times = f"{self.skeleton_s:.1f} s against {self.normal_s:.1f} s"
        if self.skeleton_s >= self.normal_s:
            return f"{state}: decoded normally, points would not be sooner ({times})"
        if not self.room:
            return f"{state}: decoded normally, too many questions arrive for points to pay ({times} now)"
        return f"{state}: decoded normally, points ({times}) would cost others {self.cost_s:.1f} s"


class LoadDecider:
    """Decides answer by answer, with the arrivals in mind."""

    def __init__(self) -> None:
        self._arrivals = ArrivalRate()
        self._crowd = Crowd()
        self._room = True

    def arrived(self, now: float, *, suited: bool = True) -> None:
        """An answer arrives, before `decide` is asked about it.

        Args:
            now: The time in seconds.
            suited: Whether a skeleton suits it.
        """
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
        self._crowd.seen(busy.answers)
        self._look_ahead(prediction, others)
        normal, skeleton = prediction.normal_s(busy), prediction.skeleton_s(busy, _MANY)
        gain, cost = normal - skeleton, prediction.surplus * busy.answers
        weighed = cost * (_WITH_ROOM if self._room else _WITHOUT_ROOM)
        part = weighed / gain if gain > 0 else math.inf
        parallel: int | None = None
        if _NARROWING < part < 1:
            narrowed = (part - _NARROWING) / (1 - _NARROWING) * (1 - _NARROWEST)
            parallel = max(2, math.ceil(lengths.points * (1 - narrowed)))
            skeleton = prediction.skeleton_s(busy, parallel)
        full = (busy.running + busy.waiting) / max(capacity, 1)
        return Decision(part < 1, parallel, skeleton, normal, cost, self._room, full)

    def _look_ahead(self, prediction: Prediction, others: float) -> None:
        """Whether skeletons for all would do in the long run; changed only when the rate is sure enough."""
        rate, suited, doubt = self._arrivals.per_second, self._arrivals.suited, self._arrivals.doubt
        if not rate:
            return
        expected = LongRun(prediction, Traffic(rate, suited, others)).dispersion(skeletons=self._room)
        bursts = self._crowd.burstiness(expected)
        sure = max(1 - doubt, 0.0) if self._room else 1 + doubt
        long_run = LongRun(prediction, Traffic(rate * sure, suited, others))
        self._room = long_run.skeleton_against_normal(bursts) < 1
