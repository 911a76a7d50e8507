"""Reference-counted engines in threads of this process, shared by backends with equal options.

A backend may let go of its engine for a while (`SharedEngineBackend.sleep`). The engine gives its memory back
when no backend holds it any more: it ends, and the next question starts it again, or it rests in its thread
where it can (`RestingEngine`).
"""

from __future__ import annotations

import asyncio
import atexit
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Hashable, Sequence
from concurrent.futures import Future
from contextlib import nullcontext
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from sot.errors import EngineError, SotError
from sot.types import BackendInfo, Chunk, GenerateConfig, Load, Message

from ..idle_timer import IdleTimer
from .engine_request import EngineRequest
from .free_memory import return_memory
from .token_count import PromptCounter


class SharedEngine(Protocol):
    """Interface of an engine that runs in a thread of its own; every method may be called from any thread."""

    @property
    def thread(self) -> threading.Thread:
        """The engine's thread, started by `EnginePool.acquire`."""
        ...

    @property
    def ready(self) -> Future[Any]:
        """The started engine's description, or the error that its start raised."""
        ...

    @property
    def stopped(self) -> Future[None]:
        """Done when the engine's thread has ended."""
        ...

    @property
    def over(self) -> bool:
        """Whether the engine takes no more requests."""
        ...

    def submit(self, request: EngineRequest) -> None:
        """Queue a request; only once `ready` is done."""
        ...

    def wake(self) -> None:
        """Make the engine look for cancelled requests."""
        ...

    def stop(self) -> None:
        """Stop the engine; requests still open get an `EngineError`."""
        ...

    def load(self) -> Load:
        """Return the number of running and waiting requests."""
        ...


@runtime_checkable
class RestingEngine(Protocol):
    """Optional interface of engines that can give their memory back without ending."""

    @property
    def can_rest(self) -> bool:
        """True where this one can; known once it has started."""
        ...

    def rest(self) -> None:
        """Give the memory back; `ready` is not done from now on, until `rouse`."""
        ...

    def rouse(self) -> None:
        """Take the memory again, after which `ready` is done; without effect on an engine that is awake."""
        ...


E = TypeVar("E", bound=SharedEngine)


class EnginePool(Generic[E]):
    """Pool of reference-counted engines of one kind; stops what is left at the end of the program.

    Args:
        exit_s: Most seconds that the end of the program waits for the engines' threads.
    """

    def __init__(self, exit_s: float) -> None:
        self._exit_s = exit_s
        self._lock = threading.Lock()
        self._engines: dict[Hashable, E] = {}
        self._users: dict[E, int] = {}
        self._sleepers: dict[E, int] = {}  # backends that sleep, of engines that rest meanwhile
        self._threads: list[threading.Thread] = []
        atexit.register(self._stop_all)

    def acquire(self, key: Hashable, make: Callable[[], E], *, left: E | None = None) -> E:
        """Take a reference to the engine of a key, and start one if there is none. Pairs with `release`.

        Args:
            key: Identity of the engine: model and options.
            make: Engine factory; the engine's thread is not running yet.
            left: The engine that the caller has let go of by `rest`.
        """
        with self._lock:
            if left is not None:
                self._forget_sleeper(left)
            engine = self._engines.get(key)
            if engine is None or engine.over:
                engine = self._engines[key] = make()
                self._users[engine] = 0
                self._threads[:] = [thread for thread in self._threads if thread.is_alive()]
                self._threads.append(engine.thread)
                engine.thread.start()
            elif not self._users[engine] and isinstance(engine, RestingEngine):
                engine.rouse()
            self._users[engine] += 1
            return engine

    def release(self, key: Hashable, engine: E) -> bool:
        """Drop a reference; returns whether it was the last one, so that the engine now stops."""
        with self._lock:
            self._users[engine] -= 1
            if self._users[engine]:
                return False
            if self._sleepers.get(engine) and not engine.over:
                _rest(engine)
                return False
            self._remove(key, engine)
        engine.stop()
        return True

    def rest(self, key: Hashable, engine: E) -> None:
        """Drop a reference for a while, until `acquire` or `leave`.

        With the last reference the engine gives its memory back.
        """
        with self._lock:
            rests = isinstance(engine, RestingEngine) and engine.can_rest and not engine.over
            self._users[engine] -= 1
            if rests:
                self._sleepers[engine] = self._sleepers.get(engine, 0) + 1
            if self._users[engine]:
                return
            if rests:
                _rest(engine)
                return
            self._remove(key, engine)
        engine.stopped.add_done_callback(lambda _: return_memory())  # runs in the engine's thread
        engine.stop()

    def leave(self, key: Hashable, engine: E) -> bool:
        """Give up what `rest` left; returns whether the engine now stops."""
        with self._lock:
            if not self._forget_sleeper(engine) or self._users.get(engine) or self._sleepers.get(engine):
                return False
            self._remove(key, engine)
        engine.stop()
        return True

    def _forget_sleeper(self, engine: E) -> bool:
        """Count a sleeper less; returns whether it was counted."""
        count = self._sleepers.pop(engine, 0)
        if count > 1:
            self._sleepers[engine] = count - 1
        return count > 0

    def _remove(self, key: Hashable, engine: E) -> None:
        self._users.pop(engine, None)
        self._sleepers.pop(engine, None)
        if self._engines.get(key) is engine:
            del self._engines[key]

    def _stop_all(self) -> None:
        # A daemon thread still inside torch when the interpreter is torn down aborts the process ("terminate
        # called without an active exception"). A step takes a fraction of a second; loading may take longer.
        for engine in list(self._users):
            engine.stop()
        end = time.monotonic() + self._exit_s
        for thread in self._threads:
            thread.join(max(end - time.monotonic(), 0.0))


