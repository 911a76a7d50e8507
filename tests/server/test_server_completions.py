"""Chat completions as OpenAI's own client sees them: shapes, options, errors.

The server is real and on a port; the engine behind it is a test double (`engine_server.EngineServer`), whose
text is known to the letter.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from cli_server import MODEL, NORMAL, POINTS, QUESTION, SKELETON, TEXT, TITLES
from engine_server import EngineServer, cut
from fault_server import delta, event, raw, status
from openai.types.chat import (
    ChatCompletion,
    ChatCompletionChunk,
    ChatCompletionContentPartTextParam,
    ChatCompletionMessageParam,
)
from server_process import COMPLETIONS, ServedApp, body, events

from sot.server import ServerSettings
from sot.session import Session
from sot.strategies import strategy_names

ASKED: list[ChatCompletionMessageParam] = [{"role": "user", "content": QUESTION}]
REQUESTS = 1 + len(TITLES)
TOKENS = sum(len(cut(text)) for text in (SKELETON, *POINTS.values()))


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


@pytest.fixture
def client(served: ServedApp) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=served.url, api_key="any", max_retries=0) as client:
        yield client


def strictly(kind: type[Any], text: str | bytes) -> Any:
    """A JSON text as one of the client's own types; nothing may be missing, of another type, or unknown."""
    made = kind.model_validate_json(text, strict=True)
    assert not _unknown(made)
    return made


def _unknown(value: Any) -> set[str]:
    if isinstance(value, list):
        return {name for entry in value for name in _unknown(entry)}
    if not hasattr(value, "model_extra"):
        return set()
    below = {name for part in value.model_fields_set for name in _unknown(getattr(value, part, None))}
    return below | set(value.model_extra or {})


class TestWhole:
    def test_a_skeleton_answer_is_one_message(self, client: openai.OpenAI, engine: EngineServer) -> None:
        response = client.chat.completions.with_raw_response.create(model="skeleton", messages=ASKED)
        assert response.headers["content-type"] == "application/json"
        assert response.headers["x-sot-strategy"] == "skeleton"
        made: ChatCompletion = strictly(ChatCompletion, response.text)
        (choice,) = made.choices
        assert choice.message.role == "assistant"
        assert choice.message.content == TEXT
        assert choice.finish_reason == "stop"
        assert made.model == MODEL
        assert len(engine.completions) == REQUESTS

    def test_its_usage_is_that_of_all_requests(self, client: openai.OpenAI, engine: EngineServer) -> None:
        usage = client.chat.completions.create(model="skeleton", messages=ASKED).usage
        assert usage is not None
        assert usage.prompt_tokens == 40 * REQUESTS
        assert usage.completion_tokens == TOKENS
        assert usage.total_tokens == 40 * REQUESTS + TOKENS
        assert usage.prompt_tokens_details is not None
        assert usage.prompt_tokens_details.cached_tokens == 10 * REQUESTS

    @pytest.mark.parametrize(
        ("model", "words"), [("cot", "Think step by step"), ("plan", "First understand the problem")]
    )
    def test_a_model_name_can_be_a_strategy(
        self, client: openai.OpenAI, engine: EngineServer, model: str, words: str
    ) -> None:
        made = client.chat.completions.create(model=model, messages=ASKED)
        assert made.choices[0].message.content == NORMAL
        ((turn,),) = engine.asked()
        assert words in turn["content"]

    @pytest.mark.parametrize("model", ["auto", MODEL])
    def test_auto_and_the_engines_own_name_ask_the_router(
        self, client: openai.OpenAI, engine: EngineServer, model: str
    ) -> None:
        create = client.chat.completions.with_raw_response.create
        advice = create(model=model, messages=ASKED)
        assert advice.headers["x-sot-strategy"] == "skeleton"
        poem = create(model=model, messages=[{"role": "user", "content": "Write a poem about snow."}])
        assert poem.headers["x-sot-strategy"] == "normal"
        assert poem.parse().choices[0].message.content == NORMAL

    def test_a_conversation_reaches_the_engine(self, client: openai.OpenAI, engine: EngineServer) -> None:
        parts: list[ChatCompletionContentPartTextParam] = [
            {"type": "text", "text": "Hello, "},
            {"type": "text", "text": "you."},
        ]
        client.chat.completions.create(
            model="cot",
            messages=[
                {"role": "developer", "content": "Be brief."},
                {"role": "user", "content": parts},
                {"role": "assistant", "content": "Hello."},
                {"role": "user", "content": "And now?"},
            ],
        )
        (turns,) = engine.asked()
        assert turns[:3] == [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hello, you."},
            {"role": "assistant", "content": "Hello."},
        ]

    def test_an_answer_cut_by_the_engine_says_length(
        self, client: openai.OpenAI, engine: EngineServer
    ) -> None:
        engine.finish = "length"
        made = client.chat.completions.create(model="cot", messages=ASKED)
        assert made.choices[0].finish_reason == "length"


