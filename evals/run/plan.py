"""Plan of a run: which answers it wants, and the order in which they are made."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from ..dataset.question import Question
from .records import AnswerRecord, Key


class Condition(NamedTuple):
    """One way to answer that is compared: a strategy or method, with an engine where there are several."""

    strategy: str
    engine: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """One answer to make; ``attempt`` counts from 1, one more for each time it failed before."""

    question: Question
    strategy: str
    repeat: int
    attempt: int = 1
    engine: str = ""

    @property
    def key(self) -> Key:
        """Identity of the answer."""
        return Key(self.question.id, self.strategy, self.repeat, self.engine)


def jobs(
    conditions: Iterable[Condition], questions: Sequence[Question], repeats: int = 1, seed: int | None = None
) -> list[Job]:
    """Return all answers wanted, in the order to make them; all questions are asked before any again.

    All conditions answer a question one after the other, in an order drawn for that question, so that a drift
    of the machine's speed meets all of them alike. The draw of each depends on nothing but the seed, the
    question, the repetition and the condition: a run that is resumed or extended keeps its order.
    """
    wanted = list(dict.fromkeys(conditions))
    return [
        Job(question, condition.strategy, turn, engine=condition.engine)
        for turn in range(1, repeats + 1)
        for question in questions
        for condition in sorted(
            wanted,
            key=lambda one: random.Random(f"{seed or 0}/{question.id}/{turn}/{'/'.join(one)}").random(),
        )
    ]


def outstanding(
    wanted: Iterable[Job], found: Mapping[Key, AnswerRecord], *, retry_failed: bool = False
) -> list[Job]:
    """Return the answers still to make, those that failed among them if asked for.

    Args:
        found: The records that count, by key.
    """
    left: list[Job] = []
    for job in wanted:
        record = found.get(job.key)
        if record is None:
            left.append(job)
        elif record.status == "failed" and retry_failed:
            left.append(replace(job, attempt=record.attempt + 1))
    return left
