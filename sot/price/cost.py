"""Cost of an answer, from the usage of its requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ..types import Answer, Cost, Estimate, StageCost, Usage
from .prices import PriceList


def cost_of(answer: Answer, prices: PriceList, *, assumed: Mapping[str, Usage] | None = None) -> Cost:
    """Return the cost of an answer.

    Where its stages are known, each is paid at the price of its own model, and what is left of the usage at
    that of the answer's model; otherwise all of it is.

    Args:
        answer: The answer.
        prices: The prices.
        assumed: Usage of its requests that the engine did not tell, by model.
    """
    untold = dict(assumed or {})
    spent = saved = 0.0
    stages: dict[tuple[str, str], float | None] = {}
    for stage, model, usage in (*_parts(answer), *(("left_early", *one) for one in untold.items())):
        price = prices.of(model)
        key = stage, model
        if price is None:
            stages.setdefault(key, None)
            continue
        cost = price.cost(usage)
        stages[key] = (stages.get(key) or 0.0) + cost
        spent += cost
        saved += price.saved(usage)
    used = [(key, cost) for key, cost in stages.items() if cost or cost is None]
    several = len({model for (_, model), _ in used}) > 1
    return with_estimate(
        Cost(
            currency=prices.currency,
            spent=spent,
            cached_saved=saved,
            assumed_tokens=sum(usage.prompt_tokens for usage in untold.values()),
            stages=tuple(StageCost(*key, cost) for key, cost in used) if several else (),
            unpriced=tuple(dict.fromkeys(model for (_, model), cost in used if cost is None)),
        ),
        answer.route.estimate,
    )


def with_estimate(cost: Cost, estimate: Estimate | None) -> Cost:
    """Return a cost beside what was expected of it."""
    if estimate is None:
        return cost
    return replace(cost, estimated=estimate.cost, normal_estimated=estimate.normal)


def _parts(answer: Answer) -> Iterator[tuple[str, str, Usage]]:
    """Yield the usage of an answer in parts, each with its stage and its model.

    Parts as small as they are known, because the price of cache writes depends on a prompt's length.
    """
    left = answer.usage
    if answer.stages:
        for use in answer.stages:
            yield use.stage, use.model, use.usage
            left = _minus(left, use.usage)
    else:
        for stage, usage in (
            ("skeleton", answer.skeleton_usage),
            *(("point", point.usage) for point in answer.points),
        ):
            yield stage, answer.model, usage
            left = _minus(left, usage)
    if left != Usage():
        yield "rest", answer.model, left


def _minus(usage: Usage, part: Usage) -> Usage:
    """Return what a part leaves of a usage; nothing of a count of which the parts have more."""
    return Usage(
        max(usage.prompt_tokens - part.prompt_tokens, 0),
        max(usage.cached_tokens - part.cached_tokens, 0),
        max(usage.completion_tokens - part.completion_tokens, 0),
        max(usage.requests - part.requests, 0),
        max(usage.reasoning_tokens - part.reasoning_tokens, 0),
    )
