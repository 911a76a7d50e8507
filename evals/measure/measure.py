"""One answer by one method, with its times, its requests and what the engine tells beside them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from sot import SkeletonOfThought
from sot.events import Event, Finished, PointDelta, PointFound, TextDelta
from sot.types import Answer

from ..run.answering import Timeline, recorded
from ..run.asking import asked
from ..run.plan import Job
from ..run.records import AnswerRecord, Gaps, Measured, kept_answer
from ..stats.bootstrap import median, spread
from .forced_lengths import ScriptedText
from .meters import DraftReader, no_drafts
from .methods import METHODS, has_parts, is_routed, runs_in_stages
from .recorder import Recorded, RecordingBackend


@dataclass(frozen=True, slots=True)
class Probes:
    """Places where a measurement looks beside an answer's own events; ``recorder`` is around the engine."""

    recorder: RecordingBackend | None = None
    scripted: ScriptedText | None = None
    drafts: DraftReader = no_drafts
    joules: Callable[[], float | None] = lambda: None


async def measure(sot: SkeletonOfThought, job: Job, probes: Probes | None = None) -> AnswerRecord:
    """Answer a question by a method (the job's strategy, a name of `METHODS`) and take its times."""
    probes = probes or Probes()
    method = job.strategy
    if probes.scripted is not None:
        job = replace(job, question=probes.scripted.shaped(job.question))
    question, own = asked(job.question, METHODS[method]["strategy"])
    settings: dict[str, Any] = {**own, **METHODS[method]}
    if probes.scripted is not None:
        probes.scripted.begin(parts=has_parts(method), question=question)
    if probes.recorder is not None:
        probes.recorder.take()
    drafts, joules = await probes.drafts(), probes.joules()
    timeline = Timeline()
    events: list[Event] = []
    text_times: list[float] = []
    now = asyncio.get_running_loop().time
    async with aclosing(sot.stream(question, **settings)) as stream:
        async for event in stream:
            events.append(event)
            timeline.take(event)
            if isinstance(event, TextDelta):
                text_times.append(now())
            if isinstance(event, PointFound):  # when its line was complete, not when the reader heard of it
                timeline.events[-1] = timeline.events[-1].model_copy(update={"t": event.at_s})
    used, drafted = probes.joules(), await probes.drafts()
    finished = events[-1]
    assert isinstance(finished, Finished), "a stream of events ends with Finished"
    if probes.scripted is not None:
        probes.scripted.check(finished.answer.fell_back)
    requests = probes.recorder.take() if probes.recorder is not None else []
    both = (drafted[0] - drafts[0], drafted[1] - drafts[1]) if drafts and drafted else (None, None)
    measured = Measured(
        useful_tokens=_useful(method, finished.answer, events, requests),
        reader_gaps=gaps_of([after - before for before, after in pairwise(text_times)]),
        engine_gaps=gaps_of([gap for request in requests for gap in request.gaps]),
        decode_s=_decode_s(method, requests),
        token_s=median(pace for request in requests if (pace := request.token_s) is not None),
        drafted=both[0],
        accepted=both[1],
        energy_j=None if joules is None or used is None else used - joules,
    )
    return recorded(job, timeline, answer=kept_answer(finished.answer), measured=measured)


def gaps_of(gaps: Sequence[float]) -> Gaps | None:
    """Summarise gaps in seconds; ``None`` where there are none."""
    found = spread(gaps)
    return None if found is None else Gaps(found.median, found.p95, found.most, found.count)


def _decode_s(method: str, requests: Sequence[Recorded]) -> float | None:
    """Decode steps of the longest request of each stage in turn; ``None`` where stages overlap."""
    if not runs_in_stages(method):
        return None
    stages: dict[str, float] = {}
    for request in requests:
        stages[request.stage] = max(stages.get(request.stage, 0.0), request.decode_s)
    return sum(stages.values()) or None


def _useful(method: str, answer: Answer, events: Sequence[Event], requests: Sequence[Recorded]) -> float:
    """Completion tokens whose text is in the answer."""
    if not answer.points or answer.fell_back is not None:
        spent = answer.usage.completion_tokens - answer.skeleton_usage.completion_tokens
        if is_routed(method):  # neither the router's reply nor a candidate that lost the race is of use
            own = [one for one in requests if one.text.strip() == answer.text.strip()]
            spent = max((one.tokens or len(one.times) for one in own), default=spent)
        return float(spent) if answer.text.strip() else 0.0
    streamed = Counter[int]()  # characters that came for each point, before any trimming
    for event in events:
        if isinstance(event, PointDelta):
            streamed[event.index] += len(event.text.strip("\n"))
    return sum(
        point.usage.completion_tokens * min(1.0, len(point.text) / max(1, streamed[point.index]))
        for point in answer.points
        if point.status != "missing"
    )
