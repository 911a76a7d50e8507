"""ASGI middleware for ``x-request-id``: every response has one, the client's own where it sent one."""

from __future__ import annotations

import re
import secrets

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .error_shapes import is_messages

_NAME, _MESSAGES_NAME = b"x-request-id", b"request-id"
_SANE = re.compile(rb"[A-Za-z0-9._:-]{1,128}")


class RequestIdMiddleware:
    """ASGI middleware that names every response; an engine's own name of a forwarded one stays.

    Args:
        app: The application behind it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == _NAME), b"")
        own = given if _SANE.fullmatch(given) else b""

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                if own:
                    headers = [pair for pair in headers if pair[0].lower() != _NAME]
                if all(name.lower() != _NAME for name, _ in headers):
                    headers.append((_NAME, own or b"req_" + secrets.token_hex(16).encode("ascii")))
                if is_messages(scope):  # whose clients look for it there
                    known = next(value for name, value in headers if name.lower() == _NAME)
                    headers = [pair for pair in headers if pair[0].lower() != _MESSAGES_NAME]
                    headers.append((_MESSAGES_NAME, known))
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, named)
