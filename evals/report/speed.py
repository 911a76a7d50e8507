"""How much sooner answers are there, by category."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sot.strategies import strategy_names

from ..statistics import Interval
from . import measures
from .run_data import AUTO, RunData


@dataclass(frozen=True, slots=True)
class SpeedRow:
    """A strategy's times, over all questions or those of a category.

    Args:
        category: The category; ``None``: all.
        answers: Answers that did not fail.
        failed: Answers that failed.
        total_s: Median seconds to the whole answer.
        first_text_s: Median seconds to the first text.
        sooner: How many times sooner than the baseline the whole answer was there.
        words: Median words.
        longer: Words against the baseline's.
        pace: Words a second against the baseline's.
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
    """A strategy's times.

    Args:
        strategy: The strategy.
        over_all: Over all questions.
        by_category: Of each category that has any answer.
    """

    strategy: str
    over_all: SpeedRow
    by_category: tuple[SpeedRow, ...]


def speeds(run: RunData) -> list[Speed]:
    """The times of every strategy, the baseline's among them.

    Args:
        run: The run.
    """
    return [
        Speed(
            strategy,
            _row(run, strategy, None),
            tuple(_row(run, strategy, category) for category in run.categories),
        )
        for strategy in run.strategies
    ]


def by_route(run: RunData) -> list[tuple[str, SpeedRow]]:
    """The times of ``auto``, by the strategy it chose; skeletons that were given up among those it chose.

    Args:
        run: The run.
    """
    rows: list[tuple[str, SpeedRow]] = []
    for chosen in strategy_names():
        own = {
            key: answer
            for key, answer in run.done.items()
            if key.strategy != AUTO or answer.route.strategy == chosen
        }
        row = _row(replace(run, answers={key: run.answers[key] for key in own}, done=own), AUTO, None)
        if row.answers:
            rows.append((chosen, row))
    return rows


def _row(run: RunData, strategy: str, category: str | None) -> SpeedRow:
    base = run.baseline
    compared = strategy != base

    failed = sum(
        record.status == "failed" and key.strategy == strategy
        for key, record in run.answers.items()
        if category is None or run.category(key) == category
    )
    return SpeedRow(
        category=category,
        answers=len(measures.keys_of(run, strategy, category)),
        failed=failed,
        total_s=measures.median(run, strategy, measures.total_s, category),
        first_text_s=measures.median(run, strategy, measures.first_text_s, category),
        sooner=measures.ratio(run, base, strategy, measures.total_s, category) if compared else None,
        words=measures.median(run, strategy, measures.length, category),
        longer=measures.ratio(run, strategy, base, measures.length, category) if compared else None,
        pace=measures.ratio(run, strategy, base, measures.pace, category) if compared else None,
    )
