"""Prompts of fields: the start of the model's turn, by the field's own name."""

from __future__ import annotations

from typing import Any

import pytest
from field_scripts import FieldEngine
from scripted import Script

from sot import SkeletonOfThought

TEXT = {"type": "string"}
LIST = {"type": "array", "items": TEXT}
JSON = '["a"]'


@pytest.mark.parametrize(
    ("name", "schema", "prefill"),
    [
        ("cooking_steps", TEXT, "Cooking steps:"),
        ("a.b", TEXT, "A.b:"),
        ('q"uote', TEXT, 'Q"uote:'),
        ("🍲", TEXT, "🍲:"),
        ("", TEXT, None),
        ("list", LIST, "["),
        ("list", {"anyOf": [LIST, {"type": "null"}]}, "["),
        ("any", {"anyOf": [LIST, TEXT]}, None),
        ("any", {"anyOf": [LIST, {"type": "object"}]}, None),
    ],
)
async def test_the_start_of_a_fields_turn(name: str, schema: dict[str, Any], prefill: str | None) -> None:
    said = '"a"]' if prefill == "[" else JSON
    engine = FieldEngine(lambda request: Script(said), can_prefill=True, constrains=False)
    whole = {"type": "object", "properties": {name: schema, "other": TEXT}}
    await SkeletonOfThought(engine, strategy="fields", schema=whole).answer("Tell me about it.")
    assert engine.requests[0].prefill == prefill
