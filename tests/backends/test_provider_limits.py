"""Limits of a provider: a thousand answers without a refusal, however it counts, close to its limit.

The provider is a test double that only counts, in virtual time; requests reach it after a seeded delay.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from fault_server import FaultServer, status, stream
from http_client import Make, failure, text
from rows import rows

from sot.backends.openai_compatible.transport.provider_limits import Grant, Limiter, ProviderLimits
from sot.backends.replay.virtual_time import run_virtually
from sot.errors import ConfigError, RateLimitError
from sot.types import GenerateConfig

Count = Callable[[float, float], bool]
"""Takes the time and an amount, and tells whether the provider lets it pass."""


def fixed_window(limit: float) -> Count:
    window, used = -1.0, 0.0

    def take(now: float, amount: float) -> bool:
        nonlocal window, used
        if now // 60 != window:
            window, used = now // 60, 0.0
        used += amount
        return used <= limit

    return take


def sliding_window(limit: float) -> Count:
    seen: deque[tuple[float, float]] = deque()
    used = 0.0

    def take(now: float, amount: float) -> bool:
        nonlocal used
        while seen and seen[0][0] <= now - 60:
            used -= seen.popleft()[1]
        seen.append((now, amount))
        used += amount
        return used <= limit + 1e-6

    return take


def token_bucket(limit: float, size: float | None = None) -> Count:
    most = size or limit
    level, last = most, 0.0

    def take(now: float, amount: float) -> bool:
        nonlocal level, last
        level, last = min(most, level + (now - last) * limit / 60) - amount, now
        return level >= -1e-6

    return take


class CountingProvider:
    """A test double for a provider: it counts and refuses, and writes nothing."""

    def __init__(self, requests: Count, tokens: Count) -> None:
        self._requests, self._tokens, self._random = requests, tokens, Random(7)
        self.refused = 0
        self.answered: list[float] = []  # the ends of answers

    async def request(self, seconds: float, tokens: float) -> None:
        await asyncio.sleep(self._random.uniform(0.02, 0.6))
        now = asyncio.get_running_loop().time()
        fits = (self._requests(now, 1), self._tokens(now, tokens))
        self.refused += not all(fits)
        await asyncio.sleep(seconds)

    async def answer(self, limiter: Limiter, name: str, points: int) -> float:
        """Send a skeleton and its points; returns the seconds between the first and the last."""
        loop = asyncio.get_running_loop()
        sent: list[float] = []

        async def send(tokens: float, seconds: float, *, opens: bool = False) -> None:
            with limiter.member(name) as member:
                await limiter.admit(member, tokens, opens=opens)
                sent.append(loop.time())
                await self.request(seconds, tokens)

        await send(300, 1.0, opens=True)
        await asyncio.gather(*(send(250, 2.5) for _ in range(points)))
        self.answered.append(loop.time())
        return sent[-1] - sent[0]


def all_of(*ways: Callable[[float], Count]) -> Callable[[float], Count]:
    """A provider that counts in several ways, and refuses what one of them finds too much."""

    def limited(limit: float) -> Count:
        counts = [way(limit) for way in ways]
        return lambda now, amount: sum(not count(now, amount) for count in counts) == 0

    return limited


@rows(
    "way, answers, part",
    [
        (all_of(fixed_window, sliding_window, token_bucket), 1000, None),
        (lambda limit: token_bucket(limit, limit / 15), 250, 1 / 15),  # as one that limits each second, too
    ],
)
def test_a_thousand_answers_meet_no_refusal_and_use_the_limit(
    way: Callable[[float], Count], answers: int, part: float | None
):
    rpm, tpm = 1500.0, 390_000.0  # about 1,500 requests are 390,000 tokens: both limits bind

    async def run() -> CountingProvider:
        provider = CountingProvider(way(rpm), way(tpm))
        limiter = Limiter(ProviderLimits(rpm, tpm, None if part is None else part * rpm))
        sizes = Random(3)
        await asyncio.gather(
            *(provider.answer(limiter, f"answer {n}", sizes.randint(5, 9)) for n in range(answers))
        )
        return provider

    provider = run_virtually(run())
    assert provider.refused == 0
    at_limit = min(rpm / 8, tpm / (300 + 7 * 250))  # answers a minute, of seven points on average
    minutes = provider.answered[-1] / 60
    ratio = answers / minutes / at_limit
    print(f"{answers / minutes:.0f} answers a minute, {ratio:.0%} of the limit")
    assert ratio > 0.8


def test_an_answers_points_follow_its_skeleton_soon_and_early_answers_come_first():
    async def run() -> tuple[list[float], list[float]]:
        provider = CountingProvider(sliding_window(60), token_bucket(1e9))
        limiter = Limiter(ProviderLimits(requests_per_minute=60))
        ends: list[float] = []

        async def one(number: int) -> float:
            took = await provider.answer(limiter, f"answer {number}", 7)
            ends.append(number)
            return took

        return await asyncio.gather(*(one(number) for number in range(20))), ends

    took, ends = run_virtually(run())
    assert max(took) < 15, "an answer stopped in its middle"
    assert ends == sorted(ends)


def test_skeletons_whose_points_go_elsewhere_come_to_use_the_limit():
    async def answers(number: int, *, opens: bool) -> float:
        limiter, loop = Limiter(ProviderLimits(requests_per_minute=6)), asyncio.get_running_loop()

        async def answer(key: str) -> None:
            with limiter.member(key) as member:
                await limiter.admit(member, 50.0, opens=opens)
                await asyncio.sleep(0.5)

        began = loop.time()
        await asyncio.gather(*(answer(f"answer {each}") for each in range(number)))
        return loop.time() - began

    alone = run_virtually(answers(40, opens=False))
    assert run_virtually(answers(40, opens=True)) < 1.1 * alone  # it took six times as long


def test_requests_that_give_up_waiting_take_nothing():
    async def run() -> float:
        limiter = Limiter(ProviderLimits(requests_per_minute=60, burst=2))

        async def ask(name: str) -> Grant:
            with limiter.member(name) as member:
                return await limiter.admit(member, 1)

        await ask("first")
        waiting = [asyncio.create_task(ask(f"given up {n}")) for n in range(30)]
        last = asyncio.create_task(ask("last"))
        await asyncio.sleep(0.1)
        for task in waiting:
            task.cancel()
        await last
        return asyncio.get_running_loop().time()

    assert run_virtually(run()) < 2.0


def test_what_the_provider_says_is_heeded():
    async def run() -> list[float]:
        loop = asyncio.get_running_loop()
        limiter = Limiter(ProviderLimits(requests_per_minute=600))
        times: list[float] = []

        async def ask() -> Grant:
            with limiter.member("") as member:
                grant = await limiter.admit(member, 1)
            times.append(loop.time())
            return grant

        grant = await ask()
        grant.told({"x-ratelimit-remaining-requests": "0", "x-ratelimit-remaining-tokens": "many"})
        grant.told(
            {"x-ratelimit-remaining-requests": "-inf", "x-ratelimit-remaining-tokens": "-1"}
        )  # not told
        grant = await ask()  # others with the same key have used the burst: this one comes at the even pace
        grant.refused(20.0)
        grant = await ask()
        grant.refused(None)
        await ask()
        return times

    first, second, third, fourth = run_virtually(run())
    assert first == 0
    assert 0.05 < second < 0.2
    assert third == pytest.approx(second + 20)
    assert fourth == pytest.approx(third + 1)


@rows(
    "limits, named",
    [
        ({"requests_per_minute": 0}, "requests_per_minute"),
        ({"tokens_per_minute": float("nan")}, "tokens_per_minute"),
        ({"tokens_per_minute": "many"}, "tokens_per_minute"),
        ({"requests_per_minute": True}, "requests_per_minute"),
        ({"burst": 5}, "requests_per_minute"),
        ({"requests_per_minute": 60, "burst": -1}, "burst"),
    ],
)
def test_limits_that_make_no_sense_are_refused(limits: dict[str, Any], named: str):
    with pytest.raises(ConfigError, match=named):
        ProviderLimits(**limits)


async def test_a_request_that_is_more_than_a_minutes_tokens_is_an_error(server: FaultServer, make: Make):
    error = await failure(make(tokens_per_minute=500), GenerateConfig(max_tokens=600))
    assert isinstance(error, ConfigError)
    assert "608 tokens" in str(error)
    assert "tokens_per_minute 500" in str(error)
    assert not server.completions
    assert await text(make(tokens_per_minute=500), GenerateConfig(max_tokens=400)) == "Hello"


async def test_a_refusal_with_retry_after_holds_all_requests_over_http(server: FaultServer, make: Make):
    server.script.append(status(429, {"error": {"message": "slow down"}}, {"retry-after-ms": "5"}))
    server.default = stream()
    backend = make(requests_per_minute=6000)
    assert await text(backend) == "Hello"
    assert len(server.completions) == 2
    server.script.append(status(429, {"error": {"message": "slow down"}}, {"retry-after": "3600"}))
    assert isinstance(await failure(make(requests_per_minute=6000)), RateLimitError)
    server.script.append(status(429, {"error": {"message": "slow down"}}, {"retry-after-ms": "5"}))
    async with make(requests_per_minute=6000).forward({"messages": []}) as forwarded:
        assert forwarded.status == 429, "the caller sees the provider's own answer"
