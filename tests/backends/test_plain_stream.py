"""Connections without TLS, on asyncio's own transports, against real sockets."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from sot.backends.openai_compatible.transport.connections import Connections
from sot.backends.openai_compatible.transport.plain_stream import PlainTransport

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"


@asynccontextmanager
async def serving(handle: Handler) -> AsyncIterator[str]:
    """A server on a real port that answers as the handler does."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handle(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


def client() -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=PlainTransport(60.0), timeout=None)


async def test_several_answers_come_over_one_connection() -> None:
    connections = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        for text in (b"one", b"two", b"three"):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(HEAD % len(text) + text)

    async with serving(handle) as url, client() as http:
        assert [(await http.get(url)).text for _ in range(3)] == ["one", "two", "three"]
    assert connections == 1


async def test_a_connection_that_the_server_closed_is_not_used_again() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD % 2 + b"hi")

    transport = PlainTransport(60.0)
    async with serving(handle) as url, httpx.AsyncClient(transport=transport, timeout=None) as http:
        for _ in range(3):
            assert (await http.get(url)).text == "hi"
            async with asyncio.timeout(60):
                while transport.resting:  # noqa: ASYNC110 - nobody is told of it
                    await asyncio.sleep(0)


async def test_a_reader_that_is_slow_makes_the_server_wait() -> None:
    piece, count = b"x" * 2**16, 400  # 26 MB: more than the sockets of both sides hold
    sent = 0
    blocked = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD % (len(piece) * count))
        for _ in range(count):
            writer.write(piece)
            sent += 1
            if writer.transport.get_write_buffer_size():
                blocked.set()
            await writer.drain()

    async with serving(handle) as url, client() as http, http.stream("GET", url) as answer:
        await asyncio.wait_for(blocked.wait(), 20)
        assert sent < count
        assert sum([len(found) async for found in answer.aiter_raw()]) == len(piece) * count
    assert sent == count


async def test_a_body_that_breaks_off_is_an_error() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD % 10 + b"half")

    async with serving(handle) as url, client() as http:
        with pytest.raises(httpx.RemoteProtocolError):
            await http.get(url)


async def test_a_connection_that_is_reset_is_an_error() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD % 10 + b"half")
        await writer.drain()
        writer.transport.abort()

    async with serving(handle) as url, client() as http:
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            await http.get(url)


async def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        async with client() as http:
            with pytest.raises(httpx.ConnectError) as caught:
                await http.get(f"http://127.0.0.1:{port}/")
    error: BaseException | None = caught.value
    reasons: list[object] = []
    while error is not None:
        reasons.append(getattr(error, "errno", None))
        error = error.__cause__ or error.__context__
    assert errno.ECONNREFUSED in reasons


async def test_the_time_limit_for_connecting() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        address = deaf.getsockname()
        # The queue of those who wait to be accepted is full: the next one gets no answer.
        waiting = [socket.socket() for _ in range(8)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(address)
        try:
            async with httpx.AsyncClient(
                transport=PlainTransport(60.0), timeout=httpx.Timeout(None, connect=0.05)
            ) as http:
                with pytest.raises(httpx.ConnectTimeout):
                    await http.get(f"http://127.0.0.1:{address[1]}/")
        finally:
            for one in waiting:
                one.close()


async def answer_of(wire: bytes) -> httpx.Response:
    """What a client makes of a server's bytes, after which the server hangs up."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for at in range(0, len(wire), 7):  # pieces that fit no line
            writer.write(wire[at : at + 7])
            await writer.drain()

    async with serving(handle) as url, client() as http:
        return await http.get(url)


async def test_a_body_up_to_the_end_of_the_connection() -> None:
    assert (await answer_of(b"HTTP/1.1 200 OK\r\n\r\nhello")).text == "hello"


async def test_interim_responses_are_skipped() -> None:
    wire = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + HEAD % 2 + b"hi"
    assert (await answer_of(wire)).text == "hi"


async def test_chunks_with_a_trailer() -> None:
    wire = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX: y\r\n\r\n"
    assert (await answer_of(wire)).text == "hi"


@pytest.mark.parametrize(
    "wire",
    [
        b"",
        b"HTTP/1.1 200",
        b"no HTTP at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
async def test_what_breaks_the_protocol_is_an_error(wire: bytes) -> None:
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await answer_of(wire)


async def test_a_connection_with_more_than_its_answer_is_not_used_again() -> None:
    connections = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(HEAD % 2 + b"hi" + HEAD % 4 + b"evil")

    async with serving(handle) as url, client() as http:
        assert [(await http.get(url)).text for _ in range(2)] == ["hi", "hi"]
    assert connections == 2


async def test_a_host_in_other_letters_is_the_one_of_the_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the older standard, which Python's resolver encodes names by, this one is `strasse.example`."""
    asked: list[object] = []

    async def look_up(host: object, *_: object, **__: object) -> list[object]:
        asked.append(host)
        raise socket.gaierror("no such host")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
    async with client() as http:
        with pytest.raises(httpx.ConnectError):
            await http.get("http://straße.example/")
    assert asked == ["xn--strae-oqa.example"]


async def test_a_server_that_closes_after_each_answer_leaves_nothing_behind() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD % 2 + b"hi")

    connections = Connections(lambda: PlainTransport(60.0), 60.0)
    async with serving(handle) as url, httpx.AsyncClient(transport=connections, timeout=None) as http:
        for _ in range(12):
            await http.get(url)
        assert sum(len(each.opened) for each in connections._idle) <= 2 * connections.idle
