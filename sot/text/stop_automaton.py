"""Automaton that looks for many stop sequences at once (Aho and Corasick, 1975).

A text is read in one pass, whatever the number of sequences: each character costs a step or two, and what no
sequence begins with is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

ROOT = 0


class StopAutomaton:
    """Automaton of stop sequences; its state after a text is the longest end of it that begins a sequence.

    Args:
        stops: The sequences, none of them empty.

    Attributes:
        depth: By state, the length of the sequence's beginning that it stands for.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        self.depth = [0]
        self._next: list[dict[str, int]] = [{}]
        self._whole = [0]  # by state, the length of the longest sequence that ends there
        for stop in stops:
            self._add(stop)
        self._back = [ROOT] * len(self._next)  # by state, that of the next shorter end
        self._link()
        first = "".join(map(re.escape, sorted({stop[0] for stop in stops})))
        self._first = re.compile(f"[{first}]")

    def read(self, text: str, state: int) -> tuple[int, int, int]:
        """Read a piece of text, up to the first place where a sequence ends.

        Args:
            text: The piece.
            state: The state after the text before it.

        Returns:
            The state after it, the characters read, and the length of the longest sequence that ends there;
            0 without one.
        """
        at, end = 0, len(text)
        following, back, whole = self._next, self._back, self._whole
        while at < end:
            if state == ROOT:
                found = self._first.search(text, at)
                if found is None:
                    return ROOT, end, 0
                at = found.start()
            character = text[at]
            while state != ROOT and character not in following[state]:
                state = back[state]
            state = following[state].get(character, ROOT)
            at += 1
            if whole[state]:
                return state, at, whole[state]
        return state, end, 0

    def _add(self, stop: str) -> None:
        state = ROOT
        for character in stop:
            after = self._next[state].get(character)
            if after is None:
                after = self._next[state][character] = len(self._next)
                self._next.append({})
                self._whole.append(0)
                self.depth.append(self.depth[state] + 1)
            state = after
        self._whole[state] = len(stop)

    def _link(self) -> None:
        """Link each state with that of the longest shorter end, which is nearer to the root."""
        for state in sorted(range(len(self._next)), key=self.depth.__getitem__):
            for character, after in self._next[state].items():
                shorter = self._back[state]
                while shorter != ROOT and character not in self._next[shorter]:
                    shorter = self._back[shorter]
                found = self._next[shorter].get(character, ROOT)
                self._back[after] = found if found != after else ROOT
                self._whole[after] = self._whole[after] or self._whole[self._back[after]]


@lru_cache(maxsize=32)
def automaton_of(stops: tuple[str, ...]) -> StopAutomaton:
    """Return the automaton of stop sequences, which the requests of an answer share."""
    return StopAutomaton(stops)
