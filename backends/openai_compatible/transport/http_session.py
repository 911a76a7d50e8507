"""HTTP session of one event loop: its connections, request/response exchanges, transport errors."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import Self

import httpx

from sot.errors import BackendError, BackendTimeoutError, MalformedResponseError, SotError

from .connections import Body, Connections
from .deadlines import RequestLimits
from .decompression import Decompressor
from .provider_limits import ProviderLimits
from .stall import StallWatch, cut_of
from .transport_errors import transport_error

_log = logging.getLogger(__name__)

_PIECES_AT_ONCE = 32  # of a body, without a turn for other tasks


class HttpSession(RequestLimits):
    """HTTP session of one event loop: its connections, its limits, and everything that waits for them.

    Attributes:
        proxy: The proxy on the way to the server, for messages; ``None`` without one.
        client: HTTP client of all its requests.
        connections: The connections that it uses.
        listing: Held while the model list is asked for, so that many requests at once ask once.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        connections: Connections,
        shown: str,
        *,
        proxy: str | None,
        max_in_flight: int | None,
        rate_limit: float | None,
        limits: ProviderLimits | None = None,
    ) -> None:
        super().__init__(
            shown, self._translate, max_in_flight=max_in_flight, rate_limit=rate_limit, limits=limits
        )
        self.client = client
        self.connections = connections
        self.proxy = proxy
        self._watches: set[StallWatch] = set()
        self.listing = asyncio.Lock()

    @contextmanager
    def stall_watch(self, cut: Callable[[], None]) -> Generator[StallWatch, None, None]:
        """Watch an open response, whose connection is cut when a read stalls, or at `close`.

        Args:
            cut: Breaks the connection.
        """
        watch = StallWatch(self.loop, cut)
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
            await self.client.aclose()

    def _translate(self, error: Exception) -> SotError:
        return transport_error(error, self.server, self.proxy, self.client.timeout.connect)


class Exchange:
    """One HTTP request and its response, closed at the end whatever happens."""

    def __init__(self, session: HttpSession, request: httpx.Request) -> None:
        self.session = session
        self._request = request
        self._response: httpx.Response | None = None
        self._bytes: AsyncGenerator[bytes, None] | None = None
        self._plain: Body | None = None  # read without the layers between
        self._watching = ExitStack()
        self._watch: StallWatch | None = None  # of the plain body

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._watching.close()
        try:
            if self._response is not None:
                await self._response.aclose()
        except Exception as error:  # noqa: BLE001 - a failure to hang up changes nothing
            _log.debug("closing a response: %s", type(error).__name__)
        finally:
            if self._bytes is not None:
                await self._bytes.aclose()

    async def open(self, deadline: float, late: str) -> httpx.Response:
        """Send the request and wait for the response's headers."""
        # Not by the client's `send`, which looks for redirects, cookies and a login: there are none.
        send, request = self.session.connections.handle_async_request, self._request
        response = await self.session.within(lambda: send(request), deadline, late)
        self._response = response
        plain = response.extensions.get("plain_body")
        if isinstance(plain, Body) and "content-encoding" not in response.headers:
            self._plain = plain
            self._watch = self._watching.enter_context(self.session.stall_watch(plain.cut))
        else:
            self._bytes = self._decompressed(response)
        return response

    async def _decompressed(self, response: httpx.Response) -> AsyncGenerator[bytes, None]:
        """Yield the body in pieces of bounded size, and let other tasks run from time to time."""
        body = Decompressor(response.headers.get("content-encoding", ""), self.session.server)
        number = 0
        async for data in response.aiter_raw():
            for piece in body.feed(data):
                number += 1
                # Many small pieces may be at hand at once, and a few bytes may decompress to many.
                if number % _PIECES_AT_ONCE == 0 or len(piece) > len(data):
                    await asyncio.sleep(0)
                yield piece

    async def read(self, deadline: float, late: str) -> bytes:
        """Read the next bytes of the body; empty at its end."""
        if self._watch is not None:
            return await self._read_plain(self._watch, deadline, late)
        body = self._bytes
        assert body is not None  # `open` came first
        return await self.session.within(lambda: anext(body, b""), deadline, late)

    async def _read_plain(self, watch: StallWatch, deadline: float, late: str) -> bytes:
        """Read the next bytes of a body without httpx's layers, and without a timeout of its own for each."""
        session, body = self.session, self._plain
        assert body is not None
        if session.closed:
            raise session.was_closed()
        watch.waits(deadline)
        try:
            piece = await body.read()
        except Exception as error:  # noqa: BLE001 - whatever the transport raises becomes our error
            raise session.broken(error, late if watch.expired else None) from None
        finally:
            watch.waiting = False
        if not piece and (watch.expired or session.closed):  # that was no end of the body
            raise session.was_closed() if session.closed else BackendTimeoutError(late)
        return piece

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
        """Yield the body, decompressed, as it arrives.

        Args:
            seconds: Most seconds from one piece to the next.
            late: Message of the error when that passes.

        Raises:
            BackendTimeoutError: No piece came in time.
            BackendConnectionError: The transport failed, or the session was closed.
        """
        clock = self.session.loop.time
        if self._plain is not None:
            while piece := await self.read(clock() + seconds, late):
                yield piece
            return
        response, body = self._response, self._bytes
        assert response is not None  # `open` came first
        assert body is not None
        with self.session.stall_watch(cut_of(response)) as watch:
            try:
                watch.waits(clock() + seconds)
                async for piece in body:
                    watch.waiting = False
                    yield piece
                    watch.waits(clock() + seconds)
            except SotError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever httpx or h11 raise becomes our error
                raise self.session.broken(error, late if watch.expired else None) from None
            if watch.expired:  # that was no end of the body
                raise BackendTimeoutError(late)

    async def drain(self, deadline: float) -> None:
        """Read to the end of the body if it comes before a deadline, so that the connection can be reused."""
        try:
            while await self.read(deadline, ""):
                pass
        except BackendError:
            return
