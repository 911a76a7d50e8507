"""``sot bench load``: answers under load, policy by policy."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence, Sized
from functools import partial
from typing import Literal

from sot.backends.replay import ReplayBackend
from sot.backends.replay.virtual_time import run_virtually
from sot.backends.torch_engine.cores import available_cores
from sot.errors import ConfigError, SotError
from sot.load.profile import EngineProfile, read_profile
from sot.terminal import json_line, one_line
from sot.types import Backend

from ..latency.machine import describe_machine
from ..question_files import SUITABLE, read_questions
from .arrivals import Arrival, read_traces
from .at_load import Found, Told, at_load
from .driver import Setting
from .folder import SAMPLES, LoadFolder
from .forced import ForcedLengths
from .options import LoadOptions
from .plan import Plan, make_plan
from .policies import Policy, parse_policies
from .progress import Progress
from .report import LoadReport
from .sample import Sample
from .shapes import SHAPES, shapes
from .side_by_side import Simulated, side_by_side
from .simulated_load import SimulatedEngine, SimulatedLoad
from .worker import LoadJob

_FEW_ANSWERS = 500  # simulated sooner than a process begins
_IN_FLIGHT = 4096  # at a server: an open loop holds nothing back


def run_load(options: LoadOptions) -> None:
    """Measure and print the figures.

    Raises:
        ConfigError: An option makes no sense.
        SotError: The engine fails.
    """
    policies = parse_policies(options.policies)
    traces = read_traces(options.trace) if options.trace is not None else []
    backend = options.engine.make(max_in_flight=_IN_FLIGHT)
    questions = read_questions(options.questions or SUITABLE)
    profile = read_profile(options.profile) if options.profile is not None else None
    folder: LoadFolder | None = None
    if options.out is not None:  # before the measurement, not after it
        if options.trace is not None and options.trace.resolve() == (options.out / SAMPLES).resolve():
            raise ConfigError("--out: the trace is in this folder and would be lost; choose another one")
        folder = LoadFolder(options.out)
    with Progress() as progress:
        work = _Work(options, policies, traces, progress, folder)
        if isinstance(backend, ReplayBackend):
            report = work.simulated(backend, questions, profile)
        else:
            report = asyncio.run(work.measured(backend, questions, profile))
    if folder is not None:
        folder.write(report)
    print(json_line(report.model_dump()) if options.as_json else report.markdown())
    if work.failure is not None:
        raise work.failure


class _Work:
    def __init__(
        self,
        options: LoadOptions,
        policies: Sequence[Policy],
        traces: Sequence[Sequence[Arrival]],
        progress: Progress,
        folder: LoadFolder | None,
    ) -> None:
        self.failure: SotError | None = None  # what ended the measurement early
        self._folder = folder
        self._options, self._policies, self._traces, self._progress = options, policies, traces, progress

    async def measured(
        self, backend: Backend, questions: Sequence[str], profile: EngineProfile | None
    ) -> LoadReport:
        """One load after the other on a real engine."""
        options = self._options
        setting = Setting(
            ForcedLengths(backend) if options.forced else backend,
            questions,
            profile,
            shapes(options.seed, SHAPES) if options.forced else (),
            options.limits.settings(),
        )
        found: list[Found] = []
        try:
            plan = await make_plan(options, setting, self._traces, self._progress.say)
            for load in plan.loads:
                try:
                    found.append(await at_load(setting, self._policies, load, self._told()))
                except SotError as error:
                    self._failed(error, found)
                    break
        finally:
            await backend.aclose()
        lengths = "forced" if options.forced else "as the model writes"
        return self._report(plan, found, kind="measured", machine=describe_machine(), lengths=lengths)

    def simulated(
        self, backend: ReplayBackend, questions: Sequence[str], profile: EngineProfile | None
    ) -> LoadReport:
        """In simulated time; the loads side by side on this machine's cores where that is worth it."""
        options = self._options
        engine = SimulatedEngine(
            speed=backend.profile,
            profile=profile or backend.profile,
            questions=list(questions),
            **options.limits.settings(),
            seed=options.seed,
        )
        plan = run_virtually(self._planned(backend, engine))
        loads = [
            SimulatedLoad(engine=engine, policies=list(self._policies), load=load) for load in plan.loads
        ]
        together, answers = min(available_cores(), len(loads)), len(self._policies) * plan.questions
        if together > 1 and answers > _FEW_ANSWERS:
            found = self._side_by_side(loads, together, answers)
        else:
            found = self._one_by_one(loads)
        machine = backend.profile.machine
        return self._report(plan, found, kind="simulated", machine=machine, lengths="forced")

    async def _planned(self, backend: ReplayBackend, engine: SimulatedEngine) -> Plan:
        try:
            setting = engine.setting(backend)
            return await make_plan(self._options, setting, self._traces, self._progress.say)
        finally:
            await backend.aclose()

    def _one_by_one(self, loads: Sequence[SimulatedLoad]) -> list[Found]:
        found: list[Found] = []
        for load in loads:
            try:
                found.append(load.run(self._told()))
            except SotError as error:
                self._failed(error, found)
                break
        return found

    def _side_by_side(self, loads: Sequence[SimulatedLoad], together: int, answers: int) -> list[Found]:
        name = f"{len(loads)} loads, {together} at a time"
        self._progress.say(name)
        done: dict[int, Simulated] = {}
        working = side_by_side(
            [LoadJob(simulated=load, keep=self._options.out is not None) for load in loads],
            together,
            answered=partial(_say, self._progress, name, answers),
            finished=done.__setitem__,
        )
        try:
            asyncio.run(working)
        except SotError as error:
            self._failed(error, done)
        finally:  # also where it was interrupted
            for number in sorted(done):
                self._keep(done[number].samples)
        return [done[number].found for number in sorted(done)]

    def _failed(self, error: SotError, found: Sized) -> None:
        """What was found before is shown nevertheless, if there is any."""
        if not found:
            raise error
        self.failure = error

    def _told(self) -> Told:
        name, answers = "", 0

        def begins(what: str, many: int) -> None:
            nonlocal name, answers
            name, answers = what, many

        return Told(begins, lambda done: _say(self._progress, name, answers, done), self._keep)

    def _keep(self, samples: Sequence[Sample]) -> None:
        if self._folder is not None:
            self._folder.keep(samples)

    def _report(
        self,
        plan: Plan,
        found: Sequence[Found],
        *,
        kind: Literal["measured", "simulated"],
        machine: str,
        lengths: Literal["forced", "as the model writes"],
    ) -> LoadReport:
        return LoadReport(
            kind=kind,
            backend=one_line(plan.info.backend),
            model=one_line(plan.info.model),
            machine=one_line(machine),
            started=plan.started,
            capacity=plan.capacity,
            idle_s=plan.idle_s,
            deadline_s=plan.deadline_s,
            seed=self._options.seed,
            arrivals=plan.arrivals,
            lengths=lengths,
            rows=[row for one in found for row in one.rows],
            against=[against for one in found for against in one.against],
        )


def _say(progress: Progress, name: str, answers: int, done: int) -> None:
    progress.say(f"{name}: {done} of {answers} answers")
