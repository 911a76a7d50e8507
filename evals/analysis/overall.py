"""Figures over all questions of a run, those that a router has decoded normally among them.

A median hides what a router does: where it decodes most questions normally, the median ratio is 1. The
geometric mean counts every question once, and what one gains another can lose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

from ..run.records import AnswerRecord
from .paired import Row, mean_ratio, pairs

_SLOWER = 1.05  # of the baseline's time: less is the chance of a run

Rows = Sequence[Row[AnswerRecord]]


def overall(own: Rows, base: Rows, *, seed: int = 0) -> Mapping[str, Any]:
    """Compare a method with the baseline over all questions that both have answered.

    Returns:
        ``sooner``: geometric mean of the speed-up. ``equal_length``: the same against the time in which the
        baseline would have written as many useful tokens. ``together``: the baseline's seconds for all
        answers over the method's. ``answers``, and of them ``skeletons``, written as points, and ``slower``
        than the baseline by more than a twentieth.
    """
    times = [(mine.record.total_s, other.record.total_s) for mine, other in pairs(own, base)]
    spent = sum(mine for mine, _ in times)
    return {
        "sooner": mean_ratio(base, own, attrgetter("total_s"), seed=seed),
        "equal_length": mean_ratio(own, base, attrgetter("useful_rate"), seed=seed),
        "together": sum(other for _, other in times) / spent if spent else None,
        "answers": len(times),
        "skeletons": sum(
            mine.record.points > 0 and mine.record.fell_back is None for mine, _ in pairs(own, base)
        ),
        "slower": sum(mine > _SLOWER * other for mine, other in times),
    }
