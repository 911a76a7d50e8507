"""Load-aware router: normal decoding in place of skeletons on a busy engine.

It wraps the router that decides by the question, and only ever changes a skeleton into normal decoding:
`prediction` says how long each way would take, `policy` decides.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ..admission import Admission, Turn
from ..errors import SotError
from ..router.base import Router, RouterHooks
from ..types import Answer, Backend, Load, Message, Route
from .assumed_speed import AssumedSpeed
from .observed import AnswerLengths
from .policy import LoadDecider
from .prediction import EngineState

if TYPE_CHECKING:
    from .profile import EngineProfile

_NOT_ROUTED = ("caller", "server")
_FRESH_S = 0.2  # age up to which a load reading is reused: a server is asked at most five times a second
_PATIENCE_S = 0.5  # timeout of a load reading, for which an answer waits
_OTHERS_WINDOW = 50  # load readings in the moving average of other clients' requests


class LoadRouter:
    """Router that changes a skeleton into normal decoding where the engine is too busy for skeletons.

    Args:
        inner: The router that decides by the question.
        backend: The engine, which reports its load.
        admission: Admission control of the object's answers.
        profile: The engine's speed profile, from ``sot bench calibrate``; without one, an assumed speed is
            refined by the answers' own times.
    """

    def __init__(
        self, inner: Router, backend: Backend, *, admission: Admission, profile: EngineProfile | None = None
    ) -> None:
        self.inner = inner
        self.name = inner.name
        self._inner_hooks = RouterHooks(inner)
        self._backend = backend
        self._admission = admission
        self._meter = LoadMeter(backend, admission)
        self._profile = profile
        self._speed = AssumedSpeed() if profile is None else None
        self._lengths: AnswerLengths | None = None
        self._decider = LoadDecider(measured=profile is not None)
        self._mean_others = 0.0

    async def route(self, messages: Sequence[Message]) -> Route:
        """Choose the strategy by the question alone; `admit` considers the engine's load."""
        return await self.inner.route(messages)

    async def admit(self, route: Route, turn: Turn | None = None, *, wait: bool = True) -> Route:
        """Return the route, changed to normal decoding where the engine's load requires it.

        Args:
            route: The route by the question alone.
            turn: The answer's turn; ``None`` where no answer follows.
            wait: Wait for a permit of the engine first, and decide by the load at that time.
        """
        route = await self._inner_hooks.admit(route, turn, wait=wait)
        suited = route.strategy == "skeleton"
        self._decider.arrived(asyncio.get_running_loop().time(), suited=suited)
        if not suited:
            return route
        if turn is not None and wait:
            await turn.wait_for_engine()
        lengths = await self._known_lengths()
        load = await self._meter.now()
        known = load.capacity or (self._profile.max_batch if self._profile is not None else None)
        capacity = min(known or self._meter.estimated_capacity, self._admission.requests.limit)
        others = max(load.running + load.waiting - self._meter.own, 0)
        self._mean_others += (others - self._mean_others) / _OTHERS_WINDOW
        sent_since = self._admission.requests.taken - self._meter.own
        decision = self._decider.decide(
            EngineState(
                max(load.running + sent_since, 0),
                load.waiting,
                self._admission.answers - int(turn is not None) + others,
            ),
            self._profile or self._speed_at(capacity),
            lengths.now,
            capacity,
            others=self._mean_others,
        )
        if turn is not None:
            self._admission.engine.open_only(decision.together if known else None)
        reason = f"{route.reason}; {decision.why}"
        if decision.skeleton:
            return replace(route, reason=reason)
        return replace(route, strategy="normal", reason=reason, instead_of=route.strategy)

    def started(self, route: Route) -> None:
        """Record the arrival of an answer that was not routed: its strategy was chosen for it."""
        if route.router in _NOT_ROUTED:
            self._decider.arrived(asyncio.get_running_loop().time(), suited=False)
        self._inner_hooks.started(route)

    def finished(self, answer: Answer) -> None:
        """Update the estimates of lengths and speed with a finished answer."""
        if self._lengths is not None:
            self._lengths.learn(answer)
        if self._speed is not None:
            self._speed.learn(answer, self._meter.last.running)
        self._inner_hooks.finished(answer)

    async def _known_lengths(self) -> AnswerLengths:
        if self._lengths is None:
            info = await self._backend.info()
            self._lengths = self._lengths or AnswerLengths(caches=info.reuses_prefixes)
        return self._lengths

    def _speed_at(self, capacity: int) -> EngineProfile:
        assert self._speed is not None, "there is a profile or an assumed speed"
        return self._speed.profile(capacity, self._admission.gain.times)


class LoadMeter:
    """Cached reading of the engine's load, refreshed on demand by one request at a time.

    Args:
        backend: The engine.
        admission: Admission control of the object's answers.

    Attributes:
        last: The last reading.
        own: Requests of this object in flight at that reading.
    """

    def __init__(self, backend: Backend, admission: Admission) -> None:
        self.last = Load()
        self.own = 0
        self._backend = backend
        self._admission = admission
        self._lock = asyncio.Lock()
        self._asked = float("-inf")
        self._most = 0  # largest batch seen
        self._full = 0  # batch seen when requests waited

    async def now(self) -> Load:
        """Return the load, at most 0.2 s old; where the engine does not answer, the last known one."""
        async with self._lock:
            loop = asyncio.get_running_loop()
            if loop.time() - self._asked >= _FRESH_S:
                try:
                    async with asyncio.timeout(_PATIENCE_S):
                        self.last = await self._backend.load()
                    self.own = self._admission.requests.taken
                except (TimeoutError, SotError):
                    pass  # a failed reading must not fail the answer
                self._asked = loop.time()
                self._most = max(self._most, self.last.running)
                if self.last.waiting:
                    self._full = self.last.running
            return self.last

    @property
    def estimated_capacity(self) -> int:
        """Estimate of the largest batch, for an engine that does not report its capacity."""
        return self._full or max(64, 2 * self._most)
