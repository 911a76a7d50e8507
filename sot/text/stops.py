"""Ends a text at the first of some stop sequences, also where one spans several pieces."""

from __future__ import annotations

from collections.abc import Sequence


class StopReached(Exception):
    """A stop sequence has come; never leaves the strategy that looks for it."""


class StopFilter:
    """Passes a streamed text on up to the first stop sequence, which is not part of it.

    The end of what has come is held back for as long as it may be the start of a stop sequence.

    Args:
        stops: The stop sequences; empty ones do not count.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._held: str = ""
        self.reached = False

    def feed(self, text: str) -> str:
        """The next piece; returns what may be shown now. After a stop sequence it is nothing."""
        if self.reached:
            return ""
        text = self._held + text
        found = [at for stop in self._stops if (at := text.find(stop)) >= 0]
        if found:
            self.reached = True
            self._held = ""
            return text[: min(found)]
        keep: int = max((_overlap(text, stop) for stop in self._stops), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def close(self) -> str:
        """The text has ended; returns what was held back."""
        held, self._held = self._held, ""
        return held


def _overlap(text: str, stop: str) -> int:
    """How many characters at the text's end are the start of a stop sequence."""
    for size in range(min(len(text), len(stop) - 1), 0, -1):
        if text.endswith(stop[:size]):
            return size
    return 0
