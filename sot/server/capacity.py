"""How many answers are in the making at once, and how many wait for a place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from .failures import Failure

_USUAL_S = 5.0  # how long an answer takes, until some have been seen
_WEIGHT = 0.1  # of the newest answer in the running average


class Gate:
    """Lets answers in, first come, first served, and refuses what would wait too long.

    Args:
        places: Answers at the same time.
        waiting: Answers that may wait.
        seconds: Longest wait.
    """

    def __init__(self, places: int, waiting: int, seconds: float) -> None:
        self._places = places
        self._most_waiting = waiting
        self._seconds = seconds
        self._free = asyncio.Semaphore(places)
        self._usual_s = _USUAL_S
        self.running = 0
        self.waiting = 0

    @asynccontextmanager
    async def place(self) -> AsyncGenerator[None, None]:
        """A place for one answer.

        Raises:
            Failure: Too many are waiting (429, with the time after which to try again).
        """
        if self._free.locked():
            await self._wait()
        else:
            await self._free.acquire()
        self.running += 1
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            yield
        finally:
            self.running -= 1
            self._free.release()
            self._usual_s += _WEIGHT * (clock() - began - self._usual_s)

    async def _wait(self) -> None:
        if self.waiting >= self._most_waiting:
            raise self._too_many()
        self.waiting += 1
        try:
            async with asyncio.timeout(self._seconds):
                await self._free.acquire()
        except TimeoutError:
            raise self._too_many() from None
        finally:
            self.waiting -= 1

    def _too_many(self) -> Failure:
        rounds = (self.waiting + 1) / self._places
        return Failure(
            429,
            f"the server is making {self.running} answers and {self.waiting} are waiting: try again later",
            "rate_limit_exceeded",
            retry_after_s=min(60.0, rounds * self._usual_s),
        )
