"""Data types of the rules router: a rule, and a language's rules."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...types import StrategyName


@dataclass(frozen=True, slots=True)
class Rule:
    """Routing rule: a pattern, and the strategy of the questions that it matches.

    Args:
        confidence: From 0 to 1.
        reason: Explanation in one line.
        pattern: Searched in the normalised question: lower case, straight quotes, ASCII digits. Gaps between
            words are bounded, so that a search takes linear time.
        times: Least number of occurrences.
        numbers: Least number of numbers in the question.
        also: Second pattern that must occur. Two simple patterns take linear time, one with two wide gaps
            does not.
    """

    strategy: StrategyName
    confidence: float
    reason: str
    pattern: re.Pattern[str]
    times: int = 1
    numbers: int = 0
    also: re.Pattern[str] | None = None

    def fits(self, text: str, numbers: int) -> bool:
        """Whether the rule matches a normalised question with so many numbers."""
        if numbers < self.numbers or not self.pattern.search(text):
            return False
        if self.times > 1 and len(self.pattern.findall(text)) < self.times:
            return False
        return self.also is None or self.also.search(text) is not None


@dataclass(frozen=True, slots=True)
class LanguageRules:
    """Rules of one language.

    Args:
        rules: In order; the first that matches decides.
        follow_up: Pattern of a short turn that only makes sense after an answer.
        varies: Pattern of a short turn that repeats the question before it with something changed.
        number: Pattern of one number, in digits or in words.
        unspaced: Whether it is written without spaces, so that its length is counted in characters.
    """

    rules: tuple[Rule, ...]
    follow_up: re.Pattern[str]
    varies: re.Pattern[str]
    number: re.Pattern[str]
    unspaced: bool = False


def rx(*parts: str) -> re.Pattern[str]:
    """Compile a pattern that matches any of ``parts``; ``^`` and ``$`` mean the ends of a line."""
    return re.compile("|".join(parts), re.MULTILINE)
