"""Random JSON schemas with random engines: a document that is valid for the schema, or a clear error."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from field_scripts import FieldEngine, valid_json
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from scripted import Request, Script, script

from sot import SkeletonOfThought
from sot.errors import SotError
from sot.events import Finished, TextDelta
from sot.types import FinishReason

NAMES = st.sampled_from(
    [
        "title",
        "name",
        "text",
        "a b",
        'q"uote',
        "line\nbreak",
        "__proto__",
        "$ref",
        "steps[0]",
        "é漢",
        "a.b",
        "",
    ]
)
SHORT = st.one_of(
    st.builds(lambda low: {"type": "integer", "minimum": low}, st.integers(-5, 5)),
    st.just({"type": "number"}),
    st.just({"type": "boolean"}),
    st.just({"enum": ["easy", "hard", 3, None]}),
    st.just({"const": {"fixed": [1, 2]}}),
    st.builds(lambda most: {"type": "string", "maxLength": most}, st.integers(20, 64)),
    st.just({"type": "string", "format": "date"}),
    st.just({"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None}),
)
LONG = st.one_of(
    st.just({"type": "string"}),
    st.builds(lambda text: {"type": "string", "description": text}, st.text(max_size=20)),
    st.builds(lambda least: {"type": "string", "minLength": least}, st.integers(0, 30)),
    st.builds(lambda most: {"type": "string", "maxLength": most}, st.integers(65, 90)),
    st.just({"type": "string", "pattern": "[aeiou]"}),
    st.just({"anyOf": [{"type": "string"}, {"type": "null"}]}),
    st.just({"type": ["string", "null"]}),
    st.just({"$ref": "#/$defs/Step", "description": "a step"}),
    st.just({"$ref": "#/$defs/Tree"}),
)


def an_object(named: dict[str, Any], optional: bool) -> dict[str, Any]:
    made = {"type": "object", "properties": named, "additionalProperties": False}
    return made if optional else {**made, "required": list(named)}


def compound(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.builds(an_object, st.dictionaries(NAMES, inner, min_size=1, max_size=4), st.booleans()),
        st.builds(lambda items: {"type": "array", "items": items, "maxItems": 3}, inner),
        st.builds(lambda items: {"type": "array", "items": items, "minItems": 2, "maxItems": 2}, inner),
        st.builds(
            lambda items: {"type": "array", "prefixItems": items, "items": False, "minItems": len(items)},
            st.lists(inner, min_size=1, max_size=3),
        ),
        st.builds(lambda one, other: {"oneOf": [one, {"type": "array", "items": other}]}, SHORT, inner),
        st.builds(lambda each: {"type": "object", "additionalProperties": each}, inner),
    )


DEFINITIONS = {
    "Step": {"type": "object", "properties": {"text": {"type": "string"}, "n": {"type": "integer"}}},
    "Tree": {"type": "object", "properties": {"leaf": {"type": "string"}, "more": {"$ref": "#/$defs/Tree"}}},
}
VALUES = st.recursive(st.one_of(SHORT, LONG), compound, max_leaves=8)


@st.composite
def schemas(draw: st.DrawFn) -> dict[str, Any]:
    named: dict[str, Any] = draw(st.dictionaries(NAMES, VALUES, min_size=1, max_size=6))
    for name in draw(st.lists(st.sampled_from(list(named)), max_size=2)):
        waits_for = draw(st.sampled_from([*named, "no such field"]))
        named[name] = {**named[name], "x-after": [waits_for]}
    return {**an_object(named, draw(st.booleans())), "$defs": DEFINITIONS}


def words(request: Request) -> str:
    """Return plain words for a text, and JSON with prose around it for other values."""
    schema = request.config.schema or {}
    if schema.get("type") == "string" or "anyOf" in schema:
        return "Boil it, and serve it with bread. It is a good soup."
    return f"Sure! Here it is:\n```json\n{valid_json(schema)}\n```\nI hope it helps."


RUBBISH = st.one_of(
    st.text(max_size=60),
    st.sampled_from(["", "{", '{"a": ', "[[[[", '"', "null", "1e999", "```", '"\\ud800"']),
)
KINDS = st.sampled_from(["constrained", "words", "rubbish"])


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(schemas(), KINDS, st.lists(RUBBISH, min_size=1, max_size=5), st.booleans(), st.data())
def test_a_valid_document_or_a_clear_error(
    schema: dict[str, Any], kind: str, rubbish: list[str], prefills: bool, data: st.DataObject
) -> None:
    cut: FinishReason = data.draw(st.sampled_from(["stop", "stop", "length"]))

    def answer(request: Request) -> Script:
        if kind == "constrained":
            return script(valid_json(request.config.schema or {}))
        if kind == "words":
            return script(words(request))
        return Script(*rubbish, finish_reason=cut)

    constrains = True if kind == "constrained" else data.draw(st.sampled_from([None, False]))
    engine = FieldEngine(answer, constrains=constrains, can_prefill=prefills and kind == "rubbish")

    async def run() -> tuple[str, str]:
        shown = text = ""
        sot = SkeletonOfThought(engine, strategy="fields", schema=schema)
        async for told in sot.stream("A soup for four"):
            if isinstance(told, TextDelta):
                shown += told.text
            elif isinstance(told, Finished):
                text = told.answer.text
        return shown, text

    failed: SotError | None = None
    shown, text = "", ""
    try:
        shown, text = asyncio.run(run())
    except SotError as error:
        failed = error
    event(f"{kind}: {type(failed).__name__}")
    if failed is not None:
        assert str(failed)
        assert "\n" not in str(failed)
    else:
        assert shown == text
        value = json.loads(text)
        assert Draft202012Validator(schema).is_valid(value)
        json.dumps(value).encode()
    assert engine.in_flight == 0
