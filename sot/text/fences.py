"""Code fences of Markdown, line by line."""

from __future__ import annotations

import re

_FENCE = re.compile(
    r"(?P<lead>\s*(?:(?:[-*+]|\d{1,3}[.)])\s+|>\s?)*)"  # inside list items and quotations
    r"(?P<mark>`{3,}(?=[^`]*$)|~{3,})(?P<rest>.*)$"
)


class Fences:
    """Tracker of the code fence that is open after the lines seen so far.

    Attributes:
        closing: Line that would close the open fence; ``None`` while none is open.
    """

    def __init__(self) -> None:
        self.closing: str | None = None
        self._mark = ""

    def copy(self) -> Fences:
        """Return a tracker of the same state, to try a line that may go on."""
        other = Fences()
        other.closing, other._mark = self.closing, self._mark
        return other

    def line(self, line: str) -> bool:
        """Read a whole line; returns whether it belongs to a code block, its fences included."""
        match = _FENCE.match(line.rstrip("\r\n"))
        if self.closing is None:
            if match is None:
                return False
            self._mark = match["mark"]
            # Inside a list item the closing line stands where the opening mark does.
            self.closing = re.sub(r"[^\s>]", " ", match["lead"]) + self._mark
            return True
        closes = match is not None and not match["rest"].strip() and match["mark"].startswith(self._mark)
        if closes:
            self.closing = None
        return True


def open_fence(text: str) -> str | None:
    """Return the line that closes the code fence still open at the end of a text; ``None``: there is none."""
    fences = Fences()
    for line in text.splitlines():
        fences.line(line)
    return fences.closing
