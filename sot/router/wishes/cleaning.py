"""Conversation as the routers read it: without marks that nobody sees, and quotes around its question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from ...types import Message
from .turn import clipped

# Controls, soft hyphens, marks of width and direction, byte order marks, tags; as pasting brings them along
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e007f]+"
)
_LINE_END = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_GAP = re.compile(r"(?<=\S)[^\S\n]+")  # an indentation may mean something, wider spaces in a line do not
_QUOTES = {'"': '"', "“": "”", "„": "“”", "«": "»", "「": "」", "『": "』", "'": "'", "‘": "’"}
_USER_TURNS = 13  # at the end: no router reads more
_APOSTROPHE = re.compile(r"(?<=\w)['’](?=\w)")


def cleaned(messages: Sequence[Message]) -> list[Message]:
    """Return a conversation as its router reads it; what the engine is sent stays as it was typed.

    Of a very long turn only the beginning and the end are left. Quotes around the last turn go; around an
    earlier one they mark a text to work on.

    Args:
        messages: The conversation; the model's turns and old ones, which no router reads, stay as they are.
    """
    turns = list(messages)
    asked = [place for place, turn in enumerate(messages) if turn.role == "user"][-_USER_TURNS:]
    for place, turn in enumerate(messages):
        if turn.role == "system" or (turn.role == "user" and place >= asked[0]):
            turns[place] = replace(turn, content=_cleaned(clipped(turn.content)))
    if turns and turns[-1].role == "user":
        turns[-1] = replace(turns[-1], content=_unquoted(turns[-1].content))
    return turns


@lru_cache(maxsize=64)  # a turn comes again with each later one
def _cleaned(text: str) -> str:
    return _GAP.sub(" ", _LINE_END.sub("\n", _UNSEEN.sub("", text))).strip()


def _unquoted(text: str) -> str:
    """Return a text without the quotes around all of it; with other quotes of the kind inside, as it is."""
    closing = _QUOTES.get(text[:1], "")
    if len(text) < 2 or not closing or text[-1] not in closing:
        return text
    inner = text[1:-1]
    return text if {text[0], text[-1]} & set(_APOSTROPHE.sub("", inner)) else inner.strip()
