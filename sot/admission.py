"""Admission control for requests to the engine: permits, handed out in the order of the answers.

Everything that waits in this project waits for a permit of a `Permits`: a point of an early answer goes
before the first request of a later one. Without that order an overloaded engine shares itself among all
answers and finishes none of them early.

A request needs up to three permits, acquired in this order (`Turn.permit`): one of its answer's own
(``max_parallel``), one of the engine's places where the load-aware router admitted the answer (``adapt``),
one of the object's (``max_in_flight``). The server admits whole answers with a fourth
(`sot.server.capacity`). Engines limit nothing by themselves but a rate that they were given.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from heapq import heappop, heappush

from .errors import ConfigError
from .keys import new_answer_key
from .speed.gain import SkeletonGain

NO_LIMIT = 2**31


@dataclass(order=True, slots=True)
class QueueEntry:
    """Entry in the queue for a permit.

    Args:
        turn: The answer's number; the smallest is served first.
        number: The order of arrival, among entries of the same answer.
        ready: Called once, when the permit is granted; returns whether it is still wanted.
        over: Whether it has been granted or withdrawn.
    """

    turn: int
    number: int
    ready: Callable[[], bool] = field(compare=False)
    over: bool = field(default=False, compare=False)


class Permits:
    """Semaphore with a priority queue: a limited number of permits, for the earliest answer first.

    Independent of an event loop (except `acquire`), so that simulations use it too.

    Args:
        limit: Most permits taken at the same time.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.taken = 0
        self.waiting = 0
        self._open = limit
        self._asked = 0
        self._queue: list[QueueEntry] = []
        self._handing_out = False

    @property
    def free(self) -> bool:
        """Whether a permit is available at once."""
        return self.taken < self._open and not self.waiting

    @property
    def room(self) -> int:
        """Number of permits that are available at once."""
        return max(0, self._open - self.taken - self.waiting)

    def ask(self, turn: int, ready: Callable[[], bool]) -> QueueEntry | None:
        """Request a permit, by a callback.

        Args:
            turn: The answer's number; the smallest is served first.
            ready: Called when the permit is granted, perhaps before this returns. It returns whether the
                permit is still wanted, and may itself ask for permits and call `open_only`.

        Returns:
            The entry that `withdraw` takes, or ``None`` where the permit was granted at once.
        """
        if self.free:
            self.taken += 1
            ready()
            return None
        self._asked += 1
        entry = QueueEntry(turn, self._asked, ready)
        heappush(self._queue, entry)
        self.waiting += 1
        return entry

    async def acquire(self, turn: int = 0) -> None:
        """Wait for a permit.

        Args:
            turn: The answer's number; the smallest is served first, equal ones in order of arrival.
        """
        came: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def ready() -> bool:
            if came.done():  # cancelled, but its task has not run since
                return False
            came.set_result(None)
            return True

        entry = self.ask(turn, ready)
        if entry is None:
            return
        try:
            await came
        except asyncio.CancelledError:
            if came.cancelled():
                self.withdraw(entry)
            else:  # the permit was granted in the same step of the loop
                self.release()
            raise

    def release(self) -> None:
        """Return a permit and hand it to the next in the queue."""
        self.taken -= 1
        self._hand_out()

    def withdraw(self, entry: QueueEntry) -> None:
        """Remove an entry from the queue; one that is over already is left alone."""
        if not entry.over:
            entry.over = True
            self.waiting -= 1
            self._forget()

    def open_only(self, most: int | None) -> None:
        """Hand out only some of the permits from now on; those already taken stay valid.

        Args:
            most: Most permits taken at the same time, at least 1; ``None``: the whole limit.
        """
        self._open = self.limit if most is None else max(1, min(most, self.limit))
        self._hand_out()

    def _hand_out(self) -> None:
        if self._handing_out:  # called from a `ready` below: the loop there sees the change
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
            self._queue.clear()  # only withdrawn entries are left


