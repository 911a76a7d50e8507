"""Chunks on their way from the engine replicas to an ingress replica, past Ray.

A message of Ray between two replicas costs far more than what one token weighs. So an ingress replica
listens (`sot_ray.inlet`), each engine replica that gets its requests connects (`sot_ray.outlet`), and what
all those requests have made in a few hundredths of a second goes through that connection as a line of JSON.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sot.types import Chunk, Usage

from .wire import Failed

_WATCH = {"TCP_KEEPIDLE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 30_000}  # s, and ms


@dataclass(frozen=True, slots=True)
class Address:
    """Place where the chunks of an ingress replica's requests are awaited.

    Args:
        host: Address of its node.
        port: Port there.
        secret: Line with which a connection begins, known to those alone that got a request through Ray.
    """

    host: str
    port: int
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Ended:
    """End of a request, which the engine replica returns through Ray.

    Args:
        sent: Number of chunks that went through the connection.
        rest: Those after them.
        failed: Error that ended the request.
    """

    sent: int
    rest: Sequence[Chunk]
    failed: Failed | None = None


def packed(chunk: Chunk) -> Any:
    """Convert a chunk for JSON."""
    usage = chunk.usage
    if usage is None and chunk.finish_reason is None and not chunk.reasoning:
        return chunk.text
    numbers = usage and (
        usage.prompt_tokens,
        usage.cached_tokens,
        usage.completion_tokens,
        usage.requests,
        usage.reasoning_tokens,
    )
    return chunk.text, chunk.reasoning, chunk.finish_reason, numbers


def unpacked(value: Any) -> Chunk:
    """Convert it back."""
    if isinstance(value, str):
        return Chunk(value)
    text, reasoning, finish_reason, numbers = value
    return Chunk(text, reasoning, finish_reason, numbers and Usage(*numbers))


def own_tls(*, listens: bool) -> ssl.SSLContext | None:
    """Return the TLS of the connection: with ``RAY_USE_TLS`` that of Ray; both sides show a certificate.

    Args:
        listens: For the ingress replica's side.

    Raises:
        OSError: A certificate cannot be read.
    """
    if os.environ.get("RAY_USE_TLS", "0").lower() not in ("1", "true"):
        return None
    authority = os.environ["RAY_TLS_CA_CERT"]
    purpose = ssl.Purpose.CLIENT_AUTH if listens else ssl.Purpose.SERVER_AUTH
    context = ssl.create_default_context(purpose, cafile=authority)
    context.load_cert_chain(os.environ["RAY_TLS_SERVER_CERT"], os.environ["RAY_TLS_SERVER_KEY"])
    context.check_hostname = False  # Ray's certificates are for its nodes, whose names Ray does not check
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def watch_peer(transport: asyncio.Transport) -> None:
    """Have the system end a connection whose other side has vanished without a word, in about half a minute.

    Where it could not, all answers would miss their chunks for a quarter of an hour; and a firewall between
    forgets a connection without any traffic.
    """
    own = transport.get_extra_info("socket")
    own.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _WATCH.items():
        if hasattr(socket, name):
            own.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


__all__ = ["Address", "Ended", "own_tls", "packed", "unpacked", "watch_peer"]
