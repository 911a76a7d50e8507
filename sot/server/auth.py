"""ASGI middleware for API keys and Host headers."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from .error_shapes import below_root, error_shape
from .failures import Failure
from .proof import PROOF_PATH, is_loopback
from .reply import Reply
from .settings import ServerSettings

# Paths without a key: the page and its files hold no secret, and health probes of an orchestrator send no
# key.
OPEN_PATHS = frozenset({"/", "/health", "/ready", "/openapi.json", "/favicon.ico", PROOF_PATH})
_OWN_PATH = "/sot/events"  # for the user's own commands
_OPEN_FOLDER = "/page/"


class AccessMiddleware:
    """ASGI middleware that refuses requests with a foreign Host header or without a valid API key.

    Args:
        app: The application behind it.
        settings: Server settings, of which it uses ``api_keys``, ``own_secret`` and ``allowed_hosts``.
    """

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self._app = app
        self._hosts = settings.allowed_hosts
        self._keys = [_digest(key.encode()) for key in settings.api_keys]
        self._own = None if settings.own_secret is None else _digest(settings.own_secret.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                self._check(scope)
            except Failure as failure:
                await Reply(send, error_shape(scope)).fail(failure)
                return
        await self._app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        headers: Sequence[tuple[bytes, bytes]] = scope["headers"]
        if self._hosts is not None and _host(headers) not in self._hosts and not _is_hostless(scope):
            raise Failure(
                403,
                "the server answers to the names of the loopback address only (--insecure lifts this)",
                "host_not_allowed",
            )
        path = below_root(scope)
        if not self._keys or path in OPEN_PATHS or path.startswith(_OPEN_FOLDER):
            return
        if scope["method"] == "OPTIONS":
            return
        given = [key for name, value in headers if (key := _key(name, value)) is not None]
        # Compared with every key in constant time, so that the response time reveals nothing about the keys.
        keys = self._keys if self._own is None or not _is_own(scope, path) else [*self._keys, self._own]
        fits = [hmac.compare_digest(_digest(key), known) for key in given for known in keys]
        if not any(fits):
            why = (
                "the API key is wrong"
                if given
                else "no API key was given: send it as Authorization: Bearer KEY"
            )
            raise Failure(401, why, "invalid_api_key")


def given_key(headers: Sequence[tuple[bytes, bytes]], settings: ServerSettings) -> bytes | None:
    """Return the first valid API key in a request's headers."""
    valid = {_digest(key.encode()) for key in settings.api_keys}
    given = (key for name, value in headers if (key := _key(name, value)) is not None)
    return next((key for key in given if _digest(key) in valid), None)


def _key(name: bytes, value: bytes) -> bytes | None:
    """Return the API key in a header: OpenAI's ``Authorization``, or ``api-key`` and ``x-api-key``."""
    if name in (b"api-key", b"x-api-key"):
        return value.strip()
    scheme, _, key = value.strip().partition(b" ")
    return key.strip() if name == b"authorization" and scheme.lower() == b"bearer" else None


def _is_own(scope: Scope, path: str) -> bool:
    """Return whether a request may come from the user's own commands: from this machine, for events."""
    client = scope.get("client")
    return path == _OWN_PATH and client is not None and is_loopback(client[0])


def _host(headers: Sequence[tuple[bytes, bytes]]) -> str:
    value = next((value for name, value in headers if name == b"host"), b"").decode("latin-1").lower()
    if value.startswith("["):
        return value[1:].partition("]")[0]
    return value.partition(":")[0]


def _is_hostless(scope: Scope) -> bool:
    """Return whether a client of HTTP/1.0 names no host at all; every browser does."""
    return scope["http_version"] == "1.0" and all(name != b"host" for name, _ in scope["headers"])


def _digest(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()