class TestStreamed:
    def test_a_skeleton_answer_is_a_plain_stream(self, served: ServedApp, engine: EngineServer) -> None:
        response = served.post(body(stream=True))
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["x-accel-buffering"] == "no"
        assert response.content.endswith(b"data: [DONE]\n\n")
        sent = events(response.content)
        chunks: list[ChatCompletionChunk] = [strictly(ChatCompletionChunk, json.dumps(part)) for part in sent]
        assert len({(chunk.id, chunk.created, chunk.model) for chunk in chunks}) == 1
        assert chunks[0].model == MODEL
        first, *rest, last = [chunk.choices[0] for chunk in chunks]
        assert first.delta.to_dict() == {"role": "assistant", "content": "", "refusal": None}
        assert all(choice.delta.to_dict().keys() == {"content"} for choice in rest)
        assert "".join(choice.delta.content or "" for choice in rest) == TEXT
        assert [choice.finish_reason for choice in (first, *rest)] == [None] * (len(rest) + 1)
        assert last.finish_reason == "stop"
        assert last.delta.to_dict() == {}
        assert all("usage" not in part for part in sent)

    def test_usage_comes_last_when_asked_for(self, client: openai.OpenAI, engine: EngineServer) -> None:
        chunks = list(
            client.chat.completions.create(
                model="skeleton", messages=ASKED, stream=True, stream_options={"include_usage": True}
            )
        )
        *others, last = chunks
        assert all(chunk.usage is None and "usage" in chunk.model_fields_set for chunk in others)
        assert others[-1].choices[0].finish_reason == "stop"
        assert last.choices == []
        assert last.usage is not None
        assert (last.usage.prompt_tokens, last.usage.completion_tokens) == (40 * REQUESTS, TOKENS)

    def test_the_clients_own_accumulator_gets_the_answer(
        self, client: openai.OpenAI, engine: EngineServer
    ) -> None:
        with client.chat.completions.stream(model="skeleton", messages=ASKED) as stream:
            texts = [event.delta for event in stream if event.type == "content.delta"]
            whole = stream.get_final_completion()
        assert "".join(texts) == TEXT
        assert whole.choices[0].message.content == TEXT
        assert whole.choices[0].finish_reason == "stop"

    async def test_async_answers_at_the_same_time(self, served: ServedApp, engine: EngineServer) -> None:
        async with openai.AsyncOpenAI(base_url=served.url, api_key="any", max_retries=0) as client:

            async def ask() -> str:
                stream = await client.chat.completions.create(model="skeleton", messages=ASKED, stream=True)
                return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

            texts = await asyncio.gather(*(ask() for _ in range(8)))
        assert texts == [TEXT] * 8

    def test_any_character_arrives(self, client: openai.OpenAI, engine: EngineServer) -> None:
        odd = 'Quote " back\\slash, tab\t, \u2028, emoji \U0001f642 and \x7f.'
        engine.points = {1: odd, 2: odd, 3: odd}
        stream = client.chat.completions.create(model="skeleton", messages=ASKED, stream=True)
        text = "".join(chunk.choices[0].delta.content or "" for chunk in stream)
        assert text.count(odd) == 3


