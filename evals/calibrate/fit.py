"""Fits of a profile to measurements: least squares on what is robust."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Sequence

from sot.load.profile import PrefillTime, PrefixCacheProfile, StepTime

from .measure import Measured, Read, Steps

_MEMORY_TOKENS = 1_000_000  # what the cache holds is not measured
_SERVED = 0.7  # a prompt sent again that is so much quicker was served from a cache
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
    middles = [
        Steps(
            batch,
            statistics.mean(step.context for step in own),
            statistics.median(step.seconds for step in own),
            0.0,
        )
        for (batch, _), own in runs.items()
    ]
    slope = _context_slope(middles)
    knots: dict[int, list[float]] = defaultdict(list)
    for step in middles:
        knots[step.batch].append(step.seconds - slope * step.batch * step.context)
    batches = sorted(knots)
    times = _rising([statistics.mean(knots[batch]) for batch in batches])
    least = min(step.seconds for step in middles) / 100
    return StepTime(
        batch=tuple(batches),
        seconds=tuple(max(time, least) for time in times),
        per_context_token_s=slope,
    )


def fit_shared(measured: Measured, step: StepTime) -> StepTime:
    """Fit what a context costs that all requests have in common.

    Args:
        step: The decode step, fitted to requests that have nothing in common.
    """
    parts: list[tuple[float, float]] = []
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
        budget = fit_budget(measured, prefill, one)
        if budget is None:
            return prefill, overhead
        reads = [
            Read(read.tokens, read.seconds - (math.ceil(read.tokens / budget) - 1) * prefill.fixed_s)
            for read in measured.reads
        ]
        if min(read.seconds for read in reads) <= 0:
            break
        prefill, overhead = fit_reads(reads, one)
        prefill = prefill.model_copy(update={"budget_tokens": budget})
    return prefill, overhead


def fit_reads(reads: Sequence[Read], one: float) -> tuple[PrefillTime, float]:
    """Fit the same to prompts that are read in one step each."""
    lengths: dict[int, list[Read]] = defaultdict(list)
    for read in reads:  # prompts of one kind differ by a few tokens
        lengths[round(math.log2(max(read.tokens, 1)) * 2)].append(read)
    points = [
        (
            statistics.mean(read.tokens for read in own),
            statistics.median(read.seconds for read in own),
        )
        for own in lengths.values()
    ]
    line, square = least_squares(points, 2), least_squares(points, 3)
    start, each, squared = *line, 0.0
    straight, curved = _error(points, line), _error(points, square)
    bent = straight > len(points) * _STRAIGHT**2
    if bent and min(square) >= 0 and len(points) > 3 and curved < _SQUARE_HELPS * straight:
        start, each, squared = square
    each, start = max(each, 0.0), max(start, 0.0)
    fixed = min(start, one)
    return PrefillTime(fixed_s=fixed, per_token_s=each, per_token_squared_s=squared), start - fixed


def fit_budget(measured: Measured, prefill: PrefillTime, one: float) -> int | None:
    """Fit the most tokens of one step, from how long a long prompt held up a request beside it."""
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
    if measured.cached:
        block = math.gcd(*measured.cached) if len(measured.cached) > 1 else _USUAL_BLOCK
        return PrefixCacheProfile(block_tokens=max(block, 1), capacity_tokens=_MEMORY_TOKENS)
    caches = measured.again < _SERVED or (said and measured.again < 0.9)
    return PrefixCacheProfile(enabled=caches, block_tokens=_USUAL_BLOCK, capacity_tokens=_MEMORY_TOKENS)


def least_squares(points: Sequence[tuple[float, float]], terms: int) -> list[float]:
    """Fit a polynomial, where relative errors count; returns the constant, the slope, and so on.

    Args:
        points: x and y, y above 0.
        terms: 2: a line; 3: a parabola.
    """
    matrix = [[0.0] * (terms + 1) for _ in range(terms)]
    scale = max(x for x, _ in points) or 1.0
    for x, y in points:
        powers = [(x / scale) ** power for power in range(terms)]
        for row in range(terms):
            for column in range(terms):
                matrix[row][column] += powers[row] * powers[column] / (y * y)
            matrix[row][terms] += powers[row] * y / (y * y)
    solution = _solve(matrix)
    return [value / scale**power for power, value in enumerate(solution)]


def _weighted_median(values: Sequence[tuple[float, float]]) -> float:
    """The value that has half of the weights on either side."""
    half, seen = sum(weight for _, weight in values) / 2, 0.0
    for value, weight in sorted(values):
        seen += weight
        if seen >= half:
            return value
    raise ValueError("there are no values")


def _context_slope(steps: Sequence[Steps]) -> float:
    """What a token of context costs, from batches that were measured with short and long contexts."""
    above = below = 0.0
    for batch in {step.batch for step in steps}:
        own = [step for step in steps if step.batch == batch]
        if len(own) < 2:
            continue
        context = statistics.mean(step.batch * step.context for step in own)
        seconds = statistics.mean(step.seconds for step in own)
        for step in own:
            above += (step.batch * step.context - context) * (step.seconds - seconds)
            below += (step.batch * step.context - context) ** 2
    return max(above / below, 0.0) if below else 0.0


def _rising(values: Sequence[float]) -> list[float]:
    """The nearest values that do not fall: neighbours that do are averaged."""
    pools: list[tuple[float, int]] = []
    for value in values:
        pools.append((value, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (left, many), (right, few) = pools[-2], pools[-1]
            pools[-2:] = [((left * many + right * few) / (many + few), many + few)]
    return [value for value, count in pools for _ in range(count)]


def _error(points: Sequence[tuple[float, float]], terms: Sequence[float]) -> float:
    return sum((sum(term * x**power for power, term in enumerate(terms)) / y - 1) ** 2 for x, y in points)


def _solve(matrix: list[list[float]]) -> list[float]:
    """Gauss elimination with pivots."""
    size = len(matrix)
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(matrix[row][column]))
        matrix[column], matrix[pivot] = matrix[pivot], matrix[column]
        if abs(matrix[column][column]) < 1e-15:
            matrix[column][column] = 1e-15
        for row in range(size):
            if row != column:
                factor = matrix[row][column] / matrix[column][column]
                for place in range(column, size + 1):
                    matrix[row][place] -= factor * matrix[column][place]
    return [matrix[row][size] / matrix[row][row] for row in range(size)]
