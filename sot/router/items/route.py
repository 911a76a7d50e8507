"""Route of a request that brings a list of items with one instruction for each: chosen, or only proposed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...types import Message, Route
from ..wishes.programs.sign import CLASS, RATING, REWRITE, TRANSLATE
from ..wishes.wishes import Wishes
from .judge import items_for_each
from .standing import leaves_items_alone

# Whether a router chooses `items` by itself; else its reason proposes it. Too many near misses get through,
# whose items need one another in ways that single words do not show. docs/router.md has the figures.
AUTOMATIC = False
_CONFIDENCE = 0.95
# Prompts that read like a program's and may be a person's; the other ones ask for one text to be parsed.
_PEOPLES = frozenset({TRANSLATE, REWRITE, CLASS, RATING})


def with_items(route: Route, messages: Sequence[Message], wishes: Wishes) -> Route:
    """Return the route of a request, with a list of items in its last turn heeded.

    Args:
        route: The route without regard to such a list.
        messages: The conversation.
        wishes: Its wishes; an answer in one form, such as a table or JSON, is no list of answers.

    Returns:
        The route itself where no list has an instruction for each item; else ``items`` where routers
        choose it (`AUTOMATIC`), or the route with a reason that proposes it.
    """
    count = _items_for_each(messages, wishes)
    if count == 0:
        return route
    brings = f"brings {count} items and asks the same of each"
    if AUTOMATIC:
        return replace(route, strategy="items", confidence=_CONFIDENCE, reason=brings)
    return replace(route, reason=f"{route.reason}; {brings}: --strategy items would answer each on its own")


def _items_for_each(messages: Sequence[Message], wishes: Wishes) -> int:
    """Return the number of items in the last turn, each to be answered by itself; 0 for any other request."""
    if not messages or messages[-1].role != "user" or wishes.form is not None:
        return 0
    if wishes.program is not None:
        prompted = any(message.role == "system" for message in messages)
        if prompted or wishes.program not in _PEOPLES:
            return 0
    given = items_for_each(messages[-1].content)
    if given is None or not leaves_items_alone(messages[:-1]):
        return 0
    return len(given.items)
