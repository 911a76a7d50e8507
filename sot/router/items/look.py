"""Look of items that are not independent texts: code, sums, notes of a conversation, steps, references."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...structure.given_items import GivenItems
from .words import ItemWords

_CODE = re.compile(
    r"[;{}]\s*\Z|\A\s*(?:def|class|import|from \w+ import|function|return|select|insert|update|"
    r"create table|var|let|const|print|for .*:|if .*:|while .*:|#include|<\w+|\$ |>>> |sudo|git|npm|pip)\b|"
    r"\w\(.*\)|\A\w+ ?=[^=]|=>|->"
)
_SUM = re.compile(
    r"\d\s?[-+*/×÷^=<>]\s?-?\(?[\dxyzn]|[\dxyz]\s?[-+*/×÷^]\s?\d|\b\w\s?=\s?\d|→|[A-Z]\d?\s?\+\s?\w"
)
_TIME = re.compile(r"\A[\[(]?(?:\d{1,2}:\d{2}|\d{4}-\d{2}-\d{2}|(?:info|warn|warning|error|debug)\b)")
_SPEAKER = re.compile(r"\A([^\s:：]{1,20}(?: \w{1,12})?)[:：]\s*\S")
_AMOUNT = re.compile(
    r"\A(?:\d+(?:[.,/]\d+)?|½|¼|a pinch of)\s?(?:g|kg|ml|l|cl|dl|oz|lb|lbs|cups?|tbsp|tsp|cloves?|eggs?|"
    r"slices?)\b"
)


def items_look_dependent(
    given: GivenItems, texts: Sequence[str], words: ItemWords, *, alone: bool = False
) -> bool:
    """Return whether the items look as if one needs another, or as if they are no texts to work on.

    Args:
        given: The list.
        texts: The items' texts, normalised.
        words: Words of the instruction's language.
        alone: Whether the order can do without knowing whom a pronoun means.
    """
    if any(map(words.reference.search, texts)):
        return True
    later = texts[1:]
    if any(map(words.goes_on.search, later)):
        return True
    if not alone and any(map(words.pronoun.search, later)) and not words.pronoun.search(texts[0]):
        return True
    if any(_most(pattern, texts) for pattern in (_CODE, _SUM, _TIME, _AMOUNT)):
        return True
    if given.form == "fenced" and any(
        item.mark.strip("`~ ") not in ("", "text", "txt") for item in given.items
    ):
        return True
    return _is_conversation(texts)


def _most(pattern: re.Pattern[str], texts: Sequence[str]) -> bool:
    return 2 * sum(pattern.search(text) is not None for text in texts) >= len(texts)


def _is_conversation(texts: Sequence[str]) -> bool:
    """Return whether most items begin with a speaker's name, and one of them speaks twice."""
    speakers = [found[1] for text in texts if (found := _SPEAKER.match(text))]
    return 2 * len(speakers) > len(texts) and len(set(speakers)) < len(speakers)
