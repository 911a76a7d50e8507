"""Makes one answer and keeps what happened while it was made."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import aclosing
from datetime import UTC, datetime
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
from sot.serialise import answer_json
from sot.terminal import one_line
from sot.types import Answer

from ..records import AnswerRecord, EventRecord
from .plan import Job


async def answer(
    sot: SkeletonOfThought, job: Job, *, seed: int | None, settings: Mapping[str, Any]
) -> AnswerRecord:
    """Make an answer; one that fails becomes a record of the failure.

    Args:
        sot: The object that answers.
        job: What to answer.
        seed: The run's seed; the second repetition samples with the next one, and so on.
        settings: What the record says of the settings.

    Raises:
        AuthenticationError: The key does not let us in, so no answer can be made.
        MissingDependencyError: A package is missing, so no answer can be made.
    """
    own_seed = None if seed is None else seed + job.repeat - 1
    started_at = utc_now()
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
    return AnswerRecord(
        question_id=job.question.id,
        strategy=job.strategy,
        repeat=job.repeat,
        category=job.question.category,
        question=job.question.question,
        reference=job.question.reference,
        kind=job.question.kind,
        seed=own_seed,
        status="done" if made is not None and error is None else "failed",
        error=error,
        attempt=job.attempt,
        answer=answer_json(made).model_dump() if made is not None and error is None else None,
        events=timeline.events,
        settings=dict(settings),
        started_at=started_at,
    )


class Timeline:
    """The events of one answer without their text, timed as the reader gets them; time starts here."""

    def __init__(self) -> None:
        self.events: list[EventRecord] = []
        self._started = time.perf_counter()
        self._speaking: set[int] = set()
        self._text_begun = False

    def take(self, event: Event) -> None:
        """Note an event.

        Args:
            event: The next event.
        """
        record = self._record(event, round(time.perf_counter() - self._started, 4))
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


def utc_now() -> str:
    """The time now, in UTC, as ISO 8601 with seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")
