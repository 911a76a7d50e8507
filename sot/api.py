"""The Python API: one object that answers questions."""

from __future__ import annotations

import asyncio
import dataclasses
import weakref
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, aclosing, contextmanager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from .admission import InFlight, Turn
from .errors import ConfigError
from .events import Event, Finished, TextDelta
from .load.router import LoadRouter
from .options import Options
from .orchestrator import stream_answer
from .prompting.messages import Conversational, as_messages
from .registry import create_backend
from .router import DEFAULT_ROUTER, Router, make_router
from .sync import LoopThread
from .types import Answer, Backend, BackendInfo, Message, Route, Usage

if TYPE_CHECKING:
    from .load.profile import EngineProfile


class SkeletonOfThought:
    """Answers questions with Skeleton-of-Thought where it suits them, and otherwise without.

    Use it as an async context manager, or call `aclose` when done. One object serves any number of
    answers at the same time.

    Args:
        backend: A backend spec (``http://localhost:8000/v1``, ``torch:``, ``torch:MODEL``), or an object
            with the methods of `sot.types.Backend`, which stays the caller's to close. ``None`` means
            ``SOT_BACKEND``, else ``OPENAI_BASE_URL``, else the embedded default ``torch:``.
        model: The model's name, where the spec does not say it.
        router: Decides how a question is answered: ``hybrid`` (unless given), ``rules``, ``trained``, ``llm``
            (asks the engine itself), or an object with the methods of `sot.router.Router`.
        options: Settings; see `sot.options.Options`.
        backend_settings: Settings of the engine the spec names, such as ``{"api_key": …}``.
        profile: How fast the engine is, for ``adapt=True``: a file of ``sot bench calibrate``.
        settings: Single settings of `Options` by name, for example ``max_points=6``.

    Raises:
        ConfigError: The spec or a setting makes no sense.
        MissingDependencyError: The engine's packages are not installed.

    Example:
        >>> async with SkeletonOfThought("http://localhost:8000/v1", model="Qwen/Qwen3-8B") as sot:
        ...     answer = await sot.answer("How can I sleep better?")  # doctest: +SKIP
    """

    def __init__(
        self,
        backend: str | Backend | None = None,
        *,
        model: str | None = None,
        router: Router | str = DEFAULT_ROUTER,
        options: Options | None = None,
        backend_settings: Mapping[str, Any] | None = None,
        profile: str | Path | EngineProfile | None = None,
        **settings: Any,
    ) -> None:
        self._options = _changed(options or Options(), settings)
        self._own = backend is None or isinstance(backend, str)
        self._remake = (backend, model, router, dict(backend_settings or {}))
        self._profile = _speed(profile, self._options)
        self._backend: Backend = (
            create_backend(backend, model=model, **(backend_settings or {}))
            if backend is None or isinstance(backend, str)
            else backend
        )
        self._in_flight = InFlight(self._options.max_in_flight)
        self._router: Router = (
            make_router(router, backend=self._backend, options=self._options, in_flight=self._in_flight)
            if isinstance(router, str)
            else router
        )
        if self._options.adapt:
            self._router = LoadRouter(
                self._router, self._backend, in_flight=self._in_flight, profile=self._profile
            )
        self._sync: LoopThread | None = None
        self._twin: SkeletonOfThought | None = None
        self._release: weakref.finalize[[LoopThread, SkeletonOfThought], SkeletonOfThought] | None = None

    @property
    def options(self) -> Options:
        """The settings answers start from."""
        return self._options

    @property
    def backend(self) -> Backend:
        """The engine."""
        return self._backend

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Release the engine, unless it was given as an object. May be called twice."""
        if self._own:
            await self._backend.aclose()
        if self._sync is not None:
            await asyncio.to_thread(self.close)

    async def info(self) -> BackendInfo:
        """What the engine is and can do; loads or contacts it.

        Raises:
            SotError: The engine cannot be used.
        """
        return await self._backend.info()

    def turn(self) -> AbstractContextManager[Turn]:
        """An answer comes in that is routed first and made later: its place in the queue of all requests.

        A context manager, to be left when the answer is over: one for every answer, and the same one for its
        `route` and its `stream`. `answer` and `stream` alone do this by themselves.

        Example:
            >>> with sot.turn() as turn:  # doctest: +SKIP
            ...     route = await sot.route(question, turn=turn)
            ...     async for event in sot.stream(question, decided=route, turn=turn): ...
        """
        return self._in_flight.answer()

    async def route(self, question: Conversational, *, turn: Turn | None = None) -> Route:
        """How a question would be answered, and why. Nothing is answered; only the llm router asks the model.

        Args:
            question: A question, or a conversation that ends with one.
            turn: From `turn`, where an answer will follow: with `Options.adapt`, an answer that has to wait
                for the engine is decided about when its turn has come, and the room that it waited for is
                kept for its first request, until the turn is left.

        Raises:
            ConfigError: The turn is another object's, or over.
        """
        messages = as_messages(question)
        self._own_turn(turn)
        if isinstance(self._router, LoadRouter):
            return await self._router.route(messages, turn)
        return await self._router.route(messages)

    @contextmanager
    def forwarding(self, route: Route, *, turn: Turn) -> Generator[Callable[[Usage], None], None, None]:
        """Tell of a request that the caller sends to the engine itself, as a server does that passes it on.

        With `Options.adapt` it then counts as an answer of this object and not as somebody else's load.
        Yields what takes the answer's usage, once it is known.

        Args:
            route: What `route` said of it.
            turn: The answer's, from `turn`.
        """
        self._own_turn(turn)
        with turn.send_beside():
            if isinstance(self._router, LoadRouter):
                yield self._router.forwarded(route)
            else:
                yield lambda usage: None

    async def stream(
        self,
        question: Conversational,
        *,
        decided: Route | None = None,
        turn: Turn | None = None,
        **settings: Any,
    ) -> AsyncGenerator[Event, None]:
        """Answer a question and yield what happens.

        Leaving the loop early ends every request in flight once the generator is closed: use
        ``contextlib.aclosing`` where that must not wait for the garbage collector.

        Args:
            question: A question, or a conversation that ends with one.
            decided: What `route` said of it, where it was asked before; it is not asked again.
            turn: The answer's, where `route` was given one.
            settings: Settings of `Options` for this answer alone.

        Raises:
            SotError: The question cannot be answered.
        """
        if "max_in_flight" in settings:
            raise ConfigError("max_in_flight is a limit over all answers: set it where the object is made")
        if settings.get("adapt", self._options.adapt) != self._options.adapt:
            raise ConfigError("adapt looks at all answers together: set it where the object is made")
        self._own_turn(turn)
        options, messages = _changed(self._options, settings), as_messages(question)
        with self.turn() if turn is None else nullcontext(turn) as own:
            events = stream_answer(
                messages,
                backend=self._backend,
                router=self._router,
                options=options,
                turn=own,
                decided=decided,
                started=None if turn is None else turn.began,
            )
            async with aclosing(events):
                async for event in events:
                    yield event

    def _own_turn(self, turn: Turn | None) -> None:
        if turn is not None and turn.in_flight is not self._in_flight:
            raise ConfigError("this turn is another object's: take one of the object that answers")

    async def stream_text(self, question: Conversational, **settings: Any) -> AsyncGenerator[str, None]:
        """Answer a question and yield its ordered text, piece by piece.

        Args:
            question: A question, or a conversation that ends with one.
            settings: Settings of `Options` for this answer alone.

        Raises:
            SotError: The question cannot be answered.
        """
        async with aclosing(self.stream(question, **settings)) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    yield event.text

    async def answer(self, question: Conversational, **settings: Any) -> Answer:
        """Answer a question.

        Args:
            question: A question, or a conversation that ends with one.
            settings: Settings of `Options` for this answer alone, for example ``strategy="skeleton"``.

        Raises:
            SotError: The question cannot be answered.
        """
        async with aclosing(self.stream(question, **settings)) as events:
            async for event in events:
                if isinstance(event, Finished):
                    return event.answer
        raise AssertionError("a stream of events ends with Finished")

    def answer_sync(self, question: Conversational, **settings: Any) -> Answer:
        """Answer a question from code that is not async: scripts, notebooks.

        Runs on an event loop in a thread of its own, so it also works inside a running loop, which
        it blocks until the answer is there; in async code use `answer`.

        Args:
            question: A question, or a conversation that ends with one.
            settings: Settings of `Options` for this answer alone.

        Raises:
            SotError: The question cannot be answered.
            ConfigError: The engine was given as an object, which belongs to the caller's event loop.
        """
        if not self._own:
            raise ConfigError(
                "answer_sync needs a backend spec; with a backend object use `await sot.answer(…)`"
            )
        if self._sync is None or self._twin is None:
            backend, model, router, backend_settings = self._remake
            self._twin = SkeletonOfThought(
                backend,
                model=model,
                router=router,
                options=self._options,
                backend_settings=backend_settings,
                profile=self._profile,
            )
            self._sync = LoopThread()
            self._release = weakref.finalize(self, _release, self._sync, self._twin)  # also at exit
        return self._sync.run(self._twin.answer(question, **settings))

    def close(self) -> None:
        """Release what `answer_sync` used. May be called twice; also happens at exit."""
        if self._release is not None:
            self._release()
        self._sync = self._twin = self._release = None


def _release(sync: LoopThread, twin: SkeletonOfThought) -> None:
    if sync.inside():  # collected as garbage there: a wait would never end, and the thread dies at exit
        return
    try:
        sync.run(twin.aclose())
    finally:
        sync.close()


def _speed(profile: str | Path | EngineProfile | None, options: Options) -> EngineProfile | None:
    if profile is None:
        return None
    if not options.adapt:
        raise ConfigError("an engine profile is for the load-aware decision: set adapt (--adapt), too")
    from .load.profile import read_profile

    return read_profile(profile) if isinstance(profile, (str, Path)) else profile


def _changed(options: Options, settings: Mapping[str, Any]) -> Options:
    unknown = sorted(settings.keys() - Options.names())
    if unknown:
        raise ConfigError(
            f"unknown setting {', '.join(unknown)}: known are {', '.join(sorted(Options.names()))}"
        )
    return dataclasses.replace(options, **settings) if settings else options


def final_history(turns: Iterable[tuple[str, Answer]], *, system: str | None = None) -> Sequence[Message]:
    """The conversation so far, as the next question should be asked with it.

    Skeletons and point requests stay out: of every turn only the question and the answer's text remain.

    Args:
        turns: Questions and their answers, in order.
        system: A system prompt.
    """
    messages = [Message("system", system)] if system else []
    for question, answer in turns:
        messages += [Message("user", question), Message("assistant", answer.text)]
    return messages
