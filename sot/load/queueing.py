"""What answers take if they go on arriving at a rate, and all that can are written one way or the other.

The batch settles where the engine decodes as much as arrives, which gives the step's time. On top of that
come queues: arrivals bunch up, and near the capacity the backlog of a bunch takes long to go away. From both
follow the rate from which on skeletons for all would be the worse choice, and how many answers are under way
at that rate, which is what the decision goes by (`load_decision`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from .prediction import Prediction

# Shares of the queue (load / (1 - load) * work, as of M/G/1) that show in the mean, the median and the 95th
# percentile, and how much longer the longest answers are than the usual ones. Read off simulations of engines
# with 8 to 256 places (docs/latency.md); they move the point of change by a few per cent of the load.
_QUEUE_MEAN = 0.5
_QUEUE_P50 = 0.25
_QUEUE_P95 = 1.45
_LONG_NORMAL = 1.28
_LONG_SKELETON = 1.1
_FULL = 0.995
_ALL = 0.95
_HALVINGS = 30
_RATE_HALVINGS = 12
_NUDGE = 1.02
_MOST_DISPERSION = 3.0  # near the capacity the variance takes longer to show than anybody waits


@dataclass(frozen=True, slots=True)
class Traffic:
    """Answers that keep arriving.

    Args:
        rate: Answers a second.
        suited: The part of them that a skeleton suits.
        others: Requests in the batch that are not ours, on average.
    """

    rate: float
    suited: float = 1.0
    others: float = 0.0


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many answers are under way at a time, those of others among them.

    Args:
        mean: On average.
        spread: The standard deviation, for arrivals at random.
    """

    mean: float
    spread: float


@dataclass(frozen=True, slots=True)
class TurningPoint:
    """The traffic at which skeletons for all turn from the better choice into the worse.

    Args:
        rate: Answers a second; 0 where skeletons are never better.
        skeletons: The crowd there, if all that can are written by skeletons.
        normal: The crowd there, if none is.
    """

    rate: float
    skeletons: Crowd
    normal: Crowd


class LongRun:
    """Times in the long run under some traffic.

    Args:
        prediction: The engine and the answers' lengths.
        traffic: The traffic.
    """

    def __init__(self, prediction: Prediction, traffic: Traffic) -> None:
        self._engine = prediction
        self._traffic = traffic
        self._room = max(1 - traffic.others / prediction.capacity, 0.0)

    def skeleton_against_normal(self) -> float:
        """The times with skeletons over those without; below 1 skeletons are the better choice.

        The geometric mean of two ratios, that of the medians and that of the 95th percentiles.
        """
        normal, skeleton = self._times(self._traffic.rate, False), self._times(self._traffic.rate, True)
        if skeleton is None:  # what cannot last is no choice, also where normal decoding cannot either
            return math.inf
        if normal is None:
            return 0.0
        (one, queue), (many, backlog) = normal, skeleton
        median = (many + _QUEUE_P50 * backlog) / (one + _QUEUE_P50 * queue)
        late = (_LONG_SKELETON * many + _QUEUE_P95 * backlog) / (_LONG_NORMAL * one + _QUEUE_P95 * queue)
        return math.sqrt(median * late)

    def crowd(self, *, skeletons: bool) -> Crowd:
        """How many answers are under way at a time.

        The variance over the mean is the elasticity of the mean: where answers share the engine evenly, the
        probability of n of them is the rate's nth power times what the rate has no part in.

        Args:
            skeletons: Whether answers that can are written by skeletons.
        """
        rate = self._traffic.rate
        now, more = (factor * rate * self._mean_s(factor * rate, skeletons) for factor in (1.0, _NUDGE))
        if not now or math.isinf(now):
            return Crowd(now + self._traffic.others, 0.0)
        dispersion = min(math.log(more / now) / math.log(_NUDGE), _MOST_DISPERSION)
        return Crowd(now + self._traffic.others, math.sqrt(dispersion * now))

    def _mean_s(self, rate: float, skeletons: bool) -> float:
        """Seconds of an answer of the mix, on average."""
        times = self._times(rate, skeletons)
        if times is None:
            return math.inf
        own, queue = times
        if skeletons and self._traffic.suited < 1:
            suited = self._traffic.suited
            own = suited * own + (1 - suited) * self._steady_s(rate, suited, False)
        return own + _QUEUE_MEAN * queue

    def _times(self, rate: float, skeletons: bool) -> tuple[float, float] | None:
        """Seconds of an answer without queues, and the queue in seconds; ``None`` where it cannot last."""
        engine, share = self._engine, self._traffic.suited if skeletons else 0.0
        own = engine.skeleton_work if skeletons else engine.normal_work
        load = rate * (share * engine.skeleton_work + (1 - share) * engine.normal_work)
        seconds = self._steady_s(rate, share, skeletons)
        if load >= _FULL * self._room or math.isinf(seconds):
            return None
        return seconds, load / (self._room - load) * own

    def _steady_s(self, rate: float, share: float, skeleton: bool) -> float:
        """A skeleton's or a normal answer's critical path at the step time that the traffic leads to."""
        engine, one, others = self._engine, self._engine.lengths, self._traffic.others
        reading = rate * (share * engine.skeleton_read + (1 - share) * engine.normal_read)
        if reading >= _FULL:
            return math.inf
        of_skeletons, of_normal = share * (one.written + one.skeleton), (1 - share) * one.normal
        tokens = of_skeletons + of_normal
        needed = rate * tokens / (1 - reading)  # tokens a second while it decodes
        context = (of_skeletons * one.skeleton_context + of_normal * one.normal_context) / tokens
        # One normal answer in the batch, and not all requests begin alike.
        shared = one.skeleton_shared if share > _ALL else 0.0
        least, most = 0.0, max(engine.capacity - others, 0.0)
        if most <= 0 or needed >= most / engine.step_s(engine.capacity, context, shared):
            return math.inf
        for _ in range(_HALVINGS):  # the batch that decodes as much as arrives
            batch = (least + most) / 2
            if batch / engine.step_s(batch + others, context, shared) < needed:
                least = batch
            else:
                most = batch
        critical, alone = (one.skeleton + one.last_point, one.points / 2) if skeleton else (one.normal, 1.0)
        read = engine.skeleton_read if skeleton else engine.normal_read
        return critical * engine.step_s(most + others + alone, context, shared) / (1 - reading) + read


def turning_point(prediction: Prediction, *, suited: float = 1.0, others: float = 0.0) -> TurningPoint:
    """Where skeletons for all become the worse choice.

    Args:
        prediction: The engine and the answers' lengths.
        suited: The part of the answers that a skeleton suits.
        others: Requests in the batch that are not ours, on average.
    """
    traffic = Traffic(0.0, suited, others)
    least, most = 0.0, 1 / prediction.normal_work  # a full engine's normal answers a second
    for _ in range(_RATE_HALVINGS):
        rate = (least + most) / 2
        if LongRun(prediction, replace(traffic, rate=rate)).skeleton_against_normal() < 1:
            least = rate
        else:
            most = rate
    there = LongRun(prediction, replace(traffic, rate=least))
    return TurningPoint(least, there.crowd(skeletons=True), there.crowd(skeletons=False))
