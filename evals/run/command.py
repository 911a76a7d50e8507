"""``sot eval run``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sot import SkeletonOfThought
from sot.cli.asking import Asking
from sot.cli.lifecycle import leave, load
from sot.errors import ConfigError, SotError
from sot.terminal import json_line, one_line
from sot.types import BackendInfo

from ..records import MANIFEST, AnswerRecord, Key, latest
from ..sets import QuestionSet, load_questions
from .folder import RunFolder, find_manifest
from .machine import differences, session
from .manifest import Asked, extended, new_manifest, refuse_unlike
from .plan import Job, jobs, outstanding, strategies_of
from .progress import State, progress
from .runner import make_answers, warm_up
from .summary import summary, table


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What the options of ``sot eval run`` say."""

    questions: str
    strategies: str
    out: Path
    form: str | None
    column: str | None
    limit: int | None
    limit_per_category: int | None
    repeat: int
    seed: int | None
    concurrency: int
    retry_failed: bool
    warm_up: bool
    as_json: bool
    quiet: bool
    backend: str | None
    model: str | None
    router: str
    extra_body: str | None
    engine_args: tuple[str, ...]
    settings: Mapping[str, Any]

    def check(self) -> None:
        """Refuse numbers that make no sense.

        Raises:
            ConfigError: One is below its least.
        """
        for name in ("limit", "limit_per_category", "repeat", "concurrency"):
            value: int | None = getattr(self, name)
            if value is not None and value < 1:
                raise ConfigError(f"--{name.replace('_', '-')} is {value}; it must be at least 1")

    def asking(self) -> Asking:
        """The options of the object that answers."""
        return Asking(
            backend=self.backend,
            model=self.model,
            router=self.router,
            system=None,
            extra_body=self.extra_body,
            settings=dict(self.settings),
            engine_args=self.engine_args,
        )

    def asked(self, found: QuestionSet) -> Asked:
        """What is asked for, with everything that must stay the same in one folder.

        Args:
            found: The question set.
        """
        prompts = self.settings.get("prompts")
        chosen = found.chosen(limit=self.limit, limit_per_category=self.limit_per_category)
        return Asked(
            questions=found.info,
            chosen=chosen,
            strategies=strategies_of(self.strategies),
            repeat=self.repeat,
            seed=self.seed,
            prompts=prompts,
            settings={
                **self.settings,
                "prompts": Path(prompts).name if prompts is not None else None,
                "router": self.router,
                "extra_body": self.extra_body,
                "engine_args": list(self.engine_args),
                "concurrency": self.concurrency,
            },
        )


def run_command(running: Running) -> None:
    """Run, resume or extend, and print a summary.

    Args:
        running: The options.

    Raises:
        SotError: Nothing, or not everything, could be run.
    """
    running.check()
    asked = running.asked(load_questions(running.questions, form=running.form, column=running.column))
    asyncio.run(_run(running, asked))


class RunStopped(SotError):
    """The run could not go on; says what is kept and how to go on."""


async def _run(running: Running, asked: Asked) -> None:
    asking = running.asking()
    sot = asking.make()
    try:
        with RunFolder(running.out) as folder:
            await _run_in(folder, running, asked, sot, asking)
    except asyncio.CancelledError:  # Ctrl-C
        await leave(sot)
        raise
    finally:
        await sot.aclose()


async def _run_in(
    folder: RunFolder, running: Running, asked: Asked, sot: SkeletonOfThought, asking: Asking
) -> None:
    before = find_manifest(folder.path)
    start = session()
    if before is not None:  # what can be told without the engine is told before it is loaded
        known = BackendInfo(before.backend, before.model)
        refuse_unlike(folder.path, before, new_manifest(asked, known, start, shown=before.backend))
    elif folder.records:
        raise ConfigError(f"{folder.path} has answers but no {MANIFEST}: choose another --out")
    await load(sot, asking, quiet=running.quiet)
    manifest = new_manifest(asked, await sot.info(), start)
    if before is not None:
        refuse_unlike(folder.path, before, manifest)
        manifest = extended(before, manifest)
        _warn(differences(before.sessions[0], start))
    if folder.cut_off:
        _note("the last line was torn when an earlier start was killed; it is cut off, its answer made again")

    wanted = jobs(asked.chosen, asked.strategies, repeat=asked.repeat, seed=asked.seed)
    left = outstanding(wanted, latest(folder.records), retry_failed=running.retry_failed)
    if left:
        folder.write_manifest(manifest)
    try:
        await _make(folder, running, asked, sot, wanted, left)
    except asyncio.CancelledError:
        _note(f"stopped, {_kept(folder, wanted)}: the same command goes on from there")
        raise
    except SotError as error:
        again = "the same command goes on from there, and with --retry-failed tries the failed ones again"
        raise RunStopped(f"{error}; {_kept(folder, wanted)}: {again}") from None
    _report(folder, running, asked, wanted)


async def _make(
    folder: RunFolder,
    running: Running,
    asked: Asked,
    sot: SkeletonOfThought,
    wanted: Sequence[Job],
    left: Sequence[Job],
) -> None:
    if not left:
        return
    found = _found(folder, wanted)
    state = State(len(wanted), len(found), sum(record.status == "failed" for record in found.values()))
    if running.warm_up:
        await warm_up(sot, asked.strategies)
    with progress(len(left), as_json=running.as_json, quiet=running.quiet) as show:

        def took(record: AnswerRecord) -> None:
            state.took(record)
            show(record, state)

        state.start()
        await make_answers(
            sot,
            folder,
            left,
            seed=asked.seed,
            settings=asked.settings,
            concurrency=running.concurrency,
            took=took,
        )


def _report(folder: RunFolder, running: Running, asked: Asked, wanted: Sequence[Job]) -> None:
    found = _found(folder, wanted)
    rows = summary(found, asked.strategies)
    failed = sum(record.status == "failed" for record in found.values())
    if running.as_json:
        print(json_line({"out": str(folder.path), "answers": len(found), "failed": failed, "summary": rows}))
    else:
        print(f"{len(found)} answers in {one_line(str(folder.path))}\n\n{table(rows)}\n\nMedians.", end="")
        print(f" {failed} failed: --retry-failed tries them again." if failed else "")
    if failed and failed == len(found):
        error = next(reversed(found.values())).error
        raise SotError(f"every answer failed, the last one so: {error}")


def _found(folder: RunFolder, wanted: Sequence[Job]) -> dict[Key, AnswerRecord]:
    counting = latest(folder.records)
    return {job.key: counting[job.key] for job in wanted if job.key in counting}


def _kept(folder: RunFolder, wanted: Sequence[Job]) -> str:
    return f"{len(_found(folder, wanted))} of {len(wanted)} answers are kept in {folder.path}"


def _warn(found: Sequence[str]) -> None:
    if found:
        _note(f"times will not compare with those of the first start: {'; '.join(found)}")


def _note(text: str) -> None:
    print(one_line(text), file=sys.stderr, flush=True)
