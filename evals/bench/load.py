"""``sot bench load``: answers under load, policy by policy."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Generator, Iterable, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from itertools import count
from typing import Any, Self

from pydantic import Field, TypeAdapter

from sot.backends.replay import ReplayBackend
from sot.backends.replay.virtual_time import run_virtually
from sot.backends.torch_engine.cores import available_cores
from sot.errors import ConfigError, SotError
from sot.load.profile import EngineProfile, read_profile
from sot.terminal import json_line, one_line, shown_spec
from sot.types import Backend, BackendInfo

from ..dataset.load import load_questions
from ..measure.shapes import SHAPES, ForcedLengths, shapes
from ..report.load import LoadReport, LoadRun, figures
from ..run.folder import RunFolder
from ..run.machine import describe_machine, session
from ..run.manifest import Manifest, identity_of_packs
from ..run.progress import Progress
from ..run.records import AnswerRecord, Key, latest
from .arrivals import duration_of, poisson, read_traces
from .load_options import DEFAULT_LOADS, LoadOptions, Policy, parse_numbers, parse_policies
from .load_turns import Answered, Load, Note, SimulatedEngine, SimulatedLoad, Turn, side_by_side, take_turns
from .open_loop import EACH, Setting, closed_loop, find_capacity, warm_up

REPORTS = ("report.md", "report.json", "report.html", "load.svg")
_FEW_ANSWERS = 500  # simulated sooner than a process begins
_IN_FLIGHT = 4096  # at a server: an open loop holds nothing back
_REAL_S = 60.0  # seconds of arrivals, unless given
_SIMULATED_ANSWERS = 2000  # arrivals at capacity, unless a duration is given: a 95th percentile needs many
_TOGETHER = 32  # answers at once that fill an engine which does not say how many it takes
_NEW_NUMBERS = 100_000  # of questions of a later start: a server may have cached those of an earlier one
_PLAIN_LINE_S = 10.0


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
        SotError: The engine fails.
    """
    asked = _Asked(options)
    backend = options.engine.make(max_in_flight=_IN_FLIGHT)
    with ExitStack() as stack:
        folder: RunFolder[LoadManifest] | None = None
        if options.out is not None:  # before the measurement, not after it
            folder = stack.enter_context(RunFolder(options.out, LoadManifest, reports=REPORTS))
        with Progress(as_json=options.as_json, every_s=_PLAIN_LINE_S) as progress:
            work = _Work(asked, progress, folder)
            if isinstance(backend, ReplayBackend):
                work.simulate(backend)
            else:
                asyncio.run(work.measure(backend))
        report = work.report()
        page = report.page()
        if folder is not None:
            folder.write_report("report.json", report.model_dump_json(indent=1) + "\n")
            folder.write_report("report.md", page.markdown())
            folder.write_report("report.html", page.html())
            folder.write_report("load.svg", f"{report.curve(alone=True)}\n")
    print(json_line(report.model_dump()) if options.as_json else page.markdown().rstrip())
    if work.failure is not None:
        raise work.failure


