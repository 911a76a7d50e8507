"""ASGI middleware for the forms in which clients join a base address and a path."""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Receive, Scope, Send

_SLASHES = re.compile("/{2,}")


class PathMiddleware:
    """ASGI middleware that takes ``/v1/models/`` and ``//v1//models`` for ``/v1/models``.

    A redirect would do the same for GET, but many clients lose the body or the key of a redirected POST.

    Args:
        app: The application behind it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            root: str = scope.get("root_path", "")
            path: str = scope["path"]
            below = path.removeprefix(root)
            plain = _SLASHES.sub("/", below).rstrip("/") or "/"
            if plain != below and path.startswith(root):
                scope = {**scope, "path": root + plain}
        await self._app(scope, receive, send)
