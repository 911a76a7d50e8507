"""What goes to the engine as it is, what goes with every request of an answer, and what is refused.

The engine is a test double (`engine_server.EngineServer`): what it got can be compared to the letter.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from cli_server import MODEL, NORMAL, POINTS, QUESTION, TEXT, Gate
from engine_server import EngineServer
from fault_server import Exchange, delta, event, raw, status
from scripted import ScriptedBackend, by_stage, made
from server_process import ServedApp, body, events

IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
CALL = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
ASKED = {"role": "user", "content": QUESTION}

# Requests that only the engine can answer: the fields, and the one at fault where there is no such engine.
NOT_OURS = [
    ({"tools": [TOOL]}, "tools"),
    ({"tools": [TOOL], "tool_choice": "auto", "parallel_tool_calls": False}, "tools"),
    ({"functions": [{"name": "weather"}]}, "functions"),
    ({"response_format": {"type": "json_object"}}, "response_format"),
    ({"logprobs": True, "top_logprobs": 2}, "logprobs"),
    ({"n": 2}, "n"),
    ({"prediction": {"type": "content", "content": "x"}}, "prediction"),
    ({"unheard_of": [1, {"a": None}], "chat_template_kwargs": {}}, "unheard_of"),
    ({"min_tokens": 5}, "min_tokens"),
    ({"structured_outputs": {"choice": ["yes", "no"]}}, "structured_outputs"),
    ({"messages": [{**ASKED, "images": ["AAAA"]}]}, "messages[0]"),
    ({"messages": [ASKED, {"role": "assistant", "content": "It", "prefix": True}, ASKED]}, "messages[1]"),
    ({"messages": [{"role": "user", "content": [{"type": "text", "text": "What?"}, IMAGE]}]}, "messages[0]"),
    ({"messages": [ASKED, {"role": "assistant", "content": None, "tool_calls": [CALL]},
                   {"role": "tool", "tool_call_id": "c1", "content": "sunny"}]}, "messages[1]"),
    ({"messages": [{**ASKED, "name": "ada"}]}, "messages[0]"),
    ({"messages": [ASKED, {"role": "assistant", "content": "It is"}]}, "messages"),
    ({"messages": [{"role": "system", "content": "Be brief."}]}, "messages"),
    ({"messages": [{"role": "user", "content": "  "}]}, "messages"),
]  # fmt: skip
NAMES = [str(param) for _, param in NOT_OURS]
HARMLESS = {
    "n": 1,
    "tools": [],
    "tool_choice": "none",
    "response_format": {"type": "text"},
    "logprobs": False,
    "top_logprobs": None,
    "modalities": ["text"],
    "unheard_of": None,
    "functions": [],
    "best_of": 1.0,
    "min_tokens": 0,
    "ignore_eos": False,
    "echo": False,
    "documents": [],
    "web_search_options": {},
    "grammar": "",
    "stop": "",
    "stream_options": None,
    "max_tokens": -1,
    "seed": -1,
}
STREAM = [
    event(delta(role="assistant", content="")),
    b': a comment\r\n\r\ndata: {"choices": [{"index":0,  "delta":{"tool_calls":[{}]}}], "odd": 1}\r\n\r\n',
    event(delta(finish="tool_calls")),
    event({"choices": [], "usage": {"prompt_tokens": 31, "completion_tokens": 5}}),
    event("[DONE]"),
]


def long_text(index: int, end: str) -> str:
    """A text that repeats neither itself nor another point's; its clauses of 32 words end in ``end``."""
    clauses = (
        " ".join(f"habit {index}.{number}.{part} goes on" for part in range(8)) for number in range(60)
    )
    return "".join(clause.capitalize() + end for clause in clauses)


@pytest.fixture(scope="module")
def running() -> Iterator[EngineServer]:
    with EngineServer() as server:
        yield server


@pytest.fixture(scope="module")
def served(running: EngineServer) -> Iterator[ServedApp]:
    with ServedApp(running.url) as served:
        yield served
    assert running.all_closed(), "a connection to the engine was left open"


@pytest.fixture
def engine(running: EngineServer, served: ServedApp) -> Iterator[EngineServer]:
    running.reset()
    yield running
    assert served.at_rest()


