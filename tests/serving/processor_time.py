"""Processor time of whole skeleton answers over HTTP: of an answer, and of a token that the engine sends.

    python -m tests.serving.processor_time --at-once 1,4,16,64
    python -m tests.serving.processor_time --before ../earlier --rounds 3     # another checkout, by turns

The engine is `step_engine` in a process of its own: a token of every request each 20 ms. What is counted is
the processor time of the process that answers alone, so that neighbours on the machine do not matter much:
through the Python API (`api`) that of this package in a process of its own, through the server (`serve`) that
of ``sot serve``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack, aclosing
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any

import httpx

from sot.api import SkeletonOfThought
from sot.errors import ConfigError, EngineError
from sot.events import Finished
from sot.terminal import guarded

from .processes import free_port, started

_ANSWER_S = 1.8  # of one answer, about: the answers begin spread over it
_LEAST = 6  # answers of a measurement, by each place
_MOST = 192  # answers of a measurement
_REST_S = 0.02  # processor time in a second of a server that does nothing
_HERE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor time of one measurement.

    Args:
        seconds: All of it.
        answers: Whole answers.
        tokens: Tokens that the engine sent.
    """

    seconds: float
    answers: int
    tokens: int

    @property
    def a_core(self) -> float:
        """Answers a second that a core could give."""
        return self.answers / self.seconds

    @property
    def token_us(self) -> float:
        """Microseconds of a token."""
        return 1e6 * self.seconds / self.tokens


async def closed_loop(at_once: int, answers: int, answer: Callable[[int], Coroutine[Any, Any, int]]) -> int:
    """Ask for answers, always so many at once; returns the engine's tokens.

    Args:
        at_once: Answers at the same time.
        answers: How many in all.
        answer: Gives the answer of a number, and its tokens.
    """
    numbers = iter(range(answers))
    tokens: list[int] = []

    async def place(number: int) -> None:
        await asyncio.sleep(_ANSWER_S * number / at_once)
        for question in numbers:
            tokens.append(await answer(question))

    async with asyncio.TaskGroup() as group:
        for number in range(min(at_once, answers)):
            group.create_task(place(number))
    return sum(tokens)


def question(number: int) -> str:
    """Return a question that no other number has."""
    return f"How can I sleep better? ({number})"


async def of_api(url: str, at_once: int, answers: int) -> Cost:
    """Measure the Python API in this process.

    Args:
        url: The engine's address.
        at_once: Answers at the same time.
        answers: How many in all.
    """
    async with SkeletonOfThought(url, strategy="skeleton") as sot:

        async def answer(number: int) -> int:
            async with aclosing(sot.stream(question(number))) as events:
                async for event in events:
                    if isinstance(event, Finished):
                        return event.answer.usage.completion_tokens
            raise EngineError("an answer without an end")

        await answer(-1)
        before = getrusage(RUSAGE_SELF)
        tokens = await closed_loop(at_once, answers, answer)
        after = getrusage(RUSAGE_SELF)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(seconds, answers, tokens)


async def of_server(url: str, pid: int, at_once: int, answers: int) -> Cost:
    """Measure a running ``sot serve``.

    Args:
        url: Its address.
        pid: Its process.
        at_once: Answers at the same time.
        answers: How many in all.
    """
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(timeout=120, limits=limits) as client:

        async def answer(number: int) -> int:
            body = {
                "model": "skeleton",
                "stream": True,
                "stream_options": {"include_usage": True},
                "messages": [{"role": "user", "content": question(number)}],
            }
            tail = b""
            async with client.stream("POST", f"{url}/v1/chat/completions", json=body) as response:
                async for piece in response.aiter_raw():
                    tail = (tail + piece)[-2048:]
            last = json.loads(tail.split(b"data: ")[-2])
            return int(last["usage"]["completion_tokens"])

        await answer(-1)
        await _at_rest(pid)
        before = processor_seconds(pid)
        tokens = await closed_loop(at_once, answers, answer)
        return Cost(processor_seconds(pid) - before, answers, tokens)


async def _at_rest(pid: int) -> None:
    """Wait until a process has done all that it does at its start beside the answers."""
    before = -1.0
    while (now := processor_seconds(pid)) - before > _REST_S:
        before = now
        await asyncio.sleep(1)


