"""Latency benchmark: from the options of ``sot bench latency`` to answers and their report."""

from __future__ import annotations

import hashlib
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any

from sot.errors import ConfigError, SotError
from sot.options import Options
from sot.terminal import json_line, one_line, shown_spec

from ..analysis.latency import Prices
from ..dataset.load import load_questions
from ..dataset.question import Question
from ..engines.accelerators import Accelerator, RefusedError, planned_accelerators, setup_of
from ..engines.random_model import RANDOM_MODELS, SHAPES, step_times
from ..measure.lengths import Lengths, parse_lengths
from ..measure.manifest import LatencyManifest, Refused
from ..measure.methods import METHODS, parse_methods
from ..report.latency import REPORTS, LatencyReport
from ..run.asking import refuse_unfit
from ..run.folder import RunFolder
from ..run.machine import session
from ..run.manifest import identity_of_packs
from ..run.plan import Condition, Job, jobs, outstanding
from ..run.progress import Progress
from ..run.records import AnswerRecord, latest
from .job import EngineJob, Note, Ready, run_job
from .options import LatencyOptions

_USUAL = "normal,skeleton,skeleton-paper"
_LAYOUTS = "normal,skeleton,skeleton-wait,skeleton-paper"  # of random weights, whose text means nothing

Folder = RunFolder[LatencyManifest]


def run_bench(options: LatencyOptions) -> None:
    """Run the comparison and print its figures; where it ends early, those of the answers so far.

    Raises:
        ConfigError: An option makes no sense, or the folder holds something else.
        SotError: The engine fails.
        KeyboardInterrupt: It was interrupted.
    """
    bench = _Bench(options)
    stopped: SotError | KeyboardInterrupt | None = None
    kept = (
        RunFolder(options.out, LatencyManifest, reports=REPORTS) if options.out is not None else nullcontext()
    )
    with kept as folder:
        try:
            bench.run(folder)
        except ConfigError:  # its answers would not belong together
            raise
        except (SotError, KeyboardInterrupt) as error:
            stopped = error
        report = bench.report(early=stopped is not None)
        if report is None:
            raise stopped or SotError(bench.refusal or "there is no answer to report")
        if folder is not None:
            report.write(folder)
    if options.as_json:
        print(json_line(report.json()))
    else:
        print(report.terminal() if sys.stdout.isatty() else report.markdown(), flush=True)
    if options.out is not None and sys.stderr.isatty():
        print(f"\n{options.out / 'report.html'}", file=sys.stderr)
    if stopped is not None:
        raise stopped


