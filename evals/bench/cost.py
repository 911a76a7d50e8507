"""Estimates of costs against what answers did cost: every question by a skeleton and by normal decoding."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sot.api import SkeletonOfThought
from sot.command.engine import answering
from sot.errors import ConfigError
from sot.types import Answer, Usage

from ..dataset import load_questions
from ..report.table import Table
from ..stats.bootstrap import percentile
from .options import CostOptions


@dataclass(frozen=True, slots=True)
class Pair:
    """Answers to one question by a skeleton and by normal decoding, both with an estimate."""

    skeleton: Answer
    normal: Answer


def run_cost(options: CostOptions) -> None:
    """Ask the questions both ways and print how near the estimates were.

    Raises:
        SotError: There are no prices, or the engine fails.
    """
    prices = options.prices.list()
    if prices is None:
        raise ConfigError("there is nothing to estimate without prices: give --price-in and --price-out")
    questions = [each.question for each in load_questions(options.questions).chosen(limit=options.limit)]
    sot = answering(options.engine, prices=prices, **options.limits.settings())
    pairs = asyncio.run(_ask(sot, questions, quiet=options.as_json))
    rows = summary(pairs)
    if options.as_json:
        print(json.dumps({"questions": len(pairs), "estimated_over_actual": rows}))
        return
    print(f"\n{_table(rows, len(pairs)).terminal()}")


def _table(rows: Mapping[str, Mapping[str, float]], count: int) -> Table:
    columns: dict[str, Callable[[tuple[str, Mapping[str, float]]], str]] = {
        "": lambda row: row[0],
        "median": lambda row: f"{row[1]['median']:.2f}",
        "10% to 90%": lambda row: f"{row[1]['p10']:.2f} to {row[1]['p90']:.2f}",
        "least": lambda row: f"{row[1]['least']:.2f}",
        "most": lambda row: f"{row[1]['most']:.2f}",
    }
    return Table.of(rows.items(), columns, title=f"Estimated over actual, {count} questions")


async def _ask(sot: SkeletonOfThought, questions: Iterable[str], *, quiet: bool) -> list[Pair]:
    pairs: list[Pair] = []
    async with sot:
        await sot.info()
        for question in questions:
            pair = Pair(
                await sot.answer(question, strategy="skeleton"), await sot.answer(question, strategy="normal")
            )
            pairs.append(pair)
            if not quiet:
                print(_line(pair), flush=True)
    return pairs


def summary(pairs: Iterable[Pair]) -> dict[str, dict[str, float]]:
    """Return estimated over actual figures of the pairs: median, spread and extremes of each."""
    figures: dict[str, Callable[[Pair], float | None]] = {
        "skeleton: prompt tokens": lambda pair: _of_prompts(pair.skeleton),
        "skeleton: completion tokens": lambda pair: _of_usage(
            pair.skeleton, lambda use: use.completion_tokens
        ),
        "skeleton: cost": lambda pair: _of_cost(pair.skeleton),
        "normal: prompt tokens": lambda pair: _of_prompts(pair.normal),
        "normal: completion tokens": lambda pair: _of_usage(pair.normal, lambda use: use.completion_tokens),
        "normal: cost": lambda pair: _of_cost(pair.normal),
        "skeleton's cost over normal decoding's": _of_ratio,
    }
    found = list(pairs)
    rows: dict[str, dict[str, float]] = {}
    for name, of in figures.items():
        values = [value for pair in found if (value := of(pair)) is not None]
        if values:
            shares = {name: percentile(values, share) or 0.0 for name, share in _SHARES.items()}
            rows[name] = {**shares, "least": min(values), "most": max(values)}
    return rows


_SHARES = {"median": 50.0, "p10": 10.0, "p90": 90.0}


def _of_prompts(answer: Answer) -> float | None:
    """Return estimated over actual prompt tokens, those of requests that told no usage among them."""
    estimate, assumed = answer.route.estimate, 0 if answer.cost is None else answer.cost.assumed_tokens
    actual = answer.usage.prompt_tokens + assumed
    return estimate.usage.prompt_tokens / actual if estimate is not None and actual else None


def _of_usage(answer: Answer, count: Callable[[Usage], int]) -> float | None:
    estimate, actual = answer.route.estimate, count(answer.usage)
    return count(estimate.usage) / actual if estimate is not None and actual else None


def _of_cost(answer: Answer) -> float | None:
    cost = answer.cost
    return cost.estimated / cost.spent if cost is not None and cost.estimated and cost.spent else None


def _of_ratio(pair: Pair) -> float | None:
    one, two, estimate = pair.skeleton.cost, pair.normal.cost, pair.skeleton.route.estimate
    if one is None or two is None or estimate is None or not one.spent or not two.spent:
        return None
    return estimate.ratio / (one.spent / two.spent)


def _line(pair: Pair) -> str:
    parts: list[str] = []
    for name, answer in (("skeleton", pair.skeleton), ("normal", pair.normal)):
        estimate, use = answer.route.estimate, answer.usage
        expected = Usage() if estimate is None else estimate.usage
        assumed = 0 if answer.cost is None else answer.cost.assumed_tokens
        parts.append(
            f"{name} {expected.prompt_tokens}/{use.prompt_tokens + assumed} prompt ({expected.cached_tokens}/"
            f"{use.cached_tokens} cached), {expected.completion_tokens}/{use.completion_tokens} completion"
        )
    return f"{'; '.join(parts)}{'; fell back' if pair.skeleton.fell_back is not None else ''}"
