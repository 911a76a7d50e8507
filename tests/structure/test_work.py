"""Work of checks: large keywords cost more, and all checks of an answer share one budget."""

from __future__ import annotations

from typing import Any

import pytest

from sot.structure.validity import Checker
from sot.structure.work import MOST_STEPS_OF_VALUE, Budget

LONG = "it takes too long to check it against the schema"


def test_checks_share_the_budget_of_their_answer() -> None:
    budget = Budget(100)
    first = Checker({"type": "array", "items": {"type": "integer"}}, budget=budget)
    second = Checker({"type": "integer"}, budget=budget)
    assert first.problem([1] * 60) is None
    assert second.problem(1) is None
    problem = first.problem([1] * 60)
    assert problem is not None
    assert problem.reason == LONG
    assert second.problem(1) is not None  # nothing is left
    assert Checker({"type": "integer"}).problem(1) is None  # one of its own


@pytest.mark.parametrize(
    ("rules", "element"),
    [
        ({"enum": list(range(10_000, 19_000))}, 18_999),
        ({"const": {f"p{at}": at for at in range(3000)}}, 3),
        ({"required": [f"p{at}" for at in range(3000)]}, {"p1": 1}),
        ({"properties": {f"p{at}": {} for at in range(3000)}}, {"p1": 1}),
        ({"anyOf": [{"const": "x" * 2000}] * 20}, "y" * 20_000),
        ({"dependentRequired": {f"p{at}": ["q"] for at in range(3000)}}, {"q": 1}),
    ],
)
def test_large_rules_and_large_values_cost_more_than_a_step(rules: dict[str, Any], element: Any) -> None:
    checker = Checker({"type": "array", "items": rules})
    assert MOST_STEPS_OF_VALUE > 10 * 300
    problem = checker.problem([element] * 300)
    assert problem is not None
    assert problem.reason == LONG


@pytest.mark.parametrize(
    ("entries", "unique"),
    [
        ([{"a": at} for at in range(3000)], True),
        ([*({"a": [at]} for at in range(3000)), {"a": [0]}], False),
        ([1, True, "1", [1], [True], {"a": 1}, {"a": True}, None, 0, False, [], {}], True),
        ([1, 1.0], False),
        ([{"a": 1, "b": [2]}, {"b": [2.0], "a": 1}], False),
    ],
)
def test_unique_elements(entries: list[Any], unique: bool) -> None:
    problem = Checker({"type": "array", "uniqueItems": True}).problem(entries)
    assert (problem is None) is unique


def test_what_takes_long_is_known_before() -> None:
    assert not Budget(weight=10).takes_long("[1, 2, 3]")
    assert Budget(weight=10).takes_long("[" + "1, " * 3000)
    assert Budget(weight=5000).takes_long("")
