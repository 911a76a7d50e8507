"""The headline figure: of every category, how much sooner and how much better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..statistics import Interval
from .quality import AspectResult, ComparisonResult, leading
from .run_data import RunData
from .speed import Speed, SpeedRow


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A category, or all of them.

    Args:
        name: The category.
        all: Whether it is the row of all.
        questions: How many questions it has.
        sooner: How many times sooner than the baseline the whole answer was there.
        win: Net win in general quality.
    """

    name: str
    all: bool
    questions: int
    sooner: Interval | None
    win: Interval | None


@dataclass(frozen=True, slots=True)
class CategoryBlock:
    """A strategy's categories.

    Args:
        strategy: The strategy.
        judge: Whose verdicts; ``None`` where nobody judged it in general quality.
        doubt: Why not to rely on them.
        rows: All questions first, then category by category.
    """

    strategy: str
    judge: str | None
    doubt: str | None
    rows: Sequence[CategoryRow]


def category_blocks(
    run: RunData, speeds: Sequence[Speed], comparisons: Sequence[ComparisonResult]
) -> list[CategoryBlock]:
    """The blocks of all strategies but the baseline.

    Args:
        run: The run.
        speeds: Of every strategy.
        comparisons: Of every judge; the one that decided most pairs counts.
    """
    return [_block(run, speed, comparisons) for speed in speeds if speed.strategy != run.baseline]


def _block(run: RunData, speed: Speed, comparisons: Sequence[ComparisonResult]) -> CategoryBlock:
    judge = leading(comparisons, speed.strategy, run.baseline)
    main = judge.main if judge is not None else None
    over_all = main.net_win.rate if main is not None and main.net_win is not None else None
    wins = _wins(main)
    rows = [CategoryRow("all", True, _questions(run, None), speed.over_all.sooner, over_all)]
    if len(run.categories) > 1:
        rows += [_row(run, row, wins) for row in speed.by_category]
    return CategoryBlock(
        speed.strategy,
        None if judge is None else judge.who,
        None if main is None else main.doubt,
        rows,
    )


def _row(run: RunData, row: SpeedRow, wins: dict[str, Interval]) -> CategoryRow:
    name = row.category or ""
    return CategoryRow(name, False, _questions(run, name), row.sooner, wins.get(name))


def _wins(main: AspectResult | None) -> dict[str, Interval]:
    rated = () if main is None else main.by_category
    return {entry.name: entry.net_win.rate for entry in rated if entry.net_win is not None}


def _questions(run: RunData, category: str | None) -> int:
    return len({key.question_id for key in run.answers if category is None or run.category(key) == category})
