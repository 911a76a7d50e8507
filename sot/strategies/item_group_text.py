"""Reader of the answer to a group of given items, which are told apart by their numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from ..types import FinishReason
from .item_text import ItemStyle, ItemText
from .part_request import PartDelta, PartReader, PartText

_CLOSE = r"[.．):：）、]"
_NUMBER = re.compile(
    rf"(?:\*\*[(（]?(?P<bold>\d{{1,3}}){_CLOSE}\*\*|[(（]?(?P<plain>\d{{1,3}}){_CLOSE})(?:\s+|(?=[^\s\d*])|$)"
)
_MAYBE_NUMBER = re.compile(rf"(?:\*\*)?[(（]?\d{{0,3}}{_CLOSE}?\*{{0,2}}\s*")


class GroupReader(PartReader):
    """Reader of a request with several items, whose answers begin with their numbers, from 1, in column 0.

    What stands before the first number is dropped. Where the numbers do not follow one another, or a line
    seems to hold several items, none of the text is of use, since it cannot be known whose it is. Nothing is
    shown before that is known. An item that the text does not come to has none; neither has the last one if
    a paragraph follows it, which may be about all items.
    """

    def __init__(self, indexes: Sequence[int], styles: Sequence[ItemStyle]) -> None:
        self._indexes = tuple(indexes)
        self._styles = tuple(styles)
        self._texts: list[list[str]] = []  # lines of each item that has begun
        self._begun = ""  # the last line
        self._failed = False

    @property
    def full(self) -> bool:
        return self._failed

    def feed(self, piece: str, tokens: int) -> Iterable[PartDelta | PartText]:
        *lines, self._begun = (self._begun + piece).split("\n")
        for line in lines:
            self._take(line)
        return ()

    def finish(self, reason: FinishReason | None, shown: Callable[[int], int]) -> Iterable[PartText]:
        if self._begun and (reason == "stop" or not _MAYBE_NUMBER.fullmatch(self._begun)):
            self._take(self._begun)
        if not self._failed:
            yield from self._found(reason)

    def _take(self, line: str) -> None:
        found = _NUMBER.match(line)
        if found is not None:
            number = int(found["bold"] or found["plain"])
            self._failed = self._failed or number != len(self._texts) + 1 or number > len(self._indexes)
            self._texts.append([])
            line = line[found.end() :]
        if self._texts:
            number = len(self._texts)
            self._failed = self._failed or (number < len(self._indexes) and _holds(line, number + 1))
            self._texts[-1].append(line)

    def _found(self, reason: FinishReason | None) -> Iterable[PartText]:
        for place, lines in enumerate(self._texts):
            under_way = place == len(self._texts) - 1
            if under_way and "" in map(str.strip, "\n".join(lines).strip().split("\n")):
                continue
            text = ItemText(self._indexes[place], self._styles[place])
            text.feed("\n".join(lines))
            yield text.finish(reason if under_way else "stop", 0)


def _holds(line: str, number: int) -> bool:
    """Return whether a line holds the number of the next item, too; one below an item may begin with it."""
    start = len(line) - len(line.lstrip())
    found = re.compile(rf"(?<![0-9A-Za-z.]){number}{_CLOSE}(?!\d)").search(line, start)
    return found is not None and not (start and found.start() == start)
