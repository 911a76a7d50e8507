"""Latency benchmark: from the options of ``sot bench latency`` to answers and their report."""

from __future__ import annotations

import hashlib
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from sot.errors import ConfigError, SotError
from sot.options import Options
from sot.registry import EngineEntry
from sot.terminal import json_line, one_line, shown_spec

from ..analysis.latency import Prices
from ..dataset.load import load_questions
from ..dataset.question import Question
from ..engines.accelerators import Accelerator, RefusedError, Setup, planned_accelerators, setup_of
from ..engines.random_model import RANDOM_MODELS, SHAPES
from ..engines.step_times import step_times
from ..measure.forced_lengths import Lengths, parse_lengths
from ..measure.manifest import LatencyManifest, Refused
from ..measure.methods import is_routed, parse_methods
from ..report.latency import REPORTS, LatencyReport
from ..run.folder import RunFolder
from ..run.machine import session
from ..run.manifest import identity_of_packs
from ..run.plan import Condition, Job, jobs, outstanding
from ..run.progress import Progress
from ..run.records import AnswerRecord, latest
from .job import EngineJob, Line, Note, Ready, Refusal, Taken, run_job, run_job_apart
from .latency_options import LatencyOptions

Folder = RunFolder[LatencyManifest]


def run_bench(options: LatencyOptions) -> None:
    """Run the comparison and print its figures.

    Raises:
        ConfigError: An option makes no sense, or the folder holds something else.
        SotError: The engine fails.
    """
    plan = make_plan(options)
    with ExitStack() as stack:
        folder: Folder | None = None
        if options.out is not None:
            folder = stack.enter_context(RunFolder(options.out, LatencyManifest, reports=REPORTS))
        report = _Bench(options, plan, folder).run()
        if folder is not None:
            report.write(folder)
    if options.as_json:
        print(json_line(report.json()))
    else:
        print(report.terminal() if sys.stdout.isatty() else report.markdown())
    if options.out is not None and sys.stderr.isatty():
        print(f"\n{options.out / 'report.html'}", file=sys.stderr)


@dataclass(frozen=True, slots=True)
class Plan:
    """Options, read and checked before anything is loaded."""

    spec: str
    entry: EngineEntry
    methods: list[str]
    questions: list[Question]
    accelerators: list[Accelerator]
    lengths: Lengths | None
    options: dict[str, Any]
    prices: Prices

    @property
    def grid(self) -> bool:
        """True for several engines, each of which has a process of its own."""
        return len(self.accelerators) > 1


def make_plan(given: LatencyOptions) -> Plan:
    """Read and check the options.

    Raises:
        ConfigError: An option makes no sense.
    """
    spec, entry = given.engine.spec, given.engine.entry
    _check_numbers(given)
    given.engine.settings()  # raises where the engine takes none
    methods = parse_methods(given.methods)
    lengths = parse_lengths(given.lengths) if given.lengths is not None else None
    if given.random_llama is not None:
        if given.random_llama not in SHAPES:
            raise ConfigError(f"--random-llama must be one of {', '.join(SHAPES)}")
        able = [f"{kind}:" for kind in RANDOM_MODELS]
        if spec.lower() not in able or given.engine.model:
            raise ConfigError(
                f"--random-llama makes the model: give --backend {' or '.join(able)} without one"
            )
        lengths = lengths or Lengths()  # what it writes means nothing and ends nowhere
    unfit = [name for name in methods if name in ("cot", "plan") or is_routed(name)]
    if lengths is not None and unfit:
        raise ConfigError(f"--lengths forces normal answers and skeletons, not {', '.join(unfit)}")
    accelerators = planned_accelerators(given.accelerators, entry.kind)
    chosen = load_questions(given.questions).chosen(limit=given.limit)
    unique: dict[str, Question] = {}
    for question in chosen:
        unique.setdefault(question.question, question)
    options = given.limits.settings()
    temperature = 0.0 if given.random_llama is not None and given.temperature is None else given.temperature
    if temperature is not None:
        options["temperature"] = temperature
    Options(**options)  # raises where a value is out of range
    prices = Prices(given.price_in, given.price_cached, given.price_out)
    return Plan(spec, entry, methods, list(unique.values()), accelerators, lengths, options, prices)


