"""Job of one engine in a latency run: its answers in order, and what is told meanwhile.

A job runs in this process or, as JSON, in a child, whose memory goes back to the system when it is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeAlias

from pydantic import BaseModel, TypeAdapter

from sot import SkeletonOfThought
from sot.backends.replay.virtual_time import run_virtually
from sot.errors import MissingDependencyError, SotError
from sot.registry import create_backend, engine_entry
from sot.types import Backend

from ..engines.accelerators import Assisted
from ..engines.generate_backend import GenerateBackend
from ..measure.forced_lengths import ScriptedText
from ..measure.lengths import parse_lengths, room_for
from ..measure.manifest import Refused
from ..measure.measure import Probes, measure
from ..measure.meters import DraftReader, NoMeter, drafts_of, find_meter
from ..measure.methods import has_parts, router_of
from ..measure.recorder import RecordingBackend
from ..run.asking import warm_up_question
from ..run.child import run_child
from ..run.plan import Job
from ..run.records import AnswerRecord

_LEAVE_S = 0.5
_END_S = 20.0  # an engine's own processes need a while to end
_ONE_AT_A_TIME = "transformers' generate decodes one sequence at a time: no points side by side"


class EngineJob(BaseModel, frozen=True, extra="forbid"):
    """Answers that one engine is to make.

    Args:
        model: The model's name, where the spec does not say it.
        settings: The engine's own options.
        assisted: Decode by transformers' ``generate`` instead.
        left: The answers, in order; their engine is the accelerator's name.
        options: Settings of the answers, by their names in `sot.options.Options`.
        lengths: Lengths to force, as `lengths.parse_lengths` reads them.
        tolerant: What the engine refuses is told as `Refused`, and the rest goes on.
    """

    spec: str
    model: str | None = None
    settings: dict[str, Any] = {}
    assisted: Assisted | None = None
    accelerator: str
    left: list[Job]
    options: dict[str, Any] = {}
    lengths: str | None = None
    tolerant: bool = False

    @property
    def simulated(self) -> bool:
        """True where the engine's times are simulated."""
        return engine_entry(self.spec).simulated

    @property
    def methods(self) -> list[str]:
        """Methods of the answers."""
        return list(dict.fromkeys(one.strategy for one in self.left))


class Ready(BaseModel, frozen=True, extra="forbid"):
    """Note that the engine has started."""

    accelerator: str
    backend: str
    model: str
    energy: str


Note: TypeAlias = Ready | AnswerRecord | Refused | str
"""Line that a job tells: that its engine has started, an answer, a refusal, or a line for people."""
NOTE: TypeAdapter[Note] = TypeAdapter(Note)
Tell = Callable[[Note], None]


def run_job(job: EngineJob, tell: Tell, *, apart: bool = False) -> None:
    """Do a job in an event loop of its own; that of a simulated engine does not wait for its clock.

    Args:
        apart: In a process of its own.
    """
    if apart:
        asyncio.run(run_child(f"{__name__}:job_of_child", job, NOTE, tell, end_s=_END_S))
    else:
        (run_virtually if job.simulated else asyncio.run)(_run(job, tell))


def job_of_child(job: str, tell: Callable[[str], None]) -> None:
    """Do a job in such a process."""
    run_job(EngineJob.model_validate_json(job), lambda note: tell(NOTE.dump_json(note).decode()))


async def _run(job: EngineJob, tell: Tell) -> None:
    backend: Backend | None = None
    try:
        if job.assisted is not None:
            backend = GenerateBackend(job.model or job.spec.partition(":")[2], job.assisted)
            drafts = backend.drafts
        else:
            backend = create_backend(job.spec, model=job.model, **job.settings)
            drafts = drafts_of(engine_entry(job.spec).kind, job.spec)
        await _use(job, backend, drafts, tell)
    except SotError as error:
        _refuse(job, None, error, tell)
    except asyncio.CancelledError:  # Ctrl-C does not wait for a model that is still being loaded
        if backend is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LEAVE_S):
                    await backend.aclose()
        raise
    finally:
        if backend is not None:
            await backend.aclose()


async def _use(job: EngineJob, backend: Backend, drafts: DraftReader, tell: Tell) -> None:
    info = await backend.info()
    options = dict(job.options)
    scripted: ScriptedText | None = None
    if job.lengths is not None:
        lengths = parse_lengths(job.lengths)
        scripted = ScriptedText(backend, lengths)
        options |= room_for(lengths, options)
    recorder = RecordingBackend(scripted or backend)
    meter = NoMeter() if job.simulated else find_meter()
    probes = Probes(recorder=recorder, scripted=scripted, drafts=drafts, joules=meter.joules)
    tell(Ready(accelerator=job.accelerator, backend=info.backend, model=info.model, energy=meter.name))
    routers = {router_of(method) for method in job.methods}
    ways = {name: SkeletonOfThought(recorder, router=name, **options) for name in routers}
    try:
        able = await _warm(job, ways, probes, tell)
        for one in job.left:
            if one.strategy in able:
                tell(await measure(ways[router_of(one.strategy)], one, probes))
    finally:
        meter.close()


async def _warm(job: EngineJob, ways: dict[str, SkeletonOfThought], probes: Probes, tell: Tell) -> set[str]:
    """Warm up, and find out which methods the engine can do."""
    able: set[str] = set()
    warm_up = warm_up_question(job.left[0].question)
    for method in job.methods:
        if job.assisted is not None and has_parts(method):
            tell(Refused(accelerator=job.accelerator, method=method, reason=_ONE_AT_A_TIME))
            continue
        try:
            await measure(ways[router_of(method)], Job(warm_up, method, 1), probes)
            able.add(method)
        except SotError as error:
            _refuse(job, method, error, tell)
        tell(f"warm-up: {method}")
    return able


def _refuse(job: EngineJob, method: str | None, error: SotError, tell: Tell) -> None:
    # What is not installed will not be there for the next engine either.
    if not job.tolerant or isinstance(error, MissingDependencyError):
        raise error
    tell(Refused(accelerator=job.accelerator, method=method, reason=str(error)))
