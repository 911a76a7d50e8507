"""JSON schemas in the torch engine: what is decoded follows them; one that does not compile is left out."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
import pytest_asyncio

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("llguidance")

from sot.backends.torch_engine import TorchBackend, constraint
from sot.errors import ConfigError
from sot.types import Backend, GenerateConfig, Message

TEA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 20},
        "hot": {"type": "boolean"},
        "kind": {"enum": ["drink", "food"]},
        "説明": {"type": "string", "maxLength": 12},
    },
    "required": ["name", "hot", "kind", "説明"],
    "additionalProperties": False,
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def backend():
    """The built-in model."""
    backend = TorchBackend()
    await backend.info()
    yield backend
    await backend.aclose()


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def answer(
    backend: Backend, question: str, schema: Any = None, *, tokens: int = 120, **config: Any
) -> tuple[str, str | None]:
    """The text of a completion, and why it ended."""
    settings = GenerateConfig(max_tokens=tokens, schema=schema, **config)
    text, finish = "", None
    async for chunk in backend.stream([Message("user", question)], settings):
        text += chunk.text
        finish = chunk.finish_reason or finish
    return text, finish


async def test_info_says_so(backend: TorchBackend) -> None:
    info = await backend.info()
    assert info.constrains is True
    assert "llguidance" in info.evidence["constrains"]


async def test_without_the_library_nothing_is_constrained(
    backend: TorchBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constraint.importlib.util, "find_spec", lambda name: None)
    info = await backend.info()
    assert info.constrains is False
    assert "[torch]" in info.evidence["constrains"]
    text, _ = await answer(backend, "What is tea?", TEA, tokens=8)
    assert "tea" in text.lower()
    assert "{" not in text


@pytest.mark.parametrize("config", [{"temperature": 0}, {"temperature": 1.5, "seed": 3}], ids=str)
async def test_an_object_has_exactly_the_fields_of_its_schema(
    backend: TorchBackend, config: dict[str, Any]
) -> None:
    text, finish = await answer(backend, "What is tea?", TEA, **config)
    value = json.loads(text)
    assert list(value) == ["name", "hot", "kind", "説明"]
    assert isinstance(value["hot"], bool)
    assert value["kind"] in ("drink", "food")
    assert len(value["説明"]) <= 12
    assert finish == "stop"


async def test_eight_schemas_at_once_each_hold_for_their_own_request(backend: TorchBackend) -> None:
    alone, _ = await answer(backend, "What is a river?", tokens=20)
    answers = await asyncio.gather(
        *(
            answer(backend, f"Name thing {number}.", {"type": "string", "maxLength": 5 + number})
            for number in range(7)
        ),
        answer(backend, "How many legs has a spider?", {"enum": [6, 8]}),
        answer(backend, "What is a river?", tokens=20),
    )
    values = [json.loads(text) for text, _ in answers[:8]]
    assert all(len(value) <= 5 + number for number, value in enumerate(values[:7]))
    assert values[7] in (6, 8)
    assert answers[8][0] == alone


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "nonsense"},
        {"$ref": "#/$defs/missing"},
        {"$ref": "http://elsewhere\x1b[31m"},
        {"type": "array", "uniqueItems": True},
        {"type": "string", "pattern": "(?<=a)b("},
        {"type": "object", "properties": {"\ud800": {"type": "string"}}, "required": ["\ud800"]},
    ],
    ids=lambda schema: ascii(schema)[:40],
)
async def test_a_schema_that_does_not_compile_is_left_out(
    backend: TorchBackend, schema: dict[str, Any], capfd: pytest.CaptureFixture[str]
) -> None:
    (text, _), (beside, _) = await asyncio.gather(
        answer(backend, "What is tea?", schema, tokens=8),
        answer(backend, "A colour?", {"enum": ["red", "blue"]}),
    )
    assert "tea" in text.lower()
    assert json.loads(beside) in ("red", "blue")
    assert capfd.readouterr() == ("", "")


async def test_a_schema_that_is_no_json_is_a_clear_error(backend: TorchBackend) -> None:
    with pytest.raises(ConfigError, match="the schema is not JSON"):
        await answer(backend, "What is tea?", {"enum": [{1, 2}]})


async def test_a_deep_schema_is_left_out(backend: TorchBackend) -> None:
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(900):
        deep = {"type": "array", "items": deep}
    text, _ = await answer(backend, "What is tea?", deep, tokens=8)
    assert "tea" in text.lower()


async def test_a_token_limit_and_a_forced_length_still_hold(backend: TorchBackend) -> None:
    text, finish = await answer(backend, "What is tea?", {"type": "string", "minLength": 400}, tokens=9)
    assert text.startswith('"')
    assert finish == "length"
    _, finish = await answer(backend, "A colour?", {"enum": ["red"]}, tokens=12, extra={"ignore_eos": True})
    assert finish == "length"
