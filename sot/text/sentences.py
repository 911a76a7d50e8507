"""Sentence ends, by the marks of the world's scripts.

A script without such marks (Thai, Lao) has no sentence ends here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from .abbreviations import LONGEST, abbreviates

_CLOSERS = "\"'”’»›)\\]）」』】》〉｣*_~"
# Latin marks end a sentence only before white space or at the end, so that 3.5 and example.com stay whole.
_SPACED = ".!?…‥‽．\u037e"
# Marks of other scripts end one anywhere: full-width and half-width, danda, Urdu, Arabic, Armenian, Ethiopic,
# Khmer, Burmese, Tibetan, Mongolian, Sinhala, Javanese, Balinese, Syriac, Vai, Bamum, Ol Chiki, Meetei Mayek,
# Canadian syllabics, Cham, Tai Tham, Lepcha, Limbu, Saurashtra, Kayah Li, Rejang, N'Ko, Samaritan.
_ANYWHERE = "。！？｡︒‼⁇⁈⁉⸮।॥۔؟։።፧፨។៕။།༎༏༐༑᠃᠉෴꧈꧉᭚᭛᭞᭟܀܁܂꘎꘏꛳꛷᱾᱿꫰꫱꯫᙮꩝꩞꩟᪨᪩᪪᪫᰻᰼᥄᥅꣎꣏꤯\u07f9࠰࠲࠺࠻࠽࠾"
_GREEK_QUESTION = r"(?<=[\u0370-\u03ff\u1f00-\u1fff]);"  # typed as a semicolon
_END = re.compile(
    rf"(?:[{_SPACED}]+|{_GREEK_QUESTION})[{_ANYWHERE}{_SPACED}]*[{_CLOSERS}]*(?=\s|$)"
    rf"|[{_ANYWHERE}]+[{_CLOSERS}]*"
)
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
    return max(_ends(text, sure=sure), default=0)


def ends_whole(text: str) -> bool:
    """Whether a text ends with a whole sentence."""
    stripped = text.rstrip()
    return bool(stripped) and last_sentence_end(stripped) == len(stripped)


def sentence_end(text: str, count: int, *, after: int = 0) -> int | None:
    """Return the position after a text's first ``count`` sentences; ``None`` while it may not hold so many.

    At the end of the text only a mark that ends a sentence anywhere is sure to end one: more of the same
    sentence may follow.

    Args:
        text: The text.
        count: Number of sentences.
        after: Position before which no sentence is known to end, to spare the search there.
    """
    ends = _ends(text, sure=True, strict=True, after=after)
    return next(islice(ends, count - 1, None), None)


def _ends(text: str, *, sure: bool, strict: bool = False, after: int = 0) -> Iterator[int]:
    """Yield the positions after the sentences of a text.

    Args:
        text: The text.
        sure: Whether a mark at its end may turn out to end nothing.
        strict: Whether a mark before a small letter ends nothing; else a full stop after a longer word does.
        after: Position before which none ends.
    """
    cased = sure or any(map(str.isupper, text))  # where no letter is large, a small one says nothing
    for match in _END.finditer(text, after):
        mark, start, end = text[match.start()], match.start(), match.end()
        if mark in _ANYWHERE:
            if not (strict and mark in _WIDE and _quotes(text[:start])):
                yield end
            continue
        following = text[end : end + _AHEAD].lstrip()
        if sure and not following:
            continue
        if mark == "." and abbreviates(text[max(0, start - LONGEST) : start], following):
            continue
        if following[:1].islower() and cased and (strict or _goes_on(mark, text[:start])):
            continue
        yield end


def _goes_on(mark: str, before: str) -> bool:
    """Whether a sentence goes on after a mark before a small letter: "Yahoo! is", "np. three"."""
    if mark != ".":
        return mark != "…"
    word = before[-_SHORT - 1 :]
    return any(character.isspace() for character in word) or len(word) <= _SHORT


def _quotes(text: str) -> bool:
    """Whether a full-width quotation or bracket is open at the end of a text."""
    return sum(map(text.count, _OPEN)) > sum(map(text.count, _CLOSED))
