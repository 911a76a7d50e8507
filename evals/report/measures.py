"""What is measured of single answers, and compared question by question."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence

from sot.serialise import AnswerJson

from ..records import Key
from ..statistics import Interval, by_question, ratio_interval
from ..text_checks import words
from .run_data import RunData

Measure = Callable[[AnswerJson], float]


def total_s(answer: AnswerJson) -> float:
    """Seconds until the answer was complete."""
    return answer.timing.total_s


def first_text_s(answer: AnswerJson) -> float:
    """Seconds until the reader's first text; until the end where there was none."""
    return answer.timing.total_s if answer.timing.first_text_s is None else answer.timing.first_text_s


def length(answer: AnswerJson) -> float:
    """Words of the answer."""
    return len(words(answer.text))


def pace(answer: AnswerJson) -> float:
    """Words a second, from the question to the end."""
    return length(answer) / answer.timing.total_s if answer.timing.total_s else 0.0


def prompt_tokens(answer: AnswerJson) -> float:
    """Prompt tokens of all requests."""
    return answer.usage.prompt_tokens


def completion_tokens(answer: AnswerJson) -> float:
    """Completion tokens of all requests."""
    return answer.usage.completion_tokens


def requests(answer: AnswerJson) -> float:
    """Requests sent."""
    return answer.usage.requests


def median(run: RunData, strategy: str, measure: Measure, category: str | None = None) -> float | None:
    """The median of a strategy's answers.

    Args:
        run: The run.
        strategy: Whose answers.
        measure: What of them.
        category: Of this category alone.

    Returns:
        The median, or ``None`` without answers.
    """
    return middle([measure(run.done[key]) for key in keys_of(run, strategy, category)])


def middle(values: Iterable[float]) -> float | None:
    """The median, or ``None`` without values.

    Args:
        values: The values.
    """
    found = list(values)
    return statistics.median(found) if found else None


def keys_of(run: RunData, strategy: str, category: str | None = None) -> Sequence[Key]:
    """The keys of a strategy's answers that did not fail.

    Args:
        run: The run.
        strategy: Whose answers.
        category: Of this category alone.
    """
    return [
        key
        for key in run.done
        if key.strategy == strategy and (category is None or run.category(key) == category)
    ]


def ratio(
    run: RunData, over: str, under: str, measure: Measure, category: str | None = None
) -> Interval | None:
    """The median, over questions, of one strategy's measure over another's on the same question.

    Args:
        run: The run.
        over: Whose measure is divided.
        under: By whose.
        measure: What is measured.
        category: Of this category alone.

    Returns:
        The ratio, or ``None`` where no question has both.
    """
    logs: list[tuple[str, float]] = []
    for key in keys_of(run, over, category):
        other = run.done.get(key._replace(strategy=under))
        if other is None:
            continue
        one, two = measure(run.done[key]), measure(other)
        if one > 0 and two > 0:
            logs.append((key.question_id, math.log(one / two)))
    return ratio_interval([math.exp(value) for value in by_question(logs).values()])
