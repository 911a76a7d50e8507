"""Prose behind the mark of a list's first item: an essay after ``1.`` is no skeleton, however long it is."""

from __future__ import annotations

import re

from .clauses import CJK, SENTENCE_MARKS, first_sentence, too_long
from .inline import split_inline
from .items import read_item
from .titles import bold_start, head_of, join_lines

MAX_ITEM_CHARS = 600  # of the first item with its explanation; a whole answer in a list has fewer, too
_TITLE = (6, 18)  # words, or characters of CJK text: what follows such a sentence explains it
_LINE = (30, 90)  # of the first item, without any sign of a title
_HEAD = (16, 40)  # of what stands before a sign that parts a title from its explanation
_PARTED = re.compile(
    r":(?=[\s*_])|：|\s[-–]{1,2}\s|—|→|=>|[;；]|(?<=[\"”»」』\]】])\s"  # "Title: what it covers"
)
_UNLOOKED = 40  # characters after which a look is taken where no sentence begins
_GROWTH = 8  # the next look is taken when the line has grown by one part of so many
_ENDS = frozenset(SENTENCE_MARKS + ".")
_CJK_ENDS = frozenset("。！？｡")  # no blank follows them
_CJK = re.compile(f"[{CJK}]")


class ItemScan:
    """Scan of a line of a list's first item for signs of prose, character by character.

    A line is looked at only where a sentence begins after another, and now and then where none ends.
    """

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Begin a line."""
        self._length = 0
        self._looked = 0  # characters at the last look
        self._begun = False  # a sentence has, since then
        self._last = ""  # last character that is not blank
        self._blank = False  # after it

    def due(self, char: str) -> bool:
        """Take the line's next character; returns whether the line is worth a look with it."""
        self._length += 1
        if char.isspace():
            self._blank = True
            return False
        ended = self._last in _ENDS and (self._blank or self._last in _CJK_ENDS)
        self._begun = self._begun or (ended and char.isalpha())
        self._last, self._blank = char, False
        grown = self._length - self._looked
        due = grown > (self._looked // _GROWTH if self._begun else _UNLOOKED)
        if due:
            self._looked, self._begun = self._length, False
        return due


def is_prose_item(line: str, before: str | None = None) -> bool:
    """Whether a list's first item, which may go on, is prose for sure: no title, with or without explanation.

    A bold title, ``Title: explanation``, ``Title | what it covers`` and a list written on one line are none,
    nor is a short sentence with an explanation after it. Prose is a long line without any of these, of which
    a sentence is longer than any title. What stands before a list as a weak item or behind a word or a
    picture is none either: it may be a preface.

    Args:
        line: The line so far, with its mark.
        before: The item's text in earlier lines, without its mark, where ``line`` may go on with it.
    """
    item = read_item(line)
    if item is None and before is not None:
        text = join_lines(before, line)
    else:
        kept = item is None or item.strength == "weak" or item.kind in ("heading", "bold", "word")
        if item is None or kept or len(split_inline(item)) > 1:
            return False
        text = item.text
    if len(text) > MAX_ITEM_CHARS:
        return True
    if "|" in text or "｜" in text or bold_start(text) is not None or head_of(text) != text:
        return False
    parted = _PARTED.search(text)
    if parted is not None and parted.start() and not too_long(text[: parted.start()], *_HEAD):
        return False
    sentence = first_sentence(text)
    head = sentence.partition("(")[0].partition("（")[0]  # "Title (explanation. More of it)"
    return too_long(text, *_LINE) and (sentence == text or too_long(head, *_TITLE))


def weight(char: str) -> int:
    """Return how many letters of an alphabet say as much as a character."""
    return 2 if char > "\u2fff" and _CJK.match(char) else 1
