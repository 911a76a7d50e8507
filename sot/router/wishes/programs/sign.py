"""Data type of the words by which a program's prompt is known, and the reasons that they give."""

from __future__ import annotations

from dataclasses import dataclass

from ..lazy import LazyPattern

TITLE, TAGS, QUESTIONS = "a conversation's title", "tags", "follow-up questions"
SEARCH, CLASS, RATING = "a search query", "a classification", "a rating"
REWRITE, EXTRACT, CODE = "a text to be rewritten", "extraction to data", "a query or command"
TRANSLATE, PARSER, ACTION = "a translation", "an output parser's format", "an agent's action format"
COMPLETION, MEMORY, IMAGE = "a completion", "memory of a conversation", "an image's description"
FUNCTION, EMOJI, MERGE = "an instruction to a function", "an emoji", "a merge of answers"
READ, PAGE = "a format for a parser", "a field of a page"
FIELDS, CALL, TEMPLATE = "fields of a prompting framework", "the call of a function", "data in a given form"
ROLE, GIVEN = "the role of a tool", "a text that is not to be answered"


@dataclass(frozen=True, slots=True)
class WordSign:
    """Words that give points to a prompt's being a program's.

    Args:
        reason: What the prompt is about, if it is.
        pattern: Searched in the text in lower case.
        user: Points in the user's turn.
        system: Points in a system prompt.
        order: Whether the words must start an order.
    """

    reason: str
    pattern: LazyPattern
    user: int
    system: int
    order: bool = False


def word_sign(reason: str, points: tuple[int, int], *parts: str, order: bool = False) -> WordSign:
    """Return a sign whose pattern matches any of ``parts``; points in the user's turn, in a system prompt."""
    return WordSign(reason, LazyPattern("|".join(parts)), *points, order=order)
