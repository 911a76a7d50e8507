"""What can be said about an answer's text without any judge: its length, repetition, balance and form."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from sot.serialise import AnswerJson

_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W_\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)
_NUMBERED = re.compile(r"^[ \t]*(\d{1,3})\.\s", re.MULTILINE)
_OVERLAP_WORDS = 3
_DISTINCT_WORDS = 2
_DISTINCT_WITHIN = 100


@dataclass(frozen=True, slots=True)
class PointChecks:
    """What can be said about the points of an answer.

    Args:
        points: How many there are.
        overlap: Share of the shorter point's three-word runs that another point has, too; the mean over
            all pairs of points. 0: no point repeats another.
        worst_overlap: The same of the two points that are most alike.
        imbalance: Standard deviation of the points' lengths over their mean. 0: all are equally long.
        numbering: Whether the text has exactly the numbers 1 to n at the start of lines, in order.
        empty: Points that are missing or have no text.
    """

    points: int
    overlap: float
    worst_overlap: float
    imbalance: float
    numbering: bool
    empty: int

    @property
    def whole(self) -> bool:
        """Whether the form is as it should be: numbered without a gap, every point written."""
        return self.numbering and not self.empty


def words(text: str) -> list[str]:
    """The words of a text, in small letters; a Chinese or Japanese character counts as one.

    Args:
        text: Any text.
    """
    return [word.casefold() for word in _WORD.findall(text)]


def distinct(text: str) -> float | None:
    """Share of different ones among the two-word runs of the first hundred words.

    The whole of a longer text would always have a smaller share, so that only the beginning is comparable.

    Args:
        text: Any text.

    Returns:
        From 0 to 1; ``None`` with fewer than two words.
    """
    runs = _runs(words(text)[:_DISTINCT_WITHIN], _DISTINCT_WORDS)
    return len(set(runs)) / len(runs) if runs else None


def point_checks(answer: AnswerJson) -> PointChecks | None:
    """Check the points of an answer; ``None`` where it has none.

    Args:
        answer: The answer.
    """
    if not answer.points:
        return None
    texts = [words(point.text) if point.status != "missing" else [] for point in answer.points]
    runs = [set(_runs(text, _OVERLAP_WORDS)) for text in texts]
    shared = [
        len(one & other) / min(len(one), len(other)) for one, other in combinations(runs, 2) if one and other
    ]
    found = [int(number) for number in _NUMBERED.findall(answer.text)]
    return PointChecks(
        points=len(answer.points),
        overlap=statistics.fmean(shared) if shared else 0.0,
        worst_overlap=max(shared, default=0.0),
        imbalance=_variation([len(text) for text in texts]),
        numbering=found == list(range(1, len(answer.points) + 1)),
        empty=sum(not text for text in texts),
    )


def _runs(text: Sequence[str], length: int) -> list[tuple[str, ...]]:
    return [tuple(text[start : start + length]) for start in range(len(text) - length + 1)]


def _variation(lengths: Sequence[int]) -> float:
    mean = statistics.fmean(lengths)
    return statistics.pstdev(lengths) / mean if mean else 0.0
