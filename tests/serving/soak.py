"""Many clients at once for a while, some of whom leave in the middle: is anything lost, or left behind?

    python -m tests.serving.soak --clients 200 --seconds 60
    python -m tests.serving.soak --clients 100 --seconds 20 --leave 1.0

The engine is a loopback server without a model, so the figures are the server's alone.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

import httpx

from sot.errors import ConfigError
from sot.terminal import guarded

from .processes import free_port, open_sockets, resident_bytes, started

_MIB = 1024 * 1024
_SETTLE_S = 15.0  # for the last requests to end at the engine
_MODELS = ("auto", "skeleton", "normal", "cot")


@dataclass
class Tally:
    """What the clients saw."""

    outcomes: Counter[str] = field(default_factory=Counter[str])
    first_text_s: list[float] = field(default_factory=list[float])
    total_s: list[float] = field(default_factory=list[float])


async def client_of(
    http: httpx.AsyncClient, url: str, end: float, leave: float, order: random.Random, tally: Tally
) -> None:
    """One client: asks again and again until the time is over, and sometimes leaves in the middle.

    Args:
        http: Sends the requests.
        url: Where to.
        end: When to stop, on the loop's clock.
        leave: Share of answers left at a random moment.
        order: Decides which.
        tally: Takes what happened.
    """
    clock = asyncio.get_running_loop().time
    while clock() < end:
        leaves_after = order.uniform(0.0, 1.0) if order.random() < leave else None
        body = {
            "model": order.choice(_MODELS),
            "stream": order.random() < 0.8,
            "messages": [{"role": "user", "content": f"How can I sleep better? ({order.randrange(10**6)})"}],
        }
        try:
            async with asyncio.timeout(leaves_after):
                await _ask(http, url, body, tally)
        except TimeoutError:
            tally.outcomes["left by the client"] += 1
        except httpx.HTTPError as error:
            tally.outcomes[f"broken: {type(error).__name__}"] += 1


async def _ask(http: httpx.AsyncClient, url: str, body: dict[str, object], tally: Tally) -> None:
    began = time.perf_counter()
    tail = b""
    first: float | None = None
    async with http.stream("POST", url, json=body) as answer:
        async for piece in answer.aiter_raw():
            if first is None and b'"content":"' in piece:
                first = time.perf_counter() - began
            tail = (tail + piece)[-64:]
        if answer.status_code != 200:
            tally.outcomes[f"status {answer.status_code}"] += 1
            return
    whole = tail.rstrip().endswith(b"[DONE]" if body["stream"] else b"}")
    tally.outcomes["whole" if whole else "cut"] += 1
    tally.total_s.append(time.perf_counter() - began)
    tally.first_text_s.append(first or tally.total_s[-1])


async def _run(engine: str, server: str, pid: int, options: argparse.Namespace) -> str:
    order = random.Random(options.seed)
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=options.clients)
    url = server + "/v1/chat/completions"
    async with httpx.AsyncClient(timeout=120, limits=limits) as http:
        warm_up = Tally()
        end = asyncio.get_running_loop().time() + min(5.0, options.seconds / 4)
        await _clients(http, url, end, options, order, warm_up)
        before = resident_bytes(pid)
        tally = Tally()
        end = asyncio.get_running_loop().time() + options.seconds
        watching = asyncio.create_task(_watch(pid, end))
        await _clients(http, url, end, options, order, tally)
        memory = await watching
    async with httpx.AsyncClient(timeout=10) as http:
        left = await _settled(http, engine, server)
    after = resident_bytes(pid)
    return _report(tally, left, (before, *memory, after), open_sockets(pid), options)


async def _clients(
    http: httpx.AsyncClient,
    url: str,
    end: float,
    options: argparse.Namespace,
    order: random.Random,
    tally: Tally,
) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(options.clients):
            own = random.Random(order.random())
            group.create_task(client_of(http, url, end, options.leave, own, tally))


async def _watch(pid: int, end: float) -> list[int]:
    """The server's memory, every five seconds."""
    clock = asyncio.get_running_loop().time
    seen: list[int] = []
    while clock() < end:
        await asyncio.sleep(min(5.0, max(0.0, end - clock())))
        seen.append(resident_bytes(pid))
        print(f"{max(0.0, end - clock()):.0f} s left", file=sys.stderr, flush=True)
    return seen


async def _settled(http: httpx.AsyncClient, engine: str, server: str) -> dict[str, float]:
    """What is still running some seconds after the last client has left."""
    clock = asyncio.get_running_loop().time
    end = clock() + _SETTLE_S
    while True:
        at_engine = await _gauge(http, engine, "vllm:num_requests_running")
        at_server = await _gauge(http, server, "sot_answers_in_flight")
        if not (at_engine or at_server) or clock() > end:
            return {"at the engine": at_engine, "at the server": at_server}
        await asyncio.sleep(0.1)


async def _gauge(http: httpx.AsyncClient, address: str, name: str) -> float:
    text = (await http.get(address + "/metrics")).text
    return next((float(line.split()[-1]) for line in text.splitlines() if line.startswith(name + " ")), 0.0)


def _report(
    tally: Tally, left: dict[str, float], memory: Sequence[int], sockets: int, options: argparse.Namespace
) -> str:
    lines = [f"{options.clients} clients at once for {options.seconds:g} s:"]
    lines += [f"  {outcome}: {number}" for outcome, number in tally.outcomes.most_common()]
    if tally.total_s:
        lines.append(
            f"  first text {statistics.median(tally.first_text_s):.2f} s, whole answer "
            f"{statistics.median(tally.total_s):.2f} s (medians; the slowest {max(tally.total_s):.2f} s)"
        )
    lines.append("Left behind afterwards:")
    lines += [f"  answers or requests {where}: {number:.0f}" for where, number in left.items()]
    lines.append(f"  sockets open in the server (listening and idle ones included): {sockets}")
    shown = ", ".join(f"{size / _MIB:.0f}" for size in memory)
    lines.append(f"  memory of the server, MiB, from after the warm-up to the end: {shown}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the load; returns the exit code, 1 if an answer was lost or something was left running."""
    parser = argparse.ArgumentParser(prog="python -m tests.serving.soak", description=__doc__)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--leave", type=float, default=0.0, help="share of answers left in the middle")
    parser.add_argument("--words", type=int, default=40, help="chunks of a completion")
    parser.add_argument("--word-seconds", type=float, default=0.02, help="seconds between chunks")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    return guarded(lambda: _main(options))


def _main(options: argparse.Namespace) -> None:
    if options.clients < 1 or not options.seconds > 0 or not 0 <= options.leave <= 1:
        raise ConfigError("--clients and --seconds must be above 0, --leave between 0 and 1")
    engine, server = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    with ExitStack() as stack:
        pace = ["--words", str(options.words), "--word-seconds", str(options.word_seconds)]
        loopback = ["-m", "tests.serving.loopback", "--port", engine.rpartition(":")[2], *pace]
        stack.enter_context(started(loopback, engine + "/v1/models"))
        own = ["-m", "sot", "serve", "--port", server.rpartition(":")[2], "--quiet"]
        pid = stack.enter_context(started([*own, "--backend", engine + "/v1"], server + "/health"))
        print(asyncio.run(_run(engine, server, pid, options)))


if __name__ == "__main__":
    sys.exit(main())
