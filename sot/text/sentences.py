"""Sentence ends, in languages with European, Japanese and Chinese marks."""

from __future__ import annotations

import re

_CLOSERS = "\"'”’»)\\]）」』】*_"
# A Latin mark ends a sentence only before white space or at the end, so that 3.5 stays whole; a full-width
# mark ends one anywhere.
_END = re.compile(rf"(?:[.!?…\u037e।؟]+[{_CLOSERS}]*(?=\s|$))|(?:[。！？]+[{_CLOSERS}]*)")
_LIST_NUMBER = re.compile(r"(?:^|\s)\(?\d{1,3}\.$")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[\"'„“«])(?:[^\W\d_]|(?:[^\W\d_]\.)+[^\W\d_]|e\.g|i\.e|etc|vs|dr|mrs?|ms|prof|st|no|nos|"
    r"vol|fig|approx|"
    r"ca|bzw|usw|evtl|ggf|inkl|nr|tel|str|sog|max|min|resp|sra?|srta|ud|uds|pág|ej|p\. ej|cf|env|mme|mlle|"
    r"jan|feb|mar|"
    r"apr|jun|jul|aug|sept?|oct|nov|dec|inc|ltd|jr|sr)\.$",
    re.IGNORECASE,
)
_OPEN, _CLOSED = "「『（《“", "」』）》”"
_BEFORE = 12  # characters before a mark that tell an abbreviation


def last_sentence_end(text: str) -> int:
    """Return the position after the last whole sentence of a text; 0 when there is none."""
    end = 0
    for match in _END.finditer(text):
        if not _LIST_NUMBER.search(text[max(0, match.start() - 5) : match.end()]):
            end = match.end()
    return end


def ends_whole(text: str) -> bool:
    """Whether a text ends with a whole sentence."""
    stripped = text.rstrip()
    return bool(stripped) and last_sentence_end(stripped) == len(stripped)


def sentence_end(text: str, count: int) -> int | None:
    """Return the position after a text's first ``count`` sentences; ``None`` while it may not hold so many.

    A mark after an abbreviation ends no sentence, nor does one that more of the same sentence may follow: at
    the end of the text only a full-width mark is sure to end one.
    """
    found = 0
    for match in _END.finditer(text):
        before = text[max(0, match.start() - _BEFORE) : match.end()]
        if text[match.start()] == "." and (_LIST_NUMBER.search(before) or _ABBREVIATION.search(before)):
            continue
        following = text[match.end() :].lstrip()
        full_width = text[match.start()] in "。！？"
        if full_width and _quotes(text[: match.start()]):
            continue  # 「早く寝よう。」と言う。
        if not following and not full_width:
            return None
        if following[:1].islower() and not full_width:
            continue  # the sentence goes on: "Yahoo! is", "etc. and"
        found += 1
        if found == count:
            return match.end()
    return None


def _quotes(text: str) -> bool:
    """Return whether a full-width quotation or bracket is open at the end of a text."""
    return sum(map(text.count, _OPEN)) > sum(map(text.count, _CLOSED))
