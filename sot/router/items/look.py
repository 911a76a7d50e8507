"""Look of items that are not independent texts: code, sums, notes of a conversation, steps, references."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ...structure.given_items import GivenItems
from .words import ItemWords

_CODE = re.compile(
    r"[;{}]\Z|\A\s*(?:def|class|import|from \w+ import|function|return|select|insert|update|"
    r"create table|var|let|const|print|for [^\n]{1,200}:|if [^\n]{1,200}:|while [^\n]{1,200}:|#include|"
    r"<\w+|\$ |>>> |"
    r"sudo|git|npm|pip)\b|\w\([^()]*\)|\A\w+ ?=[^=]|=>|->"
)
_SUM = re.compile(
    r"\b[b-hj-z] (?:and|or|implies)\b|\d\s?[-+*/×÷^=<>]\s?-?\(?[\dxyzn]|[\dxyz]\s?[-+*/×÷^]\s?\d|"
    r"\b\w\s?=\s?\d|→|[A-Z]\d?\s?\+\s?\w"
)
_TIME = re.compile(r"\A[\[(]?(?:\d{1,2}:\d{2}|\d{4}-\d{2}-\d{2}|(?:info|warn|warning|error|debug)\b)")
_SPEAKER = re.compile(r"\A([^\s:：]{1,20}(?: \w{1,12})?)[:：]\s*\S")
_AMOUNT = re.compile(
    r"\A(?:\d+(?:[.,/]\d+)?|½|¼|a pinch of)\s?(?:g|kg|ml|l|cl|dl|oz|lb|lbs|cups?|tbsp|tsp|cloves?|eggs?|"
    r"slices?)\b"
)
_SCORED = re.compile(
    r"\A[^:：,，]{1,30}(?:[:：]\s?\D{0,6}\d|[,，]\s?\D{0,4}[\d一二三四五六七八九十]+\s?(?:年|years?\b|岁|"
    r"歳|分\b|points?\b))"
)
_VERSE = (re.compile(r"\A[\u4e00-\u9fff]{5}\Z"), re.compile(r"\A[\u4e00-\u9fff]{7}\Z"))
_GOES_OVER = re.compile(r"[,，、;；:：]\Z")  # a letter's first line, or a sentence over two lines


@dataclass(frozen=True, slots=True)
class Order:
    """Properties of the orders that the items are for.

    Args:
        alone: The order can do without knowing whom a pronoun means.
        quotes: The items are texts that the order works on, so that they may hold pronouns.
    """

    alone: bool = False
    quotes: bool = True


def items_look_dependent(
    given: GivenItems, texts: Sequence[str], ends: Sequence[str], words: ItemWords, order: Order
) -> bool:
    """Return whether the items look as if one needs another, or as if they are no texts to work on.

    Args:
        given: The list.
        texts: Beginnings of the items' texts, normalised.
        ends: Their ends, normalised.
        words: Words of the instruction's language.
        order: What is to be done with them.
    """
    if any(map(words.reference.search, texts)) or any(map(words.sections.search, texts)):
        return True
    if _refers_back(texts, words, order) or any(map(_GOES_OVER.search, ends)):
        return True
    if any(_most(pattern, texts) for pattern in (_CODE, _SUM, _TIME, _AMOUNT, _SCORED)):
        return True
    if len(texts) > 2 and any(all(map(line.search, texts)) for line in _VERSE):
        return True
    if given.form == "fenced" and any(
        item.mark.strip("`~ ") not in ("", "text", "txt") for item in given.items
    ):
        return True
    return _is_conversation(texts)


def _refers_back(texts: Sequence[str], words: ItemWords, order: Order) -> bool:
    later = texts[1:]
    if any(map(words.goes_on.search, later)):
        return True
    if not order.quotes:
        return any(map(words.backward.search, later))
    return not order.alone and any(map(words.pronoun.search, later)) and not words.pronoun.search(texts[0])


def _most(pattern: re.Pattern[str], texts: Sequence[str]) -> bool:
    return 2 * sum(pattern.search(text) is not None for text in texts) >= len(texts)


def _is_conversation(texts: Sequence[str]) -> bool:
    """Return whether most items begin with a speaker's name, and one of them speaks twice."""
    speakers = [found[1] for text in texts if (found := _SPEAKER.match(text))]
    return 2 * len(speakers) > len(texts) and len(set(speakers)) < len(speakers)
