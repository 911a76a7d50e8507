"""What one rule of the rules router looks like."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..types import StrategyName


@dataclass(frozen=True, slots=True)
class Rule:
    """If ``pattern`` occurs in the question, this is its strategy.

    Args:
        strategy: The strategy.
        confidence: From 0 to 1.
        reason: One line for people.
        pattern: Searched in the question, in lower case, with straight quotes and plain digits. Gaps
            between words are bounded, so that a search takes linear time.
        numbers: The question must hold at least so many numbers too.
    """

    strategy: StrategyName
    confidence: float
    reason: str
    pattern: re.Pattern[str]
    numbers: int = 0


@dataclass(frozen=True, slots=True)
class LanguageRules:
    """The rules of one language.

    Args:
        rules: In order; the first that fits decides.
        follow_up: A short turn that only makes sense after an answer.
        number: One number, in digits or in words.
    """

    rules: tuple[Rule, ...]
    follow_up: re.Pattern[str]
    number: re.Pattern[str]


def rx(*parts: str) -> re.Pattern[str]:
    """A pattern that finds any of ``parts``; ``^`` and ``$`` mean the ends of a line."""
    return re.compile("|".join(parts), re.MULTILINE)
