"""The Responses API as OpenAI's own client sees it: events, shapes, conversations, refusals.

The server is real and on a port; the engine behind it is a test double (`engine_server.EngineServer`), whose
text is known to the letter. The checks named after Open Responses' compliance suite (basic, streaming, system
prompt, multi-turn) are written anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from cli_server import MODEL, NORMAL, QUESTION, TEXT, TITLES
from engine_server import EngineServer
from fault_server import Exchange, delta, event, raw, status
from openai.types.responses import Response
from scripted import ScriptedBackend, by_stage, made
from server_process import ServedApp

RESPONSES = "/v1/responses"
TOOL = {"type": "function", "name": "weather", "parameters": {"type": "object"}}
IMAGE = {"role": "user", "content": [{"type": "input_image", "image_url": "data:image/png;base64,AAAA"}]}
# Every field that a response must have, of Open Responses' schema.
FIELDS = {
    *("id", "object", "created_at", "completed_at", "status", "incomplete_details", "model"),
    *("previous_response_id", "instructions", "output", "error", "tools", "tool_choice", "truncation"),
    *("parallel_tool_calls", "text", "top_p", "presence_penalty", "frequency_penalty", "top_logprobs"),
    *("temperature", "reasoning", "usage", "max_output_tokens", "max_tool_calls", "store", "background"),
    *("service_tier", "metadata", "safety_identifier", "prompt_cache_key"),
}
ENDED = [
    *("response.output_text.done", "response.content_part.done", "response.output_item.done"),
    "response.completed",
]
BEGUN = [
    *("response.created", "response.in_progress", "response.output_item.added"),
    "response.content_part.added",
]


@pytest.fixture(scope="module")
def running() -> Iterator[EngineServer]:
    with EngineServer() as server:
        yield server


@pytest.fixture(scope="module")
def served(running: EngineServer) -> Iterator[ServedApp]:
    with ServedApp(running.url, api_key="sk-engine-key") as served:
        yield served
    assert running.all_closed(), "a connection to the engine was left open"


@pytest.fixture
def engine(running: EngineServer, served: ServedApp) -> Iterator[EngineServer]:
    running.reset()
    yield running
    assert served.at_rest()


@pytest.fixture
def client(served: ServedApp, engine: EngineServer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=served.url, api_key="any", max_retries=0) as client:
        yield client


class TestCompliance:
    def test_basic(self, served: ServedApp, engine: EngineServer) -> None:
        asked = {"role": "user", "content": QUESTION, "type": "message"}
        response = served.post({"model": "skeleton", "input": [asked], "store": True}, RESPONSES)
        whole = response.json()
        assert response.headers["x-sot-strategy"] == "skeleton"
        assert FIELDS - whole.keys() == set()
        assert (whole["object"], whole["status"], whole["model"]) == ("response", "completed", MODEL)
        (item,) = whole["output"]
        assert (item["type"], item["role"], item["status"]) == ("message", "assistant", "completed")
        (part,) = item["content"]
        assert part == {"type": "output_text", "text": TEXT, "annotations": [], "logprobs": []}
        usage = whole["usage"]
        assert usage["input_tokens"] == 40 * (1 + len(TITLES))
        assert usage["input_tokens_details"] == {
            "cached_tokens": 10 * (1 + len(TITLES)),
            "cache_write_tokens": 0,  # OpenAI's client has none without it
        }
        assert usage["output_tokens_details"] == {"reasoning_tokens": 0}
        Response.model_validate(whole)
        assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
        assert whole["store"] is False, "nothing is kept"
        assert all("store" not in exchange.body for exchange in engine.completions)

    def test_streaming(self, client: openai.OpenAI) -> None:
        streamed = list(client.responses.create(model="skeleton", input=QUESTION, stream=True))
        kinds = [part.type for part in streamed]
        assert kinds[:4] == BEGUN
        assert kinds[-4:] == ENDED
        assert set(kinds[4:-4]) == {"response.output_text.delta"}
        assert len(kinds) > 8 + len(TITLES), "it came in pieces"
        assert [part.sequence_number for part in streamed] == list(range(len(streamed)))
        assert "".join(part.delta for part in streamed if part.type == "response.output_text.delta") == TEXT
        last = streamed[-1]
        assert last.type == "response.completed"
        assert last.response.output_text == TEXT
        assert last.response.usage is not None
        first = streamed[0]
        assert first.type == "response.created"
        assert (first.response.id, first.response.status) == (last.response.id, "in_progress")

    def test_the_clients_own_accumulation(self, client: openai.OpenAI) -> None:
        with client.responses.stream(model="skeleton", input=QUESTION) as stream:
            assert stream.get_final_response().output_text == TEXT

    def test_system_prompt(self, client: openai.OpenAI, engine: EngineServer) -> None:
        made = client.responses.create(
            model="normal",
            instructions="Talk like a pirate.",
            input=[{"role": "developer", "content": "Be brief."}, {"role": "user", "content": QUESTION}],
        )
        assert made.output_text == NORMAL
        assert made.instructions == "Talk like a pirate."
        (asked,) = engine.asked()
        assert [(turn["role"], turn["content"]) for turn in asked] == [
            ("system", "Talk like a pirate.\n\nBe brief."),
            ("user", QUESTION),
        ] or [turn["content"] for turn in asked] == ["Talk like a pirate.", "Be brief.", QUESTION]

    def test_multi_turn(self, client: openai.OpenAI, engine: EngineServer) -> None:
        first = client.responses.create(model="normal", input="Hello.")
        thought = {"type": "reasoning", "id": "rs_1", "summary": []}
        history: list[Any] = [
            {"role": "user", "content": [{"type": "input_text", "text": "Hello."}]},
            thought,
            *(item.model_dump(exclude_none=True) for item in first.output),
            {"role": "user", "content": QUESTION},
        ]
        made = client.responses.create(model="normal", input=history)
        assert made.output_text == NORMAL
        assert [turn["content"] for turn in engine.asked()[-1]] == ["Hello.", NORMAL, QUESTION]


class TestSettings:
    def test_they_are_those_of_a_chat_completion(self, client: openai.OpenAI, engine: EngineServer) -> None:
        made = client.responses.create(
            model="auto",
            input=QUESTION,
            max_output_tokens=64,
            temperature=0.5,
            top_p=0.9,
            reasoning={"effort": "none", "summary": "auto"},
            text={"format": {"type": "text"}, "verbosity": "low"},
            metadata={"kept": "here"},
            tools=[],
            parallel_tool_calls=True,
            include=["reasoning.encrypted_content"],
            truncation="disabled",
            service_tier="auto",
            extra_body={"sot": {"details": True}, "seed": 7},
        )
        assert made.output_text == NORMAL, "so short an answer has no skeleton"
        assert made.metadata == {"kept": "here"}
        assert made.model_extra is not None
        assert made.model_extra["sot"]["route"]["strategy"] == "normal"
        (sent,) = engine.completions
        for name, value in (("temperature", 0.5), ("top_p", 0.9), ("seed", 7), ("verbosity", "low")):
            assert sent.body[name] == value
        assert 0 < sent.body["max_tokens"] <= 64
        assert sent.body.keys() & {"metadata", "include", "sot", "truncation", "reasoning"} == set()

    def test_a_response_repeats_what_has_its_type_only(self, served: ServedApp, engine: EngineServer) -> None:
        odd = {"user": 42, "safety_identifier": ["a"], "prompt_cache_key": {}, "service_tier": -1}
        odd |= {"max_tool_calls": "", "tools": "", "presence_penalty": [], "parallel_tool_calls": 1}
        asked = {"model": "skeleton", "input": QUESTION, "sot": {}, **odd}
        whole = served.post(asked, RESPONSES).json()
        Response.model_validate(whole)
        assert (whole["user"], whole["service_tier"], whole["tools"]) == (None, "default", [])

    def test_a_limit_that_cuts_is_told(self, client: openai.OpenAI, engine: EngineServer) -> None:
        engine.finish = "length"
        whole = client.responses.create(model="normal", input=QUESTION)
        assert whole.status == "incomplete"
        assert whole.incomplete_details is not None
        assert whole.incomplete_details.reason == "max_output_tokens"
        *_, last = client.responses.create(model="normal", input=QUESTION, stream=True)
        assert last.type == "response.incomplete"

    @pytest.mark.parametrize(
        ("fields", "param"),
        [
            ({"previous_response_id": "resp_1"}, "previous_response_id"),
            ({"conversation": "conv_1"}, "conversation"),
            ({"background": True}, "background"),
            ({"input": []}, "input"),
            ({"input": None}, "input"),
            ({"messages": [{"role": "user", "content": "x"}]}, "messages"),
            ({"model": "unheard-of"}, "model"),
            ({"max_output_tokens": 0}, "max_output_tokens"),
            ({"temperature": 3}, "temperature"),
        ],
    )
    def test_what_is_refused(
        self, served: ServedApp, engine: EngineServer, fields: dict[str, Any], param: str
    ) -> None:
        refused = served.post({"model": "auto", "input": QUESTION, **fields}, RESPONSES)
        assert refused.status_code in (400, 404)
        error = refused.json()["error"]
        assert error["param"] == param
        assert param in error["message"]
        assert not engine.completions


class TestErrors:
    def test_before_the_first_text(self, client: openai.OpenAI, engine: EngineServer) -> None:
        engine.default = status(500)
        with pytest.raises(openai.InternalServerError):
            client.responses.create(model="normal", input=QUESTION, stream=True)

    def test_in_the_middle(self, served: ServedApp, client: openai.OpenAI, engine: EngineServer) -> None:
        broken = event(delta("It is")) + b'data: {"error": {"message": "out of memory"}}\n\n'
        engine.default = raw([broken])
        seen: list[Any] = []
        begun = client.responses.create(model="normal", input=QUESTION, stream=True)
        with pytest.raises(openai.APIError):
            seen.extend(begun)
        assert seen[-1].type == "response.failed"
        assert seen[-1].response.status == "failed"
        assert seen[-1].response.error.code == "backend_failed"
        stream = served.post({"model": "normal", "input": QUESTION, "stream": True}, RESPONSES).text
        last = json.loads(stream.strip().split("\ndata: ")[-1])
        assert (last["type"], last["code"]) == ("error", "backend_failed")
        assert last["error"]["message"] == last["message"]
        assert "out of memory" not in stream


class TestForwarded:
    """Requests that only the engine can answer: they go to its own endpoint, where it has one."""

    @pytest.mark.parametrize(
        ("fields", "param"),
        [
            ({"tools": [TOOL]}, "tools"),
            ({"input": [{"role": "user", "content": QUESTION}, IMAGE]}, "input[1]"),
            ({"input": [IMAGE], "instructions": "Look."}, "input[0]"),
            (
                {"input": [{"type": "function_call_output", "call_id": "c", "output": "1"}]},
                "input[0]",
            ),
            ({"text": {"format": {"type": "json_schema", "name": "a", "schema": {}}}}, "text.format"),
            ({"include": ["message.output_text.logprobs"]}, "include"),
            ({"truncation": "auto"}, "truncation"),
            ({"\\q": 1}, "\\q"),
            ({"input": [{"role": "assistant", "content": [{"type": {}}]}, IMAGE]}, "input[0]"),
        ],
    )
    def test_it_goes_there_as_it_is(
        self, served: ServedApp, engine: EngineServer, fields: dict[str, Any], param: str
    ) -> None:
        request = {"model": "auto", "input": QUESTION, "store": True, **fields}
        refused = served.post(request, RESPONSES)
        assert refused.status_code == 400, "the engine has no such endpoint"
        error = refused.json()["error"]
        assert (error["param"], error["code"]) == (param, "unsupported_parameter")
        assert RESPONSES in error["message"]

        async def answer(exchange: Exchange) -> None:
            await exchange.start(headers={"content-type": "application/json"})
            await exchange.send(json.dumps({"id": "resp_engine", "usage": {"input_tokens": 3}}).encode())
            await exchange.end()

        engine.other[RESPONSES] = answer
        passed = served.post(request, RESPONSES, headers={"authorization": "Bearer our-own"})
        assert passed.json()["id"] == "resp_engine"
        assert passed.headers["x-sot-strategy"] == "direct"
        sent = next(exchange for exchange in reversed(engine.seen) if exchange.path == RESPONSES)
        assert sent.body == {**request, "model": MODEL}
        assert sent.headers["authorization"] == "Bearer sk-engine-key"

    def test_a_stream_that_breaks_off_is_an_error(
        self, served: ServedApp, engine: EngineServer, client: openai.OpenAI
    ) -> None:
        request: dict[str, Any] = {"model": "auto", "input": QUESTION, "stream": True, "tools": [TOOL]}
        begun = b'event: response.created\ndata: {"type": "response.created", "sequence_number": 0}\n\n'
        engine.other[RESPONSES] = raw([begun])
        with pytest.raises(openai.APIError, match="middle of an answer"):
            list(client.responses.create(**request))
        ended = b'event: response.completed\ndata: {"type": "response.completed", "response": {}}\n\n'
        engine.other[RESPONSES] = raw([begun, ended])
        assert [part.type for part in client.responses.create(**request)][-1] == "response.completed"

    def test_an_engine_in_this_process_has_none(self) -> None:
        with ServedApp(lambda: made(ScriptedBackend(by_stage("1. One\n2. Two\n")))) as served:
            refused = served.post({"model": "auto", "input": QUESTION, "tools": [TOOL]}, RESPONSES)
            assert refused.status_code == 400
            assert "--tools ignore" in refused.json()["error"]["message"]
