"""Router protocol, and the optional hooks by which a router follows the answers that it routed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from ..admission import Turn
from ..types import Answer, Message, Route


@runtime_checkable
class Router(Protocol):
    """Protocol of routers, which choose the strategy for a conversation's last question.

    A router may also have any of the hooks ``admit``, ``started`` and ``finished``; see `RouterHooks`.

    Attributes:
        name: Name of the router in `sot.types.Route`.
    """

    name: str

    async def route(self, messages: Sequence[Message]) -> Route:
        """Choose the strategy by the question alone.

        Args:
            messages: The conversation; the last user turn is the question.

        Raises:
            SotError: The router cannot decide, for example because a model it needs fails.
        """
        ...


class RouterHooks:
    """Adapter that gives a router all optional hooks; those it lacks are no-ops.

    The hooks are ``admit(route, turn, wait=…)``, which may change the route by the engine's load,
    ``started(route)`` and ``finished(answer)``.
    """

    def __init__(self, router: Router) -> None:
        self.router = router

    async def route(
        self, messages: Sequence[Message], turn: Turn | None = None, *, wait: bool = True
    ) -> Route:
        """Choose the strategy by the question, then by the engine's load (``admit``).

        Args:
            messages: The conversation; the last user turn is the question.
            turn: The answer's turn; ``None`` where no answer follows.
            wait: Whether the router may wait until the engine has room.
        """
        return await self.admit(await self.router.route(messages), turn, wait=wait)

    async def admit(self, route: Route, turn: Turn | None = None, *, wait: bool = True) -> Route:
        """Let the router look at the engine before a route holds; the arguments are those of `route`."""
        admit: Any = getattr(self.router, "admit", None)
        return route if admit is None else await admit(route, turn, wait=wait)

    def started(self, route: Route) -> None:
        """Notify the router that an answer begins, by its own route or one of the caller's."""
        self._notify("started", route)

    def finished(self, answer: Answer) -> None:
        """Notify the router that an answer is complete."""
        self._notify("finished", answer)

    def _notify(self, hook: str, value: object) -> None:
        if (method := getattr(self.router, hook, None)) is not None:
            method(value)
