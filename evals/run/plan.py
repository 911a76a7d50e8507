"""Which answers a run wants, and in which order they are made."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sot.errors import ConfigError
from sot.options import AUTO
from sot.strategies import strategy_names

from ..records import AnswerRecord, Key, Question


@dataclass(frozen=True, slots=True)
class Job:
    """One answer to make.

    Args:
        question: The question.
        strategy: The strategy to ask for.
        repeat: Which repetition, from 1.
        attempt: 1, and one more for each time it failed before.
    """

    question: Question
    strategy: str
    repeat: int
    attempt: int = 1

    @property
    def key(self) -> Key:
        """What the answer is the answer to."""
        return Key(self.question.id, self.strategy, self.repeat)


def known_strategies() -> tuple[str, ...]:
    """What a run may ask for: the router's choice, and every strategy."""
    return (AUTO, *strategy_names())


def strategies_of(text: str) -> tuple[str, ...]:
    """Strategies from a list with commas.

    Args:
        text: For example ``normal,skeleton``.

    Raises:
        ConfigError: One is unknown, or there is none.
    """
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    unknown = [name for name in names if name not in known_strategies()]
    if unknown or not names:
        wrong = f"unknown {', '.join(map(repr, unknown))}" if unknown else "none given"
        raise ConfigError(f"--strategies: {wrong}; there are {', '.join(known_strategies())}")
    return names


def jobs(
    questions: Sequence[Question], strategies: Sequence[str], *, repeat: int = 1, seed: int | None = None
) -> list[Job]:
    """All answers wanted, in the order to make them.

    All strategies answer a question one after the other, in an order drawn for that question, so that a drift
    of the machine's speed meets all of them alike. The draw depends on nothing but the seed, the question and
    the repetition: a run that is resumed or extended keeps its order.

    Args:
        questions: The questions, in the order to ask them.
        strategies: The strategies.
        repeat: How often each question is answered by each strategy.
        seed: Of the draws; 0 unless given.
    """
    return [
        Job(question, strategy, turn)
        for turn in range(1, repeat + 1)
        for question in questions
        for strategy in _drawn(strategies, f"{seed or 0}/{question.id}/{turn}")
    ]


def outstanding(
    wanted: Iterable[Job], found: Mapping[Key, AnswerRecord], *, retry_failed: bool = False
) -> list[Job]:
    """The answers still to make.

    Args:
        wanted: All answers wanted.
        found: The records that count, by key.
        retry_failed: Make those again that failed.
    """
    left: list[Job] = []
    for job in wanted:
        record = found.get(job.key)
        if record is None:
            left.append(job)
        elif record.status == "failed" and retry_failed:
            left.append(Job(job.question, job.strategy, job.repeat, record.attempt + 1))
    return left


def _drawn(strategies: Sequence[str], seed: str) -> list[str]:
    ordered = sorted(strategies, key=known_strategies().index)
    random.Random(seed).shuffle(ordered)
    return ordered
