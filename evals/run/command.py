"""``sot eval run``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sot.command.engine import answering, leave, load
from sot.errors import SotError
from sot.terminal import json_line, one_line, shown_spec

from ..dataset.load import load_questions
from ..report.format import UNKNOWN, number, seconds
from ..report.table import Table
from ..score.exact import exact_score
from ..stats.bootstrap import median
from .answering import answer, make_answers, warm_up
from .asking import refuse_unfit
from .folder import RunFolder
from .machine import differences, session
from .manifest import EvalManifest, pack_hashes
from .options import RunOptions, strategies_of
from .plan import Condition, Job, jobs, outstanding
from .progress import Progress
from .records import AnswerRecord, latest

_COLUMNS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "strategy": lambda row: row["strategy"],
    "done": lambda row: str(row["done"]),
    "failed": lambda row: str(row["failed"]),
    "whole answer": lambda row: seconds(row["total_s"]),
    "first text": lambda row: seconds(row["first_text_s"]),
    "tokens written": lambda row: number(row["completion_tokens"]),
    "fell back": lambda row: str(row["fell_back"]),
    "repaired": lambda row: str(row["repaired"]),
    "right": lambda row: f"{row['right']} of {row['scored']}" if row["scored"] else UNKNOWN,
}


def run_command(options: RunOptions) -> None:
    """Run, resume or extend, and print a summary.

    Raises:
        SotError: Nothing, or not everything, could be run.
    """
    asyncio.run(_Run(options).run())


class _Run:
    def __init__(self, options: RunOptions) -> None:
        found = load_questions(options.questions, form=options.form, column=options.column)
        chosen = found.chosen(limit=options.limit, limit_per_category=options.limit_per_category)
        refuse_unfit(strategies_of(options.strategies), chosen)
        self._options = options
        self._manifest = EvalManifest(
            backend="",  # until the engine tells
            model="",
            strategies=strategies_of(options.strategies),
            questions=found.info,
            question_ids=[question.id for question in chosen],
            repeat=options.repeat,
            seed=options.seed,
            settings=options.recorded(),
            prompts=pack_hashes(options.layout.prompts),
            sessions=[session()],
        )
        conditions = map(Condition, self._manifest.strategies)
        self._wanted = jobs(conditions, chosen, options.repeat, options.seed)
        self._sot = answering(
            options.engine,
            router=options.router,
            extra_body=options.extra_body,
            stages=options.stages,
            **options.settings(),
        )
        self._folder = RunFolder(options.out, EvalManifest)

    async def run(self) -> None:
        """Make the answers that are not there yet, and print the summary."""
        try:
            with self._folder:
                await self._begin()
                await self._make()
                self._report()
        except asyncio.CancelledError:  # Ctrl-C
            await leave(self._sot)
            raise
        finally:
            await self._sot.aclose()

    async def _begin(self) -> None:
        """Load the engine; what can be told without it is told before."""
        before, now = self._folder.manifest, self._manifest
        if before is not None:
            known = {"backend": before.backend, "model": before.model}
            self._folder.refuse_unlike(now.model_copy(update=known))
        await load(self._sot, self._options.engine, quiet=self._options.quiet)
        info = await self._sot.info()
        self._manifest = now.model_copy(update={"backend": shown_spec(info.backend), "model": info.model})
        self._folder.refuse_unlike(self._manifest)
        if before is not None and (found := differences(before.sessions[0], now.sessions[0])):
            _note(f"times will not compare with those of the first start: {'; '.join(found)}")

    async def _make(self) -> None:
        left = outstanding(
            self._wanted, latest(self._folder.records), retry_failed=self._options.retry_failed
        )
        if not left:
            return
        self._folder.begin(self._manifest)
        if self._folder.cut_off:
            _note("the last line was torn by a kill: it is cut off, and its answer made again")
        try:
            await self._make_answers(left)
        except asyncio.CancelledError:
            _note(f"stopped, {self._kept()}: the same command goes on from there")
            raise
        except SotError as error:
            on = "the same command goes on from there, and with --retry-failed tries the failed ones again"
            raise SotError(f"{error}; {self._kept()}: {on}") from None

    async def _make_answers(self, left: Sequence[Job]) -> None:
        options, manifest, found = self._options, self._manifest, self._found()
        if options.warm_up:
            await warm_up(self._sot, manifest.strategies, left[0].question)
        with Progress(
            len(self._wanted),
            kept=len(found),
            failed=_failed(found),
            to_make=len(left),
            as_json=options.as_json,
            quiet=options.quiet,
        ) as progress:

            async def make(job: Job) -> AnswerRecord:
                return await answer(self._sot, job, seed=manifest.seed, settings=manifest.settings)

            async def keep(record: AnswerRecord) -> None:
                # In a thread, because the disk may be slow; an interrupt waits for it.
                writing = asyncio.ensure_future(asyncio.to_thread(self._folder.append, record))
                try:
                    await asyncio.shield(writing)
                except asyncio.CancelledError:
                    await writing
                    raise
                _show(progress, record)

            await make_answers(left, make, keep, concurrency=options.concurrency)

    def _report(self) -> None:
        found = self._found()
        failed = _failed(found)
        rows = [_summary(strategy, found) for strategy in self._manifest.strategies]
        out = str(self._folder.path)
        if self._options.as_json:
            print(json_line({"out": out, "answers": len(found), "failed": failed, "summary": rows}))
        else:
            again = f" {failed} failed: --retry-failed tries them again." if failed else ""
            table = Table.of(rows, _COLUMNS, note=f"Medians.{again}")
            print(f"{len(found)} answers in {one_line(out)}\n")
            print(table.terminal() if sys.stdout.isatty() else table.markdown())
        if failed and failed == len(found):
            raise SotError(f"every answer failed, the last one so: {found[-1].error}")

    def _found(self) -> list[AnswerRecord]:
        """The records that count of the answers wanted."""
        counting = latest(self._folder.records)
        return [counting[job.key] for job in self._wanted if job.key in counting]

    def _kept(self) -> str:
        return f"{len(self._found())} of {len(self._wanted)} answers are kept in {self._folder.path}"


def _show(progress: Progress, record: AnswerRecord) -> None:
    done, again = record.status == "done", record.attempt > 1
    became = f"{record.total_s:.2f} s" if done else f"failed: {record.error or ''}"
    fields = record.model_dump(include={"question_id", "strategy", "repeat", "status", "error"})
    progress.took(
        f"{record.question_id} {record.strategy}: {became}",
        kept=0 if again else 1,
        failed=(-1 if done else 0) if again else (0 if done else 1),
        fields={**fields, "total_s": record.total_s if done else None},
    )


def _summary(strategy: str, found: Sequence[AnswerRecord]) -> dict[str, Any]:
    """Counts and medians of a strategy; failed answers are counted, and in no median."""
    records = [record for record in found if record.strategy == strategy]
    done = [record for record in records if record.status == "done"]
    scores = [score for record in done if (score := exact_score(record)) is not None]
    return {
        "strategy": strategy,
        "done": len(done),
        "failed": len(records) - len(done),
        "total_s": median(record.total_s for record in done),
        "first_text_s": median(record.first_text_s for record in done),
        "completion_tokens": median(record.usage.completion_tokens for record in done),
        "fell_back": sum(record.fell_back is not None for record in done),
        "repaired": sum("repaired" in record.point_statuses for record in done),
        "right": sum(score.correct for score in scores),
        "scored": len(scores),
    }


def _failed(records: Sequence[AnswerRecord]) -> int:
    return sum(record.status == "failed" for record in records)


def _note(text: str) -> None:
    print(one_line(text), file=sys.stderr, flush=True)
