"""One answer with its events."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

from sot import SkeletonOfThought
from sot.errors import AuthenticationError, MissingDependencyError, SotError
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
from sot.types import Answer

from .machine import utc_now
from .plan import Job
from .records import AnswerRecord, EventRecord, kept_answer


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
    made: Answer | None = None
    error: str | None = None
    try:
        async with aclosing(
            sot.stream(job.question.question, strategy=job.strategy, seed=own_seed)
        ) as events:
            async for event in events:
                timeline.take(event)
                if isinstance(event, Finished):
                    made = event.answer
    except (AuthenticationError, MissingDependencyError):
        raise
    except SotError as failure:
        error = one_line(str(failure)) or type(failure).__name__
    except Exception as failure:  # noqa: BLE001 - a defect met by one question must not end a run of hours
        error = one_line(f"{type(failure).__name__}: {failure}")
    return recorded(
        job,
        timeline,
        answer=None if made is None or error is not None else kept_answer(made),
        error=error,
        seed=own_seed,
        settings=dict(settings),
    )


def recorded(
    job: Job, timeline: Timeline, *, answer: Mapping[str, Any] | None, **fields: Any
) -> AnswerRecord:
    """Return the record of an answer, or of a failure where there is none.

    Args:
        answer: As `sot.evals.run.records.kept_answer` makes it.
        fields: Further fields of the record.
    """
    question = job.question
    values: dict[str, Any] = {"status": "failed" if answer is None else "done", **fields}
    return AnswerRecord(
        question_id=question.id,
        strategy=job.strategy,
        repeat=job.repeat,
        engine=job.engine,
        category=question.category,
        question=question.question,
        reference=question.reference,
        kind=question.kind,
        attempt=job.attempt,
        answer=None if answer is None else dict(answer),
        events=timeline.events,
        started_at=timeline.started_at,
        **values,
    )


class Timeline:
    """Events of one answer without their text, timed as the reader gets them; time starts here."""

    def __init__(self) -> None:
        self.events: list[EventRecord] = []
        self.started_at = utc_now()
        self._now = asyncio.get_running_loop().time  # that of a simulated engine is simulated
        self._started = self._now()
        self._speaking: set[int] = set()
        self._text_begun = False

    def take(self, event: Event) -> None:
        """Note an event."""
        record = self._record(event, round(self._now() - self._started, 4))
        if record is not None:
            self.events.append(record)

    def _record(self, event: Event, t: float) -> EventRecord | None:
        match event:
            case Routed(route):
                return EventRecord(t=t, type="routed", detail=route.strategy)
            case PointFound(point):
                return EventRecord(t=t, type="point_found", index=point.index)
            case SkeletonFinished(points):
                return EventRecord(t=t, type="skeleton_finished", size=len(points))
            case PointStarted(index, attempt, continues):
                if not continues:
                    self._speaking.discard(index)
                return EventRecord(t=t, type="point_started", index=index, attempt=attempt)
            case PointDelta(index, text):
                if index in self._speaking or not text.strip():
                    return None
                self._speaking.add(index)
                return EventRecord(t=t, type="point_first_text", index=index)
            case PointFinished(point):
                return EventRecord(
                    t=t, type="point_finished", index=point.index, size=len(point.text), detail=point.status
                )
            case OpeningFinished(text, followed_by):
                return EventRecord(t=t, type="opening_finished", size=len(text), detail=followed_by)
            case TextDelta(text):
                if self._text_begun or not text.strip():
                    return None
                self._text_begun = True
                return EventRecord(t=t, type="first_text")
            case FellBack(reason):
                return EventRecord(t=t, type="fell_back", detail=one_line(reason))
            case Finished(made):
                return EventRecord(t=t, type="finished", size=len(made.text))
