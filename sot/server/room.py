"""ASGI middleware that keeps room for health probes when too many connections have a request."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from .connections import Connections
from .error_shapes import error_shape
from .failures import Failure
from .reply import Reply

_PROBES = frozenset({"/health"})


class RoomForProbes:
    """ASGI middleware that refuses requests at once while the server is crowded, except for health probes.

    Args:
        app: The application behind it.
        guard: Registry of the connections.
    """

    def __init__(self, app: ASGIApp, guard: Connections) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._guard.crowded and scope["path"] not in _PROBES:
            message = "the server has too many connections: try again later"
            await Reply(send, error_shape(scope)).fail(
                Failure(503, message, "too_many_connections", retry_after_s=5)
            )
            return
        await self._app(scope, receive, send)
