"""The OpenAI-compatible client against a real server that misbehaves on command."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import threading
from contextlib import aclosing
from email.utils import formatdate
from typing import Any

import pytest
from fault_server import HELLO, USAGE, Exchange, FaultServer, delta, event, raw, status, stream
from http_client import KEY, NOW, QUESTION, Make, chunks, failure, text

from sot.backends.openai_compatible import OpenAICompatibleBackend
from sot.backends.openai_compatible.transport.retry import RetryPolicy
from sot.errors import (
    AuthenticationError,
    BackendConnectionError,
    BackendError,
    BackendStatusError,
    BackendTimeoutError,
    BadRequestError,
    ConfigError,
    ContextLengthError,
    MalformedResponseError,
    RateLimitError,
    ServerError,
    SotError,
)
from sot.types import Backend, Chunk, GenerateConfig, Load, Message, Usage

VLLM = {"data": [{"id": "m", "owned_by": "vllm", "max_model_len": 2048}]}


class TestAnswers:
    async def test_a_stream(self, server: FaultServer, make: Make) -> None:
        assert await chunks(make()) == [
            Chunk("Hel"),
            Chunk("lo"),
            Chunk(finish_reason="stop"),
            Chunk(usage=Usage(11, 7, 3, 1)),
        ]

    async def test_is_a_backend(self, make: Make) -> None:
        assert isinstance(make(), Backend)

    async def test_reasoning_is_kept_apart(self, server: FaultServer, make: Make) -> None:
        server.default = stream(
            [
                delta(reasoning_content="hm", reasoning="hm"),
                delta(reasoning="so"),
                delta("Yes", finish="length"),
                "[DONE]",
            ]
        )
        assert await chunks(make()) == [
            Chunk(reasoning="hm"),
            Chunk(reasoning="so"),
            Chunk("Yes", finish_reason="length"),
            Chunk(usage=Usage(completion_tokens=3, requests=1)),
        ]

    @pytest.mark.parametrize(
        "usage",
        [
            None,
            {"prompt_tokens": None, "completion_tokens": 2, "prompt_tokens_details": None},
            {"prompt_tokens": "?", "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": None}},
        ],
    )
    async def test_usage_that_is_missing_or_null(self, server: FaultServer, make: Make, usage: Any) -> None:
        server.default = stream([*HELLO[:4], {"choices": [], "usage": usage}, "[DONE]"])
        assert (await chunks(make()))[-1].usage == Usage(completion_tokens=2, requests=1)

    @pytest.mark.parametrize(
        ("theirs", "ours"),
        [
            ("stop", "stop"),
            ("length", "length"),
            ("content_filter", "content_filter"),
            ("tool_calls", "tool_calls"),
            ("function_call", "tool_calls"),
            ("eos", "stop"),
        ],
    )
    async def test_finish_reasons(self, server: FaultServer, make: Make, theirs: str, ours: str) -> None:
        server.default = stream([delta("a"), delta(finish=theirs), delta(finish=theirs), "[DONE]"])
        assert [c.finish_reason for c in await chunks(make()) if c.finish_reason] == [ours]

    async def test_done_without_a_finish_reason_is_an_end(self, server: FaultServer, make: Make) -> None:
        server.default = stream([delta("a"), "[DONE]"])
        assert (await chunks(make()))[-1] == Chunk(finish_reason="stop", usage=Usage(0, 0, 1, 1))

    async def test_odd_but_harmless_events(self, server: FaultServer, make: Make) -> None:
        odd: list[object] = [
            {"choices": None},
            {},
            {"choices": [{"index": 1, "delta": {"role": "assistant"}}]},
        ]
        odd += [{"choices": [{"delta": None}]}, {"choices": [{"delta": {"content": [{"type": "x"}]}}]}, ""]
        odd += [{"choices": [{"delta": {"content": [{"type": "text", "text": "a"}]}}]}]
        server.default = stream([*odd, *HELLO])
        assert await text(make()) == "aHello"

    async def test_a_server_that_does_not_stream(self, server: FaultServer, make: Make) -> None:
        choice = {"message": {"content": "Hello", "reasoning_content": "hm"}, "finish_reason": "length"}
        server.default = status(200, {"choices": [choice], "usage": USAGE["usage"]})
        assert await chunks(make()) == [Chunk("Hello", "hm", "length", Usage(11, 7, 3, 1))]

    @pytest.mark.parametrize("newline", ["\n", "\r", "\r\n"])
    async def test_an_event_split_at_every_byte(self, server: FaultServer, make: Make, newline: str) -> None:
        backend = make()
        whole = event(delta("é①"), newline) + event(delta("!", finish="stop"), newline) + event("[DONE]")
        for cut in range(1, len(whole)):
            server.default = raw([whole[:cut], whole[cut:]])
            assert await text(backend) == "é①!"

    async def test_a_stream_in_single_bytes(self, server: FaultServer, make: Make) -> None:
        whole = b"\xef\xbb\xbf: hi\n\n" + b"".join(event(e, "\r\n") for e in HELLO)
        server.default = raw([whole[i : i + 1] for i in range(len(whole))])
        assert await text(make()) == "Hello"

    async def test_a_line_of_10_megabytes(self, server: FaultServer, make: Make) -> None:
        long = "x" * 10_000_000
        server.default = stream([delta(long), delta(finish="stop"), "[DONE]"])
        assert await text(make()) == long

    async def test_a_line_without_end_is_refused(self, server: FaultServer, make: Make) -> None:
        server.default = raw([b"data: ", *[b"x" * 1_000_000] * 18])
        assert isinstance(await failure(make()), MalformedResponseError)

    async def test_a_last_event_without_an_empty_line(self, server: FaultServer, make: Make) -> None:
        server.default = raw([event(delta("a")), event(delta("b", finish="stop")).rstrip()])
        assert await text(make()) == "ab"

    async def test_connections_are_reused(self, server: FaultServer, make: Make) -> None:
        backend = make()
        ports: set[int] = set()

        async def behave(exchange: Exchange) -> None:
            ports.add(exchange.client_port)
            await stream()(exchange)

        server.default = behave
        for _ in range(5):
            assert await text(backend) == "Hello"
        assert len(ports) == 1


class TestRequests:
    async def test_only_what_is_set_is_sent(self, server: FaultServer, make: Make) -> None:
        await chunks(make())
        (seen,) = server.completions
        assert seen.body == {
            "model": "m",
            "messages": [{"role": "user", "content": "How are you?"}],
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        assert seen.path == "/v1/chat/completions"
        assert seen.headers["authorization"] == f"Bearer {KEY}"
        assert seen.headers["x-request-id"].startswith("sot-")

    async def test_every_field(self, server: FaultServer, make: Make) -> None:
        extra = {"top_k": 5, "messages": [], "stream": False, "seed": 2}
        config = GenerateConfig(0.0, 0.9, 7, ("\n", "2."), 1, 1.1, extra=extra)
        await chunks(make(extra_body={"top_k": 4, "min_p": 0.1}), config)
        body = server.completions[0].body
        assert len(body.pop("messages")) == 1
        assert body.pop("stream_options")
        assert body == {
            "model": "m",
            "stream": True,
            "temperature": 0.0,
            "top_p": 0.9,
            "max_tokens": 7,
            "stop": ["\n", "2."],
            "seed": 2,
            "top_k": 5,
            "min_p": 0.1,
        }

    @pytest.mark.parametrize(
        ("engine", "field"),
        [
            ("vllm", "repetition_penalty"),
            ("sglang", "repetition_penalty"),
            ("llamacpp", "repeat_penalty"),
            ("openai", None),
        ],
    )
    async def test_repetition_penalty_where_it_is_known(
        self, server: FaultServer, make: Make, engine: str, field: str | None
    ) -> None:
        server.other["/v1/models"] = status(200, {"data": [{"id": "m", "owned_by": engine}]})
        await chunks(make(), GenerateConfig(repetition_penalty=1.2))
        sent = {k: v for k, v in server.completions[0].body.items() if "penalty" in k}
        assert sent == ({field: 1.2} if field else {})

    async def test_prefill(self, server: FaultServer, make: Make) -> None:
        server.other["/v1/models"] = status(200, VLLM)
        await chunks(make(), prefill="1.")
        body = server.completions[0].body
        assert body["messages"][-1] == {"role": "assistant", "content": "1."}
        assert (body["continue_final_message"], body["add_generation_prompt"]) == (True, False)

    async def test_prefill_where_it_cannot_be(self, server: FaultServer, make: Make) -> None:
        with pytest.raises(ConfigError, match="continue a started turn"):
            await chunks(make(), prefill="1.")
        assert server.completions == []

    async def test_prefill_where_the_caller_says_so(self, server: FaultServer, make: Make) -> None:
        await chunks(make(can_prefill=True), prefill="1.")
        assert server.completions[0].body["continue_final_message"] is True

    async def test_a_server_that_refuses_stream_options(self, server: FaultServer, make: Make) -> None:
        backend = make()
        server.script.append(status(400, {"error": {"message": "Unknown field: stream_options"}}))
        assert await text(backend) == "Hello"
        assert await text(backend) == "Hello"
        assert ["stream_options" in seen.body for seen in server.completions] == [True, False, False]

    async def test_a_server_that_wants_max_completion_tokens(self, server: FaultServer, make: Make) -> None:
        backend = make()
        words = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
        server.script.append(status(400, {"error": {"message": words, "code": "unsupported_parameter"}}))
        for _ in range(2):
            await chunks(backend, GenerateConfig(max_tokens=9))
        assert [seen.body.get("max_tokens") for seen in server.completions] == [9, None, None]
        assert [seen.body.get("max_completion_tokens") for seen in server.completions] == [None, 9, 9]

    async def test_a_400_that_merely_mentions_a_field_changes_nothing(
        self, server: FaultServer, make: Make
    ) -> None:
        backend = make()
        server.script.extend([status(400, {"error": {"message": "bad seed; stream_options was fine"}})] * 2)
        assert isinstance(await failure(backend), BadRequestError)
        assert await text(backend) == "Hello"
        assert "stream_options" in server.completions[-1].body

    async def test_extra_fields_that_are_not_json(self, make: Make) -> None:
        with pytest.raises(ConfigError, match="not JSON"):
            await chunks(make(), GenerateConfig(extra={"x": object()}))

    async def test_half_a_surrogate_pair(self, server: FaultServer, make: Make) -> None:
        async for _ in make().stream([Message("user", "a\ud800b")], GenerateConfig()):
            pass
        assert server.completions[0].body["messages"][0]["content"] == "a?b"

    async def test_headers_and_no_key(
        self, server: FaultServer, make: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", "from-the-environment")
        await chunks(make(api_key="", headers={"api-key": "azure-secret"}))
        assert "authorization" not in server.completions[0].headers
        assert server.completions[0].headers["api-key"] == "azure-secret"
        await chunks(make(api_key=None))
        assert server.completions[1].headers["authorization"] == "Bearer from-the-environment"

    async def test_a_query_is_kept_and_not_shown(self, server: FaultServer, make: Make) -> None:
        backend = make(server.url + "/?api-version=1")
        assert await text(backend) == "Hello"
        assert (await backend.info()).backend == server.url
        assert server.seen[0].query == "api-version=1"


class TestAddresses:
    @pytest.mark.parametrize(
        "address",
        [
            "localhost:8000/v1",
            "ftp://host/v1",
            "http://",
            "http:///v1",
            "",
            "http://[::1/v1",
            "http://h:x/v1",
        ],
    )
    def test_not_an_address(self, address: str) -> None:
        with pytest.raises(ConfigError, match="address"):
            OpenAICompatibleBackend(address)

    @pytest.mark.parametrize("address", ["http://user:hunter22@host/v1", "http://hunter22@host:99x/v1"])
    def test_no_credentials_in_the_address(self, address: str) -> None:
        with pytest.raises(ConfigError) as caught:
            OpenAICompatibleBackend(address)
        assert "hunter22" not in str(caught.value)

    @pytest.mark.parametrize("key", ["sk-new\nline", "sk-ümlaut"])
    def test_a_key_that_http_cannot_carry(self, key: str) -> None:
        with pytest.raises(ConfigError) as caught:
            OpenAICompatibleBackend("http://h/v1", api_key=key)
        assert "sk-" not in str(caught.value)

    def test_bad_headers_and_numbers(self) -> None:
        with pytest.raises(ConfigError):
            OpenAICompatibleBackend("http://h/v1", headers={"a b": "c"})
        with pytest.raises(ConfigError):
            OpenAICompatibleBackend("http://h/v1", max_in_flight=0)
        with pytest.raises(ConfigError):
            OpenAICompatibleBackend("http://h/v1", rate_limit=0)

    def test_repr(self) -> None:
        backend = OpenAICompatibleBackend("http://h/v1/?k=v#f", api_key=KEY, headers={"x": KEY})
        assert repr(backend) == "OpenAICompatibleBackend('http://h/v1', model=None)"


class TestModels:
    @pytest.mark.parametrize(
        ("engine", "prefill", "caches"),
        [
            ("vllm", True, "running"),
            ("sglang", True, "running"),
            ("llamacpp", True, "idle"),
            ("openai", False, "unknown"),
            (None, False, "unknown"),
        ],
    )
    async def test_what_an_engine_can(
        self, server: FaultServer, make: Make, engine: str | None, prefill: bool, caches: str
    ) -> None:
        entry = {"id": "a/b", "owned_by": engine, "max_model_len": 2048}
        server.other["/v1/models"] = status(200, {"data": [entry]})
        info = await make(model=None).info()
        assert (info.backend, info.model, info.context_length) == (server.url, "a/b", 2048)
        assert (info.continues_turn, info.caches_prefixes) == (prefill, caches)
        assert info.name == ("" if caches == "unknown" else engine), "others say openai, too: LiteLLM does"
        assert (engine or "names no engine") in info.evidence["caches_prefixes"]

    @pytest.mark.parametrize(
        ("fields", "length"),
        [
            ({"context_length": 99}, 99),
            ({"meta": {"n_ctx_train": 8192}}, 8192),
            ({"meta": None}, None),
            ({"max_model_len": None, "context_window": 5}, 5),
        ],
    )
    async def test_context_length(
        self, server: FaultServer, make: Make, fields: dict[str, Any], length: int | None
    ) -> None:
        server.other["/v1/models"] = status(200, {"data": [{"id": "m", **fields}]})
        assert (await make().info()).context_length == length

    async def test_the_caller_knows_better(self, server: FaultServer, make: Make) -> None:
        info = await make(can_prefill=True, caches_prefixes=True).info()
        assert (info.continues_turn, info.caches_prefixes) == (True, "running")
        assert info.evidence["continues_turn"] == "the setting can_prefill"

    async def test_several_models_and_none_chosen(self, server: FaultServer, make: Make) -> None:
        server.other["/v1/models"] = status(200, {"data": [{"id": f"model-{i}"} for i in range(8)]})
        with pytest.raises(ConfigError, match=r"choose one: model-0, .*model-4 and 3 more$"):
            await make(model=None).info()
        with pytest.raises(ConfigError, match="choose one"):
            await chunks(make(model=None))

    async def test_adapters_are_not_a_choice(self, server: FaultServer, make: Make) -> None:
        models = [*VLLM["data"], {"id": "lora", "owned_by": "vllm", "parent": "m"}]
        server.other["/v1/models"] = status(200, {"data": models})
        assert (await make(model=None).info()).model == "m"

    async def test_a_model_that_is_not_listed(self, server: FaultServer, make: Make) -> None:
        server.other["/v1/models"] = status(200, VLLM)
        info = await make(model="other").info()
        assert (info.model, info.context_length, info.continues_turn) == ("other", None, True)

    @pytest.mark.parametrize(
        "answer",
        [status(404), status(405), status(403), status(200, "<html>hi</html>"), status(200, {"data": 3})],
    )
    async def test_no_list_but_a_name(self, server: FaultServer, make: Make, answer: Any) -> None:
        server.other["/v1/models"] = answer
        info = await make().info()
        assert (info.model, info.context_length, info.continues_turn) == ("m", None, False)

    async def test_no_list_and_no_name(self, server: FaultServer, make: Make) -> None:
        with pytest.raises(BadRequestError):
            await make(model=None).info()
        server.other["/v1/models"] = status(200, {"data": []})
        with pytest.raises(ConfigError, match="name the model"):
            await make(model=None).info()

    async def test_the_list_is_asked_for_once(self, server: FaultServer, make: Make) -> None:
        server.other["/v1/models"] = status(200, VLLM)
        backend = make(model=None)
        await asyncio.gather(*(chunks(backend) for _ in range(10)), backend.info())
        assert [exchange.path for exchange in server.seen].count("/v1/models") == 1
        assert {seen.body["model"] for seen in server.completions} == {"m"}

    async def test_the_list_is_asked_for_again_after_a_failure(
        self, server: FaultServer, make: Make, waits: list[float]
    ) -> None:
        backend = make(model=None, max_retries=1)
        server.other["/v1/models"] = status(503)
        with pytest.raises(ServerError):
            await backend.info()
        assert len(waits) == 1
        server.other["/v1/models"] = status(200, VLLM)
        assert (await backend.info()).model == "m"


class TestLoad:
    async def test_metrics(self, server: FaultServer, make: Make) -> None:
        server.other["/metrics"] = status(
            200,
            "# HELP vllm:num_requests_running Running.\n"
            'vllm:num_requests_running{engine="0",model_name="m}"} 3.0\n'
            'vllm:num_requests_running{engine="1",model_name="m"} 1.0\n'
            'vllm:num_requests_waiting_by_reason{engine="0"} 9.0\n'
            'vllm:num_requests_waiting{engine="0",model_name="m"} 2.0\n',
        )
        assert await make().load() == Load(4, 2)

    @pytest.mark.parametrize("answer", [status(404), status(200, "up 1\n"), status(302)])
    async def test_no_metrics_is_remembered(self, server: FaultServer, make: Make, answer: Any) -> None:
        server.other["/metrics"] = answer
        backend = make()
        assert await backend.load() == Load()
        assert await backend.load() == Load()
        assert len(server.seen) == 1

    async def test_own_count(self, server: FaultServer, make: Make) -> None:
        backend = make(max_in_flight=1)

        async def behave(exchange: Exchange) -> None:
            await exchange.start()
            await exchange.send(event(delta("a")))
            await exchange.gone()

        server.default = behave
        async with aclosing(backend.stream(QUESTION, GenerateConfig())) as answer:
            await anext(answer)
            waiting = asyncio.create_task(chunks(backend))
            assert await backend.load() == Load(1, 1)
            waiting.cancel()
        assert await backend.load() == Load(0, 0)

    async def test_a_server_that_is_gone(self, make: Make) -> None:
        assert await make(closed_port()).load() == Load()


def closed_port() -> str:
    """An address where nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/v1"


