"""Ingress replica's end of the connections that bring chunks."""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import cast

from sot.errors import BackendConnectionError
from sot.types import Chunk

from .travel import Address, Ended, own_tls, unpacked, watch_peer
from .wire import Failed

_LATE_S = 10.0  # by which chunks may come after the end of their request
_HELLO_S = 10.0  # until a connection must have said the secret


class Arrivals:
    """Chunks of one request, from both ways: the connection, and at last the end that Ray brings."""

    def __init__(self) -> None:
        self._chunks: list[Chunk] = []
        self._news = asyncio.Event()
        self._taken = 0
        self._end: asyncio.Task[Ended] | None = None
        self._said: Ended | None = None

    def add(self, chunks: list[Chunk]) -> None:
        """Add chunks of the connection."""
        self._chunks += chunks
        self._news.set()

    def ends_with(self, end: asyncio.Task[Ended]) -> None:
        """Take the request's end from this task."""
        self._end = end
        end.add_done_callback(self._wake)

    def leave(self) -> bool:
        """Wait for the request's end no longer; returns whether it had not come yet."""
        return self._end is not None and self._end.cancel()

    async def next(self) -> Sequence[Chunk] | Failed:
        """Return the next chunks, or the error that ended the request; no chunks at its end.

        Raises:
            BackendConnectionError: Chunks were lost on their way.
            Exception: That of the task, once all chunks that arrived have been returned.
        """
        while True:
            if self._chunks:
                chunks, self._chunks = self._chunks, []
                self._taken += len(chunks)
                return chunks
            self._news.clear()
            if self._end is None or not self._end.done():
                await self._news.wait()
            elif self._taken < (end := self._end.result()).sent:
                await self._late()
            elif self._said is None:
                self._said = end
                if end.rest:
                    return end.rest
            else:
                return end.failed or ()

    async def _late(self) -> None:
        """Wait for chunks that were sent before the end, by another way than it.

        Raises:
            BackendConnectionError: They do not come.
        """
        try:
            async with asyncio.timeout(_LATE_S):
                await self._news.wait()
        except TimeoutError:
            raise BackendConnectionError("the connection to the engine replica broke in the middle") from None

    def _wake(self, end: asyncio.Task[Ended]) -> None:
        if not end.cancelled():
            end.exception()  # retrieved: it is raised above, or nobody reads it any more
        self._news.set()


class Inlet:
    """Listener for the chunks of all requests of an ingress replica.

    Args:
        host: Address to listen at, which the engine replicas can reach.
    """

    def __init__(self, host: str) -> None:
        self._host = host
        self._secret = secrets.token_hex(16)
        self._open: dict[int, Arrivals] = {}
        self._numbers = count(1)
        self._server: asyncio.Server | None = None
        self._starting = asyncio.Lock()
        self._port = 0

    async def address(self) -> Address:
        """Return where the chunks are awaited; begins to listen with the first call.

        Raises:
            OSError: It cannot listen there.
        """
        if self._server is None:
            async with self._starting:
                await self._listen()
        return Address(self._host, self._port, self._secret)

    async def _listen(self) -> None:
        if self._server is None:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(
                lambda: _Connection(self._secret, self._arrived), self._host, 0, ssl=own_tls(listens=True)
            )
            self._port = self._server.sockets[0].getsockname()[1]

    @contextmanager
    def request(self) -> Generator[tuple[int, Arrivals]]:
        """Await the chunks of a request, under the number that comes with its arrivals."""
        number = next(self._numbers)
        self._open[number] = arrivals = Arrivals()
        try:
            yield number, arrivals
        finally:
            del self._open[number]

    def _arrived(self, line: bytes) -> None:
        for number, chunks in json.loads(line):
            if (arrivals := self._open.get(number)) is not None:  # else it was left meanwhile
                arrivals.add([unpacked(chunk) for chunk in chunks])

    def close(self) -> None:
        """Listen no longer."""
        if self._server is not None:
            self._server.close()


class _Connection(asyncio.Protocol):
    """Connection of one engine replica: the secret, then lines of chunks.

    Args:
        secret: The secret; a connection that begins otherwise is closed.
        take: Takes each line.
    """

    def __init__(self, secret: str, take: Callable[[bytes], None]) -> None:
        self._hello = f"{secret}\n".encode()
        self._take = take
        self._known = False
        self._part = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass
        watch_peer(self._transport)
        self._timer = asyncio.get_running_loop().call_later(_HELLO_S, self._check)

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        if self._transport.is_closing():
            return
        data = self._part + data
        if not self._known:
            length = len(self._hello)
            if len(data) < length and b"\n" not in data:
                self._part = data  # judged as a whole: else a stranger could guess it letter by letter
                return
            if not hmac.compare_digest(data[:length], self._hello):
                self._transport.abort()
                return
            self._known, data = True, data[length:]
        *lines, self._part = data.split(b"\n")
        for line in lines:
            self._take(line)

    def _check(self) -> None:
        if not self._known:
            self._transport.abort()


__all__ = ["Arrivals", "Inlet"]
