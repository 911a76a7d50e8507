"""Limits of the requests of one event loop: concurrency, rate, deadlines, and a common end."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import TypeVar

from asyncio_throttle.throttler import Throttler

from sot.errors import BackendConnectionError, BackendTimeoutError, SotError

from .provider_limits import Grant, Limiter, ProviderLimits

_T = TypeVar("_T")
Admit = Callable[[float], Awaitable[Grant | None]]
"""Waits until a request that counts as so many tokens may be sent; ``None`` where there is no limit."""


async def _unlimited(tokens: float) -> None:
    """Stand for a limiter where there is none."""


class RequestLimits:
    """Concurrency, rate and time limits of the requests that one event loop sends to one server.

    Must be made inside the event loop that it belongs to.

    Args:
        server: Address of the server, for messages.
        translate: Maps whatever the transport raises to an error of `sot.errors`.
        max_in_flight: Most concurrent requests, one for each place in `slots`; ``None`` sets no limit.
        rate_limit: Most requests per second.
        limits: Limits of a provider that counts by the minute.
    """

    def __init__(
        self,
        server: str,
        translate: Callable[[Exception], SotError],
        *,
        max_in_flight: int | None,
        rate_limit: float | None,
        limits: ProviderLimits | None = None,
    ) -> None:
        self.server = server
        self.loop = asyncio.get_running_loop()
        self.slots = None if max_in_flight is None else asyncio.Semaphore(max_in_flight)
        self.closed = False
        self._error_of = translate
        self._scopes: set[asyncio.Timeout] = set()
        self._turnstile = asyncio.Lock()
        self.limiter = Limiter(limits) if limits is not None and limits.any else None
        self._throttler: Throttler | None = None
        if rate_limit is not None:
            burst = max(1, math.floor(rate_limit))
            self._throttler = Throttler(burst, period=burst / rate_limit)

    async def within(self, wait: Callable[[], Awaitable[_T]], deadline: float | None, late: str = "") -> _T:
        """Await something until a deadline or `end_all`, whichever comes first.

        Args:
            wait: Makes the awaitable.
            deadline: In seconds on the loop's clock; ``None`` sets no limit.
            late: Message of the error at the deadline.

        Raises:
            BackendTimeoutError: The deadline passed.
            BackendConnectionError: The transport failed, or `end_all` was called.
        """
        if self.closed:
            raise self.was_closed()
        scope = asyncio.timeout_at(deadline)
        try:
            async with scope:
                self._scopes.add(scope)
                return await wait()
        except Exception as error:  # noqa: BLE001 - whatever httpx, anyio or h11 raise becomes our error
            if self.closed:
                raise self.was_closed() from None
            if scope.expired():
                raise BackendTimeoutError(late) from None
            raise (error if isinstance(error, SotError) else self._error_of(error)) from None
        finally:
            self._scopes.discard(scope)

    async def pass_rate_limit(self) -> None:
        """Wait until the rate limit allows another request, first come, first served."""
        throttler = self._throttler
        if throttler is not None:

            async def pass_one() -> None:
                async with self._turnstile:  # the throttler polls: one waiter does, not all
                    await throttler.acquire()

            await self.within(pass_one, None)

    @contextmanager
    def answer(self, key: str, *, opens: bool = False) -> Generator[Admit, None, None]:
        """Count a completion as one of an answer; yields what waits until a request of it may be sent.

        Args:
            key: The answer's key; empty for a completion of its own.
            opens: Whether it is a skeleton, which other requests will follow.
        """
        limiter = self.limiter
        if limiter is None:
            yield _unlimited
            return
        with limiter.member(key) as member:

            async def admit(tokens: float) -> Grant:
                return await self.within(lambda: limiter.admit(member, tokens, opens=opens), None)

            yield admit

    def end_all(self) -> bool:
        """Make every wait, present and future, end with an error.

        Returns:
            Whether the running event loop is the one these limits belong to, where connections can be closed.
        """
        self.closed = True
        if self.loop is not asyncio.get_running_loop():
            return False
        for scope in self._scopes:
            if not scope.expired():
                scope.reschedule(self.loop.time())
        return True

    def was_closed(self) -> BackendConnectionError:
        """Return the error of a request that was in flight at `end_all`."""
        return BackendConnectionError(
            f"the connection to {self.server} was closed while a request was in flight", retryable=False
        )
