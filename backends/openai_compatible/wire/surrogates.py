"""Halves of characters in JSON texts: some servers cut a text between the two escapes of one character."""

from __future__ import annotations

import re

_HALF = re.compile("[\ud800-\udfff]")
_FIRST_HALVES = ("\ud800", "\udbff")


class SurrogateJoiner:
    """Joiner of characters (an emoji for example) whose halves come in two deltas of a stream.

    A half that stays alone becomes the replacement character, because no encoder takes it.
    """

    def __init__(self) -> None:
        self._half = ""

    @property
    def rests(self) -> bool:
        """Return whether no half waits for its other."""
        return not self._half

    def is_whole(self, text: str) -> bool:
        """Return whether a text has whole characters alone, and no half waits for its beginning."""
        return not self._half and (text.isascii() or not _HALF.search(text))

    def take(self, text: str) -> str:
        """Return the next text in whole characters; a first half at its end waits for the second."""
        if self.is_whole(text):
            return text
        text = self._half + text
        self._half = ""
        if text and _FIRST_HALVES[0] <= text[-1] <= _FIRST_HALVES[1]:
            text, self._half = text[:-1], text[-1]
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
