"""Words of a text, in any script, to compare sentences and titles by."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Literal

# First and last character of scripts without spaces between words; each character counts as a word.
_UNSPACED = (
    ("\u0e00", "\u0eff"),  # Thai, Lao
    ("\u0f00", "\u0fff"),  # Tibetan
    ("\u1000", "\u109f"),  # Burmese
    ("\u1780", "\u17ff"),  # Khmer
    ("\u3005", "\u3007"),
    ("\u3040", "\u30ff"),  # kana
    ("\u31f0", "\u31ff"),
    ("\u3400", "\u4dbf"),  # Chinese characters
    ("\u4e00", "\u9fff"),
    ("\uf900", "\ufaff"),
    ("\U00020000", "\U0003134f"),
)
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_CHARACTERS_A_WORD = 2  # of scripts without spaces, in which each character counts as a word
_SHORT = 3  # letters of a word that says little by itself
_ALIKE = 0.6  # share of common words from which two titles are alike


@lru_cache(maxsize=4096)
def kind_of(character: str) -> Literal["letter", "alone", "other"]:
    """Tell whether a character is part of a word, a word by itself, or between words."""
    if any(first <= character <= last for first, last in _UNSPACED):
        mark = unicodedata.category(character)[0]
        return "alone" if mark in "LN" else "letter" if mark == "M" else "other"
    if character.isalnum() or unicodedata.category(character)[0] == "M":
        return "letter"
    return "other"


def words_of(text: str) -> list[str]:
    """Split a text into words, width and case folded."""
    if (plain := text.replace("’", "'")).isascii():
        return _ASCII_WORD.findall(plain.replace("'", "").lower())
    words: list[str] = []
    before: Literal["letter", "alone", "other"] = "other"
    for character in unicodedata.normalize("NFKC", text).casefold():
        kind = kind_of(character)
        if kind == "other" and character in "'’" and before == "letter":
            continue  # don't
        if kind == "letter" and (before == "letter" or (before == "alone" and not character.isalnum())):
            words[-1] += character  # also a vowel sign after its consonant
            continue
        if kind != "other":
            words.append(character)
        before = kind
    return words


def content_of(words: list[str]) -> frozenset[str]:
    """Return the words that carry a sentence's meaning: the longer ones, or pairs of characters."""
    if words and sum(len(word) == 1 for word in words) > len(words) / 2:
        return frozenset(first + second for first, second in pairwise(words))
    return frozenset(word for word in words if len(word) > _SHORT or not word.isascii()) or frozenset(words)


def overlap(first: frozenset[str], second: frozenset[str]) -> float:
    """Return the share of common words (Jaccard index)."""
    union = first | second
    return len(first & second) / len(union) if union else 0.0


def similar(first: str, second: str) -> bool:
    """Whether two titles are nearly the same."""
    return overlap(content_of(words_of(first)), content_of(words_of(second))) >= _ALIKE


def size_of(words: Sequence[str]) -> float:
    """Return the number of words; a character of a script without spaces counts as half of one."""
    alone = sum([kind_of(word) == "alone" for word in words if len(word) == 1])
    return len(words) - alone + alone / _CHARACTERS_A_WORD
