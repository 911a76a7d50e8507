"""Connections to one server: one request each, kept open only after a response that was read to its end.

httpx's own pool loses track of a connection, and of the request on it, when a task is cancelled at certain
moments: between connecting and sending, within a TLS handshake, while a response is being closed (httpcore
1.0.9). It also looks through all connections for every request that begins or ends. Here every connection is
a transport of its own, which is either in use, idle, or thrown away whole.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx

from .plain_stream import PlainBody

_log = logging.getLogger(__name__)

_CONNECTED = (".connect_tcp.complete", ".connect_unix_socket.complete")  # of httpcore's trace extension
_BROKEN = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError, httpx.CloseError)


class _Connection:
    """Connection of one request at a time.

    Args:
        transport: Transport that is used for nothing else.

    Attributes:
        idle_since: Time on the loop's clock at which it was given back.
        opened: Network streams that were opened for it; of those a server has closed, the last alone.
        count: Number of all that were ever opened.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self.transport = transport
        self.idle_since = 0.0
        self.opened: list[Any] = []
        self.count = 0

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and wait for the headers of its response."""

        async def note(event: str, info: dict[str, Any]) -> None:
            if event.endswith(_CONNECTED):
                self.opened = [*self.opened[-1:], info["return_value"]]
                self.count += 1

        extensions = request.extensions
        request.extensions = {**extensions, "trace": note}
        try:
            return await self.transport.handle_async_request(request)
        finally:
            request.extensions = extensions

    async def hang_up(self) -> None:
        """Close it, whatever it is doing."""
        # A stream that is in the middle of a TLS handshake belongs to nobody yet.
        for close in (self.transport.aclose, *(stream.aclose for stream in self.opened)):
            try:
                await close()
            except Exception as error:  # noqa: BLE001 - a failure to hang up changes nothing
                _log.debug("closing a connection: %s", type(error).__name__)


class Connections(httpx.AsyncBaseTransport):
    """Connections to one server, as an httpx transport; belongs to the event loop it is made in.

    Args:
        make: Makes the transport of one connection, which keeps that alive.
        keep_seconds: Seconds after which an idle connection is closed.
    """

    def __init__(self, make: Callable[[], httpx.AsyncBaseTransport], keep_seconds: float) -> None:
        self._make = make
        self._keep_seconds = keep_seconds
        self._loop = asyncio.get_running_loop()
        self._busy: set[_Connection] = set()
        self._idle: deque[_Connection] = deque()  # by the time at which they were given back
        self._closing: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def busy(self) -> int:
        """Connections with a request, from before they are open."""
        return len(self._busy)

    @property
    def idle(self) -> int:
        """Open connections that wait for a request."""
        return len(self._idle)

    @property
    def closing(self) -> int:
        """Connections that are being closed, which takes some turns of the event loop."""
        return len(self._closing)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request on an idle connection, else on a new one.

        The server may close an idle connection at the very moment of sending: if one breaks before the
        response begins, the request is sent once more, on a connection of its own.
        """
        reused = self._idle.pop() if self._idle else None
        connection = reused or _Connection(self._make())
        before = connection.count
        try:
            return await self._send(connection, request)
        except _BROKEN:
            if reused is None or connection.count > before:  # it was a new one inside
                raise
        _log.debug("a reused connection broke: trying a new one")
        return await self._send(_Connection(self._make()), request, once=True)

    async def _send(
        self, connection: _Connection, request: httpx.Request, *, once: bool = False
    ) -> httpx.Response:
        self._busy.add(connection)
        try:
            response = await connection.send(request)
        except BaseException:
            await self._throw_away(connection)
            raise
        stream = response.stream
        assert isinstance(stream, httpx.AsyncByteStream)
        keep = not once and "close" not in response.headers.get("connection", "").lower()

        async def end(whole: bool) -> None:
            await self._end(connection, stream, keep=keep and whole)

        response.stream = body = Body(stream, end)
        if isinstance(stream, PlainBody):
            response.extensions["plain_body"] = body
        return response

    async def aclose(self) -> None:
        """Close all connections; requests in flight end with an error."""
        for connection in (*self._busy, *self._idle):
            self._start_closing(connection)
        self._idle.clear()
        if self._timer is not None:
            self._timer.cancel()
        await asyncio.gather(*self._closing)

    async def _end(self, connection: _Connection, stream: httpx.AsyncByteStream, *, keep: bool) -> None:
        """End a request, and keep its connection if it may be used again."""
        if connection not in self._busy:  # all were closed meanwhile
            return
        if not keep:
            await self._throw_away(connection)
            return
        try:
            await stream.aclose()
        except BaseException:
            await self._throw_away(connection)
            raise
        if connection not in self._busy:
            return
        self._busy.discard(connection)
        connection.idle_since = self._loop.time()
        self._idle.append(connection)
        if self._timer is None:
            self._timer = self._loop.call_later(self._keep_seconds, self._close_old)

    async def _throw_away(self, connection: _Connection) -> None:
        """Close a connection, to the end even if the caller is cancelled meanwhile."""
        await asyncio.shield(self._start_closing(connection))

    def _start_closing(self, connection: _Connection) -> asyncio.Task[None]:
        self._busy.discard(connection)
        task = self._loop.create_task(connection.hang_up())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
        return task

    def _close_old(self) -> None:
        """Close connections that have been idle for too long."""
        self._timer = None
        until = self._loop.time() - self._keep_seconds
        while self._idle and self._idle[0].idle_since <= until:
            self._start_closing(self._idle.popleft())
        if self._idle:
            self._timer = self._loop.call_at(self._idle[0].idle_since + self._keep_seconds, self._close_old)


class Body(httpx.AsyncByteStream):
    """Body of a response, which tells at its end whether it was read to the last byte.

    That of a `PlainTransport` can be read without httpx's layers, by `read`.
    """

    def __init__(self, stream: httpx.AsyncByteStream, end: Callable[[bool], Awaitable[None]]) -> None:
        self._stream = stream
        self._end = end
        self._whole = False
        self._closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            yield piece
        self._whole = True

    async def read(self) -> bytes:
        """Return what is at hand of a `PlainBody`, after waiting for some; none at its end."""
        assert isinstance(self._stream, PlainBody)
        piece = await self._stream.read()
        if not piece:
            self._whole = True
        return piece

    def cut(self) -> None:
        """Break the connection of a `PlainBody`; a read that waits ends."""
        assert isinstance(self._stream, PlainBody)
        self._stream.connection.cut()

    async def aclose(self) -> None:
        if not self._closed:
            self._closed = True
            await self._end(self._whole)
