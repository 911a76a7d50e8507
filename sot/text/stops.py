"""Stop sequences in streamed text, also where one spans several deltas."""

from __future__ import annotations

from collections.abc import Sequence


class StopReached(Exception):
    """Signal of a stop sequence, which never leaves the strategy that looks for it."""


class StopFilter:
    """Filter that passes streamed text on up to the first stop sequence, which is dropped.

    The end of the text is held back for as long as it may be the start of a stop sequence.

    Args:
        stops: Stop sequences; empty ones are ignored.

    Attributes:
        reached: A stop sequence has come.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._held: str = ""
        self.reached = False

    def feed(self, text: str) -> str:
        """Filter the next delta; returns the text that may be shown now, nothing after a stop sequence."""
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
        """End the text; returns what was held back."""
        held, self._held = self._held, ""
        return held


def _overlap(text: str, stop: str) -> int:
    """Return the number of characters at the text's end that may begin a stop sequence."""
    for size in range(min(len(text), len(stop) - 1), 0, -1):
        if text.endswith(stop[:size]):
            return size
    return 0