class _Asked:
    """Options with the files that they name read."""

    def __init__(self, options: LoadOptions) -> None:
        self.options = options
        self.policies = parse_policies(options.policies)
        self.traces = read_traces(options.trace) if options.trace is not None else []
        self.questions = [one.question for one in load_questions(options.questions).questions]
        self.profile = read_profile(options.profile) if options.profile is not None else None

    def identity(self, info: BackendInfo, speed: EngineProfile | None) -> dict[str, Any]:
        """What all answers of a folder share; ``speed`` is that of a simulated engine."""
        options = self.options
        given = ("duration", "rounds", "drain", "deadline", "capacity", "together", "seed")
        return {
            "backend": shown_spec(info.backend),
            "model": info.model,
            "machine": describe_machine() if speed is None else None,
            "simulated speed": _hash(speed),
            "engine options": list(options.engine.engine_args),
            "--profile": _hash(self.profile),
            "--questions": _hash(self.questions),
            "--trace": _hash(self.traces),
            "--forced-lengths": options.forced,
            **{f"--{name}": getattr(options, name) for name in given},
            **options.limits.settings(),
            **identity_of_packs(),
        }

    def loads(self, capacity: float) -> list[float]:
        """The loads that this start offers, as shares of the capacity."""
        options = self.options
        if self.traces:
            return [_shown(len(trace) / duration_of(trace) / capacity) for trace in self.traces]
        if options.rates is not None:
            return [_shown(rate / capacity) for rate in parse_numbers("--rates", options.rates)]
        return [_shown(load) for load in parse_numbers("--loads", options.loads or DEFAULT_LOADS)]

    def load(self, load: float, place: int, run: LoadRun) -> Load:
        """A load with its arrivals; ``place`` is its trace's."""
        options = self.options
        simulated = run.kind == "simulated"
        if self.traces:
            coming = self.traces[place]
            duration = duration_of(coming)
        else:
            duration = self.duration(run.capacity, simulated=simulated)
            coming = poisson(load * run.capacity, duration, options.seed)
        if not coming:
            raise ConfigError(
                f"at load {load:.0%} no question arrives in {duration:g} s: take a longer --duration"
            )
        return Load(
            load,
            coming,
            duration,
            options.drain or (None if simulated else max(duration / options.rounds, 3 * run.deadline_s)),
            options.rounds,
            options.seed,
            prefix=f"{place + 1}-" if len(self.traces) > 1 else "",
        )

    def duration(self, capacity: float, *, simulated: bool) -> float:
        """Seconds in which questions arrive at random."""
        return self.options.duration or (_SIMULATED_ANSWERS / capacity if simulated else _REAL_S)

    def arrivals(self, capacity: float, *, simulated: bool) -> str:
        """How the arrivals come about, for people."""
        if self.traces:
            return f"{sum(map(len, self.traces))} recorded arrivals"
        duration = self.duration(capacity, simulated=simulated)
        return f"random arrivals (Poisson, seed {self.options.seed}) for {duration:.0f} s"


