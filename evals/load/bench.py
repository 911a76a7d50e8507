"""``sot bench load``: answers under load, policy by policy."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from functools import partial
from random import Random
from typing import Any

from sot.backends.replay import ReplayBackend
from sot.backends.replay.virtual_time import run_virtually

from sot.cli.shown import json_line
from sot.engine_profile import EngineProfile, read_profile
from sot.errors import ConfigError, SotError
from sot.registry import create_backend, resolve_spec
from sot.terminal import one_line
from sot.types import Backend

from ..latency.machine import describe_machine
from ..question_files import SUITABLE, read_questions
from .arrivals import Arrival, cut, duration_of, poisson, read_traces
from .driver import EACH, Setting, closed_loop, find_capacity, open_loop, warm_up
from .forced import ForcedLengths
from .lean import Policy
from .options import DEFAULT_LOADS, LoadBench, parse_numbers, parse_policies
from .progress import Progress
from .report import SAMPLES, LoadReport, begin_folder, keep_samples
from .sample import Sample
from .shapes import shapes
from .summary import Against, Row, compare, last_end, summarise, with_rounds

_REAL_S = 60.0  # seconds of arrivals, unless given
_SIMULATED_ANSWERS = 500  # arrivals at capacity, unless a duration is given
_SHAPES = 997
_TOGETHER = 32  # answers at once that fill an engine which does not say how many it takes
_HTTP_IN_FLIGHT = 4096


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
    spec = resolve_spec(bench.backend)
    simulated = spec.lower().startswith("replay:")
    backend = _backend(bench, spec)
    questions = read_questions(bench.questions or SUITABLE)
    profile = read_profile(bench.profile) if bench.profile is not None else None
    if isinstance(backend, ReplayBackend):
        profile = profile or backend.profile
    setting = Setting(
        ForcedLengths(backend) if bench.forced and not simulated else backend,
        questions,
        profile,
        shapes(bench.seed, _SHAPES) if simulated or bench.forced else (),
        {"max_tokens": bench.max_tokens, "max_point_tokens": bench.max_point_tokens},
    )
    if bench.out is not None:  # before the measurement, not after it
        if bench.trace is not None and bench.trace.resolve() == (bench.out / SAMPLES).resolve():
            raise ConfigError("--out: the trace is in this folder and would be lost; choose another one")
        begin_folder(bench.out)
    work = _Work(bench, setting, policies, traces, simulated=simulated)
    run: Callable[[Coroutine[Any, Any, LoadReport]], LoadReport] = run_virtually if simulated else asyncio.run
    report = run(work.run())
    if bench.out is not None:
        report.write(bench.out)
    print(json_line(report.model_dump()) if as_json else report.markdown())
    if work.failure is not None:
        raise work.failure


def _backend(bench: LoadBench, spec: str) -> Backend:
    settings: dict[str, Any] = {}
    if spec.lower().startswith(("http:", "https:")):
        settings["max_in_flight"] = _HTTP_IN_FLIGHT  # an open loop holds nothing back
    if bench.engine_args:
        if not spec.lower().startswith("vllm:"):
            raise ConfigError("--engine-arg is for vllm: backends; a server has options of its own")
        settings["engine_args"] = bench.engine_args
    return create_backend(spec, model=bench.model, **settings)


class _Work:
    def __init__(
        self,
        bench: LoadBench,
        setting: Setting,
        policies: Sequence[Policy],
        traces: Sequence[Sequence[Arrival]],
        *,
        simulated: bool,
    ) -> None:
        self.failure: SotError | None = None  # what ended the measurement early
        self._bench, self._setting, self._policies, self._simulated = bench, setting, policies, simulated
        self._traces = traces

    async def run(self) -> LoadReport:
        backend = self._setting.backend
        try:
            return await self._measured()
        finally:
            await backend.aclose()

    async def _measured(self) -> LoadReport:
        bench, setting = self._bench, self._setting
        started = datetime.now().astimezone().isoformat(timespec="seconds")
        with Progress() as progress:
            progress.say("starting the engine")
            info = await setting.backend.info()
            progress.say("warm-up")
            idle = await warm_up(setting)
            capacity = bench.capacity
            if capacity is None:
                most = 2 * (info.max_batch or _known(setting.profile) or _TOGETHER)
                capacity = await self._capacity(most, progress)
            plan, arrivals = self._plan(capacity)
            deadline = bench.deadline or 2 * idle
            rows: list[Row] = []
            against: list[Against] = []
            for load, coming in plan:
                try:
                    found, compared = await self._at(load, coming, deadline, progress)
                    rows += found
                    against += compared
                except SotError as error:
                    if not rows:
                        raise
                    self.failure = error  # what was measured before is shown nevertheless
                    break
        backend = setting.backend
        machine = backend.profile.machine if isinstance(backend, ReplayBackend) else describe_machine()
        return LoadReport(
            kind="simulated" if self._simulated else "measured",
            backend=one_line(info.backend),
            model=one_line(info.model),
            machine=one_line(machine),
            started=started,
            capacity=capacity,
            idle_s=idle,
            deadline_s=deadline,
            seed=bench.seed,
            arrivals=arrivals,
            lengths="forced" if setting.shapes else "as the model writes",
            rows=rows,
            against=against,
        )

    async def _capacity(self, most: int, progress: Progress) -> float:
        """Normal answers a second of an engine that never runs out of them."""
        if self._bench.together or self._simulated:
            together = self._bench.together or most
            progress.say(f"capacity, with {together} answers at once")
            return await closed_loop(self._setting, together, EACH * together)
        return await find_capacity(
            self._setting, most, lambda together: progress.say(f"capacity, with {together} answers at once")
        )

    async def _at(
        self, load: float, coming: Sequence[Arrival], deadline: float, progress: Progress
    ) -> tuple[list[Row], list[Against]]:
        """All policies at one load, in turns: a machine that becomes slower meets all of them alike."""
        bench, setting = self._bench, self._setting
        duration = bench.duration or duration_of(coming)
        each = duration / bench.rounds
        drain = bench.drain or (None if self._simulated else max(each, 3 * deadline))
        asking = {policy: setting.asking(policy) for policy in self._policies}
        taken: dict[Policy, list[Sample]] = {policy: [] for policy in self._policies}
        spans = dict.fromkeys(self._policies, 0.0)
        by_round: list[Against] = []
        for number, part in enumerate(cut(coming, duration, bench.rounds)):
            if not part:
                continue
            rows: list[Row] = []
            draw = Random(f"{bench.seed} {load} {number}")
            for policy in draw.sample(list(self._policies), len(self._policies)):
                name = f"load {load:.0%}, {policy}" + (f", round {number + 1}" if bench.rounds > 1 else "")
                samples = await open_loop(
                    setting,
                    part,
                    policy,
                    load=load,
                    sot=asking[policy],
                    drain_s=drain,
                    progress=partial(_say, progress, name, len(part)),
                )
                if bench.out is not None:
                    keep_samples(bench.out, [sample.later(number * each) for sample in samples])
                rows.append(summarise(samples, duration_s=each, deadline_s=deadline))
                spans[policy] += last_end(samples, each)
                taken[policy] += samples
            by_round += compare(rows)
        rows = [
            summarise(taken[policy], duration_s=duration, deadline_s=deadline, span_s=spans[policy])
            for policy in self._policies
        ]
        return rows, with_rounds(compare(rows), by_round)

    def _plan(self, capacity: float) -> tuple[Sequence[tuple[float, Sequence[Arrival]]], str]:
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
        duration = bench.duration or (_SIMULATED_ANSWERS / capacity if self._simulated else _REAL_S)
        plan = [(_shown(load), poisson(load * capacity, duration, bench.seed)) for load in loads]
        for load, coming in plan:
            if not coming:
                raise ConfigError(
                    f"at load {load:.0%} no question arrives in {duration:g} s: take a longer --duration"
                )
        return plan, f"random arrivals (Poisson, seed {bench.seed}) for {duration:.0f} s"


def _say(progress: Progress, name: str, answers: int, done: int) -> None:
    progress.say(f"{name}: {done} of {answers} answers")


def _shown(load: float) -> float:
    return float(f"{load:.4g}")


def _known(profile: EngineProfile | None) -> int | None:
    return None if profile is None else profile.max_batch
