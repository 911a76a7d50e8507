"""Job of one engine in a latency run: its answers in order, and what is told meanwhile.

A job runs in this process or, as JSON, in a child, whose memory goes back to the system when it is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from sot import SkeletonOfThought
from sot.backends.replay.virtual_time import run_virtually
from sot.errors import MissingDependencyError, SotError
from sot.registry import create_backend, engine_entry
from sot.types import Backend

from ..engines.accelerators import Assisted
from ..engines.generate_backend import GenerateBackend
from ..measure.acceptance import DraftReader, drafts_of
from ..measure.energy import NoMeter, find_meter
from ..measure.forced_lengths import ScriptedText, parse_lengths
from ..measure.manifest import Refused
from ..measure.measure import WARM_UP, Probes, measure
from ..measure.methods import is_skeleton, router_of
from ..measure.recorder import RecordingBackend
from ..run.child import run_in_child
from ..run.plan import Job
from ..run.records import AnswerRecord

_FAR = 100
_LEAVE_S = 0.5
_END_S = 20.0  # an engine's own processes need a while to end
_ONE_AT_A_TIME = "transformers' generate decodes one sequence at a time: no points side by side"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EngineJob(_Strict):
    """Answers that one engine is to make.

    Args:
        model: The model's name, where the spec does not say it.
        settings: The engine's own options.
        assisted: Decode by transformers' ``generate`` instead.
        left: The answers, in order; their engine is the accelerator's name.
        options: Settings of the answers, by their names in `sot.options.Options`.
        lengths: Lengths to force, as `forced_lengths.parse_lengths` reads them.
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


class Ready(_Strict):
    """Note that the engine has started."""

    kind: Literal["ready"] = "ready"
    accelerator: str
    backend: str
    model: str
    energy: str


class Line(_Strict):
    """Line for people."""

    kind: Literal["line"] = "line"
    text: str


class Taken(_Strict):
    """One more answer."""

    kind: Literal["taken"] = "taken"
    record: AnswerRecord


class Refusal(_Strict):
    """Refusal of a method, or of everything, by the engine."""

    kind: Literal["refused"] = "refused"
    refused: Refused


Note = Annotated[Ready | Line | Taken | Refusal, Field(discriminator="kind")]
Tell = Callable[[Note], None]
NOTE: TypeAdapter[Note] = TypeAdapter(Note)


def run_job_apart(job: EngineJob, tell: Tell) -> None:
    """Do a job in a process of its own.

    Raises:
        ConfigError: The job makes no sense.
        EngineError: The engine, or the process, failed.
    """
    run_in_child(f"{__name__}:job_of_child", job, NOTE, tell, end_s=_END_S)


def job_of_child(job: str, tell: Callable[[str], None]) -> None:
    """Do a job in such a process."""
    run_job(EngineJob.model_validate_json(job), lambda note: tell(NOTE.dump_json(note).decode()))


def run_job(job: EngineJob, tell: Tell) -> None:
    """Do a job in an event loop of its own; that of a simulated engine does not wait for its clock.

    Raises:
        SotError: The engine cannot be used, or fails; only of a job that is not tolerant.
    """
    if job.simulated:
        run_virtually(_run(job, tell))
    else:
        asyncio.run(_run(job, tell))


async def _run(job: EngineJob, tell: Tell) -> None:
    try:
        backend, drafts = _open(job)
    except SotError as error:
        _refuse(job, None, error, tell)
        return
    try:
        await _use(job, backend, drafts, tell)
    except SotError as error:
        _refuse(job, None, error, tell)
    except asyncio.CancelledError:  # Ctrl-C does not wait for a model that is still being loaded
        with suppress(TimeoutError):
            async with asyncio.timeout(_LEAVE_S):
                await backend.aclose()
        raise
    finally:
        await backend.aclose()


async def _use(job: EngineJob, backend: Backend, drafts: DraftReader, tell: Tell) -> None:
    info = await backend.info()
    lengths = parse_lengths(job.lengths) if job.lengths is not None else None
    scripted = ScriptedText(backend, lengths) if lengths is not None else None
    recorder = RecordingBackend(scripted or backend)
    options = dict(job.options)
    if lengths is not None:
        count = len(lengths.points)
        # Usual limits are far from usual lengths; near its limit a point's text is held back.
        limit = max(options.get("max_point_tokens", 0), max(lengths.points) + _FAR)
        options |= {"max_points": count + 1, "max_point_tokens": limit}
        options |= {"max_parallel": count + 1, "max_in_flight": 2 * count + 2}
    meter = NoMeter() if job.simulated else find_meter()
    probes = Probes(recorder=recorder, scripted=scripted, drafts=drafts, joules=meter.joules)
    tell(Ready(accelerator=job.accelerator, backend=info.backend, model=info.model, energy=meter.name))
    routers = {router_of(method) for method in job.methods}
    ways = {name: SkeletonOfThought(recorder, router=name, **options) for name in routers}
    try:
        able = await _warm(job, ways, probes, tell)
        for one in job.left:
            if one.strategy in able:
                tell(Taken(record=await measure(ways[router_of(one.strategy)], one, probes)))
    finally:
        meter.close()


async def _warm(job: EngineJob, ways: dict[str, SkeletonOfThought], probes: Probes, tell: Tell) -> set[str]:
    """Warm up, and find out which methods the engine can do."""
    able: set[str] = set()
    for method in job.methods:
        if job.assisted is not None and is_skeleton(method):
            reason = _ONE_AT_A_TIME
            tell(Refusal(refused=Refused(accelerator=job.accelerator, method=method, reason=reason)))
            continue
        try:
            await measure(ways[router_of(method)], Job(WARM_UP, method, 1), probes)
            able.add(method)
        except SotError as error:
            _refuse(job, method, error, tell)
        tell(Line(text=f"warm-up: {method}"))
    return able


def _open(job: EngineJob) -> tuple[Backend, DraftReader]:
    if job.assisted is not None:
        made = GenerateBackend(job.model or job.spec.partition(":")[2], job.assisted)
        return made, made.drafts
    backend = create_backend(job.spec, model=job.model, **job.settings)
    return backend, drafts_of(engine_entry(job.spec).kind, job.spec)


def _refuse(job: EngineJob, method: str | None, error: SotError, tell: Tell) -> None:
    # What is not installed will not be there for the next engine either.
    if not job.tolerant or isinstance(error, MissingDependencyError):
        raise error
    tell(Refusal(refused=Refused(accelerator=job.accelerator, method=method, reason=str(error))))