class TestSotFields:
    def test_details_come_on_request(self, client: openai.OpenAI, engine: EngineServer) -> None:
        made = client.chat.completions.create(
            model="auto", messages=ASKED, extra_body={"sot": {"details": True}}
        )
        assert made.model_extra is not None
        details = made.model_extra["sot"]
        assert details["route"]["strategy"] == "skeleton"
        assert details["route"]["router"] == "hybrid"
        assert [point["title"] for point in details["skeleton"]] == list(TITLES)
        assert [point["text"] for point in details["points"]] == list(POINTS.values())
        assert details["usage"]["requests"] == REQUESTS
        assert 0 <= details["timing"]["first_text_s"] <= details["timing"]["total_s"]
        assert details["fell_back"] is None
        assert "question" not in details
        assert "text" not in details

    @pytest.mark.parametrize("include_usage", [False, True])
    def test_streamed_details_are_in_the_last_chunk(
        self, served: ServedApp, engine: EngineServer, include_usage: bool
    ) -> None:
        options = {"include_usage": True} if include_usage else None
        asked = body(stream=True, stream_options=options, sot={"details": True})
        *others, last = events(served.post(asked).content)
        assert all("sot" not in chunk for chunk in others)
        assert last["sot"]["route"]["strategy"] == "skeleton"
        assert ("usage" in last) == include_usage

    def test_normal_decoding_has_details_too(self, served: ServedApp, engine: EngineServer) -> None:
        made = served.post(body(model="normal", sot={"details": True})).json()
        assert made["choices"][0]["message"]["content"] == NORMAL
        assert made["sot"]["route"] == {
            "strategy": "normal",
            "confidence": 1.0,
            "reason": "chosen by the caller",
            "router": "caller",
        }
        assert made["sot"]["points"] == []

    def test_the_strategy_overrules_the_models_name(self, served: ServedApp, engine: EngineServer) -> None:
        response = served.post(body(model="normal", sot={"strategy": "skeleton"}))
        assert response.json()["choices"][0]["message"]["content"] == TEXT

    def test_the_number_of_points_is_limited(self, served: ServedApp, engine: EngineServer) -> None:
        made = served.post(body(sot={"max_points": 2, "details": True})).json()
        assert [point["title"] for point in made["sot"]["points"]] == list(TITLES[:2])

    def test_without_the_pipeline_points_wait_for_the_skeleton(
        self, served: ServedApp, engine: EngineServer
    ) -> None:
        made = served.post(body(sot={"pipeline": False, "details": True})).json()
        starts = [point["started_s"] for point in made["sot"]["points"]]
        assert min(starts) >= made["sot"]["timing"]["skeleton_s"]

    def test_a_skeleton_given_up_is_told(self, served: ServedApp, engine: EngineServer) -> None:
        engine.skeleton = "I would rather tell a story about it, and it goes like this."
        made = served.post(body(sot={"details": True})).json()
        assert made["choices"][0]["message"]["content"] == NORMAL
        assert made["sot"]["fell_back"] == "the model wrote no list of points"

    @pytest.mark.parametrize(
        ("own", "param"),
        [
            ({"strategy": "best"}, "sot.strategy"),
            ({"max_points": 1}, "sot.max_points"),
            ({"pipeline": 1}, "sot.pipeline"),
            ({"points": 3}, "sot.points"),
            ("skeleton", "sot"),
        ],
    )
    def test_what_makes_no_sense_is_refused(
        self, served: ServedApp, engine: EngineServer, own: object, param: str
    ) -> None:
        response = served.post(body(sot=own))
        assert response.status_code == 400
        assert response.json()["error"]["param"] == param
        assert engine.completions == []


class TestAdapt:
    METRICS = "vllm:num_requests_running {running}\nvllm:num_requests_waiting {waiting}\n"

    @pytest.mark.parametrize(
        ("runs", "waits", "strategy", "text"),
        [(0, 0, "skeleton", TEXT), (64, 200, "normal", NORMAL)],
        ids=["idle engine", "full engine"],
    )
    def test_a_full_engine_gets_normal_decoding(
        self, engine: EngineServer, runs: int, waits: int, strategy: str, text: str
    ) -> None:
        engine.other["/metrics"] = status(200, self.METRICS.format(running=runs, waiting=waits))
        with ServedApp(engine.url, adapt=True) as served:
            response = served.post(body(model="auto"))
        assert response.headers["x-sot-strategy"] == strategy
        assert response.json()["choices"][0]["message"]["content"] == text


