"""HTTP session of one event loop: its clients, request/response exchanges, transport errors."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import contextmanager
from typing import Self

import httpx

from sot.errors import BackendError, BackendTimeoutError, MalformedResponseError, SotError

from .client_pool import ClientPool, PooledClient
from .deadlines import RequestLimits
from .stall import StallWatch
from .transport_errors import transport_error

_log = logging.getLogger(__name__)

_BROKEN = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError, httpx.CloseError)


class HttpSession(RequestLimits):
    """HTTP session of one event loop: its client pool, its limits, and everything that waits for them.

    Attributes:
        proxy: The proxy on the way to the server, for messages; ``None`` without one.
        listing: Held while the model list is asked for, so that many requests at once ask once.
    """

    def __init__(
        self,
        clients: ClientPool,
        shown: str,
        *,
        proxy: str | None,
        max_in_flight: int | None,
        rate_limit: float | None,
    ) -> None:
        super().__init__(shown, self._translate, max_in_flight=max_in_flight, rate_limit=rate_limit)
        self.clients = clients
        self.proxy = proxy
        self._watches: set[StallWatch] = set()
        self.listing = asyncio.Lock()

    @contextmanager
    def stall_watch(self, response: httpx.Response, seconds: float) -> Generator[StallWatch, None, None]:
        """Watch an open response; its connection is cut when a read stalls, or at `close`.

        Args:
            seconds: Most seconds that one read may wait.
        """
        watch = StallWatch(self.loop, response, seconds)
        self._watches.add(watch)
        try:
            yield watch
        finally:
            self._watches.discard(watch)
            watch.end()

    def broken(self, error: Exception, late: str | None) -> SotError:
        """Return the error for a read that failed.

        Args:
            error: The transport's exception.
            late: Message of the timeout, where the read stalled; else ``None``.
        """
        if self.closed:
            return self.was_closed()
        return BackendTimeoutError(late) if late is not None else self._translate(error)

    async def close(self) -> None:
        """End every wait, and close every connection."""
        for watch in self._watches:
            watch.cut()
        if self.end_all():  # else its loop is gone, and its sockets with it
            await self.clients.aclose()

    def _translate(self, error: Exception) -> SotError:
        return transport_error(error, self.server, self.proxy, self.clients.any.timeout.connect)


class Exchange:
    """One HTTP request and its response, closed at the end whatever happens."""

    def __init__(self, session: HttpSession, request: httpx.Request) -> None:
        self.session = session
        self._request = request
        self._response: httpx.Response | None = None
        self._bytes: AsyncIterator[bytes] | None = None
        self._member: PooledClient | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        try:
            if self._response is not None:
                await self._response.aclose()
        except Exception as error:  # noqa: BLE001 - a failure to hang up changes nothing
            _log.debug("closing a response: %s", type(error).__name__)
        finally:
            if self._member is not None:
                self.session.clients.release(self._member)

    async def open(self, deadline: float, late: str) -> httpx.Response:
        """Send the request and wait for the response's headers.

        A reused connection may be closed by the server at the very moment of sending: if it breaks before the
        response begins, the request is sent once more, on a new connection.
        """
        clients = self.session.clients
        self._member = clients.take()
        send, request = self._member.client.send, self._request

        async def send_twice() -> httpx.Response:
            new: list[str] = []

            async def note(event: str, _: object) -> None:
                if event.endswith((".connect_tcp.started", ".connect_unix_socket.started")):
                    new.append(event)

            request.extensions = {**request.extensions, "trace": note}
            try:
                return await send(request, stream=True)
            except _BROKEN:
                if new:
                    raise
                _log.debug("a reused connection to %s broke: trying a new one", self.session.server)
                return await clients.unpooled.send(request, stream=True)

        response = await self.session.within(send_twice, deadline, late)
        self._response = response
        self._bytes = response.aiter_bytes()
        return response

    async def read(self, deadline: float, late: str) -> bytes:
        """Read the next bytes of the body; empty at its end."""
        body = self._bytes
        assert body is not None  # `open` came first
        return await self.session.within(lambda: anext(body, b""), deadline, late)

    async def read_all(
        self, deadline: float, late: str, most: int, head: bytes = b"", *, truncate: bool = False
    ) -> bytes:
        """Read the rest of the body, after ``head``, up to ``most`` bytes.

        Raises:
            MalformedResponseError: The body is larger, and ``truncate`` is not set.
        """
        pieces, size = [head], len(head)
        while size <= most:
            piece = await self.read(deadline, late)
            if not piece:
                return b"".join(pieces)
            pieces.append(piece)
            size += len(piece)
        if truncate:
            return b"".join(pieces)[:most]
        raise MalformedResponseError(f"the server's answer is larger than {most} bytes")

    async def pieces(self, seconds: float, late: str) -> AsyncGenerator[bytes, None]:
        """Yield the body as it arrives, byte for byte.

        Args:
            seconds: Most seconds from one piece to the next.
            late: Message of the error when that passes.

        Raises:
            BackendTimeoutError: No piece came in time.
            BackendConnectionError: The transport failed, or the session was closed.
        """
        response = self._response
        assert response is not None  # `open` came first
        with self.session.stall_watch(response, seconds) as watch:
            try:
                async for piece in response.aiter_raw():
                    watch.waiting = False
                    yield piece
                    watch.waits()
            except Exception as error:  # noqa: BLE001 - whatever httpx or h11 raise becomes our error
                raise self.session.broken(error, late if watch.expired else None) from None

    async def drain(self, deadline: float) -> None:
        """Read to the end of the body if it comes before a deadline, so that the connection can be reused."""
        try:
            while await self.read(deadline, ""):
                pass
        except BackendError:
            return
