"""Admission of answers: order, limits, and nothing lost when somebody gives up."""

from __future__ import annotations

import asyncio
import random

import pytest

from sot.server.capacity import Capacity
from sot.server.failures import Failure


class Visitor:
    """One answer: takes a place, and keeps it until told to leave."""

    def __init__(self, capacity: Capacity, entered: list[int], number: int) -> None:
        self.leave = asyncio.Event()
        self.task = asyncio.create_task(self._visit(capacity, entered, number))

    async def _visit(self, capacity: Capacity, entered: list[int], number: int) -> None:
        async with capacity.admit():
            entered.append(number)
            await self.leave.wait()


async def settle() -> None:
    """Let everything happen that can happen now."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_first_come_first_served() -> None:
    capacity, entered = Capacity(2, 10, 60), list[int]()
    visitors = [Visitor(capacity, entered, number) for number in range(6)]
    await settle()
    assert entered == [0, 1]
    assert (capacity.running, capacity.waiting) == (2, 4)
    for number, visitor in enumerate(visitors):
        visitor.leave.set()
        await settle()
        assert entered == list(range(min(6, number + 3)))
    await asyncio.gather(*(visitor.task for visitor in visitors))
    assert (capacity.running, capacity.waiting) == (0, 0)


async def test_a_newcomer_does_not_overtake_those_who_wait() -> None:
    capacity, entered = Capacity(1, 10, 60), list[int]()
    first, second = Visitor(capacity, entered, 1), Visitor(capacity, entered, 2)
    await settle()
    first.leave.set()
    third = Visitor(capacity, entered, 3)  # comes in the moment the place is free, and not yet taken
    await settle()
    assert entered == [1, 2]
    second.leave.set()
    third.leave.set()
    await asyncio.gather(first.task, second.task, third.task)
    assert entered == [1, 2, 3]


async def test_a_full_queue_refuses() -> None:
    capacity, entered = Capacity(1, 1, 60), list[int]()
    visitors = [Visitor(capacity, entered, number) for number in range(3)]
    await settle()
    with pytest.raises(Failure) as refused:
        await visitors[2].task
    assert refused.value.status == 429
    assert refused.value.code == "rate_limit_exceeded"
    for visitor in visitors:
        visitor.leave.set()
    await asyncio.gather(*(visitor.task for visitor in visitors[:2]))


async def test_without_a_queue_only_free_places_count() -> None:
    capacity, entered = Capacity(1, 0, 60), list[int]()
    first, second = Visitor(capacity, entered, 1), Visitor(capacity, entered, 2)
    with pytest.raises(Failure):
        await second.task
    first.leave.set()
    await first.task
    third = Visitor(capacity, entered, 3)
    third.leave.set()
    await third.task
    assert entered == [1, 3]


async def test_a_wait_has_an_end() -> None:
    capacity, entered = Capacity(1, 5, 0.001), list[int]()
    first, second = Visitor(capacity, entered, 1), Visitor(capacity, entered, 2)
    with pytest.raises(Failure) as refused:
        await second.task
    assert refused.value.status == 429
    assert (capacity.running, capacity.waiting) == (1, 0)
    first.leave.set()
    await first.task


async def test_those_who_give_up_take_no_place_with_them() -> None:
    chance = random.Random(5)
    capacity, entered = Capacity(3, 100, 60), list[int]()
    visitors = [Visitor(capacity, entered, number) for number in range(60)]
    while not all(visitor.task.done() for visitor in visitors):
        for visitor in chance.sample(visitors, 6):
            if chance.random() < 0.5:
                visitor.task.cancel()
            else:
                visitor.leave.set()
        assert capacity.running <= 3
        for _ in range(chance.randrange(3)):
            await asyncio.sleep(0)
    assert (capacity.running, capacity.waiting) == (0, 0)
    assert entered == sorted(entered)
    again = [Visitor(capacity, entered, number) for number in range(100, 103)]
    await settle()
    assert entered[-3:] == [100, 101, 102], "a place was lost"
    for visitor in again:
        visitor.leave.set()
        await visitor.task


async def test_a_failing_answer_gives_its_place_back() -> None:
    capacity = Capacity(1, 0, 60)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            async with capacity.admit():
                raise ZeroDivisionError
    assert (capacity.running, capacity.waiting) == (0, 0)


async def test_the_advice_grows_with_the_queue_and_stays_sensible() -> None:
    advice: list[float] = []
    for length in (0, 4, 400):
        capacity, entered = Capacity(1, length, 60), list[int]()
        visitors = [Visitor(capacity, entered, number) for number in range(length + 2)]
        with pytest.raises(Failure) as refused:
            await visitors[-1].task
        assert refused.value.retry_after_s is not None
        advice.append(refused.value.retry_after_s)
        for visitor in visitors:
            visitor.task.cancel()
        left = await asyncio.gather(*(visitor.task for visitor in visitors[:-1]), return_exceptions=True)
        assert {type(end) for end in left} == {asyncio.CancelledError}
    assert 0 < advice[0] < advice[1] < advice[2] == 60
