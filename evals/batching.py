"""What decoding together costs: n requests at once against one alone, in one run.

    python -m sot.evals.batching --backend torch: --sizes 1,2,4,8 --tokens 64

Skeleton-of-Thought pays where this ratio stays far below n.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import aclosing

from sot.errors import ConfigError
from sot.registry import create_backend
from sot.terminal import guarded, one_line
from sot.types import Backend, GenerateConfig, Message, Usage

_PLACES = ("a forest", "a harbour", "a market", "a desert", "a library", "a mountain", "a factory", "a farm")


async def _one(backend: Backend, place: str, tokens: int) -> Usage:
    messages = (Message("user", f"Write a very long and detailed description of {place}, without any list."),)
    usage = Usage()
    async with aclosing(backend.stream(messages, GenerateConfig(max_tokens=tokens))) as chunks:
        async for chunk in chunks:
            usage = chunk.usage or usage
    return usage


async def together(backend: Backend, size: int, tokens: int) -> tuple[float, Usage]:
    """Decode requests at the same time.

    Args:
        backend: The engine.
        size: How many requests.
        tokens: Completion tokens of each.

    Returns:
        Seconds until the last one is done, and their usage together.
    """
    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_one(backend, _PLACES[number % len(_PLACES)], tokens)) for number in range(size)
        ]
    return time.perf_counter() - started, sum((task.result() for task in tasks), Usage())


def _sizes(text: str) -> list[int]:
    """The numbers of requests at once, 1 among them: what the others are compared with."""
    try:
        sizes = {int(size) for size in text.split(",")}
    except ValueError:
        raise ConfigError(f"--sizes is {text!r}; it must be numbers with commas, such as 1,2,4,8") from None
    if min(sizes) < 1:
        raise ConfigError("--sizes must be at least 1")
    return sorted({1, *sizes})


async def _main(options: argparse.Namespace) -> None:
    sizes = _sizes(options.sizes)
    if options.repeat < 1 or options.tokens < 1:
        raise ConfigError("--repeat and --tokens must be at least 1")
    backend = create_backend(options.backend, model=options.model)
    try:
        info = await backend.info()
        times: dict[int, list[float]] = {size: [] for size in sizes}
        tokens: dict[int, int] = {}
        for size in sizes:
            await together(backend, size, options.tokens)  # warm-up
        for _ in range(options.repeat):
            for size in sizes:  # interleaved, so that a drift of the machine meets all sizes
                seconds, usage = await together(backend, size, options.tokens)
                times[size].append(seconds)
                tokens[size] = usage.completion_tokens
    finally:
        await backend.aclose()
    print(f"{one_line(info.backend)}, {one_line(info.model)}, {options.tokens} tokens a request\n")
    print("| requests at once | seconds | against one alone | tokens/s |\n| --- | --- | --- | --- |")
    for size in sizes:
        ratios = [own / alone for own, alone in zip(times[size], times[1], strict=True)]
        middle = statistics.median(times[size])
        print(
            f"| {size} | {middle:.2f} ({min(times[size]):.2f} to {max(times[size]):.2f}) "
            f"| {statistics.median(ratios):.2f}x ({min(ratios):.2f} to {max(ratios):.2f}) "
            f"| {tokens[size] / middle:.0f} |"
        )
    print(f"\nMedian (least to greatest) of {options.repeat} rounds; ratios round by round.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the measurement from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m sot.evals.batching",
        description="What decoding together costs: n requests at once against one alone.",
        epilog="Example: python -m sot.evals.batching --backend torch: --sizes 1,2,4,8",
    )
    parser.add_argument("--backend", help="backend spec; the default engine unless given")
    parser.add_argument("--model", help="the model's name at the backend")
    parser.add_argument("--sizes", default="1,2,4,8", help="numbers of requests at once")
    parser.add_argument("--tokens", type=int, default=64, help="completion tokens of each request")
    parser.add_argument("--repeat", type=int, default=5, help="rounds")
    options = parser.parse_args(arguments)
    return guarded(lambda: asyncio.run(_main(options)))


if __name__ == "__main__":
    sys.exit(main())
