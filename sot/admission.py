"""Admission of requests: who may send when, over all answers of one object and within one answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from heapq import heappop, heappush

from .errors import ConfigError

NO_LIMIT = 2**31


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


class InFlight(Places):
    """The limit on requests over all answers of one object; the earliest answer's go first.

    Args:
        limit: Most requests at the same time.
    """

    def __init__(self, limit: int = NO_LIMIT) -> None:
        super().__init__(limit)
        self.engine = Places(NO_LIMIT)  # what answers that look at the engine's load wait for as well
        self.answers = 0  # under way, those that wait for their turn among them
        self.beside = 0  # requests that somebody else sends, to which no limit applies
        self._turns = 0

    @property
    def sent(self) -> int:
        """Requests at the engine."""
        return self.taken + self.beside

    def turn(self) -> Turn:
        """The next place in the queue."""
        self._turns += 1
        return Turn(self, self._turns)

    def first_turn(self) -> Turn:
        """A place at the head of the queue, for a short request that an answer waits for."""
        return Turn(self, 0)

    @contextmanager
    def answer(self) -> Generator[Turn, None, None]:
        """An answer is under way: its turn, which its requests keep until it is over."""
        turn = self.turn()
        turn.begin()
        try:
            yield turn
        finally:
            turn.leave()


class Turn:
    """An answer's place in the queue.

    Args:
        in_flight: The queue.
        number: Which; smaller ones go first.
    """

    def __init__(self, in_flight: InFlight, number: int) -> None:
        self.in_flight = in_flight
        self.began = 0.0  # the event loop's time
        self._number = number
        self._under_way = False
        self._left = False
        self._looks = False  # at the engine's load
        self._kept = False

    def begin(self) -> None:
        """The answer is under way from now on."""
        self.began = asyncio.get_running_loop().time()
        self._under_way = True
        self.in_flight.answers += 1

    async def come(self) -> None:
        """Wait until the engine has room for a request, and keep that for the first one.

        All requests of this answer wait for the engine from now on.

        Raises:
            ConfigError: The answer is over.
        """
        if self._left:
            raise ConfigError("this turn is over: enter a new one for every answer")
        if not self._looks:
            self._looks = True
            await _ask(self.in_flight.engine, self._number)
            self._kept = True

    @asynccontextmanager
    async def place(self) -> AsyncGenerator[None, None]:
        """Wait for a place and hold it."""
        async with AsyncExitStack() as held:
            if self._looks:
                await self._at_the_engine()
                held.callback(self.in_flight.engine.give_back)
            await _ask(self.in_flight, self._number)
            held.callback(self.in_flight.give_back)
            yield

    @contextmanager
    def send_beside(self) -> Generator[None, None, None]:
        """Count a request that somebody else sends and that waits for no place."""
        kept, self._kept = self._kept, False
        self.in_flight.beside += 1
        try:
            yield
        finally:
            self.in_flight.beside -= 1
            if kept:
                self.in_flight.engine.give_back()

    def leave(self) -> None:
        """The answer is over: give back what it kept. May be called twice."""
        self._left = True
        if self._under_way:
            self._under_way = False
            self.in_flight.answers -= 1
        if self._kept:
            self._kept = False
            self.in_flight.engine.give_back()

    async def _at_the_engine(self) -> None:
        if self._kept:
            self._kept = False
        else:
            await _ask(self.in_flight.engine, self._number)


async def _ask(places: Places, number: int) -> None:
    """Wait for a place."""
    came: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def ready() -> bool:
        if came.done():  # given up, and had no time yet to say so
            return False
        came.set_result(None)
        return True

    entry = places.ask(number, ready)
    if entry is None:
        return
    try:
        await came
    except asyncio.CancelledError:
        if came.cancelled():
            places.withdraw(entry)
        else:  # the place came at the same moment
            places.give_back()
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
