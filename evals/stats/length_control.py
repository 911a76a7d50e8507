"""Net win with length and style taken out: whether answers win because they are better, longer, or dressed.

The paper's answers are 1 to 2 times longer than normal ones and are lists; judges like length (appendix I.3),
lists, headings and bold. The outcome is regressed on the differences of the two answers: where the plane
stands at no difference is the net win with all of them held equal, as Chatbot Arena's style control does it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from .bootstrap import LEAST_QUESTIONS, Interval, by_question, statistic_interval
from .net_win import NetWin, net_win

_MATCHED_WITHIN = math.log(1.15) + 1e-9
_PER_DIFFERENCE = 10  # questions for each difference that is held equal: fewer bend the plane at will
_RESAMPLES = 1000
_RIDGE = 1e-6  # of a difference's own spread: bold titles may come with every list item, and no other

Row = tuple[float, ...]  # a question's mean differences, its mean outcome, and all their products


@dataclass(frozen=True, slots=True)
class HeldEqual:
    """Net win with differences between the answers held equal.

    Args:
        equal: ``None`` where the answers do not differ so, or questions are too few.
        slopes: Net win that one unit of each difference brings.
        extrapolated: Differences that all go one way: ``equal`` is a guess beyond the data.
        matched: Of `length_control`: net win of the pairs whose lengths differ by at most 15%.
    """

    equal: Interval | None
    slopes: Mapping[str, float]
    extrapolated: tuple[str, ...]
    questions: int
    needed: int
    matched: NetWin | None = None

    @property
    def cannot_show(self) -> str:
        """What the sample cannot show, in words; empty where nothing is to be said."""
        if 0 < self.questions < self.needed:
            return f"{self.questions} questions are too few for this; it takes {self.needed}"
        if self.equal is None or not self.extrapolated:
            return ""
        *others, last = self.extrapolated
        names = f"{', '.join(others)} and {last}" if others else last
        return f"all questions differ one way in {names}: a guess beyond the data"


def length_control(pairs: Sequence[tuple[str, int, float]], *, seed: int = 0) -> HeldEqual:
    """Net win at equal length, by regression and from the pairs of nearly equal length.

    Args:
        pairs: Question, outcome, and the strategy's length over the baseline's.
    """
    logs = [(question, outcome, math.log(ratio)) for question, outcome, ratio in pairs]
    matched = ((question, outcome) for question, outcome, log in logs if abs(log) <= _MATCHED_WITHIN)
    differences = [(question, outcome, {"length": log}) for question, outcome, log in logs]
    found = held_equal(differences, needed=LEAST_QUESTIONS, seed=seed)
    return replace(found, matched=net_win(matched, seed=seed))


def held_equal(
    pairs: Sequence[tuple[str, int, Mapping[str, float]]], *, needed: int | None = None, seed: int = 0
) -> HeldEqual:
    """Net win at no difference, by least squares over the questions.

    Args:
        pairs: Question, outcome, and the differences of the two answers by name; 0 is none.
        needed: Fewest questions; ten for each difference that is ever there unless given.
    """
    names = tuple(dict.fromkeys(name for _, _, found in pairs for name, value in found.items() if value))
    outcomes = by_question((question, float(outcome)) for question, outcome, _ in pairs)
    columns = [by_question((question, found[name]) for question, _, found in pairs) for name in names]
    rows = sorted(
        _row([column[question] for column in columns], outcome) for question, outcome in outcomes.items()
    )
    least = _PER_DIFFERENCE * len(names) if needed is None else needed
    plane = _plane(rows, len(names)) if rows and len(rows) >= least else None
    if plane is None:
        return HeldEqual(None, {}, (), len(rows), least)
    middle = [sum(values) / len(rows) for values in zip(*rows, strict=True)][: len(names)]
    found = statistic_interval(
        rows,
        lambda drawn: None if (own := _plane(drawn, len(names))) is None else own[0],
        imaginary=(_row(middle, 1.0), _row(middle, -1.0)),
        seed=seed,
        resamples=_RESAMPLES,
    )
    seen = zip(names, zip(*rows, strict=True), strict=False)
    one_way = tuple(name for name, values in seen if not min(values) <= 0 <= max(values))
    equal = None if found is None else _bounded(found)
    return HeldEqual(equal, dict(zip(names, plane[1:], strict=True)), one_way, len(rows), least)


def _row(differences: Sequence[float], outcome: float) -> Row:
    values = (*differences, outcome)
    return (*values, *(one * other for place, one in enumerate(values) for other in values[place:]))


def _plane(rows: Sequence[Row], count: int) -> tuple[float, ...] | None:
    """Intercept and slopes by least squares; ``None`` where no difference varies."""
    size = len(rows)
    totals = [sum(column) for column in zip(*rows, strict=True)]
    means = [total / size for total in totals[: count + 1]]
    products = iter(totals[count + 1 :])
    spread = [[0.0] * (count + 1) for _ in range(count + 1)]
    for one in range(count + 1):
        for other in range(one, count + 1):
            spread[one][other] = spread[other][one] = next(products) - size * means[one] * means[other]
    if not any(spread[place][place] >= 1e-9 for place in range(count)):
        return None
    for place in range(count):
        spread[place][place] += _RIDGE * spread[place][place] + 1e-9
    slopes = _solved(spread[:count])
    level = means[count] - sum(slope * mean for slope, mean in zip(slopes, means, strict=False))
    return (level, *slopes)


def _solved(rows: list[list[float]]) -> list[float]:
    """Solve a small system, its right side the last column; symmetric and positive: no pivot can vanish."""
    for pivot, row in enumerate(rows):
        row[:] = [value / row[pivot] for value in row]
        for other in rows:
            if other is not row and (factor := other[pivot]):
                other[:] = [value - factor * own for value, own in zip(other, row, strict=True)]
    return [row[-1] for row in rows]


def _bounded(found: Interval) -> Interval:
    """A plane may leave the range that a net win can have; the truth cannot."""
    low = None if found.low is None else max(-1.0, found.low)
    high = None if found.high is None else min(1.0, found.high)
    return Interval(max(-1.0, min(1.0, found.estimate)), low, high, found.count)
