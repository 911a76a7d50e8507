"""Asking a question under attack: read to the end, left early, or cancelled at any moment."""

from __future__ import annotations

import asyncio
import random
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Literal

from sot import SkeletonOfThought
from sot.errors import SotError
from sot.events import Finished, TextDelta
from sot.types import Answer

Manner = Literal["answer", "read", "leave", "cancel", "cancel twice"]
Ended = Literal["finished", "failed", "left", "cancelled", "hang", "foreign"]
MANNERS: tuple[Manner, ...] = ("answer", "answer", "read", "read", "read", "leave", "cancel", "cancel twice")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and how its answer is read.

    Args:
        question: The question.
        settings: Settings of the answer.
        manner: How it is read.
        events: Events after which it is left.
        turns: Turns of the event loop after which it is cancelled.
    """

    question: str
    settings: dict[str, Any] = field(default_factory=dict[str, Any])
    manner: Manner = "read"
    events: int = 0
    turns: int = 0


@dataclass(slots=True)
class Result:
    """What became of it: how it ended, the text that was seen, the answer, the error."""

    ended: Ended = "finished"
    text: str = ""
    answer: Answer | None = None
    error: BaseException | None = None


def draw_asked(rng: random.Random, question: str) -> Asked:
    """Draw the settings of an answer, and the manner of reading it."""
    settings: dict[str, Any] = {
        "strategy": rng.choice(("auto", "skeleton", "skeleton", "skeleton", "normal", "cot", "plan")),
        "opening": rng.random() < 0.7,
        "closing": rng.random() < 0.3,
        "pipeline": rng.random() < 0.8,
        "style": rng.choice(("auto", "aligned", "compact", "paper")),
        "max_parallel": rng.choice((1, 2, 4, 16, 16)),
        "on_missing": "raise" if rng.random() < 0.15 else "note",
        "scopes": rng.choice(("auto", "off")),
    }
    turns = rng.choice((0, 1, 2, 3, 5, 8, 20, 60, 150, 300))
    return Asked(question, settings, rng.choice(MANNERS), rng.randint(0, 40), turns)


async def ask(sot: SkeletonOfThought, asked: Asked, patience: float) -> Result:
    """Ask, and tell what became of it.

    Args:
        sot: The client under test.
        asked: The question, and how its answer is read.
        patience: Seconds after which an answer, or its end after it was left, counts as a hang.
    """
    result = Result()
    task = asyncio.create_task(_read(sot, asked, result))
    if asked.manner.startswith("cancel"):
        for _ in range(asked.turns):
            await asyncio.sleep(0)
        task.cancel()
        if asked.manner == "cancel twice":
            await asyncio.sleep(0)
            task.cancel()
    _, waiting = await asyncio.wait([task], timeout=patience)
    if waiting:
        result.ended, result.error = "hang", None
        task.cancel()
        await asyncio.wait([task], timeout=patience)
    elif task.cancelled():
        result.ended = "cancelled"
    elif (error := task.exception()) is not None:
        result.ended, result.error = ("failed" if isinstance(error, SotError) else "foreign"), error
    return result


async def _read(sot: SkeletonOfThought, asked: Asked, result: Result) -> None:
    if asked.manner == "answer":
        result.answer = await sot.answer(asked.question, **asked.settings)
        result.text = result.answer.text
        return
    seen = 0
    async with aclosing(sot.stream(asked.question, **asked.settings)) as events:
        async for event in events:
            seen += 1
            if isinstance(event, TextDelta):
                result.text += event.text
            elif isinstance(event, Finished):
                result.answer = event.answer
            if asked.manner == "leave" and seen > asked.events:
                result.ended = "left" if result.answer is None else "finished"
                return
