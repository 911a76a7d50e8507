"""Prices: what is refused, what tokens cost by them, and how amounts are written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rows import rows

from sot.errors import ConfigError
from sot.price import PriceList, Prices, read_prices
from sot.price.cost import cost_of
from sot.price.money import money
from sot.price.prices import price_list
from sot.price.too_dear import too_dear
from sot.types import Answer, Estimate, PointAnswer, Route, Skeleton, StageUse, Timing, Usage

FEW = settings(max_examples=40, deadline=None)
COUNTS = st.integers(0, 10**9)
AMOUNTS = st.floats(0, 1000)
USAGES = st.builds(
    lambda prompt, cached, completion, requests: Usage(prompt, min(prompt, cached), completion, requests),
    COUNTS,
    COUNTS,
    COUNTS,
    st.integers(1, 100),
)


@st.composite
def prices(draw: st.DrawFn, *, writes: bool = False) -> Prices:
    price = draw(AMOUNTS)
    return Prices(
        input=price,
        output=draw(AMOUNTS),
        cached=price * draw(st.floats(0, 1)),
        cache_write=price * 1.25 if writes else None,
        request=draw(AMOUNTS),
    )


def answer_of(usage: Usage, **more: Any) -> Answer:
    route = Route("skeleton", 1.0, "a test", "caller")
    return Answer("?", "text", route, Skeleton(), (), usage, Usage(), Timing(), "big", "scripted:", **more)


@rows(
    ("wrong", "said"),
    [
        ({"input": -1.0}, "the price input is -1.0"),
        ({"output": float("nan")}, "the price output is nan"),
        ({"input": float("inf")}, "the price input is inf"),
        ({"output": 1e9}, "the price output is 1000000000.0"),
        ({"input": "1"}, "must be a number"),
        ({"input": True}, "must be a number"),
        ({"cached": 3.0}, "more than input (2)"),
        ({"cache_write": -1}, "the price cache_write is -1"),
        ({"least_cached": -1}, "least_cached is -1"),
        ({"least_cached": 1.5}, "must be a whole number"),
        ({"request": -0.1}, "the price request is -0.1"),
        ({"currency": ""}, "the currency is ''"),
        ({"currency": "\x1b[31m"}, "the currency is"),
        ({"currency": "<b>"}, "the currency is"),
        ({"currency": "A B"}, "the currency is"),
    ],
)
def test_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=None) as caught:
        Prices(**{"input": 2.0, "output": 8.0, **wrong})
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_requests_cost() -> None:
    price = Prices(input=2.0, output=8.0, cached=0.5, request=0.001)
    assert price.cost(Usage(1_000_000, 0, 0, 0)) == 2.0
    assert price.cost(Usage(1_000_000, 1_000_000, 0, 0)) == 0.5
    assert price.cost(Usage(0, 0, 1_000_000, 0)) == 8.0
    # Thoughts are among the completion tokens: they are not paid twice.
    assert price.cost(Usage(0, 0, 1_000_000, 0, 600_000)) == 8.0
    assert price.cost(Usage(requests=3)) == pytest.approx(0.003)
    assert price.saved(Usage(1_000_000, 400_000, 0, 1)) == pytest.approx(0.6)


def test_cache_writes_are_paid_by_long_prompts_alone() -> None:
    price = Prices(input=2.0, output=8.0, cached=0.2, cache_write=2.5)
    short, long = Usage(400_000, 0, 0, 1000), Usage(2_000_000, 1_000_000, 0, 1000)
    assert price.cost(short) == pytest.approx(0.8)
    assert price.cost(long) == pytest.approx(2.5 + 0.2)
    assert price.saved(long) == pytest.approx(1.8 - 0.5)
    assert price.saved(Usage(2_000_000, 0, 0, 1000)) < 0  # all was written, and nothing read
    assert Prices(input=2.0, output=8.0, cache_write=2.5, least_cached=100).cost(short) == pytest.approx(1.0)


@FEW
@given(prices(), USAGES, USAGES)
def test_more_tokens_never_cost_less(price: Prices, one: Usage, more: Usage) -> None:
    assert price.cost(one + more) >= price.cost(one) >= 0


@FEW
@given(prices(), USAGES)
def test_cached_tokens_never_cost_more(price: Prices, usage: Usage) -> None:
    uncached = Usage(usage.prompt_tokens, 0, usage.completion_tokens, usage.requests)
    assert price.cost(usage) <= price.cost(uncached) * (1 + 1e-12)
    assert price.cost(uncached) - price.cost(usage) == pytest.approx(price.saved(usage), rel=1e-6, abs=1e-6)


@FEW
@given(prices(writes=True), USAGES)
def test_saved_is_the_difference_to_an_engine_without_a_cache(price: Prices, usage: Usage) -> None:
    plain = Prices(input=price.input, output=price.output, request=price.request)
    assert plain.cost(usage) - price.cost(usage) == pytest.approx(price.saved(usage), rel=1e-6, abs=1e-6)


@FEW
@given(prices(), prices(), st.lists(USAGES, min_size=1, max_size=5))
def test_the_stages_add_up(big: Prices, small: Prices, usages: list[Usage]) -> None:
    names = [("point", "big") if number % 2 else ("skeleton", "small") for number in range(len(usages))]
    stages = tuple(
        StageUse(stage, model, "scripted:", usage, 0.0, 1.0)
        for (stage, model), usage in zip(names, usages, strict=True)
    )
    found = PriceList(models={"big": big, "small": small})
    cost = cost_of(answer_of(sum(usages, Usage()), stages=stages), found)
    own = [
        (big if model == "big" else small).cost(usage)
        for (_, model), usage in zip(names, usages, strict=True)
    ]
    assert cost.spent == pytest.approx(sum(own), rel=1e-9, abs=1e-12)
    if cost.stages:
        assert sum(each.spent or 0.0 for each in cost.stages) == pytest.approx(cost.spent, rel=1e-9)


@FEW
@given(prices(), st.lists(USAGES, max_size=5), USAGES)
def test_one_price_is_that_of_the_whole_usage(price: Prices, usages: list[Usage], rest: Usage) -> None:
    points = tuple(
        PointAnswer(number, "-", "-", "done", usage, 0.0, 0.0, 0.0) for number, usage in enumerate(usages, 1)
    )
    usage = sum(usages, rest)
    found = Answer(
        "?", "text", Route("skeleton", 1.0, "-", "-"), Skeleton(), points, usage, Usage(), Timing(), "m", "b"
    )
    assert cost_of(found, PriceList(price)).spent == pytest.approx(price.cost(usage), rel=1e-9, abs=1e-12)


def test_a_model_without_a_price_is_named() -> None:
    stages = (
        StageUse("skeleton", "small", "scripted:", Usage(100, 0, 10, 1), 0.0, 1.0),
        StageUse("point", "big", "scripted:", Usage(1_000_000, 0, 0, 1), 0.0, 1.0),
    )
    cost = cost_of(
        answer_of(Usage(1_000_100, 0, 10, 2), stages=stages),
        PriceList(models={"big": Prices(input=2.0, output=8.0)}),
    )
    assert (cost.spent, cost.unpriced) == (2.0, ("small",))
    assert [(each.model, each.spent) for each in cost.stages] == [("small", None), ("big", 2.0)]


def test_a_file_of_prices(tmp_path: Path) -> None:
    file = tmp_path / "prices.json"
    held = {"big": {"input": 2, "output": 8, "cached": 0.2}, "*": {"input": 0.1, "output": 0.4}}
    file.write_text(json.dumps(held), encoding="utf-8")
    found = read_prices(file)
    assert found.of("big") == Prices(input=2, output=8, cached=0.2)
    assert found.of("another") == Prices(input=0.1, output=0.4)
    file.write_text(json.dumps({"big": held["big"]}), encoding="utf-8")
    assert read_prices(file).of("another") is None


@rows(
    ("text", "said"),
    [
        ("{", "are not JSON"),
        ("[" * 100_000, "are not JSON"),
        ("[]", "must be an object"),
        ("{}", "name no model"),
        ('{"big": 2}', "no object with prices"),
        ('{"big": {"input": 1}}', "output is missing"),
        ('{"big": {"input": 1, "output": 1, "reads": 1}}', "no price 'reads'"),
        ('{"big": {"input": NaN, "output": 1}}', "is nan"),
        ('{"a": {"input": 1, "output": 1}, "b": {"input": 1, "output": 1, "currency": "EUR"}}', "currency"),
        ("\udcff", "no UTF-8"),
        (" " * 1_000_001, "larger than"),
    ],
)
def test_a_file_that_is_refused(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "prices.json"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigError) as caught:
        read_prices(file)
    assert said in str(caught.value)


@rows("wrong", [3, "cheap", {"big": 2.0}, {}, [Prices(input=1, output=1)]])
def test_other_objects_are_no_prices(wrong: object) -> None:
    with pytest.raises(ConfigError):
        price_list(wrong)


@rows(
    ("amount", "currency", "shown"),
    [
        (0.0, "$", "$0"),
        (0.00123456, "$", "$0.00123"),
        (0.05, "€", "€0.05"),
        (0.000000004, "EUR", "0.000000004 EUR"),
        (12.344, "$", "$12.34"),
        (12345.6, "CHF", "12,345.60 CHF"),
        (-0.002, "$", "-$0.002"),
        (1e-20, "$", "under $0.000000000001"),
    ],
)
def test_amounts_for_people(amount: float, currency: str, shown: str) -> None:
    assert money(amount, currency) == shown


@FEW
@given(st.floats(1e-300, 1e6, exclude_min=True))
def test_no_amount_looks_like_none(amount: float) -> None:
    shown = money(amount, "$")
    assert shown.strip("under $").strip("0.,") != ""
    if "under" not in shown:
        assert float(shown.strip("$").replace(",", "")) == pytest.approx(amount, rel=0.5)


def test_the_limit_on_a_skeletons_cost() -> None:
    def estimate(cost: float, normal: float) -> Estimate:
        return Estimate("$", cost, normal, Usage(), Usage())

    assert too_dear(estimate(2.0, 1.0), 2.0) is None
    assert too_dear(estimate(3.1, 1.0), 2.0) == "would cost 3.1 times normal decoding, more than 2"
    assert too_dear(estimate(2.0004, 1.0), 2.0) == "would cost 2.0004 times normal decoding, more than 2"
    assert too_dear(estimate(0.0, 0.0), 0.5) == "would cost 1.0 times normal decoding, more than 0.5"
    assert too_dear(estimate(0.1, 0.0), 100.0) == "would cost something, and normal decoding nothing"
