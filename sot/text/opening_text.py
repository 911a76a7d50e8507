"""Opening of an answer: how much of a normally decoded text is shown before the points."""

from __future__ import annotations

import re

from .block_starts import starts_block
from .promises import Promise, find_promise, says_nothing, unpromising_length
from .refusals import refuses
from .sentences import ends_whole, sentence_end

MOST_TOKENS = 50  # of an opening of two sentences; a first sentence that is longer ends with its sentence
LONGEST_SENTENCE = 120  # tokens after which a sentence without an end is cut
CUT_MARK = " …"
_EAGER = 2000  # characters of an opening that is looked at again with every piece
_GROWTH = 16  # a longer one is looked at again when it has grown by one part of so many
_TOKEN_CHARACTERS = 3  # of a short token; some engines send every character by itself
_UNIT = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_INLINE_LIST = re.compile(r"(?<!\d)[:：](?=\s*(?:[(（]?[1１a][.)）、．]|①|1\ufe0f?\u20e3|[-•*–]\s))")
_MAYBE_INLINE = re.compile(r"(?<!\d)[:：](?=\s*(?:[(（]?(?:[1１a]\ufe0f?)?|[-•*–])$)")


class OpeningText:
    """Filter from the deltas of a normally decoded answer to its opening, which is never taken back.

    The opening is the first paragraph, at most two sentences: it ends before a blank line, a list, a heading,
    code or a table, and is empty where the text begins with one, or as a refusal. The first sentence is shown
    while it is written, the second once it is whole and within `MOST_TOKENS`, unless a point has text before.
    A sentence that promises a number of points is held until that number is known (`tell_count`): it is shown
    if it fits; else it is dropped, or only its number, where its beginning has been shown.

    Attributes:
        text: The whole text so far, without white space before it.
        shown: Number of its characters that were shown, or dropped from the middle of the opening.
        opening: The opening so far.
        complete: Whether the opening ends here.
    """

    def __init__(self) -> None:
        self.text = ""
        self.shown = 0
        self.opening = ""
        self.complete = False
        self._tokens = 0
        self._first: int | None = None  # end of the first sentence, once it has been shown
        self._leading = 0  # sentences before it, such as "Sure!"
        self._count: int | None = None
        self._wanted = True  # nothing else is ready to be shown
        self._last = False  # no further sentence may begin
        self._over = False  # no more text comes
        self._again = 0  # characters of text from which it is looked at again

    @property
    def cut(self) -> bool:
        """Whether the opening so far ends in the middle of a sentence."""
        under_way = bool(self.opening) and self._first is None and not self.complete
        return under_way and not ends_whole(self.opening)

    def feed(self, delta: str, tokens: int = 1) -> str:
        """Append a delta of so many tokens; returns the text that may be shown now."""
        self._tokens += tokens
        self.text = (self.text + delta) if self.text else delta.lstrip()
        length = len(self.text)
        if length < self._again:
            return ""
        self._again = 0 if length < _EAGER else length + length // _GROWTH
        return self._advance()

    def pass_on(self, delta: str) -> str:
        """Append a delta of a text that is shown whole; returns all that has not been shown."""
        self.text = (self.text + delta) if self.text else delta.lstrip()
        return self.rest()

    def tell_count(self, count: int) -> str:
        """Take note of the number of points; returns the text that may be shown now."""
        self._count = count
        return self._advance()

    def finish_soon(self) -> str:
        """Begin no further sentence, because points will follow; returns the text that may be shown now."""
        self._last = True
        if not self.text:
            self.complete = True
        return self._advance()

    def give_way(self) -> str:
        """Wait for no promise and no second sentence any more, because a point has text.

        Returns:
            The text that may be shown now.
        """
        self._wanted = False
        if not self.opening:
            self.complete = True
        return self._advance()

    def close(self, *, broken: bool = False) -> str:
        """End the text, which has no more deltas; returns the text that may be shown now.

        A promise stays held; after this only `tell_count` and `give_way` change anything.

        Args:
            broken: Whether it ends in the middle; a sentence that was shown in part gets a mark.
        """
        self._over = True
        if not broken:
            return self._advance()
        piece = self._show_mark() if self.cut else ""
        self.complete = True
        return piece

    def rest(self) -> str:
        """Return all of the text that has not been shown; it counts as shown from now on."""
        piece, self.shown = self.text[self.shown :], len(self.text)
        return piece

    def _advance(self) -> str:
        if self.complete:
            return ""
        end, closed = _paragraph(self.text, over=self._over, prose=self.shown > 0)
        region = self.text[:end]
        piece = "" if self._first is not None else self._first_sentence(region, closed=closed)
        if self._first is not None and not self.complete:
            if self._wanted:
                piece += self._second_sentence(region, closed=closed)
            else:
                self.complete = True
        return piece

    def _first_sentence(self, region: str, *, closed: bool) -> str:
        if not self.shown and (found := refuses(region)) is not False:
            self.complete = bool(found) or closed
            return ""
        end = self._end_of_first(region, closed=closed)
        if end is None:
            if closed and says_nothing(region):
                self.complete = True
                return ""
            piece = self._show(len(region[: unpromising_length(region)].rstrip()))
            if self._last and self.opening and self._size(len(region)) > LONGEST_SENTENCE:
                piece += self._show_mark()
            return piece
        promise = find_promise(region[:end])
        if promise is not None and self._count is None and self._wanted:
            return self._show(len(region[: min(promise.start, unpromising_length(region[:end]))].rstrip()))
        if promise is not None and (self._count is None or not promise.fits(self._count)):
            if not self.opening:
                self.complete = True
                return ""
            return self._show_without(promise, end)
        self._first = end
        self.complete = closed and end >= len(region.rstrip())
        return self._show(end)

    def _end_of_first(self, region: str, *, closed: bool) -> int | None:
        """Return the end of the first sentence that says something; ``None`` while it is not written."""
        self._leading = 0
        while (end := sentence_end(region, self._leading + 1)) is not None and says_nothing(
            region[:end] + " "
        ):
            self._leading += 1
        if end is not None or not closed:
            return end
        whole = region.rstrip()
        return None if says_nothing(whole + " ") else len(whole)

    def _second_sentence(self, region: str, *, closed: bool) -> str:
        """Show the second sentence once it is whole; it is dropped where it does not fit."""
        assert self._first is not None
        begun = region[self._first :].lstrip()
        end = sentence_end(region, self._leading + 2)
        if end is None and closed:
            end = len(region.rstrip())
        block = starts_block(begun, whole=end is not None) if begun else False
        if (not begun and (self._last or closed)) or block or self._size(end or len(region)) > MOST_TOKENS:
            self.complete = True
            return ""
        if end is None or block is None or not begun:
            return ""
        promise = find_promise(region[self._first : end])
        if promise is not None and self._count is None and self._wanted:
            return ""
        self.complete = True
        fits = promise is None or (self._count is not None and promise.fits(self._count))
        return self._show(end) if fits else ""

    def _show(self, end: int) -> str:
        piece = self.text[self.shown : end]
        self.shown = max(self.shown, end)
        self.opening += piece
        return piece

    def _show_without(self, promise: Promise, end: int) -> str:
        """Show the rest of a sentence without the number that it promises."""
        number = slice(promise.start, promise.end) if promise.start >= self.shown else slice(end, end)
        piece = self.text[self.shown : number.start] + self.text[number.stop : end]
        self.shown, self._first, self.complete = end, end, True
        self.opening += piece
        return piece

    def _show_mark(self) -> str:
        self.opening += CUT_MARK
        self.complete = True
        return CUT_MARK

    def _size(self, end: int) -> int:
        """Return the tokens up to a position, about: a delta may have many, and a word has at least one."""
        units = len(_UNIT.findall(self.text[:end]))
        deltas = min(self._tokens, end // _TOKEN_CHARACTERS)
        return max(units, deltas if end >= len(self.text.rstrip()) else 0)


def _paragraph(text: str, *, over: bool, prose: bool) -> tuple[int, bool]:
    """Return how far the first paragraph surely goes, and whether it ends there.

    Args:
        text: The text so far.
        over: Whether no more text follows.
        prose: Whether its beginning has been shown as prose.
    """
    start = 0
    found = _INLINE_LIST.search(text)
    while True:
        at = text.find("\n", start)
        whole, stop = at >= 0, at if at >= 0 else len(text)
        line = text[start:stop]
        block = False if prose and not start else starts_block(line, whole=whole or over)
        if block or (start and whole and not line.strip()):
            return start, True
        if block is None:  # may still become one
            return start, False
        if found is not None and found.start() < start:
            found = _INLINE_LIST.search(text, start)
        if found is not None and found.start() < stop:
            return found.end(), True
        if not whole:
            held = None if over else _MAYBE_INLINE.search(text, start)
            return (len(text), over) if held is None else (held.end(), False)
        if stop + 1 == len(text) and not over:
            return stop, False
        start = stop + 1
