"""Answers with their events, made several at a time if asked for, each kept at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from typing import Any

from sot import SkeletonOfThought
from sot.errors import AuthenticationError, MissingDependencyError, SotError, first_error
from sot.events import (
    Event,
    FellBack,
    Finished,
    OpeningFinished,
    PointDelta,
    PointFinished,
    PointFound,
    PointStarted,
    Routed,
    SkeletonFinished,
    TextDelta,
)
from sot.terminal import one_line

from ..dataset.question import Question
from .asking import asked, warm_up_question
from .machine import utc_now
from .plan import Job
from .records import AnswerRecord, EventRecord, EventType, kept_answer

GIVE_UP_AFTER = 8


async def make_answers(
    left: Sequence[Job],
    make: Callable[[Job], Awaitable[AnswerRecord]],
    keep: Callable[[AnswerRecord], Awaitable[None]],
    *,
    concurrency: int = 1,
) -> None:
    """Make answers in this order and keep each at once; `GIVE_UP_AFTER` failures in a row end it."""
    waiting = iter(left)
    failures = 0

    async def work() -> None:
        nonlocal failures
        for job in waiting:  # shared: each job is taken by one worker
            record = await make(job)
            await keep(record)
            failures = failures + 1 if record.status == "failed" else 0
            if failures >= GIVE_UP_AFTER:  # the engine is gone, and the rest would fail, too
                raise SotError(f"{failures} answers in a row failed, the last one so: {record.error}")

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(concurrency, len(left))):
                group.create_task(work())
    except BaseExceptionGroup as errors:
        raise first_error(errors) from None


async def warm_up(sot: SkeletonOfThought, strategies: Sequence[str], like: Question) -> None:
    """Answer a short question by each strategy and forget it: what an engine does once is not timed."""
    for strategy in strategies:
        text, settings = asked(warm_up_question(like), strategy)
        settings |= {"max_tokens": 16, "max_skeleton_tokens": 32, "max_point_tokens": 8}
        with suppress(SotError):  # the run will tell
            await sot.answer(text, **settings)


async def answer(
    sot: SkeletonOfThought, job: Job, *, seed: int | None, settings: Mapping[str, Any]
) -> AnswerRecord:
    """Make an answer; one that fails becomes a record of the failure.

    Args:
        seed: The run's seed; the second repetition samples with the next one, and so on.
        settings: What the record says of the settings.

    Raises:
        AuthenticationError: The key does not let us in, so no answer can be made.
        MissingDependencyError: A package is missing, so no answer can be made.
    """
    own_seed = None if seed is None else seed + job.repeat - 1
    timeline = Timeline()
    made: dict[str, Any] | None = None
    error: str | None = None
    try:
        text, own = asked(job.question, job.strategy)
        own["seed"] = own_seed
        stream = sot.stream(text, **own)
        async with aclosing(stream) as events:
            async for event in events:
                timeline.take(event)
                if isinstance(event, Finished):
                    made = kept_answer(event.answer)
    except (AuthenticationError, MissingDependencyError):
        raise
    except SotError as failure:
        error = one_line(str(failure)) or type(failure).__name__
    except Exception as failure:  # noqa: BLE001 - a defect met by one question must not end a run of hours
        error = one_line(f"{type(failure).__name__}: {failure}")
    found = made if error is None else None
    return recorded(job, timeline, answer=found, error=error, seed=own_seed, settings=dict(settings))


def recorded(
    job: Job, timeline: Timeline, *, answer: Mapping[str, Any] | None, **fields: Any
) -> AnswerRecord:
    """Return the record, with further fields, of a `kept_answer`, or of a failure where there is none."""
    question = job.question.model_dump(include={"category", "question", "reference", "kind"})
    return AnswerRecord(
        **question,
        question_id=job.question.id,
        strategy=job.strategy,
        repeat=job.repeat,
        engine=job.engine,
        attempt=job.attempt,
        status="failed" if answer is None else "done",
        answer=None if answer is None else dict(answer),
        events=timeline.events,
        started_at=timeline.started_at,
        **fields,
    )


class Timeline:
    """Events of one answer without their text, timed as the reader gets them; time starts here."""

    def __init__(self) -> None:
        self.events: list[EventRecord] = []
        self.started_at = utc_now()
        self._now = asyncio.get_running_loop().time  # simulated, where the engine is
        self._started = self._now()
        self._speaking: set[int] = set()
        self._text_begun = False

    def take(self, event: Event) -> None:
        """Note an event."""
        t = round(self._now() - self._started, 4)

        def note(kind: EventType, **fields: Any) -> None:
            self.events.append(EventRecord(t=t, type=kind, **fields))

        match event:
            case Routed(route):
                note("routed", detail=route.strategy)
            case PointFound(point):
                note("point_found", index=point.index)
            case SkeletonFinished(points):
                note("skeleton_finished", size=len(points))
            case PointStarted(index, attempt, continues):
                if not continues:
                    self._speaking.discard(index)
                note("point_started", index=index, attempt=attempt)
            case PointDelta(index, text):
                if index not in self._speaking and text.strip():
                    self._speaking.add(index)
                    note("point_first_text", index=index)
            case PointFinished(point):
                note("point_finished", index=point.index, size=len(point.text), detail=point.status)
            case OpeningFinished(text, followed_by):
                note("opening_finished", size=len(text), detail=followed_by)
            case TextDelta(text):
                if not self._text_begun and text.strip():
                    self._text_begun = True
                    note("first_text")
            case FellBack(reason):
                note("fell_back", detail=one_line(reason))
            case Finished(made):
                note("finished", size=len(made.text))
