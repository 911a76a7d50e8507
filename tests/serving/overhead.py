"""What the server adds to an engine's times, side by side with the engine itself and a bare proxy.

    python -m tests.serving.overhead

The engine is a loopback server without a model. The three ways take turns, so that a drift of the
machine's speed meets all alike.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack

import httpx

from sot.errors import ConfigError
from sot.terminal import guarded

from .processes import free_port, started

_BODY = {"model": "normal", "stream": True, "messages": [{"role": "user", "content": "What is new?"}]}


async def first_token_s(client: httpx.AsyncClient, url: str) -> float:
    """Seconds from sending a request until the first text.

    Args:
        client: Sends it.
        url: Where to.
    """
    began = time.perf_counter()
    first = None
    async with client.stream("POST", url, json=_BODY) as answer:
        async for piece in answer.aiter_raw():
            if first is None and b'"content":"1.' in piece:
                first = time.perf_counter() - began
    assert first is not None, "an answer without text"
    return first


async def throughput(client: httpx.AsyncClient, url: str, answers: int, at_once: int) -> float:
    """Whole answers a second.

    Args:
        client: Sends the requests.
        url: Where to.
        answers: How many in all.
        at_once: How many at the same time.
    """
    places = asyncio.Semaphore(at_once)

    async def one() -> None:
        async with places, client.stream("POST", url, json=_BODY) as answer:
            tail = b""
            async for piece in answer.aiter_raw():
                tail = (tail + piece)[-32:]
            assert tail.rstrip().endswith(b"[DONE]"), "an answer broke off"

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(answers):
            group.create_task(one())
    return answers / (time.perf_counter() - began)


async def _measure(urls: dict[str, str], options: argparse.Namespace) -> str:
    order = random.Random(options.seed)
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=options.at_once)
    first: dict[str, list[float]] = {name: [] for name in urls}
    rate: dict[str, list[float]] = {name: [] for name in urls}
    async with httpx.AsyncClient(timeout=60, limits=limits) as client:
        for url in urls.values():
            for _ in range(5):
                await first_token_s(client, url)
        for number in range(options.requests):
            for name in order.sample(list(urls), len(urls)):
                first[name].append(await first_token_s(client, urls[name]))
            if number % 50 == 49:
                print(f"first token: {number + 1} of {options.requests}", file=sys.stderr, flush=True)
        for number in range(options.rounds):
            for name in order.sample(list(urls), len(urls)):
                rate[name].append(await throughput(client, urls[name], options.answers, options.at_once))
            print(f"throughput: round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
    return _table(first, rate, options)


def _table(first: dict[str, list[float]], rate: dict[str, list[float]], options: argparse.Namespace) -> str:
    rows = [
        "| way | first token, ms | added, ms | answers/s | of the bare proxy |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, times in first.items():
        added = [1000 * (own - direct) for own, direct in zip(times, first["engine"], strict=True)]
        share = [own / bare for own, bare in zip(rate[name], rate["bare proxy"], strict=True)]
        ms = [1000 * seconds for seconds in times]
        rows.append(
            f"| {name} | {_spread(ms)} | {_spread(added)} | {_spread(rate[name], 0)} | {_spread(share)} |"
        )
    rows.append(
        f"\nMedian (least to greatest): {options.requests} requests one after the other for the first token; "
        f"{options.rounds} rounds of {options.answers} answers, {options.at_once} at once, for the "
        f"throughput; {options.words} chunks an answer. `added` and `of the bare proxy` are taken pair by "
        "pair."
    )
    return "\n".join(rows)


def _spread(values: Sequence[float], digits: int = 2) -> str:
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the measurement; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.serving.overhead", description=__doc__)
    parser.add_argument("--requests", type=int, default=200, help="for the first token")
    parser.add_argument("--rounds", type=int, default=7, help="of throughput")
    parser.add_argument("--answers", type=int, default=100, help="of a round")
    parser.add_argument("--at-once", type=int, default=16)
    parser.add_argument("--words", type=int, default=64, help="chunks of an answer")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    return guarded(lambda: _main(options))


def _main(options: argparse.Namespace) -> None:
    for name in ("requests", "rounds", "answers", "at_once", "words"):
        if getattr(options, name) < 1:
            raise ConfigError(f"--{name.replace('_', '-')} must be at least 1")
    ports = {name: free_port() for name in ("engine", "bare proxy", "sot serve")}
    home = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    with ExitStack() as stack:
        engine = ["-m", "tests.serving.loopback", "--port", str(ports["engine"])]
        stack.enter_context(started([*engine, "--words", str(options.words)], home["engine"] + "/v1/models"))
        bare = ["-m", "tests.serving.bare_proxy", "--port", str(ports["bare proxy"])]
        stack.enter_context(started([*bare, "--engine", home["engine"]], home["bare proxy"]))
        own = ["-m", "sot", "serve", "--port", str(ports["sot serve"]), "--quiet"]
        stack.enter_context(
            started([*own, "--backend", home["engine"] + "/v1"], home["sot serve"] + "/health")
        )
        urls = {name: address + "/v1/chat/completions" for name, address in home.items()}
        print(asyncio.run(_measure(urls, options)))


if __name__ == "__main__":
    sys.exit(main())