@pytest.fixture(scope="module")
def without_forwarding() -> Iterator[ServedApp]:
    """A server over an engine in the same process, which takes no requests of other people's making."""
    backend = ScriptedBackend(by_stage("1. One\n2. Two\n"))
    with ServedApp(lambda: made(backend)) as served:
        yield served


class TestForwarded:
    @pytest.mark.parametrize(("fields", "param"), NOT_OURS, ids=NAMES)
    @pytest.mark.parametrize("model", ["auto", "skeleton", MODEL])
    def test_the_engine_gets_it_as_it_is(
        self, served: ServedApp, engine: EngineServer, fields: dict[str, Any], param: str, model: str
    ) -> None:
        asked = body(model=model, **fields)
        response = served.post({**asked, "sot": {"max_points": 3}})
        assert response.status_code == 200
        assert response.headers["x-sot-strategy"] == "direct"
        (got,) = engine.completions
        assert got.body == {**asked, "model": MODEL}
        assert response.json()["choices"][0]["message"]["content"] == NORMAL

    @pytest.mark.parametrize(("fields", "param"), NOT_OURS, ids=NAMES)
    def test_an_engine_in_this_process_refuses_it(
        self, without_forwarding: ServedApp, fields: dict[str, Any], param: str
    ) -> None:
        response = without_forwarding.post(body(**fields))
        assert response.status_code == 400
        error = response.json()["error"]
        assert error["param"] == param
        assert error["code"] == "unsupported_parameter"
        assert error["type"] == "invalid_request_error"

    @pytest.mark.parametrize("name", HARMLESS)
    def test_a_value_that_changes_nothing_does_not_divert(
        self, served: ServedApp, engine: EngineServer, without_forwarding: ServedApp, name: str
    ) -> None:
        asked = {**body(), name: HARMLESS[name]}
        assert served.post(asked).json()["choices"][0]["message"]["content"] == TEXT
        assert without_forwarding.post(asked).status_code == 200

    def test_its_stream_comes_back_to_the_letter(self, served: ServedApp, engine: EngineServer) -> None:
        engine.default = raw(STREAM)
        response = served.post(body(tools=[TOOL], stream=True))
        assert response.content == b"".join(STREAM)
        assert response.headers["content-type"] == "text/event-stream"
        assert response.headers["cache-control"] == "no-store"

    def test_its_whole_answer_comes_back_to_the_letter(self, served: ServedApp, engine: EngineServer) -> None:
        whole = b'{ "choices":[ {"message" :{"content": "\\u00e4"}} ],  "odd": null, "usage": null }\n'
        engine.default = raw([whole[:20], whole[20:]], content_type="application/json")
        assert served.post(body(tools=[TOOL])).content == whole

    @pytest.mark.parametrize("stream", [False, True])
    @pytest.mark.parametrize("code", [400, 404, 422, 429, 500, 503])
    def test_its_errors_come_back_as_they_are(
        self, served: ServedApp, engine: EngineServer, code: int, stream: bool
    ) -> None:
        error = {"error": {"message": "no", "type": "odd", "param": "tools", "code": 7}, "more": 1}
        engine.default = status(code, error, {"retry-after": "9", "x-request-id": "r1", "set-cookie": "a=b"})
        response = served.post(body(tools=[TOOL], stream=stream))
        assert response.status_code == code
        assert response.json() == error
        assert response.headers["retry-after"] == "9"
        assert response.headers["x-request-id"] == "r1"
        assert "set-cookie" not in response.headers
        assert len(engine.completions) == 1, "the client decides whether to try again"

    def test_a_refusal_of_the_servers_own_key_is_not_the_clients(
        self, served: ServedApp, engine: EngineServer
    ) -> None:
        engine.default = status(401, {"error": {"message": "key sk-engine is wrong"}})
        response = served.post(body(tools=[TOOL]))
        assert response.status_code == 502
        assert response.json()["error"]["code"] == "backend_refused_key"
        assert "sk-engine" not in response.text

    def test_the_clients_key_and_headers_stay_here(self, served: ServedApp, engine: EngineServer) -> None:
        headers = {"authorization": "Bearer client-key-1", "cookie": "mine=1", "x-own": "1"}
        served.post(body(tools=[TOOL]), headers=headers)
        (got,) = engine.completions
        assert "authorization" not in got.headers
        assert "x-own" not in got.headers
        assert "mine" not in got.headers.get("cookie", "")

    def test_normal_decoding_is_the_engines_own_answer(self, served: ServedApp, engine: EngineServer) -> None:
        engine.default = raw(STREAM)
        asked = body(model="normal", stream=True, temperature=0.5, user="ada")
        response = served.post(asked)
        assert response.content == b"".join(STREAM)
        assert response.headers["x-sot-strategy"] == "normal"
        assert engine.completions[0].body == {**asked, "model": MODEL}

    def test_the_operators_own_fields_go_with_it_too(self, engine: EngineServer) -> None:
        with ServedApp(engine.url, extra={"chat_template_kwargs": {"enable_thinking": False}}) as served:
            for fields in ({"model": "skeleton"}, {"model": "normal"}, {"tools": [TOOL]}):
                assert served.post(body(**fields)).status_code == 200
            served.post(body(tools=[TOOL], chat_template_kwargs={"enable_thinking": True}))
        *own, callers = [got.body["chat_template_kwargs"] for got in engine.completions]
        assert own == [{"enable_thinking": False}] * 6
        assert callers == {"enable_thinking": True}

    def test_it_arrives_piece_by_piece(self, served: ServedApp, engine: EngineServer) -> None:
        gate = Gate()

        async def behave(exchange: Exchange) -> None:
            await exchange.start()
            await exchange.send(STREAM[0])
            await gate.passed()
            await exchange.send(STREAM[-1])
            await exchange.end()

        engine.default = behave
        with httpx.stream(
            "POST", served.url + "/chat/completions", json=body(tools=[TOOL]), timeout=60
        ) as response:
            pieces = response.iter_raw()
            assert next(pieces) == STREAM[0]
            gate.open()
            assert b"".join(pieces) == STREAM[-1]


