"""Runs that the profile is not fitted to: on the engine, and on the replay engine with the profile."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from sot import SkeletonOfThought
from sot.backends.replay import ReplayBackend
from sot.backends.replay.virtual_time import run_virtually
from sot.load.profile import EngineProfile, HeldOutRun

from ..measure.methods import METHODS, is_skeleton
from ..measure.shapes import ForcedLengths, Shape
from .measure import Check
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


def runs(most: int) -> dict[str, Check]:
    """Return the runs by name, for an engine that decodes at most so many requests together."""
    together = [batch for batch in _BATCHES if batch <= most]
    found = {f"{batch} requests of {_TOKENS} tokens at once": _requests(batch, 0) for batch in together}
    staggered = f"{_STAGGERED} requests of {_TOKENS} tokens, one every {_LATER_S:g} s"
    found[staggered] = _requests(_STAGGERED, _LATER_S)
    return found | {
        f"{method}: {_lengths(method, shape)}": _answer(method, shape) for method, shape in _ANSWERS
    }


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


def _requests(count: int, every_s: float) -> Check:
    """Requests that come one after the other, or at once."""

    async def run(requests: Requests) -> None:
        await requests.together([requests.prompt(_PROMPT) for _ in range(count)], _TOKENS, every_s=every_s)

    return run


def _answer(method: str, shape: Shape) -> Check:
    """A whole answer as a reader gets it, of forced lengths."""

    async def run(requests: Requests) -> None:
        sot = SkeletonOfThought(ForcedLengths(requests.backend), **METHODS[method])
        await sot.answer(requests.prompt(_QUESTION), extra=shape.extra)

    return run


def _lengths(method: str, shape: Shape) -> str:
    if not is_skeleton(method):
        return f"{shape.normal} tokens"
    points = [f"{shape.points.count(tokens)} points of {tokens}" for tokens in dict.fromkeys(shape.points)]
    return f"{shape.skeleton} tokens, then {' and '.join(points)}"
