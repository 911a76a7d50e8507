"""Has all pairs of a run judged by a model: resumable, several requests at once."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, groupby

from sot.errors import AuthenticationError, BackendError, ContextLengthError, SotError, first_error
from sot.terminal import one_line

from .file import JudgementFile
from .model_judge import ModelJudge, Reply
from .outcomes import BOTH_ORDERS
from .pairs import Pair
from .prompts import Aspect
from .records import Judgement, JudgementKey, JudgementStatus, ShownFirst, latest_judgements

_HOPELESS = 8  # failures in a row after which the engine is taken for gone


@dataclass(frozen=True, slots=True)
class Task:
    """One verdict to be had."""

    pair: Pair
    aspect: Aspect
    shown_first: ShownFirst


@dataclass(slots=True)
class Progress:
    """Progress of judging, with the reasons of failed requests; `changed` is called after every verdict."""

    total: int
    done: int = 0
    unparsable: int = 0
    reasons: Counter[str] = field(default_factory=Counter[str])

    @property
    def failed(self) -> int:
        """Number of failed requests."""
        return self.reasons.total()


def open_tasks(
    file: JudgementFile, judge: ModelJudge, pairs: Sequence[Pair], aspects: Sequence[Aspect], *, seed: int
) -> list[Task]:
    """The verdicts still to be had: those that are there, readable or not, are not asked for again.

    Pairs come in random order, so that a run that is stopped has judged a fair sample; all aspects of one
    pair in one order follow each other, because they share their prompt's beginning.

    Args:
        file: The verdicts so far.
        judge: The judge.
        pairs: The pairs.
        aspects: In what respects.
        seed: Of the order.
    """
    known = latest_judgements(file.judgements)
    shuffled = list(pairs)
    random.Random(seed).shuffle(shuffled)
    tasks = [Task(pair, aspect, order) for pair in shuffled for order in BOTH_ORDERS for aspect in aspects]
    return [task for task in tasks if not _has_verdict(known.get(_key(judge, task)), task)]


async def judge_all(
    file: JudgementFile,
    judge: ModelJudge,
    tasks: Sequence[Task],
    *,
    concurrency: int,
    changed: Callable[[Progress], None] = lambda progress: None,
) -> Progress:
    """Have the verdicts given and kept, each as soon as it is there.

    A request that fails is recorded and sent again by the next start; so is an answer too long for the
    judge's context.

    Args:
        file: Where to.
        judge: The judge.
        tasks: What to judge.
        concurrency: Most requests at once.
        changed: Told after every verdict.

    Raises:
        AuthenticationError: The engine refuses the key.
        BackendError: It failed eight times in a row.
        OSError: A verdict cannot be written.
    """
    progress = Progress(len(tasks))
    shared = [list(group) for _, group in groupby(tasks, key=lambda task: (task.pair, task.shown_first))]
    waiting = iter(shared)
    failures = 0

    async def work() -> None:
        nonlocal failures
        # One worker takes all aspects of a pair in one order: each finds the answers in the prefix cache.
        for task in chain.from_iterable(waiting):
            judgement, error = await _judge(judge, task)
            await _keep(file, judgement)
            progress.done += 1
            progress.unparsable += judgement.status == "unparsable"
            if error is not None:
                progress.reasons[one_line(str(error))] += 1
            # Answers too long for the judge say nothing against the engine.
            failing = isinstance(error, BackendError) and not isinstance(error, ContextLengthError)
            failures = failures + 1 if failing else 0
            changed(progress)
            if failures >= _HOPELESS and error is not None:
                raise error

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(concurrency, len(shared))):
                group.create_task(work())
    except BaseExceptionGroup as errors:
        raise first_error(errors) from None
    return progress


async def _keep(file: JudgementFile, judgement: Judgement) -> None:
    """Write a verdict in a thread, because the disk may be slow; an interrupt waits for it."""
    writing = asyncio.ensure_future(asyncio.to_thread(file.append, judgement))
    try:
        await asyncio.shield(writing)
    except asyncio.CancelledError:
        await writing
        raise


async def _judge(judge: ModelJudge, task: Task) -> tuple[Judgement, SotError | None]:
    if task.pair.identical:
        return _judgement(judge, task, "identical"), None
    try:
        reply = await judge.ask(task.pair, task.aspect, task.shown_first)
    except AuthenticationError:
        raise
    except BackendError as error:
        return _judgement(judge, task, "failed", error=one_line(str(error))), error
    status = "unparsable" if reply.verdict.place is None else "done"
    return _judgement(judge, task, status, reply=reply, error=reply.verdict.error), None


def _judgement(
    judge: ModelJudge,
    task: Task,
    status: JudgementStatus,
    *,
    reply: Reply | None = None,
    error: str | None = None,
) -> Judgement:
    pair = task.pair
    place = "tie" if status == "identical" else reply.verdict.place if reply else None
    return Judgement(
        judge=judge.name,
        prompts=judge.prompts,
        question_id=pair.question_id,
        repeat=pair.repeat,
        category=pair.category,
        strategy=pair.comparison.strategy,
        baseline=pair.comparison.baseline,
        aspect=task.aspect.name,
        shown_first=task.shown_first,
        texts=pair.texts,
        status=status,
        verdict=place,
        reply=reply.text if reply else "",
        error=error,
        usage=reply.usage if reply else None,
        seconds=reply.seconds if reply else 0.0,
        judged_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _has_verdict(known: Judgement | None, task: Task) -> bool:
    return known is not None and known.texts == task.pair.texts and known.status != "failed"


def _key(judge: ModelJudge, task: Task) -> JudgementKey:
    pair = task.pair
    return JudgementKey(
        judge.name,
        judge.prompts,
        pair.question_id,
        pair.repeat,
        pair.comparison.strategy,
        pair.comparison.baseline,
        task.aspect.name,
        task.shown_first,
    )
