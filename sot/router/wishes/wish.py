"""Data types of wishes: what one was found in a text, how a language expresses them, and their sum."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ...prompting.plan import Span
from .lazy import LazyPattern

Slot = Literal[
    "form",  # the answer is one piece of some form, which no list of points is: its value names it
    "mark",  # a list, marked by numbers, bullets, headings, or nothing
    "count",  # a number of points
    "each_sentences",  # sentences for each point
    "each_words",  # words for each point
    "sentences",  # of the whole answer
    "words",  # of the whole answer
    "length",  # short, long, or one: so short that it is no list
    "language",
    "audience",
    "free",  # earlier wishes about form and length no longer hold
]
"""Subject of a wish. A later wish takes the place of an earlier one about the same."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One wish found in a text.

    Args:
        slot: What it is about.
        value: Name of the form, mark, length, language or audience.
        number: The number, where it is about one.
    """

    slot: Slot
    value: str = ""
    number: Span | None = None


@dataclass(frozen=True, slots=True)
class WishPattern:
    """Pattern of one wish.

    Args:
        slot: What it is about.
        pattern: Searched in the normalised text. Groups: ``n`` and ``m`` are numbers (``m`` is the upper end
            of a range), ``most`` or ``least`` makes the number a bound, ``value`` is the wish's value.
        value: Value, where the pattern has no such group.
        sure: The words are a wish wherever they stand; others must stand where an order does.
        unless: The wish if the words are negated ("no bullets"); ``None``: none.
        per: Units in the text for one of the slot's, as two characters for one word.
        not_after: Words before it by which it is no wish, besides the language's ``subject``.
        cue: What a sentence must hold to be searched; ``None``: every sentence is. It saves time.
    """

    slot: Slot
    pattern: LazyPattern
    value: str = ""
    sure: bool = False
    unless: Wish | None = None
    per: int = 1
    not_after: LazyPattern | None = None
    cue: LazyPattern | None = None


@dataclass(frozen=True, slots=True)
class WishLanguage:
    """Way in which one language expresses wishes.

    Patterns of the words before a wish end in ``\\Z``.

    Args:
        patterns: The wishes.
        numbers: Number words.
        order: An order to the answerer, searched in the part of the sentence before a wish.
        filler: All that may stand before a wish which is a sentence of its own.
        asks: Start of a question or of a phrase without a verb, at whose end a wish may stand.
        subject: Words before a wish by which it is the subject of the question and no wish.
        negated: Words before a wish by which it is not wanted.
        conditional: A sentence of a system prompt that holds for some answers only.
        standing: A sentence that holds for all further answers.
        order_only: A whole turn that only says how to answer.
        continues: A turn that goes on with the question before it, whose wishes then hold on.
    """

    patterns: tuple[WishPattern, ...]
    numbers: Mapping[str, int]
    order: LazyPattern
    filler: LazyPattern
    asks: LazyPattern
    subject: LazyPattern
    negated: LazyPattern
    conditional: LazyPattern
    standing: LazyPattern
    order_only: LazyPattern
    continues: LazyPattern


def rx(*parts: str) -> LazyPattern:
    """Compile a pattern that matches any of ``parts``; a group name may occur in several of them."""
    names: dict[str, int] = {}

    def numbered(found: re.Match[str]) -> str:
        count = names[found[1]] = names.get(found[1], 0) + 1
        return f"(?P<{found[1]}{'_' * (count - 1)}>"

    return LazyPattern("|".join(re.sub(r"\(\?P<(\w+)>", numbered, part) for part in parts))


def group(match: re.Match[str], name: str) -> str | None:
    """Return what a group of a pattern from `rx` matched, in whichever part; ``None``: nothing."""
    for own, value in match.groupdict().items():
        if value is not None and own.rstrip("_") == name:
            return value
    return None
