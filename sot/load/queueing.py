"""Queueing model of the long run: answer times at a constant arrival rate, all with or all without skeletons.

In the steady state the batch has the size at which the engine decodes as much as arrives, which gives the
step time. Queues come on top: random arrivals bunch up, and near the capacity a backlog takes long to clear.
From both follow the arrival rate above which skeletons for all are the worse choice (the turning point), and
the concurrency at that rate, by which `sot.load.policy` decides.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from .prediction import Prediction

# Coefficients of the queue's delay (load / (1 - load) * work, as in M/G/1) in the mean, the median and the
# 95th percentile of answer times, and the 95th percentile of an answer's own time over its mean. Fitted to
# simulations of engines with 8 to 256 places (docs/latency.md); they move the turning point by a few per cent
# of the load.
_QUEUE_MEAN = 0.5
_QUEUE_P50 = 0.25
_QUEUE_P95 = 1.45
_LONG_NORMAL = 1.28
_LONG_SKELETON = 1.1
_FULL = 0.995  # utilisation that counts as overload
_ALL = 0.95  # share of skeletons above which all requests count as having the shared prefix
_HALVINGS = 30  # of the bisection for the batch size
_RATE_HALVINGS = 12  # of the bisection for the turning point
_NUDGE = 1.02  # factor of the rate for a numerical derivative
_MOST_DISPERSION = 3.0  # near the capacity, the full variance builds up only over a very long time


@dataclass(frozen=True, slots=True)
class Traffic:
    """Constant traffic.

    Args:
        rate: Answers per second.
        suited: Share of the answers that a skeleton suits, from 0 to 1.
        others: Mean number of requests of other clients in the batch.
    """

    rate: float
    suited: float = 1.0
    others: float = 0.0


@dataclass(frozen=True, slots=True)
class Concurrency:
    """Number of answers under way at the same time, requests of other clients included.

    Args:
        mean: Mean.
        spread: Standard deviation, for random (Poisson) arrivals.
    """

    mean: float
    spread: float


@dataclass(frozen=True, slots=True)
class TurningPoint:
    """Arrival rate at which skeletons for all turn from the better choice into the worse.

    Args:
        rate: Answers per second; 0 where skeletons are never better.
        skeletons: Concurrency at that rate, if all suited answers are written by skeletons.
        normal: Concurrency at that rate, if all answers are decoded normally.
    """

    rate: float
    skeletons: Concurrency
    normal: Concurrency


class QueueingModel:
    """Steady state of one engine under constant traffic.

    Args:
        prediction: Predictor for the engine and the answers' lengths.
        traffic: The traffic.
    """

    def __init__(self, prediction: Prediction, traffic: Traffic) -> None:
        self._engine = prediction
        self._traffic = traffic
        self._room = max(1 - traffic.others / prediction.capacity, 0.0)

    def skeleton_ratio(self) -> float:
        """Return the ratio of answer times with skeletons to those without; below 1, skeletons are better.

        The geometric mean of the ratio of the medians and that of the 95th percentiles.
        """
        normal, skeleton = self._times(self._traffic.rate, False), self._times(self._traffic.rate, True)
        if skeleton is None:  # an overload is no choice, even where normal decoding is one, too
            return math.inf
        if normal is None:
            return 0.0
        (one, queue), (many, backlog) = normal, skeleton
        median = (many + _QUEUE_P50 * backlog) / (one + _QUEUE_P50 * queue)
        late = (_LONG_SKELETON * many + _QUEUE_P95 * backlog) / (_LONG_NORMAL * one + _QUEUE_P95 * queue)
        return math.sqrt(median * late)

    def concurrency(self, *, skeletons: bool) -> Concurrency:
        """Return the number of answers under way, with or without skeletons for all suited answers.

        The mean is by Little's law. The variance over the mean is the elasticity of the mean with respect to
        the rate: under processor sharing, the probability of n answers is proportional to the rate's nth
        power times a factor that does not depend on the rate.
        """
        rate = self._traffic.rate
        now, more = (factor * rate * self._mean_s(factor * rate, skeletons) for factor in (1.0, _NUDGE))
        if not now or math.isinf(now):
            return Concurrency(now + self._traffic.others, 0.0)
        dispersion = min(math.log(more / now) / math.log(_NUDGE), _MOST_DISPERSION)
        return Concurrency(now + self._traffic.others, math.sqrt(dispersion * now))

    def _mean_s(self, rate: float, skeletons: bool) -> float:
        """Return the mean seconds of an answer of the mix."""
        times = self._times(rate, skeletons)
        if times is None:
            return math.inf
        own, queue = times
        if skeletons and self._traffic.suited < 1:
            suited = self._traffic.suited
            own = suited * own + (1 - suited) * self._steady_s(rate, suited, False)
        return own + _QUEUE_MEAN * queue

    def _times(self, rate: float, skeletons: bool) -> tuple[float, float] | None:
        """Return the seconds of an answer without queues, and the queue's delay; ``None`` under overload."""
        engine, share = self._engine, self._traffic.suited if skeletons else 0.0
        own = engine.skeleton_work if skeletons else engine.normal_work
        load = rate * (share * engine.skeleton_work + (1 - share) * engine.normal_work)
        seconds = self._steady_s(rate, share, skeletons)
        if load >= _FULL * self._room or math.isinf(seconds):
            return None
        return seconds, load / (self._room - load) * own

    def _steady_s(self, rate: float, share: float, skeleton: bool) -> float:
        """Return the critical path of one answer, in seconds, at the steady state's step time."""
        engine, one, others = self._engine, self._engine.lengths, self._traffic.others
        reading = rate * (share * engine.skeleton_prefill_s + (1 - share) * engine.normal_prefill_s)
        if reading >= _FULL:
            return math.inf
        of_skeletons, of_normal = share * (one.written + one.skeleton), (1 - share) * one.normal
        tokens = of_skeletons + of_normal
        needed = rate * tokens / (1 - reading)  # tokens per second of decoding time
        context = (of_skeletons * one.skeleton_context + of_normal * one.normal_context) / tokens
        # With one normal answer in the batch, not all requests share the prefix.
        shared = one.skeleton_shared if share > _ALL else 0.0
        least, most = 0.0, max(engine.capacity - others, 0.0)
        if most <= 0 or needed >= most / engine.step_s(engine.capacity, context, shared):
            return math.inf
        for _ in range(_HALVINGS):  # bisection for the batch that decodes as much as arrives
            batch = (least + most) / 2
            if batch / engine.step_s(batch + others, context, shared) < needed:
                least = batch
            else:
                most = batch
        critical, alone = (one.skeleton + one.last_point, one.points / 2) if skeleton else (one.normal, 1.0)
        read = engine.skeleton_prefill_s if skeleton else engine.normal_prefill_s
        return critical * engine.step_s(most + others + alone, context, shared) / (1 - reading) + read


def turning_point(prediction: Prediction, *, suited: float = 1.0, others: float = 0.0) -> TurningPoint:
    """Find the arrival rate at which skeletons for all become the worse choice.

    Args:
        prediction: Predictor for the engine and the answers' lengths.
        suited: Share of the answers that a skeleton suits, from 0 to 1.
        others: Mean number of requests of other clients in the batch.
    """
    traffic = Traffic(0.0, suited, others)
    least, most = 0.0, 1 / prediction.normal_work  # the engine's capacity in normal answers per second
    for _ in range(_RATE_HALVINGS):
        rate = (least + most) / 2
        if QueueingModel(prediction, replace(traffic, rate=rate)).skeleton_ratio() < 1:
            least = rate
        else:
            most = rate
    there = QueueingModel(prediction, replace(traffic, rate=least))
    return TurningPoint(least, there.concurrency(skeletons=True), there.concurrency(skeletons=False))
