"""``sot eval run``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from sot import SkeletonOfThought
from sot.command.engine import leave, load
from sot.errors import SotError
from sot.terminal import json_line, one_line
from sot.types import BackendInfo

from ..dataset.load import load_questions
from ..report.format import number, seconds
from ..report.table import Table
from ..stats import median
from .answering import answer
from .folder import RunFolder
from .machine import differences, session
from .manifest import Asked, EvalManifest
from .options import RunOptions, strategies_of
from .plan import Condition, Job, jobs, outstanding
from .progress import Progress
from .records import AnswerRecord, Key, latest
from .runner import make_answers, warm_up, write_record

Folder = RunFolder[EvalManifest]


def run_command(options: RunOptions) -> None:
    """Run, resume or extend, and print a summary.

    Raises:
        SotError: Nothing, or not everything, could be run.
    """
    found = load_questions(options.questions, form=options.form, column=options.column)
    asked = Asked(
        questions=found.info,
        chosen=found.chosen(limit=options.limit, limit_per_category=options.limit_per_category),
        strategies=strategies_of(options.strategies),
        repeat=options.repeat,
        seed=options.seed,
        prompts=options.layout.prompts,
        settings=options.recorded(),
    )
    asyncio.run(_run(options, asked))


class RunStopped(SotError):
    """The run could not go on; says what is kept and how to go on."""


async def _run(options: RunOptions, asked: Asked) -> None:
    sot = options.make()
    try:
        with RunFolder(options.out, EvalManifest) as folder:
            await _run_in(folder, options, asked, sot)
    except asyncio.CancelledError:  # Ctrl-C
        await leave(sot)
        raise
    finally:
        await sot.aclose()


async def _run_in(folder: Folder, options: RunOptions, asked: Asked, sot: SkeletonOfThought) -> None:
    before, start = folder.manifest, session()
    if before is not None:  # what can be told without the engine is told before it is loaded
        known = BackendInfo(before.backend, before.model)
        folder.refuse_unlike(asked.manifest(known, start, shown=before.backend))
    await load(sot, options.engine, quiet=options.quiet)
    manifest = asked.manifest(await sot.info(), start)
    folder.refuse_unlike(manifest)
    if before is not None and (found := differences(before.sessions[0], start)):
        _note(f"times will not compare with those of the first start: {'; '.join(found)}")
    conditions = [Condition(strategy) for strategy in asked.strategies]
    wanted = jobs(conditions, asked.chosen, asked.repeat, asked.seed)
    left = outstanding(wanted, latest(folder.records), retry_failed=options.retry_failed)
    if left:
        folder.begin(manifest)
        if folder.cut_off:
            _note("the last line was torn by a kill: it is cut off, and its answer made again")
    try:
        await _make(folder, options, asked, sot, wanted, left)
    except asyncio.CancelledError:
        _note(f"stopped, {_kept(folder, wanted)}: the same command goes on from there")
        raise
    except SotError as error:
        again = "the same command goes on from there, and with --retry-failed tries the failed ones again"
        raise RunStopped(f"{error}; {_kept(folder, wanted)}: {again}") from None
    _report(folder, options, asked, wanted)


async def _make(
    folder: Folder,
    options: RunOptions,
    asked: Asked,
    sot: SkeletonOfThought,
    wanted: Sequence[Job],
    left: Sequence[Job],
) -> None:
    if not left:
        return
    if options.warm_up:
        await warm_up(sot, asked.strategies)
    found = _found(folder, wanted)
    with Progress(
        len(wanted),
        kept=len(found),
        failed=sum(record.status == "failed" for record in found.values()),
        to_make=len(left),
        as_json=options.as_json,
        quiet=options.quiet,
    ) as progress:

        async def make(job: Job) -> AnswerRecord:
            return await answer(sot, job, seed=asked.seed, settings=asked.settings)

        async def keep(record: AnswerRecord) -> None:
            await write_record(folder.append, record)
            _show(progress, record)

        await make_answers(left, make, keep, concurrency=options.concurrency)


def _show(progress: Progress, record: AnswerRecord) -> None:
    done = record.status == "done"
    became = f"{record.total_s:.2f} s" if done else f"failed: {record.error or ''}"
    again = record.attempt > 1
    progress.took(
        f"{record.question_id} {record.strategy}: {became}",
        kept=0 if again else 1,
        failed=(-1 if done else 0) if again else (0 if done else 1),
        fields={
            **record.model_dump(include={"question_id", "strategy", "repeat", "status", "error"}),
            "total_s": record.total_s if done else None,
        },
    )


def _report(folder: Folder, options: RunOptions, asked: Asked, wanted: Sequence[Job]) -> None:
    found = _found(folder, wanted)
    rows = [_summary(strategy, found) for strategy in asked.strategies]
    failed = sum(record.status == "failed" for record in found.values())
    if options.as_json:
        print(json_line({"out": str(folder.path), "answers": len(found), "failed": failed, "summary": rows}))
    else:
        table = _table(rows, failed)
        print(f"{len(found)} answers in {one_line(str(folder.path))}\n")
        print(table.terminal() if sys.stdout.isatty() else table.markdown())
    if failed and failed == len(found):
        error = next(reversed(found.values())).error
        raise SotError(f"every answer failed, the last one so: {error}")


def _summary(strategy: str, found: Mapping[Key, AnswerRecord]) -> dict[str, Any]:
    """Counts and medians of a strategy; failed answers are counted, and in no median."""
    records = [record for record in found.values() if record.strategy == strategy]
    done = [record for record in records if record.status == "done"]
    return {
        "strategy": strategy,
        "done": len(done),
        "failed": len(records) - len(done),
        "total_s": median(record.total_s for record in done),
        "first_text_s": median(record.first_text_s for record in done),
        "completion_tokens": median(record.usage.completion_tokens for record in done),
        "fell_back": sum(record.fell_back is not None for record in done),
    }


def _table(rows: Sequence[Mapping[str, Any]], failed: int) -> Table:
    again = f" {failed} failed: --retry-failed tries them again." if failed else ""
    return Table(
        ("strategy", "done", "failed", "whole answer", "first text", "tokens written", "fell back"),
        [
            (
                row["strategy"],
                str(row["done"]),
                str(row["failed"]),
                seconds(row["total_s"]),
                seconds(row["first_text_s"]),
                number(row["completion_tokens"]),
                str(row["fell_back"]),
            )
            for row in rows
        ],
        note=f"Medians.{again}",
    )


def _found(folder: Folder, wanted: Sequence[Job]) -> dict[Key, AnswerRecord]:
    counting = latest(folder.records)
    return {job.key: counting[job.key] for job in wanted if job.key in counting}


def _kept(folder: Folder, wanted: Sequence[Job]) -> str:
    return f"{len(_found(folder, wanted))} of {len(wanted)} answers are kept in {folder.path}"


def _note(text: str) -> None:
    print(one_line(text), file=sys.stderr, flush=True)
