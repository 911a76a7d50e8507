"""``sot eval run``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from sot import SkeletonOfThought
from sot.command.engine import leave, load
from sot.errors import SotError
from sot.terminal import json_line, one_line
from sot.types import BackendInfo

from ..records import AnswerRecord, Key, latest
from ..sets import load_questions
from .folder import RunFolder, find_manifest
from .machine import differences, session
from .manifest import Asked, extended, new_manifest, refuse_unlike
from .options import RunOptions
from .plan import Job, jobs, outstanding, strategies_of
from .progress import State, progress
from .runner import make_answers, warm_up
from .summary import summary, table


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
        with RunFolder(options.out) as folder:
            await _run_in(folder, options, asked, sot)
    except asyncio.CancelledError:  # Ctrl-C
        await leave(sot)
        raise
    finally:
        await sot.aclose()


async def _run_in(folder: RunFolder, options: RunOptions, asked: Asked, sot: SkeletonOfThought) -> None:
    before = find_manifest(folder.path)
    start = session()
    if before is not None:  # what can be told without the engine is told before it is loaded
        known = BackendInfo(before.backend, before.model)
        refuse_unlike(folder.path, before, new_manifest(asked, known, start, shown=before.backend))
    await load(sot, options.engine, quiet=options.quiet)
    manifest = new_manifest(asked, await sot.info(), start)
    if before is not None:
        refuse_unlike(folder.path, before, manifest)
        manifest = extended(before, manifest)
        _warn(differences(before.sessions[0], start))
    wanted = jobs(asked.chosen, asked.strategies, repeat=asked.repeat, seed=asked.seed)
    left = outstanding(wanted, latest(folder.records), retry_failed=options.retry_failed)
    if left:
        folder.write_manifest(manifest)
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
    folder: RunFolder,
    options: RunOptions,
    asked: Asked,
    sot: SkeletonOfThought,
    wanted: Sequence[Job],
    left: Sequence[Job],
) -> None:
    if not left:
        return
    found = _found(folder, wanted)
    state = State(len(wanted), len(found), sum(record.status == "failed" for record in found.values()))
    if options.warm_up:
        await warm_up(sot, asked.strategies)
    with progress(len(left), as_json=options.as_json, quiet=options.quiet) as show:

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
            concurrency=options.concurrency,
            took=took,
        )


def _report(folder: RunFolder, options: RunOptions, asked: Asked, wanted: Sequence[Job]) -> None:
    found = _found(folder, wanted)
    rows = summary(found, asked.strategies)
    failed = sum(record.status == "failed" for record in found.values())
    if options.as_json:
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
