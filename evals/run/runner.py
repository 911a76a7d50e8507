"""Makes the answers that are still to make, several at a time if asked for, and keeps each at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from sot import SkeletonOfThought
from sot.errors import SotError, first_error

from .plan import Job
from .records import AnswerRecord

GIVE_UP_AFTER = 8
WARM_UP = "What makes a good holiday?"


class TooManyFailures(SotError):
    """Answers failed one after the other: the engine is gone, and the rest would fail, too."""


async def make_answers(
    left: Sequence[Job],
    make: Callable[[Job], Awaitable[AnswerRecord]],
    keep: Callable[[AnswerRecord], Awaitable[None]],
    *,
    concurrency: int = 1,
) -> None:
    """Make answers and keep each as soon as it is complete.

    Args:
        left: In the order to make them.
        concurrency: Answers in the making at the same time.

    Raises:
        TooManyFailures: `GIVE_UP_AFTER` answers in a row have failed.
        SotError: As ``make`` and ``keep`` do.
    """
    waiting = iter(left)
    failures = 0

    async def work() -> None:
        nonlocal failures
        for job in waiting:  # shared: each job is taken by one worker
            record = await make(job)
            await keep(record)
            failures = failures + 1 if record.status == "failed" else 0
            if failures >= GIVE_UP_AFTER:
                raise TooManyFailures(f"{failures} answers in a row failed, the last one so: {record.error}")

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(concurrency, len(left))):
                group.create_task(work())
    except BaseExceptionGroup as errors:
        raise first_error(errors) from None


async def write_record(append: Callable[[AnswerRecord], None], record: AnswerRecord) -> None:
    """Write a record in a thread, because the disk may be slow; an interrupt waits for it."""
    writing = asyncio.ensure_future(asyncio.to_thread(append, record))
    try:
        await asyncio.shield(writing)
    except asyncio.CancelledError:
        await writing
        raise


async def warm_up(sot: SkeletonOfThought, strategies: Sequence[str]) -> None:
    """Answer a short question by each strategy and forget it: what an engine does once is not timed.

    A failure says nothing here; the run will tell.
    """
    for strategy in strategies:
        with suppress(SotError):
            await sot.answer(
                WARM_UP, strategy=strategy, max_tokens=16, max_skeleton_tokens=32, max_point_tokens=8
            )
