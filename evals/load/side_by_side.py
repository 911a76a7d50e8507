"""Simulated loads side by side, each in a process of its own: they know nothing of each other."""

from __future__ import annotations

import asyncio
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from pydantic import ValidationError

from sot.errors import first_error

from ..child import Failed, child_command, child_environment, died
from .at_load import Found
from .sample import Sample
from .worker import NOTE, Answered, Kept, LoadJob

_LINE = 1 << 30  # bytes of one note; asyncio's limit is for strangers' lines


@dataclass(slots=True)
class Simulated:
    """One load's figures, and its answers where they were asked for."""

    found: Found
    samples: list[Sample] = field(default_factory=list[Sample])


async def side_by_side(
    jobs: Sequence[LoadJob],
    together: int,
    *,
    answered: Callable[[int], None],
    finished: Callable[[int, Simulated], None],
) -> None:
    """Simulate loads; the results are those of one after the other.

    Args:
        jobs: The loads.
        together: How many at once.
        answered: Is told how many answers of all of them are over.
        finished: Takes a job's number and its results as soon as they are there.

    Raises:
        SotError: A job, or its process, failed; the others are ended.
    """
    places = asyncio.Semaphore(together)
    over = 0

    def more(count: int) -> None:
        nonlocal over
        over += count
        answered(over)

    async def one(number: int) -> None:
        async with places:
            finished(number, await _in_child(jobs[number], more))

    # The longest first: at the end none is left alone with the most to do.
    order = sorted(range(len(jobs)), key=lambda number: -len(jobs[number].simulated.load.coming))
    try:
        async with asyncio.TaskGroup() as group:
            for number in order:
                group.create_task(one(number))
    except BaseExceptionGroup as failures:
        raise first_error(failures) from None


async def _in_child(job: LoadJob, answered: Callable[[int], None]) -> Simulated:
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        process = await asyncio.create_subprocess_exec(
            *child_command(f"{__package__}.worker"),
            stdin=PIPE,
            stdout=PIPE,
            stderr=log,
            env=child_environment(),
            limit=_LINE,
        )
        try:
            found = await _follow(process, job, answered)
            await process.wait()
        finally:
            await _end(process)
        if found is None:
            log.seek(0)
            raise died(log.read(), process.returncode)
        return found


async def _follow(process: Process, job: LoadJob, answered: Callable[[int], None]) -> Simulated | None:
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(BrokenPipeError, ConnectionResetError):  # it has died; how it ended says more
        process.stdin.write(job.model_dump_json().encode())
        await process.stdin.drain()
        process.stdin.close()
    samples: list[Sample] = []
    async for line in process.stdout:
        try:
            note = NOTE.validate_json(line)
        except ValidationError:
            continue  # half a line of a process that died, or one that Python itself printed
        if isinstance(note, Failed):
            raise note.error
        if isinstance(note, Answered):
            answered(note.answers)
        elif isinstance(note, Kept):
            samples += note.samples
        else:
            return Simulated(note.found, samples)
    return None


async def _end(process: Process) -> None:
    """Leave no process behind, even if this is cancelled: another one may fail at the same moment."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()  # it has nothing to tidy up
    ended = asyncio.ensure_future(process.wait())
    try:
        await asyncio.shield(ended)
    except asyncio.CancelledError:
        await ended
        raise
