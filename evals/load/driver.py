"""Sends questions when they arrive, however many are still being answered, and takes the answers' times."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any

from sot import SkeletonOfThought
from sot.errors import SotError, first_error
from sot.load.profile import EngineProfile
from sot.types import Backend, Message, Route

from .arrivals import Arrival
from .policies import Policy
from .sample import Sample, sample_of
from .shapes import Shape

_IN_FLIGHT = 100_000  # an open loop holds nothing back
EACH = 4  # answers for each place, where the capacity is measured
_FEW_TOGETHER = 16
_HELPS = 1.1
_LONG_S = 150.0  # the next try would take twice as long
_WARM_UP = "What makes a good holiday?"


class EverythingSuits:
    """A router that calls every question suitable, so that the load alone decides."""

    name = "bench"

    async def route(self, messages: Sequence[Message]) -> Route:
        """A skeleton."""
        return Route("skeleton", 1.0, "every question of this measurement suits", self.name)


@dataclass(frozen=True, slots=True)
class Setting:
    """What is measured.

    Args:
        backend: The engine.
        questions: Asked in turn.
        profile: How fast the engine is, for the adaptive policy; ``None``: it finds out.
        shapes: The lengths of a simulated engine's answers, in turn; none: the engine writes what it likes.
        options: Settings of `sot.options.Options` for every answer.
    """

    backend: Backend
    questions: Sequence[str]
    profile: EngineProfile | None = None
    shapes: Sequence[Shape] = ()
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    asked: Iterator[int] = field(default_factory=partial(count, 1))

    def asking(self, policy: Policy) -> SkeletonOfThought:
        """The object that answers by a policy.

        Args:
            policy: The policy.
        """
        options = {"max_in_flight": _IN_FLIGHT, **self.options}
        if policy != "adaptive":
            return SkeletonOfThought(self.backend, strategy=policy, **options)
        return SkeletonOfThought(
            self.backend, router=EverythingSuits(), adapt=True, profile=self.profile, **options
        )

    def question(self, number: int, given: str | None = None) -> str:
        """A question, with a number that no other one has.

        Without it the prefix cache would know the prompts of a question that was asked before, and the
        policy that comes first would seem the slowest.

        Args:
            number: Which, from 0 on.
            given: The question itself, where the trace holds one.
        """
        text = given or self.questions[number % len(self.questions)]
        return f"{text} (No. {next(self.asked)})"

    def extra(self, number: int) -> dict[str, Any]:
        """The request fields of an answer.

        Args:
            number: Which, from 0 on.
        """
        own: dict[str, Any] = dict(self.options.get("extra", {}))
        return {**own, **self.shapes[number % len(self.shapes)].extra} if self.shapes else own


async def warm_up(setting: Setting) -> float:
    """Answer a few questions one after the other; the seconds of a normal answer on the idle engine (median).

    Args:
        setting: What is measured.

    Raises:
        SotError: The engine failed.
    """
    times: list[float] = []
    for policy in ("skeleton", "normal", "normal", "normal"):
        sot = setting.asking(policy)
        question = setting.question(0, _WARM_UP)
        answer = await sot.answer(question, extra=setting.extra(len(times)))
        times.append(answer.timing.total_s)
    return sorted(times[1:])[1]


async def closed_loop(setting: Setting, together: int, answers: int) -> float:
    """Normal answers a second of an engine that never runs out of them.

    Args:
        setting: What is measured.
        together: Answers under way at any time.
        answers: How many in all; the first third is not counted.

    Raises:
        SotError: The engine failed.
    """
    loop = asyncio.get_running_loop()
    sot = setting.asking("normal")
    numbers = iter(range(answers))
    ends: list[float] = []

    async def one_after_the_other() -> None:
        for number in numbers:
            await sot.answer(setting.question(number), extra=setting.extra(number))
            ends.append(loop.time())

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(together):
                group.create_task(one_after_the_other())
    except BaseExceptionGroup as failures:
        raise first_error(failures) from None
    # The last answers run with fewer and fewer beside them.
    first, last = answers // 3, max(answers - together, answers // 3 + 1)
    ends.sort()
    return (last - first) / max(ends[last] - ends[first], 1e-9)


async def find_capacity(
    setting: Setting, most: int, progress: Callable[[int], None] = lambda together: None
) -> float:
    """Normal answers a second of an engine that never runs out of them, with more and more at once.

    A slow engine with hundreds of places would need a quarter of an hour to fill them all, and be no quicker
    for it: the search ends where twice as many at once bring less than a tenth, or where a try took minutes.

    Args:
        setting: What is measured.
        most: Answers under way at most.
        progress: Is told how many are.

    Raises:
        SotError: The engine failed.
    """
    loop = asyncio.get_running_loop()
    capacity, together = 0.0, min(_FEW_TOGETHER, most)
    while True:
        progress(together)
        began = loop.time()
        found = await closed_loop(setting, together, EACH * together)
        if found < _HELPS * capacity or 2 * together > most or loop.time() - began > _LONG_S:
            return max(found, capacity)
        capacity, together = found, 2 * together


async def open_loop(
    setting: Setting,
    arrivals: Sequence[Arrival],
    policy: Policy,
    *,
    load: float,
    drain_s: float | None = None,
    sot: SkeletonOfThought | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> list[Sample]:
    """Answer questions as they arrive.

    Args:
        setting: What is measured.
        arrivals: When they arrive.
        policy: How they are answered.
        load: The offered load, for the samples.
        sot: What answers; a new one unless given.
        drain_s: Seconds after the last arrival after which unfinished answers are given up; ``None``: never.
        progress: Is told how many answers are over.

    Raises:
        SotError: Every answer failed; the first one's error.
    """
    loop = asyncio.get_running_loop()
    sot = sot or setting.asking(policy)
    started = loop.time()
    samples: list[Sample] = []
    errors: list[SotError] = []

    async def answer(number: int, arrival: Arrival) -> None:
        late = loop.time() - started - arrival.at_s
        question = setting.question(number, arrival.question)
        nothing = Sample(load=load, policy=policy, at_s=arrival.at_s, question=question)
        try:
            made = await sot.answer(question, extra=setting.extra(number))
        except SotError as error:
            errors.append(error)
            samples.append(nothing.model_copy(update={"state": "failed", "error": str(error)}))
        except asyncio.CancelledError:
            samples.append(nothing.model_copy(update={"state": "unfinished"}))
            raise
        else:
            samples.append(
                sample_of(made, load=load, policy=policy, at_s=arrival.at_s, late_s=max(late, 0.0))
            )
        progress(len(samples))

    tasks: list[asyncio.Task[None]] = []
    try:
        for number, arrival in enumerate(arrivals):
            await asyncio.sleep(max(started + arrival.at_s - loop.time(), 0))
            tasks.append(asyncio.create_task(answer(number, arrival)))
        if tasks:
            await asyncio.wait(tasks, timeout=drain_s)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if errors and len(errors) == len(samples):
        raise errors[0]
    return sorted(samples, key=lambda sample: sample.at_s)
