"""Loads, whose questions every policy answers in turns; simulated ones in processes of their own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

from pydantic import BaseModel, TypeAdapter

from sot.backends.replay import ReplayBackend
from sot.backends.replay.virtual_time import run_virtually
from sot.errors import first_error
from sot.load.profile import EngineProfile

from ..measure.shapes import SHAPES, shapes
from ..run.child import run_child
from ..run.records import AnswerRecord
from .arrivals import Load, Turn
from .open_loop import Setting, open_loop, warm_up

_TELL_S = 0.1


class Answered(BaseModel, frozen=True):
    """Note that further answers of a turn are over."""

    name: str
    answers: int = 1


Note: TypeAlias = Answered | list[AnswerRecord]
"""Progress of a load; at the end of each turn all its answers."""
NOTE: TypeAdapter[Note] = TypeAdapter(Note)
Tell = Callable[[Note], None]


async def take_turns(setting: Setting, load: Load, turns: Sequence[Turn], tell: Tell) -> None:
    """Answer the questions of a load by the policies, in turns."""
    asking = {turn.policy: setting.asking(turn.policy) for turn in turns}
    for turn in turns:
        number = f", round {turn.round + 1}" if load.rounds > 1 else ""
        answered = Answered(name=f"load {load.load:.0%}, {turn.policy}{number}")
        over = partial(tell, answered)
        tell(await open_loop(setting, load, turn, sot=asking[turn.policy], progress=over))


class SimulatedLoad(BaseModel, frozen=True):
    """Load on a simulated engine of its own; names no file, so that any process can run it.

    Args:
        speed: The engine's profile.
        profile: What the adaptive policy takes it to be.
        options: Settings of the answers.
        seed: Of the answers' lengths.
    """

    speed: EngineProfile
    profile: EngineProfile
    questions: list[str]
    options: dict[str, Any]
    seed: int
    load: Load
    turns: list[Turn]

    def run(self, tell: Tell) -> None:
        """Simulate it. The engine is warm, as one in use is."""
        run_virtually(self._run(tell))

    async def _run(self, tell: Tell) -> None:
        backend, lengths = ReplayBackend(self.speed), shapes(self.seed, SHAPES)
        setting = Setting(backend, self.questions, self.profile, lengths, self.options, points=False)
        try:
            await warm_up(setting)
            await take_turns(setting, self.load, self.turns, tell)
        finally:
            await backend.aclose()


async def side_by_side(loads: Sequence[SimulatedLoad], together: int, tell: Tell) -> None:
    """Simulate loads, each in a process of its own; the answers are those of one load after the other.

    Args:
        together: How many at once.
    """
    places = asyncio.Semaphore(together)

    async def one(load: SimulatedLoad) -> None:
        async with places:
            await run_child(f"{__name__}:simulate", load, NOTE, tell)

    try:
        async with asyncio.TaskGroup() as group:
            for load in sorted(loads, key=lambda one: -len(one.load.coming)):  # at the end none is left alone
                group.create_task(one(load))
    except BaseExceptionGroup as failures:
        raise first_error(failures) from None


def simulate(job: str, tell_line: Callable[[str], None]) -> None:
    """Simulate a load in a child process; tells of answers that are over together, not of each one."""
    waiting, last = 0, 0.0

    def tell(note: Note) -> None:
        nonlocal waiting, last
        if isinstance(note, Answered):
            waiting += note.answers
            if time.monotonic() - last < _TELL_S:
                return
            note = Answered(name=note.name, answers=waiting)
            waiting, last = 0, time.monotonic()
        tell_line(NOTE.dump_json(note).decode())

    SimulatedLoad.model_validate_json(job).run(tell)
    if waiting:
        tell_line(NOTE.dump_json(Answered(name="", answers=waiting)).decode())