class TestFailures:
    async def test_refused_connection(self, make: Make, waits: list[float]) -> None:
        address = closed_port()
        error = await failure(make(address))
        assert isinstance(error, BackendConnectionError)
        assert str(error) == (
            f"cannot connect to {address} (Connection refused): "
            "check that the server is running and that the address is right"
        )
        assert len(waits) == 3

    @pytest.mark.parametrize(
        ("code", "kind"),
        [
            (400, BadRequestError),
            (401, AuthenticationError),
            (403, AuthenticationError),
            (404, BadRequestError),
            (413, BadRequestError),
            (422, BadRequestError),
            (429, RateLimitError),
            (500, ServerError),
            (503, ServerError),
        ],
    )
    async def test_statuses(
        self, server: FaultServer, make: Make, code: int, kind: type[BackendStatusError]
    ) -> None:
        server.default = status(code, {"error": {"message": f"no\r\n\x1b[31m\u202e {KEY} way"}})
        error = await failure(make(max_retries=0))
        assert type(error) is kind
        assert isinstance(error, BackendStatusError)
        assert error.status == code
        assert error.retryable == (code == 429 or code >= 500)
        assert str(error).startswith(f"HTTP {code} from {server.url}: no [31m [redacted] way")

    @pytest.mark.parametrize(
        ("payload", "words"),
        [
            ({"error": "model 'x' not found"}, "model 'x' not found"),
            ({"object": "error", "message": "old vLLM", "code": 400}, "old vLLM"),
            ({"detail": [{"loc": ["body"], "msg": "FastAPI"}]}, "FastAPI"),
            ("<html><style>p{}</style><h1>Bad</h1> Gateway</html>", "Bad Gateway"),
            ("", "no explanation"),
            ({"error": {"message": "x" * 5000}}, "x" * 200),
            ([1], "[1]"),
        ],
    )
    async def test_shapes_of_errors(
        self, server: FaultServer, make: Make, payload: object, words: str
    ) -> None:
        server.default = status(400, payload)
        message = str(await failure(make()))
        assert words in message
        assert len(message) < 400

    @pytest.mark.parametrize(
        ("code", "error", "prompt", "context"),
        [
            (
                400,
                {
                    "message": "This model's maximum context length is 2048 tokens. However, you requested "
                    "2600 tokens (2500 in the messages, 100 in the completion)."
                },
                2500,
                2048,
            ),
            (
                400,
                {
                    "message": "'max_tokens' or 'max_completion_tokens' is too large: 5000. This model's "
                    "maximum context length is 2048 tokens and your request has 100 input tokens"
                },
                100,
                2048,
            ),
            (
                400,
                {"message": "The decoder prompt (length 30) is longer than the maximum model length of 20."},
                30,
                20,
            ),
            (
                400,
                {"message": "The input (61 tokens) is longer than the model's context length (40 tokens)."},
                61,
                40,
            ),
            (
                400,
                {
                    "message": "request (4390 tokens) exceeds the available context size (4096 tokens)",
                    "type": "exceed_context_size_error",
                    "n_prompt_tokens": 4390,
                    "n_ctx": 4096,
                },
                4390,
                4096,
            ),
            (400, {"message": "too long", "code": "context_length_exceeded"}, None, None),
            (500, {"message": "Context size has been exceeded.", "type": "server_error"}, None, None),
        ],
    )
    async def test_context_length(
        self,
        server: FaultServer,
        make: Make,
        code: int,
        error: dict[str, Any],
        prompt: int | None,
        context: int | None,
    ) -> None:
        server.default = status(code, {"error": error})
        with pytest.raises(ContextLengthError) as caught:
            await chunks(make(), GenerateConfig(max_tokens=5))
        assert (caught.value.prompt_tokens, caught.value.context_length) == (prompt, context)
        assert len(server.completions) == 1

    async def test_redirects_are_not_followed(self, server: FaultServer, make: Make) -> None:
        server.default = status(307, headers={"location": "http://elsewhere.invalid/v1?secret=1"})
        error = await failure(make())
        assert isinstance(error, MalformedResponseError)
        assert "redirect (307) to http://elsewhere.invalid/v1: give that address" in str(error)
        assert len(server.completions) == 1

    async def test_a_forgotten_v1(self, server: FaultServer, make: Make) -> None:
        server.default = status(404)
        assert str(await failure(make(server.url.removesuffix("/v1")))).endswith("lack /v1?)")

    @pytest.mark.parametrize(
        "behaviour",
        [
            raw([b"data: {not json\n\n"]),
            raw([b"data: [1]\n\n"]),
            raw([b"data: " + b"[" * 100_000 + b"\n\n"]),
            raw([event({"choices": [{"delta": {"content": 5}}]})]),
            raw([event({"choices": ["a"]})]),
            raw([event({"choices": 7})]),
            status(200, "<html><b>Welcome to the router</b></html>"),
            status(200, "hello there"),
            status(200, {"hello": "there"}),
            raw([b'{"choices": [', b"oops"]),
        ],
    )
    async def test_not_the_protocol(
        self, server: FaultServer, make: Make, behaviour: Any, waits: list[float]
    ) -> None:
        server.default = behaviour
        error = await failure(make())
        assert isinstance(error, MalformedResponseError)
        assert len(str(error)) < 450
        assert waits == []

    @pytest.mark.parametrize(
        ("payload", "kind"),
        [
            ({"error": {"message": "boom", "type": "server_error"}}, ServerError),
            ({"error": {"message": "boom", "code": 400}}, BadRequestError),
            ({"object": "error", "message": "boom", "code": 400}, BadRequestError),
            ({"error": {"message": "boom", "type": "rate_limit_error"}}, RateLimitError),
            ({"error": {"message": "boom", "type": "invalid_request_error"}}, BadRequestError),
            ({"error": {"message": "boom", "code": "invalid_api_key"}}, AuthenticationError),
            ({"error": {"message": "boom", "code": "context_length_exceeded"}}, ContextLengthError),
            ({"error": "boom"}, ServerError),
        ],
    )
    @pytest.mark.parametrize("late", [False, True])
    async def test_an_error_inside_a_200(
        self, server: FaultServer, make: Make, payload: Any, kind: type[SotError], late: bool
    ) -> None:
        server.default = stream([*([delta("a")] if late else []), payload])
        error = await failure(make())
        assert type(error) is kind
        assert "boom" in str(error)
        retried = isinstance(error, BackendError) and error.retryable and not late
        assert len(server.completions) == (4 if retried else 1)

    async def test_an_error_event(self, server: FaultServer, make: Make) -> None:
        server.default = raw([b"event: error\n" + event({"message": "boom"})])
        assert "boom" in str(await failure(make()))

    async def test_an_answer_the_engine_gave_up(self, server: FaultServer, make: Make) -> None:
        server.default = stream([delta("a"), delta(finish="abort"), "[DONE]"])
        assert isinstance(await failure(make()), ServerError)

    @pytest.mark.parametrize("drop", [True, False])
    async def test_a_stream_that_ends_in_the_middle(
        self, server: FaultServer, make: Make, drop: bool
    ) -> None:
        server.default = raw([event(delta("a")), event(delta("b"))], drop=drop)
        seen: list[str] = []

        async def read() -> None:
            async for chunk in make().stream(QUESTION, GenerateConfig()):
                seen.append(chunk.text)

        with pytest.raises(BackendConnectionError):
            await read()
        assert seen == ["a", "b"]
        assert len(server.completions) == 1

    async def test_a_drop_after_the_finish_loses_nothing(self, server: FaultServer, make: Make) -> None:
        server.default = raw([event(delta("a")), event(delta(finish="stop"))], drop=True)
        assert (await chunks(make()))[-1].usage == Usage(completion_tokens=1, requests=1)

    async def test_an_empty_answer(self, server: FaultServer, make: Make, waits: list[float]) -> None:
        server.default = raw([])
        assert isinstance(await failure(make()), BackendConnectionError)
        assert len(waits) == 3


