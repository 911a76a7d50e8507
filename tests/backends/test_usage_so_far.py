"""Usage of completions left early: servers known to tell it with every chunk are asked to, no others."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any

import pytest
from engine_endpoints import listed
from fault_server import Behaviour, Exchange, FaultServer, delta, event, status
from http_client import Make

from sot.backends.openai_compatible import OpenAICompatibleBackend
from sot.types import Chunk, GenerateConfig, Message, Usage

QUESTION = [Message("user", "Hi")]
TELLING = ["vllm", "sglang"]
SILENT = ["llamacpp", "library", "somebody", "openai"]
FIELD = "continuous_usage_stats"


def so_far(prompt: int, completion: int) -> dict[str, Any]:
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def telling(owner: str) -> list[Any]:
    """Deltas with running totals, as the server with this name sends them when asked."""
    role = {"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]}
    first = [{**role, "usage": so_far(31, 0)}] if owner == "vllm" else [{**role, "usage": None}]
    return [*first, *({**delta(text), "usage": so_far(31, n)} for n, text in enumerate(("a", "b", "c"), 1))]


def unfinished(payloads: list[Any]) -> Behaviour:
    """Stream these payloads, and then nothing until the client has gone."""

    async def behave(exchange: Exchange) -> None:
        await exchange.start(headers={"content-type": "text/event-stream"})
        for payload in payloads:
            await exchange.send(event(payload))
        await exchange.gone()

    return behave


async def left_after(backend: OpenAICompatibleBackend, pieces: int) -> list[Chunk]:
    """The first chunks of a completion that is left then."""
    await backend.info()  # as an answer does: the server's name is known from here on
    async with aclosing(backend.stream(QUESTION, GenerateConfig())) as stream:
        return [await anext(stream) for _ in range(pieces)]


@pytest.mark.parametrize("owner", TELLING)
async def test_a_completion_left_early_has_its_prompt_tokens(
    server: FaultServer, make: Make, owner: str
) -> None:
    listed(server, owner)
    server.default = unfinished(telling(owner))
    chunks = await left_after(make(), 2)
    assert server.completions[-1].body["stream_options"] == {"include_usage": True, FIELD: True}
    assert chunks == [Chunk("a", usage=Usage(31, 0, 1, 1)), Chunk("b", usage=Usage(31, 0, 2, 1))]


@pytest.mark.parametrize("owner", SILENT)
async def test_other_servers_are_not_asked(server: FaultServer, make: Make, owner: str) -> None:
    listed(server, owner)
    server.default = unfinished([delta("a"), delta("b")])
    chunks = await left_after(make(), 2)
    assert server.completions[-1].body["stream_options"] == {"include_usage": True}
    assert [chunk.usage for chunk in chunks] == [None, None]  # nothing is made up


@pytest.mark.parametrize("owner", TELLING)
async def test_a_server_that_refuses_it_is_asked_once(server: FaultServer, make: Make, owner: str) -> None:
    listed(server, owner)

    async def refusing(exchange: Exchange) -> None:
        if FIELD in exchange.body["stream_options"]:
            refusal = {"error": {"message": f"unknown field `{FIELD}`", "code": 400}}
            await status(400, refusal)(exchange)
        else:
            await unfinished([delta("a"), delta("b")])(exchange)

    server.default = refusing
    backend = make()
    for _ in range(2):
        assert "".join(chunk.text for chunk in await left_after(backend, 2)) == "ab"
    asked = [FIELD in seen.body["stream_options"] for seen in server.completions]
    assert asked == [True, False, False]
    assert all(seen.body["stream_options"]["include_usage"] for seen in server.completions)
