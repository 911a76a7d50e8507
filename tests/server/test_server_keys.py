"""Keys of callers at the server: sessions for the engine's router, tenants of its prefix cache."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from cli_server import MODEL, QUESTION
from engine_server import EngineServer
from server_process import ServedApp

from sot import SkeletonOfThought
from sot.errors import ConfigError
from sot.server import ServerSettings
from sot.server.service import Service

KEYS = ("key-of-ada", "key-of-bob")
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]
WAYS: list[dict[str, Any]] = [{"model": "skeleton"}, {"model": "normal"}, {"tools": TOOLS}]


def as_vllm(engine: EngineServer) -> None:
    engine.models = {"data": [{"id": MODEL, "owned_by": "vllm", "max_model_len": 4096}]}


@pytest.fixture
def engine() -> Iterator[EngineServer]:
    with EngineServer() as server:
        yield server


def ask(served: ServedApp, headers: dict[str, str] | None = None, **fields: Any) -> httpx.Response:
    body = {"model": "auto", "messages": [{"role": "user", "content": QUESTION}], **fields}
    return httpx.post(f"{served.address}/v1/chat/completions", json=body, headers=headers, timeout=60)


def test_every_request_to_the_engine_carries_the_callers_session_or_one_of_its_own(engine: EngineServer):
    with ServedApp(engine.url) as served:
        for way in WAYS:
            for headers, fields, expected in (
                ({"X-Session-ID": "chat-1"}, {}, "chat-1"),
                ({}, {"prompt_cache_key": "chat-2"}, "chat-2"),
                ({}, {}, None),
            ):
                seen = len(engine.completions)
                assert ask(served, headers, **way, **fields).status_code == 200
                (key,) = {one.headers["x-session-id"] for one in engine.completions[seen:]}
                assert key == expected or (expected is None and key.startswith("sot-"))


def test_each_api_key_is_a_tenant_at_the_engine(engine: EngineServer):
    as_vllm(engine)
    salts: dict[tuple[str, str], str] = {}
    with ServedApp(engine.url, ServerSettings(api_keys=KEYS, cache_salt_by="key")) as served:
        for key in KEYS:
            for own in ("", "inner"):
                for way in WAYS:
                    seen = len(engine.completions)
                    more = {"cache_salt": own} if own else {}
                    answer = ask(served, {"Authorization": f"Bearer {key}"}, **way, **more)
                    assert answer.status_code == 200
                    (salt,) = {one.body["cache_salt"] for one in engine.completions[seen:]}
                    assert salts.setdefault((key, own), salt) == salt
                    assert key not in salt
        events = httpx.post(
            f"{served.address}/sot/events",
            json={"question": QUESTION},
            headers={"api-key": KEYS[0]},
            timeout=60,
        )
        assert events.status_code == 200
        other = {"api-key": "no-key-of-this-server", "Authorization": f"Bearer {KEYS[0]}"}
        assert ask(served, other, model="normal").status_code == 200
        assert engine.completions[-1].body["cache_salt"] == salts[(KEYS[0], "")], "its valid key counts"
        assert engine.completions[-1].body["cache_salt"] == salts[(KEYS[0], "")]
    assert len(set(salts.values())) == 4


def test_a_header_may_name_the_tenant_and_must_then_be_there(engine: EngineServer):
    as_vllm(engine)
    with ServedApp(engine.url, ServerSettings(cache_salt_by="X-Team")) as served:
        assert ask(served, {"x-team": "red"}).status_code == 200
        missing = ask(served)
        assert missing.status_code == 400
        assert "X-Team" in missing.json()["error"]["message"]
        twice = httpx.post(
            f"{served.address}/sot/events",
            json={"question": QUESTION},
            headers=[("x-team", "red"), ("x-team", "blue")],  # the gateway's, and the caller's own
            timeout=60,
        )
        assert twice.status_code == 400


def test_an_engine_that_may_share_prefixes_gets_no_request(engine: EngineServer):
    with ServedApp(engine.url, ServerSettings(cache_salt_by="X-Team")) as served:
        for way in WAYS:
            refused = ask(served, {"x-team": "red"}, **way)
            assert refused.status_code == 503
            assert "tenants" in refused.json()["error"]["message"]
    assert not engine.completions


async def test_a_server_does_not_start_with_an_engine_that_may_share_prefixes(engine: EngineServer):
    settings, further = ServerSettings(cache_salt_by="X-Team"), {"model": "small"}
    async with SkeletonOfThought(engine.url) as main:
        with pytest.raises(ConfigError, match=r"the engine \(.+\) is not known to keep tenants"):
            await Service(main, settings).start()
        await Service(main, ServerSettings()).start()
    as_vllm(engine)
    with EngineServer() as other:
        stages = {"points": {"backend": other.url, **further}}
        async with SkeletonOfThought(engine.url, stages=stages) as two:
            with pytest.raises(ConfigError, match=r"the engine of the stage points \(small\) is not known"):
                await Service(two, settings).start()
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # taken, and not listening: connections are refused
        stages = {"points": {"backend": f"http://127.0.0.1:{held.getsockname()[1]}/v1", **further}}
        async with SkeletonOfThought(engine.url, stages=stages) as later:
            await Service(later, settings).start()  # it may come up: each request looks again


def test_tenants_by_key_need_keys():
    with pytest.raises(ConfigError, match="no API keys"):
        ServerSettings(cache_salt_by="key")
    with pytest.raises(ConfigError, match="cache_salt_by"):
        ServerSettings(cache_salt_by="a header")
