"""Plan of an answer's points: their number, length, marks and language, as far as the asker wishes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mark = Literal["numbers", "bullets", "headings", "plain"]
Length = Literal["short", "long"]


@dataclass(frozen=True, slots=True)
class Span:
    """Range of a number asked for: ``low`` to ``high``; ``None`` for an open end."""

    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Plan of the points of an answer. Without a wish the prompt pack decides.

    Args:
        count: Number of points.
        sentences: Sentences of each point.
        words: Words of each point.
        words_in_all: Words of the whole answer.
        mark: What stands before each point.
        length: Whether the points should be short or detailed.
        language: Language of the answer, as an ISO 639 code.
        audience: Readers of the answer, in the asker's words.
    """

    count: Span | None = None
    sentences: Span | None = None
    words: Span | None = None
    words_in_all: Span | None = None
    mark: Mark = "numbers"
    length: Length | None = None
    language: str | None = None
    audience: str | None = None

    def points(self, least: int, most: int) -> tuple[int, int]:
        """Return the fewest and the most points to ask for, within the limits of the settings."""
        if self.count is None:
            return least, most
        low = least if self.count.low is None else min(max(self.count.low, least), most)
        high = most if self.count.high is None else min(max(self.count.high, low), most)
        return low, high


NO_WISHES = Plan()