class TestTimeLimits:
    async def test_no_response(self, server: FaultServer, make: Make, waits: list[float]) -> None:
        server.default = Exchange.gone
        error = await failure(make(first_token_timeout=0.05, max_retries=1))
        assert isinstance(error, BackendTimeoutError)
        assert "no first token within 0.05 s" in str(error)
        assert len(waits) == 1

    async def test_no_first_token(self, server: FaultServer, make: Make) -> None:
        async def behave(exchange: Exchange) -> None:
            await exchange.start()
            await exchange.send(b": ping\n\n" + event(HELLO[0]))
            await exchange.gone()

        server.default = behave
        error = await failure(make(first_token_timeout=0.1, between_token_timeout=60, max_retries=0))
        assert "first_token_timeout" in str(error)

    async def test_no_next_token(self, server: FaultServer, make: Make) -> None:
        async def behave(exchange: Exchange) -> None:
            await exchange.start()
            await exchange.send(event(delta("a")))
            await exchange.gone()

        server.default = behave
        error = await failure(make(between_token_timeout=0.05))
        assert isinstance(error, BackendTimeoutError)
        assert "between_token_timeout" in str(error)
        assert len(server.completions) == 1

    async def test_a_complete_answer_whose_end_does_not_come(self, server: FaultServer, make: Make) -> None:
        async def behave(exchange: Exchange) -> None:
            await exchange.start()
            await exchange.send(event(delta("a", finish="stop")))
            await exchange.gone()

        server.default = behave
        assert await text(make(between_token_timeout=0.05)) == "a"

    async def test_no_connection(self, make: Make) -> None:
        # A listener whose queue is full leaves further connections waiting.
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            address = listener.getsockname()
            with socket.socket() as first, socket.socket() as second:
                for sock in (first, second):
                    sock.setblocking(False)
                    sock.connect_ex(address)
                error = await failure(
                    make(f"http://127.0.0.1:{address[1]}/v1", connect_timeout=0.1, max_retries=0)
                )
        assert isinstance(error, BackendTimeoutError)
        assert "connect_timeout" in str(error)


