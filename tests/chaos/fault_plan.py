"""Plan of one answer's faults, and what is drawn from it for each request: all follows from the seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

from . import connection_faults, odd_streams, status_faults, stream_faults
from .fault_kinds import KINDS

__all__ = ["KINDS", "AnswerPlan", "Mood", "plan_of"]

_FILLED_BY = (
    connection_faults,
    odd_streams,
    status_faults,
    stream_faults,
)  # importing them has filled `KINDS`

Mood = Literal["calm", "harmless", "light", "heavy", "dying"]
_SHARE: dict[Mood, float] = {"calm": 0.0, "harmless": 1.0, "light": 0.25, "heavy": 0.75, "dying": 0.25}
_SHAPES = ("list", "list", "list", "list", "list", "dashes", "bold")
_BAD_SHAPES = ("one", "many", "repeated", "prose", "refusal", "nothing")
_HARMLESS = tuple(kind.name for kind in KINDS.values() if kind.harmless)


@dataclass(frozen=True, slots=True)
class AnswerPlan:
    """Plan of one answer's faults.

    Args:
        seed: Seed of the run.
        answer: Number of the answer.
        mood: How many of its requests meet a fault; ``harmless``: all do, of kinds that must not harm.
            ``dying``: from some request on, the engine only resets connections.
        greedy: Whether the engine writes the same text whenever it is asked for the same part.
        shape: Shape of the skeleton.
        patient: Whether the client waits long, so that stalls must be short.
        dies_at: Number of the request from which a ``dying`` engine resets.
        forced: Kind of fault for one stage, in place of all that is drawn: stage and kind.
        once: Whether the forced fault hits the stage's first request of each part alone.
        pace: Seconds between two deltas.
    """

    seed: int
    answer: int
    mood: Mood = "calm"
    greedy: bool = False
    shape: str = "list"
    patient: bool = True
    dies_at: int = 0
    forced: tuple[str, str] | None = None
    once: bool = True
    pace: float = 0.0

    def kind(self, stage: str, part: int, tries: int, number: int) -> str:
        """Return the kind of fault for a request.

        Args:
            stage: What it asks for.
            part: The part it writes.
            tries: Requests for this part before it.
            number: Requests of this answer before it.
        """
        if self.forced is not None:
            return self.forced[1] if stage == self.forced[0] and not (self.once and tries) else "healthy"
        if self.mood == "dying" and number >= self.dies_at:
            return "reset_before_headers"
        rng = random.Random(f"fault {self.seed} {self.answer} {stage} {part} {tries}")
        if rng.random() >= _SHARE[self.mood]:
            return "healthy"
        return rng.choice(_HARMLESS if self.mood == "harmless" else tuple(KINDS))


def plan_of(seed: int, answer: int, *, patient: bool) -> AnswerPlan:
    """Draw the plan of an answer."""
    rng = random.Random(f"plan {seed} {answer}")
    moods: tuple[Mood, ...] = ("calm", "harmless", "light", "light", "heavy", "dying")
    shape = rng.choice(_BAD_SHAPES) if rng.random() < 0.15 else rng.choice(_SHAPES)
    return AnswerPlan(
        seed,
        answer,
        rng.choice(moods),
        greedy=rng.random() < 0.5,
        shape=shape,
        patient=patient,
        dies_at=rng.randint(0, 8),
    )
