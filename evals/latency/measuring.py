"""Answers one question by one method and takes its times."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from itertools import pairwise

from sot import SkeletonOfThought
from sot.errors import ConfigError
from sot.events import Event, Finished, PointDelta, TextDelta
from sot.types import Answer

from .critical_path import point_spans
from .methods import METHODS, is_skeleton
from .probes import Probes
from .recording import Recorded
from .sample import Gaps, Sample
from .stats import median


async def measure(
    sot: SkeletonOfThought,
    question: str,
    method: str,
    *,
    accelerator: str = "none",
    repeat: int = 0,
    category: str | None = None,
    probes: Probes | None = None,
) -> Sample:
    """Answer a question by a method and take its times.

    Args:
        sot: The object that answers.
        question: The question.
        method: A name of `methods.METHODS`.
        accelerator: What the sample says of the engine.
        repeat: Which time the question is asked, from 0.
        category: The question's category.
        probes: What is looked at besides.

    Raises:
        SotError: The question cannot be answered, or not at the lengths that are forced.
    """
    probes = probes or Probes()
    if probes.scripted is not None:
        probes.scripted.begin(skeleton=is_skeleton(method), question=question)
    if probes.recorder is not None:
        probes.recorder.take()
    drafts, joules = await probes.drafts(), probes.joules()
    events: list[Event] = []
    text_times: list[float] = []
    now = asyncio.get_running_loop().time
    async with aclosing(sot.stream(question, **METHODS[method])) as stream:
        async for event in stream:
            events.append(event)
            if isinstance(event, TextDelta):
                text_times.append(now())
    used, drafted = probes.joules(), await probes.drafts()
    finished = events[-1]
    assert isinstance(finished, Finished), "a stream of events ends with Finished"
    if probes.scripted is not None:
        probes.scripted.check()
        if finished.answer.fell_back is not None and not probes.scripted.bad:
            raise ConfigError(f"the scripted skeleton was not followed: {finished.answer.fell_back}")
    requests = probes.recorder.take() if probes.recorder is not None else []
    return _sample(
        question,
        method,
        finished.answer,
        events,
        requests,
        reader_gaps=Gaps.of([after - before for before, after in pairwise(text_times)]),
        accelerator=accelerator,
        repeat=repeat,
        category=category,
        drafted=None if drafts is None or drafted is None else drafted[0] - drafts[0],
        accepted=None if drafts is None or drafted is None else drafted[1] - drafts[1],
        energy_j=None if joules is None or used is None else used - joules,
    )


def _sample(
    question: str,
    method: str,
    answer: Answer,
    events: Sequence[Event],
    requests: Sequence[Recorded],
    *,
    reader_gaps: Gaps | None,
    accelerator: str,
    repeat: int,
    category: str | None,
    drafted: int | None,
    accepted: int | None,
    energy_j: float | None,
) -> Sample:
    timing = answer.timing
    paces = [request.token_s for request in requests if request.token_s is not None]
    return Sample(
        question=_whole(question),
        method=method,
        first_text_s=timing.total_s if timing.first_text_s is None else timing.first_text_s,
        total_s=timing.total_s,
        useful_tokens=_useful(answer, events),
        completion_tokens=answer.usage.completion_tokens,
        prompt_tokens=answer.usage.prompt_tokens,
        cached_tokens=answer.usage.cached_tokens,
        points=len(answer.points),
        fell_back=None if answer.fell_back is None else _whole(answer.fell_back),
        accelerator=accelerator,
        repeat=repeat,
        category=category,
        requests=answer.usage.requests,
        reader_gaps=reader_gaps,
        engine_gaps=Gaps.of([gap for request in requests for gap in request.gaps]),
        token_s=median(paces) if paces else None,
        skeleton_s=timing.skeleton_s,
        spans=point_spans(events),
        titles=tuple(_whole(point.title) for point in answer.points),
        drafted=drafted,
        accepted=accepted,
        energy_j=energy_j,
    )


def _whole(text: str) -> str:
    """Without halves of surrogate pairs, which models may write and no file can hold."""
    return text.encode("utf-8", "replace").decode()


def _useful(answer: Answer, events: Sequence[Event]) -> float:
    """Completion tokens whose text is in the answer."""
    if not answer.points:
        spent = answer.usage.completion_tokens - answer.skeleton_usage.completion_tokens
        return float(spent) if answer.text.strip() else 0.0
    streamed = _streamed(events)
    return sum(
        point.usage.completion_tokens * min(1.0, len(point.text) / max(1, streamed.get(point.index, 0)))
        for point in answer.points
        if point.status != "missing"
    )


def _streamed(events: Sequence[Event]) -> Mapping[int, int]:
    """Characters that came for each point, before any trimming."""
    streamed: dict[int, int] = {}
    for event in events:
        if isinstance(event, PointDelta):
            streamed[event.index] = streamed.get(event.index, 0) + len(event.text.strip("\n"))
    return streamed