class TestModels:
    def test_the_list_has_the_strategies_and_the_engines_model(
        self, client: openai.OpenAI, engine: EngineServer
    ) -> None:
        models = client.models.list()
        assert [model.id for model in models] == ["auto", *strategy_names(), MODEL]
        assert {"skeleton", "fields", "normal"} < set(strategy_names())
        assert {model.object for model in models} == {"model"}

    @pytest.mark.parametrize("name", ["auto", MODEL])
    def test_one_of_them(self, client: openai.OpenAI, engine: EngineServer, name: str) -> None:
        assert client.models.retrieve(name).id == name

    def test_no_other(self, client: openai.OpenAI, engine: EngineServer) -> None:
        with pytest.raises(openai.NotFoundError) as refused:
            client.models.retrieve("gpt-5")
        assert refused.value.code == "model_not_found"
        with pytest.raises(openai.NotFoundError) as refused:
            client.chat.completions.create(model="gpt-5", messages=ASKED)
        assert refused.value.code == "model_not_found"
        assert refused.value.param == "model"
        assert "normal, cot, plan, scripted" in str(refused.value)

    def test_a_model_whose_name_has_a_slash(self, engine: EngineServer) -> None:
        engine.models = {"data": [{"id": "maker/model-7b"}]}
        with ServedApp(engine.url) as served, openai.OpenAI(base_url=served.url, api_key="any") as client:
            assert client.models.retrieve("maker/model-7b").id == "maker/model-7b"