class TestShort:
    @pytest.mark.parametrize("model", ["auto", "skeleton"])
    @pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
    def test_a_small_limit_means_normal_decoding(
        self, served: ServedApp, engine: EngineServer, model: str, name: str
    ) -> None:
        asked = body(model=model, **{name: 20})
        response = served.post(asked)
        assert response.headers["x-sot-strategy"] == "normal"
        assert [got.body for got in engine.completions] == [{**asked, "model": MODEL}]

    def test_its_reason_is_told(self, served: ServedApp, engine: EngineServer) -> None:
        made = served.post(body(max_tokens=20, sot={"details": True})).json()
        assert made["sot"]["route"]["strategy"] == "normal"
        assert made["sot"]["route"]["reason"] == "the answer may only be short"
        (got,) = engine.completions
        assert got.body["max_tokens"] == 20

    @pytest.mark.parametrize("limit", [128, 150, 200, 400, 1000, 4000])
    @pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
    def test_a_limit_holds_for_the_whole_answer(
        self, served: ServedApp, engine: EngineServer, name: str, limit: int
    ) -> None:
        engine.skeleton = "".join(f"{index}. Title {index}\n" for index in range(1, 13))
        engine.points = {index: long_text(index, ". ") for index in range(1, 13)}
        made = served.post(body(**{name: limit})).json()
        assert made["usage"]["completion_tokens"] <= limit
        # A point that ends at a whole sentence lost nothing, unless the answer's limit made it short.
        assert made["choices"][0]["finish_reason"] == ("length" if limit < 2000 else "stop")

    @pytest.mark.parametrize("limit", [150, 1000, 4000])
    @pytest.mark.parametrize("end", [", ", " "], ids=["commas", "no-marks"])
    def test_points_cut_within_a_sentence_are_told_and_within_the_limit(
        self, served: ServedApp, engine: EngineServer, limit: int, end: str
    ) -> None:
        engine.skeleton = "".join(f"{index}. Title {index}\n" for index in range(1, 13))
        engine.points = {index: long_text(index, end) for index in range(1, 13)}
        made = served.post(body(max_tokens=limit)).json()
        assert made["usage"]["completion_tokens"] <= limit
        assert made["choices"][0]["finish_reason"] == "length"

    def test_a_limit_holds_for_an_answer_that_fell_back(
        self, served: ServedApp, engine: EngineServer
    ) -> None:
        engine.skeleton = engine.normal = "Only prose and no list here. " * 100
        made = served.post(body(max_tokens=150)).json()
        assert made["usage"]["completion_tokens"] <= 150
        assert made["choices"][0]["finish_reason"] == "length"


