"""Estimates of costs, the decision by them, and the cost of finished answers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from rows import rows
from scripted import PROMPT_TOKENS, Request, Script, ScriptedBackend, by_stage, made

from sot import SkeletonOfThought
from sot.errors import ConfigError
from sot.events import Finished, Routed
from sot.price import Prices
from sot.serialise import answer_json, event_json
from sot.types import Answer, BackendInfo, Chunk, Estimate, Message, Route, Usage

SKELETON = "1. Sleep\n2. Eat\n3. Move\n"
SUITED = "How can I sleep better?"
PRICE = Prices(input=2.0, output=8.0)
LONG = tuple(
    Message("assistant" if number % 2 else "user", f"Turn {number}: " + "and so it went on. " * 200)
    for number in range(10)
)


async def estimate_of(sot: SkeletonOfThought, question: Any = SUITED, **settings: Any) -> Estimate:
    with sot.session(question, **settings) as session:
        estimate = (await session.route()).estimate
    assert estimate is not None
    return estimate


async def test_an_answer_says_what_it_cost() -> None:
    sot = made(ScriptedBackend(by_stage(SKELETON)), prices=PRICE)
    events = [event async for event in sot.stream(SUITED)]
    routed, finished = events[0], events[-1]
    assert isinstance(routed, Routed)
    assert isinstance(finished, Finished)
    answer, estimate = finished.answer, routed.route.estimate
    assert answer.cost is not None
    assert estimate is not None
    usage = answer.usage
    assert usage.prompt_tokens == 4 * PROMPT_TOKENS
    spent = (2.0 * usage.prompt_tokens + 8.0 * usage.completion_tokens) / 1e6
    assert answer.cost.spent == pytest.approx(spent)
    assert (answer.cost.estimated, answer.cost.normal_estimated) == (estimate.cost, estimate.normal)
    shown = answer_json(answer).model_dump()["cost"]
    assert shown["spent"] == pytest.approx(spent)
    assert shown.keys() == {"currency", "spent", "estimated", "normal_estimated", "cached_saved"}
    assert event_json(routed)["cost"]["estimated"] == pytest.approx(estimate.cost)


async def test_without_prices_nothing_is_said_of_costs() -> None:
    answer = await made(ScriptedBackend(by_stage(SKELETON))).answer(SUITED)
    assert (answer.cost, answer.route.estimate) == (None, None)
    assert "cost" not in answer_json(answer).model_dump()


async def test_a_skeleton_is_left_out_where_it_is_too_dear() -> None:
    backend = ScriptedBackend(by_stage(SKELETON))
    sot = made(backend, prices=PRICE, strategy="auto", max_cost_ratio=1.01)
    route = (await sot.answer(SUITED)).route
    assert (route.strategy, route.instead_of) == ("normal", "skeleton")
    assert "decoded normally, a skeleton would cost " in route.reason
    assert route.reason.endswith("times normal decoding, more than 1.01")
    assert route.estimate is not None
    assert route.estimate.ratio == 1.0
    assert backend.stages() == ["normal"]
    dearer = await sot.answer(SUITED, max_cost_ratio=100)
    assert dearer.route.strategy == "skeleton"
    chosen = await sot.answer(SUITED, strategy="skeleton")  # the caller's choice stands
    assert chosen.route.strategy == "skeleton"


async def test_the_limit_needs_prices() -> None:
    with pytest.raises(ConfigError, match="give prices"):
        made(ScriptedBackend(by_stage(SKELETON)), max_cost_ratio=2)
    sot = made(ScriptedBackend(by_stage(SKELETON)))
    with pytest.raises(ConfigError, match="give prices"):
        await sot.answer(SUITED, max_cost_ratio=2)
    for wrong in (0, -1, float("nan"), "2"):
        with pytest.raises(ConfigError, match="max_cost_ratio is"):
            made(ScriptedBackend(by_stage(SKELETON)), prices=PRICE, max_cost_ratio=wrong)


async def test_long_histories_are_paid_with_every_point() -> None:
    sot = made(ScriptedBackend(by_stage(SKELETON)), prices=PRICE)
    short = await estimate_of(sot)
    long = await estimate_of(sot, (*LONG, Message("user", SUITED)))
    assert long.ratio > 2 * short.ratio
    assert long.usage.requests == short.usage.requests


@rows(
    ("price", "long_hits", "short_hits"),
    [
        ({}, True, True),  # the engine shares prefixes of running requests, down to a block
        ({"least_cached": 1024}, True, False),
        ({"least_cached": 1_000_000}, False, False),
    ],
)
async def test_the_cache_keeps_only_long_beginnings(
    price: Mapping[str, Any], long_hits: bool, short_hits: bool
) -> None:
    sot = made(
        ScriptedBackend(by_stage(SKELETON), caches_prefixes=True),
        prices=Prices(input=2.0, output=8.0, cached=0.2, **price),
    )
    short = await estimate_of(sot)
    long = await estimate_of(sot, (*LONG, Message("user", SUITED)))
    assert (short.usage.cached_tokens > 0, long.usage.cached_tokens > 0) == (short_hits, long_hits)
    if long_hits:
        uncached = made(ScriptedBackend(by_stage(SKELETON)), prices=Prices(input=2.0, output=8.0, cached=0.2))
        assert long.ratio < (await estimate_of(uncached, (*LONG, Message("user", SUITED)))).ratio


async def test_an_engine_that_tells_no_hits_is_not_expected_to_hit_for_ever() -> None:
    sot = made(
        ScriptedBackend(by_stage(SKELETON), caches_prefixes=True),
        prices=Prices(input=2.0, output=8.0, cached=0.2),
    )
    first = await estimate_of(sot)
    for _ in range(12):
        await sot.answer(SUITED)
    assert (await estimate_of(sot)).usage.cached_tokens < first.usage.cached_tokens / 2


async def test_the_number_of_points_asked_for_is_expected() -> None:
    sot = made(ScriptedBackend(by_stage(SKELETON)), prices=PRICE)
    three = await estimate_of(sot, "Give me three tips for better sleep.")
    nine = await estimate_of(sot, "Give me nine tips for better sleep.")
    assert (three.usage.requests, nine.usage.requests) == (4, 10)
    assert nine.cost > three.cost


async def test_lengths_are_learned_from_the_answers() -> None:
    words = " ".join(["word"] * 150) + "."
    sot = made(ScriptedBackend(by_stage(SKELETON, {1: words, 2: words, 3: words})), prices=PRICE)
    before = await estimate_of(sot)
    answers = [await sot.answer(SUITED) for _ in range(6)]
    after, written = await estimate_of(sot), answers[-1].usage.completion_tokens
    assert before.usage.requests > 4
    assert after.usage.requests == 4
    assert abs(after.usage.completion_tokens - written) < abs(before.usage.completion_tokens - written)
    # Nor do they learn the tokens of prompts from nowhere: the engine says that each has ten.
    assert after.usage.prompt_tokens < before.usage.prompt_tokens


async def test_prompts_of_requests_that_told_no_usage_are_counted_by_their_length() -> None:
    silent = Script("A", " normal", " answer.", silent=True)
    sot = made(ScriptedBackend(by_stage(normal=silent)), prices=PRICE, strategy="normal")
    cost = (await sot.answer("Why is the sky blue? " * 40)).cost
    assert cost is not None
    assert 100 < cost.assumed_tokens < 400
    assert cost.spent == pytest.approx((2.0 * cost.assumed_tokens + 8.0 * 3) / 1e6)


async def test_usage_that_the_engine_told_is_not_counted_twice() -> None:
    told = Script("A", Chunk(" word", usage=Usage(12, 0, 2, 1)), silent=True)
    sot = made(ScriptedBackend(by_stage(normal=told)), prices=PRICE, strategy="normal")
    cost = (await sot.answer("Why is the sky blue?")).cost
    assert cost is not None
    assert (cost.assumed_tokens, cost.spent) == (0, pytest.approx((2.0 * 12 + 8.0 * 2) / 1e6))


async def test_prices_by_model() -> None:
    prices = {"script": PRICE}
    assert (await made(ScriptedBackend(by_stage(SKELETON)), prices=prices).answer(SUITED)).cost is not None
    sot = made(ScriptedBackend(by_stage(SKELETON), model="another"), prices=prices)
    answer = await sot.answer(SUITED)
    assert answer.cost is not None
    assert (answer.cost.spent, answer.cost.unpriced, answer.cost.estimated) == (0.0, ("another",), None)


async def test_a_stage_is_expected_at_the_price_of_its_own_model() -> None:
    async def expected(prices: Mapping[str, Prices]) -> Estimate:
        points = ScriptedBackend(by_stage(SKELETON), model="small")
        main = ScriptedBackend(by_stage(SKELETON), model="main")
        return await estimate_of(made(main, stages={"points": points}, prices=prices))

    alike = await expected({"main": PRICE, "small": PRICE})
    cheap = await expected({"main": PRICE, "small": Prices(input=0.2, output=0.8)})
    unpriced = await expected({"main": PRICE})
    assert alike.usage == cheap.usage == unpriced.usage
    assert alike.normal == cheap.normal == unpriced.normal
    points = alike.cost - unpriced.cost
    assert points > 0
    assert cheap.cost == pytest.approx(unpriced.cost + points / 10)
    assert (cheap.unpriced, unpriced.unpriced) == ((), ("small",))
    shown = event_json(Routed(Route("skeleton", 1.0, "", "", estimate=unpriced)))["cost"]
    assert shown["unpriced"] == ["small"]


async def test_a_hedge_pays_for_the_losers_too() -> None:
    backend = ScriptedBackend(by_stage(SKELETON))
    answer = await made(backend, prices=PRICE, strategy="auto", route="hedge", router="llm").answer(SUITED)
    assert answer.cost is not None
    assert answer.cost.spent >= PRICE.cost(answer.usage) - 1e-12


async def test_prompts_of_a_loser_that_told_no_usage_are_paid_at_their_models_price() -> None:
    """The skeleton is left before its engine has told what its prompt had."""
    routed = asyncio.Event()

    def asked(request: Request) -> Script:
        routed.set()  # the skeleton is under way
        return Script("1. Sl", asyncio.Event())

    def main(request: Request) -> Script:
        return Script(routed, "B") if request.stage == "route" else Script("A normal answer.")

    dear = Prices(input=50.0, output=0.0)
    for prices, price in (({"main": PRICE, "small": dear}, 50.0), ({"main": PRICE, "small": PRICE}, 2.0)):
        routed.clear()
        sot = made(
            ScriptedBackend(main, model="main"),
            stages={"skeleton": ScriptedBackend(asked, model="small")},
            prices=prices,
            strategy="auto",
            route="hedge",
            router="llm",
        )
        answer = await sot.answer(SUITED)
        assert answer.cost is not None
        assert answer.text == "A normal answer."
        assert answer.cost.assumed_tokens > 20
        told = sum(prices[use.model].cost(use.usage) for use in answer.stages)
        assert answer.cost.spent == pytest.approx(told + price * answer.cost.assumed_tokens / 1e6)


async def test_a_revision_pays_for_the_new_points_alone() -> None:
    sot = made(ScriptedBackend(by_stage(SKELETON)), prices=PRICE)
    first = await sot.answer(SUITED)
    revised: Answer = await sot.revise(first, ["Sleep", "Read", "Move"])
    assert revised.cost is not None
    assert first.cost is not None
    assert 0 < revised.cost.spent < first.cost.spent
    assert revised.cost.spent == pytest.approx(PRICE.cost(revised.usage))


@rows("strategy", ["cot", "plan"])
async def test_a_chain_of_thought_has_an_estimate(strategy: str) -> None:
    sot = made(ScriptedBackend(by_stage(SKELETON)), prices=PRICE)
    estimate = await estimate_of(sot, "What is 17 + 25?", strategy=strategy)
    assert estimate.usage.prompt_tokens > estimate.normal_usage.prompt_tokens


async def test_given_parts_have_a_cost_and_no_estimate() -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    backend = ScriptedBackend(by_stage(normal='{"name": "Ann"}'))
    answer = await made(backend, prices=PRICE, strategy="normal", schema=schema).answer("Who?")
    assert answer.cost is not None
    sot = made(ScriptedBackend(by_stage()), prices=PRICE)
    with sot.session("Translate each:\n- one\n- two\n- three", strategy="items") as session:
        assert (await session.route()).estimate is None


async def test_a_conversation_that_goes_on_is_expected_in_the_cache() -> None:
    backend = ScriptedBackend(by_stage(SKELETON), caches_prefixes=True)
    sot = made(backend, prices=Prices(input=2.0, output=8.0, cached=0.2), strategy="normal")
    first = (*LONG, Message("user", "Why is the sky blue?"))
    cold = await estimate_of(sot, first)
    answer = await sot.answer(first)
    next_turn = (*first, Message("assistant", answer.text), Message("user", SUITED))
    warm = await estimate_of(sot, next_turn)
    assert cold.usage.cached_tokens == 0
    assert warm.usage.cached_tokens > 0.8 * warm.usage.prompt_tokens


class Uncountable(ScriptedBackend):
    """A test double whose chat template fails where prompts are counted."""

    async def count_tokens(self, prompts: object) -> list[int]:
        raise ValueError("the template fails")


async def test_an_answer_does_not_fail_where_its_prompts_cannot_be_counted() -> None:
    answer = await made(Uncountable(by_stage(SKELETON)), prices=PRICE).answer(SUITED)
    assert answer.route.estimate is not None
    assert answer.route.estimate.usage.prompt_tokens > 100


async def test_an_engine_that_tells_hits_of_short_prompts_keeps_short_ones() -> None:
    hit = Script("A", " normal", " answer.", usage=Usage(60, 40, 3, 1))
    prices = Prices(input=2.0, output=8.0, cached=0.2)
    sot = made(Unknown(by_stage(SKELETON, normal=hit)), prices=prices)
    assert (await estimate_of(sot)).usage.cached_tokens == 0
    await sot.answer("Why is the sky blue?", strategy="normal")
    assert (await estimate_of(sot)).usage.cached_tokens > 0


class Unknown(ScriptedBackend):
    """A test double that does not say what its cache serves."""

    async def info(self) -> BackendInfo:
        return replace(await super().info(), caches_prefixes="unknown")