def _check_numbers(given: LatencyOptions) -> None:
    for name in ("limit", "repeat"):
        if (value := getattr(given, name)) is not None and value < 1:
            raise ConfigError(f"--{name} must be at least 1")
    for name in ("price_in", "price_cached", "price_out"):
        if (value := getattr(given, name)) is not None and not 0 <= value < float("inf"):
            raise ConfigError(f"--{name.replace('_', '-')} must be at least 0")
    if (given.price_in is None) != (given.price_out is None):
        raise ConfigError("--price-in and --price-out are needed together")


class _Bench:
    def __init__(self, options: LatencyOptions, plan: Plan, folder: Folder | None) -> None:
        self._options, self._plan, self._folder = options, plan, folder
        self._records: list[AnswerRecord] = [] if folder is None else folder.records
        self._refused: list[Refused] = []
        conditions = [Condition(method, one.name) for one in plan.accelerators for method in plan.methods]
        self._wanted = jobs(conditions, plan.questions, options.repeat, options.seed)
        self._left = outstanding(self._wanted, latest(self._records))
        self._run = self._begin(_manifest(options, plan))
        self._progress = Progress(
            len(self._wanted),
            kept=len(self._wanted) - len(self._left),
            every_s=None if options.as_json else 0.0,
        )

    def run(self) -> LatencyReport:
        """Make the answers that are not there yet.

        Raises:
            SotError: The engine fails, or there is no answer at all.
        """
        with self._progress, ExitStack() as stack:
            spec, settings = self._plan.spec, dict[str, Any]()
            if self._options.random_llama is not None and self._left:
                place = stack.enter_context(tempfile.TemporaryDirectory(prefix="sot-random-"))
                spec, settings = self._random_model(Path(place))
            order = {one.name: number for number, one in enumerate(self._plan.accelerators)}
            left = sorted(self._left, key=lambda one: order[one.engine])
            for name, own in groupby(left, key=lambda one: one.engine):
                self._use(self._plan.accelerators[order[name]], spec, settings, list(own))
        if not self._records:
            raise SotError(self._refused[0].reason if self._refused else "there is no answer to report")
        records = list(latest(self._records).values())
        return LatencyReport(self._run, records, self._refused, self._plan.prices, self._options.seed)

    def _begin(self, manifest: LatencyManifest) -> LatencyManifest:
        if self._folder is None:
            return manifest
        self._folder.refuse_unlike(manifest)
        texts = {record.question_id: record.question for record in self._records}
        for question in self._plan.questions:
            if texts.get(question.id, question.question) != question.question:
                raise ConfigError(
                    f"{self._folder.path} holds answers to another question {question.id!r}; "
                    "choose another --out"
                )
        if self._left or self._folder.manifest is None:
            return self._folder.begin(manifest)
        return self._folder.manifest.extended(manifest)

    def _use(self, accelerator: Accelerator, spec: str, settings: dict[str, Any], left: list[Job]) -> None:
        """Make the answers of one engine."""
        plan = self._plan
        try:
            setup = setup_of(plan.entry.kind, accelerator)
        except RefusedError as error:
            if not plan.grid:
                raise
            self._refuse(Refused(accelerator=accelerator.name, method=None, reason=str(error)))
            return
        job = EngineJob(
            spec=f"{plan.entry.kind}:{setup.model}" if setup.model is not None else spec,
            model=None if setup.model is not None else self._options.engine.model,
            settings=_joined(self._engine_settings(), settings, setup),
            assisted=setup.assisted,
            accelerator=accelerator.name,
            left=left,
            options=plan.options,
            lengths=str(plan.lengths) if plan.lengths is not None else None,
            tolerant=plan.grid,
        )
        if not plan.grid:
            run_job(job, self._tell)
            return
        self._progress.say(f"{accelerator.name}: starting the engine")
        try:
            run_job_apart(job, self._tell)
        except ConfigError:
            raise
        except SotError as error:
            self._refuse(Refused(accelerator=accelerator.name, method=None, reason=str(error)))

    def _tell(self, note: Note) -> None:
        match note:
            case Ready():
                self._ready(note)
            case Line(text=text):
                self._progress.say(text)
            case Taken(record=record):
                self._keep(record)
            case Refusal(refused=refused):
                self._refuse(refused)

    def _ready(self, note: Ready) -> None:
        run = self._run
        if run.model and run.model != note.model and "checkpoint" not in note.accelerator:
            raise ConfigError(
                f"--out: the answers there are of the model {one_line(run.model)}, and this is "
                f"{one_line(note.model)}; choose another folder"
            )
        if not run.backend:
            self._change(backend=note.backend, model=note.model, energy=note.energy)
        begun = f"{note.accelerator}: {note.backend} is ready"
        self._progress.begin(begun, len(self._wanted), kept=self._progress.kept)  # its pace counts from here

    def _keep(self, record: AnswerRecord) -> None:
        if self._folder is None:
            self._records.append(record)
        else:
            self._folder.append(record)  # into the same list
        useful = record.measured.useful_tokens if record.measured is not None else 0
        engine = f"{record.engine}, " if self._plan.grid else ""
        times = f"first text {record.first_text_s:.2f} s, total {record.total_s:.2f} s"
        self._progress.took(f"{engine}{record.strategy}: {times}, {useful:.0f} useful tokens")

    def _refuse(self, refused: Refused) -> None:
        self._refused.append(refused)
        method = f", {refused.method}" if refused.method else ""
        self._progress.say(f"{refused.accelerator}{method}: refused: {refused.reason}")

    def _change(self, **fields: Any) -> None:
        self._run = self._run.model_copy(update=fields)
        if self._folder is not None:
            self._folder.rewrite(self._run)

    def _engine_settings(self) -> dict[str, Any]:
        settings = self._options.engine.settings()
        if "engine_args" in settings:
            from sot.backends.vllm_engine.arguments import parse_words

            settings["engine_args"] = parse_words(settings["engine_args"], "--engine-arg")
        return settings

    def _random_model(self, place: Path) -> tuple[str, dict[str, Any]]:
        """Return a random model's backend spec and the engine's settings for it; time its decode steps."""
        shape, kind = str(self._options.random_llama), self._plan.entry.kind
        folder = place / f"random-{shape}"
        self._progress.say(f"making a random Llama of shape {shape}")
        settings = RANDOM_MODELS[kind](folder, shape)
        if kind == "torch" and not self._run.steps:
            self._change(steps=step_times(folder, SHAPES[shape], settings, say=self._progress.say))
        return f"{kind}:{folder}", settings


