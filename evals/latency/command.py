"""Compares normal decoding with Skeleton-of-Thought, side by side in one run, in two short tables.

    python -m sot.evals.latency --backend torch: --questions FILE --limit 10

`sot bench latency` measures more: intervals, timelines, forced lengths, the engine's accelerators.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from sot import SkeletonOfThought
from sot.command.option_fields import TokenLimits
from sot.errors import ConfigError
from sot.terminal import guarded, one_line

from ..own_files import is_json_with, refuse_foreign, write_output
from ..question_files import SUITABLE, read_questions
from .interleave import compare
from .methods import METHODS, parse_methods
from .plain import report

DEFAULT_METHODS = "normal,skeleton,skeleton-paper"


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sot.evals.latency",
        description="Compare normal decoding with Skeleton-of-Thought, side by side in one run.",
        epilog="Example: python -m sot.evals.latency --backend torch: --limit 10",
    )
    parser.add_argument("--backend", help="backend spec; the default engine unless given")
    parser.add_argument("--model", help="the model's name at the backend")
    parser.add_argument(
        "--questions",
        type=Path,
        default=SUITABLE,
        help="one a line, or JSON Lines; 20 suitable ones unless given",
    )
    parser.add_argument("--limit", type=int, help="most questions to use")
    parser.add_argument(
        "--methods", default=DEFAULT_METHODS, help=f"of {', '.join(METHODS)}; the first is the baseline"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the order of the methods")
    limits = TokenLimits()
    parser.add_argument(
        "--max-tokens", type=int, default=limits.max_tokens, help="most tokens of a normal answer"
    )
    parser.add_argument(
        "--max-point-tokens", type=int, default=limits.max_point_tokens, help="most tokens of a point"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every sample to this file")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison from the command line; returns the exit code."""
    options = _arguments(arguments)
    return guarded(lambda: asyncio.run(_main(options)))


async def _main(options: argparse.Namespace) -> None:
    methods = parse_methods(options.methods)
    if options.json is not None:
        refuse_foreign(options.json, "--json", is_json_with("question", "method", "useful_tokens"))
    if options.limit is not None and options.limit < 1:
        raise ConfigError("--limit must be at least 1")
    questions = list(dict.fromkeys(read_questions(options.questions, limit=options.limit)))
    async with SkeletonOfThought(
        options.backend,
        model=options.model,
        max_tokens=options.max_tokens,
        max_point_tokens=options.max_point_tokens,
    ) as sot:
        info = await sot.info()
        samples = await compare(
            sot,
            questions,
            methods,
            seed=options.seed,
            progress=lambda line: print(line, file=sys.stderr, flush=True),
        )
    print(f"{one_line(info.backend)}, {one_line(info.model)}, {len(questions)} questions\n")
    print(report(samples, methods))
    if options.json is not None:
        rows = [dataclasses.asdict(sample) for sample in samples]
        write_output(options.json, "--json", json.dumps(rows, ensure_ascii=False, indent=1))
