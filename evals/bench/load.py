"""``sot bench load``: answers under load, policy by policy."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from itertools import chain, count
from typing import Any, Self

from pydantic import Field, TypeAdapter

from sot.backends.replay import ReplayBackend
from sot.backends.replay.virtual_time import run_virtually
from sot.backends.torch_engine.cores import available_cores
from sot.errors import ConfigError, SotError
from sot.load.profile import EngineProfile, read_profile
from sot.terminal import json_line, one_line, shown_spec
from sot.types import BackendInfo

from ..dataset.load import load_questions
from ..measure.shapes import SHAPES, ForcedLengths, shapes
from ..report.load import LoadReport, LoadRun, figures
from ..report.plots import alone
from ..run.folder import RunFolder
from ..run.machine import describe_machine, session
from ..run.manifest import Manifest, identity_of_packs
from ..run.progress import PLAIN_LINE_S, Progress
from ..run.records import AnswerRecord, Key, latest
from .arrivals import Load, Turn, poisson, read_traces
from .load_turns import Answered, Note, SimulatedLoad, side_by_side, take_turns
from .open_loop import FEW_TOGETHER, Setting, find_capacity, warm_up
from .options import LoadOptions, Policy, parse_numbers, parse_policies

REPORTS = ("report.md", "report.json", "report.html", "load.svg")
_DEFAULT_LOADS = "0.1..1.2"
_FEW_ANSWERS = 500  # simulated sooner than a process begins
_IN_FLIGHT = 4096  # at a server: an open loop holds nothing back
_REAL_S = 60.0  # seconds of arrivals, unless given
_SIMULATED_ANSWERS = 2000  # arrivals at capacity, unless a duration is given: a 95th percentile needs many
_TOGETHER = 32  # answers at once that fill an engine which does not say how many it takes
_NEW_NUMBERS = 100_000  # of questions of a later start: a server may have cached those of an earlier one
_SAME = ("duration", "rounds", "drain", "deadline", "capacity", "together", "seed", "opening")


class LoadManifest(Manifest):
    """Manifest of ``sot bench load``.

    Args:
        run: What was found of the engine; a later start takes it over.
        loads: Offered so far, as shares of the capacity.
        policies: Asked for so far.
    """

    command: str = "sot bench load"
    run: LoadRun
    loads: list[float] = Field(default_factory=list[float])
    policies: list[Policy] = Field(default_factory=list[Policy])

    def compared(self) -> dict[str, object]:
        return {"--opening": True, **super().compared()}  # runs from before the choice had openings

    def extended(self, now: Manifest) -> Self:
        assert isinstance(now, LoadManifest)
        return self.model_copy(
            update={
                "loads": sorted({*self.loads, *now.loads}),
                "policies": parse_policies(",".join([*self.policies, *now.policies])),
                "sessions": [*self.sessions, *now.sessions],
            }
        )


def run_load(options: LoadOptions) -> None:
    """Measure and print the figures.

    Raises:
        ConfigError: An option makes no sense.
        SotError: The engine fails; what was found before is printed.
        KeyboardInterrupt: It was interrupted; likewise.
    """
    failure: SotError | KeyboardInterrupt | None = None
    measurement = _Measurement(options)
    kept = RunFolder(options.out, LoadManifest, reports=REPORTS) if options.out is not None else nullcontext()
    with kept as folder:  # before the measurement, not after it
        with Progress(as_json=options.as_json, every_s=PLAIN_LINE_S) as progress:
            try:
                measurement.run(folder, progress)
            except (SotError, KeyboardInterrupt) as error:
                failure = error
        report = measurement.report()
        if report is None:
            raise failure or SotError("there is no answer to report")
        page = report.page()
        if folder is not None:
            folder.write_report("report.json", report.model_dump_json(indent=1) + "\n")
            folder.write_report("report.md", page.markdown())
            folder.write_report("report.html", page.html())
            folder.write_report("load.svg", alone(report.curve()) + "\n")
    print(json_line(report.model_dump()) if options.as_json else page.markdown().rstrip())
    if failure is not None:
        raise failure


class _Measurement:
    """One start of the command: what is left to measure, and the report on all there is."""

    def __init__(self, options: LoadOptions) -> None:
        self._options = options
        self._policies = parse_policies(options.policies)
        self._traces = read_traces(options.trace) if options.trace is not None else []
        questions = [one.question for one in load_questions(options.questions).questions]
        profile = read_profile(options.profile) if options.profile is not None else None
        files = {"--profile": profile, "--questions": questions, "--trace": self._traces}
        self._hashes = {name: _hash(content) for name, content in files.items()}
        backend = options.engine.make(max_in_flight=_IN_FLIGHT)
        self._speed = backend.profile if isinstance(backend, ReplayBackend) else None
        self._simulated = self._speed is not None
        self._forced = self._simulated or options.forced
        self._setting = Setting(
            ForcedLengths(backend) if self._forced and not self._simulated else backend,
            questions,
            profile or self._speed,
            shapes(options.seed, SHAPES) if self._forced else (),
            {**options.limits.settings(), "opening": options.opening},
            points=not self._simulated,
        )
        self._folder: RunFolder[LoadManifest] | None = None
        self._found: dict[Key, AnswerRecord] = {}
        self._loads: list[Load] = []  # those of earlier starts among them
        self._manifest: LoadManifest

    def run(self, folder: RunFolder[LoadManifest] | None, progress: Progress) -> None:
        """Make the answers that are missing; simulated loads side by side where that is worth it."""
        self._folder, self._progress = folder, progress
        if folder is not None:
            self._found |= latest(folder.records)
        left = (run_virtually if self._simulated else asyncio.run)(self._measure())
        if self._speed is None:
            return
        loads = [
            SimulatedLoad(
                speed=self._speed,
                profile=self._setting.profile or self._speed,
                questions=list(self._setting.questions),
                options=dict(self._setting.options),
                seed=self._options.seed,
                load=load,
                turns=turns,
            )
            for load, turns in left
        ]
        together = min(available_cores(), len(loads))
        if together > 1 and (progress.total or 0) > _FEW_ANSWERS:
            asyncio.run(side_by_side(loads, together, self._tell))
        else:
            for load in loads:
                load.run(self._tell)

    async def _measure(self) -> list[tuple[Load, list[Turn]]]:
        """Find out what is left to do; on a real engine, do it."""
        try:
            left = await self._begin()
            if not self._simulated:
                for load, turns in left:
                    await take_turns(self._setting, load, turns, self._tell)
            return left
        finally:
            await self._setting.backend.aclose()

    async def _begin(self) -> list[tuple[Load, list[Turn]]]:
        """Warm the engine up, find its capacity, and draw the arrivals; returns the turns to take."""
        folder, say = self._folder, self._progress.say
        say("starting the engine")
        info = await self._setting.backend.info()
        identity = self._identity(info)
        before = None if folder is None else folder.manifest
        if folder is not None and before is not None:
            before.refuse_unlike(Manifest(identity=identity), folder.path)
            numbers = count(1 + _NEW_NUMBERS * len(before.sessions))
            self._setting = replace(self._setting, asked=numbers)
        run = before.run if before is not None else await self._found_of(info)
        offered = self._offered(run.capacity)
        policies = self._policies
        now = LoadManifest(identity=identity, sessions=[session()], run=run, loads=offered, policies=policies)
        known = offered if before is None or self._traces else before.extended(now).loads
        self._loads = [self._load(load, place, run) for place, load in enumerate(known)]
        self._manifest = before or now
        left: list[tuple[Load, list[Turn]]] = []
        for load in self._loads:
            turns = [turn for turn in load.turns(policies) if not self._has(load, turn)]
            if turns and load.load in offered:
                left.append((load, turns))
        if left and before is not None:
            say("warm-up")
            await warm_up(self._setting)
        if left and folder is not None:
            self._manifest = folder.begin(now)
        answers = sum(len(load.part(turn.round)) for load, turns in left for turn in turns)
        self._progress.begin("first answer", answers)
        return left

    def _identity(self, info: BackendInfo) -> dict[str, Any]:
        """Values that all answers of a folder share."""
        options = self._options
        return {
            "backend": shown_spec(info.backend),
            "model": info.model,
            "machine": None if self._simulated else describe_machine(),
            "simulated speed": _hash(self._speed),
            "engine options": list(options.engine.engine_args),
            **self._hashes,
            "--forced-lengths": options.forced,
            **{f"--{name}": getattr(options, name) for name in _SAME},
            **options.limits.settings(),
            **identity_of_packs(),
        }

    def _offered(self, capacity: float) -> list[float]:
        """The loads that this start offers, as shares of the capacity."""
        options = self._options
        if self._traces:
            loads = [len(trace) / trace[-1].at_s / capacity for trace in self._traces]
        elif options.rates is not None:
            loads = [rate / capacity for rate in parse_numbers("--rates", options.rates)]
        else:
            loads = parse_numbers("--loads", options.loads or _DEFAULT_LOADS)
        rounded = [float(f"{load:.4g}") for load in loads]
        return rounded if self._traces else list(dict.fromkeys(rounded))  # each trace is a load of its own

    def _load(self, load: float, place: int, run: LoadRun) -> Load:
        """A load with its arrivals; ``place`` is its trace's."""
        options = self._options
        if self._traces:
            coming = self._traces[place]
            duration = coming[-1].at_s
        else:
            duration = self._duration(run.capacity)
            coming = poisson(load * run.capacity, duration, options.seed)
        if not coming:
            raise ConfigError(
                f"at load {load:.0%} no question arrives in {duration:g} s: take a longer --duration"
            )
        patience = None if self._simulated else max(duration / options.rounds, 3 * run.deadline_s)
        prefix = f"{place + 1}-" if len(self._traces) > 1 else ""
        return Load(load, coming, duration, options.drain or patience, options.rounds, options.seed, prefix)

    def _duration(self, capacity: float) -> float:
        """Seconds in which questions arrive at random."""
        return self._options.duration or (_SIMULATED_ANSWERS / capacity if self._simulated else _REAL_S)

    async def _found_of(self, info: BackendInfo) -> LoadRun:
        """Measure what the figures rest on: the idle engine and its capacity."""
        options, setting, say = self._options, self._setting, self._progress.say
        say("warm-up")
        idle_s = await warm_up(setting)
        capacity = options.capacity
        if capacity is None:
            known = None if setting.profile is None else setting.profile.max_batch
            most = options.together or 2 * (info.parallel or known or _TOGETHER)
            first = most if options.together or self._simulated else FEW_TOGETHER
            capacity = await find_capacity(
                setting, most, lambda number: say(f"capacity, with {number} answers at once"), first=first
            )
        arrivals = f"{sum(map(len, self._traces))} recorded arrivals"
        if not self._traces:
            duration = self._duration(capacity)
            arrivals = f"random arrivals (Poisson, seed {options.seed}) for {duration:.0f} s"
        return LoadRun(
            kind="measured" if self._speed is None else "simulated",
            backend=one_line(info.backend),
            model=one_line(info.model),
            machine=one_line(describe_machine() if self._speed is None else self._speed.machine),
            started=datetime.now().astimezone().isoformat(timespec="seconds"),
            capacity=capacity,
            idle_s=idle_s,
            deadline_s=options.deadline or 2 * idle_s,
            seed=options.seed,
            arrivals=arrivals,
            lengths="forced" if self._forced else "as the model writes",
            opening=options.opening,
        )

    def _tell(self, note: Note) -> None:
        if isinstance(note, Answered):
            self._progress.took(note.name, made=note.answers, kept=note.answers)
            return
        # Of a turn that a kill cut off some answers may be there; they are as good as those made again.
        new = [record for record in note if record.key not in self._found]
        if self._folder is not None:
            self._folder.append(*new)
        self._found |= latest(new)

    def _has(self, load: Load, turn: Turn) -> bool:
        return all(load.key(turn.policy, place) in self._found for place in load.part(turn.round))

    def report(self) -> LoadReport | None:
        """Return the report on all loads of which all answers are there; ``None`` where there are none."""
        rows: list[dict[str, Any]] = []
        against: list[dict[str, Any]] = []
        for load in self._loads:
            complete: dict[str, list[list[AnswerRecord]]] = {}
            for policy in self._manifest.policies:
                rounds = [load.part(number) for number in range(load.rounds)]
                keys = [[load.key(policy, place) for place in places] for places in rounds]
                if self._found.keys() >= set(chain(*keys)):
                    complete[policy] = [[self._found[key] for key in own] for own in keys]
            if complete:
                deadline_s = self._manifest.run.deadline_s
                found = figures(complete, duration_s=load.duration_s, deadline_s=deadline_s)
                rows += found[0]
                against += found[1]
        if not rows:
            return None
        return LoadReport(**self._manifest.run.model_dump(), rows=rows, against=against)


def _hash(value: EngineProfile | Sequence[object] | None) -> str | None:
    """What tells a file's content from another's; ``None`` without one."""
    if not value:
        return None
    return hashlib.sha256(TypeAdapter(object).dump_json(value)).hexdigest()
