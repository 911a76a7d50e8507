"""Session of one answer: its turn at admission control, its route, its events or its forwarding."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, asynccontextmanager
from types import TracebackType
from typing import Self, Unpack

from .events import Event
from .keys import RequestKeys, require_separation
from .options import AnswerSettings
from .orchestrator import AnswerRequest, keys_of, route_of, stages_of, stream_answer
from .revision import REVISED, Revision, stream_revision
from .tracing.current import AnswerTrace, begin_trace
from .types import Answer, BackendInfo, Route, Skeleton, StageUse, Timing, Usage


class Session:
    """Session of one answer, from its arrival to its end.

    A context manager, which `sot.SkeletonOfThought.session` makes: entering it counts the answer as under
    way, leaving it releases its permits. For callers that act between the route and the answer, such as a
    server that forwards requests for normal decoding; all others call ``answer`` or ``stream`` of
    `sot.SkeletonOfThought`.

    Args:
        request: The question with its settings and its turn.
        revision: The plan of a revised answer; `sot.SkeletonOfThought.revision` makes such a session, whose
            route is decided.

    Examples:
        >>> with sot.session(question) as session:  # doctest: +SKIP
        ...     route = await session.route()
        ...     async for event in session.stream(): ...
    """

    def __init__(self, request: AnswerRequest, revision: Revision | None = None) -> None:
        self._request = request
        self._traced = False
        self._revision = revision
        if revision is not None:
            request.route = REVISED

    def __enter__(self) -> Self:
        self._request.turn.begin()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._request.turn.leave()
        if self._request.trace is not None:
            self._request.trace.end(error)

    @property
    def keys(self) -> RequestKeys:
        """Keys that all requests of the answer carry, also a forwarded one."""
        return keys_of(self._request)

    @property
    def stages(self) -> tuple[StageUse, ...]:
        """Usage and times so far, by stage and model: also of an answer that was left, or that failed."""
        return stages_of(self._request)

    def traceparent(self, info: BackendInfo) -> str:
        """Begin the span of a request that the caller forwards; returns its W3C header, or an empty text.

        Args:
            info: The engine.
        """
        trace = self._trace()
        return "" if trace is None else trace.forwarding(info)

    async def route(self) -> Route:
        """Choose the strategy; further calls return the same route, and the answer follows it.

        With ``adapt``, this waits for a permit of the engine where a skeleton suits the question, decides by
        the engine's load then, and keeps the permit for the answer's first request or until the session ends.

        Raises:
            ConfigError: The session is over.
            SotError: The router cannot decide.
        """
        if self._request.route is None:
            self._trace()
            self._request.route = await route_of(self._request)
        return self._request.route

    def decide(self, route: Route) -> None:
        """Set the route without asking the router."""
        self._request.route = route

    def change(self, **settings: Unpack[AnswerSettings]) -> None:
        """Change settings of the answer before it begins, such as those that follow from its route.

        Raises:
            ConfigError: A setting is invalid.
        """
        self._request.options = self._request.options.changed(settings)

    async def stream(self) -> AsyncGenerator[Event, None]:
        """Answer the question and yield its events, `sot.events.Finished` last.

        Leaving the loop early ends every request in flight once the generator is closed: use
        ``contextlib.aclosing`` where that must not wait for the garbage collector.

        Raises:
            SotError: The question cannot be answered.
        """
        self._trace()
        request, revision = self._request, self._revision
        made = stream_answer(request) if revision is None else stream_revision(request, revision)
        async with aclosing(made) as events:
            async for event in events:
                yield event

    @asynccontextmanager
    async def forward(self) -> AsyncGenerator[Callable[[Usage], None], None]:
        """Hold the permits for one request that the caller itself sends to the engine.

        The request counts as this answer. Yields a callable that takes its usage, once that is known.
        """
        request = self._request
        if request.options.tenant is not None:
            require_separation(await request.backend.info(), request.options.tenant)
        async with request.turn.permit():
            with request.turn.admission.gain.meter.unseen_request():
                if request.route is not None:
                    request.router.started(request.route)
                yield self._forwarded

    def _trace(self) -> AnswerTrace | None:
        """Return the trace of the answer, which begins with its first step."""
        request = self._request
        if not self._traced:
            self._traced = True
            given = request.options.session_key or ""
            request.trace = begin_trace(request.tracer, request.messages, self.keys.answer, given)
        return request.trace

    def _forwarded(self, usage: Usage) -> None:
        request = self._request
        if request.trace is not None:
            request.trace.forwarded(usage)
        if request.route is None:
            return
        answer = Answer(
            question=request.messages[-1].content,
            text="",
            route=request.route,
            skeleton=Skeleton(),
            points=(),
            usage=usage,
            skeleton_usage=Usage(),
            timing=Timing(),
            model="",
            backend="",
        )
        request.router.finished(answer)


__all__ = [
    "Session",
]
