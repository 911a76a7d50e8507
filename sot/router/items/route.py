"""Route of a request that brings a list of items with one instruction for each."""

from __future__ import annotations

from collections.abc import Sequence

from ...types import Message, Route
from ..wishes.programs.sign import CLASS, RATING, REWRITE, TRANSLATE
from ..wishes.wishes import Wishes
from .judge import items_for_each

_CONFIDENCE = 0.95
# Prompts that read like a program's and may be a person's; the other ones ask for one text to be parsed.
_PEOPLES = frozenset({TRANSLATE, REWRITE, CLASS, RATING})


def items_route(messages: Sequence[Message], wishes: Wishes, router: str) -> Route | None:
    """Return the route of a request whose last turn has a list of items with one instruction for each.

    Args:
        messages: The conversation.
        wishes: Its wishes; an answer in one form, such as a table or JSON, is no list of answers.
        router: Name of the router that asks.

    Returns:
        ``None`` for any other request.
    """
    if not messages or messages[-1].role != "user" or wishes.form is not None:
        return None
    if wishes.program is not None:
        prompted = any(message.role == "system" for message in messages)
        if prompted or wishes.program not in _PEOPLES:
            return None
    given = items_for_each(messages[-1].content)
    if given is None:
        return None
    reason = f"brings {len(given.items)} items and asks the same of each"
    return Route("items", _CONFIDENCE, reason, router)
