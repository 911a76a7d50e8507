"""Length of the points that a question deserves where nobody has asked for one."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from .packfile import Yardstick

Depth = Literal["short", "brief", "usual", "full", "long"]
"""``short`` and ``long`` were asked for; the others follow from the question."""

_SENTENCE_END = re.compile(r"[.!?。！？\n]")
_MAX_CHARS = 600  # of the question: its task, not a text that it comes with


def depth_of(question: str, yardstick: Yardstick) -> Depth:
    """Return how much a question wants to know of each point, by its words.

    Args:
        question: The question.
        yardstick: The prompt pack's words for more and for less than usual; more wins.
    """
    text = question[:_MAX_CHARS].lower().replace("’", "'")
    if (full := _pattern(yardstick.full)) is not None and full.search(text):
        return "full"
    brief, until = _pattern(yardstick.brief), _pattern(yardstick.until)
    for sentence in _SENTENCE_END.split(text) if brief is not None else ():
        asked = sentence if until is None else until.split(sentence, 1)[0]
        if brief is not None and brief.search(asked):
            return "brief"
    return "usual"


@lru_cache(maxsize=32)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str] | None:
    if not words:
        return None
    # A word in Latin script must stand by itself; Japanese and Chinese have no spaces.
    parts = (rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word) for word in words)
    return re.compile("|".join(parts))
