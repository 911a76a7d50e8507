"""Ordered stream: points decoded in parallel, released as one text in order.

It does no I/O: text goes in as it is decoded, and text for the reader comes out. Two promises hold: released
text is never taken back, and all of it, joined, is the text of the answer.
"""

from __future__ import annotations

from dataclasses import dataclass

from .indent import Indenter, starts_block
from .slot import TextSlot

SEPARATOR = "\n\n"


@dataclass(slots=True)
class _Slot(TextSlot):
    """State of one point."""

    heading: str
    indenter: Indenter
    indent: int
    opened: bool = False  # the heading is released


class OrderedStream:
    """Buffer that collects the points' texts and releases them in order.

    The first point streams live as soon as the stream is open; the others are held until every
    point before them is finished. A placeholder for a missing point is held back until some point
    has real text, so that an answer of nothing but placeholders can still be given up.

    Args:
        preceded: Whether text that does not pass through the stream stands before the first point; a blank
            line then comes between.
    """

    def __init__(self, *, preceded: bool = False) -> None:
        self._slots: dict[int, _Slot] = {}
        self._current = 1
        self._open = False
        self._started = False  # some point has real text
        self._out: list[str] = []
        self._any = preceded
        self._closed = False  # the closing has begun

    @property
    def text(self) -> str:
        """All text released so far."""
        return "".join(self._out)

    def open(self) -> str:
        """Open the stream; returns the text released by it."""
        self._open = True
        return self._drain()

    def opening(self, text: str) -> str:
        """Release a piece of the answer's opening, before the first point; returns it."""
        assert not any(slot.opened for slot in self._slots.values()), "the opening comes first"
        self._any = self._any or bool(text.strip())
        self._out.append(text)
        return text

    def closing(self, text: str) -> str:
        """Release a piece of the answer's closing, after the last point; returns the text released by it."""
        assert all(slot.finished for slot in self._slots.values()), "the closing comes last"
        if not self._closed:
            text = text.lstrip()
        if text and not self._closed:
            self._closed = True
            text = (SEPARATOR if self._any else "") + text
        self._out.append(text)
        return text

    def add(self, index: int, heading: str, indent: int = 0) -> None:
        """Add a point; points are added in order, from 1.

        Args:
            index: Number of the point.
            heading: What stands before its text.
            indent: Spaces before its further lines, `marker_width` of the heading, so that Markdown keeps
                lists, code and paragraphs of the text inside the point. Released characters are counted
                without them.
        """
        self._slots[index] = _Slot(heading, Indenter(indent), indent)

    def released(self, index: int) -> int:
        """Return the number of released characters of a point's text."""
        return self._slots[index].released

    def restart(self, index: int) -> None:
        """Discard the text of a point of which nothing is released."""
        self._slots[index].restart()

    def feed(self, index: int, text: str) -> str:
        """Append text to a point; returns the text released by it."""
        self._slots[index].text += text
        return self._drain()

    def finish(self, index: int, text: str, *, placeholder: bool = False) -> str:
        """Set a point's final text, which starts with its released part; returns the text released by it."""
        self._slots[index].finish(text, placeholder=placeholder)
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
                glue = self._glue(slot)
                if glue is None:
                    break
                slot.opened = True
                pieces.append((SEPARATOR if self._any else "") + slot.heading + glue)
                self._any = True
            pieces.append(slot.indenter.feed(slot.text[slot.released :]))
            slot.released = len(slot.text)
            if not slot.finished:
                break
            self._current += 1
        piece = "".join(pieces)
        self._out.append(piece)
        return piece

    @staticmethod
    def _glue(slot: _Slot) -> str | None:
        """Return what comes between a heading and its text; ``None`` while the text is too short to tell."""
        if slot.heading[-1:].isspace():
            return ""
        if not slot.indent:
            return " "
        block = starts_block(slot.text, final=slot.finished)
        if block is None:
            return None
        if block:
            slot.indenter.start_line()
        return SEPARATOR if block else " "

    def _real_text(self) -> bool:
        """Whether some point has text that is no placeholder."""
        if not self._started:
            self._started = any(
                not slot.placeholder and any(map(str.isalnum, slot.text)) for slot in self._slots.values()
            )
        return self._started
