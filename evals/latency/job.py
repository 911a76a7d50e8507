"""All answers of one engine: what to do, doing it, and what is told meanwhile.

A job can run in this process or, as JSON, in a child process (`worker`), whose memory goes back to the
system when its engine is done.
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

from ..child import Failed
from .accelerators import Assisted
from .assisted import GenerateBackend
from .energy import NoMeter, find_meter
from .engines import DraftReader, drafts_of
from .interleave import Key, compare, warm_up
from .lengths import parse_lengths
from .methods import is_skeleton
from .probes import Probes
from .recording import RecordingBackend
from .sample import Sample
from .scripted_text import ScriptedText

_FAR = 100
_LEAVE_S = 0.5
_ONE_AT_A_TIME = "transformers' generate decodes one sequence at a time: no points side by side"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Job(_Strict):
    """What one engine is to do.

    Args:
        spec: The backend spec.
        model: The model's name, where the spec does not say it.
        settings: The engine's own options.
        assisted: Decode by transformers' ``generate`` instead.
        accelerator: What the samples say of the engine.
        methods: Names of `methods.METHODS`.
        questions: The questions.
        categories: Their categories, where known.
        repeat: How often every question is asked.
        seed: Of the order.
        options: Settings of the answers, by their names in `sot.options.Options`.
        lengths: The lengths to force, as `lengths.parse_lengths` reads them.
        done: Answers that are there already.
        tolerant: What the engine refuses is told as `Refused`, and the rest goes on.
    """

    spec: str
    model: str | None = None
    settings: dict[str, Any] = {}
    assisted: Assisted | None = None
    accelerator: str = "none"
    methods: list[str]
    questions: list[str]
    categories: dict[str, str] = {}
    repeat: int = 1
    seed: int = 0
    options: dict[str, Any] = {}
    lengths: str | None = None
    done: list[Key] = []
    tolerant: bool = False

    @property
    def simulated(self) -> bool:
        """Whether the engine only tells what another one would take."""
        return engine_entry(self.spec).simulated


class Ready(_Strict):
    """The engine has started."""

    kind: Literal["ready"] = "ready"
    accelerator: str
    backend: str
    model: str
    energy: str


class Progress(_Strict):
    """A line for people."""

    kind: Literal["progress"] = "progress"
    line: str


class Taken(_Strict):
    """One more answer."""

    kind: Literal["taken"] = "taken"
    sample: Sample


class Refused(_Strict):
    """What the engine does not do: a method, or everything (``method`` is ``None``)."""

    kind: Literal["refused"] = "refused"
    accelerator: str
    method: str | None
    reason: str


Note = Annotated[Ready | Progress | Taken | Refused | Failed, Field(discriminator="kind")]
NOTE: TypeAdapter[Note] = TypeAdapter(Note)


def run_job(job: Job, tell: Callable[[Note], None]) -> None:
    """Do a job in an event loop of its own; that of a simulated engine does not wait for its clock.

    Args:
        job: What to do.
        tell: Takes what happens.

    Raises:
        SotError: As `do` does.
    """
    if job.simulated:
        run_virtually(do(job, tell))
    else:
        asyncio.run(do(job, tell))


async def do(job: Job, tell: Callable[[Note], None]) -> None:
    """Do a job.

    Args:
        job: What to do.
        tell: Takes what happens.

    Raises:
        SotError: The engine cannot be used, or fails; only of a job that is not tolerant.
    """
    try:
        backend, drafts = _open(job)
    except SotError as error:
        _refuse(job, None, error, tell)
        return
    try:
        await _do(job, backend, drafts, tell)
    except asyncio.CancelledError:  # Ctrl-C does not wait for a model that is still being loaded
        with suppress(TimeoutError):
            async with asyncio.timeout(_LEAVE_S):
                await backend.aclose()
        raise
    finally:
        await backend.aclose()


async def _do(job: Job, backend: Backend, drafts: DraftReader, tell: Callable[[Note], None]) -> None:
    try:
        info = await backend.info()
    except SotError as error:
        _refuse(job, None, error, tell)
        return
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

    def progress(line: str) -> None:
        tell(Progress(line=line))

    try:
        async with SkeletonOfThought(recorder, **options) as sot:
            methods = await _warm(job, sot, probes, progress, tell)
            await compare(
                sot,
                job.questions,
                methods,
                seed=job.seed,
                repeat=job.repeat,
                accelerator=job.accelerator,
                categories=job.categories,
                done=job.done,
                warm=True,
                probes=probes,
                keep=lambda sample: tell(Taken(sample=sample)),
                progress=progress,
            )
    except SotError as error:
        _refuse(job, None, error, tell)
    finally:
        meter.close()


async def _warm(
    job: Job,
    sot: SkeletonOfThought,
    probes: Probes,
    progress: Callable[[str], None],
    tell: Callable[[Note], None],
) -> list[str]:
    """Warm up, and find out which methods the engine can do."""
    able: list[str] = []
    for method in job.methods:
        if job.assisted is not None and is_skeleton(method):
            tell(Refused(accelerator=job.accelerator, method=method, reason=_ONE_AT_A_TIME))
            continue
        try:
            await warm_up(sot, [method], probes=probes, progress=progress)
            able.append(method)
        except SotError as error:
            _refuse(job, method, error, tell)
    return able


def _open(job: Job) -> tuple[Backend, DraftReader]:
    if job.assisted is not None:
        made = GenerateBackend(job.model or job.spec.partition(":")[2], job.assisted)
        return made, made.drafts
    backend = create_backend(job.spec, model=job.model, **job.settings)
    return backend, drafts_of(engine_entry(job.spec).kind, job.spec)


def _refuse(job: Job, method: str | None, error: SotError, tell: Callable[[Note], None]) -> None:
    # What is not installed will not be there for the next engine either.
    if not job.tolerant or isinstance(error, MissingDependencyError):
        raise error
    tell(Refused(accelerator=job.accelerator, method=method, reason=str(error)))
