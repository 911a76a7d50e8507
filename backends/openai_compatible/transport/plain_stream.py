"""Network streams without TLS, on asyncio's own transports: a third of httpcore's cost of a small read.

A token of a streamed completion is a read of a few hundred bytes. httpcore reads through anyio, which makes
a cancel scope and starts and stops the socket's reader for each. Time limits are `RequestLimits`' business
here; connections with TLS or through a proxy stay with anyio.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from typing import Any

import httpcore
import httpx

_HIGH = 256 * 1024  # bytes at hand that are not read yet, above which the server is made to wait
_NEXT_ADDRESS_S = 0.25  # until the next address of a host is tried beside the first


class PlainTransport(httpx.AsyncHTTPTransport):
    """Transport of one connection to an ``http://`` address, without a proxy.

    Args:
        keep_seconds: Seconds after which it is closed if idle.
    """

    def __init__(self, keep_seconds: float) -> None:
        # httpx takes no network backend: only its pool, made anew, does.
        super().__init__(trust_env=False, verify=False)
        self._pool = httpcore.AsyncConnectionPool(
            max_connections=1, keepalive_expiry=keep_seconds, network_backend=_PlainBackend()
        )


class _PlainBackend(httpcore.AsyncNetworkBackend):
    """Opener of connections without TLS."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        with _mapped(httpcore.ConnectTimeout, httpcore.ConnectError):
            async with asyncio.timeout(timeout):
                _, stream = await loop.create_connection(
                    _Stream, host, port, happy_eyeballs_delay=_delay(host)
                )
        return stream

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Stream(httpcore.AsyncNetworkStream, asyncio.Protocol):
    """Connection, as asyncio's protocol and as httpcore's stream; one task reads at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._pieces = bytearray()
        self._ended = False  # the server sends no more
        self._lost: Exception | None = None  # why the connection broke
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None
        self._full = False  # the transport takes no more for now

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._pieces += data
        if len(self._pieces) > _HIGH and self._transport is not None:
            self._transport.pause_reading()
        _wake(self._reader)

    def eof_received(self) -> None:
        self._ended = True
        _wake(self._reader)

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended, self._lost = True, exc
        _wake(self._reader)
        _wake(self._writer)

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        _wake(self._writer)

    # httpcore's side

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        with _mapped(httpcore.ReadTimeout, httpcore.ReadError):
            if not self._pieces and not self._ended:
                self._reader = asyncio.get_running_loop().create_future()
                await _within(self._reader, timeout)
            if not self._pieces and self._lost is not None:
                raise self._lost
        data = bytes(self._pieces[:max_bytes])
        del self._pieces[:max_bytes]
        transport = self._transport
        if transport is not None and not transport.is_closing() and len(self._pieces) <= _HIGH:
            transport.resume_reading()  # nothing happens unless it was paused
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        with _mapped(httpcore.WriteTimeout, httpcore.WriteError):
            transport = self._transport
            if transport is None or transport.is_closing():
                raise self._lost or ConnectionResetError("the connection is closed")
            transport.write(buffer)
            while self._full and not self._ended:
                self._writer = asyncio.get_running_loop().create_future()
                await _within(self._writer, timeout)
            if self._lost is not None:
                raise self._lost

    async def aclose(self) -> None:
        transport = self._transport
        if transport is not None:
            transport.close()
            await asyncio.sleep(0)
            transport.abort()

    def get_extra_info(self, info: str) -> Any:
        transport = self._transport
        if info == "is_readable":  # of an idle connection: it was closed, or says what nobody asked for
            return self._ended or bool(self._pieces)
        names = {"socket": "socket", "client_addr": "sockname", "server_addr": "peername"}
        if transport is None or info not in names:
            return None
        found = transport.get_extra_info(names[info])
        # asyncio gives out a socket that only looks; this one can be shut down as well.
        return getattr(found, "_sock", found) if isinstance(found, socket.socket) else found


def _delay(host: str) -> float | None:
    """Seconds until the next address of a host is tried beside the first; ``None``: after it failed.

    Only names of other machines have several that may be silent; and Python 3.11 leaves the sockets of such a
    race to the garbage collector when it is cancelled.
    """
    with suppress(ValueError):
        ip_address(host)
        return None
    return None if host == "localhost" else _NEXT_ADDRESS_S


@contextmanager
def _mapped(late: type[Exception], broken: type[Exception]) -> Generator[None]:
    """Raise what httpcore raises in place of the operating system's errors."""
    try:
        yield
    except TimeoutError as error:
        raise late(str(error)) from error
    except OSError as error:
        raise broken(str(error)) from error


async def _within(waiter: asyncio.Future[None], seconds: float | None) -> None:
    if seconds is None:  # as always here; a scope would cost as much as the read
        await waiter
    else:
        async with asyncio.timeout(seconds):
            await waiter


def _wake(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)
