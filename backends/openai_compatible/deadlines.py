"""Requests on their way: how many at once, how many a second, how long each, and how they all end."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import TypeVar

from asyncio_throttle.throttler import Throttler

from sot.errors import BackendConnectionError, BackendTimeoutError, SotError

_T = TypeVar("_T")


class InFlight:
    """The limits of the requests that one event loop sends to one server.

    Made inside the event loop that it belongs to.

    Args:
        server: The server's address, for messages.
        translate: Makes one of our errors of whatever the transport raised.
        max_in_flight: Requests at the same time at most; `slots` holds that many.
        rate_limit: Requests per second at most.
    """

    def __init__(
        self,
        server: str,
        translate: Callable[[Exception], SotError],
        *,
        max_in_flight: int,
        rate_limit: float | None,
    ) -> None:
        self.server = server
        self.loop = asyncio.get_running_loop()
        self.slots = asyncio.Semaphore(max_in_flight)
        self.closed = False
        self._error_of = translate
        self._scopes: set[asyncio.Timeout] = set()
        self._turnstile = asyncio.Lock()
        self._throttler: Throttler | None = None
        if rate_limit is not None:
            burst = max(1, math.floor(rate_limit))
            self._throttler = Throttler(burst, period=burst / rate_limit)

    async def within(self, wait: Callable[[], Awaitable[_T]], deadline: float | None, late: str = "") -> _T:
        """Wait for something, but not beyond a deadline nor beyond `end_all`.

        Args:
            wait: Starts the waiting.
            deadline: In seconds on the loop's clock; ``None`` waits as long as it takes.
            late: The message when the deadline passes.

        Raises:
            BackendTimeoutError: The deadline passed.
            BackendConnectionError: The transport failed, or everything was ended.
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
        """Wait for the next request that the rate limit allows, first come, first served."""
        throttler = self._throttler
        if throttler is not None:

            async def pass_one() -> None:
                async with self._turnstile:  # the throttler polls: one waiter does, not all
                    await throttler.acquire()

            await self.within(pass_one, None)

    def end_all(self) -> bool:
        """Make everything that waits, now or later, end with an error.

        Returns:
            Whether this is the event loop it belongs to, where open connections can be closed.
        """
        self.closed = True
        if self.loop is not asyncio.get_running_loop():
            return False
        for scope in self._scopes:
            if not scope.expired():
                scope.reschedule(self.loop.time())
        return True

    def was_closed(self) -> BackendConnectionError:
        """The error of a request that was in flight when everything was ended."""
        return BackendConnectionError(
            f"the connection to {self.server} was closed while a request was in flight", retryable=False
        )
