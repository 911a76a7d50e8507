"""One ordered text out of points that are written at the same time.

Pure: text goes in as it is produced, and what the reader may see comes out. Two promises hold: what
came out is never taken back, and all that came out, joined, is the text of the answer.
"""

from __future__ import annotations

from dataclasses import dataclass

SEPARATOR = "\n\n"


@dataclass(slots=True)
class _Slot:
    heading: str
    text: str = ""
    released: int = 0  # characters of `text` that came out
    opened: bool = False  # the heading came out
    finished: bool = False
    placeholder: bool = False


class OrderedStream:
    """Collects the points' texts and releases them in order.

    The first point streams live as soon as the stream is open; the others are held until every
    point before them is finished. A placeholder for a missing point is held back until some point
    has real text, so that an answer of nothing but placeholders can still be given up.
    """

    def __init__(self) -> None:
        self._slots: dict[int, _Slot] = {}
        self._current = 1
        self._open = False
        self._started = False  # real text has come out, or may come out
        self._out: list[str] = []
        self._any = False

    @property
    def text(self) -> str:
        """All that came out so far."""
        return "".join(self._out)

    def open(self) -> str:
        """Allow text to come out; returns what was waiting."""
        self._open = True
        return self._drain()

    def add(self, index: int, heading: str) -> None:
        """Announce a point. Points are announced in order, from 1."""
        self._slots[index] = _Slot(heading)

    def released(self, index: int) -> int:
        """How many characters of a point's text have come out."""
        return self._slots[index].released

    def restart(self, index: int) -> None:
        """Forget the text of a point of which nothing has come out."""
        slot = self._slots[index]
        assert not slot.released, "released text cannot be taken back"
        slot.text = ""

    def feed(self, index: int, text: str) -> str:
        """More text of a point; returns what comes out now."""
        self._slots[index].text += text
        return self._drain()

    def finish(self, index: int, text: str, *, placeholder: bool = False) -> str:
        """A point's final text, which starts with what already came out; returns what comes out now."""
        slot = self._slots[index]
        assert text.startswith(slot.text[: slot.released]), "released text cannot be taken back"
        slot.text = text
        slot.finished = True
        slot.placeholder = placeholder
        return self._drain()

    def _drain(self) -> str:
        if not self._open:
            return ""
        pieces: list[str] = []
        while (slot := self._slots.get(self._current)) is not None:
            if slot.placeholder and not self._real_text():
                break
            if slot.text and not slot.opened:
                slot.opened = True
                pieces.append((SEPARATOR if self._any else "") + slot.heading + " ")
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
        if not self._started:
            self._started = any(
                not slot.placeholder and any(map(str.isalnum, slot.text)) for slot in self._slots.values()
            )
        return self._started
