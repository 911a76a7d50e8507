"""JSON schemas at real servers: whose texts follow them, and what becomes of one that does not compile."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from typing import Any

import pytest
from conftest import client
from own_counts import until_idle

from sot.types import GenerateConfig, Message

CONSTRAINING = ["llamacpp", "litellm", "vllm"]
OWN_WORDS = ["llamacpp", "vllm"]  # known to constrain before any request


def object_of(name: str) -> dict[str, Any]:
    """A schema of an object that no model would write by itself."""
    fields = {name: {"type": "string", "maxLength": 12}, "説明": {"enum": ["飲み物", "食べ物"]}}
    return {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


async def answered(sot, schema, question="What is tea?", tokens=100):
    """The text of a completion, and why it ended."""
    config = GenerateConfig(temperature=0, max_tokens=tokens, schema=schema)
    text, finish = "", None
    async with aclosing(sot.backend.stream([Message("user", question)], config)) as stream:
        async for chunk in stream:
            text += chunk.text
            finish = chunk.finish_reason or finish
    return text, finish


@pytest.mark.parametrize("kept", CONSTRAINING, indirect=True)
async def test_eight_schemas_at_once_are_each_followed(sot):
    names = [f"key{number}" for number in range(8)]
    answers = await asyncio.gather(*(answered(sot, object_of(name)) for name in names))
    for name, (text, finish) in zip(names, answers, strict=True):
        value = json.loads(text)
        assert list(value) == [name, "説明"]
        assert len(value[name]) <= 12
        assert finish == "stop"
    info = await sot.info()
    assert info.refuses == ()
    assert info.constrains is not False


@pytest.mark.parametrize("kept", OWN_WORDS, indirect=True)
@pytest.mark.parametrize(
    ("schema", "right"),
    [
        ({"type": "string", "maxLength": 40}, lambda value: isinstance(value, str) and len(value) <= 40),
        ({"enum": [6, 8]}, lambda value: value in (6, 8)),
        (
            {"type": "array", "items": {"type": "string", "maxLength": 9}, "minItems": 2, "maxItems": 2},
            lambda value: [type(item) for item in value] == [str, str],
        ),
    ],
    ids=["string", "enum", "array"],
)
async def test_a_schema_need_not_be_an_object(sot, schema, right):
    await sot.info()
    text, finish = await answered(sot, schema)
    assert right(json.loads(text))
    assert finish == "stop"


@pytest.mark.parametrize("kept", CONSTRAINING, indirect=True)
@pytest.mark.parametrize("pattern", ["(?<=a)b(", r"^\p{L}+$"])
async def test_a_schema_that_does_not_compile_is_left_out_of_its_request_alone(sot, server, pattern):
    bad = {"type": "object", "properties": {"a": {"type": "string", "pattern": pattern}}, "required": ["a"]}
    (text, _), (beside, _) = await asyncio.gather(
        answered(sot, bad, tokens=24), answered(sot, object_of("key"))
    )
    assert text.strip()
    assert not text.lstrip().startswith("{")
    assert list(json.loads(beside)) == ["key", "説明"]
    again, _ = await answered(sot, object_of("other"))
    assert list(json.loads(again)) == ["other", "説明"]
    assert (await sot.info()).refuses == ()
    await until_idle(server)


@pytest.mark.parametrize("kept", ["transformers"], indirect=True)
async def test_a_server_that_ignores_schemas_is_found_out_by_its_first_whole_answer(sot, server):
    assert (await sot.info()).constrains is None
    text, finish = await answered(sot, object_of("key"), "Say yes.", tokens=60)
    assert not text.startswith("{")
    found = (await sot.info()).constrains
    assert found is (False if finish == "stop" else None)
    async with client(server) as other:
        assert (await other.info()).constrains is found
