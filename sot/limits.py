"""Limits on requests in flight: over all answers of one object, and within one answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager


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