class TestErrors:
    """The client's exception classes, as an application would catch them."""

    @pytest.mark.parametrize(
        ("fields", "param"),
        [
            ({"messages": []}, "messages"),
            ({"messages": "Hello"}, "messages"),
            ({"messages": [{"content": "Hello"}]}, "messages.0.role"),
            ({"temperature": 3}, "temperature"),
            ({"temperature": "warm"}, "temperature"),
            ({"top_p": -1}, "top_p"),
            ({"max_tokens": 0}, "max_tokens"),
            ({"max_completion_tokens": 1.5}, "max_completion_tokens"),
            ({"stream": "yes"}, "stream"),
            ({"stop": 7}, "stop"),
            ({"seed": "a"}, "seed"),
        ],
    )
    def test_a_wrong_field_is_named(
        self, client: openai.OpenAI, engine: EngineServer, fields: dict[str, Any], param: str
    ) -> None:
        with pytest.raises(openai.BadRequestError) as refused:
            client.post(COMPLETIONS.removeprefix("/v1"), body=body(**fields), cast_to=object)
        assert refused.value.param == param
        assert refused.value.type == "invalid_request_error"
        assert engine.completions == []

    def test_a_context_that_is_too_small(self, client: openai.OpenAI, engine: EngineServer) -> None:
        said = "This model's maximum context length is 4096 tokens. However, you requested 9000 tokens."
        engine.default = status(400, {"error": {"message": said, "code": "context_length_exceeded"}})
        with pytest.raises(openai.BadRequestError) as refused:
            client.chat.completions.create(model="cot", messages=ASKED)
        assert refused.value.code == "context_length_exceeded"

    @pytest.mark.parametrize("model", ["skeleton", "cot"])
    def test_an_engine_that_is_too_busy(
        self, client: openai.OpenAI, engine: EngineServer, model: str
    ) -> None:
        engine.default = status(429, {"error": {"message": "full"}}, {"retry-after": "7"})
        with pytest.raises(openai.RateLimitError) as refused:
            client.chat.completions.create(model=model, messages=ASKED)
        assert refused.value.response.headers["retry-after"] == "7"
        assert refused.value.code == "rate_limit_exceeded"

    @pytest.mark.parametrize(("code", "shown"), [(500, 502), (503, 502)])
    def test_an_engine_that_fails(
        self, client: openai.OpenAI, engine: EngineServer, code: int, shown: int
    ) -> None:
        engine.default = status(code, {"error": {"message": "out of memory"}})
        with pytest.raises(openai.InternalServerError, match="the engine's server failed") as failed:
            client.chat.completions.create(model="cot", messages=ASKED)
        assert "out of memory" not in str(failed.value)
        assert failed.value.status_code == shown
        assert failed.value.type == "server_error"

    def test_an_engine_that_drops_the_connection(self, client: openai.OpenAI, engine: EngineServer) -> None:
        engine.default = raw([], drop=True)
        with pytest.raises(openai.InternalServerError) as failed:
            client.chat.completions.create(model="cot", messages=ASKED)
        assert failed.value.status_code == 503
        assert failed.value.code == "backend_unavailable"

    @pytest.mark.parametrize("model", ["cot", "normal"])
    def test_an_engine_that_breaks_off_in_a_stream(
        self, client: openai.OpenAI, engine: EngineServer, model: str
    ) -> None:
        engine.default = raw([event(delta("The beginning"))], drop=True)
        stream = client.chat.completions.create(model=model, messages=ASKED, stream=True)
        assert next(stream).choices[0].delta.content in ("", "The beginning")
        with pytest.raises(openai.APIError, match=r"the connection to .* broke"):
            list(stream)

    def test_an_event_that_was_cut_in_two_is_not_joined_with_the_error(
        self, served: ServedApp, engine: EngineServer
    ) -> None:
        engine.default = raw([b'data: {"choices": [{"del'], drop=True)
        parts = served.post(body(model="normal", stream=True)).content.split(b"\n\n")
        assert parts[0] == b'data: {"choices": [{"del'
        error = json.loads(parts[1].removeprefix(b"data: "))["error"]
        assert error["code"] == "backend_unavailable"

    def test_an_answer_that_fails_before_its_first_text_has_a_status(
        self, served: ServedApp, engine: EngineServer
    ) -> None:
        engine.default = status(500, {"error": {"message": "broken"}})
        assert served.post(body(stream=True)).status_code == 502

    def test_nothing_is_there(self, served: ServedApp, engine: EngineServer) -> None:
        for response in (served.get("/v2/embeddings"), served.get(COMPLETIONS)):
            assert response.status_code in (404, 405)
            assert response.json()["error"]["type"] == "invalid_request_error"

    def test_an_engine_for_which_a_model_must_be_chosen(self, engine: EngineServer) -> None:
        with ServedApp(engine.url) as served:
            engine.models = {"data": [{"id": "one"}, {"id": "two"}]}  # it came up later than the server
            for response in (
                served.post(body()),
                served.post(body(model="normal")),
                served.post({"question": QUESTION}, "/sot/events"),
                served.get("/v1/models"),
                served.get("/ready"),
            ):
                assert response.status_code == 503, "it is not the client who can choose one"
                assert response.json()["error"]["message"].endswith("several models, choose one: one, two")
                assert engine.url not in response.text

    def test_a_wrong_key(self, engine: EngineServer) -> None:
        with (
            ServedApp(engine.url, ServerSettings(api_keys=("right",))) as served,
            openai.OpenAI(base_url=served.url, api_key="wrong", max_retries=0) as client,
        ):
            with pytest.raises(openai.AuthenticationError) as refused:
                client.chat.completions.create(model="skeleton", messages=ASKED)
            assert refused.value.code == "invalid_api_key"
            with pytest.raises(openai.AuthenticationError):
                client.models.list()
            assert client.with_options(api_key="right").models.list().data


def test_a_mistake_of_the_server_is_one_line_to_the_client_and_a_traceback_in_the_log(
    engine: EngineServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Session, *_: object, **__: object) -> None:
        raise LookupError("the inside of the server")

    monkeypatch.setattr(Session, "stream", broken)
    with ServedApp(engine.url) as served:
        response = served.post(body())
        assert response.status_code == 500
        assert "the inside" not in response.text
        assert "the inside of the server" in caplog.text
        assert served.wait_ended(1) == [("skeleton", "failed")]
