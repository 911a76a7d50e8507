"""What one rule of the rules router looks like."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...types import StrategyName


@dataclass(frozen=True, slots=True)
class Rule:
    """If ``pattern`` occurs in the question, this is its strategy.

    Args:
        strategy: The strategy.
        confidence: From 0 to 1.
        reason: One line for people.
        pattern: Searched in the question, in lower case, with straight quotes and plain digits. Gaps
            between words are bounded, so that a search takes linear time.
        times: How often it must occur.
        numbers: The question must hold at least so many numbers too.
        also: This must occur, too. Two simple patterns take linear time, one with two wide gaps does not.
    """

    strategy: StrategyName
    confidence: float
    reason: str
    pattern: re.Pattern[str]
    times: int = 1
    numbers: int = 0
    also: re.Pattern[str] | None = None

    def fits(self, text: str, numbers: int) -> bool:
        """Whether this decides.

        Args:
            text: The question.
            numbers: How many numbers it holds.
        """
        if numbers < self.numbers or not self.pattern.search(text):
            return False
        if self.times > 1 and len(self.pattern.findall(text)) < self.times:
            return False
        return self.also is None or self.also.search(text) is not None


@dataclass(frozen=True, slots=True)
class LanguageRules:
    """The rules of one language.

    Args:
        rules: In order; the first that fits decides.
        follow_up: A short turn that only makes sense after an answer.
        varies: A short turn that puts the question before it once more, with something changed.
        number: One number, in digits or in words.
    """

    rules: tuple[Rule, ...]
    follow_up: re.Pattern[str]
    varies: re.Pattern[str]
    number: re.Pattern[str]


def rx(*parts: str) -> re.Pattern[str]:
    """A pattern that finds any of ``parts``; ``^`` and ``$`` mean the ends of a line."""
    return re.compile("|".join(parts), re.MULTILINE)
