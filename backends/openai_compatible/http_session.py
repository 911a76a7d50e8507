"""HTTP session of one event loop: its clients, request/response exchanges, transport errors."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Mapping
from contextlib import contextmanager
from typing import Self

import httpx

from sot.errors import (
    BackendConnectionError,
    BackendError,
    BackendTimeoutError,
    ConfigError,
    MalformedResponseError,
    SotError,
)

from .client_pool import ClientPool, PooledClient
from .deadlines import RequestLimits
from .error_mapping import one_line
from .stall import StallWatch

_log = logging.getLogger(__name__)


class HttpSession(RequestLimits):
    """HTTP session of one event loop: its client pool, its limits, and everything that waits for them.

    Attributes:
        listing: Held while the model list is asked for, so that many requests at once ask once.
    """

    def __init__(
        self, clients: ClientPool, shown: str, *, max_in_flight: int | None, rate_limit: float | None
    ) -> None:
        super().__init__(shown, self._translate, max_in_flight=max_in_flight, rate_limit=rate_limit)
        self.clients = clients
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
        if isinstance(error, httpx.ConnectTimeout):
            limit = self.clients.any.timeout.connect
            return BackendTimeoutError(f"no connection to {self.server} within {limit:g} s (connect_timeout)")
        if isinstance(error, httpx.ConnectError):
            return BackendConnectionError(
                f"cannot connect to {self.server} ({_reason(error)}): "
                "check that the server is running and that the address is right"
            )
        if isinstance(error, httpx.DecodingError):
            return MalformedResponseError(f"{self.server} sent a body that cannot be decompressed")
        # The text of a protocol error may quote a header, and so the key: only its type is shown.
        return BackendConnectionError(f"the connection to {self.server} broke ({_reason(error)})")


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
        """Send the request and wait for the response's headers."""
        self._member = self.session.clients.take()
        send = self._member.client.send
        response = await self.session.within(lambda: send(self._request, stream=True), deadline, late)
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


def parse_base_url(base_url: str) -> tuple[httpx.URL, str]:
    """Parse the server's address; returns it and its form for messages, without query and fragment.

    Raises:
        ConfigError: The address is no HTTP URL, or holds a user or password.
    """
    try:
        url = httpx.URL(base_url.strip())
    except (httpx.InvalidURL, TypeError, AttributeError):
        raise ConfigError("the server's address is not a valid URL, expected http(s)://HOST/v1") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise ConfigError("the server's address must look like http(s)://HOST/v1")
    if url.userinfo:
        raise ConfigError("the server's address must not contain a user or password: use api_key or headers")
    return url.copy_with(fragment=None), f"{url.scheme}://{url.netloc.decode('ascii')}{url_path(url)}"


def url_path(url: httpx.URL) -> str:
    """Return an address's path without a slash at its end."""
    return url.path.rstrip("/")


def make_headers(key: str, headers: Mapping[str, str]) -> httpx.Headers:
    """Build the headers of every request.

    Raises:
        ConfigError: HTTP cannot carry the key or a header; values are not shown, because they may be secret.
    """
    result = httpx.Headers({"User-Agent": "skeleton-of-thought"})
    if key:
        if not (key.isascii() and key.isprintable()):
            raise ConfigError("the API key contains characters that no key has")
        result["Authorization"] = f"Bearer {key}"
    for name, value in headers.items():
        token = name.replace("-", "").replace("_", "")
        if not (token.isascii() and token.isalnum() and value.isascii() and value.isprintable()):
            raise ConfigError(f"the header {one_line(name, limit=40)!r} is not a valid HTTP header")
        result[name] = value
    return result


def _reason(error: BaseException) -> str:
    """Return why a connection failed: the operating system's message if the chain of causes holds one."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, BaseExceptionGroup):
            cause = cause.exceptions[0]
        if isinstance(cause, ConnectionError) and cause.errno:
            return os.strerror(cause.errno)
        if isinstance(cause, OSError) and cause.strerror:
            return one_line(cause.strerror, limit=120)
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__
