"""Connection without TLS, as an asyncio protocol: what has come is handed over at one wake-up."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from typing import cast

import httpx

_HIGH = 128 * 1024  # bytes at hand that are not read yet, above which the server is made to wait
_LOW = 32 * 1024  # bytes at hand below which it may go on
_AT_ONCE = 16 * 1024  # bytes given by one read, however many small chunks they are
_NEXT_ADDRESS_S = 0.25  # until the next address of a host is tried beside the first


class PlainConnection(asyncio.Protocol):
    """Connection to a server; one task reads at a time.

    Attributes:
        ended: Whether the server sends no more, or the connection is closed.
    """

    def __init__(self) -> None:
        self.ended = False
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._pieces: deque[bytes] = deque()
        self._at = 0  # bytes of the first piece that were read
        self._size = 0  # bytes at hand
        self._paused = False
        self._lost: Exception | None = None  # why the connection broke
        self._reader: asyncio.Future[None] | None = None

    @property
    def resting(self) -> bool:
        """Return whether it can be used again: open, and without bytes that nobody asked for."""
        return not self.ended and not self._pieces and not self._closing

    @property
    def _closing(self) -> bool:
        return self._transport is None or self._transport.is_closing()

    def write(self, data: bytes) -> None:
        """Send bytes; they wait in memory for as long as the server does not take them.

        A connection that is broken shows that when it is read: the server may have answered before.
        """
        if self._transport is not None and not self._closing:
            self._transport.write(data)

    async def read(self) -> bytes:
        """Return what is at hand, but for what is left to the next reads, after waiting; none at the end.

        Raises:
            httpx.ReadError: The connection broke.
        """
        if not self._pieces:
            if not self.ended:
                self._reader = self._loop.create_future()
                await self._reader
            if not self._pieces:
                if self._lost is not None:
                    raise httpx.ReadError(str(self._lost)) from self._lost
                return b""
        if self._size > _AT_ONCE:
            await asyncio.sleep(0)  # a long backlog is not read without a turn for other tasks
        data = self._taken()
        if self._paused and self._size <= _LOW:
            self._paused = False
            if self._transport is not None and not self._closing:
                self._transport.resume_reading()
        return data

    def _taken(self) -> bytes:
        """Take up to `_AT_ONCE` of the bytes at hand."""
        pieces = self._pieces
        if len(pieces) == 1 and self._size <= _AT_ONCE and not self._at:  # as for most tokens
            self._size = 0
            return pieces.popleft()
        taken: list[bytes] = []
        room = _AT_ONCE
        while pieces and room:
            piece = pieces[0][self._at : self._at + room]
            taken.append(piece)
            room -= len(piece)
            self._at += len(piece)
            if self._at == len(pieces[0]):
                pieces.popleft()
                self._at = 0
        self._size -= _AT_ONCE - room
        return b"".join(taken)

    def unread(self, data: bytes) -> None:
        """Give bytes back, to be read next."""
        if data:
            if self._at:  # of the first piece, which is given in parts
                self._pieces[0] = self._pieces[0][self._at :]
                self._at = 0
            self._pieces.appendleft(data)
            self._size += len(data)

    def cut(self) -> None:
        """Break the connection, from any thread; a read that waits ends."""
        with suppress(RuntimeError):  # the event loop is gone, and the connection with it
            self._loop.call_soon_threadsafe(self.abort)

    def abort(self) -> None:
        """Break the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    async def aclose(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()
            await asyncio.sleep(0)
            self._transport.abort()

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is of another class

    def data_received(self, data: bytes) -> None:
        self._pieces.append(data)
        self._size += len(data)
        if self._size > _HIGH and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self.ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended, self._lost = True, exc
        self._wake()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)


async def connect(host: str, port: int, seconds: float | None) -> PlainConnection:
    """Open a connection.

    Args:
        seconds: Most seconds that it may take; ``None`` sets no limit.

    Raises:
        httpx.ConnectTimeout: It took longer.
        httpx.ConnectError: Nobody listens there, or the name is unknown.
    """
    loop = asyncio.get_running_loop()
    make: Callable[[], PlainConnection] = PlainConnection
    try:
        async with asyncio.timeout(seconds):
            if (delay := _delay(host)) is not None and isinstance(loop, asyncio.BaseEventLoop):
                _, connection = await loop.create_connection(make, host, port, happy_eyeballs_delay=delay)
            else:  # uvloop knows no such delay
                _, connection = await loop.create_connection(make, host, port)
    except TimeoutError as error:
        raise httpx.ConnectTimeout(str(error)) from error
    except OSError as error:
        raise httpx.ConnectError(str(error)) from error
    return connection


def _delay(host: str) -> float | None:
    """Seconds until the next address of a host is tried beside the first; ``None``: after it failed.

    Only names of other machines have several that may be silent; and Python 3.11 leaves the sockets of such a
    race to the garbage collector when it is cancelled.
    """
    with suppress(ValueError):
        ip_address(host)
        return None
    return None if host == "localhost" else _NEXT_ADDRESS_S
