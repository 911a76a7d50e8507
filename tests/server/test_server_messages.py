"""The Messages API as Anthropic's own client sees it: events, shapes, conversations, errors, forwarding.

The server is real and on a port; the engine behind it is a test double (`engine_server.EngineServer`), whose
text is known to the letter. `test_server_clients` has the same client with a real model.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx
import pytest
from cli_server import MODEL, NORMAL, QUESTION, TEXT, TITLES, Gate
from engine_server import EngineServer
from fault_server import Exchange, delta, event, raw, status
from scripted import ScriptedBackend, by_stage, made
from server_process import ServedApp

from sot.options import Options
from sot.server import ServerSettings
from sot.server.forwarded_usage import usage_in
from sot.server.messages_request import read_messages_request
from sot.server.request_terms import ReadingTerms
from sot.types import Usage

MESSAGES, COUNT = "/v1/messages", "/v1/messages/count_tokens"
OUR_KEY, ENGINE_KEY = "sk-of-this-server", "sk-of-the-engine"
KEY = {"x-api-key": OUR_KEY}
ASKED: list[Any] = [{"role": "user", "content": QUESTION}]
TOOL = {"name": "weather", "description": "The weather.", "input_schema": {"type": "object"}}
IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}
EPHEMERAL = {"type": "ephemeral"}


@pytest.fixture(scope="module")
def running() -> Iterator[EngineServer]:
    with EngineServer() as server:
        yield server


@pytest.fixture(scope="module")
def served(running: EngineServer) -> Iterator[ServedApp]:
    settings = ServerSettings(api_keys=(OUR_KEY,), aliases=(("claude-x", "auto"), ("quick", "normal")))
    with ServedApp(running.url, settings, api_key=ENGINE_KEY) as served:
        yield served
    assert running.all_closed(), "a connection to the engine was left open"


@pytest.fixture
def engine(running: EngineServer, served: ServedApp) -> Iterator[EngineServer]:
    running.reset()
    yield running
    assert served.at_rest()


@pytest.fixture
def client(served: ServedApp, engine: EngineServer) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=served.address, api_key=OUR_KEY, max_retries=0) as client:
        yield client


def request(**fields: Any) -> dict[str, Any]:
    return {"model": "auto", "max_tokens": 1024, "messages": ASKED, **fields}


def text_in(message: Any) -> str:
    (block,) = message.content
    assert block.type == "text"
    return block.text


class TestAnswers:
    def test_whole(self, client: anthropic.Anthropic, engine: EngineServer) -> None:
        given = client.messages.with_raw_response.create(
            model="skeleton", max_tokens=1024, messages=ASKED, extra_body={"sot": {"details": True}}
        )
        message = given.parse()
        assert text_in(message) == TEXT
        assert (message.type, message.role, message.model) == ("message", "assistant", MODEL)
        assert (message.stop_reason, message.stop_sequence) == ("end_turn", None)
        requests = 1 + len(TITLES)
        assert message.usage.cache_read_input_tokens == 10 * requests
        assert message.usage.input_tokens == 30 * requests, "without those from a cache"
        assert message.usage.output_tokens > 30
        assert message.model_extra is not None
        assert message.model_extra["sot"]["route"]["strategy"] == "skeleton"
        assert given.headers["x-sot-strategy"] == "skeleton"
        assert message._request_id == given.headers["x-request-id"]
        for exchange in engine.completions:
            assert exchange.headers["authorization"] == f"Bearer {ENGINE_KEY}"
            assert OUR_KEY not in str(exchange.headers)

    def test_streamed(self, client: anthropic.Anthropic, engine: EngineServer) -> None:
        events = list(
            client.messages.create(
                model="claude-x",
                max_tokens=1024,
                messages=ASKED,
                stream=True,
                extra_body={"sot": {"details": True}},
            )
        )
        kinds = [part.type for part in events]
        assert kinds[:2] == ["message_start", "content_block_start"]
        assert kinds[-3:] == ["content_block_stop", "message_delta", "message_stop"]
        deltas = events[2:-3]
        assert {part.type for part in deltas} == {"content_block_delta"}
        assert len(deltas) > len(TITLES), "it came in pieces"
        told = events[-2]
        assert told.type == "message_delta"
        assert told.delta.stop_reason == "end_turn"
        assert told.usage.output_tokens > 30
        assert told.model_extra is not None
        assert len(told.model_extra["sot"]["points"]) == len(TITLES)

    def test_the_clients_own_accumulation(self, client: anthropic.Anthropic, engine: EngineServer) -> None:
        with client.messages.stream(model="skeleton", max_tokens=1024, messages=ASKED) as stream:
            assert "".join(stream.text_stream) == TEXT
            message = stream.get_final_message()
        assert text_in(message) == TEXT
        assert message.usage.input_tokens == 30 * (1 + len(TITLES))

    def test_a_limit_that_cuts_is_told(self, client: anthropic.Anthropic, engine: EngineServer) -> None:
        engine.finish = "length"
        message = client.messages.create(model="quick", max_tokens=1024, messages=ASKED)
        assert (text_in(message), message.stop_reason) == (NORMAL, "max_tokens")

    def test_a_limit_beyond_the_engines_context_is_none(
        self, client: anthropic.Anthropic, engine: EngineServer
    ) -> None:
        for limit, sent in ((4095, 4095), (4096, Options().max_tokens), (32_000, Options().max_tokens)):
            with client.messages.stream(model="normal", max_tokens=limit, messages=ASKED) as stream:
                assert stream.get_final_text() == NORMAL
            assert engine.completions[-1].body["max_tokens"] == sent

    def test_a_client_that_leaves_ends_everything_at_the_engine(
        self, served: ServedApp, engine: EngineServer
    ) -> None:
        held = Gate()
        engine.normal = ["A ", held, "normal answer."]
        asked = request(model="normal", stream=True)
        with httpx.stream("POST", served.address + MESSAGES, json=asked, headers=KEY, timeout=60) as stream:
            for line in stream.iter_lines():
                if "text_delta" in line:
                    break
            held.wait_reached()
        held.wait_left()
        served.wait_outcome("normal", "client_gone")


class TestConversations:
    def test_blocks_turns_and_thoughts(self, client: anthropic.Anthropic, engine: EngineServer) -> None:
        turns: list[Any] = [
            {"role": "user", "content": [{"type": "text", "text": "Hello."}]},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "A greeting.", "signature": "s"},
                    {"type": "redacted_thinking", "data": "x"},
                    {"type": "text", "text": "Hi", "citations": None},
                    {"type": "text", "text": " there."},
                ],
            },
            {"role": "user", "content": "A note of the app's."},
            {"role": "user", "content": [{"type": "text", "text": QUESTION, "cache_control": EPHEMERAL}]},
        ]
        system: list[Any] = [
            {"type": "text", "text": "You are an agent."},
            {"type": "text", "text": "Be brief.", "cache_control": EPHEMERAL},
        ]
        message = client.messages.create(model="normal", max_tokens=1024, system=system, messages=turns)
        assert text_in(message) == NORMAL
        (asked,) = engine.asked()
        assert [(turn["role"], turn["content"]) for turn in asked] == [
            ("system", "You are an agent.\n\nBe brief."),
            ("user", "Hello."),
            ("assistant", "Hi there."),
            ("user", f"A note of the app's.\n\n{QUESTION}"),
        ]

    def test_settings(self, client: anthropic.Anthropic, engine: EngineServer) -> None:
        sampling = {"temperature": 0.5, "top_p": 0.9, "top_k": 40}  # no arguments of the client's any more
        message = client.messages.create(
            model="auto",
            max_tokens=64,
            system="Talk like a pirate.",
            messages=ASKED,
            stop_sequences=["answer"],
            metadata={"user_id": "u-1"},
            service_tier="auto",
            tools=[],
            tool_choice={"type": "auto", "disable_parallel_tool_use": True},
            output_config={"effort": "high"},
            extra_body={
                **sampling,
                "context_management": {"edits": []},
                "cache_control": EPHEMERAL,
            },
        )
        assert text_in(message) == "A normal ", "so short an answer has no skeleton, and this one ends there"
        (sent,) = engine.completions
        assert 0 < sent.body["max_tokens"] <= 64
        known = {"model", "messages", "stream", "stream_options", "max_tokens"}
        told = {name: value for name, value in sent.body.items() if name not in known}
        assert told == {**sampling, "stop": ["answer"]}

    def test_thinking_is_a_setting(self, served: ServedApp, engine: EngineServer) -> None:
        asked = request(model="normal", thinking={"type": "enabled", "budget_tokens": 2048})
        assert served.post(asked, MESSAGES, headers=KEY).json()["content"][0]["text"] == NORMAL
        (sent,) = engine.completions
        assert sent.body["chat_template_kwargs"]["enable_thinking"] is True
        assert "thinking" not in sent.body, "engines need not know this field"
        own = {"thinking": "skeleton", "max_thinking_tokens": 9}
        rows: list[tuple[dict[str, Any], tuple[Any, ...]]] = [
            ({"thinking": asked["thinking"]}, (True, None, 2048)),
            ({"thinking": {"type": "disabled"}}, (None, "off", None)),
            ({"thinking": {"type": "adaptive"}}, (None, None, None)),
            ({"thinking": {"type": "disabled"}, "sot": own}, (None, "skeleton", 9)),
            ({"thinking": asked["thinking"], "sot": own}, (True, "skeleton", 9)),
        ]
        for fields, wanted in rows:
            parsed = read_messages_request(json.dumps(request(**fields)).encode(), ReadingTerms(MODEL, 0))
            settings = parsed.settings
            found = parsed.thinks, settings.get("thinking"), settings.get("max_thinking_tokens")
            assert found == wanted, fields
            assert not parsed.extra
            assert not parsed.switches


class TestErrors:
    def test_the_clients_own_classes(
        self, served: ServedApp, client: anthropic.Anthropic, engine: EngineServer
    ) -> None:
        refusals: list[tuple[type[anthropic.APIStatusError], str, str, dict[str, Any]]] = [
            (anthropic.NotFoundError, "not_found_error", "claude-y", {"model": "claude-y"}),
            (anthropic.BadRequestError, "invalid_request_error", "max_tokens:", {"max_tokens": 0}),
            (anthropic.BadRequestError, "invalid_request_error", "messages:", {"messages": []}),
            (
                anthropic.BadRequestError,
                "invalid_request_error",
                "stop_sequences:",
                {"stop_sequences": ["x"] * 5},
            ),
        ]
        for kind, name, words, fields in refusals:
            with pytest.raises(kind, match=words) as told:
                client.messages.create(**request(**fields))
            assert told.value.type == name
            assert told.value.request_id == told.value.response.headers["x-request-id"]
        for key in ("wrong", OUR_KEY.upper()):
            with pytest.raises(anthropic.AuthenticationError):
                client.with_options(api_key=key).messages.create(**request())
        bearer = anthropic.Anthropic(base_url=served.address, auth_token=OUR_KEY, max_retries=0)
        with bearer as other:
            assert text_in(other.messages.create(**request(model="normal"))) == NORMAL
        assert len(engine.completions) == 1

    def test_every_error_has_their_shape(self, served: ServedApp, engine: EngineServer) -> None:
        cut: dict[str, Any] = {
            "content": b'{"model":',
            "headers": {**KEY, "content-type": "application/json"},
        }
        responses = [
            httpx.post(served.address + MESSAGES, json={}, timeout=60),
            httpx.post(served.address + MESSAGES, **cut, timeout=60),
            httpx.post(served.address + MESSAGES, content="x", headers=KEY, timeout=60),
            httpx.get(served.address + MESSAGES, headers=KEY, timeout=60),
            served.get(f"{MESSAGES}/batches", headers=KEY),
            served.post(request(max_tokens=None), MESSAGES, headers=KEY),
        ]
        assert [response.status_code for response in responses] == [401, 400, 415, 405, 404, 400]
        for response in responses:
            told = response.json()
            assert told["type"] == "error"
            assert told["error"]["message"]
            assert response.headers["request-id"] == response.headers["x-request-id"]
        assert "type" not in served.post({}, headers=KEY).json(), "other addresses keep OpenAI's"

    def test_before_the_first_text(self, client: anthropic.Anthropic, engine: EngineServer) -> None:
        engine.default = status(500)
        with pytest.raises(anthropic.InternalServerError) as told:
            client.messages.create(**request(model="normal", stream=True))
        assert told.value.type == "api_error"

    def test_in_the_middle(self, client: anthropic.Anthropic, engine: EngineServer) -> None:
        engine.default = raw([event(delta("It is")) + b'data: {"error": {"message": "out of memory"}}\n\n'])
        seen: list[Any] = []
        with pytest.raises(anthropic.APIStatusError) as told:
            seen.extend(client.messages.create(**request(model="normal", stream=True)))
        assert told.value.type == "api_error"
        assert "out of memory" not in str(told.value)


class TestForwarded:
    """Requests that only the engine can answer: they go to its own endpoint, where it has one."""

    @pytest.mark.parametrize(
        ("fields", "param"),
        [
            ({"tools": [TOOL]}, "tools"),
            ({"messages": [*ASKED, {"role": "assistant", "content": "Sure:"}]}, "messages"),
            ({"messages": [{"role": "user", "content": [IMAGE]}], "system": "Look."}, "messages[0]"),
            (
                {
                    "messages": [
                        *ASKED,
                        {
                            "role": "assistant",
                            "content": [{"type": "tool_use", "id": "t", "name": "weather", "input": {}}],
                        },
                        {
                            "role": "user",
                            "content": [{"type": "tool_result", "tool_use_id": "t", "content": "1"}],
                        },
                    ]
                },
                "messages[1]",
            ),
            ({"output_config": {"format": {"type": "json_schema", "schema": {}}}}, "output_config.format"),
            ({"output_config": {"task_budget": {"total": 1}}}, "output_config.task_budget"),
            (
                {"messages": [{"role": "assistant", "content": [{"type": []}]}, *ASKED]},
                "messages[0]",
            ),
            ({"container": "c"}, "container"),
            ({"mcp_servers": [{"url": "x"}]}, "mcp_servers"),
            ({"\\q": 1}, "\\q"),
        ],
    )
    def test_it_goes_there_as_it_is(
        self, served: ServedApp, engine: EngineServer, fields: dict[str, Any], param: str
    ) -> None:
        asked = request(metadata={"user_id": "u-1"}, **fields)
        refused = served.post({**asked, "sot": {"details": True}}, MESSAGES, headers=KEY)
        assert refused.status_code == 400, "the engine has no such endpoint"
        error = refused.json()["error"]
        assert (error["type"], error["param"]) == ("invalid_request_error", param)
        assert MESSAGES in error["message"]
        engine.other[MESSAGES] = answers_with({"id": "msg_engine", "usage": {"output_tokens": 3}})
        passed = served.post({**asked, "sot": {"details": True}}, MESSAGES, headers=KEY)
        assert (passed.json()["id"], passed.headers["x-sot-strategy"]) == ("msg_engine", "direct")
        sent = engine.seen[-1]
        assert (sent.path, sent.body) == (MESSAGES, {**asked, "model": MODEL})
        assert sent.headers["authorization"] == f"Bearer {ENGINE_KEY}"
        assert OUR_KEY not in str(sent.headers)

    def test_an_agents_request(self, client: anthropic.Anthropic, engine: EngineServer) -> None:
        agents: dict[str, Any] = request(
            model="claude-x",
            stream=True,
            system=[{"type": "text", "text": "You are an agent.", "cache_control": EPHEMERAL}],
            tools=[{**TOOL, "name": f"tool_{number}"} for number in range(18)],
            metadata={"user_id": "user_1_session_2"},
            thinking={"type": "enabled", "budget_tokens": 1024},
        )
        called = {"type": "tool_use", "id": "t", "name": "tool_7", "input": {}}
        begun = {"type": "message", "id": "m", "role": "assistant", "model": MODEL, "content": []}
        script: list[dict[str, Any]] = [
            {"type": "message_start", "message": {**begun, "usage": {"input_tokens": 5, "output_tokens": 0}}},
            {"type": "content_block_start", "index": 0, "content_block": called},
            {
                "type": "content_block_delta",
                "index": 0,
                "delta": {"type": "input_json_delta", "partial_json": "{}"},
            },
            {"type": "content_block_stop", "index": 0},
            {
                "type": "message_delta",
                "delta": {"stop_reason": "tool_use"},
                "usage": {"input_tokens": 5, "cache_read_input_tokens": 8, "output_tokens": 6},
            },
            {"type": "message_stop"},
        ]
        lines = [f"event: {part['type']}\ndata: {json.dumps(part)}\n\n".encode() for part in script]
        engine.other[MESSAGES] = raw(lines)
        events = list(client.messages.create(**agents))
        assert [part.type for part in events] == [part["type"] for part in script]
        assert engine.seen[-1].body == {**agents, "model": MODEL}
        engine.other[MESSAGES] = raw(lines[:3])
        with pytest.raises(anthropic.APIStatusError, match="middle of an answer"):
            list(client.messages.create(**agents))

    def test_tools_that_nobody_insists_on_are_ignored(self, engine: EngineServer) -> None:
        with ServedApp(engine.url, ServerSettings(tools="ignore")) as served:
            asked = request(model="skeleton", tools=[TOOL] * 18, tool_choice={"type": "auto"})
            assert served.post(asked, MESSAGES).json()["content"][0]["text"] == TEXT
            for choice in ({"type": "any"}, {"type": "tool", "name": "weather"}):
                refused = served.post({**asked, "tool_choice": choice}, MESSAGES)
                assert refused.json()["error"]["param"] == "tools"
        assert engine.all_closed()

    def test_an_engine_in_this_process_has_none(self) -> None:
        with ServedApp(lambda: made(ScriptedBackend(by_stage("1. One\n2. Two\n")))) as served:
            refused = served.post(request(tools=[TOOL]), MESSAGES)
            assert refused.status_code == 400
            assert "--tools ignore" in refused.json()["error"]["message"]
            uncounted = served.post(request(), COUNT)
            assert (uncounted.status_code, uncounted.json()["error"]["type"]) == (404, "not_found_error")

    def test_tokens_are_counted_by_the_engine(
        self, client: anthropic.Anthropic, engine: EngineServer
    ) -> None:
        with pytest.raises(anthropic.NotFoundError):
            client.messages.count_tokens(model="auto", messages=ASKED)
        engine.other[COUNT] = answers_with({"input_tokens": 12})
        tools: list[Any] = [TOOL]
        counted = client.messages.count_tokens(model="claude-x", messages=ASKED, tools=tools)
        assert counted.input_tokens == 12
        assert engine.seen[-1].body == {"model": MODEL, "messages": ASKED, "tools": tools}


def test_tokens_from_a_cache_are_counted_once() -> None:
    """They are no input tokens of a message; gateways put the same names into OpenAI's usage."""
    anthropics = {"cache_read_input_tokens": 900, "cache_creation_input_tokens": 0}
    for told in (
        {"input_tokens": 100, "output_tokens": 5, **anthropics},
        {
            "prompt_tokens": 1000,
            "completion_tokens": 5,
            "prompt_tokens_details": {"cached_tokens": 900},
            **anthropics,
        },
        {
            "input_tokens": 1000,
            "output_tokens": 5,
            "input_tokens_details": {"cached_tokens": 900},
            **anthropics,
        },
    ):
        assert usage_in(json.dumps({"usage": told}).encode()) == Usage(1000, 900, 5, 1), told


@pytest.mark.parametrize("told", [-1, True, 2**53, 10**400, "5", 1.5, None])
def test_a_count_that_is_none_is_not_counted(told: object) -> None:
    usage = {"usage": {"prompt_tokens": told, "completion_tokens": 2}}
    assert usage_in(json.dumps(usage).encode()) == Usage(0, 0, 2, 1)


def answers_with(payload: object) -> Any:
    """A behaviour of the engine's: this JSON."""

    async def answer(exchange: Exchange) -> None:
        await exchange.start(headers={"content-type": "application/json"})
        await exchange.send(json.dumps(payload).encode())
        await exchange.end()

    return answer
