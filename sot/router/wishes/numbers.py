"""Numbers in wishes: patterns for them, and their values."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

MOST_NUMBER = 100_000
_KANJI = {
    "〇": 0,
    "零": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "兩": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_KANJI_UNITS = {"十": 10, "百": 100, "千": 1000}


def number_pattern(words: Mapping[str, int], group: str = "n") -> str:
    """Return the pattern of a number in digits or in words, as a named group."""
    longest_first = sorted(words, key=len, reverse=True)
    inner = "|".join(re.escape(word) for word in longest_first)
    return rf"(?P<{group}>(?<![\d.,])\d{{1,5}}(?![\d%]|[.,]\d)|(?<!\w)(?<!\w-)(?:{inner})(?!\w))"


def number_value(text: str, words: Mapping[str, int]) -> int | None:
    """Return the value of a number in digits, words, or Chinese characters; ``None`` for another text."""
    text = unicodedata.normalize("NFKC", text).strip()
    if text.isdecimal():
        return min(int(text), MOST_NUMBER)
    return words.get(text, _kanji_value(text))


def _kanji_value(text: str) -> int | None:
    total, digit = 0, None
    for character in text:
        if character in _KANJI_UNITS:
            total += (1 if digit is None else digit) * _KANJI_UNITS[character]
            digit = None
        elif character in _KANJI:
            digit = _KANJI[character]
        else:
            return None
    return total + (digit or 0) if text else None
