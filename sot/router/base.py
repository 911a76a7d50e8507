"""What a router is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from ..types import Message, Route


@runtime_checkable
class Router(Protocol):
    """Decides how a conversation's last question is answered.

    Attributes:
        name: What the route names as its router.
    """

    name: str

    async def route(self, messages: Sequence[Message]) -> Route:
        """Choose the strategy.

        Args:
            messages: The conversation; the last user turn is the question.

        Returns:
            The strategy, how sure the router is, and why, in one line for people.

        Raises:
            SotError: The router cannot decide, for example because a model it needs fails.
        """
        ...
