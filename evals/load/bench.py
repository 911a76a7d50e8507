"""``sot bench load``: answers under load, policy by policy."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sot.backends.replay import ReplayBackend
from sot.backends.replay.virtual_time import run_virtually

from sot.cli.shown import json_line
from sot.engine_profile import EngineProfile
from sot.errors import ConfigError, SotError
from sot.terminal import one_line
from sot.types import BackendInfo

from ..latency.machine import describe_machine
from ..machine import cores
from .arrivals import Arrival, duration_of, poisson, read_traces
from .at_load import Found, Load, Told, at_load, at_load_alone, is_simulated, setting_of
from .driver import EACH, Setting, closed_loop, find_capacity, warm_up
from .lean import Policy
from .options import DEFAULT_LOADS, LoadBench, parse_numbers, parse_policies
from .progress import Progress
from .report import SAMPLES, LoadReport, begin_folder, keep_samples
from .sample import Sample
from .side_by_side import side_by_side
from .worker import LoadJob

_REAL_S = 60.0  # seconds of arrivals, unless given
_SIMULATED_ANSWERS = 2000  # arrivals at capacity, unless a duration is given: a 95th percentile needs many
_FEW_ANSWERS = 500  # simulated sooner than a process begins
_TOGETHER = 32  # answers at once that fill an engine which does not say how many it takes


def run_load(bench: LoadBench, *, as_json: bool) -> None:
    """Measure and print the figures.

    Args:
        bench: The options.
        as_json: Print one JSON object.

    Raises:
        ConfigError: An option makes no sense.
        SotError: The engine fails.
    """
    policies = parse_policies(bench.policies)
    traces = read_traces(bench.trace) if bench.trace is not None else []
    setting = setting_of(bench)
    if bench.out is not None:  # before the measurement, not after it
        if bench.trace is not None and bench.trace.resolve() == (bench.out / SAMPLES).resolve():
            raise ConfigError("--out: the trace is in this folder and would be lost; choose another one")
        begin_folder(bench.out)
    work = _Work(bench, setting, policies, traces)
    with Progress() as progress:
        report = work.simulated(progress) if is_simulated(bench) else asyncio.run(work.measured(progress))
    if bench.out is not None:
        report.write(bench.out)
    print(json_line(report.model_dump()) if as_json else report.markdown())
    if work.failure is not None:
        raise work.failure


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be measured, on what.

    Args:
        info: The engine.
        started: When the measurement began.
        idle_s: Seconds of a normal answer on the idle engine.
        capacity: Normal answers a second at load 100%.
        loads: The loads.
        arrivals: How they came about, for people.
    """

    info: BackendInfo
    started: str
    idle_s: float
    capacity: float
    loads: Sequence[Load]
    arrivals: str


