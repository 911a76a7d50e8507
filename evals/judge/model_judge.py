"""A language model as the judge: one request, one verdict; resumable, several requests at once."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, field, replace
from itertools import chain, groupby

from sot.admission import Admission
from sot.completion import Completion
from sot.errors import (
    AuthenticationError,
    BackendError,
    ContextLengthError,
    PrefillRefusedError,
    first_error,
)
from sot.serialise import UsageJson
from sot.terminal import one_line
from sot.types import Backend, BackendInfo, GenerateConfig, Message

from ..run.log import RecordLog
from .pairs import BOTH_ORDERS, Pair, Task
from .prompts import Aspect, JudgePrompts
from .records import Judge, Judgement, judgement, key_of
from .verdict import parse_verdict

_PREFILLED_TOKENS = 8  # "Verdict:" stands there already; the longest continuation is " TIE"
_TOKENS = 1024  # what a model that thinks aloud may need
_THINKING_TOKENS = 4096  # on top, where the model thinks before it writes
_KEPT = 2000  # characters of a reply that are kept
_HOPELESS = 8  # failures in a row after which the engine is taken for gone
_GREEDY = GenerateConfig(temperature=0)


@dataclass(slots=True)
class Tally:
    """Counts of a judging so far, with the reasons of failed requests."""

    done: int = 0
    unparsable: int = 0
    reasons: Counter[str] = field(default_factory=Counter[str])

    @property
    def failed(self) -> int:
        """Number of failed requests."""
        return self.reasons.total()


class ModelJudge:
    """Judge that asks a backend.

    Args:
        config: Without ``max_tokens``, 8 where only the verdict is left to write, else 1024.
        explain: Ask for reasons before the verdict.
    """

    def __init__(
        self,
        backend: Backend,
        info: BackendInfo,
        prompts: JudgePrompts,
        *,
        config: GenerateConfig = _GREEDY,
        explain: bool = False,
        concurrency: int = 4,
    ) -> None:
        self.identity: Judge = (info.model, prompts.fingerprint(explain=explain))
        self.concurrency = concurrency
        self._backend, self._info, self._prompts = backend, info, prompts
        self._config, self._explain = config, explain
        self._prefill = prompts.prefill if info.continues_turn and not explain else None
        self._admission = Admission(concurrency)

    async def judge(self, task: Task) -> Judgement:
        """Have a pair judged, in one order; nobody is asked about identical answers."""
        pair = task.pair
        if pair.identical:
            return judgement(self.identity, task, status="identical", verdict="tie")
        shown = {"first": task.first, "second": task.second, "reference": pair.reference}
        messages = self._prompts.messages(task.aspect, explain=self._explain, question=pair.question, **shown)
        started = time.perf_counter()
        try:
            text, completion = await self._read(messages)
        except PrefillRefusedError:
            self._prefill = None
            text, completion = await self._read(messages)
        place, error = parse_verdict(text, completion.finish_reason)
        return judgement(
            self.identity,
            task,
            status="unparsable" if place is None else "done",
            verdict=place,
            reply=text.strip()[:_KEPT],
            error=error,
            usage=UsageJson(**asdict(completion.usage)),
            seconds=round(time.perf_counter() - started, 4),
        )

    async def _read(self, messages: Sequence[Message]) -> tuple[str, Completion]:
        """Ask for one reply and read it to its end; a prefill is part of its text."""
        prefill = self._prefill
        usual, stop = (_TOKENS, ()) if prefill is None else (_PREFILLED_TOKENS, ("\n",))
        completion = Completion(
            self._backend,
            self._admission.turn(),
            messages,
            replace(self._config, max_tokens=self._config.max_tokens or usual, stop=stop),
            info=self._info,
            prefill=prefill,
            max_thinking_tokens=_THINKING_TOKENS,
        )
        text = prefill or ""
        async with aclosing(completion.text()) as pieces:
            async for piece in pieces:
                text += piece
        return text, completion


def open_tasks(
    known: Sequence[Judgement], judge: Judge, pairs: Sequence[Pair], aspects: Sequence[Aspect], *, seed: int
) -> list[Task]:
    """List the verdicts still to be given: those that are there, readable or not, are not asked for again.

    Pairs come in random order, so that a run that is stopped has judged a fair sample; all aspects of one
    pair in one order follow each other, because they share their prompt's beginning.
    """
    latest = {one.key: one.status for one in known}
    shuffled = list(pairs)
    random.Random(seed).shuffle(shuffled)
    tasks = (Task(pair, aspect, order) for pair in shuffled for order in BOTH_ORDERS for aspect in aspects)
    return [task for task in tasks if latest.get(key_of(judge, task), "failed") == "failed"]


async def judge_all(
    log: RecordLog[Judgement],
    judge: ModelJudge,
    tasks: Sequence[Task],
    changed: Callable[[Tally, Judgement], None] = lambda tally, found: None,
) -> Tally:
    """Have the verdicts given and kept, each as soon as it is there; ``changed`` is called after each.

    A request that fails is recorded and sent again by the next start; so is an answer too long for the
    judge's context.

    Raises:
        AuthenticationError: The engine refuses the key.
        BackendError: It failed eight times in a row.
        OSError: A verdict cannot be written.
    """
    tally = Tally()
    shared = [list(group) for _, group in groupby(tasks, key=lambda task: (task.pair, task.shown_first))]
    waiting = iter(shared)
    failures = 0

    async def work() -> None:
        nonlocal failures
        # One worker takes all aspects of a pair in one order: each finds the answers in the prefix cache.
        for task in chain.from_iterable(waiting):
            error = None
            try:
                found = await judge.judge(task)
            except AuthenticationError:
                raise
            except BackendError as failure:
                error, reason = failure, one_line(str(failure))
                found = judgement(judge.identity, task, status="failed", error=reason)
                tally.reasons[reason] += 1
            await _keep(log, found)
            tally.done += 1
            tally.unparsable += found.status == "unparsable"
            # Answers too long for the judge say nothing against the engine.
            failing = error is not None and not isinstance(error, ContextLengthError)
            failures = failures + 1 if failing else 0
            changed(tally, found)
            if failures >= _HOPELESS and error is not None:
                raise error

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(judge.concurrency, len(shared))):
                group.create_task(work())
    except BaseExceptionGroup as errors:
        raise first_error(errors) from None
    return tally


async def _keep(log: RecordLog[Judgement], found: Judgement) -> None:
    """Write a verdict in a thread, because the disk may be slow; an interrupt waits for it."""
    writing = asyncio.ensure_future(asyncio.to_thread(log.append, found))
    try:
        await asyncio.shield(writing)
    except asyncio.CancelledError:
        await writing
        raise
