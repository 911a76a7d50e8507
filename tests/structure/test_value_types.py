"""JSON types that the values of a schema may have."""

from __future__ import annotations

from typing import Any

import pytest

from sot.structure.form import openers
from sot.structure.value_types import types_of

STRING = {"type": "string"}
ALL = {"array", "boolean", "integer", "null", "number", "object", "string"}
WIDE = {f"d{at}": {"anyOf": [{"$ref": f"#/$defs/d{at + 1}"}] * 40} for at in range(40)}


@pytest.mark.parametrize(
    ("schema", "types"),
    [
        (True, ALL),
        (False, set()),
        ({}, ALL),
        (STRING, {"string"}),
        ({"type": ["number", "null"]}, {"number", "integer", "null"}),
        ({"enum": [1, "a", None, True, 2.5, [], {}]}, ALL),
        ({"const": "a"}, {"string"}),
        ({"allOf": [STRING, {"minLength": 3}]}, {"string"}),
        ({"allOf": [{"type": "number"}, {"type": "integer"}]}, {"integer"}),
        ({"anyOf": [STRING, {"type": "array"}]}, {"string", "array"}),
        ({"$ref": "#/$defs/s", "$defs": {"s": STRING}}, {"string"}),
        ({"$ref": "#/$defs/s", "type": ["string", "null"], "$defs": {"s": STRING}}, {"string"}),
        ({"$ref": "#/$defs/s", "$defs": {"s": {"$ref": "#/$defs/s"}}}, ALL),
        ({"$ref": "#/$defs/d0", "$defs": {**WIDE, "d40": STRING}}, ALL),
    ],
)
def test_types(schema: Any, types: set[str]) -> None:
    assert types_of(schema) == types


def test_openers() -> None:
    assert openers({"anyOf": [STRING, {"type": "array"}]}) == '["'
    assert openers({"anyOf": [{"type": "object"}, {"type": "null"}]}) == "{"
    assert openers({"type": "integer"}) == ""
    assert openers({}) == '{["'
