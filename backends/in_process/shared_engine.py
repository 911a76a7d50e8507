"""Reference-counted engines in threads of this process, shared by backends with equal options."""

from __future__ import annotations

import asyncio
import atexit
import threading
import time
from collections.abc import AsyncGenerator, Callable, Hashable, Sequence
from concurrent.futures import Future
from typing import Any, Generic, Protocol, TypeVar

from sot.errors import EngineError
from sot.types import Chunk, GenerateConfig, Load, Message

from .engine_request import EngineRequest
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
        self._threads: list[threading.Thread] = []
        atexit.register(self._stop_all)

    def acquire(self, key: Hashable, make: Callable[[], E]) -> E:
        """Take a reference to the engine of a key, and start one if there is none. Pairs with `release`.

        Args:
            key: Identity of the engine: model and options.
            make: Engine factory; the engine's thread is not running yet.
        """
        with self._lock:
            engine = self._engines.get(key)
            if engine is None or engine.over:
                engine = self._engines[key] = make()
                self._users[engine] = 0
                self._threads[:] = [thread for thread in self._threads if thread.is_alive()]
                self._threads.append(engine.thread)
                engine.thread.start()
            self._users[engine] += 1
            return engine

    def release(self, key: Hashable, engine: E) -> bool:
        """Drop a reference; returns whether it was the last one, so that the engine now stops."""
        with self._lock:
            self._users[engine] -= 1
            if self._users[engine]:
                return False
            del self._users[engine]
            if self._engines.get(key) is engine:
                del self._engines[key]
        engine.stop()
        return True

    def _stop_all(self) -> None:
        # A daemon thread still inside torch when the interpreter is torn down aborts the process ("terminate
        # called without an active exception"). A step takes a fraction of a second; loading may take longer.
        for engine in list(self._users):
            engine.stop()
        end = time.monotonic() + self._exit_s
        for thread in self._threads:
            thread.join(max(end - time.monotonic(), 0.0))


class SharedEngineBackend(Generic[E]):
    """Base class of backends on a shared engine of this process; `info` is up to the subclass.

    Args:
        engines: Pool that the engine comes from.
        key: Identity of the engine in the pool.
        make: Engine factory.
        closed: Message of the error that requests get after `aclose`.

    Attributes:
        any_loop: Whether one object serves any number of event loops.
    """

    any_loop = True

    def __init__(self, engines: EnginePool[E], key: Hashable, make: Callable[[], E], closed: str) -> None:
        self._engines, self._key, self._make, self._closed_message = engines, key, make, closed
        self._engine: E | None = None
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
        engine = self._use()
        await asyncio.wrap_future(engine.ready)
        if self._closed:  # while it started
            raise EngineError(self._closed_message)
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
        self._closed = True
        engine, self._engine = self._engine, None
        if engine is None:
            return
        for request in list(self._requests):
            request.cancel(EngineError(self._closed_message))
        if self._engines.release(self._key, engine):
            await asyncio.wrap_future(engine.stopped)

    def _tokenizer(self, engine: E) -> Any:
        """Return the tokenizer of an engine that is ready; ``None``: prompts are not counted."""
        return None

    def _with_defaults(self, config: GenerateConfig) -> GenerateConfig:
        """Fill in what a request leaves open and this backend decides."""
        return config

    def _use(self) -> E:
        if self._closed:
            raise EngineError(self._closed_message)
        if self._engine is None:
            self._engine = self._engines.acquire(self._key, self._make)
        return self._engine
