"""The server in the place of another one: aliases, tools, usage, request ids, addresses of the engine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from cli_server import MODEL, NORMAL, QUESTION, TEXT, TITLES
from engine_server import EngineServer
from fault_server import Exchange, raw, status
from scripted import ScriptedBackend, by_stage, made
from server_process import COMPLETIONS, ServedApp, body

from sot.errors import ConfigError
from sot.server import ServerSettings
from sot.server.visible_usage import visible_usage
from sot.types import Answer, Route, Skeleton, Timing, Usage

TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
EMBEDDED = {"object": "list", "data": [{"index": 0, "embedding": [0.5]}]}
OUR_KEY, ENGINE_KEY = "sk-of-this-server", "sk-of-the-engine"


@pytest.fixture(scope="module")
def running() -> Iterator[EngineServer]:
    with EngineServer() as server:
        yield server


@pytest.fixture(scope="module")
def served(running: EngineServer) -> Iterator[ServedApp]:
    settings = ServerSettings(
        api_keys=(OUR_KEY,),
        aliases=(("gpt-4o", "auto"), ("quick", "normal"), ("its-own", MODEL), ("nowhere", "unheard-of")),
        tools="ignore",
        usage="visible",
    )
    with ServedApp(running.url, settings, api_key=ENGINE_KEY) as served:
        yield served


@pytest.fixture
def engine(running: EngineServer, served: ServedApp) -> Iterator[EngineServer]:
    running.reset()
    yield running
    assert served.at_rest()


@pytest.fixture
def client(served: ServedApp, engine: EngineServer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=served.url, api_key=OUR_KEY, max_retries=0) as client:
        yield client


def answers_with(payload: object) -> Any:
    """A behaviour of the engine's: this JSON."""
    return raw([json.dumps(payload).encode()], content_type="application/json")


class TestModels:
    def test_aliases_are_models(self, client: openai.OpenAI, engine: EngineServer) -> None:
        assert {"gpt-4o", "quick", "its-own"} <= {model.id for model in client.models.list()}
        assert client.models.retrieve("gpt-4o").id == "gpt-4o"
        for name, text in (("gpt-4o", TEXT), ("quick", NORMAL), ("its-own", TEXT)):
            made = client.chat.completions.create(
                model=name, messages=[{"role": "user", "content": QUESTION}]
            )
            assert (made.choices[0].message.content, made.model) == (text, MODEL)
        with pytest.raises(openai.NotFoundError, match="nowhere"):
            client.responses.create(model="nowhere", input=QUESTION)

    def test_settings_that_make_no_sense(self) -> None:
        given: tuple[dict[str, Any], ...] = (
            {"tools": "drop"},
            {"usage": "none"},
            {"aliases": (("", "auto"),)},
        )
        for wrong in given:
            with pytest.raises(ConfigError):
                ServerSettings(**wrong)


class TestTools:
    def test_those_that_nobody_insists_on_are_ignored(
        self, client: openai.OpenAI, engine: EngineServer
    ) -> None:
        many: list[Any] = [TOOL] * 36
        asked: list[Any] = [{"role": "user", "content": QUESTION}]
        for model, text in (("auto", TEXT), ("normal", NORMAL)):
            made = client.chat.completions.create(
                model=model, messages=asked, tools=many, tool_choice="auto", parallel_tool_calls=True
            )
            assert made.choices[0].message.content == text
        assert all("tools" not in exchange.body for exchange in engine.completions)

    @pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "weather"}}])
    def test_those_that_somebody_insists_on_go_to_the_engine(
        self, client: openai.OpenAI, engine: EngineServer, choice: Any
    ) -> None:
        client.chat.completions.create(
            model="auto",
            messages=[{"role": "user", "content": QUESTION}],
            tools=[TOOL],  # pyright: ignore[reportArgumentType]
            tool_choice=choice,
        )
        (sent,) = engine.completions
        assert (sent.body["tools"], sent.body["tool_choice"]) == ([TOOL], choice)


class TestUsage:
    def test_visible_is_that_of_one_prompt(self, client: openai.OpenAI, engine: EngineServer) -> None:
        engine.usage = {"prompt_tokens": 40, "prompt_tokens_details": {"cached_tokens": 10}}
        asked: list[Any] = [{"role": "user", "content": QUESTION}]
        made = client.chat.completions.create(
            model="skeleton", messages=asked, extra_body={"sot": {"details": True}}
        )
        assert made.usage is not None
        assert made.usage.prompt_tokens == 40
        assert made.usage.completion_tokens > 30
        assert made.model_extra is not None
        assert made.model_extra["sot"]["usage"]["prompt_tokens"] == 40 * (1 + len(TITLES))
        response = client.responses.create(model="skeleton", input=QUESTION)
        assert response.usage is not None
        assert response.usage.input_tokens == 40

    def test_the_routers_request_is_left_out(self) -> None:
        routed = Usage(100, 50, 2, 1)
        answer = Answer(
            question="?",
            text="!",
            route=Route("normal", 1, "", "llm", routed),
            skeleton=Skeleton(),
            points=(),
            usage=routed + Usage(20, 4, 9, 1, 3),
            skeleton_usage=Usage(),
            timing=Timing(),
            model="m",
            backend="b",
        )
        assert visible_usage(answer) == Usage(20, 4, 9, 1, 3)


