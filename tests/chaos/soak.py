"""Soak run: many answers under attack, at several degrees of concurrency, and the figures of it."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from .asking import Result, ask, draw_asked
from .chaos_engine import ChaosEngine
from .checker import check_answer, check_text
from .clients import Client, choose, make_clients
from .fault_plan import plan_of
from .marked_text import question_of
from .residue import Pool, answers_alive, answers_now, memory_mb, pools_left, pools_now, tasks_left

LEVELS = ((1, 20), (2, 30), (4, 50), (8, 80), (16, 100), (32, 100), (64, 120))
"""Degrees of concurrency, and the answers of each in a round of 500."""
MOST_GROWTH_MB = 5.0
PATIENCE = 90.0  # seconds after which an answer counts as a hang
_REST_S = 30.0  # for connections to become idle


@dataclass(slots=True)
class Figures:
    """Figures of a soak run.

    Args:
        answers: Answers so far.
        ended: How they ended.
        kinds: Requests by kind of fault.
        wrong: What was found, a line for each; beyond 50 lines only counted.
        found: What was found, by its first word.
        tasks: Tasks left after a round, at most.
        sockets: Connections left that are not idle, at the engine or in the clients' pools, at most.
        requests: Requests left in the clients' pools, at most.
        alive: Answers and requests left in memory, at most.
        open: Connections that are open after all clients are closed.
        memory: Memory after each round, in MB, with the number of answers so far.
    """

    answers: int = 0
    ended: Counter[str] = field(default_factory=Counter[str])
    kinds: Counter[str] = field(default_factory=Counter[str])
    wrong: list[str] = field(default_factory=list[str])
    found: Counter[str] = field(default_factory=Counter[str])
    tasks: int = 0
    sockets: int = 0
    requests: int = 0
    alive: int = 0
    open: int = 0
    memory: list[tuple[int, float]] = field(default_factory=list[tuple[int, float]])

    @property
    def growth_mb(self) -> float:
        """Growth of memory over the last half of the answers."""
        if len(self.memory) < 2:
            return 0.0
        half = min(self.memory, key=lambda at: abs(at[0] - self.answers / 2))
        return self.memory[-1][1] - half[1]

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        left = self.tasks + self.sockets + self.requests + self.alive + self.open
        return not self.found and not left and self.growth_mb < MOST_GROWTH_MB

    def note(self, what: str) -> None:
        """Take note of something that is wrong."""
        name = what.partition(": ")[2] or what
        self.found[name.partition("[")[0].partition(":")[0].partition(" or ")[0].strip()] += 1
        if len(self.wrong) < 50:
            self.wrong.append(what)


@dataclass(frozen=True, slots=True)
class Soak:
    """Settings of a soak run.

    Args:
        answers: Number of answers.
        seed: Seed of all that is drawn.
        first: Number of the first answer, to repeat a part of a run.
        concurrency: Answers at a time; ``None``: all of `LEVELS`, round after round.
        progress: Called after every answer.
    """

    answers: int
    seed: int = 1
    first: int = 0
    concurrency: int | None = None
    progress: Callable[[Figures], None] = lambda figures: None


async def run_soak(soak: Soak) -> Figures:
    """Run it."""
    figures, loop = Figures(), asyncio.get_running_loop()
    before, earlier, known = pools_now(), answers_now(), asyncio.all_tasks(loop)

    def foreign(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        figures.note(f"seed {soak.seed}: foreign: {context.get('message')} {context.get('exception')!r}")

    loop.set_exception_handler(foreign)
    quiet = logging.getLogger("sot")
    level = quiet.level
    quiet.setLevel(logging.CRITICAL)
    try:
        with ChaosEngine(soak.seed) as engine:
            async with AsyncExitStack() as stack:
                clients = await make_clients(engine.url, stack)
                numbers = iter(range(soak.first, soak.first + soak.answers))
                for concurrency, count in _rounds(soak):
                    await _level(soak, figures, engine, clients, numbers, concurrency, count)
                    await _look_back(figures, engine, before, known)
                    figures.alive = max(figures.alive, answers_alive(earlier))
            figures.open = await asyncio.to_thread(engine.wait_at_rest, _REST_S, closed=True)
            figures.kinds += engine.kinds
    finally:
        loop.set_exception_handler(None)
        quiet.setLevel(level)
    return figures


def _rounds(soak: Soak) -> Iterator[tuple[int, int]]:
    """Yield the degrees of concurrency with their answers, until all answers have their place."""
    left = soak.answers
    if soak.concurrency is not None:
        while left > 0:
            yield soak.concurrency, min(left, 500)
            left -= 500
    scale = min(1.0, soak.answers / sum(count for _, count in LEVELS))
    while soak.concurrency is None and left > 0:
        for concurrency, count in LEVELS:
            count = max(1, round(count * scale))
            if left > 0:
                yield concurrency, min(left, count)
            left -= count


async def _level(
    soak: Soak,
    figures: Figures,
    engine: ChaosEngine,
    clients: list[Client],
    numbers: Iterator[int],
    concurrency: int,
    count: int,
) -> None:
    """Have so many answers made at one degree of concurrency."""
    todo = iter(range(count))

    async def work() -> None:
        for _ in todo:
            await _one(soak, figures, engine, clients, next(numbers))
            soak.progress(figures)

    async with asyncio.TaskGroup() as group:
        for _ in range(min(concurrency, count)):
            group.create_task(work())


async def _one(soak: Soak, figures: Figures, engine: ChaosEngine, clients: list[Client], number: int) -> None:
    """Have one answer made, and check it."""
    rng = random.Random(f"ask {soak.seed} {number}")
    client = choose(clients, rng)
    plan = engine.plans[number] = plan_of(soak.seed, number, patient=client.patient)
    asked = draw_asked(rng, question_of(number, rng.randrange(4)))
    result = await ask(client.sot, asked, PATIENCE)
    figures.answers += 1
    figures.ended[result.ended] += 1
    for what in _check(result, number, engine, client):
        figures.note(f"seed {soak.seed} answer {number} ({client.name}, {asked.manner}, {plan.mood}): {what}")
    engine.forget(number)


def _check(result: Result, number: int, engine: ChaosEngine, client: Client) -> list[str]:
    records = list(engine.records(number))
    kinds = ", ".join(f"{record.stage} {record.part} {record.kind}" for record in records)
    if result.ended == "hang":
        return [f"hang: {kinds}"]
    if result.ended == "foreign":
        return [f"foreign: {result.error!r} after {kinds}"]
    if result.answer is None:
        wrong = check_text(result.text, number, records)
    else:
        wrong = check_answer(result.text, result.answer, number, records, patient=client.patient)
    if result.ended == "failed" and not client.alive and records:
        wrong.append("foreign: a request of a dead engine reached another one")
    return [f"{what} [{kinds}]" for what in wrong]


async def _look_back(
    figures: Figures,
    engine: ChaosEngine,
    before: list[Pool],
    known: set[asyncio.Task[Any]],
) -> None:
    """Look for what the answers have left behind."""
    left = await tasks_left(known)
    figures.tasks = max(figures.tasks, len(left))
    for task in left:
        figures.note(f"round: task left: {task}")
    busy = await asyncio.to_thread(engine.wait_at_rest, _REST_S)
    pools = await pools_left(before)
    figures.sockets = max(figures.sockets, busy, pools["busy"])
    figures.requests = max(figures.requests, pools["requests"])
    figures.memory.append((figures.answers, memory_mb()))
