"""Sleep of a vLLM server: a labelled double of its three endpoints, as vLLM 0.32 on a CPU answered them.

With ``VLLM_SERVER_DEV_MODE=1`` the real one answers ``/sleep`` with 200, and a request that comes while it
sleeps gets no byte: so does this one.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest
from engine_endpoints import Template, listed, vllm
from fault_server import Exchange, FaultServer, status, stream
from http_client import Make

from sot.backends.openai_compatible import OpenAICompatibleBackend
from sot.errors import BackendConnectionError
from sot.types import GenerateConfig, Message


class Sleepy:
    """The endpoints on a `FaultServer`, and what they were told."""

    def __init__(self, server: FaultServer, **info: object) -> None:
        self.asleep = False
        self.can_wake = True
        self.told: list[str] = []
        listed(server, "vllm")
        vllm(server, Template())
        server.other["/is_sleeping"] = self._is_sleeping
        server.other["/sleep"] = self._turn
        server.other["/wake_up"] = self._turn
        if info:
            server.other["/server_info"] = status(200, dict(info))
        self._answer = stream()
        server.default = self._complete

    async def _is_sleeping(self, exchange: Exchange) -> None:
        await status(200, {"is_sleeping": self.asleep})(exchange)

    async def _turn(self, exchange: Exchange) -> None:
        self.told.append(exchange.path)
        if exchange.path == "/wake_up" and not self.can_wake:
            await status(500, {"detail": "no memory"})(exchange)
            return
        self.asleep = exchange.path == "/sleep"
        await status(200, {"status": "sleeping" if self.asleep else "awake"})(exchange)

    async def _complete(self, exchange: Exchange) -> None:
        if self.asleep:
            await exchange.gone()  # as long as the client has patience
        else:
            await self._answer(exchange)


async def ask(backend: OpenAICompatibleBackend) -> str:
    async with aclosing(backend.stream([Message("user", "Hi")], GenerateConfig())) as chunks:
        return "".join([chunk.text async for chunk in chunks])


@pytest.fixture
async def backend(make: Make) -> OpenAICompatibleBackend:
    return make(sleep_after=3600.0)


async def test_an_idle_server_sleeps_and_the_next_requests_wake_it_once(
    server: FaultServer, backend: OpenAICompatibleBackend
) -> None:
    sleepy = Sleepy(server)
    text = await ask(backend)
    assert text
    assert await backend.sleep()
    assert (backend.asleep, sleepy.asleep) == (True, True)
    info = await backend.info()
    await backend.check()
    assert (sleepy.asleep, info.sleeps) == (True, True)
    assert "/is_sleeping answers" in info.evidence["sleeps"]
    assert await asyncio.gather(*(ask(backend) for _ in range(4))) == [text] * 4
    assert sleepy.told == ["/sleep", "/wake_up"]
    assert (backend.asleep, backend.wakes) == (False, 1)


async def test_a_server_that_another_client_put_to_sleep_is_woken(
    server: FaultServer, backend: OpenAICompatibleBackend
) -> None:
    sleepy = Sleepy(server)
    text = await ask(backend)
    sleepy.asleep = True
    assert await ask(backend) == text
    sleepy.asleep = True
    async with backend.forward({"messages": []}) as answer:
        assert answer.status == 200
        async with aclosing(answer.pieces) as pieces:
            assert [piece async for piece in pieces]
    assert sleepy.told == ["/wake_up"] * 2


async def test_the_timer_puts_an_idle_server_to_sleep(server: FaultServer, make: Make) -> None:
    sleepy = Sleepy(server)
    backend = make(sleep_after=0.01)
    text = await ask(backend)
    falling = backend._falling
    while falling is None:  # the timer has not fired yet
        await asyncio.sleep(0.01)
        falling = backend._falling
    assert await falling
    assert sleepy.asleep
    assert await ask(backend) == text


async def test_a_server_that_cannot_be_woken_is_an_error_and_tried_again(
    server: FaultServer, backend: OpenAICompatibleBackend
) -> None:
    sleepy = Sleepy(server)
    text = await ask(backend)
    await backend.sleep()
    sleepy.can_wake = False
    with pytest.raises(BackendConnectionError, match="sleeps and cannot be woken: HTTP 500"):
        await ask(backend)
    sleepy.can_wake = True
    assert await ask(backend) == text


async def test_a_server_with_requests_of_other_clients_is_left_awake(
    server: FaultServer, backend: OpenAICompatibleBackend
) -> None:
    sleepy = Sleepy(server)
    await ask(backend)
    server.other["/metrics"] = status(200, "vllm:num_requests_running 1.0\nvllm:num_requests_waiting 0.0\n")
    assert not await backend.sleep()
    assert sleepy.told == []


async def test_other_servers_are_neither_put_to_sleep_nor_held_up(
    server: FaultServer, backend: OpenAICompatibleBackend
) -> None:
    listed(server, "vllm")
    vllm(server, Template())
    text = await ask(backend)
    assert not await backend.sleep()
    info = await backend.info()
    assert info.sleeps is False
    assert "VLLM_SERVER_DEV_MODE=1" in info.evidence["sleeps"]
    assert await ask(backend) == text
    asked = [exchange.path for exchange in server.seen]
    assert "/sleep" not in asked


async def test_a_server_without_sleep_mode_says_so(server: FaultServer, make: Make) -> None:
    sleepy = Sleepy(server, vllm_config="model_config=ModelConfig(enable_sleep_mode=False)")
    backend = make(sleep_after=3600.0)
    await ask(backend)
    assert not await backend.sleep()
    assert (await backend.info()).evidence["sleeps"] == "/server_info: enable_sleep_mode false"
    assert sleepy.told == []
    sleepy.asleep = True  # as a server on a CPU can be told to, which then answers nothing
    assert await ask(backend)
    assert sleepy.told == ["/wake_up"]
