"""How many requests may be between their headers and their end, and what their bodies may hold."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

import pytest

from sot.server.capacity import Capacity
from sot.server.failures import Failure
from sot.server.intake import BodyLimits, Intake, Place


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def made(places: int, held: int = 1000, clock: Clock | None = None) -> Intake:
    return Intake(Capacity(1, places - 1, 60), BodyLimits(held, 60, 15), clock or Clock())


async def body_of(place: Place, begun: asyncio.Event) -> str:
    """A request that waits for its body for ever; returns how that ended."""
    try:
        async with asyncio.timeout(None) as limit:
            with place.reading(limit):
                begun.set()
                await asyncio.Event().wait()
    except TimeoutError:
        return "too late"
    raise AssertionError


async def reading(intake: Intake, stack: ExitStack) -> asyncio.Task[str]:
    begun = asyncio.Event()
    task = asyncio.create_task(body_of(stack.enter_context(intake.place()), begun))
    await begun.wait()
    return task


async def test_places_are_bounded_and_come_back() -> None:
    intake = made(2)
    for _ in range(3):
        with ExitStack() as stack:
            for _ in range(2):
                stack.enter_context(intake.place())
            with pytest.raises(Failure) as refused:
                stack.enter_context(intake.place())
            assert refused.value.status == 429
            assert refused.value.retry_after_s is not None


async def test_the_oldest_that_has_stalled_gives_way() -> None:
    clock = asyncio.get_running_loop().time
    shifted = Clock()
    shifted.now = clock() - 1000  # so that the limits of real time never pass here
    intake = made(2, clock=shifted)
    with ExitStack() as stack:
        first, second = [await reading(intake, stack) for _ in range(2)]
        with pytest.raises(Failure):
            stack.enter_context(intake.place())  # both may still be sending
        shifted.now += 5
        stack.enter_context(intake.place())
        assert await first == "too late"
        assert not second.done()
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)


async def test_bytes_are_bounded_over_all_and_come_back() -> None:
    intake = made(9, held=1000)
    for _ in range(3):
        with ExitStack() as stack:
            one, two = (stack.enter_context(intake.place()) for _ in range(2))
            one.hold(600)
            two.hold(400)
            with pytest.raises(Failure) as refused:
                two.hold(1)
            assert refused.value.status == 429
        assert intake.held == 0
