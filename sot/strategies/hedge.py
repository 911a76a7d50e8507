"""Hedging: while a slow router decides, the likely strategies start already; the losers are aborted.

Nothing of a candidate leaves its gate before the route is known, so that the reader sees only the winner, and
sees it as if it had run alone, but sooner. What the losers cost is counted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any

from ..events import Event, Routed
from ..types import Route, StrategyName, Usage
from . import Outcome, Run, strategy_for

_CANDIDATES: tuple[StrategyName, ...] = ("normal", "skeleton")

Emit = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Hedged:
    """A hedged answer's parts.

    Args:
        route: The route.
        route_s: When it was known.
        run: The winner's.
        outcome: The winner's.
        lost: What the losers' requests cost.
    """

    route: Route
    route_s: float
    run: Run
    outcome: Outcome
    lost: Usage


async def hedged(routing: Coroutine[Any, Any, Route], new_run: Callable[[Emit], Run], emit: Emit) -> Hedged:
    """Answer while the router decides.

    A router that decides at once, as the local ones do, leaves nothing to hedge: no candidate is started.

    Args:
        routing: The router at work.
        new_run: Makes a run that reports to the given function.
        emit: Takes every event, in order.

    Raises:
        SotError: The router fails, or the strategy that it chose.
    """
    candidates: dict[StrategyName, _Candidate] = {}
    winner: _Candidate | None = None
    deciding = asyncio.create_task(routing)
    try:
        await asyncio.sleep(0)  # the router's first step
        if not deciding.done():
            candidates = {name: _Candidate(name, new_run) for name in _CANDIDATES}
        route = await deciding
        emit(Routed(route))
        winner = candidates.pop(route.strategy, None)
        run = new_run(emit) if winner is None else winner.run
        route_s = run.now()
        if winner is not None:
            winner.open(emit)
        await _end(loser.task for loser in candidates.values())
        lost = sum((loser.run.spent for loser in candidates.values()), Usage())
        outcome = await (strategy_for(route.strategy).run(run) if winner is None else winner.task)
        return Hedged(route, route_s, run, outcome, lost)
    finally:
        left = [*candidates.values(), *([winner] if winner is not None else [])]
        await _end([deciding, *(candidate.task for candidate in left)])


class _Candidate:
    """A strategy at work whose events are held back until it has won."""

    def __init__(self, name: StrategyName, new_run: Callable[[Emit], Run]) -> None:
        self._held: list[Event] = []
        self._emit: Emit = self._held.append
        self.run = new_run(lambda event: self._emit(event))
        self.task: asyncio.Task[Outcome] = asyncio.create_task(self._work(name))

    def open(self, emit: Emit) -> None:
        """Let the events out: those held back first."""
        for event in self._held:
            emit(event)
        self._emit = emit
        if self.run.first_text_s is not None:
            self.run.first_text_s = self.run.now()  # the reader sees it only now

    async def _work(self, name: StrategyName) -> Outcome:
        return await strategy_for(name).run(self.run)


async def _end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel what still runs and wait until all its requests have ended."""
    if not (ending := list(tasks)):
        return
    for task in ending:
        task.cancel()
    await asyncio.wait(ending)
    for task in ending:
        if not task.cancelled():
            task.exception()  # the winner's has been raised, and a loser's is nobody's business
