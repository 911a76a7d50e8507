"""Bounds on requests from their headers to the end of their response: number, bytes, time of a body."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

from .capacity import Capacity
from .failures import Failure

_STALLED_S = 1.0  # without a piece of its body, before a request gives way to another


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """Limits of request bodies.

    Args:
        held_bytes: Most bytes of all bodies together.
        whole_s: Longest time until a body is complete, in seconds.
        idle_s: Longest pause between two pieces, in seconds.
    """

    held_bytes: int
    whole_s: float
    idle_s: float


class Place:
    """Place of one request, with the time limit of its body and the bytes it holds.

    Args:
        intake: The intake whose place it is.
        began: When the request came, on the intake's clock.
    """

    def __init__(self, intake: Intake, began: float) -> None:
        self._intake = intake
        self._limit: asyncio.Timeout | None = None
        self._end = began + intake.limits.whole_s
        self.held = 0
        self.since = began  # of the last piece of the body

    @contextmanager
    def reading(self, limit: asyncio.Timeout) -> Generator[None, None, None]:
        """Count the request as one that waits for its client, and end ``limit`` at its time."""
        self._limit = limit
        self._intake.readers[self] = None
        self._allow(self.since)
        try:
            yield
        finally:
            self._limit = None
            self._intake.readers.pop(self, None)

    def took(self, count: int) -> None:
        """Count bytes of the body, and grant time for the next piece.

        Raises:
            Failure: All requests together hold too many (429).
        """
        self.since = self._intake.now()
        self._allow(self.since)
        self.hold(count)

    def hold(self, count: int) -> None:
        """Count bytes that are kept until the end of the response.

        Raises:
            Failure: All requests together hold too many (429).
        """
        intake = self._intake
        self.held += count
        intake.held += count
        if intake.held > intake.limits.held_bytes and not intake.end_stalled():
            raise intake.full()

    def end(self) -> None:
        """End the wait for the body."""
        self._intake.readers.pop(self, None)
        if self._limit is not None and not self._limit.expired():
            self._limit.reschedule(self._intake.now())

    def _allow(self, now: float) -> None:
        if self._limit is not None and self in self._intake.readers:
            self._limit.reschedule(min(self._end, now + self._intake.limits.idle_s))


class Intake:
    """Places for requests whose bodies are read, that wait or that are answered.

    A request that cannot have a place is refused before its body is read. When all are taken, one whose
    client has stalled in the middle of its body gives way.

    Args:
        capacity: Admission control, which bounds the number of places.
        limits: Limits of bodies.
        clock: Clock in seconds; the event loop's unless given.
    """

    def __init__(
        self, capacity: Capacity, limits: BodyLimits, clock: Callable[[], float] | None = None
    ) -> None:
        self.limits = limits
        self.held = 0
        self.readers: dict[Place, None] = {}  # in the order in which they came
        self._capacity = capacity
        self._taken = 0
        self._clock = clock

    def now(self) -> float:
        """Return the time on the clock."""
        return self._clock() if self._clock else asyncio.get_running_loop().time()

    @contextmanager
    def place(self) -> Generator[Place, None, None]:
        """Take a place until the context is left.

        Raises:
            Failure: There is none (429).
        """
        if self._taken >= self._capacity.most and not self.end_stalled():
            raise self._capacity.too_many()
        place = Place(self, self.now())
        self._taken += 1
        try:
            yield place
        finally:
            self._taken -= 1
            self.held -= place.held

    def end_stalled(self) -> bool:
        """End the oldest request whose client has stalled; returns whether there was one."""
        latest = self.now() - _STALLED_S
        for place in self.readers:
            if place.since <= latest:
                place.end()
                return True
        return False

    def full(self) -> Failure:
        """Return the rejection of a request whose body does not fit beside the others."""
        message = "the server holds too many large requests: try again later"
        return Failure(429, message, "rate_limit_exceeded", retry_after_s=5)
