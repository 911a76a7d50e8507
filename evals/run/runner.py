"""Makes the answers that are still to make, several at a time if asked for, and keeps each at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from sot import SkeletonOfThought
from sot.errors import SotError, first_error

from ..records import AnswerRecord
from .answering import answer
from .folder import RunFolder
from .plan import Job

GIVE_UP_AFTER = 8
_WARM_UP = "What makes a good holiday?"


class TooManyFailures(SotError):
    """Answers failed one after the other: the engine is gone, and the rest would fail, too."""


async def make_answers(
    sot: SkeletonOfThought,
    folder: RunFolder,
    left: Sequence[Job],
    *,
    seed: int | None,
    settings: Mapping[str, Any],
    concurrency: int = 1,
    took: Callable[[AnswerRecord], None] = lambda record: None,
) -> None:
    """Make answers and add each to the folder as soon as it is complete.

    Args:
        sot: The object that answers.
        folder: Where they are kept.
        left: What to answer, in order.
        seed: The run's seed.
        settings: What the records say of the settings.
        concurrency: Answers in the making at the same time.
        took: Is told of every answer kept.

    Raises:
        TooManyFailures: `GIVE_UP_AFTER` answers in a row have failed.
        AuthenticationError: The key does not let us in.
        OSError: An answer cannot be written.
    """
    waiting = iter(left)
    failures = 0

    async def work() -> None:
        nonlocal failures
        for job in waiting:  # shared: each job is taken by one worker
            record = await answer(sot, job, seed=seed, settings=settings)
            await _keep(folder, record)
            took(record)
            failures = failures + 1 if record.status == "failed" else 0
            if failures >= GIVE_UP_AFTER:
                raise TooManyFailures(f"{failures} answers in a row failed, the last one so: {record.error}")

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(concurrency, len(left))):
                group.create_task(work())
    except BaseExceptionGroup as errors:
        raise first_error(errors) from None


async def warm_up(sot: SkeletonOfThought, strategies: Sequence[str]) -> None:
    """Answer a short question by each strategy and forget it: what an engine does once is not timed.

    A failure says nothing here; the run will tell.

    Args:
        sot: The object that answers.
        strategies: The strategies that will be timed.
    """
    for strategy in strategies:
        with suppress(SotError):
            await sot.answer(
                _WARM_UP, strategy=strategy, max_tokens=16, max_skeleton_tokens=32, max_point_tokens=8
            )


async def _keep(folder: RunFolder, record: AnswerRecord) -> None:
    """Write a record in a thread, because the disk may be slow; an interrupt waits for it."""
    writing = asyncio.ensure_future(asyncio.to_thread(folder.append, record))
    try:
        await asyncio.shield(writing)
    except asyncio.CancelledError:
        await writing
        raise
