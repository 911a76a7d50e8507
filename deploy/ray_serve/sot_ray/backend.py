"""Backend on the engine replicas of a Ray Serve application."""

# Ray has an environment of its own.
# pyright: reportMissingImports=false

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import contextmanager
from contextvars import Context
from typing import TypeVar

from ray.exceptions import RayError, RayTaskError
from ray.serve.exceptions import BackPressureError, DeploymentUnavailableError, RayServeException
from ray.serve.handle import DeploymentHandle, DeploymentResponse

from sot.errors import (
    BackendConnectionError,
    BackendError,
    BackendTimeoutError,
    EngineError,
    RateLimitError,
)
from sot.types import BackendInfo, Chunk, GenerateConfig, Load, Message

from .inlet import Arrivals, Inlet
from .travel import Ended
from .wire import Failed, error_of

T = TypeVar("T")

_TRIES = 3  # of a request whose replica died before its first chunk
_INFO_S = 30.0  # for which a description counts; a rolling update may bring another model
_ASK_S = 30.0  # for a description, or the load


class RayBackend:
    """Backend that sends every request to an engine replica.

    The key of the answer goes along, by which the deployment's request router keeps an answer's requests on
    one replica. A request whose replica dies before its first chunk is sent again, to another one; after that
    it ends in a `BackendConnectionError`, and the answer's own repairs go to another one.

    The request itself, its end and its cancellation go through Ray, its chunks through `inlet`.

    Args:
        engines: Handle of the engine deployment.
        inlet: Listener for the chunks.
        first_token_s: Longest time until a request's first chunk, with the wait for a free replica, in
            seconds.
        between_s: Longest time between two chunks, in seconds.
    """

    def __init__(
        self,
        engines: DeploymentHandle,
        inlet: Inlet,
        *,
        first_token_s: float = 120.0,
        between_s: float = 60.0,
    ) -> None:
        self._engines, self._inlet = engines, inlet
        self._ending: set[asyncio.Task[Ended]] = set()
        self._first_token_s, self._between_s = first_token_s, between_s
        self._info: BackendInfo | None = None
        self._known_until = 0.0

    async def stream(
        self, messages: Sequence[Message], config: GenerateConfig, *, prefill: str | None = None
    ) -> AsyncGenerator[Chunk, None]:
        """Stream a completion from one of the replicas; see `sot.types.Backend`.

        Raises:
            BackendConnectionError: The replica died in the middle, or there is none.
            BackendTimeoutError: It did not answer in time.
            RateLimitError: Too many requests wait for a replica already.
            SotError: The engine failed.
        """
        to = await self._inlet.address()
        for tries in range(1, _TRIES + 1):
            begun = False
            engines = self._engines.options(session_id=config.answer)
            with self._inlet.request() as (number, arrivals):
                call = _apart(lambda: engines.generate.remote(tuple(messages), config, prefill, to, number))  # noqa: B023
                arrivals.ends_with(self._end_of(call))
                finished = False
                try:
                    while chunks := await self._next(arrivals, begun=begun):
                        begun = True
                        for chunk in chunks:
                            finished = finished or chunk.finish_reason is not None
                            yield chunk
                            if finished:
                                return
                    raise BackendConnectionError(
                        "the engine replica's stream ended in the middle of a request"
                    )
                except BackendConnectionError:
                    if begun or tries == _TRIES:
                        raise
                finally:
                    if not finished and arrivals.leave():
                        call.cancel()

    async def info(self) -> BackendInfo:
        """Return the engine's identity and capabilities, by one of the replicas.

        Raises:
            SotError: The engine cannot be used.
        """
        if self._info is None or time.monotonic() > self._known_until:
            try:
                self._info = await self._ask()
            except BackendError:
                if self._info is None:  # else the requests will tell
                    raise
            self._known_until = time.monotonic() + _INFO_S
        return self._info

    async def check(self) -> None:
        """Check that a replica answers now.

        Raises:
            SotError: None does.
        """
        self._info = await self._ask()

    async def load(self) -> Load:
        """Return the load of all replicas together."""
        loads = [load for _, load in await self.loads()]
        capacities = [load.capacity for load in loads]
        return Load(
            sum(load.running for load in loads),
            sum(load.waiting for load in loads),
            None if None in capacities else sum(capacity or 0 for capacity in capacities),
        )

    async def loads(self) -> Sequence[tuple[str, Load]]:
        """Return each replica's name and load; nothing of a replica that ends at that moment.

        Raises:
            BackendError: They cannot be asked.
        """
        with _ray_errors():
            asked = self._engines.broadcast("load")
            told = await asked.results_async(timeout_s=_ASK_S, return_exceptions=True)
        return [one for one in told if not isinstance(one, Exception)]

    async def aclose(self) -> None:
        """Listen no longer; the replicas are Serve's."""
        self._inlet.close()

    async def _ask(self) -> BackendInfo:
        """Ask a replica for the engine's description.

        Raises:
            SotError: None tells it.
        """
        with _ray_errors():
            async with asyncio.timeout(_ASK_S):
                found = await _apart(self._engines.info.remote)
        if isinstance(found, Failed):
            raise error_of(found)
        return found

    def _end_of(self, call: DeploymentResponse) -> asyncio.Task[Ended]:
        """Return a task that waits for a call's end; the last chunk may come before it."""

        async def end() -> Ended:
            return await call

        task = asyncio.create_task(end())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        return task

    async def _next(self, arrivals: Arrivals, *, begun: bool) -> Sequence[Chunk]:
        """Return a request's next chunks; none at its end.

        Raises:
            SotError: The engine failed, the replica died, or it takes too long.
        """
        with _ray_errors():
            async with asyncio.timeout(self._between_s if begun else self._first_token_s):
                chunks = await arrivals.next()
        if isinstance(chunks, Failed):
            raise error_of(chunks)
        return chunks


def _apart(call: Callable[[], T]) -> T:
    """Make a call that has an id of its own.

    Serve gives all calls that a replica makes for one HTTP request the id of that request, and a request
    router then takes the requests of an answer, which run beside one another, for the same one: some would
    wait for ever (Ray 2.60). The id is in the context, which is left out here.
    """
    return Context().run(call)


@contextmanager
def _ray_errors() -> Generator[None]:
    """Raise Ray's errors as those of an engine.

    Raises:
        BackendError: No replica answers.
    """
    try:
        yield
    except TimeoutError:
        raise BackendTimeoutError("no engine replica answered in time") from None
    except BackPressureError:
        raise RateLimitError("too many requests wait for an engine replica") from None
    except DeploymentUnavailableError:
        raise BackendConnectionError("no engine replica is running", reached=False) from None
    except (RayTaskError, RayServeException) as error:
        raise EngineError(f"Ray Serve failed: {type(error).__name__}") from error
    except RayError as error:  # the process or the machine is gone, and what it was sending with it
        said = f"the engine replica died in the middle of a request: {type(error).__name__}"
        raise BackendConnectionError(said) from None
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise BackendConnectionError("the engine replica cancelled the request") from None  # it is ending


__all__ = ["RayBackend"]
