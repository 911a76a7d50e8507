"""HTTP/1.1 without TLS on asyncio's own transports, as an httpx transport.

A token of a streamed completion is a read of a few hundred bytes. httpcore takes some ten coroutines and
generators for each, and h11 three events. Here it is one wake-up of the reader. Connections with TLS or
through a proxy stay with httpcore. Time limits are the caller's business, but for connecting.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import h11
import httpx

from .body_framing import Framing, framing_of
from .plain_connection import PlainConnection, connect

_MOST_HEAD = 100 * 1024  # bytes of a response before its headers are complete
_SWITCHED = 101


class PlainTransport(httpx.AsyncBaseTransport):
    """Transport of one connection to an ``http://`` address, without a proxy; for one request at a time.

    Args:
        keep_seconds: Seconds after which it is closed if idle.
    """

    def __init__(self, keep_seconds: float) -> None:
        self._keep_seconds = keep_seconds
        self._connection: PlainConnection | None = None
        self._idle_since: float | None = None

    @property
    def busy(self) -> bool:
        """Return whether a request is under way."""
        return self._connection is not None and self._idle_since is None

    @property
    def resting(self) -> bool:
        """Return whether its connection is open, idle and fit for another request."""
        return self._connection is not None and self._idle_since is not None and self._connection.resting

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and wait for the headers of its response.

        Raises:
            httpx.TransportError: The server cannot be reached, or broke the connection or the protocol.
        """
        content = await request.aread()
        connection = await self._open(request)
        try:
            head = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MOST_HEAD)
            connection.write(_encoded(head, request, content))
            response = await _read_head(head, connection)
            body = PlainBody(connection, framing_of(request.method.encode("ascii"), response), self._end)
        except BaseException:
            self._connection = None
            connection.abort()
            raise
        body.reusable = (
            response.http_version == b"1.1"
            and response.status_code != _SWITCHED
            and b"close" not in dict(response.headers).get(b"connection", b"").lower()
        )
        return httpx.Response(
            response.status_code,
            headers=response.headers.raw_items(),
            stream=body,
            extensions={"http_version": b"HTTP/" + response.http_version, "reason_phrase": response.reason},
        )

    async def aclose(self) -> None:
        """Close the connection, whatever it is doing."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.aclose()

    async def _open(self, request: httpx.Request) -> PlainConnection:
        """Return the idle connection if it is usable, else a new one."""
        connection, since = self._connection, self._idle_since
        now = asyncio.get_running_loop().time()
        if connection is not None and since is not None:
            self._idle_since = None
            if connection.resting and now < since + self._keep_seconds:
                return connection
            connection.abort()
        self._connection = None
        timeout: dict[str, float | None] = request.extensions.get("timeout", {})
        url = request.url
        # `url.host` is decoded, and Python's resolver would encode it by an older standard: as another host.
        host = url.raw_host.decode("ascii")
        connection = await connect(host, url.port or 80, timeout.get("connect"))
        self._connection = connection
        trace: Callable[[str, Any], Awaitable[None]] | None = request.extensions.get("trace")
        if trace is not None:  # as httpcore tells of it
            await trace("connection.connect_tcp.complete", {"return_value": connection})
        return connection

    async def _end(self, body: PlainBody) -> None:
        """End a response; its connection is kept if it was read to its end."""
        connection = self._connection
        if connection is None or connection is not body.connection or self._idle_since is not None:
            return
        if body.reusable and body.whole and connection.resting:
            self._idle_since = asyncio.get_running_loop().time()
        else:
            self._connection = None
            await connection.aclose()


class PlainBody(httpx.AsyncByteStream):
    """Body of a response, read by `read` or as an httpx stream.

    Attributes:
        connection: The connection that it comes from.
        reusable: Whether another request may follow on that.
    """

    def __init__(
        self, connection: PlainConnection, framing: Framing, end: Callable[[PlainBody], Awaitable[None]]
    ) -> None:
        self.connection = connection
        self.reusable = False
        self._framing = framing
        self._end = end

    @property
    def whole(self) -> bool:
        """Return whether it has come to its end, and nothing after it."""
        return self._framing.over and not self._framing.rest and not self._framing.ends_with_connection

    async def read(self) -> bytes:
        """Return what is at hand of the body, after waiting for some; none at its end.

        Raises:
            httpx.ReadError: The connection broke.
            httpx.RemoteProtocolError: It ended too early, or broke the protocol.
        """
        framing, connection = self._framing, self.connection
        while not framing.over:
            if framing.broken is not None:
                raise framing.broken
            data = await connection.read()
            if not data:
                if framing.ends_with_connection:
                    break
                raise httpx.RemoteProtocolError(
                    "peer closed connection without sending complete message body"
                )
            if piece := framing.feed(data):
                return piece
        return b""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while piece := await self.read():
            yield piece

    async def aclose(self) -> None:
        await self._end(self)


def _encoded(head: h11.Connection, request: httpx.Request, content: bytes) -> bytes:
    """Return a request's bytes: its head and its body, sent at once."""
    try:
        events = (
            h11.Request(method=request.method, target=request.url.raw_path, headers=request.headers.raw),
            h11.Data(data=content),
            h11.EndOfMessage(),
        )
        return b"".join(head.send(event) or b"" for event in events)
    except h11.LocalProtocolError as error:
        raise httpx.LocalProtocolError(str(error)) from error


async def _read_head(
    head: h11.Connection, connection: PlainConnection
) -> h11.Response | h11.InformationalResponse:
    """Read up to the end of a response's headers; interim responses are skipped."""
    try:
        while True:
            event = head.next_event()
            if event is h11.NEED_DATA:
                data = await connection.read()
                if not data and head.their_state is h11.SEND_RESPONSE:
                    raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
                head.receive_data(data)
            elif isinstance(event, h11.Response) or (
                isinstance(event, h11.InformationalResponse) and event.status_code == _SWITCHED
            ):
                connection.unread(head.trailing_data[0])
                return event
    except h11.RemoteProtocolError as error:
        raise httpx.RemoteProtocolError(str(error)) from error
