"""Keys, ranks and owners on the wire: what a server gets, and what becomes of a refusal."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fault_server import Behaviour, Exchange, FaultServer, status, stream
from http_client import Make, failure, text
from rows import rows

from sot.backends.cache_salt import cache_salt
from sot.backends.openai_compatible.wire.key_fields import KeyFields
from sot.errors import BadRequestError, ConfigError
from sot.types import GenerateConfig

KEYED = GenerateConfig(answer="answer-1", priority=3)
VLLM = {"data": [{"id": "m", "owned_by": "vllm"}]}


def listing(payload: Any) -> Behaviour:
    return status(200, payload)


def refusing(name: str) -> Behaviour:
    async def behave(exchange: Exchange) -> None:
        message = {"error": {"message": f"Unknown parameter: '{name}'", "param": name}}
        await (status(400, message) if name in exchange.body else stream())(exchange)

    return behave


async def test_an_unknown_server_gets_the_key_in_a_header_and_no_field(server: FaultServer, make: Make):
    await text(make(), KEYED)
    got = server.completions[-1]
    assert got.headers["x-session-id"] == "answer-1"
    assert not {"priority", "session_id", "prompt_cache_key", "cache_salt"} & got.body.keys()
    await text(make())
    assert "x-session-id" not in server.completions[-1].headers


async def test_names_of_the_header_and_the_field_can_be_set(server: FaultServer, make: Make):
    await text(make(session_header="X-Chat", session_field="session_id", priority=True), KEYED)
    got = server.completions[-1]
    assert (got.headers["x-chat"], "x-session-id" in got.headers) == ("answer-1", False)
    assert (got.body["session_id"], got.body["priority"]) == ("answer-1", 3)
    await text(make(session_header="off"), KEYED)
    assert "x-session-id" not in server.completions[-1].headers
    await text(make(headers={"X-Session-Id": "mine"}), KEYED)
    assert server.completions[-1].headers["x-session-id"] == "mine"


@rows(
    "host, field, sent",
    [
        ("api.openai.com", None, "prompt_cache_key"),
        ("api.openai.com", "off", ""),
        ("api.openai.com", "user", "user"),
        ("localhost", None, ""),
    ],
)
def test_openai_gets_its_own_field(host: str, field: str | None, sent: str):
    own = KeyFields.chosen(host, None, field, priority=False).own(KEYED)
    assert own == ({sent: "answer-1"} if sent else {})


@rows("name, settings", [("priority", {"priority": True}), ("session_id", {"session_field": "session_id"})])
async def test_a_refused_field_is_left_out_and_remembered(
    server: FaultServer, make: Make, name: str, settings: dict[str, Any]
):
    server.default = refusing(name)
    seen = len(server.completions)
    backend = make(model=f"m-{name}", **settings)
    for _ in range(2):
        assert await text(backend, KEYED) == "Hello"
    assert [name in one.body for one in server.completions[seen:]] == [True, False, False]
    server.other["/v1/models"] = listing({"data": []})
    info = await backend.info()
    assert name in info.refuses
    if name == "priority":
        assert not info.takes_priority
        assert "refused" in info.evidence["takes_priority"]


async def test_a_refused_owner_is_an_error_and_never_left_out(server: FaultServer, make: Make):
    server.other["/v1/models"] = listing(VLLM)
    server.default = refusing("cache_salt")
    backend = make()
    error = await failure(backend, GenerateConfig(tenant="a"))
    assert isinstance(error, BadRequestError)
    assert all(one.body["cache_salt"] == "a" for one in server.completions)


async def test_an_owner_that_vllm_would_refuse_is_sent_as_a_digest_of_its_own(
    server: FaultServer, make: Make
):
    server.other["/v1/models"] = listing(VLLM)
    backend = make()
    names = ["team 7", "x" * 128, "", "me@here", "a/b", "a\\b", "a\0b", "x" * 129, "\ud800"]
    for name in [*names, cache_salt("me@here")]:
        assert await text(backend, GenerateConfig(tenant=name)) == "Hello"
    salts = [one.body["cache_salt"] for one in server.completions]
    assert salts[:2] == names[:2]
    assert len(set(salts)) == len(salts), "no owner is another one"
    assert all(re.fullmatch(r"sot-tenant-[0-9a-f]{64}", salt) for salt in salts[2:])


@rows(
    "config",
    [
        GenerateConfig(answer="a\r\nX-Evil: 1"),
        GenerateConfig(answer="日本"),
        GenerateConfig(traceparent="\0"),
    ],
)
async def test_what_no_header_can_carry_is_one_clear_line(
    server: FaultServer, make: Make, config: GenerateConfig
):
    seen = len(server.completions)
    error = await failure(make(), config)
    assert isinstance(error, ConfigError)
    assert "printable ASCII alone" in str(error)
    assert len(server.completions) == seen


async def test_only_a_server_known_to_keep_tenants_apart_gets_their_requests(server: FaultServer, make: Make):
    error = await failure(make(), GenerateConfig(tenant="a"))
    assert isinstance(error, ConfigError)
    assert not server.completions
    with pytest.raises(ConfigError):
        async with make().forward({"messages": []}, tenant="a"):
            pass
    server.default = stream()
    told = make(engine_can={"separates_tenants": "yes"})
    assert await text(told, GenerateConfig(tenant="a", extra={"cache_salt": "other"})) == "Hello"
    assert server.completions[-1].body["cache_salt"] == "a", "the owner is not the caller's to choose"
    assert (await told.info()).separates_tenants


async def test_a_forwarded_request_carries_a_key_and_keeps_its_own(server: FaultServer, make: Make):
    server.default = stream()
    body = {"messages": [{"role": "user", "content": "Hi"}], "session_id": "its-own"}
    async with make(session_field="session_id").forward(body, answer="answer-1") as forwarded:
        async for _ in forwarded.pieces:
            pass
    got = server.completions[-1]
    assert (got.headers["x-session-id"], got.body["session_id"]) == ("answer-1", "its-own")


@pytest.mark.parametrize("setting", ["session_header", "session_field"])
@pytest.mark.parametrize("name", ["a b:c", "X\r\nEvil: 1", "Content-Length", "Authorization", "model"])
def test_a_name_that_is_none_or_taken_is_refused(make: Make, setting: str, name: str):
    with pytest.raises(ConfigError, match=setting):
        make(**{setting: name})
