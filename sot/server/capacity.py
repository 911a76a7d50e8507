"""Admission control for whole answers at the server: concurrency limit, bounded queue, rejection with 429."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from ..admission import Permits
from .failures import Failure

_USUAL_S = 5.0  # initial mean time of an answer
_WEIGHT = 0.1  # of the newest answer in the exponential moving average


class Capacity:
    """Admission control, first come, first served.

    Args:
        answers: Most answers in progress at the same time.
        waiting: Most answers in the queue; more are refused.
        seconds: Longest time in the queue; then the answer is refused.
    """

    def __init__(self, answers: int, waiting: int, seconds: float) -> None:
        self._permits = Permits(answers)
        self._most_waiting = waiting
        self._seconds = seconds
        self._usual_s = _USUAL_S

    @property
    def running(self) -> int:
        """Number of answers in progress."""
        return self._permits.taken

    @property
    def waiting(self) -> int:
        """Number of answers in the queue."""
        return self._permits.waiting

    @property
    def most(self) -> int:
        """Most answers in progress and in the queue together."""
        return self._permits.limit + self._most_waiting

    @asynccontextmanager
    async def admit(self) -> AsyncGenerator[None, None]:
        """Wait for admission, and count the answer as in progress until the context is left.

        Raises:
            Failure: The queue is full, or the wait took too long (429 with ``Retry-After``).
        """
        if not self._permits.free and self.waiting >= self._most_waiting:
            raise self.too_many()
        try:
            async with asyncio.timeout(self._seconds if not self._permits.free else None):
                await self._permits.acquire()
        except TimeoutError:
            raise self.too_many() from None
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            yield
        finally:
            self._permits.release()
            self._usual_s += _WEIGHT * (clock() - began - self._usual_s)

    def too_many(self) -> Failure:
        """Return the rejection of one answer more, with the time after which to try again."""
        rounds = (self.waiting + 1) / self._permits.limit
        return Failure(
            429,
            f"the server is making {self.running} answers and {self.waiting} are waiting: try again later",
            "rate_limit_exceeded",
            retry_after_s=min(60.0, rounds * self._usual_s),
        )
