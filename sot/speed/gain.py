"""Decision whether skeletons can win on an engine, by its step times: with hysteresis, and not for ever."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .step_meter import StepMeter
from .step_times import StepTimes

PAYS = 1.3
"""Speed-up of a usual answer, at best, below which skeletons are given up."""
_PAYS_AGAIN = 1.4  # above which they begin again
_AGAIN_S = 600.0  # after which a busy moment does not count any more: skeletons are tried anew


@dataclass(frozen=True, slots=True)
class Gain:
    """Speed-up of skeletons on an engine.

    Args:
        times: Its step times.
        pays: Whether skeletons can win.
        by_hand: Whether the figure was stated and not measured.
    """

    times: StepTimes
    pays: bool
    by_hand: bool = False


class SkeletonGain:
    """Judge of whether skeletons can win on the engine of one object.

    Args:
        clock: Time in seconds.

    Attributes:
        meter: Meter of the engine's steps.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.meter = StepMeter(clock)
        self._recalled: StepTimes | None = None
        self._given_up: float | None = None
        self._doubted = False  # given up, and nothing has shown since that they pay

    def recall(self, times: StepTimes, age_s: float = 0.0) -> None:
        """Use step times that were measured earlier, until this object's answers show its own.

        Args:
            times: The step times.
            age_s: Seconds since they were measured, which count for the time after which skeletons that did
                not pay are tried anew.
        """
        self._recalled = times
        if times.speed_up < PAYS:
            self._given_up, self._doubted = self._clock() - age_s, True

    @property
    def times(self) -> StepTimes | None:
        """The step times, as far as they are known: this object's own, else earlier ones."""
        return self.meter.estimate() or self._recalled

    def now(self, stated: float | None = None) -> Gain | None:
        """Return what skeletons gain now; ``None`` where it is not known.

        Args:
            stated: Step time of eight requests over that of one, as stated by hand.
        """
        if stated is not None:
            by_hand = StepTimes.stated(stated)
            return Gain(by_hand, by_hand.speed_up >= PAYS, by_hand=True)
        times = self.times
        if times is None:
            return None
        if times.speed_up >= (_PAYS_AGAIN if self._doubted else PAYS):
            self._given_up, self._doubted = None, False
            return Gain(times, pays=True)
        now = self._clock()
        if self._given_up is None:
            self._given_up, self._doubted = now, True
        elif now - self._given_up >= _AGAIN_S:
            # Measured anew, however long that takes: what it shows then counts from then.
            self._given_up = self._recalled = None
            self.meter.forget_batches()
            return None
        return Gain(times, pays=False)