class Admission:
    """Admission control of one `sot.SkeletonOfThought`: the permits shared by all its answers.

    Args:
        limit: Most requests in flight.

    Attributes:
        gain: What skeletons gain on the engine, by the step times that all requests together show.
    """

    def __init__(self, limit: int = NO_LIMIT) -> None:
        self.requests = Permits(limit)
        self.engine = Permits(NO_LIMIT)  # the engine's places, for answers decided about by its load
        self.answers = 0  # begun and not over, including those that wait for the engine
        self.gain = SkeletonGain(_loop_time)
        self._turns = 0

    def turn(self) -> Turn:
        """Create the turn of a new answer, behind all others; `Turn.leave` ends it."""
        self._turns += 1
        return Turn(self, self._turns)

    def first_turn(self) -> Turn:
        """Create a turn at the head of the queue, for a short request that an answer waits for."""
        return Turn(self, 0)


class Turn:
    """An answer's turn: its priority in the queues, and its own limit of requests in flight.

    Args:
        admission: Admission control with the shared permits.
        number: Priority; the smallest is served first.

    Attributes:
        key: Key of its requests for engine routers, unless the caller gives one.
    """

    def __init__(self, admission: Admission, number: int) -> None:
        self.admission = admission
        self.began = 0.0  # the event loop's time
        self._number = number
        self._parallel = NO_LIMIT
        self.key = new_answer_key()
        self._own = Permits(NO_LIMIT)
        self._elsewhere: dict[int, Turn] = {}  # at other engines, by the `id` of their admission control
        self._under_way = False
        self._left = False
        self._by_load = False
        self._kept = False  # an engine permit, held for the first request

    def begin(self) -> None:
        """Count the answer as under way from now on."""
        self.began = asyncio.get_running_loop().time()
        self._under_way = True
        self.admission.answers += 1

    def limit_parallel(self, parallel: int) -> None:
        """Limit the answer's own requests in flight."""
        self._parallel = parallel
        self._own = Permits(parallel)
        for turn in self._elsewhere.values():
            turn.limit_parallel(parallel)

    def at(self, admission: Admission) -> Turn:
        """Return this answer's turn at another engine: the same priority, and permits of that engine.

        Requests there wait for none at this one, and the other way round.
        """
        if admission is self.admission:
            return self
        turn = self._elsewhere.get(id(admission))
        if turn is None:
            turn = self._elsewhere[id(admission)] = Turn(admission, self._number)
            turn.limit_parallel(self._parallel)
        return turn

    async def wait_for_engine(self) -> None:
        """Wait for a permit of the engine, and keep it for the answer's first request.

        All later requests of this answer wait for an engine permit, too. A second call returns at once.

        Raises:
            ConfigError: The answer is over.
        """
        if self._left:
            raise ConfigError("this answer is over: begin a new one")
        if not self._by_load:
            self._by_load = True
            await self.admission.engine.acquire(self._number)
            self._kept = True

    @property
    def room(self) -> int:
        """Number of requests that the answer may send now without waiting."""
        room = min(self._own.room, self.admission.requests.room)
        return min(room, self.admission.engine.room + self._kept) if self._by_load else room

    @asynccontextmanager
    async def permit(self) -> AsyncGenerator[None, None]:
        """Wait until a request may be sent, and hold its permits while it is in flight.

        The answer's own permit is acquired first, so that an answer at its own limit takes no shared permit
        from another.
        """
        async with AsyncExitStack() as held:
            await self._own.acquire()
            held.callback(self._own.release)
            if self._by_load:
                if self._kept:
                    self._kept = False
                else:
                    await self.admission.engine.acquire(self._number)
                held.callback(self.admission.engine.release)
            await self.admission.requests.acquire(self._number)
            held.callback(self.admission.requests.release)
            yield

    def leave(self) -> None:
        """End the answer and release an unused engine permit. May be called twice."""
        self._left = True
        if self._under_way:
            self._under_way = False
            self.admission.answers -= 1
        if self._kept:
            self._kept = False
            self.admission.engine.release()


def _loop_time() -> float:
    # By the event loop's clock, so that a simulated loop gives simulated times.
    return asyncio.get_running_loop().time()
