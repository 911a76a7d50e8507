"""Sentence ends, by the marks of the world's scripts.

A script without such marks (Thai, Lao) has no sentence ends here.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .abbreviations import LONGEST, abbreviates

_CLOSERS = "\"'”’»›)\\]）」』】》〉｣*_~"
# Latin marks end a sentence only before white space or at the end, so that 3.5 and example.com stay whole.
_SPACED = ".!?…‥‽．\u037e"
# Marks of other scripts end one anywhere: full-width and half-width, danda, Urdu, Arabic, Armenian, Ethiopic,
# Khmer, Burmese, Tibetan, Mongolian, Sinhala, Javanese, Balinese, Syriac, Vai, Bamum, Ol Chiki, Meetei Mayek,
# Canadian syllabics, Cham, Tai Tham, Lepcha, Limbu, Saurashtra, Kayah Li, Rejang, N'Ko, Samaritan.
_ANYWHERE = "。！？｡︒‼⁇⁈⁉⸮।॥۔؟։።፧፨។៕။།༎༏༐༑᠃᠉෴꧈꧉᭚᭛᭞᭟܀܁܂꘎꘏꛳꛷᱾᱿꫰꫱꯫᙮꩝꩞꩟᪨᪩᪪᪫᰻᰼᥄᥅꣎꣏꤯\u07f9࠰࠲࠺࠻࠽࠾"
_GREEK_QUESTION = r"(?<=[\u0370-\u03ff\u1f00-\u1fff]);"  # typed as a semicolon
# Quantifiers take all they can (``++``, ``*+``) and a run of marks is tried from its start alone: a run of
# thousands of dots costs one look, not one for each of its parts.
_END = re.compile(
    rf"(?:(?<![{_SPACED}])[{_SPACED}]++|{_GREEK_QUESTION})[{_ANYWHERE}{_SPACED}]*+[{_CLOSERS}]*+(?=\s|$)"
    rf"|[{_ANYWHERE}]++[{_CLOSERS}]*+"
)
_ANYWHERE_MARK = re.compile(f"[{_ANYWHERE}]")
_OPEN, _CLOSED = "「『（《“", "」』）》”"
_AHEAD = 24  # characters after a mark that tell whether the sentence goes on
_SHORT = 3  # letters of a word that may be an abbreviation this module does not know
_WIDE = "。！？｡．"  # after these a quotation may go on: 「早く寝よう。」と言う。


def last_sentence_end(text: str, *, sure: bool = False) -> int:
    """Return the position after the last whole sentence of a text; 0 when there is none.

    Args:
        text: The text.
        sure: Whether more text follows, so that a Latin mark at its end may turn out to end nothing ("3." of
            "3.5", "etc." of "etc. and").
    """
    return SentenceScan(strict=False, sure=sure).last(text) or 0


def ends_whole(text: str) -> bool:
    """Whether a text ends with a whole sentence."""
    stripped = text.rstrip()
    return bool(stripped) and last_sentence_end(stripped) == len(stripped)


def sentence_end(text: str, count: int) -> int | None:
    """Return the position after a text's first ``count`` sentences; ``None`` while it may not hold so many.

    At the end of the text only a mark that ends a sentence anywhere is sure to end one: more of the same
    sentence may follow.

    Args:
        text: The text.
        count: Number of sentences.
    """
    return SentenceScan().end(text, count)


class SentenceScan:
    """Incremental search for the ends of the sentences of a text that grows; every part is read once.

    What it finds is what a search through the whole text would find, at every length of the text. A mark at
    its end is looked at again until what follows tells whether it ends a sentence.

    Args:
        start: Position where the first sentence begins; what stands before it does not count.
        strict: Whether a mark before a small letter ends nothing; else a full stop after a longer word does.
        sure: Whether a mark at the text's end may turn out to end nothing.

    Attributes:
        matched: Marks looked at so far, as a measure of the work.
    """

    def __init__(self, start: int = 0, *, strict: bool = True, sure: bool = True) -> None:
        self._start = start
        self._strict = strict
        self._sure = sure
        self._at = start  # all before is settled
        self._quotes = _Quotes(start)
        self._ends: list[int] = []
        self._settled = 0  # of these ends
        self.matched = 0

    def end(self, text: str, count: int, stop: int | None = None) -> int | None:
        """Return the position after the first ``count`` sentences; ``None`` while there may not be so many.

        Args:
            text: The text, which starts with the text of earlier calls.
            count: Number of sentences.
            stop: Where the part of the text that has been read ends; the whole text unless given.
        """
        self._read(text, len(text) if stop is None else stop, most=count)
        return self._ends[count - 1] if len(self._ends) >= count else None

    def last(self, text: str, stop: int | None = None) -> int | None:
        """Return the position after the last whole sentence so far; see `end`."""
        self._read(text, len(text) if stop is None else stop)
        return self._ends[-1] if self._ends else None

    def _read(self, text: str, stop: int, *, most: int | None = None) -> None:
        """Look for ends in what is not settled yet, until there are ``most`` of them."""
        del self._ends[self._settled :]
        if most is not None and len(self._ends) >= most:
            return
        if self._settled == len(self._ends) and _END.search(text, self._at, stop) is None:
            self._at = max(self._at, stop)
            return
        cased = self._sure or any(map(str.isupper, text[self._start : stop]))
        settling = True
        quotes = self._quotes
        for match in _END.finditer(text, self._at, stop):
            self.matched += 1
            mark = _mark_of(text, match)
            if self._strict and mark in _WIDE:
                quotes = quotes.upto(text, match.start())
                if settling:
                    self._quotes = quotes
            ends, settled = self._look_at(text, match, mark, stop, cased=cased, quoted=quotes.opened > 0)
            if ends:
                self._ends.append(match.end())
            settling = settling and settled
            if settling:
                self._at, self._settled = match.end(), len(self._ends)
            if len(self._ends) == most:
                return
        if settling:
            self._at = max(self._at, stop)

    def _look_at(
        self, text: str, match: re.Match[str], mark: str, stop: int, *, cased: bool, quoted: bool
    ) -> tuple[bool, bool]:
        """Tell whether a mark ends a sentence, and whether that is settled whatever follows."""
        start, end = match.span()
        if mark in _ANYWHERE:
            return not (mark in _WIDE and quoted), end < stop
        following = text[end : min(end + _AHEAD, stop)].lstrip()
        settled = stop - end >= _AHEAD or any(map(str.isalnum, following))
        if self._sure and not following:
            return False, settled
        before = text[max(self._start, start - LONGEST) : start]
        if mark == "." and abbreviates(before, following):
            return False, settled
        goes_on = following[:1].islower() and cased and (self._strict or _goes_on(mark, before))
        return not goes_on, settled


def _mark_of(text: str, match: re.Match[str]) -> str:
    """Return the mark that decides about a run of marks: one that ends a sentence anywhere, if it has one."""
    start, end = match.span()
    found = _ANYWHERE_MARK.search(text, start, end) if end > start + 1 else None
    return text[start] if found is None else found[0]


class _Quotes(NamedTuple):
    """Number of full-width quotations and brackets that are open at a position."""

    at: int
    opened: int = 0

    def upto(self, text: str, at: int) -> _Quotes:
        """Return the number further on in the text."""
        part = text[self.at : at]
        return _Quotes(at, self.opened + sum(map(part.count, _OPEN)) - sum(map(part.count, _CLOSED)))


def _goes_on(mark: str, before: str) -> bool:
    """Whether a sentence goes on after a mark before a small letter: "Yahoo! is", "np. three"."""
    if mark != ".":
        return mark != "…"
    word = before[-_SHORT - 1 :]
    return any(character.isspace() for character in word) or len(word) <= _SHORT