class TestSampling:
    @pytest.mark.parametrize("model", ["skeleton", "cot", "normal"])
    @pytest.mark.parametrize(
        "fields",
        [
            {"temperature": 0.3, "top_p": 0.9, "seed": 7},
            {"temperature": 0},
            {"frequency_penalty": 0.5, "presence_penalty": -1, "logit_bias": {"5": -100}},
            {"top_k": 20, "min_p": 0.05, "verbosity": "low"},
            {"mirostat": 2, "mirostat_tau": 4, "typical_p": 0.9, "repeat_penalty": 1.1},
            {"dry_multiplier": 0.8, "dry_sequence_breakers": ["\n", ":"], "xtc_probability": 0.5},
            {"cache_salt": "tenant", "priority": 0, "cache_prompt": True, "keep_alive": "5m"},
            {"include_reasoning": False, "reasoning": {"exclude": True}, "reasoning_format": "auto"},
            {"chat_template_kwargs": {"custom": "x", "tools_in_user_message": False}},
            {"user": "ada", "metadata": {"a": "b"}, "store": False, "service_tier": "flex"},
            {"safety_identifier": "s", "prompt_cache_key": "k", "prompt_cache_options": {"mode": "implicit"}},
        ],
        ids=lambda fields: next(iter(fields)),
    )
    def test_every_request_of_an_answer_carries_it(
        self, served: ServedApp, engine: EngineServer, model: str, fields: dict[str, Any]
    ) -> None:
        served.post(body(model=model, **fields))
        assert len(engine.completions) == (4 if model == "skeleton" else 1)
        for got in engine.completions:
            assert {name: got.body.get(name) for name in fields} == fields

    def test_an_engine_in_this_process_refuses_what_it_cannot_take(
        self, without_forwarding: ServedApp
    ) -> None:
        response = without_forwarding.post(body(logit_bias={"5": 1}))
        assert response.status_code == 400
        assert response.json()["error"]["param"] == "logit_bias"

    def test_notes_are_nothing_to_an_engine_in_this_process(self, without_forwarding: ServedApp) -> None:
        notes = {"user": "ada", "metadata": {"a": "b"}, "prompt_cache_options": {"mode": "implicit"}}
        assert without_forwarding.post(body(**notes)).status_code == 200

    @pytest.mark.parametrize("stream", [False, True])
    @pytest.mark.parametrize("stop", ["noon", ["never", "noon"], ["", "noon"]])
    def test_a_stop_sequence_ends_a_skeleton_answer(
        self, served: ServedApp, engine: EngineServer, stop: str | list[str], stream: bool
    ) -> None:
        response = served.post(body(stop=stop, stream=stream))
        if stream:
            *chunks, last = events(response.content)
            text = "".join(chunk["choices"][0]["delta"]["content"] for chunk in chunks)
            finish = last["choices"][0]["finish_reason"]
        else:
            (choice,) = response.json()["choices"]
            text, finish = choice["message"]["content"], choice["finish_reason"]
        assert text == TEXT.partition("noon")[0]
        assert finish == "stop"

    def test_a_stop_sequence_ends_the_points_that_are_still_written(
        self, served: ServedApp, engine: EngineServer
    ) -> None:
        first, gate = Gate(), Gate()
        engine.points = {**POINTS, 1: [first, POINTS[1]], 3: ["Drink ", gate]}
        with ThreadPoolExecutor() as pool:
            asking = pool.submit(served.post, body(stop=["rhythm"]))
            gate.wait_reached()  # the third point is being written before the first one stops them all
            first.open()
            made = asking.result().json()
        assert made["choices"][0]["message"]["content"] == TEXT.partition("rhythm")[0]
        gate.wait_left()

    def test_a_single_request_stops_at_the_engine(self, served: ServedApp, engine: EngineServer) -> None:
        for model in ("cot", "normal"):
            served.post(body(model=model, stop=["a", "b"]))
        assert [got.body["stop"] for got in engine.completions] == [["a", "b"]] * 2
