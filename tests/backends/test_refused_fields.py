"""Request fields that servers refuse, in many words: left out, remembered, told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from fault_server import Behaviour, Exchange, FaultServer, status, stream
from http_client import Make, chunks, failure, text

from sot.errors import BadRequestError, ContextLengthError, PrefillRefusedError
from sot.types import GenerateConfig

ALL = GenerateConfig(0.7, 0.9, 1000, ("\n",), 1, think=False)
VLLM = {"data": [{"id": "m", "owned_by": "vllm"}]}

Says = Callable[[Mapping[str, Any]], object | None]
"""What the server says to a request's body; ``None``: it answers."""


def strict(says: Says, code: int = 400) -> Behaviour:
    """A server that refuses some bodies."""

    async def behave(exchange: Exchange) -> None:
        payload = says(exchange.body)
        await (stream() if payload is None else status(code, payload))(exchange)

    return behave


def without(name: str, payload: object) -> Says:
    return lambda body: payload if name in body else None


def error(message: str, param: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": param, "code": None}}


def located(*names: str) -> dict[str, Any]:
    return {"detail": [{"type": "extra_forbidden", "loc": ["body", n], "msg": "Extra inputs"} for n in names]}


REFUSALS: list[tuple[str, int, Any]] = [
    ("stop", 400, error("Invalid request", "stop")),
    ("stop", 400, error("Stop sequences are unavailable for this deployment.")),
    ("stop", 422, located("stop")),
    ("seed", 422, {"detail": "seed: extra fields not permitted"}),
    ("seed", 400, {"message": ["property seed should not exist"], "statusCode": 400, "error": "Bad Request"}),
    ("top_p", 400, 'unknown field "top_p" in request'),
    ("top_p", 400, {"object": "error", "code": 400, "message": "[{'loc': ('body', 'top_p'), 'msg': 'no'}]"}),
    ("temperature", 400, error("invalid temperature: only 1 is allowed for this model")),
    ("temperature", 400, error("Unsupported value: 'temperature' does not support 0.7.", "temperature")),
    ("stream_options", 422, located("stream_options")),
    ("stream_options", 400, {"errors": [{"message": "include_usage is not a valid option"}]}),
    ("reasoning_effort", 400, error("Unrecognized request argument supplied: reasoning_effort")),
    ("chat_template_kwargs", 400, error("Unknown parameter: 'chat_template_kwargs'.")),
    ("chat_template_kwargs", 400, error("parameter enable_thinking is not supported by this model")),
    ("max_tokens", 400, error("max_tokens is deprecated: use max_completion_tokens instead", "max_tokens")),
]


class TestOwnFields:
    @pytest.mark.parametrize(("name", "code", "payload"), REFUSALS)
    async def test_a_refused_field_is_left_out_from_then_on(
        self, server: FaultServer, make: Make, waits: list[float], name: str, code: int, payload: Any
    ) -> None:
        server.default = strict(without(name, payload), code)
        backend = make()
        assert await text(backend, ALL) == "Hello"
        assert await text(make(), ALL) == "Hello"  # also by another object
        assert [name in seen.body for seen in server.completions] == [True, False, False]
        assert waits == []
        server.other["/v1/models"] = status(200, {"data": []})
        info = await backend.info()
        assert info.refuses == (name,)
        assert "refused" in info.evidence["refuses"]

    async def test_only_for_that_model(self, server: FaultServer, make: Make) -> None:
        server.script.append(status(422, located("stop")))
        assert await text(make(), ALL) == "Hello"
        assert await text(make(model="other"), ALL) == "Hello"
        assert ["stop" in seen.body for seen in server.completions] == [True, False, True]

    @pytest.mark.parametrize(
        "payload",
        [
            lambda names: located(*names),
            lambda names: {"detail": f"Unexpected keys in the request: {names}"},
            lambda names: error(f"this model has no {' and no '.join(names)}"),
            lambda names: error("seed and stop are not available"),  # whichever was sent
        ],
    )
    async def test_several_at_once(
        self, server: FaultServer, make: Make, payload: Callable[[list[str]], object]
    ) -> None:
        def says(body: Mapping[str, Any]) -> object | None:
            names = [name for name in ("seed", "stop") if name in body]
            return payload(names) if names else None

        server.default = strict(says, 422)
        assert await text(make(), ALL) == "Hello"
        last = server.completions[-1].body
        assert "seed" not in last
        assert "stop" not in last
        assert last.keys() >= {"temperature", "top_p", "max_tokens", "reasoning_effort"}

    async def test_a_field_that_is_merely_mentioned_is_sent_again(
        self, server: FaultServer, make: Make
    ) -> None:
        server.default = strict(
            without("stop", error("top_p is fine, temperature is fine, but stop is unknown"))
        )
        backend = make()
        for _ in range(2):
            assert await text(backend, ALL) == "Hello"
        assert server.completions[-1].body.keys() >= {"top_p", "temperature", "seed"}

    async def test_a_refusal_inside_the_stream(self, server: FaultServer, make: Make) -> None:
        refusal = stream([{"error": {"message": "seed is not supported", "code": 400}}])
        server.script.append(refusal)
        assert await text(make(), ALL) == "Hello"
        assert "seed" not in server.completions[-1].body

    async def test_usage_is_kept_where_only_its_running_totals_are_refused(
        self, server: FaultServer, make: Make
    ) -> None:
        def says(body: Mapping[str, Any]) -> object | None:
            more = "continuous_usage_stats" in body["stream_options"]
            return (
                error("stream_options.continuous_usage_stats: Extra inputs are not permitted")
                if more
                else None
            )

        server.other["/v1/models"] = status(200, VLLM)
        server.default = strict(says)
        assert await text(make(model=None)) == "Hello"
        assert server.completions[-1].body["stream_options"] == {"include_usage": True}

    @pytest.mark.parametrize(
        "payload",
        ["Bad Request", error("Something is wrong"), error("messages[0] is wrong, not seed", "messages")],
    )
    async def test_no_field_named_no_field_dropped(
        self, server: FaultServer, make: Make, payload: Any
    ) -> None:
        server.default = status(400, payload)
        assert isinstance(await failure(make(), ALL), BadRequestError)
        assert len(server.completions) == 1

    async def test_too_long_a_prompt_is_no_refusal_of_a_field(self, server: FaultServer, make: Make) -> None:
        server.default = status(
            400, error("max_tokens and prompt exceed the context window of 4096", "max_tokens")
        )
        assert isinstance(await failure(make(), ALL), ContextLengthError)
        assert len(server.completions) == 1


class TestCallersFields:
    @pytest.mark.parametrize("name", ["top_k", "temperature", "reasoning_effort", "stream_options"])
    async def test_they_are_never_dropped(self, server: FaultServer, make: Make, name: str) -> None:
        server.default = strict(without(name, error(f"{name} is not supported", name)))
        config = GenerateConfig(temperature=0.7, think=False, extra={name: 0.5})
        assert name in str(await failure(make(), config))
        assert len(server.completions) == 1

    async def test_nor_are_template_arguments(self, server: FaultServer, make: Make) -> None:
        server.default = strict(without("chat_template_kwargs", error("chat_template_kwargs: unknown")))
        backend = make(extra_body={"chat_template_kwargs": {"locale": "fr"}})
        assert "chat_template_kwargs" in str(await failure(backend, GenerateConfig(think=False)))


class TestValues:
    @pytest.mark.parametrize(
        "message",
        [
            "max_tokens must be at most 512",
            "max_tokens: 1000 > 512, which is the maximum allowed number of output tokens for model-3-5",
            "Range of max_tokens should be [1, 512]",
            "`max_tokens` must be less than or equal to `512`, the maximum value for it",
            "max_tokens is too large: 1000. This model supports at most 512 completion tokens.",
        ],
    )
    async def test_the_largest_number_that_is_named_is_used(
        self, server: FaultServer, make: Make, message: str
    ) -> None:
        server.default = strict(lambda body: error(message) if body["max_tokens"] > 512 else None)
        backend = make()
        for _ in range(2):
            assert await text(backend, ALL) == "Hello"
        assert await text(backend, GenerateConfig(max_tokens=9)) == "Hello"
        assert [seen.body["max_tokens"] for seen in server.completions] == [1000, 512, 512, 9]
        assert (await backend.info()).refuses == ()

    async def test_the_least_number_too(self, server: FaultServer, make: Make) -> None:
        words = (
            "Invalid 'max_tokens': integer below minimum value. Expected a value >= 16, but got 1 instead."
        )
        server.default = strict(lambda body: error(words, "max_tokens") if body["max_tokens"] < 16 else None)
        assert await text(make(), GenerateConfig(max_tokens=1)) == "Hello"
        assert server.completions[-1].body["max_tokens"] == 16

    @pytest.mark.parametrize(
        "message",
        ["temperature must be between 0 and 0.5", "temperature: should be less than or equal to 0.5"],
    )
    async def test_a_value_out_of_range_is_the_callers_mistake(
        self, server: FaultServer, make: Make, message: str
    ) -> None:
        server.default = strict(without("temperature", error(message, "temperature")))
        assert message in str(await failure(make(), ALL))
        assert len(server.completions) == 1

    async def test_greedy_decoding_where_zero_is_out_of_range(self, server: FaultServer, make: Make) -> None:
        words = "Input validation error: `temperature` must be strictly positive"
        server.default = strict(lambda body: {"error": words} if body.get("temperature") == 0 else None, 422)
        assert await text(make(), GenerateConfig(temperature=0.0)) == "Hello"

    @pytest.mark.parametrize(
        ("payload", "effort"),
        [
            (error("'reasoning_effort' does not support 'none'. Supported values: 'low' and 'high'."), "low"),
            (error("reasoning_effort must be one of minimal|low|medium", "reasoning_effort"), "minimal"),
            (
                {
                    "detail": [
                        {"loc": ["body", "reasoning_effort"], "msg": "Input should be 'medium' or 'high'"}
                    ]
                },
                "medium",
            ),
        ],
    )
    async def test_the_least_effort_that_is_named_is_used(
        self, server: FaultServer, make: Make, payload: Any, effort: str
    ) -> None:
        server.default = strict(lambda body: payload if body["reasoning_effort"] == "none" else None, 422)
        backend = make()
        for _ in range(2):
            assert await text(backend, ALL) == "Hello"
        assert [seen.body["reasoning_effort"] for seen in server.completions] == ["none", effort, effort]


class TestPrefill:
    @pytest.mark.parametrize(
        ("code", "payload"),
        [
            (400, error("Conversation roles must alternate user/assistant/user/assistant/...")),
            (400, error("This model does not support assistant message prefill.")),
            (400, error("The conversation must end with a user message.")),
            (422, located("continue_final_message", "add_generation_prompt")),
            (500, error("Assistant response prefill is incompatible with enable_thinking.")),
            (400, {"message": "Expected last role User or Tool but got assistant", "code": 3230}),
            (400, error("Invalid order: an assistant message cannot be the last one")),
        ],
    )
    async def test_one_that_is_refused_is_told_and_remembered(
        self, server: FaultServer, make: Make, code: int, payload: Any
    ) -> None:
        server.other["/v1/models"] = status(200, VLLM)
        server.default = strict(
            lambda body: payload if body["messages"][-1]["role"] == "assistant" else None, code
        )
        backend = make()
        assert (await backend.info()).continues_turn
        for _ in range(2):
            with pytest.raises(PrefillRefusedError) as caught:
                await chunks(backend, prefill="1.")
            assert not caught.value.retryable
        assert len(server.completions) == 1
        info = await backend.info()
        assert not info.continues_turn
        assert "refused" in info.evidence["continues_turn"]
        assert await text(backend) == "Hello"

    async def test_another_refusal_says_nothing_of_it(self, server: FaultServer, make: Make) -> None:
        server.other["/v1/models"] = status(200, VLLM)
        server.script.append(status(422, located("stop")))
        backend = make()
        await chunks(backend, ALL, prefill="1.")
        assert server.completions[-1].body["messages"][-1]["content"] == "1."
        assert (await backend.info()).continues_turn


class TestThinking:
    @pytest.mark.parametrize(
        ("think", "extra", "fields"),
        [
            (None, {}, {}),
            (
                False,
                {},
                {
                    "reasoning_effort": "none",
                    "chat_template_kwargs": {"enable_thinking": False, "thinking": False},
                },
            ),
            (True, {}, {"chat_template_kwargs": {"enable_thinking": True, "thinking": True}}),
            (
                False,
                {"reasoning_effort": "low", "chat_template_kwargs": {"thinking": True, "locale": "fr"}},
                {
                    "reasoning_effort": "low",
                    "chat_template_kwargs": {"enable_thinking": False, "thinking": True, "locale": "fr"},
                },
            ),
            (True, {"chat_template_kwargs": None}, {"chat_template_kwargs": None}),
        ],
    )
    async def test_fields(
        self,
        server: FaultServer,
        make: Make,
        think: bool | None,
        extra: dict[str, Any],
        fields: dict[str, Any],
    ) -> None:
        await chunks(make(), GenerateConfig(think=think, extra=extra))
        body = server.completions[0].body
        names = ("reasoning_effort", "chat_template_kwargs")
        assert {name: body[name] for name in names if name in body} == fields

    async def test_template_arguments_of_object_and_request_are_merged(
        self, server: FaultServer, make: Make
    ) -> None:
        backend = make(extra_body={"chat_template_kwargs": {"a": 1, "b": 1}})
        await chunks(backend, GenerateConfig(think=True, extra={"chat_template_kwargs": {"b": 2}}))
        arguments = server.completions[0].body["chat_template_kwargs"]
        assert arguments == {"enable_thinking": True, "thinking": True, "a": 1, "b": 2}

    async def test_what_completions_show_is_remembered(self, server: FaultServer, make: Make) -> None:
        server.other["/v1/models"] = status(200, {"data": [{"id": "m"}]})
        backend, other = make(), make()
        backend.note_thinking(told=None, thought=True, bare=True)
        info = await other.info()
        assert (info.thinks, info.stops_thinking, info.opens_thinking) == (True, None, True)
        backend.note_thinking(told=False, thought=False, bare=False)
        assert (await other.info()).stops_thinking is True
        backend.note_thinking(told=None, thought=False, bare=False)
        assert (await other.info()).thinks is True
        backend.note_thinking(told=False, thought=True, bare=False)
        info = await other.info()
        assert (info.stops_thinking, info.opens_thinking) == (False, False)
        assert "told not to" in info.evidence["stops_thinking"]

    async def test_a_model_that_does_not_think(self, server: FaultServer, make: Make) -> None:
        server.other["/v1/models"] = status(200, {"data": [{"id": "m"}]})
        backend = make()
        backend.note_thinking(told=False, thought=False, bare=False)
        assert (await backend.info()).thinks is None  # it may only have obeyed
        backend.note_thinking(told=None, thought=False, bare=False)
        assert (await backend.info()).thinks is False


@pytest.mark.parametrize(
    ("message", "prompt", "context"),
    [
        ("The prompt is too long: 150000, model maximum context length: 131071", 150000, 131071),
        ("prompt token count of 9001 exceeds the limit of 8000", 9001, 8000),
        ("Prompt contains 40000 tokens and 0 draft tokens, too large for this model", 40000, None),
        ("Input length (5000 tokens) exceeds the maximum allowed length (4096 tokens).", 5000, 4096),
        ("too many tokens: the prompt cannot exceed 4081 - received 4540", 4540, 4081),
        ("Your request exceeded model token limit: 8192 (requested: 9999)", 9999, 8192),
        ("the input token count is 40000 but model only supports up to 32767", 40000, 32767),
        ("Range of input length should be [1, 30720]", None, 30720),
        ("Input is too long for requested model.", None, None),
        ("invalid params, context window exceeds limit (2013)", None, None),
        ("Please reduce the length of the messages or completion.", None, None),
        ("the prompt is longer than the maximum allowed 4096 tokens", None, 4096),
    ],
)
@pytest.mark.parametrize("inside", [True, False])
async def test_too_long_a_prompt_in_every_servers_words(
    server: FaultServer, make: Make, message: str, prompt: int | None, context: int | None, inside: bool
) -> None:
    payload = {"error": {"message": message, "code": 400}}
    server.default = stream([payload]) if inside else status(400, payload)
    caught = await failure(make(), ALL)
    assert isinstance(caught, ContextLengthError)
    assert (caught.prompt_tokens, caught.context_length) == (prompt, context)


@pytest.mark.parametrize(
    "message",
    [
        "Request too large on tokens per minute (TPM): Limit 6000, Requested 9000",
        "Request exceeded the maximum number of concurrent requests",
        "Input should be a valid string",
    ],
)
async def test_what_is_not_about_the_prompts_length(server: FaultServer, make: Make, message: str) -> None:
    server.default = status(413, {"error": {"message": message}})
    assert isinstance(await failure(make()), BadRequestError)
