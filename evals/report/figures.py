"""Measures of answers; times and right results of a run, against its baseline."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sot.strategies import strategy_names

from ..analysis.frame import Row, where
from ..analysis.paired import bounded_difference, ratio
from ..run.records import AnswerRecord, Key
from ..score.exact import exact_score
from ..score.text_checks import words
from ..stats import Interval, by_question, mean_interval, median
from .run_data import AUTO, RunData

Answers = Sequence[Row[AnswerRecord]]


def total_s(record: AnswerRecord) -> float:
    """Seconds to the whole answer."""
    return record.total_s


def length(record: AnswerRecord) -> float:
    """Words of the answer."""
    return _count(record.text)


def pace(record: AnswerRecord) -> float:
    """Words a second, from the question to the end."""
    return length(record) / record.total_s if record.total_s else 0.0


def prompt_tokens(record: AnswerRecord) -> float:
    """Prompt tokens of all requests."""
    return record.usage.prompt_tokens


def completion_tokens(record: AnswerRecord) -> float:
    """Completion tokens of all requests."""
    return record.usage.completion_tokens


def right(record: AnswerRecord) -> float | None:
    """1 for a right result, 0 for a wrong one; ``None`` where the question has none."""
    score = exact_score(record)
    return None if score is None else float(score.correct)


def middle(answers: Answers, measure: Callable[[AnswerRecord], float]) -> float | None:
    """The median over answers."""
    return median(measure(row.record) for row in answers)


@dataclass(frozen=True, slots=True)
class SpeedRow:
    """Times of a strategy, over all questions or those of a category; medians, and ratios to the baseline.

    Args:
        category: ``None``: all.
        answers: Answers that did not fail.
        sooner: Speed-up of the whole answer.
        longer: Words.
        pace: Words a second.
    """

    category: str | None
    answers: int
    failed: int
    total_s: float | None
    first_text_s: float | None
    sooner: Interval | None
    words: float | None
    longer: Interval | None
    pace: Interval | None


@dataclass(frozen=True, slots=True)
class Speed:
    """Times of a strategy."""

    strategy: str
    over_all: SpeedRow
    by_category: tuple[SpeedRow, ...]


def speeds(run: RunData) -> list[Speed]:
    """The times of every strategy, the baseline's among them."""
    return [
        Speed(
            name,
            _speed(run, run.side(name), name, None),
            tuple(_speed(run, run.side(name, category), name, category) for category in run.categories),
        )
        for name in run.strategies
    ]


def by_route(run: RunData) -> list[tuple[str, SpeedRow]]:
    """The times of ``auto`` by the strategy it chose; skeletons that were given up are among those chosen."""
    routed = {
        name: [row for row in run.side(AUTO) if run.answer(row).route.strategy == name]
        for name in strategy_names()
    }
    return [(name, _speed(run, own, AUTO, None)) for name, own in routed.items() if own]


def _speed(run: RunData, own: Answers, strategy: str, category: str | None) -> SpeedRow:
    base = [] if strategy == run.baseline else run.side(run.baseline)
    asked = where(run.rows, method=strategy, category=category)
    return SpeedRow(
        category=category,
        answers=len(own),
        failed=sum(row.status == "failed" for row in asked),
        total_s=middle(own, total_s),
        first_text_s=middle(own, lambda record: record.first_text_s),
        sooner=ratio(base, own, total_s),
        words=middle(own, length),
        longer=ratio(own, base, length),
        pace=ratio(own, base, pace),
    )


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Right results among the answers to questions that have one.

    Args:
        category: ``None``: all.
        share: By question.
        against: The share less the baseline's on the same questions; ``None`` for the baseline.
    """

    strategy: str
    category: str | None
    share: Interval
    right: int
    answers: int
    against: Interval | None


def accuracies(run: RunData) -> list[Accuracy]:
    """Right results of every strategy, over all and by category; empty where no question has one."""
    scored = {row.record.key: value for row in run.rows if (value := right(row.record)) is not None}
    categories = [name for name in run.categories if any(run.category(key) == name for key in scored)]
    wanted: list[str | None] = [None, *categories] if len(categories) > 1 else [None]
    return [
        found
        for category in wanted
        for strategy in run.strategies
        if (found := _accuracy(run, scored, strategy, category)) is not None
    ]


def _accuracy(
    run: RunData, scored: Mapping[Key, float], strategy: str, category: str | None
) -> Accuracy | None:
    own = [row for row in run.side(strategy, category) if row.record.key in scored]
    shares = by_question((row.question, scored[row.record.key]) for row in own)
    share = mean_interval(list(shares.values()), lowest=0, highest=1)
    if share is None:
        return None
    count = int(sum(scored[row.record.key] for row in own))
    base = [] if strategy == run.baseline else run.side(run.baseline)
    against = bounded_difference(own, base, lambda record: scored.get(record.key))
    return Accuracy(strategy, category, share, count, len(own), against)


@lru_cache(maxsize=20_000)
def _count(text: str) -> int:
    return len(words(text))
