"""JSON schemas on real vLLM: what is decoded follows them, and one that does not compile harms nobody."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from conftest import answer, ask, engine_of, until_idle

from sot.errors import ConfigError
from sot.types import GenerateConfig

TEA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 20},
        "hot": {"type": "boolean"},
        "kind": {"enum": ["drink", "food"]},
        "説明": {"type": "string", "maxLength": 30},
    },
    "required": ["name", "hot", "kind", "説明"],
    "additionalProperties": False,
}
NOT_COMPILED: list[dict[str, Any]] = [
    {"type": "nonsense"},
    {"$ref": "#/$defs/missing"},
    {"type": "array", "uniqueItems": True, "items": {"type": "string"}},
    {"type": "string", "pattern": "(?<=a)b("},
    {"type": "object", "properties": {"\ud800": {"type": "string"}}, "required": ["\ud800"]},
    {"$ref": "\x1b[31mhttp://elsewhere"},
]


async def test_info_says_that_the_engine_constrains(backend):
    info = await backend.info()
    assert info.constrains is True
    assert "structured outputs" in info.evidence["constrains"]


async def test_an_object_has_exactly_the_fields_of_its_schema(backend):
    text, last = await answer(backend, "What is tea?", schema=TEA, max_tokens=200)
    value = json.loads(text)
    assert list(value) == ["name", "hot", "kind", "説明"]
    assert isinstance(value["hot"], bool)
    assert value["kind"] in ("drink", "food")
    assert last.finish_reason == "stop"


async def test_a_schema_may_be_a_bare_value(backend):
    text, last = await answer(
        backend, "Describe tea.", schema={"type": "string", "maxLength": 60}, max_tokens=90
    )
    assert text[0] == text[-1] == '"'
    assert 0 < len(json.loads(text)) <= 60
    assert last.finish_reason == "stop"
    text, _ = await answer(backend, "How many legs has a spider?", schema={"enum": [6, 8]}, max_tokens=9)
    assert json.loads(text) in (6, 8)


async def test_eight_schemas_at_once_each_hold_for_their_own_request(backend):
    schemas = [
        {
            "type": "object",
            "properties": {f"field_{index}": {"type": "string", "maxLength": 12}},
            "required": [f"field_{index}"],
            "additionalProperties": False,
        }
        for index in range(8)
    ]
    answers = await asyncio.gather(
        *(answer(backend, f"Name thing {i}.", schema=s, max_tokens=120) for i, s in enumerate(schemas)),
        answer(backend, "What is a river?", max_tokens=20),
    )
    texts = [text for text, _ in answers]
    assert [list(json.loads(text)) for text in texts[:8]] == [[f"field_{index}"] for index in range(8)]
    assert texts[8].strip()
    assert not texts[8].lstrip().startswith("{")  # the free one beside them was left alone
    await until_idle(engine_of(backend))


@pytest.mark.parametrize("schema", NOT_COMPILED, ids=lambda schema: ascii(schema)[:40])
async def test_a_schema_that_does_not_compile_is_left_out_and_harms_nobody(backend, schema, capfd):
    await answer(backend, "A colour?", schema={"enum": ["red", "blue"]}, max_tokens=9)
    (text, last), (beside, _) = await asyncio.gather(
        answer(backend, "What is tea?", schema=schema, max_tokens=12),
        answer(backend, "A colour?", schema={"enum": ["red", "blue"]}, max_tokens=9),
    )
    assert "tea" in text.lower()
    assert last.usage.completion_tokens == 12
    assert (last.usage.requests, last.finish_reason) == (1, "length")
    assert json.loads(beside) in ("red", "blue")
    assert "\x1b" not in capfd.readouterr().err
    await until_idle(engine_of(backend))


async def test_a_deep_schema_is_left_out(backend):
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(500):
        deep = {"type": "array", "items": deep}
    text, _ = await answer(backend, "What is tea?", schema=deep, max_tokens=12)
    assert "tea" in text.lower()


async def test_a_schema_that_is_no_json_is_a_clear_error(backend):
    with pytest.raises(ConfigError, match="the schema is not JSON"):
        await answer(backend, "What is tea?", schema={"enum": [{1, 2}]})


async def test_the_callers_own_structured_outputs_win(backend):
    extra = {"structured_outputs": {"choice": ["red", "blue"]}}
    text, _ = await answer(backend, "Pick a colour.", schema=TEA, extra=extra)
    assert text in ("red", "blue")


async def test_a_request_that_is_left_while_its_schema_compiles_leaves_the_engine_idle(backend):
    slow = {"type": "string", "minLength": 1, "maxLength": 20_000}
    stream = backend.stream(ask("What is tea?"), GenerateConfig(max_tokens=200, schema=slow))
    first = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    await stream.aclose()
    text, _ = await answer(backend, "A colour?", schema={"enum": ["red", "blue"]}, max_tokens=9)
    assert json.loads(text) in ("red", "blue")
    await until_idle(engine_of(backend))
