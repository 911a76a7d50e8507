"""Measure answers per second of running applications, side by side: rounds take turns among them.

    python deploy/ray_serve/measure.py http://127.0.0.1:8001 http://127.0.0.1:8002 --rounds 3

Prints the figures of each address, and for each address after the first the ratio to it, round by round.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import httpx

QUESTIONS = Path(__file__).parents[2] / "evals" / "dataset" / "questions" / "suitable.txt"


@dataclass(slots=True)
class Round:
    """Figures of one round at one address."""

    seconds: float = 0.0
    answers: int = 0
    failed: int = 0
    tokens: int = 0
    prompt: int = 0
    cached: int = 0

    def line(self) -> str:
        """Return the figures in one line."""
        cached = self.cached / self.prompt if self.prompt else 0.0
        return (
            f"{self.answers / self.seconds:.2f} answers/s, {self.tokens / self.seconds:.0f} tokens/s, "
            f"cached {cached:.1%}, failed {self.failed}"
        )


def questions(number: int, count: int) -> list[str]:
    """Return the questions of a round, which no other round has."""
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    lines = [line for line in lines if line and not line.startswith("#")]
    return [f"{lines[n % len(lines)]} (Think of {number * count + n + 2} people.)" for n in range(count)]


async def measure(address: str, questions: Sequence[str], clients: int) -> Round:
    """Ask the questions from so many clients, each of which waits for its answer."""
    found, waiting = Round(), list(questions)

    async def client(http: httpx.AsyncClient) -> None:
        while waiting:
            body = {"model": "skeleton", "messages": [{"role": "user", "content": waiting.pop()}]}
            response = await http.post(f"{address}/v1/chat/completions", json=body)
            if response.status_code != 200:
                found.failed += 1
                continue
            usage = response.json()["usage"]
            found.answers += 1
            found.tokens += usage["completion_tokens"]
            found.prompt += usage["prompt_tokens"]
            found.cached += usage["prompt_tokens_details"]["cached_tokens"]

    began = time.perf_counter()
    async with httpx.AsyncClient(timeout=600) as http:
        await asyncio.gather(*(client(http) for _ in range(clients)))
    found.seconds = time.perf_counter() - began
    return found


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("addresses", nargs="+", metavar="ADDRESS")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--questions", type=int, default=48, help="questions of a round")
    parser.add_argument("--clients", type=int, default=16)
    given = parser.parse_args()
    ratios: dict[str, list[float]] = {address: [] for address in given.addresses}
    for number in range(given.rounds):
        asked = questions(number, given.questions)
        first = 0.0
        for address in given.addresses:
            found = await measure(address, asked, given.clients)
            rate = found.tokens / found.seconds
            first = first or rate
            ratios[address].append(rate / first)
            print(f"round {number + 1}, {address}: {found.line()}", flush=True)
    for address in given.addresses[1:]:
        values = ratios[address]
        print(
            f"{address}: {median(values):.2f} ({min(values):.2f} to {max(values):.2f})x the first's tokens/s"
        )


if __name__ == "__main__":
    asyncio.run(main())
