"""Compares normal decoding with Skeleton-of-Thought, side by side in one run.

    python -m sot.evals.latency --backend torch: --questions FILE --limit 10

Every question is answered by every method, in random order, so that a drift of the machine's speed
meets all of them alike; ratios are taken question by question.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import math
import random
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sot import SkeletonOfThought
from sot.cli.failure import guarded
from sot.errors import ConfigError
from sot.events import Finished, PointDelta
from sot.terminal import one_line
from sot.types import Answer

from .question_files import SUITABLE, read_questions

METHODS: Mapping[str, Mapping[str, Any]] = {
    "normal": {"strategy": "normal"},
    "skeleton": {"strategy": "skeleton", "pipeline": True},
    "skeleton-waiting": {"strategy": "skeleton", "pipeline": False},
    "skeleton-compact": {"strategy": "skeleton", "style": "compact"},
    "skeleton-paper": {"strategy": "skeleton", "pipeline": False, "style": "paper"},
}
DEFAULT_METHODS = "normal,skeleton,skeleton-paper"
VALID_POINTS = 3


@dataclass(frozen=True, slots=True)
class Sample:
    """One question answered by one method.

    Args:
        question: The question.
        method: A name of `METHODS`.
        first_text_s: Seconds to the reader's first text.
        total_s: Seconds to the whole answer.
        useful_tokens: Completion tokens whose text is in the answer: no skeleton, nothing that was trimmed
            or written twice.
        completion_tokens: All completion tokens.
        prompt_tokens: All prompt tokens.
        cached_tokens: Those of them the prefix cache served.
        points: Points written; 0 for a normal answer.
        fell_back: Why the skeleton was given up, if it was.
    """

    question: str
    method: str
    first_text_s: float
    total_s: float
    useful_tokens: float
    completion_tokens: int
    prompt_tokens: int
    cached_tokens: int
    points: int
    fell_back: str | None

    @property
    def useful_rate(self) -> float:
        """Useful tokens per second."""
        return self.useful_tokens / self.total_s


async def measure(sot: SkeletonOfThought, question: str, method: str) -> Sample:
    """Answer a question by a method and take its times.

    Args:
        sot: The object that answers.
        question: The question.
        method: A name of `METHODS`.

    Raises:
        SotError: The question cannot be answered.
    """
    streamed: dict[int, int] = {}
    async with aclosing(sot.stream(question, **METHODS[method])) as events:
        async for event in events:
            if isinstance(event, PointDelta):
                streamed[event.index] = streamed.get(event.index, 0) + len(event.text.strip("\n"))
            elif isinstance(event, Finished):
                return _sample(question, method, event.answer, streamed)
    raise AssertionError("a stream of events ends with Finished")


def _sample(question: str, method: str, answer: Answer, streamed: Mapping[int, int]) -> Sample:
    if answer.points:
        useful = sum(
            point.usage.completion_tokens * min(1.0, len(point.text) / max(1, streamed.get(point.index, 0)))
            for point in answer.points
            if point.status != "missing"
        )
    else:
        spent = answer.usage.completion_tokens - answer.skeleton_usage.completion_tokens
        useful = float(spent) if answer.text.strip() else 0.0
    timing = answer.timing
    return Sample(
        question=question,
        method=method,
        first_text_s=timing.total_s if timing.first_text_s is None else timing.first_text_s,
        total_s=timing.total_s,
        useful_tokens=useful,
        completion_tokens=answer.usage.completion_tokens,
        prompt_tokens=answer.usage.prompt_tokens,
        cached_tokens=answer.usage.cached_tokens,
        points=len(answer.points),
        fell_back=answer.fell_back,
    )


async def compare(
    sot: SkeletonOfThought,
    questions: Sequence[str],
    methods: Sequence[str],
    *,
    seed: int = 0,
    progress: Callable[[str], None] = lambda line: None,
) -> list[Sample]:
    """Answer every question by every method, interleaved in random order, after one warm-up each.

    Args:
        sot: The object that answers.
        questions: The questions.
        methods: Names of `METHODS`.
        seed: Makes the order repeatable.
        progress: Takes a line when a method has answered.

    Raises:
        SotError: A question cannot be answered.
    """
    order = random.Random(seed)
    for method in methods:
        await measure(sot, "What makes a good holiday?", method)
        progress(f"warm-up: {method}")
    samples: list[Sample] = []
    for number, question in enumerate(questions, 1):
        for method in order.sample(list(methods), len(methods)):
            sample = await measure(sot, question, method)
            samples.append(sample)
            progress(
                f"{number}/{len(questions)} {method}: first text {sample.first_text_s:.2f} s, "
                f"total {sample.total_s:.2f} s, {sample.useful_tokens:.0f} useful tokens"
            )
    return samples


def report(samples: Sequence[Sample], methods: Sequence[str]) -> str:
    """The comparison as a Markdown table: medians with the least and the greatest, and ratios.

    Args:
        samples: The samples.
        methods: The methods, the baseline first.
    """
    rows = [
        "| method | first text, s | total, s | useful tokens | useful tokens/s | cached | points | gave up |"
    ]
    rows.append("| --- | --- | --- | --- | --- | --- | --- | --- |")
    by_method = {method: [sample for sample in samples if sample.method == method] for method in methods}
    for method, own in by_method.items():
        prompt = sum(sample.prompt_tokens for sample in own)
        cached = sum(sample.cached_tokens for sample in own)
        cells = (
            method,
            _spread([sample.first_text_s for sample in own]),
            _spread([sample.total_s for sample in own]),
            _spread([sample.useful_tokens for sample in own], 0),
            _spread([sample.useful_rate for sample in own], 0),
            f"{cached / prompt:.0%}" if prompt else "unknown",
            f"{statistics.mean(sample.points for sample in own):.1f}",
            str(sum(sample.fell_back is not None for sample in own)),
        )
        rows.append("| " + " | ".join(cells) + " |")
    base = methods[0]
    if len(methods) > 1:
        rows += [
            "",
            f"| against {base} | useful tokens/s | total time | first text later by, s | prompt tokens |",
        ]
        rows.append("| --- | --- | --- | --- | --- |")
    for method in methods[1:]:
        pairs = list(zip(by_method[method], _matching(by_method[base], by_method[method]), strict=True))
        rates = [_ratio(own.useful_rate, other.useful_rate) for own, other in pairs]
        sooner = [_ratio(other.total_s, own.total_s) for own, other in pairs]
        later = [own.first_text_s - other.first_text_s for own, other in pairs]
        prompts = [_ratio(own.prompt_tokens, other.prompt_tokens) for own, other in pairs]
        rows.append(
            f"| {method} | {_spread(rates, unit='x')} | {_spread(sooner, unit='x sooner')} "
            f"| {_spread(later)} | {_spread(prompts, 1, 'x')} |"
        )
    for method in methods:
        if method.startswith("skeleton"):
            own = by_method[method]
            valid = sum(sample.fell_back is None and sample.points >= VALID_POINTS for sample in own)
            rows.append(f"\n{method}: {valid} of {len(own)} skeletons valid ({VALID_POINTS} points or more)")
    rows.append(
        f"\nMedian (least to greatest) over {len(by_method[base])} questions; ratios question by question."
    )
    return "\n".join(rows)


def _matching(others: Sequence[Sample], own: Sequence[Sample]) -> list[Sample]:
    by_question = {sample.question: sample for sample in others}
    return [by_question[sample.question] for sample in own]


def _ratio(own: float, other: float) -> float:
    """How many times; not a number where there is nothing to compare with."""
    return own / other if other else math.nan


def _spread(values: Sequence[float], digits: int = 2, unit: str = "") -> str:
    values = [value for value in values if not math.isnan(value)]
    if not values:
        return "unknown"
    middle, least, most = statistics.median(values), min(values), max(values)
    return f"{middle:.{digits}f} ({least:.{digits}f} to {most:.{digits}f}){unit}"


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
    parser.add_argument("--max-tokens", type=int, default=1024, help="most tokens of a normal answer")
    parser.add_argument("--max-point-tokens", type=int, default=192, help="most tokens of a point")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every sample to this file")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison from the command line; returns the exit code."""
    options = _arguments(arguments)
    return guarded(lambda: asyncio.run(_main(options)))


async def _main(options: argparse.Namespace) -> None:
    methods = list(dict.fromkeys(name.strip() for name in options.methods.split(",") if name.strip()))
    unknown = [name for name in methods if name not in METHODS]
    if unknown or not methods:
        raise ConfigError(f"unknown method {', '.join(unknown)!r}: known are {', '.join(METHODS)}")
    if options.json is not None and not options.json.absolute().parent.is_dir():
        raise ConfigError(f"--json: there is no folder {options.json.parent}")
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
        options.json.write_text(
            json.dumps([dataclasses.asdict(sample) for sample in samples], ensure_ascii=False, indent=1),
            encoding="utf-8",
        )


if __name__ == "__main__":
    sys.exit(main())