class TestRetries:
    @pytest.mark.parametrize("code", [408, 409, 429, 500, 502, 503])
    async def test_a_failure_then_success(
        self, server: FaultServer, make: Make, waits: list[float], code: int
    ) -> None:
        server.script.append(status(code))
        assert await text(make()) == "Hello"
        assert waits == [0.0]

    async def test_a_drop_before_the_first_token(self, server: FaultServer, make: Make) -> None:
        server.script.append(raw([event(HELLO[0])], drop=True))
        assert await text(make()) == "Hello"
        first, second = (seen.headers["x-request-id"] for seen in server.completions)
        assert first != second

    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({"retry-after-ms": "250"}, 0.25),
            ({"retry-after": "7"}, 7.0),
            ({"retry-after": "1.5"}, 1.5),
            ({"retry-after": formatdate(NOW + 9, usegmt=True)}, 9.0),
            ({"retry-after": "whenever"}, 0.0),
        ],
    )
    @pytest.mark.parametrize("code", [429, 503])
    async def test_retry_after(
        self,
        server: FaultServer,
        make: Make,
        waits: list[float],
        code: int,
        headers: dict[str, str],
        seconds: float,
    ) -> None:
        server.script.append(status(code, headers=headers))
        assert await text(make()) == "Hello"
        assert waits == [seconds]

    async def test_too_long_a_wait(self, server: FaultServer, make: Make, waits: list[float]) -> None:
        server.default = status(429, headers={"retry-after": "3600"})
        error = await failure(make())
        assert isinstance(error, RateLimitError)
        assert error.retry_after == 3600
        assert waits == []

    @pytest.mark.parametrize(
        ("payload", "headers"),
        [
            ({"error": {"message": "no", "code": "insufficient_quota"}}, {}),
            (None, {"x-should-retry": "false"}),
        ],
    )
    async def test_no_waiting_helps(
        self, server: FaultServer, make: Make, waits: list[float], payload: Any, headers: dict[str, str]
    ) -> None:
        server.default = status(429, payload, headers)
        assert isinstance(await failure(make()), RateLimitError)
        assert waits == []

    async def test_giving_up_with_the_last_error(
        self, server: FaultServer, make: Make, waits: list[float]
    ) -> None:
        server.script.extend([status(500), status(429), status(502), status(503)])
        error = await failure(make())
        assert isinstance(error, ServerError)
        assert error.status == 503
        assert len(waits) == 3


