"""A test double for failures: a real HTTP server on a real port that can be told to misbehave.

It speaks the OpenAI format just well enough for the client under test and generates nothing: its
answers are canned. What it is for is the failing, on a real socket: hanging, dropping the connection,
cutting an event at any byte, refusing.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import uvicorn
from quick_server import QuickServer
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

PATIENCE = 60  # seconds after which a wait in vain fails; nothing that works waits so long


class Exchange:
    """One request as the server sees it, and the means to answer it."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, body: bytes) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query: str = scope["query_string"].decode()
        self.client_port: int = scope["client"][1]
        self.headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        self.body: dict[str, Any] = json.loads(body) if body else {}
        self._receive = receive
        self._send = send
        self.ended: Callable[[], None] = lambda: None

    async def start(self, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        """Send the status and the headers; an event stream unless said otherwise."""
        fields = {"content-type": "text/event-stream", **(headers or {})}
        pairs = [(name.encode(), value.encode("latin-1")) for name, value in fields.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": pairs})

    async def send(self, data: bytes) -> None:
        """Send a piece of the body as one HTTP chunk."""
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self) -> None:
        """End the body properly."""
        self.ended()  # before the last byte: who has read it may ask again before this task goes on
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def gone(self) -> None:
        """Wait until the client hangs up."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def drop(self) -> None:
        """Make the server cut the connection here."""
        raise ConnectionAbortedError("told to drop the connection")


Behaviour = Callable[[Exchange], Awaitable[None]]


def event(payload: object, newline: str = "\n") -> bytes:
    """A payload as one event of an event stream."""
    text = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
    return f"data: {text}{newline}{newline}".encode()


def delta(text: str | None = None, *, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """A streamed chat-completion object; ``more`` are further fields of the delta."""
    fields = {**({} if text is None else {"content": text}), **more}
    return {
        "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": fields, "finish_reason": finish}],
    }


USAGE = {
    "choices": [],
    "usage": {
        "prompt_tokens": 11,
        "completion_tokens": 3,
        "prompt_tokens_details": {"cached_tokens": 7},
    },
}
HELLO = [
    delta(role="assistant", content=""),
    delta("Hel"),
    delta("lo"),
    delta(finish="stop"),
    USAGE,
    "[DONE]",
]
"""What a well-behaved server streams: a role, two deltas, a finish, the usage, the end."""


def stream(payloads: Iterable[object] = HELLO, *, newline: str = "\n") -> Behaviour:
    """Stream these payloads, each as an event."""
    return raw([event(payload, newline) for payload in payloads])


def raw(pieces: Iterable[bytes], *, content_type: str = "text/event-stream", drop: bool = False) -> Behaviour:
    """Send these bytes, each piece as one HTTP chunk; then end properly, or drop the connection."""

    async def behave(exchange: Exchange) -> None:
        await exchange.start(headers={"content-type": content_type})
        for piece in pieces:
            await exchange.send(piece)
        if drop:
            exchange.drop()
        await exchange.end()

    return behave


def status(code: int, payload: object = None, headers: Mapping[str, str] | None = None) -> Behaviour:
    """Answer with a status, and an ``error`` object or a text."""

    async def behave(exchange: Exchange) -> None:
        kind = "text/html" if isinstance(payload, str) else "application/json"
        await exchange.start(code, {"content-type": kind, **(headers or {})})
        body = payload if isinstance(payload, str) else json.dumps(payload or {"error": {"message": "no"}})
        await exchange.send(body.encode())
        await exchange.end()

    return behave


@dataclass
class Activity:
    """How many completions are being answered now, and were at most."""

    now: int = 0
    most: int = 0


class FaultServer:
    """The server, in a thread of its own. Use it as a context manager.

    ``script`` holds one behaviour for each completion to come; when it is empty, ``default`` is used.
    ``other`` holds the behaviours of other paths, ``/v1/models`` for example; without one they are 404.
    """

    def __init__(self) -> None:
        # Listening from here on: a client that comes before the thread is ready waits in the queue.
        # With the protocol named, or asyncio leaves Nagle's algorithm on and each piece costs 40 ms.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen(512)
        self.port: int = self._socket.getsockname()[1]
        self._changed = threading.Condition()
        self._clients: list[int] = []  # ports of the connections that are open
        self._thread = threading.Thread(target=self._run, name="fault-server")
        self.reset()
        app = Starlette(routes=[Mount("/", self._handle)])
        config = uvicorn.Config(
            app,
            http=self._protocol(),
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_config=None,
            log_level=100,  # a behaviour that drops the connection raises: not worth a traceback
            timeout_graceful_shutdown=1,
        )
        self._server = QuickServer(config)

    def reset(self) -> None:
        """Forget what happened and what to do, also of requests that are still in the socket's queue."""
        self._catch_up()
        self.script: deque[Behaviour] = deque()
        self.default: Behaviour = stream()
        self.other: dict[str, Behaviour] = {}
        self.seen: list[Exchange] = []
        self.activity = Activity()

    @property
    def url(self) -> str:
        """The address for a client, ending in ``/v1``."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def completions(self) -> list[Exchange]:
        """The completions asked for since the last reset."""
        return [exchange for exchange in self.seen if exchange.path.endswith("/chat/completions")]

    def all_closed(self, timeout: float = PATIENCE) -> bool:
        """Wait until no connection is open.

        Args:
            timeout: Seconds to wait at most.
        """
        return self.open_are(lambda: 0, timeout)

    def open_are(self, number: Callable[[], int], timeout: float = PATIENCE) -> bool:
        """Wait until as many connections are open as a function returns.

        Args:
            timeout: Seconds to wait at most.
        """
        self._catch_up()
        with self._changed:
            return self._changed.wait_for(lambda: len(self._clients) == number(), timeout)

    def wait_for_completions(self, number: int, timeout: float = PATIENCE) -> bool:
        """Wait until this many completions are being answered.

        Args:
            timeout: Seconds to wait at most.
        """
        with self._changed:
            return self._changed.wait_for(lambda: self.activity.now >= number, timeout)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.leave()
        self._thread.join(10)
        self._socket.close()

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._socket]))

    def _catch_up(self) -> None:
        """Wait until the server has taken every connection that clients have made so far.

        One whose client has left already would be taken in the next test, with its request. The queue is in
        order: once a connection of our own is taken, so are those before it.
        """
        if not self._thread.is_alive() or self._thread is threading.current_thread():
            return
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as own, self._changed:
            port = own.getsockname()[1]
            assert self._changed.wait_for(lambda: port in self._clients, PATIENCE)
        with self._changed:
            assert self._changed.wait_for(lambda: port not in self._clients, PATIENCE)

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":  # before the whole request was here
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
        exchange = Exchange(scope, receive, send, body)
        activity = self.activity
        self.seen.append(exchange)
        if not exchange.path.endswith("/chat/completions"):
            await self.other.get(exchange.path, status(404))(exchange)
            return
        with self._changed:
            activity.now += 1
            activity.most = max(activity.most, activity.now)
            self._changed.notify_all()
        counted = True

        def ended() -> None:
            nonlocal counted
            if counted:
                counted = False
                activity.now -= 1

        exchange.ended = ended
        try:
            await (self.script.popleft() if self.script else self.default)(exchange)
        finally:
            ended()

    def _protocol(self) -> type[H11Protocol]:
        owner = self

        class Counted(H11Protocol):
            """Counts the connections that are open."""

            def connection_made(self, transport: Any) -> None:
                self._client: int = transport.get_extra_info("peername")[1]
                owner._tell(owner._clients.append, self._client)
                super().connection_made(transport)

            def connection_lost(self, exc: Exception | None) -> None:
                super().connection_lost(exc)
                owner._tell(owner._clients.remove, self._client)

        return Counted

    def _tell(self, change: Callable[[int], None], client: int) -> None:
        with self._changed:
            change(client)
            self._changed.notify_all()


Reply = Callable[[int, int], bytes | None]
"""Reply to a request, given the number of its connection and its own number there, both from 1.

``None`` resets the connection in place of a reply.
"""


def response(body: bytes, *, status: str = "200 OK", headers: str = "") -> bytes:
    """A whole HTTP response that leaves the connection open."""
    head = f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n{headers}\r\n"
    return head.encode() + body


class SocketServer:
    """A server on a bare socket, in a thread of its own, for what no HTTP server would do to a connection.

    A test double like `FaultServer`. Use it as a context manager.

    Args:
        reply: Chooses the reply to every request.
        graceful: Close a connection in place of resetting it.

    Attributes:
        seen: Connection number, request number, and head of every request.
    """

    def __init__(self, reply: Reply, *, graceful: bool = False) -> None:
        self._reply = reply
        self._graceful = graceful
        self._connections = 0
        self.seen: list[tuple[int, int, str]] = []
        self._loop = asyncio.new_event_loop()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._accepts = threading.Event()
        self._thread = threading.Thread(target=self._run, name="socket-server")

    @property
    def url(self) -> str:
        """The address for a client, ending in ``/v1``."""
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        self._accepts.wait(PATIENCE)  # a loop that is stopped before it has its server is never closed
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, sock=self._socket))
        self._accepts.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        connection, number = self._connections, 0
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                length = re.search(r"content-length: *(\d+)", head, re.IGNORECASE)
                await reader.readexactly(int(length[1]) if length else 0)
                number += 1
                self.seen.append((connection, number, head))
                answer = self._reply(connection, number)
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            if not self._graceful:
                reset = struct.pack("ii", 1, 0)  # no lingering
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
            writer.close()
