"""Reader of the wishes in one text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .numbers import number_value
from .wish import Span, Wish, WishLanguage, WishPattern, group

_HEAD_CHARS, _TAIL_CHARS = 700, 500  # read of a long text: a wish stands at its beginning or at its end
_CLIP_CHARS = 16_000  # of a very long one, at each end, before code and given texts are taken out
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "\u00a0": " ", "\u202f": " "})
_FENCED = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_GIVEN = re.compile(r"「|<(\w+)>")  # the beginning of a text to work on
_GIVEN_QUOTED, _GIVEN_TAGGED = 40, 200  # fewest characters of one
_QUOTED = re.compile(r"(?<!\w)\"(?:[^\"\n]{1,400}|[^\"]{60,4000})\"(?!\w)")
_SENTENCE_END = re.compile(r"[.!?](?=[\s\"')]|\Z)|[。！？\n]|\(|[;:](?=\s|\Z)")
_STOP = re.compile(r"[.!?](?=\s)|\n")
_SENTENCE_CHARS = 300
_BEFORE_SENTENCE = 40  # of the sentence before: "max. 50 words"
_LAST = re.compile(
    r"[\s.,!?;:)。！？、\"'…]*(?:please|thanks|thank you|thx|ok|por favor|porfa|gracias|nom[aá]s|"
    r"pfv|obrigad[oa]|stp|svp|s'il (?:te|vous) pla[iî]t|merci(?: d'avance)?|per favore|grazie)?"
    r"[\s.!?)。！？\"'…]*"
)


@dataclass(frozen=True, slots=True)
class FoundWish:
    """Wish with the sentence that it stands in.

    Args:
        wish: The wish.
        start: Its place in the text.
        end: Where its words end.
        sentence: The sentence, or what of it comes before and after the wish.
    """

    wish: Wish
    start: int
    end: int
    sentence: str


def clipped(text: str) -> str:
    """Return the beginning and the end of a very long text, such as a document with a wish below it.

    Code that is open where a part is cut is closed or opened there, so that it is known as code.
    """
    if len(text) <= 2 * _CLIP_CHARS:
        return text
    end = len(text) - _CLIP_CHARS
    closing = "\n```" if text.count("```", 0, _CLIP_CHARS) % 2 else ""
    opening = "```\n" if text.count("```", 0, end) % 2 else ""
    return f"{text[:_CLIP_CHARS]}{closing}\n{opening}{text[end:]}"


def plain(text: str, *, times: int = 1) -> str:
    """Normalise a text for the patterns: lower case, straight quotes, single spaces, no given texts.

    Args:
        text: The text, of which only the beginning and the end are read if it is long.
        times: How much more of it than usual is read.
    """
    head, tail = times * _HEAD_CHARS, times * _TAIL_CHARS
    text = _FENCED.sub(" ", text)
    if len(text) > head + tail:
        text = f"{text[:head]}\n{text[-tail:]}"
    text = unicodedata.normalize("NFKC", text)[: 2 * (head + tail)]
    text = re.sub(r"\b([Mm]ax)\.(?= [\da-z])", r"\1", text)  # no end of a sentence
    text = _QUOTED.sub(_unless_text, _without_given(text.translate(_QUOTES)).strip())
    text = re.sub(r"[ \t]+", " ", re.sub(r"[*_#`]+", "", text)).lower().strip()
    return re.sub(r"\b(?:pls|plz|plese|pleas)\b", "please", text)


def _without_given(text: str) -> str:
    """Return a text without the texts to work on that it holds, in brackets or tags."""
    parts: list[str] = []
    at = start = 0
    open_ended: set[str] = set()  # marks that nothing closes further on
    while (begin := _GIVEN.search(text, at)) is not None:
        at = begin.end()
        close = f"</{begin[1]}>" if begin[1] else "」"
        if close in open_ended:
            continue
        end = text.find(close, at + (_GIVEN_TAGGED if begin[1] else 0))
        if end < 0:
            open_ended.add(close)
        elif begin[1] or end - at >= _GIVEN_QUOTED:
            parts += (text[start : begin.start()], " ")
            at = start = end + len(close)
    return "".join((*parts, text[start:]))


def _unless_text(quoted: re.Match[str]) -> str:
    """Return a quoted name; nothing for a quoted text, whose wishes are not the asker's."""
    words = quoted[0].strip('" ')
    is_all = len(quoted[0]) == len(quoted.string)
    return quoted[0] if is_all or not (len(words) > 60 or re.search(r"\s", words)) else '""'


