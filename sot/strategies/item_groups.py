"""Groups of given items: which items share a request."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import ceil

from ..types import BackendInfo
from .by_model import is_large

PLACES = 16  # of an engine that does not say how many requests it takes at once
_TOKENS = 12  # of items that a request should have at least
_REQUESTS = 4  # least number of requests that short items are spread over
_LONG = 60  # tokens from which an item is never grouped
_CHARS_PER_TOKEN, _CJK_CHARS_PER_TOKEN = 4, 1.5


def group_items(
    texts: Sequence[str], info: BackendInfo, max_parallel: int, *, alone: bool = False
) -> list[range]:
    """Divide items into runs that share a request each, as even as possible.

    Every item has a request of its own where the engine takes so many at once. Items of a word or two are
    grouped until a request has about a dozen tokens of them, but never into fewer than four requests; more
    items than the engine takes at once are spread over as many requests as it does. Long items, and those
    of several lines, stay alone, and so do all items where the model is not large
    (`sot.strategies.by_model.is_large`): small ones lose count of a list.

    Args:
        texts: The items.
        info: The engine; its ``parallel`` and the size of its model count.
        max_parallel: Most requests in flight for the answer.
        alone: Whether every item stays alone, since the answers may have several lines.
    """
    count = len(texts)
    mean = sum(map(tokens_of, texts)) / count
    if alone or not is_large(info) or mean >= _LONG or any("\n" in text for text in texts):
        return [range(place, place + 1) for place in range(count)]
    places = max(1, min(PLACES if info.parallel is None else info.parallel, max_parallel))
    short = min(ceil(_TOKENS / max(mean, 1)), max(1, count // _REQUESTS))
    groups = min(places, ceil(count / short))
    bounds = [round(count * number / groups) for number in range(groups + 1)]
    return [range(start, end) for start, end in pairwise(bounds)]


def tokens_of(text: str) -> float:
    """Return about how many tokens a text has."""
    wide = sum(char >= "\u2e80" for char in text)
    return wide / _CJK_CHARS_PER_TOKEN + (len(text) - wide) / _CHARS_PER_TOKEN
