"""Ordered list of given items' answers: the form of the list that was given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..structure.given_items import GivenItem, GivenItems
from ..structure.item_rows import cells
from ..text.indent import Indenter, marker_width, starts_block
from ..text.slot import TextSlot

_LABEL_WORDS, _LABEL_CHARS = 3, 30  # of an item that is a name, and stands before its answer
_CJK_LABEL_CHARS = 10
_SENTENCE_ENDS = tuple(".!?:。！？：…")


@dataclass(slots=True)
class _Slot(TextSlot):
    """State of one item's answer."""

    head: str
    indenter: Indenter
    opened: bool = False

    def stands_below(self) -> bool | None:
        """Return whether the answer begins below its label: a list, a table, code. ``None``: undecided.

        A list mark of its own may have such a block on its line.
        """
        if not self.head.strip() or marker_width(self.head) == len(self.head):
            return False
        block = starts_block(self.text, final=self.finished)
        if block and "\n" not in self.text:
            return False if self.finished else None
        return block


@dataclass(slots=True)
class ItemList:
    """Merger of the items' answers into one list; a `sot.strategies.part_request.PartOutput`.

    The first answer streams live; the others are held until every one before them is finished. Placeholders
    are held back until some item has a real answer.

    Args:
        given: The list of items. An empty item stands in the answer as its mark alone, and has no answer.
    """

    given: GivenItems
    _slots: dict[int, _Slot] = field(default_factory=dict[int, _Slot])
    _current: int = 1
    _real: bool = False
    _begun: bool = False
    _tail: str = ""

    def __post_init__(self) -> None:
        labels, pending = has_labels(self.given), ""
        for item in self.given.items:
            head = _head(self.given, item, labelled=labels)
            if not item.text:
                pending += f"{head.rstrip()}\n"
                continue
            index = len(self._slots) + 1
            self._slots[index] = _Slot(pending + head, Indenter(marker_width(head)))
            pending = ""
        self._tail = pending.rstrip()

    def open(self) -> str:
        """Open the output; nothing stands before the first answer."""
        return ""

    def released(self, index: int) -> int:
        """Return the number of released characters of an answer."""
        return self._slots[index].released

    def restart(self, index: int) -> None:
        """Discard the text of an answer of which nothing is released."""
        self._slots[index].restart()

    def feed(self, index: int, text: str) -> str:
        """Append text to an answer; returns the text released by it."""
        self._slots[index].text += text
        return self._drain()

    def finish(self, index: int, text: str, *, placeholder: bool = False) -> str:
        """Set an answer's final text, which starts with its released part; returns the text released."""
        self._slots[index].finish(text, placeholder=placeholder)
        self._real = self._real or not placeholder
        return self._drain()

    def close(self) -> str:
        """Return the end of the list: the marks of empty items behind the last answer."""
        return f"\n{self._tail}" if self._tail and self._begun else ""

    def _drain(self) -> str:
        pieces: list[str] = []
        while (slot := self._slots.get(self._current)) is not None:
            if slot.placeholder and not self._real:
                break
            if (slot.text or slot.finished) and not slot.opened:
                below = slot.stands_below()
                if below is None:
                    break
                pieces.append(self._opening(slot, below=below))
            pieces.append(slot.indenter.feed(slot.text[slot.released :]))
            slot.released = len(slot.text)
            if not slot.finished:
                break
            self._current += 1
        return "".join(pieces)

    def _opening(self, slot: _Slot, *, below: bool) -> str:
        """Open an answer: returns its head, apart from an answer of several lines that no list mark holds."""
        before = self._slots.get(self._current - 1)
        apart = before is not None and "\n" in before.text and not marker_width(before.head)
        start = ("\n\n" if apart else "\n") if self._begun else ""
        slot.opened = self._begun = True
        if not below:
            return start + slot.head
        slot.indenter.start_line()
        return f"{start}{slot.head.rstrip()}\n"


def has_labels(given: GivenItems) -> bool:
    """Return whether each answer has its item before it: items without a number that are short names."""
    if given.form in ("numbered", "fenced", "rows"):
        return False
    return all(_is_name(item.text) for item in given.items)


def row_label(row: str) -> str:
    """Return what stands before the answer about a row: its first cell."""
    return f"{cells(row)[0]}: "


def _is_name(text: str) -> bool:
    if text.endswith(_SENTENCE_ENDS) or "\n" in text:
        return False
    ascii_only = text.isascii() or " " in text
    return (
        len(text) <= (_LABEL_CHARS if ascii_only else _CJK_LABEL_CHARS) and len(text.split()) <= _LABEL_WORDS
    )


def _head(given: GivenItems, item: GivenItem, *, labelled: bool) -> str:
    """Return what stands before an item's answer: its own mark, and the item where it is a label."""
    mark = {"fenced": f"{item.index}.", "quoted": ""}.get(given.form, item.mark)
    shown = shown_item(given, item) if labelled else ""
    colon = "" if not labelled else ": " if shown.isascii() else "："
    space = "" if not mark or (mark[-1] in "．、）)」】" and not mark.isascii()) else " "
    return f"{mark}{space}{shown}{colon}"


def shown_item(given: GivenItems, item: GivenItem) -> str:
    """Return an item as it stood in the request, but for a number, a bullet or a fence."""
    return f"{item.mark}{item.text}{item.close}" if given.form == "quoted" else item.text


def written_items(given: GivenItems) -> Sequence[GivenItem]:
    """Return the items that have a text; each is one part of the answer."""
    return [item for item in given.items if item.text]