def wishes_in(text: str, language: WishLanguage) -> list[FoundWish]:
    """Return the wishes in a normalised text, in their order.

    Args:
        text: The text, from `plain`.
        language: How its language expresses wishes.
    """
    found = [one for pattern in language.patterns for one in _found(text, pattern, language)]
    each = [one for one in found if one.wish.slot.startswith("each_")]
    whole = ("sentences", "words")  # "one sentence each" holds "one sentence", which is no wish then
    kept = [one for one in found if not (one.wish.slot in whole and any(_overlap(one, its) for its in each))]
    return sorted(kept, key=lambda one: one.start)


def _overlap(one: FoundWish, other: FoundWish) -> bool:
    return one.start < other.end and other.start < one.end


def _found(text: str, pattern: WishPattern, language: WishLanguage) -> Iterator[FoundWish]:
    for match in _matches(text, pattern):
        if group(match, "each") is not None:
            continue
        begin, end = _sentence(text, match.start(), match.end())
        before, after = text[begin : match.start()], text[match.end() : end]
        sentence = text[begin:end]
        wish = _wish(match, pattern, language)
        if wish is None:
            continue
        if language.negated.search(before):
            if pattern.unless is not None:
                yield FoundWish(pattern.unless, match.start(), match.end(), sentence)
            elif pattern.slot in ("form", "mark") and pattern.sure:  # the pattern has its own negation
                yield FoundWish(wish, match.start(), match.end(), sentence)
            continue
        if pattern.not_after is not None and pattern.not_after.search(before):
            continue
        if not pattern.sure and not _ordered(before, match[0], after, language):
            continue
        yield FoundWish(wish, match.start(), match.end(), sentence)


def _matches(text: str, pattern: WishPattern) -> Iterator[re.Match[str]]:
    if pattern.cue is None:
        yield from pattern.pattern.finditer(text)
        return
    end = 0
    for cue in pattern.cue.finditer(text):
        if cue.start() < end:
            continue
        place = max(text.rfind(mark, end, cue.start()) for mark in (". ", "? ", "! ", "\n"))
        start = max(end, place - _BEFORE_SENTENCE, cue.start() - _SENTENCE_CHARS)
        stop = _STOP.search(text, cue.end(), cue.end() + _SENTENCE_CHARS)
        end = stop.end() if stop else min(len(text), cue.end() + _SENTENCE_CHARS)
        yield from pattern.pattern.finditer(text, start, end)


def _ordered(before: str, words: str, after: str, language: WishLanguage) -> bool:
    """Return whether the words of a wish stand where an order does, not the subject of the question."""
    if language.filler.match(before):
        return True
    if language.subject.search(before):
        return False
    if language.order.search(before) or language.order.match(words):
        return True
    return _LAST.fullmatch(after) is not None and language.asks.match(before) is not None


def _wish(match: re.Match[str], pattern: WishPattern, language: WishLanguage) -> Wish | None:
    value = group(match, "value") or pattern.value
    low_text = group(match, "n")
    if low_text is None:
        return Wish(pattern.slot, value)
    low = number_value(low_text, language.numbers)
    high_text = group(match, "m")
    high = low if high_text is None else number_value(high_text, language.numbers)
    if low is None or high is None or high < low:
        return None
    if high == 0 and pattern.slot != "count":  # a text of no words or sentences is none
        return None
    low, high = -(-low // pattern.per), -(-high // pattern.per)
    span = Span(low, high)
    if group(match, "most") is not None:
        span = Span(None, high)
    elif group(match, "least") is not None:
        span = Span(low, None)
    return replace(Wish(pattern.slot, value), number=span)


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the bounds of the sentence around a place."""
    begin = 0
    for mark in _SENTENCE_END.finditer(text, max(0, start - 300), start):
        begin = mark.end()
    begin = max(begin, start - 300, 0)
    begin += len(text[begin:start]) - len(text[begin:start].lstrip())
    mark = _SENTENCE_END.search(text, end)
    return begin, mark.end() if mark else len(text)
