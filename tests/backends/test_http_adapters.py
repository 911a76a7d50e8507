"""Adapters of a server: served as models on top of another one, and named by requests in its place."""

from __future__ import annotations

from typing import Any

import pytest
from fault_server import HELLO, FaultServer, status, stream
from http_client import Make

from sot.errors import ConfigError
from sot.types import GenerateConfig, Message

BASE = {"id": "m", "owned_by": "vllm", "root": "/models/m"}
ADAPTERS = [{"id": name, "owned_by": "vllm", "root": f"/lora/{name}", "parent": "m"} for name in ("a", "b")]
OTHER = [{"id": "other", "root": "/models/other"}, {"id": "c", "parent": "other", "root": "/lora/c"}]


def listed(server: FaultServer, *entries: dict[str, Any]) -> None:
    server.other["/v1/models"] = status(200, {"object": "list", "data": list(entries)})


async def asked(server: FaultServer, backend: Any, *adapters: str | None) -> list[str]:
    """The models that requests with these adapters named."""
    before = len(server.completions)
    for adapter in adapters:
        async for _ in backend.stream([Message("user", "Hi")], GenerateConfig(adapter=adapter)):
            pass
    return [exchange.body["model"] for exchange in server.completions[before:]]


async def test_a_request_names_its_adapter_as_the_model(server: FaultServer, make: Make) -> None:
    listed(server, BASE, *ADAPTERS, *OTHER)
    backend = make()
    info = await backend.info()
    assert (info.model, info.adapters) == ("m", ("a", "b"))
    assert info.evidence["adapters"] == "/v1/models: entries with this model as their parent"
    assert await asked(server, backend, None, "a", "off", "b") == ["m", "a", "m", "b"]


@pytest.mark.parametrize("name", ["c", "other", "m", "/models/m"])
async def test_what_is_no_adapter_of_the_model_is_refused(server: FaultServer, make: Make, name: str) -> None:
    listed(server, BASE, *ADAPTERS, *OTHER)
    with pytest.raises(ConfigError, match=rf"has no adapter '{name}' of m: it has a, b"):
        await asked(server, make(), name)
    assert server.completions == []


async def test_another_name_of_the_same_model_has_its_adapters(server: FaultServer, make: Make) -> None:
    listed(server, BASE, {**BASE, "id": "alias"}, *ADAPTERS)
    assert (await make(model="alias").info()).adapters == ("a", "b")


async def test_a_list_without_adapters(server: FaultServer, make: Make) -> None:
    listed(server, BASE)
    backend = make()
    assert (await backend.info()).adapters == ()
    with pytest.raises(ConfigError, match="it lists none"):
        await asked(server, backend, "a")


async def test_a_server_that_does_not_tell_gets_the_name_as_it_is(server: FaultServer, make: Make) -> None:
    for models in (status(404), status(200, {"data": [{"id": "m", "owned_by": "somebody"}]})):
        server.other["/v1/models"] = models
        backend = make()
        assert (await backend.info()).adapters is None
        assert await asked(server, backend, "a", None) == ["a", "m"]


async def test_they_can_be_stated(server: FaultServer, make: Make) -> None:
    listed(server, {"id": "m"})
    backend = make(engine_can={"adapters": "a, b"})
    assert (await backend.info()).adapters == ("a", "b")
    assert await asked(server, backend, "a") == ["a"]
    with pytest.raises(ConfigError, match="it has a, b"):
        await asked(server, backend, "c")


async def test_sglang_takes_model_and_adapter_in_one_name(server: FaultServer, make: Make) -> None:
    entries = [{**entry, "owned_by": "sglang"} for entry in (BASE, *ADAPTERS)]
    listed(server, *entries)
    assert await asked(server, make(), "a", None, "off") == ["m:a", "m", "m"]


async def test_a_forwarded_request_has_its_adapter_too(server: FaultServer, make: Make) -> None:
    listed(server, BASE, *ADAPTERS)
    backend = make()
    for adapter in (None, "b"):
        async with backend.forward({"messages": [], "model": "x"}, adapter=adapter) as answer:
            async for _ in answer.pieces:
                pass
    assert [exchange.body["model"] for exchange in server.completions] == ["m", "b"]


async def test_prefixes_of_other_adapters_say_nothing_about_the_cache(
    server: FaultServer, make: Make
) -> None:
    """Keys and values of one adapter serve no other: a miss there is no evidence."""
    listed(server, {"id": "m"})
    used = {"prompt_tokens": 400, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 0}}
    server.default = stream([*HELLO[:4], {"choices": [], "usage": used}, "[DONE]"])
    names = "abcdef"
    backend = make(engine_can={"adapters": tuple(names)})
    for adapter in names:
        async for _ in backend.stream([Message("user", "word " * 400)], GenerateConfig(adapter=adapter)):
            pass
    assert (await backend.info()).caches_prefixes == "unknown"
    for _ in range(4):  # one and the same
        async for _ in backend.stream([Message("user", "word " * 400)], GenerateConfig(adapter="a")):
            pass
    assert (await backend.info()).caches_prefixes == "no"
