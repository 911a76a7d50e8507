"""What a router that asks the model costs, and what hedging buys back: three ways side by side in one run.

    python -m sot.evals.hedging --backend torch: --limit 6

`hybrid` decides locally; `llm` asks the model first; `llm-hedge` asks it while normal decoding and the
skeleton have both started. Every question is answered in every way, in random order, so that a drift of the
machine's speed meets all of them alike; ratios are taken question by question.
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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sot import SkeletonOfThought
from sot.errors import ConfigError
from sot.registry import create_backend
from sot.router import HybridRouter, LlmRouter
from sot.terminal import guarded, one_line
from sot.types import Answer, Backend, StrategyName

from .dataset.load import read_questions
from .run.own_files import is_json_with, refuse_foreign, write_output

MIXED = Path(__file__).parent / "dataset" / "questions" / "mixed.txt"
METHODS: Mapping[str, Mapping[str, Any]] = {
    "hybrid": {"router": HybridRouter.name},
    "llm": {"router": LlmRouter.name},
    "llm-hedge": {"router": LlmRouter.name, "route": "hedge"},
}
_WARM_UP = "What makes a good holiday?"


@dataclass(frozen=True, slots=True)
class Sample:
    """One question answered in one way.

    Args:
        question: The question.
        method: A name of `METHODS`.
        strategy: What was decided.
        router: Who decided: ``hybrid`` where the model's reply could not be read.
        route_s: Seconds until it was decided.
        first_text_s: Seconds to the reader's first text.
        total_s: Seconds to the whole answer.
        requests: All requests: the router's, the answer's, and those that were aborted.
        prompt_tokens: Of all of them.
        completion_tokens: Of all of them.
    """

    question: str
    method: str
    strategy: StrategyName
    router: str
    route_s: float
    first_text_s: float
    total_s: float
    requests: int
    prompt_tokens: int
    completion_tokens: int


async def compare(
    backend: Backend,
    questions: Sequence[str],
    *,
    seed: int = 0,
    progress: Callable[[str], None] = lambda line: None,
    **settings: Any,
) -> list[Sample]:
    """Answer every question in every way, interleaved in random order, after one warm-up each.

    Args:
        backend: The engine.
        questions: The questions.
        seed: Makes the order repeatable.
        progress: Takes a line when a way has answered.
        settings: Settings of `sot.options.Options`.

    Raises:
        SotError: A question cannot be answered.
    """
    ways = {name: SkeletonOfThought(backend, **own, **settings) for name, own in METHODS.items()}
    order = random.Random(seed)
    for name, sot in ways.items():
        await sot.answer(_WARM_UP)
        progress(f"warm-up: {name}")
    samples: list[Sample] = []
    for number, question in enumerate(questions, 1):
        for name in order.sample(list(ways), len(ways)):
            samples.append(_sample(name, await ways[name].answer(question)))
            progress(f"{number} of {len(questions)}: {name}: {samples[-1].total_s:.1f} s")
    return samples


def _sample(method: str, answer: Answer) -> Sample:
    timing, usage = answer.timing, answer.usage
    return Sample(
        question=answer.question,
        method=method,
        strategy=answer.route.strategy,
        router=answer.route.router,
        route_s=timing.route_s,
        first_text_s=timing.total_s if timing.first_text_s is None else timing.first_text_s,
        total_s=timing.total_s,
        requests=usage.requests,
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
    )


def report(samples: Sequence[Sample]) -> str:
    """The comparison as Markdown.

    Args:
        samples: As `compare` gives them.
    """
    by_method = {
        method: {sample.question: sample for sample in samples if sample.method == method}
        for method in METHODS
    }
    lines = [
        "| way | route s | first text s | total s | requests | prompt tokens | completion tokens |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for method, own in by_method.items():
        cells = [
            _spread([sample.route_s for sample in own.values()], 3),
            _spread([sample.first_text_s for sample in own.values()], 2),
            _spread([sample.total_s for sample in own.values()], 2),
            *(
                _spread([getattr(sample, name) for sample in own.values()], 0)
                for name in ("requests", "prompt_tokens", "completion_tokens")
            ),
        ]
        lines.append(f"| {method} | {' | '.join(cells)} |")
    lines += [
        "",
        "| | first text later by, s | total time | prompt tokens | completion tokens | same decisions |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for method, base in (("llm", "hybrid"), ("llm-hedge", "hybrid"), ("llm-hedge", "llm")):
        pairs = [(own, by_method[base][question]) for question, own in by_method[method].items()]
        same = sum(own.strategy == other.strategy for own, other in pairs)
        cells = [
            _spread([own.first_text_s - other.first_text_s for own, other in pairs], 2),
            *(
                _spread([_ratio(getattr(own, name), getattr(other, name)) for own, other in pairs], 2, "x")
                for name in ("total_s", "prompt_tokens", "completion_tokens")
            ),
            f"{same} of {len(pairs)}",
        ]
        lines.append(f"| {method} against {base} | {' | '.join(cells)} |")
    lines += ["", *_gain_by_strategy(by_method), "", *_readable(by_method)]
    lines.append(
        f"\nMedian (least to greatest) over {len(by_method['hybrid'])} questions; ratios and differences "
        "question by question. Tokens count what was aborted as far as it had come."
    )
    return "\n".join(lines)


def _gain_by_strategy(by_method: Mapping[str, Mapping[str, Sample]]) -> list[str]:
    """Hedging can only pay where the strategy that won had started: not for a chain of thought."""
    lines = ["With hedging:"]
    for strategy in ("skeleton", "normal", "cot"):
        pairs = [
            (own, by_method["llm"][question])
            for question, own in by_method["llm-hedge"].items()
            if own.strategy == strategy == by_method["llm"][question].strategy
        ]
        if pairs:
            later = _spread([own.first_text_s - other.first_text_s for own, other in pairs], 2)
            lines.append(f"- {strategy} chosen ({len(pairs)}): first text later than llm's by {later} s")
    return lines


def _readable(by_method: Mapping[str, Mapping[str, Sample]]) -> list[str]:
    decided = [own for own in by_method["llm"].values() if own.router == LlmRouter.name]
    same = sum(own.strategy == by_method["hybrid"][own.question].strategy for own in decided)
    return [
        f"llm: {len(decided)} of {len(by_method['llm'])} replies were a letter"
        + (f", {same} of these agree with hybrid" if decided else "; hybrid decided instead")
    ]


def _ratio(own: float, other: float) -> float:
    """How many times; not a number where there is nothing to compare with."""
    return own / other if other else math.nan


def _spread(values: Sequence[float], digits: int, unit: str = "") -> str:
    known = [value for value in values if not math.isnan(value)]
    if not known:
        return "unknown"
    middle, least, most = statistics.median(known), min(known), max(known)
    return f"{middle:.{digits}f} ({least:.{digits}f} to {most:.{digits}f}){unit}"


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sot.evals.hedging",
        description="Compare the local router with the llm router, with and without hedging, in one run.",
        epilog="Example: python -m sot.evals.hedging --backend http://localhost:8000/v1 --limit 9",
    )
    parser.add_argument("--backend", help="backend spec; the default engine unless given")
    parser.add_argument("--model", help="the model's name at the backend")
    parser.add_argument(
        "--questions",
        type=Path,
        default=MIXED,
        help="one a line, or JSON Lines; 18 of all kinds unless given",
    )
    parser.add_argument("--limit", type=int, help="most questions to use")
    parser.add_argument("--seed", type=int, default=0, help="of the order of the ways")
    parser.add_argument("--max-tokens", type=int, default=512, help="most tokens of a normal answer")
    parser.add_argument("--max-point-tokens", type=int, default=128, help="most tokens of a point")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every sample to this file")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison from the command line; returns the exit code."""
    options = _arguments(arguments)
    return guarded(lambda: asyncio.run(_main(options)))


async def _main(options: argparse.Namespace) -> None:
    if options.limit is not None and options.limit < 1:
        raise ConfigError("--limit must be at least 1")
    if options.json is not None:
        refuse_foreign(options.json, "--json", is_json_with("question", "method", "route_s"))
    questions = list(dict.fromkeys(read_questions(options.questions, limit=options.limit)))
    backend = create_backend(options.backend, model=options.model)
    try:
        info = await backend.info()
        samples = await compare(
            backend,
            questions,
            seed=options.seed,
            progress=lambda line: print(line, file=sys.stderr, flush=True),
            temperature=0.0,  # so that llm decides the same with and without hedging
            max_tokens=options.max_tokens,
            max_point_tokens=options.max_point_tokens,
        )
    finally:
        await backend.aclose()
    print(f"{one_line(info.backend)}, {one_line(info.model)}, {len(questions)} questions\n")
    print(report(samples))
    if options.json is not None:
        text = json.dumps([dataclasses.asdict(sample) for sample in samples], ensure_ascii=False, indent=1)
        write_output(options.json, "--json", text)


if __name__ == "__main__":
    sys.exit(main())
