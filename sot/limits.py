"""Limits on requests in flight: over all answers of one object, and within one answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Literal


class InFlight(asyncio.Semaphore):
    """The limit on requests over all answers of one object, which also counts them.

    Args:
        limit: Most requests at the same time.
    """

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit
        self.taken = 0  # requests that hold a place
        self.waiting = 0  # requests that wait for one

    async def acquire(self) -> Literal[True]:
        """Wait for a place."""
        self.waiting += 1
        try:
            await super().acquire()
        finally:
            self.waiting -= 1
        self.taken += 1
        return True

    def release(self) -> None:
        """Give a place back."""
        self.taken -= 1
        super().release()

    @contextmanager
    def beside(self) -> Generator[None, None, None]:
        """Count a request that is sent without waiting for a place."""
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1


class Limits:
    """Hands out places for requests, first come, first served.

    Args:
        shared: The limit over all answers; shared between their `Limits`.
        own: Most requests in flight for this answer.
    """

    def __init__(self, shared: asyncio.Semaphore, own: int) -> None:
        self._shared = shared
        self._own = asyncio.Semaphore(own)

    @asynccontextmanager
    async def place(self) -> AsyncGenerator[None, None]:
        """Wait for a place and hold it. The answer's own limit comes first, so that an answer that is
        at its own limit does not keep a shared place from another answer."""
        async with self._own, self._shared:
            yield
