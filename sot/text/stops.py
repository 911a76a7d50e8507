"""Stop sequences in streamed text, also where one spans several deltas."""

from __future__ import annotations

from collections.abc import Sequence

from .stop_automaton import ROOT, automaton_of


class StopReached(Exception):
    """Signal of a stop sequence, which never leaves the strategy that looks for it."""


class StopFilter:
    """Filter that passes streamed text on up to the first stop sequence, which is dropped.

    The first is the one that is complete first, however the text is cut into pieces; of several that end
    there, the longest. Only what may still become a stop sequence is held back, and the work is proportional
    to the text's length, not to the number of sequences.

    Args:
        stops: Stop sequences; empty ones are ignored.

    Attributes:
        reached: A stop sequence has come.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        given = tuple(stop for stop in stops if stop)
        self._automaton = automaton_of(given) if given else None
        self._state = ROOT
        self._held = ""  # end of the text that may begin a stop sequence
        self.reached = False

    @property
    def held(self) -> str:
        """The end of the text, which is held back because it may begin a stop sequence."""
        return self._held

    def feed(self, text: str) -> str:
        """Filter the next delta; returns the text that may be shown now, nothing after a stop sequence."""
        if self.reached:
            return ""
        if self._automaton is None:
            return text
        self._state, read, stop = self._automaton.read(text, self._state)
        text = self._held + text[:read]
        if stop:
            self.reached = True
        keep = stop or self._automaton.depth[self._state]
        self._held = "" if stop else text[len(text) - keep :]
        return text[: len(text) - keep]

    def close(self) -> str:
        """End the text; returns what was held back."""
        held, self._held = self._held, ""
        return held
