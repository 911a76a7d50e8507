"""Words by which one language says that an order is for each item of a list, or for all of them together."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ItemWords:
    """Words of one language; all patterns are searched in one normalised sentence of the instruction.

    Args:
        each: The order is for every item by itself ("each of these").
        share: One such result for each, at the end of words on the form ("one line each").
        orders_each: Tells whether a sentence with ``each`` is an order for each item and nothing else
            ("write a sentence for each").
        orders_all: The same of a sentence without it, whose order is for each item by itself, whatever the
            list ("translate these").
        joint: The items are needed together, even where ``each`` is there as well ("compare each with …").
        whole: One result for the whole list, unless ``each`` or ``share`` is there ("in one paragraph").
        named: The sentence names the items in the plural ("these sentences"); lists without marks need it.
        questions: An order to answer, for which the items must be questions.
        beside: A whole sentence that may stand beside the order: on the form, politeness, the asker.
        standing: Of a system prompt or an earlier turn: it speaks of answers, or of what comes later.
        role: A whole sentence of a system prompt that leaves the items alone ("you are a translator").
        reference: In an item: it refers to another one, or to a text that is not there.
        alone: An order for which an item's meaning does not matter, such as one about its grammar.
        quotes: An order that works on the items' texts, which may hold pronouns.
        goes_on: Start of an item that goes on with the one before it.
        pronoun: Start of an item whose subject may be in the one before it.
        backward: Anywhere in an item that is no quoted text: words that may mean something in another one.
        sections: An item that is a part of one piece ("Introduction").
        sentences: The order names the items sentences, which then end as such; lines of verse mostly do not.
        ends_question: End of a question.
    """

    each: re.Pattern[str]
    share: re.Pattern[str]
    orders_each: Callable[[str], bool]
    orders_all: Callable[[str], bool]
    joint: re.Pattern[str]
    whole: re.Pattern[str]
    named: re.Pattern[str]
    questions: re.Pattern[str]
    beside: re.Pattern[str]
    standing: re.Pattern[str]
    role: re.Pattern[str]
    reference: re.Pattern[str]
    alone: re.Pattern[str]
    quotes: re.Pattern[str]
    goes_on: re.Pattern[str]
    pronoun: re.Pattern[str]
    backward: re.Pattern[str]
    sections: re.Pattern[str]
    sentences: re.Pattern[str]
    ends_question: re.Pattern[str]


def rx(*parts: str) -> re.Pattern[str]:
    """Compile a pattern that matches any of ``parts``."""
    return re.compile("|".join(parts))


def fits(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    """Make a test of whether a whole sentence matches a pattern."""
    return lambda sentence: pattern.fullmatch(sentence) is not None
