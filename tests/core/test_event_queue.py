"""Queue of an answer's events: in order, none lost, whenever the reader waits or leaves."""

from __future__ import annotations

import asyncio

import pytest

from sot.event_queue import EventQueue
from sot.events import TextDelta


async def all_of(queue: EventQueue) -> list[str]:
    found: list[str] = []
    while (event := await queue.get()) is not None:
        assert isinstance(event, TextDelta)
        found.append(event.text)
    return found


async def test_events_come_in_order_before_and_while_the_reader_waits() -> None:
    queue = EventQueue()
    queue.put(TextDelta("a"))
    reader = asyncio.create_task(all_of(queue))
    await asyncio.sleep(0)
    queue.put(TextDelta("b"))
    queue.put(TextDelta("c"))
    queue.end()
    assert await reader == ["a", "b", "c"]


async def test_what_came_before_the_end_is_read_and_the_end_stays() -> None:
    queue = EventQueue()
    queue.put(TextDelta("a"))
    queue.end()
    assert await all_of(queue) == ["a"]
    assert await queue.get() is None


async def test_a_reader_that_is_cancelled_loses_nothing() -> None:
    queue = EventQueue()
    waiting = asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    waiting.cancel()
    queue.put(TextDelta("a"))
    with pytest.raises(asyncio.CancelledError):
        await waiting
    queue.end()
    assert await all_of(queue) == ["a"]
