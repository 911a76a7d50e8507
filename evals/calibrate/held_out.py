"""Runs that the profile is not fitted to: on the engine, and on the replay engine with the profile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from sot import SkeletonOfThought
from sot.backends.replay import ReplayBackend
from sot.backends.replay.virtual_time import run_virtually
from sot.errors import ConfigError
from sot.load.profile import EngineProfile, HeldOutRun

from ..measure.methods import METHODS, is_skeleton
from ..measure.shapes import ForcedLengths, Shape
from .requests import Requests

_BATCHES = (3, 6, 12)
_TOKENS = 60
_PROMPT = 100
_QUESTION = 20
_EVEN, _UNEVEN = Shape((40,) * 8), Shape((30,) * 4 + (80,) * 3)
_ANSWERS = (
    ("normal", _EVEN),
    ("skeleton", _EVEN),
    ("skeleton-wait", _EVEN),
    ("skeleton-paper", _EVEN),
    ("skeleton", _UNEVEN),
)
_LATER_S = 0.2
_STAGGERED = 6

Run = Callable[[Requests], Awaitable[None]]


def runs(most: int) -> dict[str, Run]:
    """Return the runs by name, for an engine that decodes at most so many requests together."""
    found: dict[str, Run] = {}
    for batch in _BATCHES:
        if batch <= most:
            found[f"{batch} requests of {_TOKENS} tokens at once"] = _at_once(batch)
    found[f"{_STAGGERED} requests of {_TOKENS} tokens, one every {_LATER_S:g} s"] = _staggered
    for method, shape in _ANSWERS:
        found[f"{method}: {_lengths(method, shape)}"] = _answer(method, shape)
    return found


def compare(measured: Mapping[str, float], profile: EngineProfile) -> tuple[HeldOutRun, ...]:
    """Return what the profile predicts for the runs, beside the seconds they took."""
    return run_virtually(_compare(measured, profile))


async def _compare(measured: Mapping[str, float], profile: EngineProfile) -> tuple[HeldOutRun, ...]:
    backend = ReplayBackend(profile)
    requests, clock = Requests(backend), asyncio.get_running_loop().time
    errors: list[HeldOutRun] = []
    for name, run in runs(profile.max_batch).items():
        if name in measured:
            await run(requests)  # what all answers' prompts have in common is cached from now on
            started = clock()
            await run(requests)
            errors.append(HeldOutRun(run=name, measured_s=measured[name], predicted_s=clock() - started))
    await backend.aclose()
    return tuple(errors)


def _at_once(batch: int) -> Run:
    async def run(requests: Requests) -> None:
        _check(requests)
        await requests.together([requests.prompt(_PROMPT) for _ in range(batch)], _TOKENS)

    return run


async def _staggered(requests: Requests) -> None:
    _check(requests)
    async with asyncio.TaskGroup() as group:
        for number in range(_STAGGERED):
            if number:
                await asyncio.sleep(_LATER_S)
            group.create_task(requests.send(requests.prompt(_PROMPT), _TOKENS))


def _answer(method: str, shape: Shape) -> Run:
    """A whole answer as a reader gets it, of forced lengths."""

    async def run(requests: Requests) -> None:
        _check(requests)
        sot = SkeletonOfThought(ForcedLengths(requests.backend), **METHODS[method])
        await sot.answer(requests.prompt(_QUESTION), extra=shape.extra)

    return run


def _lengths(method: str, shape: Shape) -> str:
    if not is_skeleton(method):
        return f"{shape.normal} tokens"
    points = [f"{shape.points.count(tokens)} points of {tokens}" for tokens in dict.fromkeys(shape.points)]
    return f"{shape.skeleton} tokens, then {' and '.join(points)}"


def _check(requests: Requests) -> None:
    if not requests.forced:
        raise ConfigError("the engine does not keep to lengths (ignore_eos): nothing to compare with")