class TestHeaders:
    def test_every_response_has_a_request_id(self, served: ServedApp, engine: EngineServer) -> None:
        key = {"authorization": f"Bearer {OUR_KEY}"}
        responses = [
            served.post(body(), headers=key),
            served.post(body(model="unheard-of"), headers=key),
            served.post(body()),
            served.get("/health"),
            served.get("/nothing/here", headers=key),
        ]
        assert [response.status_code for response in responses] == [200, 404, 401, 200, 404]
        names = {response.headers["x-request-id"] for response in responses}
        assert len(names) == len(responses)
        own = served.get("/health", headers={"x-request-id": "trace-7:a.b_c"})
        assert own.headers["x-request-id"] == "trace-7:a.b_c"
        for wrong in ("", "two words", "x" * 129, "<b>"):
            answered = served.get("/health", headers={"x-request-id": wrong})
            assert answered.headers["x-request-id"].startswith("req_")

    def test_the_strategy_is_true_after_a_fallback_and_on_errors(
        self, served: ServedApp, engine: EngineServer
    ) -> None:
        key = {"authorization": f"Bearer {OUR_KEY}"}
        engine.skeleton = "I would rather write an essay."
        for stream in (False, True):
            fell = served.post(body(stream=stream), headers=key)
            assert (fell.status_code, fell.headers["x-sot-strategy"]) == (200, "normal")
        engine.default = status(500)
        failed = served.post(body(model="cot"), headers=key)
        assert (failed.status_code, failed.headers["x-sot-strategy"]) == (502, "cot")


class TestAddressesOfTheEngine:
    def test_they_are_passed_on(self, client: openai.OpenAI, engine: EngineServer) -> None:
        engine.other["/v1/embeddings"] = answers_with(EMBEDDED)
        assert client.embeddings.create(model="bge-m3", input="text").data[0].embedding == [0.5]
        engine.other["/v1/completions"] = raw(
            [b'data: {"choices": [{"text": "Hi", "index": 0}]}\n\n', b"data: [DONE]\n\n"]
        )
        stream = client.completions.create(model="gpt-4o", prompt="Say hi", stream=True)
        assert [chunk.choices[0].text for chunk in stream] == ["Hi"]
        embedding, completion = (
            exchange for exchange in engine.seen if exchange.path in ("/v1/embeddings", "/v1/completions")
        )
        assert embedding.body["model"] == "bge-m3", "the engine may have several"
        assert completion.body["model"] == MODEL, "a name of this server's"
        for exchange in (embedding, completion):
            assert exchange.headers["authorization"] == f"Bearer {ENGINE_KEY}"
            assert OUR_KEY not in str(exchange.headers)

    def test_its_errors_are_its_own(self, client: openai.OpenAI, engine: EngineServer) -> None:
        engine.other["/v1/rerank"] = status(404, {"error": {"message": "no model bge here"}})
        with pytest.raises(openai.NotFoundError, match="no model bge here"):
            client.post("/rerank", body={"model": "bge"}, cast_to=httpx.Response)
        engine.other["/v1/score"] = status(404, "Not Found")
        with pytest.raises(openai.NotFoundError, match="/v1/responses"):
            client.post("/score", body={"model": "bge"}, cast_to=httpx.Response)
        engine.other["/v1/embeddings"] = status(401)
        with pytest.raises(openai.InternalServerError, match="refuses this server's key"):
            client.embeddings.create(model="bge-m3", input="text")

    def test_nothing_else_can_be_reached(self, served: ServedApp, engine: EngineServer) -> None:
        key = {"authorization": f"Bearer {OUR_KEY}"}

        async def reached(exchange: Exchange) -> None:
            raise AssertionError(exchange.path)

        engine.other = dict.fromkeys(("/metrics", "/v1/files", "/v1/load_lora_adapter"), reached)
        before = len(engine.seen)
        for path in (
            *("/v1/%2e%2e/metrics", "/v1/a/..%2f..%2fmetrics", "/v1/a%2f..%2f..%2fmetrics", "/v1/a/%2e/b"),
            *("/v1/a%3fb", "/v1/a%23b", "/v1/http:%2f%2fhost/", "/v1/a%0d%0ab", "/v1/a%5cb", "/v1/%00"),
            *("/v1/files", "/v1/load_lora_adapter", "/v1/responses/resp_1", "/v1/chat/completions/1"),
            *("/v1/Files/f", "/v1/internal/model/x", "/v1/model/load", "/v1/Pull", "/v1/tools/delete"),
            *("/v1/sleep", "/v1/reset_prefix_cache", "/v1/collective_rpc", "/v1/update_weights"),
            *(
                "/v1/unload_lora_adapter",
                "/v1/start-profile",
                "/v1/weights/update",
                "/v1/mcp/server",
                "/v1/KEY/new",
            ),
            *("/v1/messages/batches", "/v1/responses/resp_1/cancel", "/v1/embeddings;x", "/v1/KEY/x"),
            *("/v1/embeddings/../sleep", "/v1/embeddings%2f..%2fsleep", "/v1//sleep", "/v1/embeddings%00"),
        ):
            refused = served.get(path, headers=key)
            assert served.post({}, path, headers=key).json() == refused.json(), path
            assert refused.status_code == 404, path
            assert "/v1/chat/completions" in refused.json()["error"]["message"]
        assert len(engine.seen) == before
        for path in ("/v1/embeddings", "/v1/anything"):
            assert served.post({"input": "x"}, path).status_code == 401, "without a key"
        assert served.get(COMPLETIONS, headers=key).status_code == 405
        assert httpx.head(f"{served.url}/embeddings", headers=key, timeout=60).headers["allow"] == "GET, POST"
        assert served.post({}, "/v1/models", headers=key).headers["allow"] == "GET, HEAD"

    def test_any_other_address_of_a_public_api_can(self, served: ServedApp, engine: EngineServer) -> None:
        key = {"authorization": f"Bearer {OUR_KEY}"}
        engine.other |= dict.fromkeys(("/v1/anything/new-1", "/v1/ocr"), answers_with({"done": True}))
        assert served.get("/v1/ocr", headers=key).json() == {"done": True}
        assert served.post({"a": 1}, "/v1/ocr", headers=key).json() == {"done": True}
        assert engine.seen[-1].headers["authorization"] == f"Bearer {ENGINE_KEY}"
        assert served.get("/v1/anything/new-1", headers=key).status_code == 404, "it tells of a change"

    def test_of_an_engine_with_another_base_address_only_inference_can(self, engine: EngineServer) -> None:
        engine.other |= dict.fromkeys(("/v2/embeddings", "/v2/ocr"), answers_with({"done": True}))
        engine.other["/v2/models"] = answers_with({"data": [{"id": MODEL}]})
        with ServedApp(engine.url.replace("/v1", "/v2")) as served:
            assert served.post({"input": "x"}, "/v1/embeddings").json() == {"done": True}
            assert served.get("/v1/ocr").status_code == 404

    def test_an_operator_lets_more_through(self, engine: EngineServer) -> None:
        settings = ServerSettings(pass_on=("files", "tools/*"))
        engine.other |= dict.fromkeys(("/v1/files", "/v1/tools/a/b"), answers_with({"done": True}))
        with ServedApp(engine.url, settings) as served:
            for path in ("/v1/files", "/v1/tools/a/b"):
                assert served.get(path).json() == {"done": True}
            for path in ("/files/1", "/tools", "/tools/%2e%2e/batches", "/tools/../batches/x"):
                assert served.get(f"/v1{path}").status_code == 404, path
        for wrong in ("", "/jobs", "*", "../*", "a/../b", "a/*/b"):
            with pytest.raises(ConfigError, match="below /v1"):
                ServerSettings(pass_on=(wrong,))

    def test_an_engine_in_this_process_has_none(self) -> None:
        with ServedApp(lambda: made(ScriptedBackend(by_stage("1. One\n2. Two\n")))) as served:
            refused = served.post({"model": "x", "input": "y"}, "/v1/embeddings")
            assert refused.status_code == 404
            assert "POST /v1/responses" in refused.json()["error"]["message"]