class _Bench:
    """One start of the command: makes the answers that are missing, engine by engine."""

    def __init__(self, options: LatencyOptions) -> None:
        """Read and check what the options name, before anything is loaded."""
        self._options, self._engine = options, options.engine
        self._engine.settings()  # raises where the engine takes none
        random = options.random_llama is not None
        methods = parse_methods(options.methods or (_LAYOUTS if random else _USUAL))
        lengths = parse_lengths(options.lengths) if options.lengths is not None else None
        temperature = options.temperature
        if options.random_llama is not None:
            self._check_random(options.random_llama)
            lengths = lengths or Lengths()  # what it writes means nothing and ends nowhere
            temperature = temperature or 0.0
        if lengths is not None:
            able = "skeleton" if lengths.kind == "points" else lengths.kind
            unfit = [name for name in methods if METHODS[name]["strategy"] not in ("normal", able)]
            if unfit:
                raise ConfigError(f"these --lengths force normal and {able}, not {', '.join(unfit)}")
        self._lengths = str(lengths) if lengths is not None else None
        engines = planned_accelerators(options.accelerators, self._engine.entry.kind)
        self._accelerators = {one.name: one for one in engines}
        self._grid = len(engines) > 1  # each has a process of its own
        unique: dict[str, Question] = {}
        for question in load_questions(options.questions).chosen(limit=options.limit):
            unique.setdefault(question.question, question)
        self._questions = list(unique.values())
        if lengths is None:
            refuse_unfit((METHODS[name]["strategy"] for name in methods), self._questions)
        self._settings = options.limits.settings()
        if temperature is not None:
            self._settings["temperature"] = temperature
        Options(**self._settings)  # raises where a value is out of range
        conditions = [Condition(method, engine) for engine in self._accelerators for method in methods]
        self._wanted = jobs(conditions, self._questions, options.repeat, options.seed)
        self._folder: Folder | None = None
        self._records: list[AnswerRecord] = []
        self._refused: list[Refused] = []
        self._run: LatencyManifest
        self._progress: Progress

    def _check_random(self, shape: str) -> None:
        if shape not in SHAPES:
            raise ConfigError(f"--random-llama must be one of {', '.join(SHAPES)}")
        able = [f"{kind}:" for kind in RANDOM_MODELS]
        if self._engine.spec.lower() not in able or self._engine.model:
            raise ConfigError(
                f"--random-llama makes the model: give --backend {' or '.join(able)} without one"
            )

    def run(self, folder: Folder | None) -> None:
        """Make the answers that are not there yet."""
        options, wanted = self._options, len(self._wanted)
        if folder is not None:
            self._folder, self._records = folder, folder.records
        left = outstanding(self._wanted, latest(self._records))
        self._run = self._begin(self._manifest(), left)
        every_s = None if options.as_json else 0.0
        self._progress = Progress(wanted, kept=wanted - len(left), every_s=every_s)
        with self._progress, ExitStack() as stack:
            spec, settings = self._engine.spec, dict[str, Any]()
            if options.random_llama is not None and left:
                place = stack.enter_context(tempfile.TemporaryDirectory(prefix="sot-random-"))
                spec, settings = self._random_model(Path(place), options.random_llama)
            for name, accelerator in self._accelerators.items():
                if own := [job for job in left if job.engine == name]:
                    self._use(accelerator, spec, settings, own)

    def report(self, *, early: bool) -> LatencyReport | None:
        """Return the report on all answers there are; ``early``: others were to come."""
        if not self._records:
            return None
        options, records = self._options, latest(self._records)
        prices = Prices(options.price_in, options.price_cached, options.price_out)
        missing = len(outstanding(self._wanted, records)) if early else 0
        return LatencyReport(
            self._run, list(records.values()), self._refused, prices, options.seed, missing=missing
        )

    @property
    def refusal(self) -> str | None:
        """Reason why the engine did nothing."""
        return self._refused[0].reason if self._refused else None

    def _manifest(self) -> LatencyManifest:
        options, engine, start = self._options, self._engine, session()
        backend = shown_spec(engine.spec) + (f" {one_line(engine.model)}" if engine.model else "")
        if engine.entry.simulated:
            start = start.model_copy(update={"busy": ""})
            path = Path(engine.spec.partition(":")[2]).expanduser()
            if path.is_file():  # profiles of one name are told apart, or their answers would share a folder
                backend += f" {hashlib.sha256(path.read_bytes()).hexdigest()[:8]}"
        return LatencyManifest(
            identity={
                "backend": backend,
                "machine": str(start.machine),
                "engine options": list(engine.engine_args),
                "lengths": self._lengths,
                "random llama": options.random_llama,
                "settings": self._settings,
                **identity_of_packs(),
            },
            questions=options.questions,
            seed=options.seed,
            repeat=options.repeat,
            sessions=[start],
        )

    def _begin(self, manifest: LatencyManifest, left: Sequence[Job]) -> LatencyManifest:
        if self._folder is None:
            return manifest
        self._folder.refuse_unlike(manifest)
        texts = {record.question_id: record.question for record in self._records}
        for question in self._questions:
            if texts.get(question.id, question.question) != question.question:
                raise ConfigError(
                    f"{self._folder.path} holds answers to another question {question.id!r}; "
                    "choose another --out"
                )
        if left or self._folder.manifest is None:
            return self._folder.begin(manifest)
        return self._folder.manifest.extended(manifest)

    def _use(self, accelerator: Accelerator, spec: str, settings: dict[str, Any], left: list[Job]) -> None:
        """Make the answers of one engine."""
        entry, model = self._engine.entry, self._engine.model
        try:
            setup = setup_of(entry.kind, accelerator)
            if setup.model is not None:
                spec, model = f"{entry.kind}:{setup.model}", None
            job = EngineJob(
                spec=spec,
                model=model,
                settings=_joined(settings, self._engine_settings(), setup.settings),
                assisted=setup.assisted,
                accelerator=accelerator.name,
                left=left,
                options=self._settings,
                lengths=self._lengths,
                tolerant=self._grid,
            )
            if self._grid:
                self._progress.say(f"{accelerator.name}: starting the engine")
            run_job(job, self._tell, apart=self._grid)
        except SotError as error:
            if not self._grid or (isinstance(error, ConfigError) and not isinstance(error, RefusedError)):
                raise
            self._tell(Refused(accelerator=accelerator.name, method=None, reason=str(error)))

    def _tell(self, note: Note) -> None:
        match note:
            case str():
                self._progress.say(note)
            case Ready():
                self._ready(note)
            case AnswerRecord():
                self._keep(note)
            case Refused(accelerator=accelerator, method=method, reason=reason):
                self._refused.append(note)
                name = f"{accelerator}, {method}" if method else accelerator
                self._progress.say(f"{name}: refused: {reason}")

    def _ready(self, note: Ready) -> None:
        run = self._run
        if run.model and run.model != note.model and "checkpoint" not in note.accelerator:
            raise ConfigError(
                f"--out: the answers there are of the model {one_line(run.model)}, and this is "
                f"{one_line(note.model)}; choose another folder"
            )
        if not run.backend:
            self._change(backend=note.backend, model=note.model, energy=note.energy)
        begun, progress = f"{note.accelerator}: {note.backend} is ready", self._progress
        progress.begin(begun, progress.total, kept=progress.kept)  # its pace counts from here

    def _keep(self, record: AnswerRecord) -> None:
        if self._folder is None:
            self._records.append(record)
        else:
            self._folder.append(record)  # into the same list
        useful = record.measured.useful_tokens if record.measured is not None else 0
        engine = f"{record.engine}, " if self._grid else ""
        times = f"first text {record.first_text_s:.2f} s, total {record.total_s:.2f} s"
        self._progress.took(f"{engine}{record.strategy}: {times}, {useful:.0f} useful tokens")

    def _change(self, **fields: Any) -> None:
        self._run = self._run.model_copy(update=fields)
        if self._folder is not None:
            self._folder.rewrite(self._run)

    def _engine_settings(self) -> dict[str, Any]:
        settings = self._engine.settings()
        if "engine_args" in settings:
            from sot.backends.vllm_engine.arguments import parse_words

            settings["engine_args"] = parse_words(settings["engine_args"], "--engine-arg")
        return settings

    def _random_model(self, place: Path, shape: str) -> tuple[str, dict[str, Any]]:
        """Return a random model's backend spec and the engine's settings for it; time its decode steps."""
        kind, folder = self._engine.entry.kind, place / f"random-{shape}"
        self._progress.say(f"making a random Llama of shape {shape}")
        settings = RANDOM_MODELS[kind](folder, shape)
        if kind == "torch" and not self._run.steps:
            self._change(steps=step_times(folder, SHAPES[shape], settings, say=self._progress.say))
        return f"{kind}:{folder}", settings


def _joined(*parts: Mapping[str, Any]) -> dict[str, Any]:
    """Join the engine's settings: ours, which the caller's overrule, which the accelerator's overrule."""
    joined = {name: value for part in parts for name, value in part.items()}
    arguments = [part["engine_args"] for part in parts if "engine_args" in part]
    if arguments:
        joined["engine_args"] = {name: value for part in arguments for name, value in part.items()}
    return joined
