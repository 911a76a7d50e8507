"""Forwarding of a caller's own request to the server, and of the server's response to the caller."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager

import httpx

from sot.errors import BackendConnectionError
from sot.types import Forwarded

from .transport.http_session import Exchange, HttpSession
from .transport.provider_limits import Grant
from .transport.retries import Retries
from .transport.retry import parse_retry_after
from .transport.server import OpenAIServer

# Headers of a forwarded response that concern the caller; the rest belongs to this connection alone.
_CALLERS_HEADERS = ("content-type", "retry-after", "retry-after-ms", "x-request-id", "x-should-retry")


@asynccontextmanager
async def forwarded(
    server: OpenAIServer,
    session: HttpSession,
    request: Callable[[], httpx.Request],
    patience: float,
    *,
    admit: Callable[[], Awaitable[Grant | None]],
) -> AsyncIterator[Forwarded]:
    """Send a caller's request unchanged and hand back the server's response.

    Only a connection that broke before the response began, such as one that was idle for too long, is tried
    again: of everything else the caller sees the server's own status, retry hints and message.

    Args:
        session: The running loop's session.
        request: Makes the HTTP request, anew for each try.
        patience: Most seconds until the response begins, and from one piece of it to the next.
        admit: Waits until a request may be sent.
    """
    retries = Retries(server, session, patience)
    late = f"{server.shown} gave no answer within {patience:g} s (first_token_timeout)"
    while True:
        await session.pass_rate_limit()
        grant = await admit()
        async with Exchange(session, request()) as exchange:
            try:
                response = await exchange.open(session.loop.time() + patience, late)
            except BackendConnectionError as error:
                broken = error
            else:
                if grant is not None:
                    grant.told(response.headers)
                    if response.status_code == 429:
                        grant.refused(parse_retry_after(response.headers, now=server.retry.now()))
                # A response that does not stream sends its headers early, its body when it is done.
                pieces = exchange.pieces(patience, late)
                headers = {n: response.headers[n] for n in _CALLERS_HEADERS if n in response.headers}
                async with aclosing(pieces):
                    yield Forwarded(response.status_code, headers, pieces)
                return
        await retries.after_error(broken)