def test_values_that_change_nothing_are_taken_by_every_engine() -> None:
    harmless: dict[str, Any] = {
        "frequency_penalty": 0,
        "presence_penalty": 0.0,
        "logit_bias": {},
        "top_k": -1,
        "min_p": 0,
        "reasoning_effort": "none",
        "tools": [],
        "max_tokens": -1,
        "n": 1,
        "logprobs": False,
        "parallel_tool_calls": True,
        "user": "u",
        "metadata": {"a": "b"},
        "service_tier": "auto",
        "store": False,
        "stream_options": {},
        "top_logprobs": 0,
        "seed": -1,
        "modalities": ["text"],
        "ignore_eos": False,
        "min_tokens": 0,
        "tool_choice": "auto",
        "functions": None,
        "stop": [],
    }
    replied = {
        "role": "assistant",
        "content": "Hello.",
        "tool_calls": [],
        "refusal": None,
        "audio": None,
        "reasoning_content": "They greet me.",
        "annotations": [],
        "function_call": None,
    }
    turns = [{"role": "user", "content": "Hi."}, replied, {"role": "assistant", "content": None}]
    with ServedApp(lambda: made(ScriptedBackend(by_stage("1. One\n2. Two\n")))) as served:
        whole = served.post({**body(), **harmless})
        assert whole.status_code == 200, whole.text
        none = served.post({**body(), **dict.fromkeys(harmless), "top_k": 0})
        assert none.status_code == 200, none.text
        messages = [*turns, {"role": "user", "content": QUESTION}]
        continued = served.post({**body(), "messages": messages}, f"{COMPLETIONS}/")
        assert continued.headers["x-sot-strategy"] == "skeleton", continued.text
        for field in ({"min_tokens": 5}, {"ignore_eos": True}):
            assert served.post({**body(), **field}).status_code == 400, "this engine takes none of them"
