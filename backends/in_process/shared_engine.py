"""Engines in threads of this process: backends with equal options share one, until its last user leaves."""

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

from .engine_request import Request


class SharedEngine(Protocol):
    """What such an engine has to offer, to any thread."""

    @property
    def thread(self) -> threading.Thread:
        """Its thread, which is started from outside."""
        ...

    @property
    def ready(self) -> Future[Any]:
        """What it is, once it has started, or the error that starting it gave."""
        ...

    @property
    def stopped(self) -> Future[None]:
        """Set at its end."""
        ...

    @property
    def over(self) -> bool:
        """Whether it takes no more requests."""
        ...

    def submit(self, request: Request) -> None:
        """Hand in a request, once `ready`."""
        ...

    def wake(self) -> None:
        """Look at the requests again: some were cancelled."""
        ...

    def stop(self) -> None:
        """End; requests still open get an `EngineError`."""
        ...

    def load(self) -> Load:
        """How busy it is."""
        ...


E = TypeVar("E", bound=SharedEngine)


class Engines(Generic[E]):
    """The engines of one kind.

    Args:
        exit_s: Most seconds that the end of the program waits for them.
    """

    def __init__(self, exit_s: float) -> None:
        self._exit_s = exit_s
        self._lock = threading.Lock()
        self._engines: dict[Hashable, E] = {}
        self._users: dict[E, int] = {}
        self._threads: list[threading.Thread] = []
        atexit.register(self._stop_all)

    def acquire(self, key: Hashable, make: Callable[[], E]) -> E:
        """An engine, started if need be. Every call needs a `release`.

        Args:
            key: What tells it from others.
            make: Makes it.
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
        """Give an engine back; returns whether that was its last user and it now ends.

        Args:
            key: As for `acquire`.
            engine: The engine.
        """
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
    """A backend whose requests go to an engine of this process; the engine's own part is up to a subclass.

    Args:
        engines: The engines of its kind.
        key: What tells its engine from others.
        make: Makes the engine.
        closed: The error's message after `aclose`.
    """

    def __init__(self, engines: Engines[E], key: Hashable, make: Callable[[], E], closed: str) -> None:
        self._engines, self._key, self._make, self._closed_message = engines, key, make, closed
        self._engine: E | None = None
        self._requests: set[Request] = set()
        self._closed = False

    async def stream(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> AsyncGenerator[Chunk, None]:
        """Start a completion; see `sot.types.Backend`.

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
        request = Request(tuple(messages), self._completed(config), prefill, engine.wake)
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

    async def load(self) -> Load:
        """How busy the engine is, with the requests of every backend that shares it."""
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

    def _completed(self, config: GenerateConfig) -> GenerateConfig:
        """A request's settings with those that this backend adds."""
        return config

    def _use(self) -> E:
        if self._closed:
            raise EngineError(self._closed_message)
        if self._engine is None:
            self._engine = self._engines.acquire(self._key, self._make)
        return self._engine
