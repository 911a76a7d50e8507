"""Loads, whose questions every policy answers in turns; simulated ones in processes of their own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter

from sot.backends.replay import ReplayBackend
from sot.backends.replay.virtual_time import run_virtually
from sot.errors import first_error
from sot.load.profile import EngineProfile

from ..measure.shapes import SHAPES, shapes
from ..run.child import run_child
from ..run.records import AnswerRecord, Key
from .arrivals import Arrival
from .load_options import Policy
from .open_loop import Setting, open_loop, warm_up

_TELL_S = 0.1


@dataclass(frozen=True, slots=True)
class Turn:
    """One policy's part of a load."""

    policy: Policy
    round: int  # from 0


@dataclass(frozen=True, slots=True)
class Load:
    """Questions to be answered by every policy.

    Args:
        load: The offered load as a share of the capacity.
        coming: In order of time.
        duration_s: Seconds in which they come.
        drain_s: Seconds to wait for unfinished answers after a round; ``None``: as long as it takes.
        rounds: Parts of equal time; the policies take turns in each.
        seed: Of the policies' order.
        prefix: Of the questions' ids: two traces may be of the same load.
    """

    load: float
    coming: Sequence[Arrival]
    duration_s: float
    drain_s: float | None = None
    rounds: int = 1
    seed: int = 0
    prefix: str = ""

    def key(self, policy: Policy, place: int) -> Key:
        """Return the key of the answer to an arrival, counted from 0, as `open_loop` makes it."""
        return Key(f"{self.prefix}{place + 1}", policy, 1, load=self.load)

    @property
    def round_s(self) -> float:
        """Seconds of a round."""
        return self.duration_s / self.rounds

    def round_of(self, at_s: float) -> int:
        """Return the round in which a question comes, from 0."""
        return min(int(at_s / self.round_s), self.rounds - 1)

    def part(self, number: int) -> tuple[int, Sequence[Arrival]]:
        """Return the place of a round's first arrival, and its arrivals."""
        own = [place for place, one in enumerate(self.coming) if self.round_of(one.at_s) == number]
        return (own[0], self.coming[own[0] : own[-1] + 1]) if own else (0, ())

    def turns(self, policies: Sequence[Policy]) -> Iterator[Turn]:
        """Yield the turns: a machine that becomes slower meets all policies alike."""
        for number in sorted({self.round_of(arrival.at_s) for arrival in self.coming}):
            draw = Random(f"{self.seed} {self.load} {number}")
            for policy in draw.sample(list(policies), len(policies)):
                yield Turn(policy, number)

    def name(self, turn: Turn) -> str:
        """Return a turn's name for people."""
        number = f", round {turn.round + 1}" if self.rounds > 1 else ""
        return f"load {self.load:.0%}, {turn.policy}{number}"


class Answered(BaseModel, frozen=True):
    """So many answers more are over."""

    kind: Literal["answered"] = "answered"
    name: str
    answers: int


class Kept(BaseModel, frozen=True):
    """All answers of a turn."""

    kind: Literal["kept"] = "kept"
    records: list[AnswerRecord]


Note = Annotated[Answered | Kept, Field(discriminator="kind")]
NOTE: TypeAdapter[Note] = TypeAdapter(Note)
Tell = Callable[[Note], None]


async def take_turns(setting: Setting, load: Load, turns: Sequence[Turn], tell: Tell) -> None:
    """Answer the questions of a load by the policies, in turns.

    Raises:
        SotError: Every answer of a turn failed.
    """
    asking = {turn.policy: setting.asking(turn.policy) for turn in turns}
    for turn in turns:
        first, part = load.part(turn.round)
        answered = Answered(name=load.name(turn), answers=1)
        records = await open_loop(
            setting,
            part,
            turn.policy,
            load=load.load,
            begins_s=turn.round * load.round_s,
            first=first,
            prefix=load.prefix,
            sot=asking[turn.policy],
            drain_s=load.drain_s,
            progress=lambda answered=answered: tell(answered),
        )
        tell(Kept(records=records))


class SimulatedEngine(BaseModel, frozen=True):
    """Simulated engine with its questions; read from no file, so that any process can make it.

    Args:
        speed: The engine's profile.
        profile: What the adaptive policy takes it to be.
        seed: Of the answers' lengths.
    """

    speed: EngineProfile
    profile: EngineProfile
    questions: list[str]
    max_tokens: int
    max_point_tokens: int
    seed: int

    def setting(self, backend: ReplayBackend | None = None) -> Setting:
        """Return the same for the driver; with an engine of its own unless given."""
        return Setting(
            backend or ReplayBackend(self.speed),
            self.questions,
            self.profile,
            shapes(self.seed, SHAPES),
            {"max_tokens": self.max_tokens, "max_point_tokens": self.max_point_tokens},
            points=False,
        )


class SimulatedLoad(BaseModel, frozen=True):
    """One load on a simulated engine of its own, and the turns to take."""

    engine: SimulatedEngine
    load: Load
    turns: list[Turn]

    def run(self, tell: Tell) -> None:
        """Simulate it. The engine is warm, as one in use is.

        Raises:
            SotError: As `take_turns` does.
        """
        run_virtually(self._run(tell))

    async def _run(self, tell: Tell) -> None:
        setting = self.engine.setting()
        try:
            await warm_up(setting)
            await take_turns(setting, self.load, self.turns, tell)
        finally:
            await setting.backend.aclose()


async def side_by_side(loads: Sequence[SimulatedLoad], together: int, tell: Tell) -> None:
    """Simulate loads, each in a process of its own; the answers are those of one load after the other.

    Args:
        together: How many at once.

    Raises:
        SotError: A load, or its process, failed; the others are ended.
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
            note = note.model_copy(update={"answers": waiting})
            waiting, last = 0, time.monotonic()
        tell_line(NOTE.dump_json(note).decode())

    SimulatedLoad.model_validate_json(job).run(tell)
    if waiting:
        tell_line(NOTE.dump_json(Answered(name="", answers=waiting)).decode())
