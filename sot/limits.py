"""Limits on requests in flight: over all answers of one object, and within one answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager

from .places import Places

NO_LIMIT = 2**31


class InFlight(Places):
    """The limit on requests over all answers of one object; the earliest answer's go first.

    Args:
        limit: Most requests at the same time.
    """

    def __init__(self, limit: int = NO_LIMIT) -> None:
        super().__init__(limit)
        self.answers = 0  # under way, those that wait for their first place among them
        self.kept = 0  # places that are taken for requests that have not been sent yet
        self._turns = 0

    def turn(self) -> Turn:
        """The next place in the queue."""
        self._turns += 1
        return Turn(self, self._turns)

    @contextmanager
    def answer(self) -> Generator[Turn, None, None]:
        """An answer is under way: its turn, which its requests keep until it is over."""
        turn = self.turn()
        self.answers += 1
        try:
            yield turn
        finally:
            self.answers -= 1
            turn.leave()


class Turn:
    """An answer's place in the queue.

    Args:
        in_flight: The queue.
        number: Which; smaller ones go first.
    """

    def __init__(self, in_flight: InFlight, number: int) -> None:
        self._queue = in_flight
        self._number = number
        self._kept = False

    async def come(self) -> None:
        """Wait until a request could be sent, and keep its place for the first one."""
        if not self._kept:
            await self._ask()
            self._kept = True
            self._queue.kept += 1

    @asynccontextmanager
    async def place(self) -> AsyncGenerator[None, None]:
        """Wait for a place and hold it."""
        if not self._use_kept():
            await self._ask()
        try:
            yield
        finally:
            self._queue.give_back()

    @contextmanager
    def at_once(self) -> Generator[None, None, None]:
        """Count a request that does not wait for a place."""
        if not self._use_kept():
            self._queue.take()
        try:
            yield
        finally:
            self._queue.give_back()

    def leave(self) -> None:
        """The answer is over: give back what it kept."""
        if self._use_kept():
            self._queue.give_back()

    def _use_kept(self) -> bool:
        kept, self._kept = self._kept, False
        self._queue.kept -= kept
        return kept

    async def _ask(self) -> None:
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = self._queue.ask(self._number, lambda: ready.set_result(None))
        if entry is None:
            return
        try:
            await ready
        except asyncio.CancelledError:
            if ready.cancelled():
                self._queue.withdraw(entry)
            else:  # the place came at the same moment
                self._queue.give_back()
            raise


class Limits:
    """Hands out places for one answer's requests.

    Args:
        turn: The answer's place in the queue of all answers.
        own: Most requests in flight for this answer.
    """

    def __init__(self, turn: Turn, own: int) -> None:
        self._turn = turn
        self._own = asyncio.Semaphore(own)

    @asynccontextmanager
    async def place(self) -> AsyncGenerator[None, None]:
        """Wait for a place and hold it. The answer's own limit comes first, so that an answer that is
        at its own limit does not keep a shared place from another answer."""
        async with self._own, self._turn.place():
            yield
