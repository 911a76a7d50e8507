"""What answers take if they go on arriving at a rate, and all that can are written one way or the other.

The batch settles where the engine decodes as much as arrives, which gives the step's time. On top of that
come queues: arrivals bunch up, and near the capacity the backlog of a bunch takes long to go away. How much
they bunch up shows in the number of answers under way, which varies more or less than it would at random.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from .load_prediction import Prediction

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
_NUDGE = 1.02


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

    def skeleton_against_normal(self, burstiness: float = 1.0) -> float:
        """The times with skeletons over those without; below 1 skeletons are the better choice.

        The geometric mean of two ratios, that of the medians and that of the 95th percentiles.

        Args:
            burstiness: How much the number of answers under way varies, against `dispersion`.
        """
        normal, skeleton = self._times(self._traffic.rate, False), self._times(self._traffic.rate, True)
        if skeleton is None:  # what cannot last is no choice, also where normal decoding cannot either
            return math.inf
        if normal is None:
            return 0.0
        (one, queue), (many, backlog) = normal, skeleton
        queue, backlog = burstiness * queue, burstiness * backlog
        median = (many + _QUEUE_P50 * backlog) / (one + _QUEUE_P50 * queue)
        late = (_LONG_SKELETON * many + _QUEUE_P95 * backlog) / (_LONG_NORMAL * one + _QUEUE_P95 * queue)
        return math.sqrt(median * late)

    def dispersion(self, *, skeletons: bool) -> float:
        """The variance of the number of answers under way over its mean, for arrivals at random.

        It is the elasticity of the mean: where answers share the engine evenly, the probability of n of them
        is the rate's nth power times what the rate has no part in.

        Args:
            skeletons: Whether answers that can are written by skeletons.
        """
        rate = self._traffic.rate
        now, more = (self._mean_s(rate * factor, skeletons) for factor in (1.0, _NUDGE))
        if math.inf in (now, more):
            return math.inf
        return 1 + math.log(more / now) / math.log(_NUDGE)

    def _mean_s(self, rate: float, skeletons: bool) -> float:
        times = self._times(rate, skeletons)
        return math.inf if times is None else times[0] + _QUEUE_MEAN * times[1]

    def _times(self, rate: float, skeletons: bool) -> tuple[float, float] | None:
        """Seconds of an answer without queues, and the queue in seconds; ``None`` where it cannot last."""
        engine, share = self._engine, self._traffic.suited if skeletons else 0.0
        own = engine.skeleton_work if skeletons else engine.normal_work
        load = rate * (share * engine.skeleton_work + (1 - share) * engine.normal_work)
        seconds = self._steady_s(rate, share, skeletons)
        if load >= _FULL * self._room or math.isinf(seconds):
            return None
        return seconds, load / (self._room - load) * own

    def _steady_s(self, rate: float, share: float, skeletons: bool) -> float:
        """An answer's critical path at the step time that the traffic leads to."""
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
        critical, alone = (one.skeleton + one.last_point, one.points / 2) if skeletons else (one.normal, 1.0)
        read = engine.skeleton_read if skeletons else engine.normal_read
        return critical * engine.step_s(most + others + alone, context, shared) / (1 - reading) + read
