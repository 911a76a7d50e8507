"""Engine replica's end of the connections that bring chunks to the ingress replicas."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Generator
from contextlib import contextmanager
from typing import cast

from sot.types import Chunk

from .travel import Address, Ended, own_tls, packed, watch_peer
from .wire import Failed

_CONNECT_S = 10.0
_LOG = logging.getLogger(__name__)


class Line:
    """Chunks of one request on their way.

    Args:
        outlet: Connection that they take.
        number: Number of the request at the ingress replica.
    """

    def __init__(self, outlet: Outlet, number: int) -> None:
        self._outlet = outlet
        self.number = number
        self._waiting: list[Chunk] = []
        self._sent = 0

    def put(self, chunk: Chunk) -> None:
        """Send a chunk: the first one of a request at once, others soon."""
        self._waiting.append(chunk)
        if len(self._waiting) == 1:
            self._outlet.ready(self, now=not self._sent)

    def take(self) -> list[Chunk]:
        """Return the chunks to send now."""
        chunks, self._waiting = self._waiting, []
        self._sent += len(chunks)
        return chunks

    def end(self, failed: Failed | None = None) -> Ended:
        """Return the request's end, with the chunks that were not yet sent."""
        chunks, self._waiting = self._waiting, []
        return Ended(self._sent, chunks, failed)


class Outlet(asyncio.Protocol):
    """Connection to one ingress replica.

    Where there is none, the chunks wait, and come with the end of their requests.

    Args:
        to: The ingress replica.
        gather_s: Longest time for which chunks wait for others, in seconds.
    """

    def __init__(self, to: Address, gather_s: float) -> None:
        self._to, self._gather_s = to, gather_s
        self._loop = asyncio.get_running_loop()
        self._ready: dict[int, Line] = {}
        self._timer: asyncio.Handle | None = None
        self._soon = False
        self._next = 0.0
        self._transport: asyncio.Transport | None = None
        self.lost = False
        self._connecting = asyncio.create_task(self._connect())

    async def _connect(self) -> None:
        """Connect; without success, say so in the log, once for this connection."""
        to = self._to
        try:
            async with asyncio.timeout(_CONNECT_S):
                await self._loop.create_connection(lambda: self, to.host, to.port, ssl=own_tls(listens=False))
        except OSError as error:
            self.lost = True
            said = "no connection to the ingress replica at %s:%d, whose answers do not stream: %s"
            _LOG.warning(said, to.host, to.port, error or type(error).__name__)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin with the secret, and send what is waiting."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass
        watch_peer(self._transport)
        self._transport.write(f"{self._to.secret}\n".encode())
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        """Send nothing more; the next request connects again."""
        self._transport, self.lost = None, True

    def ready(self, line: Line, *, now: bool) -> None:
        """Take note that a request has chunks to send."""
        self._ready[line.number] = line
        if self._soon or (self._timer is not None and not now):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._soon = now or self._loop.time() >= self._next
        self._timer = (
            self._loop.call_soon(self._send) if self._soon else self._loop.call_at(self._next, self._send)
        )

    def left(self, number: int) -> None:
        """Take note that a request has ended."""
        self._ready.pop(number, None)

    def _send(self) -> None:
        self._timer, self._soon = None, False
        if self._transport is None:
            return
        self._next = self._loop.time() + self._gather_s
        ready, self._ready = self._ready, {}
        found = [(line.number, [packed(chunk) for chunk in line.take()]) for line in ready.values()]
        if found:
            self._transport.write(json.dumps(found, separators=(",", ":")).encode() + b"\n")

    def close(self) -> None:
        """Close the connection."""
        self._connecting.cancel()
        if self._transport is not None:
            self._transport.close()


class Outlets:
    """Connections of an engine replica, one for each ingress replica.

    Args:
        gather_s: Longest time for which chunks wait for others, in seconds.
    """

    def __init__(self, gather_s: float) -> None:
        self._gather_s = gather_s
        self._outlets: dict[Address, Outlet] = {}

    @contextmanager
    def line(self, to: Address, number: int) -> Generator[Line]:
        """Open the way of a request's chunks."""
        outlet = self._outlets.get(to)
        if outlet is None or outlet.lost:
            self._outlets = {known: found for known, found in self._outlets.items() if not found.lost}
            outlet = self._outlets[to] = Outlet(to, self._gather_s)
        try:
            yield Line(outlet, number)
        finally:
            outlet.left(number)

    def close(self) -> None:
        """Close all connections."""
        for outlet in self._outlets.values():
            outlet.close()


__all__ = ["Line", "Outlets"]