class _Work:
    def __init__(
        self,
        bench: LoadBench,
        setting: Setting,
        policies: Sequence[Policy],
        traces: Sequence[Sequence[Arrival]],
    ) -> None:
        self.failure: SotError | None = None  # what ended the measurement early
        self._bench, self._setting, self._policies = bench, setting, policies
        self._traces = traces

    async def measured(self, progress: Progress) -> LoadReport:
        """One load after the other on a real engine; what fails later does not lose what was measured."""
        found: list[Found] = []
        try:
            plan = await self._prepared(progress)
            for load in plan.loads:
                try:
                    found.append(await self._at(load, progress))
                except SotError as error:
                    if not found:
                        raise
                    self.failure = error
                    break
        finally:
            await self._setting.backend.aclose()
        return self._report(plan, found)

    def simulated(self, progress: Progress) -> LoadReport:
        """In simulated time; the loads side by side on this machine's cores where that is worth it."""

        async def prepared() -> _Plan:
            try:
                return await self._prepared(progress)
            finally:
                await self._setting.backend.aclose()

        plan = run_virtually(prepared())
        together = min(cores(), len(plan.loads))
        answers = len(self._policies) * sum(len(load.coming) for load in plan.loads)
        if together == 1 or answers <= _FEW_ANSWERS:
            return self._report(plan, [self._alone(load, progress) for load in plan.loads])
        jobs = [LoadJob(bench=self._bench, policies=list(self._policies), load=load) for load in plan.loads]
        name = f"{len(jobs)} loads, {together} at a time"
        progress.say(name)
        done = asyncio.run(side_by_side(jobs, together, partial(_say, progress, name, answers)))
        for one in done:
            self._keep(one.samples)
        return self._report(plan, [one.found for one in done])

    def _alone(self, load: Load, progress: Progress) -> Found:
        return run_virtually(at_load_alone(self._bench, self._policies, load, self._told(progress)))

    async def _at(self, load: Load, progress: Progress) -> Found:
        return await at_load(self._bench, self._setting, self._policies, load, self._told(progress))

    def _told(self, progress: Progress) -> Told:
        name, answers = "", 0

        def begins(what: str, many: int) -> None:
            nonlocal name, answers
            name, answers = what, many

        return Told(begins, lambda done: _say(progress, name, answers, done), self._keep)

    def _keep(self, samples: Sequence[Sample]) -> None:
        if self._bench.out is not None:
            keep_samples(self._bench.out, samples)

    async def _prepared(self, progress: Progress) -> _Plan:
        bench, setting = self._bench, self._setting
        started = datetime.now().astimezone().isoformat(timespec="seconds")
        progress.say("starting the engine")
        info = await setting.backend.info()
        progress.say("warm-up")
        idle = await warm_up(setting)
        capacity = bench.capacity
        if capacity is None:
            most = 2 * (info.max_batch or _known(setting.profile) or _TOGETHER)
            capacity = await self._capacity(most, progress)
        coming, arrivals = self._coming(capacity)
        loads = [Load(load, own, bench.deadline or 2 * idle) for load, own in coming]
        return _Plan(info, started, idle, capacity, loads, arrivals)

    def _report(self, plan: _Plan, found: Sequence[Found]) -> LoadReport:
        backend = self._setting.backend
        machine = backend.profile.machine if isinstance(backend, ReplayBackend) else describe_machine()
        return LoadReport(
            kind="simulated" if is_simulated(self._bench) else "measured",
            backend=one_line(plan.info.backend),
            model=one_line(plan.info.model),
            machine=one_line(machine),
            started=plan.started,
            capacity=plan.capacity,
            idle_s=plan.idle_s,
            deadline_s=plan.loads[0].deadline_s,
            seed=self._bench.seed,
            arrivals=plan.arrivals,
            lengths="forced" if self._setting.shapes else "as the model writes",
            rows=[row for one in found for row in one.rows],
            against=[against for one in found for against in one.against],
        )

    async def _capacity(self, most: int, progress: Progress) -> float:
        """Normal answers a second of an engine that never runs out of them."""
        if self._bench.together or is_simulated(self._bench):
            together = self._bench.together or most
            progress.say(f"capacity, with {together} answers at once")
            return await closed_loop(self._setting, together, EACH * together)
        return await find_capacity(
            self._setting, most, lambda together: progress.say(f"capacity, with {together} answers at once")
        )

    def _coming(self, capacity: float) -> tuple[Sequence[tuple[float, Sequence[Arrival]]], str]:
        """The loads with their arrivals, and how these came about."""
        bench = self._bench
        if traces := self._traces:
            rates = [len(trace) / duration_of(trace) / capacity for trace in traces]
            count = sum(len(trace) for trace in traces)
            return list(zip(map(_shown, rates), traces, strict=True)), f"{count} recorded arrivals"
        if bench.rates is not None:
            loads = [rate / capacity for rate in parse_numbers("--rates", bench.rates)]
        else:
            loads = list(parse_numbers("--loads", bench.loads or DEFAULT_LOADS))
        duration = bench.duration or (_SIMULATED_ANSWERS / capacity if is_simulated(bench) else _REAL_S)
        coming = [(_shown(load), poisson(load * capacity, duration, bench.seed)) for load in loads]
        for load, own in coming:
            if not own:
                raise ConfigError(
                    f"at load {load:.0%} no question arrives in {duration:g} s: take a longer --duration"
                )
        return coming, f"random arrivals (Poisson, seed {bench.seed}) for {duration:.0f} s"


def _say(progress: Progress, name: str, answers: int, done: int) -> None:
    progress.say(f"{name}: {done} of {answers} answers")


def _shown(load: float) -> float:
    return float(f"{load:.4g}")


def _known(profile: EngineProfile | None) -> int | None:
    return None if profile is None else profile.max_batch
