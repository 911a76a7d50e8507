"""Measurements of an engine: prefill by prompt length, decode steps by batch and context, the cache."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from random import Random
from statistics import mean, median

from sot.errors import ConfigError

from .requests import Requests, Timed

PREFILL = (64, 128, 256, 512, 1024)
BATCHES = (1, 2, 4, 8, 16, 32)
SHORT, LONG = 32, 512  # prompt tokens of decode runs
_STEPS = 48
_LONG_BATCHES = (1, 4, 8)
_LEAST_STEPS = 4
_PROBE = 1024

Check = Callable[[Requests], Awaitable[None]]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Steps:
    """Decode steps that were taken.

    Args:
        batch: Requests decoded together.
        context: Tokens of context of each, on average.
        seconds: Of a step (median over the run).
        spread: How much steps varied, as a share of that.
    """

    batch: int
    context: float
    seconds: float
    spread: float
    long: bool = False


@dataclass(slots=True)
class Measured:
    """Everything that was measured.

    Args:
        reads: Prompt tokens that no cache served, and the seconds to the first token.
        alike: A batch whose long prompts begin alike, and how many tokens they have in common.
        cached: Prompt tokens that the cache served of prompts sent twice.
        again: Seconds to the first token of a prompt sent a second time, over those of the first.
        gap_s: Longest pause of a request while another's long prompt of ``gap_tokens`` was read.
        forced: Whether the engine kept to the lengths asked for.
        checked: Seconds of the runs that nothing is fitted to, by name, round by round.
    """

    reads: list[Point] = field(default_factory=list[Point])
    steps: list[Steps] = field(default_factory=list[Steps])
    alike: list[tuple[Steps, int]] = field(default_factory=list[tuple[Steps, int]])
    cached: list[int] = field(default_factory=list[int])
    again: float = 1.0
    gap_s: float = 0.0
    gap_tokens: float = 0.0
    forced: bool = True
    checked: dict[str, list[float]] = field(default_factory=dict[str, list[float]])


async def measure(
    requests: Requests,
    *,
    batches: Sequence[int],
    room: int | None,
    repeat: int,
    checks: Mapping[str, Check],
    seed: int = 0,
    progress: Callable[[str], None] = lambda line: None,
) -> Measured:
    """Measure an engine that nobody else uses, several times each.

    Every round has all runs in an order of its own, those that nothing is fitted to among the others: a drift
    of the machine's speed meets all of them alike.

    Args:
        room: The engine's context in tokens; longer prompts are left out.
        checks: Runs that nothing is fitted to, by name; left out where the engine keeps no lengths.
    """
    most = math.inf if room is None else room - _STEPS - 8
    lengths = [length for length in PREFILL if length <= most]
    if len(lengths) < 2:
        raise ConfigError(f"the engine's context of {room} tokens is too short to measure prompts")
    measured = Measured()
    progress("warm-up")
    for _ in range(3):
        first = await requests.send(requests.prompt(SHORT), _LEAST_STEPS)
        if not first.usage.prompt_tokens:
            raise ConfigError(
                "the engine does not tell how many tokens a prompt has (usage): prefill cannot be fitted"
            )
    for name, check in checks.items():
        if requests.forced:
            progress(f"warm-up: {name}")
            await check(requests)
    long = [batch for batch in batches if batch in _LONG_BATCHES and most >= LONG]
    decodes = [*((batch, SHORT) for batch in batches), *((batch, LONG) for batch in long)]
    runs = _runs(requests, measured, lengths, decodes, checks)
    order = Random(seed)
    for number in range(repeat):
        for name, run in order.sample(runs, len(runs)):
            progress(f"round {number + 1} of {repeat}, {name}")
            await run()
    progress("prefix cache")
    await _cache(requests, lengths, measured)
    progress("prefill beside decoding")
    await _beside(requests, min(_PROBE, lengths[-1]), measured)
    measured.forced = requests.forced
    return measured


def _runs(
    requests: Requests,
    measured: Measured,
    lengths: Sequence[int],
    decodes: Sequence[tuple[int, int]],
    checks: Mapping[str, Check],
) -> list[tuple[str, Callable[[], Awaitable[None]]]]:
    """The runs of a round, by what they measure."""

    async def prefill(length: int) -> None:
        timed = await requests.send(requests.prompt(length), 1)
        measured.reads.append((timed.new_prompt, timed.first_s))

    async def decode(batch: int, length: int) -> None:
        prompts = [requests.prompt(length) for _ in range(batch)]
        steps = steps_of(await requests.together(prompts, _STEPS))
        measured.steps.append(replace(steps, long=length == LONG))

    async def alike(batch: int) -> None:
        begin = requests.prompt(LONG)
        first = await requests.send(begin, 1)  # its cached beginning is there for the others
        prompts = [f"{begin} {requests.prompt(4)}" for _ in range(batch)]
        steps = steps_of(await requests.together(prompts, _STEPS))
        measured.alike.append((steps, first.usage.prompt_tokens))

    async def check(name: str) -> None:
        if requests.forced:
            clock = asyncio.get_running_loop().time
            started = clock()
            await checks[name](requests)
            measured.checked.setdefault(name, []).append(clock() - started)

    many = [batch for batch, length in decodes if length == LONG and batch > 1]
    return [
        *((f"prefill of {length} tokens", partial(prefill, length)) for length in lengths),
        *((f"decode, {one[0]} at once, {one[1]} prompt tokens", partial(decode, *one)) for one in decodes),
        *((f"decode alike, {batch} at once", partial(alike, batch)) for batch in many * 2),
        *((f"to check: {name}", partial(check, name)) for name in checks),
    ]


def steps_of(timed: Sequence[Timed]) -> Steps:
    """Return the steps that requests took together: while all had begun and none had ended."""
    begin = max(one.tokens[0][1] for one in timed)
    end = min(one.tokens[-1][1] for one in timed)
    each: list[float] = []
    gaps: list[float] = []
    contexts: list[float] = []
    for one in timed:
        inside = [(count, at) for count, at in one.tokens if begin <= at <= end]
        if len(inside) < 2 or inside[-1][0] - inside[0][0] < _LEAST_STEPS:
            continue
        (first, start), (last, stop) = inside[0], inside[-1]
        each.append((stop - start) / (last - first))
        contexts.append(one.usage.prompt_tokens + (first + last) / 2)
        gaps += [(right - left) / (after - before) for (before, left), (after, right) in pairwise(inside)]
    if not each:
        raise ConfigError(
            f"{len(timed)} requests at once were hardly decoded together: is the engine's batch smaller?"
        )
    middle = median(gaps)
    off = median(abs(gap - middle) for gap in gaps)
    # The whole stretch over its tokens: single gaps are rounded by buffers on the way.
    return Steps(len(timed), mean(contexts), median(each), 1.4826 * off / middle)


async def _cache(requests: Requests, lengths: Sequence[int], measured: Measured) -> None:
    """Send prompts twice."""
    ratios: list[float] = []
    # Several lengths, for the block's size is what the cached tokens have in common.
    shorter = [length - less for length in lengths[1:-1] or lengths for less in (0, 19, 37, 50)]
    for length in (*shorter, lengths[-1], lengths[-1], lengths[-1]):
        prompt = requests.prompt(length)
        cold = await requests.send(prompt, 1)
        warm = await requests.send(prompt, 1)
        if warm.usage.cached_tokens:
            measured.cached.append(warm.usage.cached_tokens)
        ratios.append(warm.first_s / cold.first_s)
    measured.again = median(ratios[-3:])  # of the longest, where it shows


async def _beside(requests: Requests, length: int, measured: Measured) -> None:
    """How long a long prompt holds up a request that is being decoded."""
    gaps: list[float] = []
    for _ in range(3):
        decoding = asyncio.ensure_future(requests.send(requests.prompt(SHORT), 2 * _STEPS))
        try:
            alone = await requests.send(requests.prompt(SHORT), 4)  # by now the other one is decoding, too
            long = await requests.send(requests.prompt(length), 1)
            timed = await decoding
        except BaseException:
            decoding.cancel()
            await asyncio.gather(decoding, return_exceptions=True)
            raise
        measured.gap_tokens = long.new_prompt
        during = [
            right - left
            for (_, left), (_, right) in pairwise(timed.tokens)
            if alone.ended <= right <= long.ended + 0.05
        ]
        if during:
            gaps.append(max(during))
    measured.gap_s = median(gaps) if gaps else 0.0
