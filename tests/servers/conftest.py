"""One real server after the other, each kept for all of its tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest
from launches import KINDS
from own_counts import Counts, has_counts, own_counts, until_idle
from real_servers import RealServer

from sot import Options, SkeletonOfThought
from sot.types import Answer, BackendInfo

QUESTION = "What are the most effective ways to deal with stress?"
LONG = "Write a very long story about a lighthouse keeper, with every detail."  # SmolLM2 finds no end
LONG_TOKENS = 1400
OPTIONS = Options(
    opening=False, temperature=0, max_points=4, max_skeleton_tokens=96, max_point_tokens=24, max_tokens=40
)


@pytest.fixture(scope="session", params=KINDS)
def kept(request: pytest.FixtureRequest) -> Iterator[RealServer]:
    """The server of all tests with one parameter; pytest runs them together, so one server runs at a time."""
    try:
        server = RealServer(request.param)
    except (OSError, ValueError) as error:
        pytest.fail(f"{request.param}: run tests/servers/setup.sh ({error})", pytrace=False)
    with server:
        yield server


@pytest.fixture
def server(kept: RealServer, request: pytest.FixtureRequest) -> Iterator[RealServer]:
    """A running server; its log is shown when the test fails."""
    kept.ensure_running()
    yield kept
    for each in filter(None, (kept, kept.behind)):
        request.node.add_report_section("call", f"log of {each.kind}", each.log)


@pytest.fixture
async def sot(server: RealServer) -> AsyncIterator[SkeletonOfThought]:
    """A client of the server, which has nothing else to do; its answers are short and can be repeated."""
    await until_idle(server)
    async with client(server) as made:
        yield made


def client(server: RealServer) -> SkeletonOfThought:
    """Make a client of a server."""
    key = {"api_key": server.key}
    return SkeletonOfThought(server.url, model=server.model, backend_settings=key, options=OPTIONS)


@dataclass(frozen=True, slots=True)
class First:
    """The first skeleton answer of a server.

    Args:
        answer: The answer.
        spent: What the server counted meanwhile, where it counts.
        before: What was known of the server before.
        after: What was known of it afterwards.
    """

    answer: Answer
    spent: Counts | None
    before: BackendInfo
    after: BackendInfo


@pytest.fixture(scope="session")
def first(kept: RealServer) -> First:
    """A skeleton answer, for every test that only looks at one."""
    kept.ensure_running()
    asyncio.run(until_idle(kept))
    return asyncio.run(_answer(kept))


async def _answer(server: RealServer) -> First:
    counts = has_counts(server)
    before = own_counts(server) if counts else None
    async with client(server) as sot:
        told = await sot.info()
        answer = await sot.answer(QUESTION, strategy="skeleton")
        shown = await sot.info()
    await until_idle(server)
    return First(answer, own_counts(server) - before if before is not None else None, told, shown)
