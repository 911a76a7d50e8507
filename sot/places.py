"""Places for requests, and who gets the next free one: the answer that came first. Knows no event loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush


@dataclass(order=True, slots=True)
class Waiting:
    """A request that waits for a place.

    Args:
        turn: Its answer's number: smaller ones go first.
        number: Its own among all that waited.
        ready: Is called once, when the place is its own; says whether it still wants it.
        over: Whether it waits no more.
    """

    turn: int
    number: int
    ready: Callable[[], bool] = field(compare=False)
    over: bool = field(default=False, compare=False)


class Places:
    """So many places, in the order of the answers whose requests ask for them.

    The points of an answer that came early go before the requests of later ones, however late they ask: an
    engine that is given more than it can take at once would finish no answer before all have had their share.

    Args:
        limit: How many there are.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.taken = 0
        self.waiting = 0
        self._open = limit
        self._asked = 0
        self._queue: list[Waiting] = []
        self._handing_out = False

    def ask(self, turn: int, ready: Callable[[], bool]) -> Waiting | None:
        """Ask for a place.

        Args:
            turn: The answer's number: smaller ones go first.
            ready: Is called when the place is there, perhaps before this returns. It says whether the place
                is still wanted, and may ask for others and open more or fewer.

        Returns:
            What `withdraw` takes, or ``None`` where the place was there at once.
        """
        if self.taken < self._open and not self.waiting:
            self.taken += 1
            ready()
            return None
        self._asked += 1
        entry = Waiting(turn, self._asked, ready)
        heappush(self._queue, entry)
        self.waiting += 1
        return entry

    def give_back(self) -> None:
        """A place is free again."""
        self.taken -= 1
        self._hand_out()

    def withdraw(self, entry: Waiting) -> None:
        """Do not wait any more.

        Args:
            entry: What `ask` returned.
        """
        if not entry.over:
            entry.over = True
            self.waiting -= 1
            self._forget()

    def open_only(self, most: int | None) -> None:
        """Hand out so many of the places for the time being.

        Args:
            most: How many, at least one; ``None``: all.
        """
        self._open = self.limit if most is None else max(1, min(most, self.limit))
        self._hand_out()

    def _hand_out(self) -> None:
        if self._handing_out:  # who just got a place gave one back, or opened more: the loop below sees it
            return
        self._handing_out = True
        try:
            while self.waiting and self.taken < self._open:
                entry = heappop(self._queue)
                if entry.over:
                    continue
                entry.over = True
                self.waiting -= 1
                self.taken += 1
                if not entry.ready():
                    self.taken -= 1
        finally:
            self._handing_out = False
        self._forget()

    def _forget(self) -> None:
        if not self.waiting:
            self._queue.clear()  # those who gave up
