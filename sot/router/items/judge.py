"""Judge of a list of given items: whether the instruction is for each item alone.

The rules are made for precision. Every sentence of the instruction must be understood: as an order for each
item, or as words that may stand beside one. Any word that needs the items together, any item that refers to
another, and items that are code, sums, notes of a conversation or steps make it a request like any other.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from importlib import import_module

from ...prompting.language import detect_language
from ...structure.given_items import GivenItems, read_items
from .look import Order, items_look_dependent
from .words import ItemWords

LANGUAGES = ("en", "ja", "zh")
_MOST_CHARS = 500  # of an instruction; a longer one holds a text or rules
_MOST_SENTENCES = 5
_LOOKED_AT = 500  # characters at an item's beginning
_END = 60  # and at its end
_ENDS_SENTENCE = re.compile(r"[.!?…。！？][\"'”’」』)）]*\Z")
_SENTENCE_END = re.compile(r"(?<!\d)[.](?=\s|\Z)|[!?;。！？；\n]+|[:：]\s*(?=\n|\Z)")
# "Each word in this list" names the list that is there; any other list is something else.
_OWN_LIST = re.compile(
    r"\b((?:each|every)(?: \w+){1,3}) (?:in|on|from|of) (?:this|the|my|our)(?: following)? list\b"
)
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"'})


def items_for_each(text: str) -> GivenItems | None:
    """Return the list of items in a request whose instruction applies to each item alone.

    Args:
        text: The user's turn.

    Returns:
        ``None`` for any other request.
    """
    given = read_items(text)
    return given if given is not None and applies_to_each(given) else None


def applies_to_each(given: GivenItems) -> bool:
    """Return whether the instruction of a list applies to each of its items alone."""
    instruction = given.instruction
    if len(instruction) > _MOST_CHARS:
        return False
    words = words_of(detect_language(instruction))
    if words is None:
        return False
    sentences = sentences_of(_OWN_LIST.sub(r"\1", plain_text(instruction)))
    if not 0 < len(sentences) <= _MOST_SENTENCES or any(map(words.joint.search, sentences)):
        return False
    orders = [sentence for sentence in sentences if _orders_each(sentence, words)]
    if not orders or not all(one in orders or words.beside.fullmatch(one) for one in sentences):
        return False
    if given.form in ("lines", "quoted") and not any(map(words.named.search, orders)):
        return False
    texts = [plain_text(item.text[:_LOOKED_AT]) for item in given.items]
    ends = [plain_text(item.text[-_END:]) for item in given.items]
    if any(map(words.questions.search, orders)) and not _mostly(words.ends_question, ends):
        return False
    if any(map(words.sentences.search, orders)) and not _mostly(_ENDS_SENTENCE, ends):
        return False
    order = Order(any(map(words.alone.search, orders)), any(map(words.quotes.search, orders)))
    return not items_look_dependent(given, texts, ends, words, order)


def _orders_each(sentence: str, words: ItemWords) -> bool:
    """Return whether a sentence orders something for each item, and nothing else."""
    if words.each.search(sentence) and words.orders_each(sentence):
        return True
    whole = words.whole.search(sentence) and not words.share.search(sentence)
    return not whole and words.orders_all(sentence)


def _mostly(pattern: re.Pattern[str], texts: Sequence[str]) -> bool:
    return sum(pattern.search(text) is not None for text in texts) * 2 > len(texts)


def sentences_of(plain: str) -> list[str]:
    """Return the sentences of a normalised text."""
    return [part for part in map(str.strip, _SENTENCE_END.split(plain)) if part]


def plain_text(text: str) -> str:
    """Normalise a text: NFKC, lower case, straight quotes, single spaces; line breaks stay."""
    normal = unicodedata.normalize("NFKC", text)[: 2 * len(text) + 20].translate(_QUOTES).lower()
    return re.sub(r"[^\S\n]+", " ", normal).strip(" *_#")


@cache
def words_of(language: str) -> ItemWords | None:
    """Return the words of a language, loaded when first needed; ``None`` for one without any."""
    if language not in LANGUAGES:
        return None
    found: ItemWords = import_module(f".{language}", __package__).WORDS
    return found


def load_all() -> None:
    """Load the words of all languages, whose patterns take a while to compile."""
    for language in LANGUAGES:
        words_of(language)


__all__ = ["applies_to_each", "items_for_each", "load_all"]
