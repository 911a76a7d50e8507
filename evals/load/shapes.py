"""How long simulated answers are: the lengths of their skeletons and points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from random import Random
from typing import Any

SHAPES = 997  # different ones, used in turn
_LINE = 5  # tokens of a line of the skeleton


@dataclass(frozen=True)
class Shape:
    """One answer's lengths in tokens. Written normally it is as long as its points together.

    Args:
        points: Of every point.
    """

    points: tuple[int, ...] = (40,) * 8

    @property
    def normal(self) -> int:
        """Of the normal answer."""
        return sum(self.points)

    @property
    def skeleton(self) -> int:
        """Of the skeleton."""
        return _LINE * len(self.points)

    @cached_property
    def lines(self) -> tuple[int, ...]:
        """Tokens of every line of the skeleton."""
        return (_LINE,) * len(self.points)

    @property
    def last(self) -> int:
        """Of the point that is ready last, where all are written at once."""
        ends = [start + tokens for start, tokens in zip(accumulate(self.lines), self.points, strict=True)]
        return self.points[ends.index(max(ends))]

    @property
    def extra(self) -> dict[str, Any]:
        """The request field that makes the replay engine write such an answer."""
        return {
            "replay": {"normal": self.normal, "skeleton": self.skeleton, "points": list(self.points)},
        }


def shapes(seed: int, count: int) -> Sequence[Shape]:
    """Answers as they vary: five to nine points of 42 tokens, give or take ten.

    Args:
        seed: Makes them repeatable.
        count: How many.
    """
    draw = Random(seed)
    return [
        Shape(tuple(max(12, round(draw.gauss(42, 10))) for _ in range(draw.randint(5, 9))))
        for _ in range(count)
    ]
