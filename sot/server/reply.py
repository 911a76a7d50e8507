"""Sends an answer to a client, and notices when the client leaves or the server must stop."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from .failures import Failure
from .openai_format import encoded, frame

_LAST_WORD_S = 2.0  # for an error; less than `run` has for those of answers that were cut
_IN_A_ROW = 4  # pieces sent before others get a turn
_UNREAD_S = 60.0  # a client that takes nothing for so long counts as gone
JSON = "application/json"
EVENTS = "text/event-stream; charset=utf-8"


class ClientGone(Exception):
    """The client has left; nobody reads the answer."""


class ServerStops(Exception):
    """The server stops, and the grace time is over."""


async def read_body(scope: Scope, receive: Receive, most: int) -> bytes:
    """A request's body.

    Args:
        scope: The request.
        receive: Where its body comes from.
        most: Largest size, in bytes.

    Raises:
        Failure: It is larger (413).
        ClientGone: The client left in the middle of it.
    """
    too_large = Failure(413, f"the request's body is larger than {most} bytes", "request_too_large")
    length = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    if length.isdigit() and int(length) > most:
        raise too_large
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > most:
            raise too_large
        if not message.get("more_body", False):
            return b"".join(pieces)


class Reply:
    """One response.

    Args:
        send: Where it goes.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self.started = False
        self.status = 0
        self._streams = False
        self.in_errors: Mapping[str, Any] = {}  # further fields of an error event
        self._in_a_row = 0  # pieces since others had a turn
        self._since: float | None = None  # when the piece was ready that the client does not take

    async def start(self, status: int, content_type: str, headers: Mapping[str, str] | None = None) -> None:
        """Send the status and the headers.

        Args:
            status: The HTTP status.
            content_type: What follows.
            headers: Further headers.
        """
        self.started, self.status = True, status
        self._streams = content_type.startswith("text/event-stream")
        fields = {"content-type": content_type, **(headers or {})}
        if self._streams:  # a proxy that buffers would hold the text back
            fields |= {"cache-control": "no-store", "x-accel-buffering": "no"}
        pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": pairs})

    async def write(self, piece: bytes) -> None:
        """Send a piece of the body; waits while the client does not read."""
        self._since = asyncio.get_running_loop().time()
        await self._send({"type": "http.response.body", "body": piece, "more_body": True})
        self._since = None
        # uvicorn's `send` rarely waits: without this a long backlog would be sent in one go, while nobody
        # else gets a turn and nobody notices that the client has left. asyncio complains in the log from the
        # fifth write to a lost connection on.
        self._in_a_row += 1
        if self._in_a_row == _IN_A_ROW:
            self._in_a_row = 0
            await asyncio.sleep(0)

    async def end(self, piece: bytes = b"") -> None:
        """Send the last piece."""
        await self._send({"type": "http.response.body", "body": piece, "more_body": False})

    async def unread(self) -> None:
        """Returns when the client has not read for so long that it counts as gone."""
        loop = asyncio.get_running_loop()
        over: asyncio.Future[None] = loop.create_future()

        def look() -> None:
            nonlocal timer
            now = loop.time()
            since = now if self._since is None else self._since
            if now - since < _UNREAD_S:
                timer = loop.call_at(since + _UNREAD_S, look)
            else:
                over.set_result(None)

        timer = loop.call_later(_UNREAD_S, look)
        try:
            await over
        finally:
            timer.cancel()

    async def json(
        self, payload: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        """Send a whole JSON response."""
        body = encoded(payload)
        await self.start(status, JSON, {"content-length": str(len(body)), **(headers or {})})
        await self.end(body)

    async def fail(self, failure: Failure) -> None:
        """Send an error: as a response, or as the last event of a stream that has begun.

        A client that does not read is not waited for.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORD_S):
                if not self.started:
                    await self.json(failure.body(), status=failure.status, headers=failure.headers())
                elif self._streams:
                    # The empty line ends an event that was passed on in part.
                    await self.end(b"\n\n" + frame({**self.in_errors, **failure.body()}))
                else:
                    await self.end()


async def while_connected(
    receive: Receive, reply: Reply, stopping: asyncio.Event, work: Coroutine[Any, Any, None]
) -> None:
    """Do some work for a client, unless it leaves or the server stops first; then the work is cancelled.

    Args:
        receive: Tells when the client leaves; its body has been read.
        reply: Tells when the client no longer reads.
        stopping: Set when the server must stop now.
        work: The work.

    Raises:
        ClientGone: The client has left, or has not read for a minute.
        ServerStops: The server stops.
    """
    working = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_gone(receive))
    unread = asyncio.ensure_future(reply.unread())
    stops = asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait({working, gone, unread, stops}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
        elif gone.done() or unread.done():
            raise ClientGone
        else:
            raise ServerStops
    finally:
        for task in (working, gone, unread, stops):
            task.cancel()
        await asyncio.wait({working, gone, unread, stops})
        if not working.cancelled():
            working.exception()  # raised above, or nobody is left to hear of it


async def _gone(receive: Receive) -> None:
    message: Message = {"type": ""}
    while message["type"] != "http.disconnect":
        message = await receive()