class _Work:
    """One start of the command: what is left to measure, and the report on all there is."""

    def __init__(self, asked: _Asked, progress: Progress, folder: RunFolder[LoadManifest] | None) -> None:
        self.failure: SotError | None = None  # what ended the measurement early
        self._asked, self._options = asked, asked.options
        self._progress, self._folder = progress, folder
        self._found = dict(latest(folder.records)) if folder is not None else dict[Key, AnswerRecord]()
        self._manifest: LoadManifest
        self._loads: list[Load] = []  # those of earlier starts among them

    async def measure(self, backend: Backend) -> None:
        """Measure one load after the other on a real engine."""
        options, asked = self._options, self._asked
        before = None if self._folder is None else self._folder.manifest
        setting = Setting(
            ForcedLengths(backend) if options.forced else backend,
            asked.questions,
            asked.profile,
            shapes(options.seed, SHAPES) if options.forced else (),
            options.limits.settings(),
            count(1 + (0 if before is None else _NEW_NUMBERS * len(before.sessions))),
        )
        try:
            left = await self._begin(setting, None)
            with self._keeping():
                for load, turns in left:
                    await take_turns(setting, load, turns, self._tell)
        finally:
            await backend.aclose()

    def simulate(self, backend: ReplayBackend) -> None:
        """Measure in simulated time; loads side by side on this machine's cores where that is worth it."""
        options, asked = self._options, self._asked
        engine = SimulatedEngine(
            speed=backend.profile,
            profile=asked.profile or backend.profile,
            questions=list(asked.questions),
            **options.limits.settings(),
            seed=options.seed,
        )

        async def begin() -> list[tuple[Load, list[Turn]]]:
            try:
                return await self._begin(engine.setting(backend), backend.profile)
            finally:
                await backend.aclose()

        loads = [
            SimulatedLoad(engine=engine, load=load, turns=turns) for load, turns in run_virtually(begin())
        ]
        together = min(available_cores(), len(loads))
        with self._keeping():
            if together > 1 and self._progress.total is not None and self._progress.total > _FEW_ANSWERS:
                asyncio.run(side_by_side(loads, together, self._tell))
            else:
                for load in loads:
                    load.run(self._tell)

    async def _begin(self, setting: Setting, speed: EngineProfile | None) -> list[tuple[Load, list[Turn]]]:
        """Warm the engine up, find its capacity, and draw the arrivals; returns the turns to take."""
        asked, folder, say = self._asked, self._folder, self._progress.say
        say("starting the engine")
        info = await setting.backend.info()
        identity = asked.identity(info, speed)
        before = None if folder is None else folder.manifest
        if folder is not None and before is not None:
            before.refuse_unlike(Manifest(identity=identity), folder.path)
        run = before.run if before is not None else await self._run(setting, info, speed)
        offered = asked.loads(run.capacity)
        now = LoadManifest(
            identity=identity, sessions=[session()], run=run, loads=offered, policies=asked.policies
        )
        known = offered if before is None or asked.traces else before.extended(now).loads
        self._loads = [asked.load(load, place, run) for place, load in enumerate(known)]
        left: list[tuple[Load, list[Turn]]] = []
        for load in self._loads:
            turns = [turn for turn in load.turns(asked.policies) if not self._have(load, turn)]
            if turns and load.load in offered:
                left.append((load, turns))
        self._manifest = now if before is None else before
        if left and before is not None:
            say("warm-up")
            await warm_up(setting)
        if left and folder is not None:
            self._manifest = folder.begin(now)
        answers = sum(len(load.part(turn.round)[1]) for load, turns in left for turn in turns)
        self._progress.begin("first answer", answers)
        return left

    async def _run(self, setting: Setting, info: BackendInfo, speed: EngineProfile | None) -> LoadRun:
        options, say = self._options, self._progress.say
        say("warm-up")
        idle_s = await warm_up(setting)
        capacity = options.capacity
        if capacity is None:
            known = None if setting.profile is None else setting.profile.max_batch
            most = options.together or 2 * (info.parallel or known or _TOGETHER)
            if options.together or speed is not None:
                say(f"capacity, with {most} answers at once")
                capacity = await closed_loop(setting, most, EACH * most)
            else:
                capacity = await find_capacity(
                    setting, most, lambda together: say(f"capacity, with {together} answers at once")
                )
        return LoadRun(
            kind="measured" if speed is None else "simulated",
            backend=one_line(info.backend),
            model=one_line(info.model),
            machine=one_line(describe_machine() if speed is None else speed.machine),
            started=datetime.now().astimezone().isoformat(timespec="seconds"),
            capacity=capacity,
            idle_s=idle_s,
            deadline_s=options.deadline or 2 * idle_s,
            seed=options.seed,
            arrivals=self._asked.arrivals(capacity, simulated=speed is not None),
            lengths="forced" if options.forced or speed is not None else "as the model writes",
        )

    def _tell(self, note: Note) -> None:
        if isinstance(note, Answered):
            self._progress.took(note.name, made=note.answers, kept=note.answers)
            return
        # Of a turn that a kill cut off some answers may be there; they are as good as those made again.
        new = [record for record in note.records if record.key not in self._found]
        if self._folder is not None:
            self._folder.append_all(new)
        self._found |= {record.key: record for record in new}

    def _have(self, load: Load, turn: Turn) -> bool:
        first, part = load.part(turn.round)
        return all(load.key(turn.policy, first + place) in self._found for place in range(len(part)))

    @contextmanager
    def _keeping(self) -> Generator[None]:
        """Show what was found before a failure, if there is any."""
        try:
            yield
        except SotError as error:
            self.failure = error

    def report(self) -> LoadReport:
        """The report on all loads of which all answers are there.

        Raises:
            SotError: There are none, because the engine failed.
        """
        policies = self._manifest.policies
        found = [
            figures(answers, duration_s=load.duration_s, deadline_s=self._manifest.run.deadline_s)
            for load in self._loads
            if (answers := self._answers(load, policies))
        ]
        if not found and self.failure is not None:
            raise self.failure
        return LoadReport(
            **self._manifest.run.model_dump(),
            rows=[row for rows, _ in found for row in rows],
            against=[against for _, own in found for against in own],
        )

    def _answers(self, load: Load, policies: Iterable[Policy]) -> dict[str, list[list[AnswerRecord]]]:
        """The answers of each round, of the policies that have them all."""
        complete: dict[str, list[list[AnswerRecord]]] = {}
        for policy in policies:
            own = [self._found.get(load.key(policy, place)) for place in range(len(load.coming))]
            rounds: list[list[AnswerRecord]] = [[] for _ in range(load.rounds)]
            for arrival, record in zip(load.coming, own, strict=True):
                if record is not None:
                    rounds[load.round_of(arrival.at_s)].append(record)
            if None not in own:
                complete[policy] = rounds
        return complete


def _hash(value: EngineProfile | Sequence[object] | None) -> str | None:
    """What tells a file's content from another's; ``None`` without one."""
    if not value:
        return None
    return hashlib.sha256(TypeAdapter(object).dump_json(value)).hexdigest()


def _shown(load: float) -> float:
    return float(f"{load:.4g}")
