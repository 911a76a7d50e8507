"""A misbehaving server, and clients of it that do not really wait between tries."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from typing import Any

import pytest
from fault_server import FaultServer
from http_client import KEY, NOW, Make

from sot.backends.openai_compatible import OpenAICompatibleBackend
from sot.backends.openai_compatible.transport.retry import RetryPolicy


@pytest.fixture(scope="module")
def running() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.fixture
def server(running: FaultServer) -> Iterator[FaultServer]:
    running.reset()
    yield running
    assert running.all_closed(), "a connection was left open"


@pytest.fixture
def waits() -> list[float]:
    """The waits between tries, which the client under test only pretends to wait."""
    return []


@pytest.fixture
async def make(server: FaultServer, waits: list[float]) -> AsyncGenerator[Make, None]:
    """Makes clients that are closed after the test."""
    made: list[OpenAICompatibleBackend] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    def make(base_url: str | None = None, *, max_retries: int = 3, **options: Any) -> OpenAICompatibleBackend:
        policy = RetryPolicy(max_retries=max_retries, sleep=sleep, random=lambda: 0.0, now=lambda: NOW)
        options = {"model": "m", "api_key": KEY, "retry": policy, **options}
        made.append(OpenAICompatibleBackend(base_url or server.url, **options))
        return made[-1]

    yield make
    for backend in made:
        await backend.aclose()
        await backend.aclose()