class TestHangingUp:
    @pytest.fixture
    def hung_up(self, server: FaultServer) -> threading.Event:
        """Set when the server sees the client go, in the middle of an endless answer."""
        gone = threading.Event()

        async def behave(exchange: Exchange) -> None:
            await exchange.start()
            await exchange.send(event(delta("a")))
            await exchange.gone()
            gone.set()

        server.default = behave
        return gone

    async def test_cancelling_the_reader(self, make: Make, hung_up: threading.Event) -> None:
        started = asyncio.Event()

        async def read() -> None:
            async for _ in make().stream(QUESTION, GenerateConfig()):
                started.set()

        task = asyncio.create_task(read())
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(hung_up.wait, 5)

    async def test_closing_the_generator(self, make: Make, hung_up: threading.Event) -> None:
        backend = make(max_in_flight=1)
        for _ in range(3):  # each one gives its slot back
            hung_up.clear()
            answer = backend.stream(QUESTION, GenerateConfig())
            assert await anext(answer) == Chunk("a")
            await answer.aclose()
            assert await asyncio.to_thread(hung_up.wait, 5)

    async def test_cancelling_before_the_response(self, server: FaultServer, make: Make) -> None:
        arrived, gone = threading.Event(), threading.Event()

        async def behave(exchange: Exchange) -> None:
            arrived.set()
            await exchange.gone()
            gone.set()

        server.default = behave
        task = asyncio.create_task(chunks(make()))
        assert await asyncio.to_thread(arrived.wait, 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(gone.wait, 5)

    async def test_closing_the_backend_ends_what_is_in_flight(
        self, server: FaultServer, make: Make, hung_up: threading.Event
    ) -> None:
        backend = make(max_in_flight=2)
        paused = backend.stream(QUESTION, GenerateConfig())
        await anext(paused)
        begun = asyncio.Event()

        async def read() -> None:
            async for _ in backend.stream(QUESTION, GenerateConfig()):
                begun.set()

        reading = asyncio.create_task(read())
        await begun.wait()
        waiting = asyncio.create_task(chunks(backend))  # for a slot
        await asyncio.sleep(0)
        await backend.aclose()
        for end in (reading, waiting, anext(paused)):
            with pytest.raises(
                BackendConnectionError, match="closed while a request was in flight"
            ) as caught:
                await end
            assert not caught.value.retryable
        assert len(server.completions) == 2

    async def test_closing_the_backend_ends_the_wait_for_a_retry(self, server: FaultServer) -> None:
        waiting = asyncio.Event()

        async def sleep(_: float) -> None:
            waiting.set()
            await asyncio.get_running_loop().create_future()  # for ever

        server.default = status(500)
        backend = OpenAICompatibleBackend(
            server.url, model="m", api_key=KEY, max_in_flight=1, retry=RetryPolicy(sleep=sleep)
        )
        tasks = [asyncio.create_task(chunks(backend)) for _ in range(2)]
        await waiting.wait()
        await backend.aclose()
        ends = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
        assert [type(end) for end in ends] == [BackendConnectionError] * 2

    async def test_use_after_closing_opens_again(self, server: FaultServer, make: Make) -> None:
        backend = make()
        assert await text(backend) == "Hello"
        await backend.aclose()
        assert await text(backend) == "Hello"

    def test_another_event_loop(self, server: FaultServer) -> None:
        backend = OpenAICompatibleBackend(server.url, model="m", api_key=KEY, max_in_flight=1)

        async def behave(exchange: Exchange) -> None:
            await exchange.start(headers={"connection": "close"})
            await exchange.send(b"".join(event(e) for e in HELLO))
            await exchange.end()

        async def use() -> list[str]:
            return list(await asyncio.gather(*(text(backend) for _ in range(3))))

        async def use_and_close() -> list[str]:
            async with backend:
                return await use()

        server.default = behave
        assert asyncio.run(use()) == ["Hello"] * 3
        assert asyncio.run(use_and_close()) == ["Hello"] * 3


class TestLimits:
    async def test_a_cap_on_requests_in_flight(self, server: FaultServer, make: Make) -> None:
        eight = asyncio.Barrier(8)  # nobody is answered before eight are there

        async def behave(exchange: Exchange) -> None:
            await exchange.start()
            await eight.wait()
            await exchange.send(b"".join(event(e) for e in HELLO))
            await exchange.end()

        server.default = behave
        backend = make(max_in_flight=8)
        answers = await asyncio.gather(*(text(backend) for _ in range(304)))
        assert answers == ["Hello"] * 304
        assert len(server.completions) == 304
        assert server.activity.most == 8

    async def test_cancelled_waiters_do_not_cost_slots(self, server: FaultServer, make: Make) -> None:
        backend = make(max_in_flight=2)
        tasks = [asyncio.create_task(text(backend)) for _ in range(40)]
        for task in tasks[::2]:
            await asyncio.sleep(0)
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert ends[1::2] == ["Hello"] * 20
        assert await asyncio.gather(*(text(backend) for _ in range(4))) == ["Hello"] * 4
        assert await backend.load() == Load()

    async def test_a_rate_limit_lets_all_through(self, server: FaultServer, make: Make) -> None:
        backend = make(rate_limit=40.0)
        assert await asyncio.gather(*(text(backend) for _ in range(42))) == ["Hello"] * 42

    async def test_the_key_is_not_logged(
        self, server: FaultServer, make: Make, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        server.script.append(status(500, {"error": {"message": KEY}}))
        await text(make())
        assert "try 1 failed" in caplog.text
        assert KEY not in caplog.text

    async def test_any_key_like_openais_is_hidden(self, server: FaultServer, make: Make) -> None:
        server.default = status(401, {"error": {"message": "wrong key: sk-proj-somebody-elses-key."}})
        assert "wrong key: [redacted]." in str(await failure(make()))

    async def test_a_header_s_token_is_hidden_without_its_scheme(
        self, server: FaultServer, make: Make
    ) -> None:
        server.default = status(401, {"error": {"message": "no user has the token-of-a-user"}})
        backend = make(headers={"Authorization": "Bearer token-of-a-user"})
        assert "no user has the [redacted]" in str(await failure(backend))

    async def test_the_key_is_not_in_a_streamed_error(self, server: FaultServer, make: Make) -> None:
        server.default = raw([f"data: {KEY} {json.dumps('x')}\n\n".encode()])
        assert "[redacted]" in str(await failure(make()))


async def test_a_servers_cookies_are_not_sent_back(make: Make, server: FaultServer) -> None:
    """The answers of many callers pass through one client."""

    async def with_cookie(exchange: Exchange) -> None:
        await exchange.start(headers={"set-cookie": "session=of-the-first-caller; Path=/"})
        for payload in HELLO:
            await exchange.send(event(payload))
        await exchange.end()

    server.script.append(with_cookie)
    backend = make(model="m")
    assert [await text(backend), await text(backend)] == ["Hello", "Hello"]
    assert [exchange.headers.get("cookie") for exchange in server.completions] == [None, None]


async def test_forwarding_gives_up_on_a_stalled_server(make: Make, server: FaultServer) -> None:
    async def stall(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.send(event(delta("Hel")))
        await exchange.gone()

    server.default = stall
    backend = make(model="m", first_token_timeout=0.2)

    async def read_all() -> None:
        async with backend.forward({"messages": []}) as answer:
            async for _ in answer.pieces:
                pass

    with pytest.raises(BackendTimeoutError, match="first_token_timeout"):
        await read_all()


async def test_forwarding_ends_when_the_client_is_closed(make: Make, server: FaultServer) -> None:
    async def stall(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.send(event(delta("Hel")))
        await exchange.gone()

    server.default = stall
    backend = make(model="m")

    async def read_and_close() -> None:
        async with backend.forward({"messages": []}) as answer:
            async for _ in answer.pieces:
                await backend.aclose()

    with pytest.raises(BackendConnectionError, match="was closed"):
        await read_and_close()
