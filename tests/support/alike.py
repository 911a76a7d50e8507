"""Comparison of texts of a model, two of which may differ where words are as likely."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile


def beginning(text: str, other: str) -> int:
    """Return the number of letters that two texts have in common at their beginnings."""
    return len([*takewhile(lambda pair: pair[0] == pair[1], zip(text, other, strict=False))])


def nearest(text: str, texts: Mapping[str, str]) -> str:
    """Return the name of the text that begins most like this one."""
    return max(texts, key=lambda name: beginning(text, texts[name]))


def read_alike(texts: Sequence[str], others: Sequence[str]) -> bool:
    """Return whether texts are the same, but for some that become others after a good beginning.

    A mistake of the engine (a wrong position or mask, the prefix of another request) shows in all of them
    and in their first words; rounding shows in one of many, and late.
    """
    pairs = list(zip(texts, others, strict=True))
    same = sum(text == other for text, other in pairs)
    return 2 * same >= len(pairs) and all(4 * beginning(*pair) >= len(pair[1]) for pair in pairs)


def repeated(texts: Iterable[str], most: int = 6) -> bool:
    """Return whether one of the first texts has come before; asks for no more than it needs."""
    seen: set[str] = set()
    for _, text in zip(range(most), texts, strict=False):
        if text in seen:
            return True
        seen.add(text)
    return False
