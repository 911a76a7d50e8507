"""Open-loop load driver: sends questions when they arrive, however many are still being answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from statistics import median
from typing import Any

from sot import SkeletonOfThought
from sot.errors import SotError, first_error
from sot.load.profile import EngineProfile
from sot.terminal import one_line
from sot.types import Answer, Backend, Message, Route

from ..measure.shapes import Scripted
from ..run.machine import utc_now
from ..run.records import AnswerRecord, Offered, kept_answer
from .arrivals import Arrival, Load, Turn
from .options import Policy

_IN_FLIGHT = 100_000  # an open loop holds nothing back
_EACH = 4  # answers for each place, where the capacity is measured
FEW_TOGETHER = 16
_HELPS = 1.1
_LONG_S = 150.0  # the next try would take twice as long
_WARM_UP = "What makes a good holiday?"


class EverythingSuits:
    """A router that calls every question suitable, so that the load alone decides."""

    name = "bench"

    async def route(self, messages: Sequence[Message]) -> Route:
        return Route("skeleton", 1.0, "every question of this measurement suits", self.name)


@dataclass(frozen=True, slots=True)
class Setting:
    """Engine, questions and settings of a load measurement.

    Args:
        questions: Asked in turn.
        profile: The engine's speed, for the adaptive policy; ``None``: it finds out.
        shapes: Lengths of a simulated engine's answers, in turn; none: the engine writes what it likes.
        options: Settings of `sot.options.Options` for every answer.
        asked: Numbers of the questions.
        points: Whether records keep the points' times.
    """

    backend: Backend
    questions: Sequence[str]
    profile: EngineProfile | None = None
    shapes: Sequence[Scripted] = ()
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    asked: Iterator[int] = field(default_factory=partial(count, 1))
    points: bool = True

    def asking(self, policy: Policy) -> SkeletonOfThought:
        """Return the object that answers by a policy."""
        options = {"max_in_flight": _IN_FLIGHT, **self.options}
        if policy != "adaptive":
            return SkeletonOfThought(self.backend, strategy=policy, **options)
        return SkeletonOfThought(
            self.backend, router=EverythingSuits(), adapt=True, profile=self.profile, **options
        )

    def question(self, number: int, given: str | None = None) -> str:
        """Return a question, from 0 on or as the trace gives it, with a number that no other one has.

        Without it the prefix cache would know the prompts of a question that was asked before, and the
        policy that comes first would seem the slowest.
        """
        text = given or self.questions[number % len(self.questions)]
        return f"{text} (No. {next(self.asked)})"

    def extra(self, number: int) -> dict[str, Any]:
        """Return the request fields of an answer, from 0 on."""
        return self.shapes[number % len(self.shapes)].extra if self.shapes else {}


async def warm_up(setting: Setting) -> float:
    """Answer a few questions one by one; returns the median seconds of a normal answer on the idle engine."""
    times: list[float] = []
    for number, policy in enumerate(("skeleton", "normal", "normal", "normal")):
        question = setting.question(0, _WARM_UP)
        answer = await setting.asking(policy).answer(question, extra=setting.extra(number))
        times.append(answer.timing.total_s)
    return median(times[1:])


async def closed_loop(setting: Setting, together: int, answers: int) -> float:
    """Measure the normal answers a second of an engine that never runs out of them.

    Args:
        together: Answers under way at any time.
        answers: How many in all, at least three; `steady_part` is counted.
    """
    ended = await answers_in_a_loop(setting, setting.asking("normal"), together, answers)
    steady = steady_part(together, answers)
    return len(steady) / max(ended[steady[-1]][0] - ended[steady[0] - 1][0], 1e-9)


async def answers_in_a_loop(
    setting: Setting, sot: SkeletonOfThought, together: int, answers: int
) -> list[tuple[float, Answer]]:
    """Answer questions with so many under way at any time; returns the answers by their ends, with those.

    Args:
        together: Answers under way at any time.
        answers: Number of all.
    """
    clock = asyncio.get_running_loop().time
    numbers = iter(range(answers))
    ended: list[tuple[float, Answer]] = []

    async def one_after_the_other() -> None:
        for number in numbers:
            answer = await sot.answer(setting.question(number), extra=setting.extra(number))
            ended.append((clock(), answer))

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(together):
                group.create_task(one_after_the_other())
    except BaseExceptionGroup as failures:
        raise first_error(failures) from None
    return ended


def steady_part(together: int, answers: int) -> range:
    """Return the places of the answers, in order of their ends, that a closed loop counts.

    The first third begins all at once, and the last ones run with fewer and fewer beside them. The time in
    which the others ended is that since the end of the answer before them.
    """
    first, last = answers // 3, max(answers - together, answers // 3 + 1)
    return range(first + 1, last + 1)


async def find_capacity(
    setting: Setting,
    most: int,
    progress: Callable[[int], None] = lambda together: None,
    *,
    first: int = FEW_TOGETHER,
) -> float:
    """Measure the normal answers a second of a full engine, with more and more at once.

    A slow engine with hundreds of places would need a quarter of an hour to fill them all, and be no quicker
    for it: the search ends where twice as many at once bring less than a tenth, or where a try took minutes.

    Args:
        most: Answers under way at most; ``first`` at first.
        progress: Takes how many are.
    """
    loop = asyncio.get_running_loop()
    capacity, together = 0.0, min(first, most)
    while True:
        progress(together)
        began = loop.time()
        found = await closed_loop(setting, together, _EACH * together)
        if found < _HELPS * capacity or 2 * together > most or loop.time() - began > _LONG_S:
            return max(found, capacity)
        capacity, together = found, 2 * together


async def open_loop(
    setting: Setting,
    load: Load,
    turn: Turn,
    *,
    sot: SkeletonOfThought | None = None,
    progress: Callable[[], None] = lambda: None,
) -> list[AnswerRecord]:
    """Answer the questions of a turn as they arrive; returns the records in the order of arrival.

    Args:
        sot: What answers; a new one unless given.
        progress: Called for every answer that is over.

    Raises:
        SotError: Every answer failed; the first one's error.
    """
    loop = asyncio.get_running_loop()
    sot = sot or setting.asking(turn.policy)
    started = loop.time() - turn.round * load.round_s
    records: dict[int, AnswerRecord] = {}
    errors: list[SotError] = []

    async def answer(number: int, arrival: Arrival) -> None:
        question = setting.question(number, arrival.question)
        records[number] = AnswerRecord(
            question_id=load.key(turn.policy, number).question_id,
            strategy=turn.policy,
            question=question,
            status="unfinished",
            offered=Offered(load.load, arrival.at_s, max(loop.time() - started - arrival.at_s, 0.0)),
            started_at=utc_now(),
        )
        try:
            made = await sot.answer(question, extra=setting.extra(number))
        except SotError as error:
            errors.append(error)
            ended: dict[str, Any] = {"status": "failed", "error": one_line(str(error))}
        else:
            dropped: dict[str, Any] = {} if setting.points else {"skeleton": [], "points": []}
            ended = {"status": "done", "answer": kept_answer(made, texts=False) | dropped}
        records[number] = records[number].model_copy(update=ended)
        progress()

    tasks: list[asyncio.Task[None]] = []
    try:
        for number in load.part(turn.round):
            arrival = load.coming[number]
            await asyncio.sleep(max(started + arrival.at_s - loop.time(), 0))
            tasks.append(asyncio.create_task(answer(number, arrival)))
        if tasks:
            await asyncio.wait(tasks, timeout=load.drain_s)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if errors and len(errors) == len(records):
        raise errors[0]
    return [records[number] for number in sorted(records)]
