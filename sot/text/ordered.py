"""Ordered stream: points decoded in parallel, released as one text in order.

It does no I/O: text goes in as it is decoded, and text for the reader comes out. Two promises hold: released
text is never taken back, and all of it, joined, is the text of the answer.
"""

from __future__ import annotations

from dataclasses import dataclass

SEPARATOR = "\n\n"


@dataclass(slots=True)
class _Slot:
    """State of one point."""

    heading: str
    text: str = ""
    released: int = 0  # characters of `text`
    opened: bool = False  # the heading is released
    finished: bool = False
    placeholder: bool = False


class OrderedStream:
    """Buffer that collects the points' texts and releases them in order.

    The first point streams live as soon as the stream is open; the others are held until every
    point before them is finished. A placeholder for a missing point is held back until some point
    has real text, so that an answer of nothing but placeholders can still be given up.
    """

    def __init__(self) -> None:
        self._slots: dict[int, _Slot] = {}
        self._current = 1
        self._open = False
        self._started = False  # some point has real text
        self._out: list[str] = []
        self._any = False

    @property
    def text(self) -> str:
        """All text released so far."""
        return "".join(self._out)

    def open(self) -> str:
        """Open the stream; returns the text released by it."""
        self._open = True
        return self._drain()

    def add(self, index: int, heading: str) -> None:
        """Add a point; points are added in order, from 1."""
        self._slots[index] = _Slot(heading)

    def released(self, index: int) -> int:
        """Return the number of released characters of a point's text."""
        return self._slots[index].released

    def restart(self, index: int) -> None:
        """Discard the text of a point of which nothing is released."""
        slot = self._slots[index]
        assert not slot.released, "released text cannot be taken back"
        slot.text = ""

    def feed(self, index: int, text: str) -> str:
        """Append text to a point; returns the text released by it."""
        self._slots[index].text += text
        return self._drain()

    def finish(self, index: int, text: str, *, placeholder: bool = False) -> str:
        """Set a point's final text, which starts with its released part; returns the text released by it."""
        slot = self._slots[index]
        assert text.startswith(slot.text[: slot.released]), "released text cannot be taken back"
        slot.text = text
        slot.finished = True
        slot.placeholder = placeholder
        return self._drain()

    def _drain(self) -> str:
        """Release what may be released."""
        if not self._open:
            return ""
        pieces: list[str] = []
        while (slot := self._slots.get(self._current)) is not None:
            if slot.placeholder and not self._real_text():
                break
            if slot.text and not slot.opened:
                slot.opened = True
                glue = "" if slot.heading[-1:].isspace() else " "
                pieces.append((SEPARATOR if self._any else "") + slot.heading + glue)
                self._any = True
            pieces.append(slot.text[slot.released :])
            slot.released = len(slot.text)
            if not slot.finished:
                break
            self._current += 1
        piece = "".join(pieces)
        self._out.append(piece)
        return piece

    def _real_text(self) -> bool:
        """Whether some point has text that is no placeholder."""
        if not self._started:
            self._started = any(
                not slot.placeholder and any(map(str.isalnum, slot.text)) for slot in self._slots.values()
            )
        return self._started
