"""Fits of a profile to measurements: least squares on what is robust."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate
from statistics import mean, median

from sot.load.profile import PrefillTime, PrefixCacheProfile, StepTime

from .measure import Measured, Point, Steps

_MEMORY_TOKENS = 1_000_000  # what the cache holds is not measured
_SERVED = 0.7  # a prompt sent again that is so much quicker was served from a cache
_SERVED_AS_SAID = 0.9
_USUAL_BLOCK = 16
_ROUNDS = 8
_NOTICED = 0.1  # share of a step
_STRAIGHT = 0.02  # a line that is off by no more is straight enough
_SQUARE_HELPS = 0.8  # the squared term stays where it leaves at most so much of the error


def fit_steps(steps: Sequence[Steps]) -> StepTime:
    """Fit the decode step against batch and context: a knot for each batch, one slope for all contexts."""
    runs: dict[tuple[int, bool], list[Steps]] = defaultdict(list)
    for step in steps:
        runs[step.batch, step.long].append(step)
    # One value for each kind of run: the median, so that a disturbed round does not count.
    middles: dict[int, list[Point]] = defaultdict(list)  # context in all and seconds, by batch
    for (batch, _), own in sorted(runs.items()):
        context = batch * mean(step.context for step in own)
        middles[batch].append((context, median(step.seconds for step in own)))
    slope = _common_slope(middles.values())
    knots = {
        batch: mean(seconds - slope * context for context, seconds in own) for batch, own in middles.items()
    }
    least = min(seconds for own in middles.values() for _, seconds in own) / 100
    return StepTime(
        batch=tuple(knots),
        seconds=tuple(max(time, least) for time in _rising(knots.values())),
        per_context_token_s=slope,
    )


def fit_shared(measured: Measured, step: StepTime) -> StepTime:
    """Fit what a context costs that all requests have in common.

    Args:
        step: The decode step, fitted to requests that have nothing in common.
    """
    parts: list[Point] = []
    for steps, common in measured.alike:
        apart = step.per_context_token_s * steps.batch * steps.context
        saved = step.at(steps.batch) + apart - steps.seconds
        most = step.per_context_token_s * (steps.batch - 1) * common
        if most > _NOTICED * steps.seconds:  # else contexts cost too little to see a difference
            parts.append((1 - saved / most, most))
    if not parts:
        return step
    return step.model_copy(update={"shared_context": min(max(_weighted_median(parts), 0.0), 1.0)})


def fit_prefill(measured: Measured, one: float) -> tuple[PrefillTime, float]:
    """Fit the prefill against the prompt's length, and what a request takes outside the engine.

    Args:
        one: Seconds of a decode step of one request: a prefill step is no shorter.
    """
    prefill, overhead = fit_reads(measured.reads, one)
    for _ in range(_ROUNDS):  # how many steps a prompt takes follows from the fit, and the fit from that
        budget = _fit_budget(measured, prefill, one)
        if budget is None:
            break
        reads = [
            (tokens, seconds - (math.ceil(tokens / budget) - 1) * prefill.fixed_s)
            for tokens, seconds in measured.reads
        ]
        if min(seconds for _, seconds in reads) <= 0:
            break
        prefill, overhead = fit_reads(reads, one)
        prefill = prefill.model_copy(update={"budget_tokens": budget})
    return prefill, overhead


def fit_reads(reads: Sequence[Point], one: float) -> tuple[PrefillTime, float]:
    """Fit the same to prompts that are read in one step each."""
    lengths: dict[int, list[Point]] = defaultdict(list)
    for tokens, seconds in reads:  # prompts of one kind differ by a few tokens
        lengths[round(math.log2(max(tokens, 1)) * 2)].append((tokens, seconds))
    points = [(mean(x for x, _ in own), median(y for _, y in own)) for own in lengths.values()]
    line, square = least_squares(points, 2), least_squares(points, 3)
    start, each, squared = *line, 0.0
    straight, curved = _error(points, line), _error(points, square)
    bent = straight > len(points) * _STRAIGHT**2
    if bent and min(square) >= 0 and len(points) > 3 and curved < _SQUARE_HELPS * straight:
        start, each, squared = square
    each, start = max(each, 0.0), max(start, 0.0)
    fixed = min(start, one)
    return PrefillTime(fixed_s=fixed, per_token_s=each, per_token_squared_s=squared), start - fixed


def _fit_budget(measured: Measured, prefill: PrefillTime, one: float) -> int | None:
    """The most tokens of one step, from how long a long prompt held up a request beside it."""
    whole = prefill.of(measured.gap_tokens)
    extra = measured.gap_s - one
    if prefill.per_token_s <= 0 or extra >= 0.75 * whole or extra <= 0:
        return None
    return max(round(extra / prefill.per_token_s), 16)


def fit_cache(measured: Measured, *, said: bool) -> PrefixCacheProfile:
    """Find the prefix cache, from prompts that were sent twice.

    Args:
        said: Whether the engine says that it caches prefixes.
    """
    block = math.gcd(*measured.cached) if len(measured.cached) > 1 else _USUAL_BLOCK
    caches = bool(measured.cached) or measured.again < (_SERVED_AS_SAID if said else _SERVED)
    return PrefixCacheProfile(enabled=caches, block_tokens=block, capacity_tokens=_MEMORY_TOKENS)


def least_squares(points: Sequence[Point], terms: int) -> list[float]:
    """Fit a polynomial, where relative errors count; returns the constant, the slope, and so on.

    Args:
        points: x and y, y above 0.
        terms: 2: a line; 3: a parabola.
    """
    scale = max(x for x, _ in points) or 1.0
    weighted = [[*((x / scale) ** power / y for power in range(terms)), 1.0] for x, y in points]
    # The normal equations are positive definite, so Gauss elimination needs no pivots.
    matrix = [[sum(row[i] * row[j] for row in weighted) for j in range(terms + 1)] for i in range(terms)]
    for column, own in enumerate(matrix):
        own[:] = [value / max(own[column], 1e-15) for value in own]
        for row in (row for row in matrix if row is not own):
            row[:] = [value - row[column] * above for value, above in zip(row, own, strict=True)]
    return [row[terms] / scale**power for power, row in enumerate(matrix)]


def _weighted_median(values: Sequence[Point]) -> float:
    """The value that has half of the weights on either side."""
    ordered = sorted(values)
    seen = [*accumulate(weight for _, weight in ordered)]
    return ordered[bisect_left(seen, seen[-1] / 2)][0]


def _common_slope(groups: Iterable[Sequence[Point]]) -> float:
    """The slope that lines through groups of points have in common; 0 where they have none or fall."""
    above = below = 0.0
    for points in groups:
        middle_x, middle_y = mean(x for x, _ in points), mean(y for _, y in points)
        above += sum((x - middle_x) * (y - middle_y) for x, y in points)
        below += sum((x - middle_x) ** 2 for x, _ in points)
    return max(above / below, 0.0) if below else 0.0


def _rising(values: Iterable[float]) -> list[float]:
    """The nearest values that do not fall: neighbours that do are averaged."""
    pools: list[list[float]] = []
    for value in values:
        pools.append([value])
        while len(pools) > 1 and mean(pools[-2]) > mean(pools[-1]):
            pools[-2:] = [pools[-2] + pools[-1]]
    return [mean(pool) for pool in pools for _ in pool]


def _error(points: Sequence[Point], terms: Sequence[float]) -> float:
    return sum((sum(term * x**power for power, term in enumerate(terms)) / y - 1) ** 2 for x, y in points)
