"""Hedged routing: the likely strategies start while a slow router decides, and the losers are aborted.

A candidate's events are buffered until the route is known, so that the reader sees only the winner, as if it
had run alone, but sooner. The losers' usage is counted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from ..events import Event, Routed
from ..types import Route, StrategyName
from .base import Outcome, Run, strategy_for
from .tasks import end_tasks

_CANDIDATES: tuple[StrategyName, ...] = ("normal", "skeleton")

Emit = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class HedgeResult:
    """Result of a hedged answer.

    Args:
        route: The route.
        route_s: Seconds from the question's arrival until the route was decided.
        run: The winner's run.
        outcome: The winner's outcome.
        losers: The losers' runs.
    """

    route: Route
    route_s: float
    run: Run
    outcome: Outcome
    losers: tuple[Run, ...]


async def run_hedged(
    routing: Coroutine[Any, Any, Route], new_run: Callable[[Emit], Run], emit: Emit
) -> HedgeResult:
    """Answer a question with hedged routing.

    No candidate starts where the router decides without waiting, as the local ones do.

    Args:
        routing: The router's decision, not yet started.
        new_run: Makes a run that sends its events to the given callback.
        emit: Event callback, called in order.

    Raises:
        SotError: The router failed, or the strategy that it chose.
    """
    candidates: dict[StrategyName, _Candidate] = {}
    winner: _Candidate | None = None
    deciding = asyncio.create_task(routing)
    try:
        await asyncio.sleep(0)  # lets the router run until it first waits
        if not deciding.done():
            candidates = {name: _Candidate(name, new_run) for name in _CANDIDATES}
        route = await deciding
        emit(Routed(route))
        winner = candidates.pop(route.strategy, None)
        run = new_run(emit) if winner is None else winner.run
        route_s = run.now()
        if winner is not None:
            winner.open(emit)
        await end_tasks(loser.task for loser in candidates.values())
        losers = tuple(loser.run for loser in candidates.values())
        outcome = await (strategy_for(route.strategy).run(run) if winner is None else winner.task)
        return HedgeResult(route, route_s, run, outcome, losers)
    finally:
        left = [*candidates.values(), *([winner] if winner is not None else [])]
        await end_tasks([deciding, *(candidate.task for candidate in left)])


class _Candidate:
    """Strategy that runs ahead of the route, with its events buffered."""

    def __init__(self, name: StrategyName, new_run: Callable[[Emit], Run]) -> None:
        self._held: list[Event] = []
        self._emit: Emit = self._held.append
        self.run = new_run(lambda event: self._emit(event))
        # Normal decoding runs beside the skeleton already, as the other candidate.
        self.run.options = self.run.options.changed({"opening": False})
        self.task: asyncio.Task[Outcome] = asyncio.create_task(self._work(name))

    def open(self, emit: Emit) -> None:
        """Emit the buffered events, and all later ones directly."""
        for event in self._held:
            emit(event)
        self._emit = emit
        if self.run.first_text_s is not None:
            self.run.first_text_s = self.run.now()  # the TTFT is the reader's, who sees the text only now

    async def _work(self, name: StrategyName) -> Outcome:
        return await strategy_for(name).run(self.run)
