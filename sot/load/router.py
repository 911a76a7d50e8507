"""The load-aware router: on a busy engine fewer points at once, then none; never a skeleton nobody chose.

It stands around the router that looks at the question, and looks at the engine. See `load_prediction` for
what it predicts and `load_decision` for how it decides.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ..admission import InFlight, Turn
from ..errors import SotError
from ..router.base import Router
from ..types import Answer, Backend, Load, Message, Route, Usage
from .assumed_speed import AssumedSpeed
from .observed import AnswerLengths
from .policy import LoadDecider
from .prediction import Busy

if TYPE_CHECKING:
    from .profile import EngineProfile

_FRESH_S = 0.2  # a server's metrics are asked for at most five times a second
_PATIENCE_S = 0.5  # and an answer does not wait longer for them
_STRANGERS = 50  # looks at the engine in the mean of requests that are not ours


class LoadRouter:
    """Turns a skeleton into fewer points at once, or into normal decoding, as the engine fills.

    Args:
        inner: Decides by the question.
        backend: The engine, which says how busy it is.
        in_flight: The requests of all answers of this object.
        profile: How fast the engine is, from ``sot bench calibrate``. Without one a cautious guess is
            refined by the answers' own times.
    """

    def __init__(
        self, inner: Router, backend: Backend, *, in_flight: InFlight, profile: EngineProfile | None = None
    ) -> None:
        self.inner = inner
        self.name = inner.name
        self._backend = backend
        self._in_flight = in_flight
        self._meter = LoadMeter(backend, in_flight)
        self._profile = profile
        self._speed = AssumedSpeed() if profile is None else None
        self._lengths: AnswerLengths | None = None
        self._decider = LoadDecider(measured=profile is not None)
        self._strangers = 0.0

    async def route(
        self, messages: Sequence[Message], turn: Turn | None = None, *, wait: bool = True
    ) -> Route:
        """Choose the strategy by the question, then look at the engine.

        Args:
            messages: The conversation; the last user turn is the question.
            turn: The answer's place in the queue, where an answer will follow.
            wait: Decide only when the answer's turn has come, by what the engine is like then.
        """
        route = await self.inner.route(messages)
        suited = route.strategy == "skeleton"
        self._decider.arrived(asyncio.get_running_loop().time(), suited=suited)
        if not suited:
            return route
        if turn is not None and wait:
            await turn.come()
        lengths = await self._known_lengths()
        load = await self._meter.now()
        known = load.capacity or (self._profile.max_batch if self._profile is not None else None)
        capacity = min(known or self._meter.most_seen, self._in_flight.limit)
        strangers = max(load.running + load.waiting - self._meter.own, 0)
        self._strangers += (strangers - self._strangers) / _STRANGERS
        sent_since = self._in_flight.sent - self._meter.own
        decision = self._decider.decide(
            Busy(
                max(load.running + sent_since, 0),
                load.waiting,
                self._in_flight.answers - int(turn is not None) + strangers,
            ),
            self._profile or self._speed_at(capacity),
            lengths.now,
            capacity,
            others=self._strangers,
        )
        if turn is not None:
            self._in_flight.engine.open_only(decision.together if known else None)  # unknown: all may
        reason = f"{route.reason}; {decision.why}"
        if decision.skeleton:
            return replace(route, reason=reason, parallel=decision.parallel)
        return replace(route, strategy="normal", reason=reason, instead_of=route.strategy)

    def noticed(self, route: Route) -> None:
        """An answer begins; one that `route` was never asked about counts as an arrival, too.

        Args:
            route: Its route.
        """
        if route.router == "caller":
            self._decider.arrived(asyncio.get_running_loop().time(), suited=False)

    def forwarded(self, route: Route) -> Callable[[Usage], None]:
        """A request begins that somebody else sends to the engine.

        Args:
            route: Its route.

        Returns:
            Takes what it cost.
        """
        self.noticed(route)

        def learn(usage: Usage) -> None:
            if route.instead_of is not None and self._lengths is not None:
                self._lengths.learn_normal(usage)

        return learn

    def learn(self, answer: Answer) -> None:
        """Take in how long a finished answer was, and how long it took.

        Args:
            answer: The answer.
        """
        if self._lengths is not None:
            self._lengths.learn(answer)
        if self._speed is not None:
            self._speed.learn(answer, self._meter.last.running)

    async def _known_lengths(self) -> AnswerLengths:
        if self._lengths is None:
            info = await self._backend.info()
            self._lengths = self._lengths or AnswerLengths(caches=info.caches_prefixes)
        return self._lengths

    def _speed_at(self, capacity: int) -> EngineProfile:
        assert self._speed is not None, "there is a profile or a guess"
        return self._speed.profile(capacity)


class LoadMeter:
    """How busy an engine is, asked for now and then and by one at a time.

    Args:
        backend: The engine.
        in_flight: The requests of all answers of this object.
    """

    def __init__(self, backend: Backend, in_flight: InFlight) -> None:
        self.last = Load()
        self.own = 0  # requests of ours when it was asked
        self._backend = backend
        self._in_flight = in_flight
        self._lock = asyncio.Lock()
        self._asked = float("-inf")
        self._most = 0
        self._full = 0

    async def now(self) -> Load:
        """The load, at most a fifth of a second old; where the engine does not answer, the last one known."""
        async with self._lock:
            loop = asyncio.get_running_loop()
            if loop.time() - self._asked >= _FRESH_S:
                try:
                    async with asyncio.timeout(_PATIENCE_S):
                        self.last = await self._backend.load()
                    self.own = self._in_flight.sent
                except (TimeoutError, SotError):
                    pass  # it is not the decision's business to fail the answer
                self._asked = loop.time()
                self._most = max(self._most, self.last.running)
                if self.last.waiting:
                    self._full = self.last.running
            return self.last

    @property
    def most_seen(self) -> int:
        """How many requests an engine that does not say so seems to decode together at most."""
        return self._full or max(64, 2 * self._most)
