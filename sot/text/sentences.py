"""Sentence ends in English, Japanese and Chinese."""

from __future__ import annotations

import re

_CLOSERS = "\"'”’»)\\]）」』】*_"
# A Latin mark ends a sentence only before white space or at the end, so that 3.5 stays whole; a full-width
# mark ends one anywhere.
_END = re.compile(rf"(?:[.!?…]+[{_CLOSERS}]*(?=\s|$))|(?:[。！？]+[{_CLOSERS}]*)")
_LIST_NUMBER = re.compile(r"(?:^|\s)\(?\d{1,3}\.$")


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
