"""Python API: `SkeletonOfThought`, the client object that answers questions."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, aclosing
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack

from .admission import Admission
from .errors import ConfigError
from .events import Event, TextDelta
from .filling import FillsSchemas
from .keys import current_keys
from .options import AnswerSettings, ObjectSettings, Options, lists_settings
from .options.checks import check_engine_settings, check_mapping, check_object
from .orchestrator import AnswerRequest
from .prompting.messages import Conversational, as_messages
from .registry import create_backend
from .revision.methods import RevisesAnswers, last_answer
from .router import DEFAULT_ROUTER, LlmRouter, Router, RouterHooks, make_router, warm_up
from .session import Session
from .speed.gain import SkeletonGain
from .stages.make import StageEngine, StageSpec, has_objects, make_stages
from .sync import LoopThread
from .types import Answer, Backend, BackendInfo, Message, Route

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

    from .load.profile import EngineProfile
    from .price.prices import PriceList, Prices
    from .price.pricing import Pricing

T = TypeVar("T")


@lists_settings(ObjectSettings)
class SkeletonOfThought(RevisesAnswers, FillsSchemas):
    """Client that answers questions with Skeleton-of-Thought where it suits them, and otherwise without.

    An async context manager; without ``async with``, call `aclose` when done. One object serves any number of
    concurrent answers.

    Args:
        backend: A backend spec (``http://localhost:8000/v1``, ``torch:``, ``torch:MODEL``), or an object
            with the methods of `sot.types.Backend`, which stays the caller's to close. ``None`` means
            ``SOT_BACKEND``, else ``OPENAI_BASE_URL``, else the embedded default ``torch:``.
        model: The model's name, where the spec does not contain it.
        router: Chooses the strategy for a question: ``hybrid`` (unless given), ``rules``, ``trained``,
            ``llm`` (asks the engine itself), or an object with the methods of `sot.router.Router`.
        options: The settings that ``settings`` then changes; the defaults unless given.
        backend_settings: Settings of the engine that the spec names, such as ``{"api_key": …}``.
        stages: Engines of the stages ``route`` (for the router ``llm``), ``skeleton`` and ``points`` (with
            closing, fields and items) that are not on the main engine: specs, objects with the methods of
            `sot.types.Backend`, or descriptions with model and settings (`sot.stages.StageEngine`, or a
            mapping ``{"backend": …, "model": …, "settings": …}``). One that fails is replaced by the main
            engine.
        profile: The engine's speed profile for ``adapt=True``, or the file that ``sot bench calibrate``
            wrote.
        prices: Prices of the engine's model, or of several models by their names; answers then say what they
            cost (`sot.types.Answer.cost`), routes what they are expected to (`sot.types.Route.estimate`).
        tracer: Makes a span of each answer and of each of its requests (OpenTelemetry's ``Tracer``); unless
            given, that of the tracer provider that the program has set, if any.
        settings: Single settings by name, from the list below; for example ``max_points=6``.

    Raises:
        ConfigError: The spec, a setting or a price is invalid.
        MissingDependencyError: The engine's packages are not installed.

    Examples:
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
        stages: Mapping[str, StageSpec] | None = None,
        profile: str | Path | EngineProfile | None = None,
        prices: Prices | PriceList | Mapping[str, Prices] | None = None,
        tracer: Tracer | None = None,
        **settings: Unpack[ObjectSettings],
    ) -> None:
        _check_objects(backend, router, options, profile)
        check_engine_settings("backend_settings", backend_settings)
        check_mapping("stages", stages)
        self._tracer = tracer
        self._options = (options or Options()).changed(settings)
        self._pricing = _pricing(prices)
        self._check_cost_ratio(self._options)
        self._own = backend is None or isinstance(backend, str)
        self._given_stages = dict(stages or {})
        self._one_loop = has_objects(stages) or not (
            self._own or getattr(backend, "any_loop", False)
        )  # the caller's engines are for one event loop
        self._remake = (backend, model, router, dict(backend_settings or {}))
        self._profile = _speed_profile(profile, self._options)
        self._backend: Backend = (
            create_backend(backend, model=model, **(backend_settings or {}))
            if backend is None or isinstance(backend, str)
            else backend
        )
        self._admission = Admission(self._options.max_in_flight)
        self._stages = make_stages(
            stages,
            StageEngine(backend, model, backend_settings or {}),
            self._backend,
            limit=self._options.max_in_flight,
        )
        if "route" in self._given_stages and isinstance(router, str) and router != LlmRouter.name:
            raise ConfigError(f"the stage route is for the router {LlmRouter.name}, not for {router}")
        decides: Router = (
            make_router(
                router,
                backend=self._backend,
                options=self._options,
                admission=self._admission,
                engine=self._stages.engines.get("route"),
            )
            if isinstance(router, str)
            else router
        )
        if self._options.adapt:
            if "points" in self._stages.engines:
                raise ConfigError("adapt looks at one engine: it does not go with another one for the points")
            from .load.router import LoadRouter  # only then, so that `import sot` stays light

            decides = LoadRouter(decides, self._backend, admission=self._admission, profile=self._profile)
            if self._profile is not None:
                self._admission.gain.recall(self._profile.step_times())
        self._router = RouterHooks(decides)
        self._bound = False  # an event loop uses an engine that belongs to the caller
        self._sync_lock = threading.Lock()  # over the three that follow
        self._sync: LoopThread | None = None
        self._twin: SkeletonOfThought | None = None
        self._release: weakref.finalize[[LoopThread, SkeletonOfThought], SkeletonOfThought] | None = None

    @property
    def options(self) -> Options:
        """Default settings of this object's answers."""
        return self._options

    @property
    def backend(self) -> Backend:
        """The engine."""
        return self._backend

    @property
    def stages(self) -> Mapping[str, Backend]:
        """Engines of the stages that are not on the main engine."""
        return {name: engine.backend for name, engine in self._stages.engines.items()}

    def stage_models(self) -> dict[str, str]:
        """Return the models of those engines, by stage; the spec of one that has not told its model yet."""
        return {name: engine.model for name, engine in self._stages.engines.items()}

    @property
    def pricing(self) -> Pricing | None:
        """Costs of this object's answers; ``None`` without prices."""
        return self._pricing

    @property
    def gain(self) -> SkeletonGain:
        """Speed-up of skeletons on the points' engine, as far as this object's answers have shown it."""
        points = self._stages.engines.get("points")
        return self._admission.gain if points is None else points.admission.gain

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
        """Release the engines, unless they were given as objects. May be called twice."""
        try:
            if self._own:
                await self._backend.aclose()
        finally:
            await self._stages.aclose()
        if self._sync is not None:
            await asyncio.to_thread(self.close)

    async def info(self, stage: str | None = None) -> BackendInfo:
        """Return the engine's identity and capabilities; loads or contacts the engine if need be.

        Args:
            stage: The stage whose engine is meant, such as ``points``; ``None``: the main engine.

        Raises:
            SotError: The engine cannot be used.
        """
        self._bind()
        engine = None if stage is None else self._stages.engines.get(stage)
        return await (self._backend.info() if engine is None else engine.info())

    def session(
        self, question: Conversational | None = None, **settings: Unpack[AnswerSettings]
    ) -> AbstractContextManager[Session]:
        """Create the session of one answer, to route it first and to answer or forward it later.

        Args:
            question: A question, or a conversation that ends with one. Without one the session can only
                forward a request.
            settings: Settings of this answer alone.

        Raises:
            ConfigError: A setting or the conversation is invalid.
        """
        return Session(self._request(() if question is None else as_messages(question), settings))

    def warm_up(self) -> None:
        """Load the default router's weights and patterns, for which the first question would wait."""
        warm_up()

    async def route(self, question: Conversational) -> Route:
        """Choose the strategy for a question without answering it; only the ``llm`` router asks the model.

        Args:
            question: A question, or a conversation that ends with one.

        Raises:
            SotError: The router cannot decide.
        """
        return await self._router.route(as_messages(question))

    @lists_settings(AnswerSettings)
    async def stream(
        self, question: Conversational, **settings: Unpack[AnswerSettings]
    ) -> AsyncGenerator[Event, None]:
        """Answer a question and yield its events, `sot.events.Finished` last.

        Leaving the loop early ends every request in flight once the generator is closed: use
        ``contextlib.aclosing`` where that must not wait for the garbage collector.

        Args:
            question: A question, or a conversation that ends with one.
            settings: Settings of this answer alone, from the list below.

        Raises:
            SotError: The question cannot be answered.
        """
        with self.session(as_messages(question), **settings) as session:
            async with aclosing(session.stream()) as events:
                async for event in events:
                    yield event

    @lists_settings(AnswerSettings)
    async def stream_text(
        self, question: Conversational, **settings: Unpack[AnswerSettings]
    ) -> AsyncGenerator[str, None]:
        """Answer a question and yield its ordered text, piece by piece.

        Args:
            question: A question, or a conversation that ends with one.
            settings: Settings of this answer alone, from the list below.

        Raises:
            SotError: The question cannot be answered.
        """
        async with aclosing(self.stream(question, **settings)) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    yield event.text

    @lists_settings(AnswerSettings)
    async def answer(self, question: Conversational, **settings: Unpack[AnswerSettings]) -> Answer:
        """Answer a question and return the whole answer.

        Args:
            question: A question, or a conversation that ends with one.
            settings: Settings of this answer alone, from the list below; for example ``strategy="skeleton"``.

        Raises:
            SotError: The question cannot be answered.
        """
        return await last_answer(self.stream(question, **settings))

    @lists_settings(AnswerSettings)
    def answer_sync(self, question: Conversational, **settings: Unpack[AnswerSettings]) -> Answer:
        """Answer a question from synchronous code, such as a script or a notebook.

        Runs on an event loop in a thread of its own, so it also works inside a running loop, which it blocks
        until the answer is complete; in async code use `answer`.

        Args:
            question: A question, or a conversation that ends with one.
            settings: Settings of this answer alone, from the list below.

        Raises:
            SotError: The question cannot be answered.
            ConfigError: The engine was given as an object that is in use in the caller's event loop.
        """
        return self._in_thread(lambda twin: twin.answer(question, **settings), "answer")

    @lists_settings(AnswerSettings)
    def stream_sync(
        self, question: Conversational, **settings: Unpack[AnswerSettings]
    ) -> Generator[Event, None, None]:
        """Answer a question from synchronous code and yield its events, `sot.events.Finished` last.

        Leaving the loop early ends every request in flight.

        Args:
            question: A question, or a conversation that ends with one.
            settings: Settings of this answer alone, from the list below.

        Raises:
            SotError: The question cannot be answered.
            ConfigError: The engine was given as an object that is in use in the caller's event loop.
        """
        sync, twin = self._for_sync("stream")
        yield from sync.iterate(twin.stream(question, **settings))

    def _in_thread(self, work: Callable[[SkeletonOfThought], Coroutine[Any, Any, T]], name: str) -> T:
        """Run the method of this name on an object like this one, in a thread with an event loop.

        Raises:
            ConfigError: The engine was given as an object that is in use in another event loop.
        """
        sync, twin = self._for_sync(name)
        return sync.run(work(twin))

    def _for_sync(self, name: str) -> tuple[LoopThread, SkeletonOfThought]:
        """Return the thread and the object that serve the synchronous method of this name.

        Raises:
            ConfigError: The engine was given as an object that is in use in another event loop.
        """
        if self._bound:
            raise ConfigError(
                f"{name}_sync: the backend object is in use in an event loop; there, `await` the method "
                "without _sync, or give SkeletonOfThought a backend spec"
            )
        return self._sync_thread()

    def _sync_thread(self) -> tuple[LoopThread, SkeletonOfThought]:
        """Return the thread for synchronous callers and the object that answers there, made if need be."""
        with self._sync_lock:
            if self._sync is None or self._twin is None or not self._sync.alive():
                backend, model, router, backend_settings = self._remake
                self._twin = SkeletonOfThought(
                    backend,
                    model=model,
                    router=router,
                    options=self._options,
                    backend_settings=backend_settings,
                    stages=self._given_stages,
                    profile=self._profile,
                    prices=None if self._pricing is None else self._pricing.prices,
                    tracer=self._tracer,
                )
                self._sync = LoopThread()
                self._release = weakref.finalize(self, _release, self._sync, self._twin)  # also at exit
            return self._sync, self._twin

    def _request(self, messages: Sequence[Message], settings: AnswerSettings) -> AnswerRequest:
        """Return the request of one answer.

        Raises:
            ConfigError: A setting is invalid, or one of the whole object; or the engine was given as an
                object that synchronous callers use.
        """
        options = self._changed(settings)
        self._bind()
        return AnswerRequest(
            messages,
            self._backend,
            self._router,
            options,
            self._admission.turn(),
            self._stages,
            self._pricing,
            tracer=self._tracer,
        )

    def _bind(self) -> None:
        """Take note that an event loop uses the engine, where that was given as an object.

        Raises:
            ConfigError: Synchronous callers use it, in an event loop of their own.
        """
        if not self._one_loop:
            return
        if self._twin is not None:
            raise ConfigError(
                "the backend object is in use by a method for synchronous callers, in their event loop; "
                "use these alone, or give SkeletonOfThought a backend spec"
            )
        self._bound = True

    def _changed(self, settings: AnswerSettings) -> Options:
        """Return the options of one answer.

        Raises:
            ConfigError: A setting is invalid, or one of the whole object.
        """
        if "max_in_flight" in settings:
            raise ConfigError("max_in_flight is a limit over all answers: set it where the object is made")
        if settings.get("adapt", self._options.adapt) != self._options.adapt:
            raise ConfigError("adapt looks at all answers together: set it where the object is made")
        keys = current_keys()  # of the caller in whose name a server asks
        given: AnswerSettings = {}
        if keys.answer:
            given["session_key"] = keys.answer
        if keys.tenant is not None:
            given["tenant"] = keys.tenant
        options = self._options.changed({**given, **settings})
        self._check_cost_ratio(options)
        return options

    def _check_cost_ratio(self, options: Options) -> None:
        if options.max_cost_ratio is not None and self._pricing is None:
            raise ConfigError(
                "max_cost_ratio compares costs: give prices, too (prices, or --price-in and --price-out)"
            )

    def close(self) -> None:
        """Release the thread and the engine of `answer_sync`. May be called twice; also happens at exit.

        Answers that other threads wait for end with an error.
        """
        with self._sync_lock:
            release, self._sync, self._twin, self._release = self._release, None, None, None
        if release is not None:
            release()


def _release(sync: LoopThread, twin: SkeletonOfThought) -> None:
    """Close the thread of synchronous callers with the object that answers there."""
    if (
        sync.inside()
    ):  # garbage collection runs anywhere, also in that very thread, which cannot wait for itself
        threading.Thread(target=_release, args=(sync, twin), daemon=True).start()
        return
    if not sync.alive():
        return
    try:
        sync.run(twin.aclose())
    finally:
        sync.close()


def _check_objects(backend: object, router: object, options: object, profile: object) -> None:
    """Refuse arguments of other types, which would fail later and in other words.

    Raises:
        ConfigError: One is of none of its types.
    """
    if not isinstance(backend, str | None):
        known = "a backend spec or an object with the methods of sot.types.Backend"
        check_object("backend", backend, "stream", known)
    if not isinstance(router, str):
        known = "a router's name or an object with the methods of sot.router.Router"
        check_object("router", router, "route", known)
    if options is not None:
        check_object("options", options, "changed", "a sot.options.Options")
    if not isinstance(profile, str | Path | None):
        check_object("profile", profile, "step_times", "an EngineProfile or its file")


def _pricing(prices: Prices | PriceList | Mapping[str, Prices] | None) -> Pricing | None:
    if prices is None:
        return None
    from .price.prices import price_list
    from .price.pricing import Pricing  # only then, so that `import sot` stays light

    return Pricing(price_list(prices))


def _speed_profile(profile: str | Path | EngineProfile | None, options: Options) -> EngineProfile | None:
    if profile is None:
        return None
    if not options.adapt:
        raise ConfigError("an engine profile is for the load-aware decision: set adapt (--adapt), too")
    from .load.profile import read_profile

    return read_profile(profile) if isinstance(profile, (str, Path)) else profile


def final_history(turns: Iterable[tuple[str, Answer]], *, system: str | None = None) -> Sequence[Message]:
    """Return the conversation so far, as the history of the next question.

    It holds only the questions and the answers' texts; skeletons and point requests stay out.

    Args:
        turns: Questions and their answers, in order.
        system: A system prompt, as the first message.
    """
    messages = [Message("system", system)] if system else []
    for question, answer in turns:
        messages += [Message("user", question), Message("assistant", answer.text)]
    return messages
