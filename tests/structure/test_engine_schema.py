"""Schemas for an engine's decoding: no keyword leaves a field without a constraint."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rows import rows

from sot.structure.plan import plan_structure

TEXT: dict[str, Any] = {"type": "string"}
MAPPING: dict[str, Any] = {"type": "object", "additionalProperties": {"type": "integer"}}


def constraint(schema: dict[str, Any]) -> dict[str, Any]:
    """The constraint of the only part of a document."""
    plan = plan_structure({"type": "object", "properties": {"x": schema, "y": TEXT}, "required": ["x", "y"]})
    found = plan.constraint(plan.parts[0])
    assert found is not None
    return found


ODD: list[dict[str, Any]] = [
    *({"type": "string", "format": form} for form in ("uuid4", "path", "binary", "regex", "iri", "date")),
    {"type": "array", "items": TEXT, "uniqueItems": True, "contains": {"const": "a"}},
    {**MAPPING, "propertyNames": {"enum": ["red", "blue"]}},
    {"type": "object", "properties": {"a": TEXT}, "dependentRequired": {"a": ["b"]}},
    {"type": "object", "properties": {"a": TEXT}, "unevaluatedProperties": False},
    {"type": "string", "not": {"const": "x"}, "if": {"minLength": 3}, "then": {"pattern": "a"}},
    {"oneOf": [{"type": "object", "properties": {"a": TEXT}}, {"type": "object", "properties": {"b": TEXT}}]},
    {"type": "string", "pattern": r"^(?!admin)[\w-.]{,3}{\w+}$"},
    {"type": "string", "pattern": r"[A-Z]{2}\d|\w-"},
    {"type": "string", "pattern": r"^(?=.*\d)[A-Z]"},
    {"type": "integer", "minimum": -(2**63), "maximum": 2**63},
    {"type": ["string", "null"], "nullable": True, "example": "x", "examples": ["x"], "$anchor": "here"},
]


@rows("schema", ODD)
def test_it_compiles(schema: dict[str, Any]) -> None:
    llguidance = pytest.importorskip("llguidance")
    made = json.dumps(constraint(schema))
    grammar = llguidance.LLMatcher.grammar_from_json_schema(made)
    assert llguidance.LLMatcher.validate_grammar(grammar) == "", made


@rows(
    ("schema", "kept"),
    [
        ({"type": "array", "items": TEXT, "uniqueItems": True}, {"type": "array", "items": TEXT}),
        ({"type": "string", "pattern": r"^(?!admin)\w+$"}, {"type": "string", "pattern": r"^\w+$"}),
        ({"type": "string", "pattern": r"^(?=.*\d)(?!admin)"}, {"type": "string"}),
        ({"oneOf": [TEXT, {"type": "array"}]}, {"anyOf": [TEXT, {"type": "array"}]}),
        (
            {**MAPPING, "propertyNames": {"enum": ["red"]}},
            {"type": "object", "properties": {"red": {"type": "integer"}}, "additionalProperties": False},
        ),
        ({"type": "integer", "minimum": 3, "maximum": 2**63}, {"type": "integer", "minimum": 3}),
    ],
)
def test_what_is_left_holds_every_valid_value(schema: dict[str, Any], kept: dict[str, Any]) -> None:
    assert constraint(schema) == kept