def _rest(engine: SharedEngine) -> None:
    if isinstance(engine, RestingEngine):
        engine.rest()


class SharedEngineBackend(ABC, Generic[E]):
    """Base class of backends on a shared engine of this process; the description is up to the subclass.

    Args:
        engines: Pool that the engine comes from.
        key: Identity of the engine in the pool.
        make: Engine factory.
        closed: Message of the error that requests get after `aclose`.
        sleep_after: Seconds without a request after which this backend lets go of the engine; ``None``: never
            by itself.

    Attributes:
        any_loop: Whether one object serves any number of event loops.
        wakes: Number of times that the model was woken.
    """

    any_loop = True

    def __init__(
        self,
        engines: EnginePool[E],
        key: Hashable,
        make: Callable[[], E],
        closed: str,
        sleep_after: float | None = None,
    ) -> None:
        self._engines, self._key, self._make, self._closed_message = engines, key, make, closed
        self._idle = IdleTimer(sleep_after, self._sleep_if_idle)
        self.wakes = 0
        self._lock = threading.RLock()  # over which engine it holds: event loops of several threads use it
        self._info: BackendInfo | None = None  # as the engine described itself last
        self._engine: E | None = None
        self._left: E | None = None  # the engine that it has let go of
        self._waking: E | None = None  # the engine, from `_left` until it has started
        self._requests: set[EngineRequest] = set()
        self._closed = False
        self._counter: PromptCounter | None = None

    async def stream(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> AsyncGenerator[Chunk, None]:
        """Stream a completion; see `sot.types.Backend`.

        Every chunk carries the usage so far, so that a completion left early is counted as well. When the
        generator is closed early, the engine has let go of the request by the time ``aclose()`` returns.

        Raises:
            ContextLengthError: The prompt does not fit.
            ConfigError: The engine does not know or accept a setting.
            EngineError: The engine failed, or was closed meanwhile.
            SotError: The engine cannot be started.
        """
        with self._idle.use():
            engine = await self._started()
            request = EngineRequest(tuple(messages), self._with_defaults(config), prefill, engine.wake)
            engine.submit(request)
            self._requests.add(request)
            try:
                while True:
                    answer = await request.answers.get()
                    if isinstance(answer, Exception):
                        raise answer
                    yield answer
                    if answer.finish_reason is not None:
                        return
            finally:
                self._requests.discard(request)
                if not request.freed.is_set():
                    request.cancel()
                    await request.freed.wait()

    async def info(self) -> BackendInfo:
        """Describe the model; loads it if need be, but does not wake it.

        Raises:
            SotError: The model cannot be loaded.
        """
        if self._info is not None and (self._engine is None or self._waking is not None) and not self._closed:
            return self._info
        # Later ones are no uses: whoever asks for the health now and then would keep it awake.
        with self._idle.use() if self._info is None else nullcontext():
            self._info = await self._describe(await self._started())
            return self._info

    @property
    def asleep(self) -> bool:
        """True while this backend holds no engine, because it sleeps or has not been used yet."""
        return self._engine is None

    async def sleep(self) -> bool:
        """Let go of the engine, unless a request is in flight; returns whether the model sleeps.

        An engine that another backend uses goes on.
        """
        if self._closed or not self._sleep_if_idle():
            return False
        if self._left is not None and self._left.over:
            await asyncio.wrap_future(self._left.stopped)
        return self.asleep

    async def wake(self) -> None:
        """Get the engine ready for requests.

        Raises:
            SotError: It cannot be started.
        """
        with self._idle.use():
            await self._started()

    async def count_tokens(
        self, prompts: Sequence[tuple[Sequence[Message], str | None]]
    ) -> Sequence[int] | None:
        """Count prompt tokens; see `sot.types.CountsTokens`. ``None`` until the engine is ready."""
        if self._counter is None:
            engine = self._engine
            ready = engine is not None and engine.ready.done() and engine.ready.exception() is None
            tokenizer = self._tokenizer(engine) if engine is not None and ready else None
            if tokenizer is None:
                return None
            self._counter = PromptCounter(tokenizer)
        return await self._counter.count(prompts)

    async def load(self) -> Load:
        """Return the engine's load, with the requests of every backend that shares it."""
        return self._engine.load() if self._engine is not None else Load()

    async def aclose(self) -> None:
        """End this backend's requests; the engine ends with its last user."""
        self._idle.stop()
        with self._lock:
            self._closed = True
            engine, self._engine = self._engine, None
            left, self._left = self._left, None
        if engine is None:
            if left is not None and (self._engines.leave(self._key, left) or left.over):
                await asyncio.wrap_future(left.stopped)
            return
        for request in list(self._requests):
            request.cancel(EngineError(self._closed_message))
        if self._engines.release(self._key, engine):
            await asyncio.wrap_future(engine.stopped)

    def _tokenizer(self, engine: E) -> Any:
        """Return the tokenizer of an engine that is ready; ``None``: prompts are not counted."""
        return None

    @abstractmethod
    async def _describe(self, engine: E) -> BackendInfo:
        """Describe a started engine."""

    def _with_defaults(self, config: GenerateConfig) -> GenerateConfig:
        """Fill in what a request leaves open and this backend decides."""
        return config

    async def _started(self) -> E:
        """Return the engine once it has started; starts or wakes it.

        Raises:
            EngineError: It cannot be woken, or was closed meanwhile; the next call tries again.
            SotError: It cannot be started.
        """
        if self._left is not None and self._left.over and not self._left.stopped.done():
            await asyncio.wrap_future(self._left.stopped)  # so that the model is not in memory twice
        engine = self._use()
        woken = self._waking is engine
        try:
            await asyncio.wrap_future(engine.ready)
        except SotError as error:
            if self._closed:
                raise EngineError(self._closed_message) from None
            if not woken:
                raise
            self._fall_asleep(engine)
            raise EngineError(f"the model could not be woken: {error}") from error
        if self._closed:  # while it started
            raise EngineError(self._closed_message)
        with self._lock:
            if self._waking is engine:
                self._waking = None
                self.wakes += 1
        return engine

    def _use(self) -> E:
        with self._lock:
            if self._closed:
                raise EngineError(self._closed_message)
            if self._engine is not None and self._engine.over and self._idle.is_set:
                self._fall_asleep(self._engine)  # it has failed: it is started again
            if self._engine is None:
                left, self._left = self._left, None
                self._engine = self._engines.acquire(self._key, self._make, left=left)
                self._waking = None if left is None else self._engine
            return self._engine

    def _sleep_if_idle(self) -> bool:
        """Let go of the engine unless it is in use; returns whether this backend holds none now."""
        with self._lock:
            if self._idle.uses:
                return False
            if self._engine is not None:
                self._fall_asleep(self._engine)
            return True

    def _fall_asleep(self, engine: E) -> None:
        """Let go of the engine, where it is still this one: another request may have seen to that first."""
        with self._lock:
            if self._engine is not engine:
                return
            self._engine = None
            self._idle.stop()
            self._left, self._waking = engine, None
            self._engines.rest(self._key, engine)
