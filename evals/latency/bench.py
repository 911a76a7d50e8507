"""``sot bench latency``: from its options to jobs, and from their answers to a report."""

from __future__ import annotations

import hashlib
import sys
import tempfile
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from sot.errors import ConfigError, SotError
from sot.terminal import json_line, one_line, shown_spec

from .accelerators import Accelerator, RefusedError, Setup
from .children import run_in_child
from .engines import FEATURES, setup_of
from .folder import Folder
from .job import Job, Note, Progress, Ready, Refused, Taken, run_job
from .machine import describe_busy, describe_machine
from .options import LatencyOptions
from .plan import Plan, make_plan
from .report import Report
from .run_info import RunInfo
from .sample import Sample
from .summary import summarise


def run_bench(options: LatencyOptions) -> None:
    """Run the comparison and print its figures.

    Raises:
        ConfigError: An option makes no sense.
        SotError: The engine fails.
    """
    plan = make_plan(options)
    run = RunInfo(
        backend_spec=shown_spec(plan.spec)
        + (f" {one_line(options.engine.model)}" if options.engine.model else "")
        + _content(plan),
        machine=describe_machine(),
        busy="" if plan.entry.simulated else describe_busy(),
        started=datetime.now().astimezone().isoformat(timespec="seconds"),
        engine_args=list(options.engine.engine_args),
        lengths=str(plan.lengths) if plan.lengths is not None else None,
        random_llama=options.random_llama,
        options=plan.options,
        questions=options.questions,
        seed=options.seed,
        repeat=options.repeat,
    )
    folder = Folder(options.out, run) if options.out is not None else None
    report = _Work(options, plan, run if folder is None else folder.run, folder).run()
    if folder is not None:
        report.write(folder.path)
    print(json_line(report.json()) if options.as_json else report.markdown())
    if folder is not None and sys.stderr.isatty():
        print(f"\n{folder.path / 'report.html'}", file=sys.stderr)


class _Work:
    def __init__(self, options: LatencyOptions, plan: Plan, run: RunInfo, folder: Folder | None) -> None:
        self._options, self._plan, self._run, self._folder = options, plan, run, folder
        self._samples: list[Sample] = folder.samples if folder is not None else []
        self._refused: list[Refused] = []

    def run(self) -> Report:
        options, plan = self._options, self._plan
        grid = len(plan.accelerators) > 1
        with ExitStack() as stack:
            spec, settings = plan.spec, dict[str, Any]()
            if options.random_llama is not None:
                place = stack.enter_context(tempfile.TemporaryDirectory(prefix="sot-random-"))
                spec, settings = self._random_model(Path(place))
            for accelerator in plan.accelerators:
                self._one(accelerator, spec, settings, grid=grid)
        if not self._samples:
            raise SotError(self._refused[0].reason if self._refused else "there is no answer to report")
        return Report(
            run=self._run,
            samples=self._samples,
            summary=summarise(self._samples, plan.prices, seed=options.seed),
            refused=self._refused,
        )

    def _one(self, accelerator: Accelerator, spec: str, settings: dict[str, Any], *, grid: bool) -> None:
        options, plan = self._options, self._plan
        try:
            setup = setup_of(plan.entry.kind, accelerator)
        except RefusedError as error:
            if not grid:
                raise
            self._tell(Refused(accelerator=accelerator.name, method=None, reason=str(error)))
            return
        done = {
            (sample.question, sample.method, sample.repeat)
            for sample in self._samples
            if sample.accelerator == accelerator.name
        }
        wanted = {
            (question.question, method, number)
            for question in plan.questions
            for method in plan.methods
            for number in range(options.repeat)
        }
        if wanted <= done:
            return
        job = Job(
            spec=f"{plan.entry.kind}:{setup.model}" if setup.model is not None else spec,
            model=None if setup.model is not None else options.engine.model,
            settings=_joined(self._engine_settings(), settings, setup),
            assisted=setup.assisted,
            accelerator=accelerator.name,
            methods=plan.methods,
            questions=[question.question for question in plan.questions],
            categories={one.question: one.category for one in plan.questions if one.category},
            repeat=options.repeat,
            seed=options.seed,
            options=plan.options,
            lengths=str(plan.lengths) if plan.lengths is not None else None,
            done=sorted(done),
            tolerant=grid,
        )
        if grid:
            _say(f"{accelerator.name}: starting the engine")
            try:
                run_in_child(job, self._tell)
            except SotError as error:
                if isinstance(error, ConfigError):
                    raise
                self._tell(Refused(accelerator=accelerator.name, method=None, reason=str(error)))
        else:
            run_job(job, self._tell)

    def _tell(self, note: Note) -> None:
        if isinstance(note, Taken):
            if self._folder is not None:
                self._folder.keep(note.sample)  # into the same list
            else:
                self._samples.append(note.sample)
        elif isinstance(note, Refused):
            self._refused.append(note)
            _say(f"{note.accelerator}{', ' + note.method if note.method else ''}: refused: {note.reason}")
        elif isinstance(note, Ready):
            run = self._run
            if run.model and run.model != note.model and "checkpoint" not in note.accelerator:
                raise ConfigError(
                    f"--out: the answers there are of the model {one_line(run.model)}, and this is "
                    f"{one_line(note.model)}; choose another folder"
                )
            if not self._run.backend:
                self._run = self._run.model_copy(
                    update={"backend": note.backend, "model": note.model, "energy": note.energy}
                )
            if self._folder is not None:
                self._folder.keep_info(self._run)
        elif isinstance(note, Progress):
            _say(note.line)

    def _engine_settings(self) -> dict[str, Any]:
        settings = self._options.engine.settings()
        if "engine_args" in settings:
            from sot.backends.vllm_engine.arguments import parse_words

            settings["engine_args"] = parse_words(settings["engine_args"], "--engine-arg")
        return settings

    def _random_model(self, place: Path) -> tuple[str, dict[str, Any]]:
        """A random model's backend spec and the engine's settings for it."""
        shape = str(self._options.random_llama)
        folder = place / f"random-{shape}"
        _say(f"making a random Llama of shape {shape}")
        kind = self._plan.entry.kind
        random_model = FEATURES[kind].random_model
        assert random_model is not None, "the plan refuses other engines"
        return f"{kind}:{folder}", random_model(folder, shape)


def _content(plan: Plan) -> str:
    """Tells profiles of one name apart, so that their answers do not meet in one folder."""
    if not plan.entry.simulated:
        return ""
    path = Path(plan.spec.partition(":")[2]).expanduser()
    return f" {hashlib.sha256(path.read_bytes()).hexdigest()[:8]}" if path.is_file() else ""


def _joined(given: dict[str, Any], chosen: dict[str, Any], setup: Setup) -> dict[str, Any]:
    """The engine's settings; the accelerator's overrule the caller's, which overrule ours."""
    joined = {**chosen, **given, **setup.settings}
    arguments = [part["engine_args"] for part in (chosen, given, setup.settings) if "engine_args" in part]
    if arguments:
        joined["engine_args"] = {name: value for part in arguments for name, value in part.items()}
    return joined


def _say(line: str) -> None:
    if sys.stderr.isatty():
        print(one_line(line), file=sys.stderr, flush=True)