def _manifest(options: LatencyOptions, plan: Plan) -> LatencyManifest:
    start = session()
    spec = shown_spec(plan.spec) + (f" {one_line(options.engine.model)}" if options.engine.model else "")
    return LatencyManifest(
        identity={
            "backend": spec + _content(plan),
            "machine": str(start.machine),
            "engine options": list(options.engine.engine_args),
            "lengths": str(plan.lengths) if plan.lengths is not None else None,
            "random llama": options.random_llama,
            "settings": plan.options,
            **identity_of_packs(),
        },
        questions=options.questions,
        seed=options.seed,
        repeat=options.repeat,
        sessions=[start.model_copy(update={"busy": ""}) if plan.entry.simulated else start],
    )


def _content(plan: Plan) -> str:
    """Tells profiles of one name apart, so that their answers do not meet in one folder."""
    if not plan.entry.simulated:
        return ""
    path = Path(plan.spec.partition(":")[2]).expanduser()
    return f" {hashlib.sha256(path.read_bytes()).hexdigest()[:8]}" if path.is_file() else ""


def _joined(given: Mapping[str, Any], chosen: Mapping[str, Any], setup: Setup) -> dict[str, Any]:
    """The engine's settings; the accelerator's overrule the caller's, which overrule ours."""
    parts: Sequence[Mapping[str, Any]] = (chosen, given, setup.settings)
    joined = {name: value for part in parts for name, value in part.items()}
    arguments = [part["engine_args"] for part in parts if "engine_args" in part]
    if arguments:
        joined["engine_args"] = {name: value for part in arguments for name, value in part.items()}
    return joined
