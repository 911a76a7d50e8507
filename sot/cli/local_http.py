"""HTTP connection to a server on this machine: one request after the other, without httpx and its start."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from typing import Any

_LONGEST_LINE = 64 * 1024  # of a response's head, and of the size of a chunk
_MOST_HEADERS = 100
BROKEN = (OSError, EOFError, ValueError)
"""Errors of a connection that breaks, or whose other side does not speak HTTP."""


class LocalConnection:
    """Connection to a server at an address of this machine; the responses are read in order, to their ends.

    What is not HTTP raises ``ValueError``; a connection that breaks raises ``OSError`` or ``EOFError``.

    Args:
        host: IP address of the server.
        port: Its port.
    """

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._headers: Mapping[str, str] = {}

    async def get(self, path: str) -> tuple[int, bytes]:
        """Return the status and the body of a page."""
        status = await self._send(f"GET {path} HTTP/1.1", b"")
        return status, b"".join([piece async for piece in self._body()])

    async def post(
        self, path: str, body: Mapping[str, Any], *, key: str | None = None, session: str = ""
    ) -> int:
        """Post a JSON object; returns the response's status.

        Args:
            path: The path.
            body: The object.
            key: API key.
            session: Key of the conversation, for engine routers.
        """
        sent = json.dumps(body).encode()
        headers = [f"POST {path} HTTP/1.1", "content-type: application/json", f"content-length: {len(sent)}"]
        if key is not None:
            headers.append(f"authorization: Bearer {key}")
        if session:
            headers.append(f"x-session-id: {session}")
        return await self._send("\r\n".join(headers), sent)

    async def events(self) -> AsyncGenerator[object, None]:
        """Yield the JSON values of the event stream that was answered."""
        rest = b""
        async for piece in self._body():
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                if line.startswith(b"data:"):
                    yield read_json(line.removeprefix(b"data:"))

    def close(self) -> None:
        """Close it at once, by which the server ends an answer under way."""
        if self._streams is not None:
            self._streams[1].close()

    async def _send(self, head: str, body: bytes) -> int:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port, limit=_LONGEST_LINE)
        host = f"[{self._host}]" if ":" in self._host else self._host
        self._streams[1].write(f"{head}\r\nhost: {host}:{self._port}\r\n\r\n".encode() + body)
        with suppress(ConnectionError):  # a server that refuses a body may have answered
            await self._streams[1].drain()
        return await self._read_head()

    async def _read_head(self) -> int:
        version, _, rest = (await self._line()).partition(" ")
        status = int(rest[:3])
        if not version.startswith("HTTP/1."):
            raise ValueError("it is not HTTP")
        headers: dict[str, str] = {}
        while line := await self._line():
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
            if len(headers) > _MOST_HEADERS:
                raise ValueError("it has too many headers")
        self._headers = headers
        return status if status >= 200 else await self._read_head()

    async def _body(self) -> AsyncGenerator[bytes, None]:
        reader = self._reader
        if self._headers.get("transfer-encoding") == "chunked":
            while size := int((await self._line()).partition(";")[0], 16):
                yield await reader.readexactly(size)
                await self._line()
            while await self._line():
                pass
        elif size := int(self._headers.get("content-length", "0")):
            yield await reader.readexactly(size)

    async def _line(self) -> str:
        line = await self._reader.readline()
        if not line.endswith(b"\n"):
            raise EOFError("the connection was closed")
        return line.decode("latin-1").rstrip("\r\n")

    @property
    def _reader(self) -> asyncio.StreamReader:
        assert self._streams is not None
        return self._streams[0]


def read_json(raw: bytes) -> object:
    """Return a JSON value.

    Raises:
        ValueError: It is none, or nested too deeply to be read.
    """
    try:
        return json.loads(raw)
    except RecursionError:
        raise ValueError("JSON that is nested too deeply") from None
