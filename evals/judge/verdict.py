"""Reads a judge's reply. A verdict is a line of one form; what has none is never taken for a tie."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sot.types import FinishReason

from ..statistics.net_win import Place

_LINE = re.compile(r"[\s*_]*verdict[\s*_]*:[\s*_]*(a|b|tie)[\s*_.]*", re.IGNORECASE)
_PLACES: dict[str, Place] = {"a": "first", "b": "second", "tie": "tie"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reply says.

    Args:
        place: Which answer is better; ``None`` if it cannot be read.
        error: Why it cannot be read.
    """

    place: Place | None
    error: str | None = None


def parse_verdict(reply: str, finish_reason: FinishReason | None = "stop") -> Verdict:
    """Read the one verdict line of a reply: its last line, or its first where reasons follow.

    Args:
        reply: The whole reply, prefilled start included.
        finish_reason: How it ended.
    """
    lines = [line for line in reply.splitlines() if line.strip()]
    found = [
        (number, match[1].lower()) for number, line in enumerate(lines) if (match := _LINE.fullmatch(line))
    ]
    if not found:
        cut = finish_reason == "length"
        return Verdict(None, "cut by the token limit (--judge-tokens)" if cut else "no verdict line")
    if len({letter for _, letter in found}) > 1:
        return Verdict(None, "two different verdicts")
    if not any(number in (0, len(lines) - 1) for number, _ in found):
        return Verdict(None, "the verdict is neither the first nor the last line")
    return Verdict(_PLACES[found[0][1]])
