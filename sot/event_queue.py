"""Queue of one answer's events, from the task that answers to the one that reads them."""

from __future__ import annotations

import asyncio
from collections import deque

from .events import Event


class EventQueue:
    """Queue of events with one reader, which is woken once for all that came meanwhile.

    Without the locks and limits of `asyncio.Queue`: most events are tokens.
    """

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self._over = False
        self._reader: asyncio.Future[None] | None = None

    def put(self, event: Event) -> None:
        """Append an event."""
        self._events.append(event)
        self._wake()

    def end(self) -> None:
        """Take note that no more events come."""
        self._over = True
        self._wake()

    async def get(self) -> Event | None:
        """Return the next event, after waiting for it; ``None``: there are no more."""
        while not self._events:
            if self._over:
                return None
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        return self._events.popleft()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)


__all__: list[str] = []
