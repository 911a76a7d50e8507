"""Measure what a second engine process brings on this machine without Ray: the limit for two replicas.

    python deploy/ray_serve/limit.py --engine '{"dtype": "int8"}' --rounds 3

One process with all clients, and two with half of them each, take turns with the same questions.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import time
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from statistics import median
from typing import Any

from measure import questions

from sot import SkeletonOfThought

Work = tuple[Sequence[str], int]  # questions, and clients


def engine(pipe: Connection, backend: str, settings: Mapping[str, Any], answers: Mapping[str, Any]) -> None:
    """Answer questions in this process; tells the tokens and the processor time of each lot of them."""
    asyncio.run(serve(pipe, backend, settings, answers))


async def serve(
    pipe: Connection, backend: str, settings: Mapping[str, Any], answers: Mapping[str, Any]
) -> None:
    """Answer until there is nothing more to do."""
    async with SkeletonOfThought(backend, backend_settings=settings, strategy="skeleton", **answers) as sot:
        await sot.answer("How can I sleep better?")
        pipe.send((0, 0.0))
        while (work := await asyncio.to_thread(pipe.recv)) is not None:
            waiting, tokens, began = list(work[0]), 0, time.process_time()

            async def client(waiting: list[str] = waiting) -> int:
                own = 0
                while waiting:
                    own += (await sot.answer(waiting.pop())).usage.completion_tokens
                return own

            tokens = sum(await asyncio.gather(*(client() for _ in range(work[1]))))
            pipe.send((tokens, time.process_time() - began))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--backend", default="torch:")
    parser.add_argument("--engine", type=json.loads, default={}, help="settings of the engine, JSON")
    parser.add_argument("--answers", type=json.loads, default={}, help="settings of answers, JSON")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--questions", type=int, default=48, help="questions of a round")
    parser.add_argument("--clients", type=int, default=16)
    given = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    pipes: list[Connection] = []
    for _ in range(2):
        here, there = context.Pipe()
        settings = {"threads": 1, **given.engine}
        arguments = (there, given.backend, settings, {"max_in_flight": 512, **given.answers})
        context.Process(target=engine, args=arguments, daemon=True).start()
        pipes.append(here)
    for pipe in pipes:
        pipe.recv()
    ratios: list[float] = []
    for number in range(given.rounds):
        asked, rates = questions(number, given.questions), list[float]()
        for used in (pipes[:1], pipes):
            began = time.perf_counter()
            for place, pipe in enumerate(used):
                pipe.send((asked[place :: len(used)], given.clients // len(used)))
            told = [pipe.recv() for pipe in used]
            seconds, tokens = time.perf_counter() - began, sum(one[0] for one in told)
            rates.append(tokens / seconds)
            cost = sum(one[1] for one in told) / len(asked)
            print(
                f"round {number + 1}, {len(used)} engines: {len(asked) / seconds:.2f} answers/s, "
                f"{rates[-1]:.0f} tokens/s, {cost:.3f} s of processor time an answer",
                flush=True,
            )
        ratios.append(rates[1] / rates[0])
    print(f"two engines: {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})x one's tokens/s")


if __name__ == "__main__":
    main()
