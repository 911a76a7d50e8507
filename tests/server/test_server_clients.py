"""Unchanged clients against `sot serve` with its default model: openai, anthropic, langchain-openai, curl.

Everything here is real: the program as a process on its own port, and SmolLM2 on the torch engine behind it.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest
from langchain_openai import ChatOpenAI
from openai.types.chat import ChatCompletionMessageParam
from pydantic import BaseModel, SecretStr
from server_process import COMPLETIONS, ServeProcess, events

from sot.strategies import strategy_names

pytestmark = pytest.mark.model

MODEL = "SmolLM2-135M-Instruct"
LONG = "How can I sleep better?"
SHORT = "What is the capital of France?"
ASKED: list[ChatCompletionMessageParam] = [{"role": "user", "content": LONG}]
TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}


class Advice(BaseModel):
    """Two long texts, which any model can write."""

    reason: str
    first_step: str


@pytest.fixture(scope="module")
def served() -> Iterator[ServeProcess]:
    with ServeProcess(None) as served:
        served.wait_for(f"sot: ready: {MODEL} on torch:{MODEL}")
        yield served


@pytest.fixture
def client(served: ServeProcess) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=served.url, api_key="any", timeout=120) as client:
        yield client


class TestOpenAI:
    def test_a_skeleton_answer_streams(self, client: openai.OpenAI) -> None:
        stream = client.chat.completions.create(
            model="auto",
            messages=ASKED,
            max_tokens=200,
            stream=True,
            stream_options={"include_usage": True},
            extra_body={"sot": {"details": True, "max_points": 3}},
        )
        *chunks, last = list(stream)
        assert chunks[0].choices[0].delta.role == "assistant"
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
        assert text.startswith("1. **")
        assert chunks[-1].choices[0].finish_reason in ("stop", "length")
        assert last.usage is not None
        assert 0 < last.usage.completion_tokens <= 200
        assert last.usage.prompt_tokens_details is not None
        cached = last.usage.prompt_tokens_details.cached_tokens
        assert cached is not None
        assert 0 < cached < last.usage.prompt_tokens
        assert last.model_extra is not None
        details = last.model_extra["sot"]
        assert details["route"]["strategy"] == "skeleton"
        assert 2 <= len(details["points"]) <= 3
        assert all(f"{point['index']}. **{point['title']}**" in text for point in details["points"])
        assert details["usage"]["requests"] >= 1 + len(details["points"])
        assert details["backend"] == f"torch:{MODEL}"

    def test_a_skeleton_answer_comes_whole(self, client: openai.OpenAI) -> None:
        made = client.chat.completions.create(
            model="skeleton", messages=ASKED, max_completion_tokens=150, extra_body={"sot": {"max_points": 2}}
        )
        (choice,) = made.choices
        assert choice.message.content is not None
        assert choice.message.content.startswith("1. **")
        assert "\n\n2. **" in choice.message.content
        assert made.model == MODEL
        assert made.usage is not None
        assert 0 < made.usage.completion_tokens <= 150
        assert made.usage.total_tokens == made.usage.prompt_tokens + made.usage.completion_tokens

    def test_an_object_is_parsed(self, client: openai.OpenAI) -> None:
        made = client.chat.completions.parse(
            model="fields",
            messages=[{"role": "user", "content": LONG}],
            response_format=Advice,
            temperature=0,
            extra_body={"sot": {"details": True}},
        )
        parsed = made.choices[0].message.parsed
        assert parsed is not None
        assert parsed.reason
        assert parsed.first_step
        assert made.model_extra is not None
        assert [point["title"] for point in made.model_extra["sot"]["points"]] == ["reason", "first_step"]

    def test_a_response_streams(self, client: openai.OpenAI) -> None:
        *parts, last = client.responses.create(
            model="skeleton",
            input=LONG,
            max_output_tokens=150,
            stream=True,
            extra_body={"sot": {"max_points": 2}},
        )
        text = "".join(part.delta for part in parts if part.type == "response.output_text.delta")
        assert text.startswith("1. **")
        assert last.type == "response.completed" or last.type == "response.incomplete"
        assert last.response.output_text == text
        assert last.response.usage is not None
        assert 0 < last.response.usage.output_tokens <= 150

    def test_any_object(self, client: openai.OpenAI) -> None:
        made = client.chat.completions.create(
            model="auto",
            messages=[{"role": "user", "content": "Give me a JSON object with the name of a fruit."}],
            response_format={"type": "json_object"},
            temperature=0,
            max_tokens=64,
        )
        (choice,) = made.choices
        text = choice.message.content or ""
        assert text.startswith("{")
        assert choice.finish_reason == "length" or isinstance(json.loads(text), dict)

    def test_a_length_is_forced(self, client: openai.OpenAI) -> None:
        def tokens(**fields: object) -> int:
            made = client.chat.completions.create(
                model="auto",
                messages=[{"role": "user", "content": SHORT}],
                max_tokens=48,
                temperature=0,
                extra_body=fields,
            )
            assert made.usage is not None
            return made.usage.completion_tokens

        usual = tokens()
        assert usual < 40
        assert tokens(min_tokens=usual + 4) >= usual + 4
        assert tokens(ignore_eos=True) == 48

    async def test_async_clients_share_the_engine(self, served: ServeProcess) -> None:
        async with openai.AsyncOpenAI(base_url=served.url, api_key="any", timeout=120) as client:

            async def streamed() -> str:
                stream = await client.chat.completions.create(
                    model="normal",
                    messages=[{"role": "user", "content": SHORT}],
                    max_tokens=12,
                    temperature=0,
                    stream=True,
                )
                return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

            async def whole() -> str:
                made = await client.chat.completions.create(
                    model=MODEL,
                    messages=[{"role": "user", "content": SHORT}],
                    max_completion_tokens=12,
                    temperature=0,
                )
                return made.choices[0].message.content or ""

            answers = await asyncio.gather(streamed(), whole(), streamed())
        assert all("Paris" in answer for answer in answers)

    def test_a_seed_repeats_and_a_stop_ends(self, client: openai.OpenAI) -> None:
        def ask(stop: list[str]) -> str:
            made = client.chat.completions.create(
                model="normal",
                messages=[{"role": "user", "content": "Name a few animals."}],
                max_tokens=16,
                temperature=1,
                top_p=0.9,
                seed=11,
                stop=stop,
            )
            return made.choices[0].message.content or ""

        ask([])  # from now on the engine has the prompt, and computes it no more
        text = ask([])
        assert ask([]) == text
        word = text.split()[2]
        assert ask([word]) == text.partition(word)[0]

    @pytest.mark.parametrize(
        ("fields", "param"),
        [
            ({"tools": [TOOL]}, "tools"),
            ({"response_format": {"type": "json_schema", "json_schema": {"schema": {}}}}, "response_format"),
            ({"logprobs": True}, "logprobs"),
            ({"n": 2}, "n"),
            ({"logit_bias": {"5": 1}}, "logit_bias"),
            ({"unheard_of": 1}, "unheard_of"),
        ],
    )
    def test_what_the_engine_does_not_take_is_refused(
        self, client: openai.OpenAI, fields: dict[str, object], param: str
    ) -> None:
        with pytest.raises(openai.BadRequestError) as refused:
            client.chat.completions.create(model="auto", messages=ASKED, extra_body=fields)
        assert refused.value.param == param
        assert refused.value.code == "unsupported_parameter"

    def test_a_question_that_is_too_long(self, client: openai.OpenAI) -> None:
        with pytest.raises(openai.BadRequestError) as refused:
            client.chat.completions.create(
                model="normal", messages=[{"role": "user", "content": "word " * 6000}]
            )
        assert refused.value.code == "context_length_exceeded"
        assert refused.value.param == "messages"

    def test_the_models(self, client: openai.OpenAI) -> None:
        assert [model.id for model in client.models.list()] == ["auto", *strategy_names(), MODEL]


class TestAnthropic:
    def test_a_message_streams_and_its_prompt_is_counted(self, served: ServeProcess) -> None:
        asked: list[Any] = [{"role": "user", "content": LONG}]
        with anthropic.Anthropic(base_url=served.address, api_key="any", timeout=120) as client:
            with client.messages.stream(
                model="skeleton", max_tokens=200, messages=asked, extra_body={"sot": {"max_points": 2}}
            ) as stream:
                text = "".join(stream.text_stream)
                message = stream.get_final_message()
            assert text.startswith("1. **")
            assert [block.text for block in message.content if block.type == "text"] == [text]
            assert message.stop_reason in ("end_turn", "max_tokens")
            assert 0 < message.usage.output_tokens <= 200
            normal = client.messages.create(model="normal", max_tokens=8, messages=asked)
            counted = client.messages.count_tokens(model="normal", messages=asked)
            read = normal.usage.input_tokens + (normal.usage.cache_read_input_tokens or 0)
            assert counted.input_tokens == read


class TestLangChain:
    def test_invoke(self, served: ServeProcess) -> None:
        chat = ChatOpenAI(
            base_url=served.url,
            api_key=SecretStr("any"),
            model="normal",
            temperature=0,
            max_completion_tokens=12,
        )
        answer = chat.invoke([("system", "You are brief."), ("user", SHORT)])
        assert "Paris" in answer.text
        assert answer.usage_metadata is not None
        assert 0 < answer.usage_metadata["output_tokens"] <= 12
        assert answer.response_metadata["finish_reason"] in ("stop", "length")
        assert answer.response_metadata["model_name"] == MODEL

    async def test_stream(self, served: ServeProcess) -> None:
        chat = ChatOpenAI(
            base_url=served.url,
            api_key=SecretStr("any"),
            model="skeleton",
            max_completion_tokens=130,
            extra_body={"sot": {"max_points": 2}},
        )
        pieces = [piece async for piece in chat.astream(LONG)]
        text = "".join(piece.text for piece in pieces)
        assert text.startswith("1. **")
        assert len(pieces) > 5

    def test_stream_without_a_loop(self, served: ServeProcess) -> None:
        chat = ChatOpenAI(
            base_url=served.url,
            api_key=SecretStr("any"),
            model="normal",
            temperature=0,
            max_completion_tokens=12,
        )
        assert "Paris" in "".join(piece.text for piece in chat.stream(SHORT))


class TestCurl:
    @staticmethod
    def curl(served: ServeProcess, *options: str, **fields: object) -> bytes:
        asked = {"messages": [{"role": "user", "content": SHORT}], "max_tokens": 12, "temperature": 0}
        content = json.dumps({**asked, **fields})
        done = subprocess.run(
            ["curl", "-sS", "--fail-with-body", *options, served.address + COMPLETIONS, "--json", content],
            capture_output=True,
            timeout=120,
            check=True,
        )
        return done.stdout

    def test_whole(self, served: ServeProcess) -> None:
        made = json.loads(self.curl(served, model="normal"))
        assert "Paris" in made["choices"][0]["message"]["content"]

    def test_streamed(self, served: ServeProcess) -> None:
        output = self.curl(served, "-N", "-i", model="normal", stream=True)
        head, _, stream = output.replace(b"\r\n", b"\n").partition(b"\n\n")
        assert b"content-type: text/event-stream" in head.lower()
        chunks = events(stream)
        assert "Paris" in "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)

    def test_the_other_addresses(self, served: ServeProcess) -> None:
        for path, contains in (
            ("/", b"<!doctype html>"),
            ("/health", b'"ok"'),
            ("/ready", b'"ready"'),
            ("/metrics", b"sot_answers_total"),
            ("/sot/about", MODEL.encode()),
            ("/openapi.json", b"/v1/chat/completions"),
        ):
            done = subprocess.run(
                ["curl", "-sS", "--fail", served.address + path], capture_output=True, check=True, timeout=60
            )
            assert contains in done.stdout, path
