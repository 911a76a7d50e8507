"""Expansion of schemas: how often a check applies their parts."""

from __future__ import annotations

from typing import Any

import pytest

from sot.errors import ConfigError
from sot.structure.expansion import MOST_AT_ONCE, MOST_IN_ALL, WEIGHT_OF_LOOP, expansion

TEXT: dict[str, Any] = {"type": "string"}


@pytest.mark.parametrize(
    ("schema", "parts"),
    [
        (TEXT, 1),
        ({"properties": {"a": TEXT, "b": True}}, 3),
        ({"allOf": [TEXT, {"not": TEXT}], "$defs": {"A": TEXT}}, 4),
        ({"prefixItems": [{"$ref": "#/$defs/A"}] * 2, "$defs": {"A": {"items": TEXT}}}, 7),
    ],
)
def test_each_part_counts_as_often_as_it_applies(schema: dict[str, Any], parts: int) -> None:
    assert expansion(schema) == parts


def test_one_that_leads_back_to_itself_counts_as_many() -> None:
    assert expansion({"properties": {"a": {"$ref": "#"}}}) > WEIGHT_OF_LOOP


def doubling(levels: int, apply: Any) -> dict[str, Any]:
    defs = {f"d{at}": apply({"$ref": f"#/$defs/d{at + 1}"}) for at in range(levels)}
    return {"$ref": "#/$defs/d0", "$defs": {**defs, f"d{levels}": TEXT}}


def test_what_doubles_with_every_level_is_refused() -> None:
    with pytest.raises(ConfigError, match=f"applies more than {MOST_AT_ONCE} of its parts to one value"):
        expansion(doubling(40, lambda each: {"oneOf": [each, each]}))
    with pytest.raises(ConfigError, match=f"applies more than {MOST_IN_ALL} of its parts"):
        expansion(doubling(40, lambda each: {"properties": {"a": each, "b": each}}))
    assert expansion(doubling(5, lambda each: {"oneOf": [each, each]})) < MOST_AT_ONCE
