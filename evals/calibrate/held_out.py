"""Runs that the profile is not fitted to: on the engine, and on the replay engine with the profile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from sot.backends.replay import ReplayBackend
from sot.backends.replay.virtual_time import run_virtually

from sot.engine_profile import EngineProfile, FitError
from sot.errors import ConfigError
from sot.types import Message

from .requests import Requests

_BATCHES = (3, 6, 12)
_TOKENS = 60
_PROMPT = 100
_OPENING = 400  # prompt tokens that the requests of one answer share
_NORMAL, _SKELETON, _POINTS, _POINT = 320, 40, 8, 40
_LATER_S = 0.2
_STAGGERED = 6

Run = Callable[[Requests], Awaitable[None]]


def runs(most: int) -> dict[str, Run]:
    """The runs by name.

    Args:
        most: Requests decoded together at most.
    """
    found: dict[str, Run] = {}
    for batch in _BATCHES:
        if batch <= most:
            found[f"{batch} requests of {_TOKENS} tokens at once"] = _at_once(batch)
    found[f"{_STAGGERED} requests of {_TOKENS} tokens, one every {_LATER_S:g} s"] = _staggered
    found[f"a normal answer of {_NORMAL} tokens"] = _normal
    found[f"a skeleton of {_SKELETON} tokens, then {_POINTS} points of {_POINT} tokens"] = _skeleton
    return found


def compare(measured: Mapping[str, float], profile: EngineProfile) -> tuple[FitError, ...]:
    """What the profile predicts for the runs, beside what they took.

    Args:
        measured: Seconds by name (`runs`).
        profile: The fitted profile.
    """
    return run_virtually(_compare(measured, profile))


async def _compare(measured: Mapping[str, float], profile: EngineProfile) -> tuple[FitError, ...]:
    backend = ReplayBackend(profile)
    requests, clock = Requests(backend), asyncio.get_running_loop().time
    errors: list[FitError] = []
    for name, run in runs(profile.max_batch).items():
        if name in measured:
            started = clock()
            await run(requests)
            errors.append(FitError(run=name, measured_s=measured[name], predicted_s=clock() - started))
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


async def _normal(requests: Requests) -> None:
    _check(requests)
    await requests.send(requests.prompt(_PROMPT), _NORMAL)


async def _skeleton(requests: Requests) -> None:
    _check(requests)
    opening = (Message("user", requests.prompt(_OPENING)),)
    await requests.send(opening, _SKELETON)
    outline = " ".join(f"{number}. point" for number in range(1, _POINTS + 1))
    prompts: Sequence[Sequence[Message]] = [
        (*opening, Message("assistant", outline), Message("user", f"Now write point {number}, at length."))
        for number in range(1, _POINTS + 1)
    ]
    await requests.together(prompts, _POINT)


def _check(requests: Requests) -> None:
    if not requests.forced:
        raise ConfigError("the engine does not keep to lengths (ignore_eos): nothing to compare with")
