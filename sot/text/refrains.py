"""Refrains: short sentences and blocks that the items of one point share, such as "Hold for 30 seconds."

A refrain is no repetition while something new comes between: another exercise, another recipe. A loop brings
nothing new.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence

from .sentence_likeness import Sentence

_LONGEST = 12  # words of a sentence that items may share
_MOST = 4  # such sentences one after another
_LABEL = 8  # most words of a line without an end that is a label of what follows
_SAME_STEPS = 3  # equal steps of a numbered list, one after another, that are a loop
_MARK = re.compile(r"(?P<indent>\s*)(?:[^\w\s>|\"'“«(\[]{1,8}|(?P<number>\d{1,3})[.)])\s+(?=\S)")
_HEADING = re.compile(r"(?P<indent>\s*)(?:#{1,6}\s|\*\*|__)")
_LABELLED = re.compile(r"(?P<indent>\s*)[^\s:：.!?。！？]+(?:\s[^\s:：.!?。！？]+){0,3}\s?(?::\s|：)")
_COLONS = (":", "：", "︰", "፡፡", "։")


def announces(line: str) -> bool:
    """Whether a line ends in a colon, as "Ingredients:" does, and so says nothing by itself."""
    return line.rstrip().rstrip("*_ ").endswith(_COLONS)


class Refrains:
    """Record of a point's items, of what they say, and of the refrains that come one after another.

    Attributes:
        held: Position from which refrains may turn out to be a loop; ``None`` while none may.
    """

    def __init__(self) -> None:
        self.held: int | None = None
        self._count = 0  # of sentences and blocks
        self._new = 0  # the last that said something new
        self._item = 0
        self._dress: tuple[str, int] = ("", 0)  # mark and indentation of the line's item
        self._new_dress: tuple[str, int] = ("", 0)  # the same of the line that last said something new
        self._announced = False  # what last said something new ends in a colon
        self._line_new = False  # the line has said something new
        self._places: dict[Hashable, tuple[int, int]] = {}  # item and count of what was said last so
        self._short: list[tuple[str, ...]] = []  # what is too short, or says too little, to be a repetition
        self._block = ""  # the last block
        self._run = 0  # refrains one after another
        self._step: tuple[str, ...] = ()
        self._steps: list[int] = []  # positions of equal steps, one after another

    def line(self, text: str, *, open_ended: bool) -> None:
        """Read the beginning of a line; ``open_ended``: it is the whole line, without a sentence's end."""
        self._line_new = False
        found = _MARK.match(text) or _HEADING.match(text) or _LABELLED.match(text)
        if found is None:
            label = open_ended and Sentence.of(text).size <= _LABEL
            self._item += label
            self._dress = ("label" if label else "", 0)
            return
        self._item += 1
        indent = len(found["indent"])
        mark = text[indent]
        self._dress = ("1" if mark.isdigit() else "a" if mark.isalpha() else mark, indent)

    def other(self, words: tuple[str, ...], start: int, *, short: bool, announces: bool) -> None:
        """Take in a sentence that repeats none.

        Args:
            words: Its words.
            start: Its position.
            short: It is too short to be a repetition, and is nothing new if it has been said before.
            announces: It ends in a colon.
        """
        if (short or announces) and words not in self._places:
            self._short.append(words)
        self._add(words, start, announces=announces)

    def _add(self, key: Hashable, start: int, *, announces: bool = False) -> None:
        self._count += 1
        known = key in self._places
        self._places[key] = (self._item, self._count)
        if known:
            self._hold(start, announces=announces)
            return
        self._new, self._new_dress, self._announced = self._count, self._dress, announces
        self._line_new = True
        self._run, self.held = 0, None

    def _hold(self, start: int, *, announces: bool = False) -> None:
        """Hold what comes first after something new, unless that labels it."""
        labelled = self._line_new or (self._announced and not announces) or self._dress != self._new_dress
        if self._count == self._new + 1 and not labelled:
            self.held = start

    def sentence(self, said: Iterable[Sentence], start: int) -> int | None:
        """Take in a sentence that the point has said; returns where a repetition begins, if it is one.

        Args:
            said: The sentences that it repeats.
            start: Its position.
        """
        known = [*said]
        places = [place for other in known if (place := self._places.get(other.words))]
        item, count = max(places, key=lambda place: place[1], default=(0, 0))
        shared = 0 < item < self._item and count < self._new
        long = any(other.size > _LONGEST for other in known)
        if not shared or long or self._run >= _MOST:
            return start if self.held is None else self.held
        self._count += 1
        self._hold(start)
        self._run += 1
        self._places.update((other.words, (self._item, self._count)) for other in known)
        return None

    def block(self, text: str, start: int) -> int | None:
        """Take in a block of code or a formula; returns where a repetition begins, if it is one.

        The same block may stand twice without anything between, but not three times.
        """
        self._block = text
        place = self._places.get(text)
        if place is None:
            self._add(text, start)
            return None
        self._count += 1
        if place[1] >= self._new:
            if self._run:
                return start if self.held is None else self.held
            self.held = start if self.held is None else self.held
        self._places[text] = (self._item, self._count)
        self._run += 1
        return None

    def may_be_short(self, words: Sequence[str]) -> bool:
        """Whether what begins with so many words, the last one in part, may be nothing new."""
        last = len(words) - 1
        if last < 0:
            return bool(self._short)
        return any(
            len(known) > last and known[last].startswith(words[last]) and [*known[:last]] == [*words[:last]]
            for known in self._short
        )

    def may_be_block(self, text: str, start: int) -> bool:
        """Whether a block that begins there may repeat the one before it, with nothing new between."""
        place = self._places.get(self._block)
        if place is None or place[1] < self._new:
            return False
        return self._block.startswith(text[start : start + len(self._block) + 1])

    def step(self, text: str, start: int) -> int | None:
        """Take in a whole line; returns where equal steps of a numbered list begin to repeat, if they do."""
        found = _MARK.match(text)
        words = Sentence.of(text[found.end() :]).words if found is not None and found["number"] else ()
        self._steps = [*self._steps, start] if words and words == self._step else [start]
        self._step = words
        return self._steps[1] if words and len(self._steps) == _SAME_STEPS else None

    def loop_at_end(self) -> int | None:
        """Return where several refrains at the end of the text begin that nothing new leads to."""
        return self.held if self._run > 1 else None
