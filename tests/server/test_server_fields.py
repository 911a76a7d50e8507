"""JSON by a schema at the server: when its fields are written in parallel, and what clients get.

The engine is a test double (`field_engine.FieldEngine`), whose requests are counted and compared.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import httpx
import openai
import pytest
from cli_server import MODEL, NORMAL, Gate
from fault_server import PATIENCE, delta, event, raw, status
from field_engine import ASKED, RECIPE, REQUESTS, SCHEMA, TEXTS, FieldEngine, Recipe, response_format
from openai.types.chat import ChatCompletionMessageParam
from server_process import COMPLETIONS, ServedApp, body, events

from sot.server import ServerSettings

TURN: list[ChatCompletionMessageParam] = [{"role": "user", "content": ASKED}]
NAMED = {"strategy": "fields"}
TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
ONE_LONG = {"type": "object", "properties": {"text": {"type": "string"}, "stars": {"type": "integer"}}}
CHAINED = {
    "type": "object",
    "properties": {"first": {"type": "string"}, "second": {"type": "string", "x-after": ["first"]}},
    "required": ["first", "second"],
}


@pytest.fixture(scope="module")
def running() -> Iterator[FieldEngine]:
    with FieldEngine() as server:
        yield server


@pytest.fixture
def engine(running: FieldEngine) -> FieldEngine:
    running.reset()
    return running


@pytest.fixture
def served(engine: FieldEngine) -> Iterator[ServedApp]:
    with ServedApp(engine.url) as served:
        yield served
        assert served.at_rest()
    assert engine.at_rest()


@pytest.fixture
def by_itself(engine: FieldEngine) -> Iterator[ServedApp]:
    """A server whose operator has chosen ``--parallel-fields``."""
    with ServedApp(engine.url, ServerSettings(parallel_fields=True)) as served:
        yield served
        assert served.at_rest()


@pytest.fixture
def client(served: ServedApp) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=served.url, api_key="any", max_retries=0, timeout=60) as client:
        yield client


def asked(**fields: Any) -> dict[str, Any]:
    return body(ASKED, **{"model": "fields", "response_format": response_format(), **fields})


def streamed(served: ServedApp) -> AbstractContextManager[httpx.Response]:
    """A streamed answer that can be left."""
    return httpx.stream("POST", served.address + COMPLETIONS, json=asked(stream=True), timeout=PATIENCE)


def content(response: httpx.Response) -> str:
    assert response.status_code == 200, response.text
    return response.json()["choices"][0]["message"]["content"]


class TestAnswers:
    @pytest.mark.parametrize(
        "chosen",
        [{"model": "fields"}, {"model": "auto", "sot": NAMED}, {"model": MODEL, "sot": NAMED}],
        ids=["model", "sot", "the engine's model"],
    )
    def test_the_content_is_the_json_text(
        self, served: ServedApp, engine: FieldEngine, chosen: dict[str, Any]
    ) -> None:
        response = served.post(asked(**chosen))
        assert json.loads(content(response)) == RECIPE
        assert response.headers["x-sot-strategy"] == "fields"
        assert response.json()["choices"][0]["finish_reason"] == "stop"
        assert len(engine.completions) == REQUESTS
        assert response.json()["usage"]["prompt_tokens"] == 40 * REQUESTS

    def test_a_stream_is_the_same_text_and_nothing_else(self, served: ServedApp) -> None:
        whole = content(served.post(asked()))
        response = served.post(asked(stream=True, stream_options={"include_usage": True}))
        *chunks, end, usage = events(response.content)
        assert "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks) == whole
        assert end["choices"][0]["finish_reason"] == "stop"
        assert usage["usage"]["completion_tokens"] > 0

    def test_fields_stream_while_they_are_written(self, served: ServedApp, engine: FieldEngine) -> None:
        gate = Gate()
        engine.fields = {**TEXTS, "intro": ["A warm soup for cold", gate, " days."]}
        with streamed(served) as response:
            text = ""
            for line in response.iter_lines():
                if line.startswith("data: {"):
                    text += json.loads(line[6:])["choices"][0]["delta"].get("content", "")
                if "A warm soup for cold" in text:
                    gate.open()
        assert json.loads(text) == RECIPE

    def test_the_details_have_the_fields(self, served: ServedApp) -> None:
        details = served.post(asked(sot={"details": True})).json()["sot"]
        assert [point["title"] for point in details["points"]] == list(RECIPE)
        assert details["route"]["strategy"] == "fields"
        assert details["usage"]["requests"] == REQUESTS
        assert details["complete"] is True

    def test_settings_go_with_every_request(self, served: ServedApp, engine: FieldEngine) -> None:
        served.post(asked(temperature=0.2, seed=7, presence_penalty=0.1, enable_thinking=True))
        for request in engine.completions:
            assert (request.body["temperature"], request.body["seed"]) == (0.2, 7)
            assert request.body["presence_penalty"] == 0.1
            assert "enable_thinking" not in request.body  # a field does not think anew
            assert "tools" not in request.body

    def test_a_description_beside_the_schema_is_told(self, served: ServedApp, engine: FieldEngine) -> None:
        served.post(asked(response_format=response_format(description="A recipe card for a small kitchen")))
        assert all("A recipe card for a small kitchen" in str(turns) for turns in engine.asked())

    def test_it_is_listed_and_described(self, served: ServedApp) -> None:
        assert "fields" in [model["id"] for model in served.get("/v1/models").json()["data"]]
        about = served.get("/sot/about").json()
        assert about["labels"]["fields"] == "Parallel JSON fields"
        assert about["parts"]["fields"] == "field"
        assert about["need_schema"] == ["fields"]
        described = served.get("/openapi.json").json()["paths"]["/v1/chat/completions"]["post"]
        properties = described["requestBody"]["content"]["application/json"]["schema"]["properties"]
        assert "json_schema" in properties["response_format"]["description"]

    def test_it_is_counted(self, served: ServedApp) -> None:
        served.post(asked())
        served.wait_ended(1)
        text = served.get("/metrics").text
        assert 'sot_answers_total{outcome="done",strategy="fields"} 1.0' in text
        assert f'sot_points_total{{status="done"}} {len(RECIPE)}.0' in text


class TestOpenAI:
    def test_parse(self, client: openai.OpenAI) -> None:
        made = client.chat.completions.parse(model="fields", messages=TURN, response_format=Recipe)
        assert made.choices[0].message.parsed == Recipe(**RECIPE)

    def test_parse_of_a_stream(self, client: openai.OpenAI) -> None:
        with client.chat.completions.stream(model="fields", messages=TURN, response_format=Recipe) as stream:
            kinds = {event.type for event in stream}
            assert "content.delta" in kinds
            made = stream.get_final_completion()
        assert made.choices[0].message.parsed == Recipe(**RECIPE)

    def test_parse_by_the_extra_body(self, client: openai.OpenAI) -> None:
        made = client.chat.completions.parse(
            model=MODEL, messages=TURN, response_format=Recipe, extra_body={"sot": {"strategy": "fields"}}
        )
        assert made.choices[0].message.parsed == Recipe(**RECIPE)

    def test_a_field_that_fails_is_an_error_that_names_it(
        self, client: openai.OpenAI, engine: FieldEngine
    ) -> None:
        engine.values = '{"title": "Soup", "servings": "many"}'
        with pytest.raises(openai.InternalServerError) as failed:
            client.chat.completions.parse(model="fields", messages=TURN, response_format=Recipe)
        assert failed.value.status_code == 502
        assert failed.value.code == "invalid_field"
        assert "servings" in str(failed.value)


class TestLimits:
    """A text that a token limit ends at a sentence: the JSON is whole, and clients are to parse it."""

    @pytest.fixture
    def engine(self, running: FieldEngine) -> FieldEngine:
        running.reset()
        running.fields = {**TEXTS, "method": " ".join(f"Step {number} is easy." for number in range(80))}
        return running

    def test_of_the_server(self, client: openai.OpenAI) -> None:
        made = client.chat.completions.parse(
            model="fields",
            messages=TURN,
            response_format=Recipe,
            extra_body={"sot": {"details": True}},
        )
        assert made.choices[0].message.parsed is not None
        assert made.choices[0].message.parsed.method.endswith("is easy.")
        assert made.choices[0].finish_reason == "stop"
        details = (made.model_extra or {})["sot"]
        assert (details["finish_reason"], details["complete"]) == ("length", False)

    def test_of_the_caller(self, served: ServedApp) -> None:
        choice = served.post(asked(max_tokens=160)).json()["choices"][0]
        assert json.loads(choice["message"]["content"])["method"].endswith("is easy.")
        assert choice["finish_reason"] == "length"


class TestByTheOperator:
    def test_long_fields_are_parallel_without_being_asked_for(
        self, by_itself: ServedApp, engine: FieldEngine
    ) -> None:
        for model in ("auto", MODEL):
            response = by_itself.post(asked(model=model))
            assert json.loads(content(response)) == RECIPE
            assert response.headers["x-sot-strategy"] == "fields"
        assert len(engine.completions) == 2 * REQUESTS

    @pytest.mark.parametrize(
        "fields",
        [
            {"response_format": response_format(ONE_LONG)},
            {"response_format": response_format(CHAINED)},
            {"response_format": response_format({"type": "object", "properties": {"a": {"$ref": "http://x/y"}}})},
            {"response_format": response_format("no schema")},
            {"response_format": {"type": "json_schema"}},
            {"response_format": {"type": "json_object"}},
            {"tools": [TOOL]},
            {"n": 2},
            {"logprobs": True},
            {"max_tokens": 100},
            {"stop": ["END"]},
            {"model": "skeleton"},
            {"model": "normal"},
            {"sot": {"strategy": "normal"}},
        ],
        ids=lambda fields: next(iter(fields)),
    )  # fmt: skip
    def test_any_other_request_is_the_engines(
        self, by_itself: ServedApp, engine: FieldEngine, fields: dict[str, Any]
    ) -> None:
        sent = asked(**{"model": "auto", **fields})
        response = by_itself.post(sent)
        assert response.headers["x-sot-strategy"] == "direct"
        (got,) = engine.completions
        assert got.body == {**{name: value for name, value in sent.items() if name != "sot"}, "model": MODEL}
        assert content(response) == NORMAL

    def test_without_it_nothing_changes(self, served: ServedApp, engine: FieldEngine) -> None:
        sent = asked(model="auto")
        assert content(served.post(sent)) == NORMAL
        (got,) = engine.completions
        assert got.body == {**sent, "model": MODEL}


class TestRefused:
    @pytest.mark.parametrize(
        ("given", "said"),
        [
            (None, "needs a response_format"),
            ({"type": "text"}, "needs a response_format"),
            ({"type": "json_object"}, "needs a response_format"),
            ({"type": "json_schema"}, "needs a response_format"),
            (response_format(None), "needs a response_format"),
            (response_format([SCHEMA]), "needs a response_format"),
            (response_format({"type": "objct"}), "'objct'"),
            (response_format({"properties": {"a": {"pattern": "("}}}), "regular expression"),
            (response_format({"$ref": "#/$defs/None"}), "#/$defs/None"),
            (response_format({"description": "x" * 70_000}), "bytes"),
            (response_format(json.loads('{"items":' * 60 + "{}" + "}" * 60)), "nested"),
        ],
        ids=[
            *("none", "text", "object", "empty", "null", "list"),
            *("type", "pattern", "reference", "size", "depth"),
        ],
    )
    def test_a_schema_that_cannot_be_used(
        self, served: ServedApp, engine: FieldEngine, given: object, said: str
    ) -> None:
        response = served.post(asked(response_format=given))
        assert response.status_code == 400
        error = response.json()["error"]
        assert error["param"] == "response_format"
        assert said in error["message"]
        assert len(error["message"]) < 500
        assert not engine.completions

    def test_nothing_is_fetched(self, served: ServedApp, engine: FieldEngine) -> None:
        served.get("/ready")
        before = len(engine.seen)
        for keyword in ("$ref", "$dynamicRef", "$schema", "$id"):
            schema = {**SCHEMA, "properties": {"a": {"type": "string", keyword: f"{engine.url}/schema"}}}
            served.post(asked(response_format=response_format(schema)))
        fetched = [request.path for request in engine.seen[before:]]
        assert not [path for path in fetched if path.endswith("/schema")]

    def test_stop_sequences(self, served: ServedApp) -> None:
        error = served.post(asked(stop="END")).json()["error"]
        assert error["param"] == "stop"

    def test_what_only_the_engine_can_do_goes_to_the_engine(
        self, served: ServedApp, engine: FieldEngine
    ) -> None:
        response = served.post(asked(tools=[TOOL]))
        assert response.headers["x-sot-strategy"] == "direct"
        (got,) = engine.completions
        assert got.body["response_format"] == response_format()


class TestFailures:
    def test_before_the_first_text_there_is_a_status(self, served: ServedApp, engine: FieldEngine) -> None:
        engine.default = status(500, {"error": {"message": "no"}})
        response = served.post(asked(stream=True))
        assert response.status_code == 502
        assert response.json()["error"]["code"] == "backend_failed"

    def test_in_a_stream_the_error_is_the_last_event(self, served: ServedApp, engine: FieldEngine) -> None:
        engine.fields = {**TEXTS, "tips": ""}
        response = served.post(asked(stream=True))
        assert response.status_code == 200
        last = [line for line in response.text.splitlines() if line.startswith("data: ")][-1]
        error = json.loads(last.removeprefix("data: "))["error"]
        assert error["code"] == "invalid_field"
        assert "tips" in error["message"]
        assert "[DONE]" not in response.text

    def test_the_clients_error_has_none_of_the_engines_words(
        self, served: ServedApp, engine: FieldEngine
    ) -> None:
        engine.default = raw([event(delta("out of cheese at rack 7")), event("[DONE]")])
        response = served.post(asked())
        assert response.status_code == 502
        assert "cheese" not in response.text

    def test_a_client_that_leaves_ends_every_field(self, served: ServedApp, engine: FieldEngine) -> None:
        gates = {name: Gate() for name in TEXTS}
        engine.fields = {name: [gate, TEXTS[name]] for name, gate in gates.items()}
        with streamed(served):
            for gate in gates.values():
                gate.wait_reached()
        for gate in gates.values():
            gate.wait_left()
        served.wait_outcome("fields", "client_gone")

    def test_the_log_has_nothing_of_the_schema(
        self, served: ServedApp, engine: FieldEngine, caplog: pytest.LogCaptureFixture
    ) -> None:
        schema = {
            "type": "object",
            "properties": {
                "zebra": {"type": "string", "description": "quagga"},
                "okapi": {"type": "integer"},
            },
            "required": ["zebra", "okapi"],
        }
        with caplog.at_level(logging.INFO, logger="sot.server"):
            assert served.post(asked(response_format=response_format(schema))).status_code == 502
            assert (
                served.post(
                    asked(response_format=response_format({"zebra": 1, "type": "quagga"}))
                ).status_code
                == 400
            )
            served.wait_ended(2)
        assert "InvalidFieldError" in caplog.text
        for word in ("zebra", "quagga", "okapi"):
            assert word not in caplog.text


class TestEvents:
    def test_a_schema_implies_the_strategy(self, served: ServedApp) -> None:
        response = served.post({"question": ASKED, "schema": SCHEMA}, "/sot/events")
        lines = [line for line in response.text.splitlines() if line.startswith("data: ")]
        found = [json.loads(line.removeprefix("data: ")) for line in lines]
        assert found[0]["route"]["strategy"] == "fields"
        assert [each["title"] for each in found if each["type"] == "point_found"] == list(RECIPE)
        assert json.loads(found[-1]["answer"]["text"]) == RECIPE
        assert (
            "".join(each["text"] for each in found if each["type"] == "text") == found[-1]["answer"]["text"]
        )

    @pytest.mark.parametrize(
        "fields",
        [
            {"sot": {"strategy": "fields"}},
            {"schema": SCHEMA, "sot": {"strategy": "skeleton"}},
            {"schema": {"type": "objct"}},
        ],
        ids=["none", "skeleton", "invalid"],
    )
    def test_what_does_not_go_together_is_refused(self, served: ServedApp, fields: dict[str, Any]) -> None:
        response = served.post({"question": ASKED, **fields}, "/sot/events")
        assert response.status_code == 400
        assert response.json()["error"]["param"] == "schema"

    def test_its_answer_is_not_revised(self, served: ServedApp, engine: FieldEngine) -> None:
        response = served.post({"question": ASKED, "schema": SCHEMA}, "/sot/events")
        answer = json.loads(response.text.strip().split("data: ")[-1])["answer"]
        before = len(engine.completions)
        refused = served.post({"answer": answer, "points": ["A new field"]}, "/sot/revise")
        assert refused.status_code == 409
        assert "its fields are given" in refused.json()["error"]["message"]
        assert len(engine.completions) == before
