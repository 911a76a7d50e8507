"""Cache of plans: the same schema is planned once, and what is kept is bounded."""

from __future__ import annotations

from typing import Any

import pytest

from sot.errors import ConfigError
from sot.structure.plan_cache import PlanCache


def a_schema(*names: str) -> dict[str, Any]:
    return {"type": "object", "properties": {name: {"type": "string"} for name in names}}


def test_the_same_schema_is_planned_once() -> None:
    cache = PlanCache()
    assert cache.known(a_schema("a", "b")) is None
    plan = cache.plan(a_schema("a", "b"))
    assert cache.plan(a_schema("a", "b")) is cache.known(a_schema("a", "b")) is plan


def test_the_order_of_the_fields_matters() -> None:
    cache = PlanCache()
    names = [[part.name for part in cache.plan(a_schema(*order)).parts] for order in ("ab", "ba")]
    assert names == [["a", "b"], ["b", "a"]]


def test_those_asked_for_last_are_kept() -> None:
    cache = PlanCache(most_plans=2)
    for name in ("a", "b", "a", "c"):
        cache.plan(a_schema(name))
    assert cache.known(a_schema("a")) is not None
    assert cache.known(a_schema("b")) is None


def test_the_characters_of_all_plans_are_bounded() -> None:
    chars = len('{"type": "object", "properties": {"a": {"type": "string"}}}') + len('{"type": "string"}')
    cache = PlanCache(most_chars=2 * chars)
    for name in "abc":
        cache.plan(a_schema(name))
    assert [cache.known(a_schema(name)) is not None for name in "abc"] == [False, True, True]
    large = {"type": "object", "properties": {"a": {"type": "string", "description": "x" * 3 * chars}}}
    assert cache.plan(large).parts[0].name == "a"
    assert cache.known(large) is None
    assert cache.known(a_schema("c")) is not None


@pytest.mark.parametrize("schema", [{"type": "strin"}, {"const": {1}}, {"const": float("nan")}])
def test_a_schema_that_cannot_be_used_is_refused_each_time(schema: dict[str, Any]) -> None:
    cache = PlanCache()
    for _ in range(2):
        with pytest.raises(ConfigError):
            cache.plan(schema)
    assert cache.known(schema) is None
