"""Held text: the start of a completion of which it is not yet known whether it is thoughts."""

from __future__ import annotations

from .mark_reader import is_blank
from .thinking_signs import reads_like_thinking

WATCHED = 40
"""Characters from the first visible one that tell how a text reads."""


class HeldText:
    """Buffer of held text.

    Attributes:
        chars: Characters held since the last `take`.
        labelled: The text was headed as thoughts.
    """

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._head = ""
        self.chars = 0
        self.labelled = False

    def add(self, text: str) -> bool:
        """Append text; returns whether it is the one that completes the first `WATCHED` characters."""
        self._pieces.append(text)
        self.chars += len(text)
        if len(self._head) == WATCHED:
            return False
        self._head = (self._head + text if self._head else _after_blanks(text))[:WATCHED]
        return len(self._head) == WATCHED

    def reads_like_thinking(self) -> bool:
        """Whether the text begins as models begin their thoughts."""
        return self.labelled or reads_like_thinking(self._head)

    def take(self) -> str:
        """Return all of it and empty the buffer."""
        text = "".join(self._pieces)
        self._pieces.clear()
        self._head = ""
        self.chars = 0
        return text


def _after_blanks(text: str) -> str:
    """Return a text from its first visible character."""
    return text[next((at for at, char in enumerate(text) if not is_blank(char)), len(text)) :]
