"""Requests that are cancelled or left at any moment: no connection, request or task of theirs is kept."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import aclosing, suppress
from typing import Any, Self

import httpcore
import httpx
import pytest
from fault_server import HELLO, PATIENCE, Exchange, FaultServer, delta, event, raw, status, stream
from http_client import QUESTION, Make, chunks, text

from sot.backends.openai_compatible import OpenAICompatibleBackend
from sot.backends.openai_compatible.transport.plain_stream import PlainTransport
from sot.errors import BackendTimeoutError, SotError
from sot.types import Chunk, GenerateConfig, Message

Work = Callable[[OpenAICompatibleBackend], Coroutine[Any, Any, object]]

REMEMBERED = (
    httpx.Request,
    httpcore.Request,
    httpcore.AsyncHTTPConnection,
    httpcore.AsyncHTTP11Connection,
    PlainTransport,
)
EARLIER: list[Any] = []


async def slow(exchange: Exchange) -> None:
    """Stream an answer with a turn of the event loop after each of its parts."""
    await exchange.start()
    for payload in HELLO:
        await exchange.send(event(payload))
        await asyncio.sleep(0)
    await exchange.end()


async def silent(exchange: Exchange) -> None:
    """Begin an answer that never goes on."""
    await exchange.start()
    await exchange.send(event(delta("Hel")) + event(delta("l")))
    await exchange.gone()


async def turns(number: int) -> None:
    """Let the event loop turn a number of times."""
    for _ in range(number):
        await asyncio.sleep(0)


async def cancelled(work: Coroutine[Any, Any, object], after: int, again: int | None = None) -> None:
    """Run a coroutine and cancel it.

    Args:
        after: Turns of the event loop before it is cancelled.
        again: Turns until it is cancelled a second time.
    """
    task = asyncio.create_task(work)
    await turns(after)
    task.cancel()
    if again is not None:
        await turns(again)
        task.cancel()
    with suppress(asyncio.CancelledError, SotError):
        await task


def remembered() -> list[Any]:
    """All requests and transports of this process."""
    gc.collect()
    # By the type itself: to ask some objects of other packages for their class is to be warned.
    return [each for each in gc.get_objects() if issubclass(type(each), REMEMBERED)]


@pytest.fixture(scope="module", autouse=True)
def _earlier() -> Iterator[None]:
    """Tell what other tests have left in this process from what these do."""
    EARLIER[:] = remembered()
    yield
    EARLIER.clear()


def kept() -> tuple[int, int]:
    """Count what the transports hold: requests, and connections that are neither idle nor closed."""
    known = {id(each) for each in EARLIER}
    objects = [each for each in remembered() if id(each) not in known]
    return (
        sum(isinstance(each, httpcore.Request | httpx.Request) for each in objects),
        sum(isinstance(each, PlainTransport) and each.busy for each in objects)
        + sum(
            isinstance(each, httpcore.AsyncConnectionInterface) and not (each.is_idle() or each.is_closed())
            for each in objects
        ),
    )


async def settled(backend: OpenAICompatibleBackend, server: FaultServer) -> None:
    """Check that only idle connections are left, here and at the server, and nothing else at all."""
    await turns(50)  # closing takes some
    assert asyncio.all_tasks() == {asyncio.current_task()}
    connections = backend._server.session().connections  # pyright: ignore[reportPrivateUsage]
    assert (connections.busy, connections.closing) == (0, 0)
    assert kept() == (0, 0)
    assert await asyncio.to_thread(server.open_are, lambda: connections.idle)


async def play(backend: OpenAICompatibleBackend) -> None:
    await text(backend)


async def fetch_list(backend: OpenAICompatibleBackend) -> None:
    await backend.check()


async def pass_on(backend: OpenAICompatibleBackend) -> None:
    async with backend.forward({"messages": []}) as answer:
        async for _ in answer.pieces:
            pass


class SilentServer:
    """A test double: a server that says what it is told to each connection, and then nothing more.

    Args:
        greeting: Reply to the first bytes of a connection.
    """

    def __init__(self, greeting: bytes = b"") -> None:
        self._greeting = greeting
        self._server: asyncio.Server | None = None
        self.changed = asyncio.Condition()
        self.spoken = 0
        self.gone = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    @property
    def port(self) -> int:
        """Its port."""
        assert self._server is not None
        return self._server.sockets[0].getsockname()[1]

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(PATIENCE), self.changed:
            await self.changed.wait_for(holds)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.write(self._greeting)
        async with self.changed:
            self.spoken += 1
            self.changed.notify_all()
        with suppress(ConnectionError):
            while await reader.read(65536):
                pass
        writer.close()
        async with self.changed:
            self.gone += 1
            self.changed.notify_all()


@pytest.fixture
def engine(server: FaultServer, make: Make) -> OpenAICompatibleBackend:
    server.default = slow
    server.other["/v1/models"] = status(200, {"data": [{"id": "m"}]})
    return make(max_retries=0)


@pytest.mark.parametrize("work", [play, fetch_list, pass_on])
@pytest.mark.parametrize("again", [None, 0, 1])
async def test_cancelled_at_every_moment(
    server: FaultServer, engine: OpenAICompatibleBackend, work: Work, again: int | None
) -> None:
    """Requests that are cancelled after every number of turns, some a second time while they end."""
    for number in range(60):
        await cancelled(work(engine), number, again)
    await settled(engine, server)
    assert await text(engine) == "Hello"


async def test_many_cancelled_while_they_connect(
    server: FaultServer, engine: OpenAICompatibleBackend
) -> None:
    for number in range(20):
        await asyncio.gather(*(cancelled(text(engine), number) for _ in range(20)))
    await settled(engine, server)


async def test_cancelled_while_a_large_body_is_sent(server: FaultServer, make: Make) -> None:
    backend = make()
    question = [Message("user", "word " * 400_000)]

    async def ask() -> None:
        async for _ in backend.stream(question, GenerateConfig()):
            pass

    for number in range(4, 44, 4):
        await cancelled(ask(), number)
    await settled(backend, server)


async def test_left_early(server: FaultServer, engine: OpenAICompatibleBackend) -> None:
    for behaviour in (silent, slow, stream(), raw([event(payload) for payload in HELLO], drop=True)):
        server.default = behaviour
        for number in range(3):
            with suppress(SotError):
                await leave_after(engine.stream(QUESTION, GenerateConfig()), number)
    await settled(engine, server)


async def leave_after(answer: AsyncGenerator[Chunk, None], number: int) -> None:
    """Read some chunks of an answer, and close it."""
    async with aclosing(answer):
        for _ in range(number):
            await anext(answer)


async def test_too_slow(server: FaultServer, make: Make) -> None:
    backend = make(first_token_timeout=0.02, between_token_timeout=0.02, max_retries=0)
    for behaviour in (silent, Exchange.gone):
        server.default = behaviour
        for _ in range(3):
            with pytest.raises(BackendTimeoutError):
                await chunks(backend)
    await settled(backend, server)


async def test_broken_and_refused(server: FaultServer, make: Make) -> None:
    backend = make(max_retries=1)
    behaviours: tuple[Any, ...] = (
        Exchange.drop,
        raw([b"data: {"], drop=True),
        *(status(code) for code in (500, 400, 429)),
    )
    for behaviour in behaviours:
        server.default = behaviour
        with pytest.raises(SotError):
            await chunks(backend)
    await settled(backend, server)


async def test_whole_answers_share_a_connection(server: FaultServer, engine: OpenAICompatibleBackend) -> None:
    for _ in range(5):
        assert await text(engine) == "Hello"
    assert len({exchange.client_port for exchange in server.completions}) == 1
    assert await asyncio.gather(*(text(engine) for _ in range(30))) == ["Hello"] * 30
    await settled(engine, server)


async def test_a_connection_that_the_server_will_close_is_not_kept(server: FaultServer, make: Make) -> None:
    async def closing(exchange: Exchange) -> None:
        await exchange.start(headers={"connection": "close"})
        for payload in HELLO:
            await exchange.send(event(payload))
        await exchange.end()

    server.default = closing
    backend = make()
    assert await text(backend) == "Hello"
    await settled(backend, server)


async def test_closed_while_requests_run(server: FaultServer, make: Make) -> None:
    server.default = silent
    backend = make(max_retries=0)
    tasks = [asyncio.create_task(text(backend)) for _ in range(10)]
    await asyncio.to_thread(server.wait_for_completions, 10)
    await backend.aclose()
    assert all(isinstance(each, SotError) for each in await asyncio.gather(*tasks, return_exceptions=True))
    del tasks
    await settled(backend, server)


@pytest.mark.parametrize("times", [1, 2])
async def test_cancelled_within_a_tls_handshake(make: Make, times: int) -> None:
    async with SilentServer() as server:
        backend = make(f"https://127.0.0.1:{server.port}/v1")
        for number in range(1, 9):
            task = asyncio.create_task(text(backend))
            await server.until(lambda number=number: server.spoken == number)
            await turns(number)
            for _ in range(times):
                task.cancel()
                await asyncio.sleep(0)
            with pytest.raises(asyncio.CancelledError):
                await task
        await server.until(lambda: server.gone == server.spoken)


@pytest.mark.parametrize("greeting", [b"", b"HTTP/1.1 200 OK\r\n\r\n"])
async def test_cancelled_on_the_way_through_a_proxy(
    make: Make, monkeypatch: pytest.MonkeyPatch, greeting: bytes
) -> None:
    """Waiting for the proxy, and for the engine behind it, which never takes part in the TLS handshake."""
    async with SilentServer(greeting) as proxy:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        backend = make("https://engine.test/v1")
        for number in range(1, 9):
            task = asyncio.create_task(text(backend))
            await proxy.until(lambda number=number: proxy.spoken == number)
            await turns(number)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await proxy.until(lambda: proxy.gone == proxy.spoken)
