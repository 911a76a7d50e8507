"""TTFT and time per token of requests with adapters (LoRA): none, one, several in one batch.

    python -m sot.evals.adapter.switching --backend torch: --engine-arg adapters=a=FOLDER,b=FOLDER
    python -m sot.evals.adapter.switching --backend http://localhost:8000/v1

All kinds of batches take turns on one engine, another one begins each turn. Each request has a prompt that
none had before, so that the prefix cache serves next to nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from statistics import median, quantiles

from sot.command.engine import EngineOptions
from sot.errors import ConfigError, SotError
from sot.options.adapters import check_known
from sot.types import NO_ADAPTER, Backend, GenerateConfig, Message

_WORDS = 160  # of a prompt
_LEAST_TOKENS = 8


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sot.evals.adapter.switching", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--backend", default="torch:", help="backend spec")
    parser.add_argument("--model", help="the model's name at the backend")
    parser.add_argument("--engine-arg", action="append", default=[], help="engine option (repeatable)")
    parser.add_argument("--dtype", help="number format, of engines that take it (torch:)")
    parser.add_argument("--adapters", nargs=2, metavar="NAME", help="two adapters (default: the first two)")
    parser.add_argument("--rows", type=int, default=8, help="requests of a batch")
    parser.add_argument("--tokens", type=int, default=48, help="tokens of each request")
    parser.add_argument("--turns", type=int, default=7)
    given = parser.parse_args(arguments)
    try:
        asyncio.run(_run(given))
    except SotError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


async def _run(given: argparse.Namespace) -> None:
    if given.rows < 2 or given.turns < 2 or given.tokens < _LEAST_TOKENS:
        raise ConfigError(f"--rows and --turns must be at least 2, --tokens at least {_LEAST_TOKENS}")
    engine = EngineOptions(backend=given.backend, model=given.model, engine_args=tuple(given.engine_arg))
    backend = engine.make(**({} if given.dtype is None else {"dtype": given.dtype}))
    try:
        info = await backend.info()
        pair = tuple(given.adapters or (info.adapters or ())[:2])
        if len(pair) < 2:
            raise ConfigError(f"two adapters are needed; {info.backend} has {', '.join(pair) or 'none'}")
        for name in pair:
            check_known(name, info)
        kinds = {
            "no adapter": [NO_ADAPTER] * given.rows,
            pair[0]: [pair[0]] * given.rows,
            pair[1]: [pair[1]] * given.rows,
            f"{pair[0]} and {pair[1]} in turn": [pair[row % 2] for row in range(given.rows)],
            "none and both in turn": [(NO_ADAPTER, *pair)[row % 3] for row in range(given.rows)],
        }
        for line in _table(await _measure(backend, kinds, given.turns, given.tokens)):
            print(line, flush=True)
    finally:
        await backend.aclose()


async def _measure(
    backend: Backend, kinds: Mapping[str, Sequence[str]], turns: int, tokens: int
) -> dict[str, list[tuple[float, float]]]:
    """Return the median TTFT and time per token of each batch, in milliseconds, by kind and turn."""
    names = list(kinds)
    found = {name: list[tuple[float, float]]() for name in names}
    prompt = 0
    for turn in range(turns + 1):
        at = turn % len(names)
        for name in names[at:] + names[:at]:
            rows = range(prompt, prompt := prompt + len(kinds[name]))
            asked = zip(rows, kinds[name], strict=True)
            times = await asyncio.gather(*(_request(backend, row, adapter, tokens) for row, adapter in asked))
            print(f"turn {turn} of {turns}: {name} done", file=sys.stderr, flush=True)
            if turn:  # the first one warms up
                found[name].append((median(ttft for ttft, _ in times), median(step for _, step in times)))
    return found


async def _request(backend: Backend, number: int, adapter: str, tokens: int) -> tuple[float, float]:
    """Send one request; returns its TTFT and its time per token, in milliseconds."""
    text = f"Question {number}. " + " ".join(f"Note {number} {word}." for word in range(_WORDS // 3))
    extra = {"ignore_eos": True}
    config = GenerateConfig(temperature=0.0, max_tokens=tokens, adapter=adapter, extra=extra)
    began = time.perf_counter()
    first = last = 0.0
    written = 0
    async with aclosing(backend.stream([Message("user", text)], config)) as chunks:
        async for chunk in chunks:
            if chunk.text:
                last = time.perf_counter()
                first = first or last
            if chunk.usage is not None:
                written = chunk.usage.completion_tokens
    if written < _LEAST_TOKENS or not first:
        raise ConfigError(f"a request wrote {written} tokens: too few to be timed")
    return (first - began) * 1000, (last - first) * 1000 / (written - 1)


def _table(found: Mapping[str, Sequence[tuple[float, float]]]) -> Iterator[str]:
    yield "| batch | TTFT, ms | to no adapter | time per token, ms | to no adapter |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    base = next(iter(found.values()))
    for name, times in found.items():
        cells = [name]
        for part in (0, 1):
            own, others = [each[part] for each in times], [each[part] for each in base]
            ratios = [mine / other for mine, other in zip(own, others, strict=True)]
            cells += [_spread(own), _spread(ratios)]
        yield f"| {' | '.join(cells)} |"


def _spread(values: Sequence[float]) -> str:
    low, _, high = quantiles(values, n=4)
    return f"{median(values):.3g} ({low:.3g} to {high:.3g})"


if __name__ == "__main__":
    sys.exit(main())
