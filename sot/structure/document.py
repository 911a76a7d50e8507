"""Stream of a JSON document: parts written in parallel, released as one JSON text in the schema's order.

It does no I/O: the JSON text of the parts goes in as it is written, and text for the reader comes out. What
was released is never taken back; all of it, joined, is the document, which parses once it is closed.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..text.slot import TextSlot


class DocumentStream:
    """Buffer that collects the JSON texts of a document's parts and releases them in order.

    The frame's text before a part is released with the part's first text, and what follows the last part with
    `close`, so that a document that turns out to be invalid stays open.

    Args:
        frame: Text around the parts: before the first one, between them, after the last.
    """

    def __init__(self, frame: Sequence[str]) -> None:
        self._frame = tuple(frame)
        self._slots = {index: TextSlot() for index in range(1, len(frame))}
        self._current = 1
        self._begun = False  # the frame's text before the current part is released
        self._out: list[str] = []

    @property
    def text(self) -> str:
        """All text released so far."""
        return "".join(self._out)

    @property
    def whole(self) -> str:
        """The whole document, once all parts are finished."""
        return self.text + self._frame[-1]

    def open(self) -> str:
        """Open the stream; returns the text released by it."""
        return self._drain()

    def close(self) -> str:
        """End the document; returns the text released by it."""
        if not all(slot.finished for slot in self._slots.values()):
            raise RuntimeError("the end of a document comes last")
        self._out.append(self._frame[-1])
        return self._frame[-1]

    def released(self, index: int) -> int:
        """Return the number of released characters of a part's text."""
        return self._slots[index].released

    def restart(self, index: int) -> None:
        """Discard the text of a part of which nothing is released."""
        self._slots[index].restart()

    def feed(self, index: int, text: str) -> str:
        """Append JSON text to a part; returns the text released by it."""
        self._slots[index].text += text
        return self._drain()

    def finish(self, index: int, text: str, *, placeholder: bool = False) -> str:
        """Set a part's JSON text, which starts with its released part; returns the text released by it."""
        self._slots[index].finish(text, placeholder=placeholder)
        return self._drain()

    def _drain(self) -> str:
        """Release what may be released."""
        pieces: list[str] = []
        while (slot := self._slots.get(self._current)) is not None and slot.text:
            if not self._begun:
                pieces.append(self._frame[self._current - 1])
                self._begun = True
            pieces.append(slot.text[slot.released :])
            slot.released = len(slot.text)
            if not slot.finished:
                break
            self._current, self._begun = self._current + 1, False
        piece = "".join(pieces)
        self._out.append(piece)
        return piece
