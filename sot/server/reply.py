"""HTTP response of one request, with detection of a client that leaves and of the server's shutdown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any

from starlette.types import Message, Receive, Send

from ..strategies.tasks import retrieve
from .error_shapes import Shape
from .failures import Failure
from .openai_format import encoded, frame
from .request_body import ClientGone

_ERROR_SEND_S = 2.0  # for sending an error; less than `run` grants at shutdown
_IN_A_ROW = 4  # pieces sent before other tasks get a turn
_UNREAD_S = 60.0  # a client that reads nothing for so long counts as gone
JSON = "application/json"
EVENTS = "text/event-stream; charset=utf-8"


class ServerStops(Exception):
    """Signal of a server that stops, at the end of the grace time."""


class Reply:
    """HTTP response: whole JSON, or a stream of pieces.

    Attributes:
        started: The status has been sent.
        status: The HTTP status sent; 0 before.
        headers: Headers of the response, whatever becomes of it.
        broken: Encoder of the last event of a stream that broke off.

    Args:
        send: ASGI channel of the response.
        shape: Encoder of an error.
    """

    def __init__(self, send: Send, shape: Shape = Failure.body) -> None:
        self._send = send
        self._shape = shape
        self.started = False
        self.status = 0
        self._streams = False
        self.headers: dict[str, str] = {}
        self.broken: Callable[[Failure], bytes] = lambda failure: frame(shape(failure))
        self._in_a_row = 0  # pieces since other tasks had a turn
        self._since: float | None = None  # start of the pending `send`, while the client does not read

    async def start(self, status: int, content_type: str, headers: Mapping[str, str] | None = None) -> None:
        """Send the status and the headers."""
        self.started, self.status = True, status
        self._streams = content_type.startswith("text/event-stream")
        fields = {"content-type": content_type, **self.headers, **(headers or {})}
        if self._streams:  # a proxy that buffers would hold the text back
            fields |= {"cache-control": "no-store", "x-accel-buffering": "no"}
        pairs = [(name.encode("ascii"), value.encode("ascii")) for name, value in fields.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": pairs})

    async def write(self, piece: bytes) -> None:
        """Send a piece of the body, with back-pressure: waits while the client does not read."""
        self._since = asyncio.get_running_loop().time()
        await self._send({"type": "http.response.body", "body": piece, "more_body": True})
        self._since = None
        # uvicorn's `send` rarely waits: without this a long backlog would be sent in one go, while no other
        # task gets a turn and nothing notices that the client has left. asyncio logs a warning from the fifth
        # write to a lost connection on.
        self._in_a_row += 1
        if self._in_a_row == _IN_A_ROW:
            self._in_a_row = 0
            await asyncio.sleep(0)

    async def end(self, piece: bytes = b"") -> None:
        """Send the last piece."""
        await self._send({"type": "http.response.body", "body": piece, "more_body": False})

    async def unread(self) -> None:
        """Wait until the client has not read for so long that it counts as gone."""
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
            async with asyncio.timeout(_ERROR_SEND_S):
                if not self.started:
                    await self.json(self._shape(failure), status=failure.status, headers=failure.headers())
                elif self._streams:
                    # The empty line ends an event that was forwarded only in part.
                    await self.end(b"\n\n" + self.broken(failure))
                else:
                    await self.end()


async def while_connected(
    receive: Receive, reply: Reply, stopping: asyncio.Event, work: Coroutine[Any, Any, None]
) -> None:
    """Run work for a client, and cancel it when the client leaves or the server stops first.

    Args:
        receive: ASGI channel of the request, whose body has been read: it reports the disconnect.
        reply: Response that the work writes, by which a client that does not read is noticed.
        stopping: Set when the server must stop now.

    Raises:
        ClientGone: The client has left, or has not read for a minute.
        ServerStops: The server stops.
    """
    working = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_gone(receive))
    unread = asyncio.ensure_future(reply.unread())
    stops = asyncio.ensure_future(stopping.wait())
    for task in (working, gone, unread, stops):  # whatever happens: a second cancel ends the wait below
        task.add_done_callback(retrieve)
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


async def _gone(receive: Receive) -> None:
    """Wait for the client's disconnect."""
    message: Message = {"type": ""}
    while message["type"] != "http.disconnect":
        message = await receive()