def processor_seconds(pid: int) -> float:
    """Return the processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(tree: Path, options: argparse.Namespace, way: str, at_once: int) -> Cost:
    """Measure a checkout of the package once, with an engine of its own.

    Args:
        tree: The checkout.
        options: The command's.
        way: ``api`` or ``serve``.
        at_once: Answers at the same time.
    """
    answers = options.answers or min(_MOST, max(2 * _LEAST, _LEAST * at_once))
    address = f"http://127.0.0.1:{free_port()}"
    port = address.rpartition(":")[2]
    engine = ["-m", "tests.serving.step_engine", "--port", port, "--step", str(options.step)]
    with ExitStack() as stack:
        stack.enter_context(started(engine, f"{address}/v1/models"))
        if way == "api":
            return _in_a_process(tree, f"{address}/v1", at_once, answers)
        own = f"http://127.0.0.1:{free_port()}"
        serve = ["-m", "sot", "serve", "--quiet", "--backend", f"{address}/v1"]
        serve += ["--port", own.rpartition(":")[2]]
        pid = stack.enter_context(started(serve, f"{own}/health", folder=tree))
        return asyncio.run(of_server(own, pid, at_once, answers))


def _in_a_process(tree: Path, url: str, at_once: int, answers: int) -> Cost:
    """Measure the Python API of a checkout, by this file whatever the checkout has."""
    measured = "import sys, sot, backends"  # first: of the checkout
    own = f"sys.path.insert(0, {str(_HERE)!r}); from tests.serving.processor_time import child; child()"
    ran = subprocess.run(
        [sys.executable, "-c", f"{measured}; {own}", url, str(at_once), str(answers)],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise EngineError(f"the measurement failed: {ran.stderr.strip()[-300:]}")
    return Cost(*json.loads(ran.stdout))


def child() -> None:
    """Measure the Python API here, and print the figures."""
    url, at_once, answers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    cost = asyncio.run(of_api(url, at_once, answers))
    print(json.dumps([cost.seconds, cost.answers, cost.tokens]))


def _measure(options: argparse.Namespace) -> None:
    trees = {"now": _HERE}
    if options.before is not None:
        if not (options.before / "sot" / "__init__.py").is_file():
            raise ConfigError(f"--before: {options.before} is no checkout of this project")
        trees = {"before": options.before.resolve(), **trees}
    places = [int(number) for number in options.at_once.split(",")]
    kinds = [(way, at_once) for way in options.ways.split(",") for at_once in places]
    found: dict[tuple[str, int, str], list[Cost]] = {(*kind, name): [] for kind in kinds for name in trees}
    for number in range(options.rounds):
        for way, at_once in kinds:
            for name in list(trees)[:: 1 if number % 2 else -1]:
                cost = measure(trees[name], options, way, at_once)
                found[way, at_once, name].append(cost)
                said = f"{cost.a_core:.1f} answers/s a core, {cost.token_us:.0f} us a token"
                print(f"round {number + 1}: {way}, {at_once} at once, {name}: {said}", file=sys.stderr)
    print("| way | answers at once | version | ms an answer | us a token | answers/s a core |")
    print("| --- | --- | --- | --- | --- | --- |")
    for (way, at_once, name), costs in found.items():
        ms, us = [1000 / cost.a_core for cost in costs], [cost.token_us for cost in costs]
        rates = [cost.a_core for cost in costs]
        print(f"| {way} | {at_once} | {name} | {_spread(ms)} | {_spread(us, 0)} | {_spread(rates)} |")


def _spread(values: Sequence[float], digits: int = 1) -> str:
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the measurement; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.serving.processor_time", description=__doc__)
    parser.add_argument("--at-once", default="1,4,16,64", help="answers at once, in turn")
    parser.add_argument("--ways", default="api,serve")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--answers", type=int, help="of a measurement; unless given by the answers at once")
    parser.add_argument("--step", type=float, default=0.02, help="seconds from one token to the next")
    parser.add_argument("--before", type=Path, help="another checkout, measured by turns with this one")
    options = parser.parse_args(arguments)
    return guarded(lambda: _measure(options))


if __name__ == "__main__":
    sys.exit(main())
