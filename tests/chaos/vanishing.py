"""Vanishing clients of ``sot serve``: some read their answers, others leave at any byte, unnoticed by them.

The server is the real program in a process of its own; the engine is the fault-playing one (a test double).
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from server_process import ServeProcess

from .chaos_engine import ChaosEngine
from .checker import check_read, check_text
from .fault_plan import AnswerPlan, plan_of
from .marked_text import LEAK, marks_of, question_of
from .visit import Place, Visit, request_bytes, visit

_MODELS = ("skeleton", "skeleton", "skeleton", "auto", "normal")
_PLACES: tuple[Place, ...] = ("connected", "half the head", "half the body", "asked", "reading", "reading")
_PATIENCE = 120.0  # seconds for one answer
_REST_S = 10.0  # for connections to become idle


@dataclass(frozen=True, slots=True)
class Crowd:
    """Settings of a run with vanishing clients.

    Args:
        clients: Clients at a time.
        seconds: How long they go on asking; each asks at least once.
        vanishing: How many leave early, spread over the run; all of them do if there are fewer answers.
        seed: Seed of all that is drawn.
        pace: Seconds between two deltas of the engine.
        faulty: Share of the answers whose engine plays faults.
        progress: Called after every answer.
    """

    clients: int = 200
    seconds: float = 60.0
    vanishing: int = 600
    seed: int = 1
    pace: float = 0.01
    faulty: float = 0.2
    progress: Callable[[CrowdFigures], None] = lambda figures: None


@dataclass(slots=True)
class CrowdFigures:
    """Figures of such a run.

    Args:
        whole: Answers that were read to their end and found whole.
        harmed: Answers under faults that were read to their end, whole or not.
        refused: Requests that were refused because the queue was full.
        vanished: Clients that left early, by the place where they did.
        wrong: What was found, a line for each.
        busy: Connections at the engine that were not idle at the end.
        open: Connections at the engine after the server's end.
    """

    whole: int = 0
    harmed: int = 0
    refused: int = 0
    vanished: Counter[str] = field(default_factory=Counter[str])
    wrong: list[str] = field(default_factory=list[str])
    busy: int = 0
    open: int = 0

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.wrong and not self.busy and not self.open


async def run_crowd(crowd: Crowd) -> CrowdFigures:
    """Run it."""
    figures = CrowdFigures()
    with ChaosEngine(crowd.seed) as engine:
        engine.default = AnswerPlan(crowd.seed, 0, pace=crowd.pace)
        server = ServeProcess(engine.url, "--model", "chaos", "--opening", "--quiet", OPENAI_API_KEY="")
        await asyncio.to_thread(server.__enter__)
        try:
            await _ask_all(crowd, figures, engine, server)
            figures.busy = await asyncio.to_thread(engine.wait_at_rest, _REST_S)
        finally:
            await asyncio.to_thread(server.__exit__, None, None, None)
        figures.open = await asyncio.to_thread(engine.wait_at_rest, _REST_S, closed=True)
    return figures


async def _ask_all(crowd: Crowd, figures: CrowdFigures, engine: ChaosEngine, server: ServeProcess) -> None:
    where = urlsplit(server.address)
    loop = asyncio.get_running_loop()
    end = loop.time() + crowd.seconds
    numbers = iter(range(1, 1_000_000))

    async def client() -> None:
        while True:
            number = next(numbers)
            left = crowd.vanishing - figures.vanished.total()
            rng = random.Random(f"crowd {crowd.seed} {number}")
            vanishes = left > 0 and rng.random() < 0.5
            await _one(crowd, figures, engine, where.port or 80, number, rng, vanishes=vanishes)
            crowd.progress(figures)
            if loop.time() >= end and (figures.vanished.total() >= crowd.vanishing or number > _most(crowd)):
                return

    async with asyncio.TaskGroup() as group:
        for _ in range(crowd.clients):
            group.create_task(client())


def _most(crowd: Crowd) -> int:
    """Return after how many answers the run ends at last."""
    return 4 * (crowd.vanishing + crowd.clients)


async def _one(
    crowd: Crowd,
    figures: CrowdFigures,
    engine: ChaosEngine,
    port: int,
    number: int,
    rng: random.Random,
    *,
    vanishes: bool,
) -> None:
    """Ask once, and check what was read."""
    place = rng.choice(_PLACES) if vanishes else None
    model = rng.choice(_MODELS)
    if rng.random() < crowd.faulty:
        engine.plans[number] = plan_of(crowd.seed, number, patient=True)
        model = "skeleton"  # requests for others may be forwarded, with all that the engine sends
    data = request_bytes(question_of(number), model)
    if place is not None:
        figures.vanished[place] += 1
    try:
        async with asyncio.timeout(_PATIENCE):
            seen = await visit(port, data, place, after=rng.randrange(6000), reset=rng.random() < 0.5)
    except TimeoutError:
        figures.wrong.append(f"seed {crowd.seed} answer {number}: hang")
        return
    except OSError as error:
        figures.wrong.append(f"seed {crowd.seed} answer {number}: not served: {error!r}")
        return
    if place is None:
        _check(crowd, figures, engine, number, seen)
    engine.forget(number)


def _check(crowd: Crowd, figures: CrowdFigures, engine: ChaosEngine, number: int, seen: Visit) -> None:
    if seen.status == 429:
        figures.refused += 1
        return
    records, plan = list(engine.records(number)), engine.plans.get(number)
    if plan is not None and plan.mood != "calm":
        figures.harmed += 1
        says_whole = (
            seen.done and seen.finish_reason == "stop" and any(m.is_title for m in marks_of(seen.text))
        )
        wrong = (check_read if says_whole else check_text)(seen.text, number, records)
        wrong += [f"{what} in the response" for what in _engine_words(seen.response, engine)]
        kinds = ", ".join(f"{record.stage} {record.part} {record.kind}" for record in records)
        figures.wrong += [f"seed {crowd.seed} answer {number}: {what} [{kinds}]" for what in wrong]
        return
    wrong = check_read(seen.text, number, records)
    if seen.status != 200 or seen.finish_reason != "stop" or not seen.done:
        wrong.append(f"lost: status {seen.status}, finish reason {seen.finish_reason}, done: {seen.done}")
    figures.whole += not wrong
    figures.wrong += [f"seed {crowd.seed} answer {number}: {what}" for what in wrong]


def _engine_words(response: bytes, engine: ChaosEngine) -> list[str]:
    """Return what of the engine's own a response holds: words of its errors, its address."""
    secrets = {"words of the engine": LEAK, "the engine's address": f":{engine.port}"}
    return [name for name, secret in secrets.items() if secret.encode() in response]
