"""Rules of a system prompt or of earlier turns that keep items from being answered one by one."""

from __future__ import annotations

from collections.abc import Sequence

from ...prompting.language import detect_language
from ...types import Message
from .judge import items_for_each, plain_text, sentences_of, words_of
from .words import ItemWords

_MOST_CHARS = 4_000  # of a system prompt; a longer one holds rules or a text
_LOOKED_AT = 2_000  # characters of an earlier turn


def leaves_items_alone(before: Sequence[Message]) -> bool:
    """Return whether no system prompt and no earlier turn rules over the answer as a whole.

    Args:
        before: The conversation without its last turn.
    """
    for message in before:
        if message.role == "system" and not _prompt_allows(message.content):
            return False
        if message.role == "user" and not _turn_allows(message.content):
            return False
    return True


def _prompt_allows(text: str) -> bool:
    """Return whether every sentence of a system prompt is understood, or does not speak of answers."""
    if not text.strip():
        return True
    words = words_of(detect_language(text))
    if words is None or len(text) > _MOST_CHARS:
        return False
    return all(
        words.role.fullmatch(sentence) or words.beside.fullmatch(sentence) or not _rules(sentence, words)
        for sentence in sentences_of(plain_text(text))
    )


def _turn_allows(text: str) -> bool:
    """Return whether an earlier turn is a question of its own, and no rule for what comes later."""
    if items_for_each(text) is not None:
        return True
    words = words_of(detect_language(text))
    if words is None or len(text) > _LOOKED_AT:
        return words is not None
    sentences = sentences_of(plain_text(text))
    if len(sentences) == 1 and words.ends_question.search(text[-60:]):
        return True
    return not any(_rules(sentence, words) for sentence in sentences)


def _rules(sentence: str, words: ItemWords) -> bool:
    patterns = (words.standing, words.joint, words.whole)
    return any(pattern.search(sentence) is not None for pattern in patterns)
