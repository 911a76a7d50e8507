"""Shapes of completions, finish reasons, usage and errors that servers and gateways send."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fault_server import HELLO, FaultServer, delta, event, raw, status, stream
from http_client import Make, chunks, failure, text

from sot.errors import (
    AuthenticationError,
    BadRequestError,
    MalformedResponseError,
    RateLimitError,
    ServerError,
    SotError,
)
from sot.types import Usage

END = [delta(finish="stop"), "[DONE]"]


def choice(index: int | None = 0, **fields: Any) -> dict[str, Any]:
    numbered = {} if index is None else {"index": index}
    return {"choices": [{**numbered, **fields}]}


class TestChoices:
    @pytest.mark.parametrize("index", [0, 1, 7, None])
    async def test_the_only_choice_whatever_its_number(
        self, server: FaultServer, make: Make, index: int | None
    ) -> None:
        parts = [choice(index, delta={"content": piece}) for piece in ("Hel", "lo")]
        server.default = stream([*parts, choice(index, delta={}, finish_reason="length"), "[DONE]"])
        answer = await chunks(make())
        assert "".join(chunk.text for chunk in answer) == "Hello"
        assert [c.finish_reason for c in answer if c.finish_reason] == ["length"]

    async def test_one_of_several(self, server: FaultServer, make: Make) -> None:
        both = {
            "choices": [{"index": 2, "delta": {"content": "no"}}, {"index": 1, "delta": {"content": "yes"}}]
        }
        other = choice(2, delta={"content": "no"}, finish_reason="stop")
        server.default = stream(
            [both, other, choice(1, delta={"content": "!"}, finish_reason="stop"), "[DONE]"]
        )
        assert await text(make()) == "yes!"

    @pytest.mark.parametrize(
        "payload",
        [
            choice(text="Hello"),
            choice(delta={"text": "Hello"}),
            choice(delta="Hello"),
            choice(message={"role": "assistant", "content": "Hello"}),
            choice(delta={"content": {"type": "text", "text": "Hello"}}),
            choice(delta={"content": ["Hel", {"text": "lo"}]}),
            choice(
                delta={"content": [{"type": "output_text", "text": "Hello"}, {"type": "image_url", "x": 1}]}
            ),
            choice(delta={"content": None, "refusal": "Hello"}),
        ],
    )
    async def test_places_of_the_text(self, server: FaultServer, make: Make, payload: Any) -> None:
        server.default = stream([payload, *END])
        assert await text(make()) == "Hello"

    async def test_a_message_beside_deltas_is_not_told_twice(self, server: FaultServer, make: Make) -> None:
        whole = choice(message={"content": "Hello"}, finish_reason="stop")
        server.default = stream([*HELLO[:3], whole, "[DONE]"])
        assert await text(make()) == "Hello"

    @pytest.mark.parametrize(
        "fields",
        [
            {"reasoning_content": "hm"},
            {"reasoning": "hm"},
            {"thinking": "hm"},
            {"reasoning_content": "hm", "reasoning_details": [{"type": "reasoning.text", "text": "hm"}]},
            {"reasoning_details": [{"type": "reasoning.summary", "summary": "hm"}]},
            {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]},
            {"content": [{"type": "reasoning", "text": "hm"}]},
            {"content": "hm", "thought": True},
        ],
    )
    async def test_places_of_thoughts(self, server: FaultServer, make: Make, fields: dict[str, Any]) -> None:
        server.default = stream([choice(delta=fields), choice(delta={"content": "Hello"}), *END])
        answer = await chunks(make())
        assert "".join(chunk.reasoning for chunk in answer) == "hm"
        assert "".join(chunk.text for chunk in answer) == "Hello"


@pytest.mark.parametrize(
    "whole",
    [
        b"".join(event(payload).replace(b"\n\n", b"\n") for payload in HELLO),  # no empty lines
        b"".join(event(payload).replace(b"data: ", b"data:") for payload in HELLO),
        b"".join(event(payload) for payload in HELLO[:-1]) + event("[done]"),
        event(json.dumps(delta("Hello"), indent=1).replace("\n", "\ndata: ")) + event("[DONE]"),
        b"".join(event(payload).replace(b"data: ", b"data: \xef\xbb\xbf") for payload in HELLO[:-1]),
        b"data: \xc2\xa0\n\n" + b"".join(event(payload).replace(b"data: ", b"data:  ") for payload in HELLO),
        b"event: message\nid: 1\n" + b"event: delta\n".join(event(payload) for payload in HELLO),
    ],
)
async def test_forms_of_an_event_stream(server: FaultServer, make: Make, whole: bytes) -> None:
    for pieces in (
        [whole],
        whole.splitlines(keepends=True),
        [part + b"\n\n" for part in whole.split(b"\n\n")],
    ):
        server.default = raw(pieces)
        assert await text(make()) == "Hello"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("MAX_OUTPUT_TOKENS", "length"),
        ("maxTokens", "length"),
        ("FinishReason.MAX_TOKENS", "length"),
        ("FINISH_REASON_MAX_TOKENS", "length"),
        ("token_limit", "length"),
        ("model_context_window_exceeded", "length"),
        ({"type": "length", "length": 9}, "length"),
        ("end_turn", "stop"),
        ("EOS_TOKEN", "stop"),
        ("stop_sequence", "stop"),
        ("COMPLETE", "stop"),
        ("SAFETY", "content_filter"),
        ("RECITATION", "content_filter"),
        ("content_filtered", "content_filter"),
        ("guardrail_intervened", "content_filter"),
        ("refusal", "content_filter"),
        ("tool_use", "tool_calls"),
    ],
)
async def test_finish_reasons_by_other_names(server: FaultServer, make: Make, theirs: Any, ours: str) -> None:
    server.default = stream([delta("a"), choice(delta={}, finish_reason=theirs), "[DONE]"])
    assert [c.finish_reason for c in await chunks(make()) if c.finish_reason] == [ours]


@pytest.mark.parametrize("none", ["", "null", "FINISH_REASON_UNSPECIFIED", "None"])
async def test_no_finish_reason_in_words(server: FaultServer, make: Make, none: str) -> None:
    pieces = [choice(delta={"content": piece}, finish_reason=none) for piece in ("Hel", "lo")]
    server.default = stream([*pieces, delta(finish="length"), "[DONE]"])
    assert [c.finish_reason for c in await chunks(make()) if c.finish_reason] == ["length"]


@pytest.mark.parametrize("reason", ["cancelled", "insufficient_system_resource", "network_error", "ERROR"])
async def test_answers_that_the_engine_gave_up(server: FaultServer, make: Make, reason: str) -> None:
    server.default = stream([delta("a"), choice(delta={}, finish_reason=reason), "[DONE]"])
    assert isinstance(await failure(make()), ServerError)


class TestUsage:
    @pytest.mark.parametrize(
        ("fields", "usage"),
        [
            ({"usage": {"input_tokens": 9, "output_tokens": 4}}, Usage(9, 0, 4, 1)),
            (
                {
                    "usage": {
                        "prompt_tokens": 9,
                        "completion_tokens": 40,
                        "completion_tokens_details": {"reasoning_tokens": 30},
                    }
                },
                Usage(9, 0, 40, 1, 30),
            ),
            (
                {"usage": {"prompt_tokens": 9, "completion_tokens": 40, "reasoning_tokens": 30}},
                Usage(9, 0, 40, 1, 30),
            ),
            (
                {
                    "usageMetadata": {
                        "promptTokenCount": 9,
                        "candidatesTokenCount": 4,
                        "thoughtsTokenCount": 30,
                        "totalTokenCount": 43,
                    }
                },
                Usage(9, 0, 34, 1, 30),
            ),
            (
                {"usage": {"prompt_tokens": 9, "completion_tokens": 4, "prompt_cache_hit_tokens": 8}},
                Usage(9, 8, 4, 1),
            ),
            (
                {"usage": {"prompt_tokens": 9, "completion_tokens": 4, "cached_tokens": 20}},
                Usage(9, 9, 4, 1),
            ),
            (
                {"usage": {"input_tokens": 2, "output_tokens": 4, "cache_read_input_tokens": 7}},
                Usage(9, 7, 4, 1),
            ),
            ({"x_groq": {"usage": {"prompt_tokens": 9, "completion_tokens": 4}}}, Usage(9, 0, 4, 1)),
            ({"timings": {"prompt_n": 2, "cache_n": 7, "predicted_n": 4}}, Usage(9, 7, 4, 1)),
            ({"usage": {"prompt_tokens": 9}}, Usage(9, 0, 2, 1)),
            ({"usage": {}}, Usage(0, 0, 2, 1)),
            ({"usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}}, Usage(0, 0, 2, 1)),
            ({"usage": {"prompt_tokens": None, "total_tokens": None}}, Usage(0, 0, 2, 1)),
        ],
    )
    async def test_shapes(
        self, server: FaultServer, make: Make, fields: dict[str, Any], usage: Usage
    ) -> None:
        server.default = stream([*HELLO[:4], {"choices": [], **fields}, "[DONE]"])
        assert (await chunks(make()))[-1].usage == usage

    async def test_nulls_at_the_end_do_not_undo_it(self, server: FaultServer, make: Make) -> None:
        told = {**delta("lo"), "usage": {"prompt_tokens": 9, "completion_tokens": 4}}
        nulls = {"choices": [], "usage": {"prompt_tokens": None, "completion_tokens": None}}
        server.default = stream([delta("Hel"), told, delta(finish="stop"), nulls, "[DONE]"])
        assert (await chunks(make()))[-1].usage == Usage(9, 0, 4, 1)

    async def test_in_the_choice(self, server: FaultServer, make: Make) -> None:
        last = choice(delta={}, finish_reason="stop", usage={"prompt_tokens": 9, "completion_tokens": 4})
        server.default = stream([*HELLO[:3], last, "[DONE]"])
        assert (await chunks(make()))[-1].usage == Usage(9, 0, 4, 1)


class TestErrors:
    @pytest.mark.parametrize(
        ("payload", "kind"),
        [
            ({"text": "**boom, please retry**", "error_code": 50004}, ServerError),
            ({"error": "boom"}, ServerError),
            ({"detail": "boom"}, ServerError),
            ({"message": "boom", "code": 429}, RateLimitError),
            ({"message": "boom", "code": "InvalidParameter"}, BadRequestError),
            ({"type": "error", "error": {"type": "overloaded_error", "message": "boom"}}, ServerError),
            ({"error": {"code": 401, "message": "boom", "status": "UNAUTHENTICATED"}}, AuthenticationError),
            ({"error": {"message": "boom", "status": "RESOURCE_EXHAUSTED"}}, RateLimitError),
            ({"base_resp": {"status_code": 1004, "status_msg": "boom"}}, ServerError),
            ({"errors": [{"message": "boom"}]}, ServerError),
            (
                choice(delta={"content": ""}, finish_reason="error", error={"message": "boom", "code": 502}),
                ServerError,
            ),
        ],
    )
    @pytest.mark.parametrize("streams", [True, False])
    async def test_shapes_inside_a_success(
        self, server: FaultServer, make: Make, payload: Any, kind: type[SotError], streams: bool
    ) -> None:
        server.default = stream([payload, "[DONE]"]) if streams else status(200, payload)
        error = await failure(make(max_retries=0))
        assert type(error) is kind
        assert "boom" in str(error)

    @pytest.mark.parametrize(
        ("payload", "words"),
        [
            ([{"error": {"code": 400, "message": "Gemini says so"}}], "Gemini says so"),
            ({"error_msg": "Baidu says so", "error_code": 336003}, "Baidu says so"),
            ({"errors": [{"message": "Cloudflare says so"}], "success": False}, "Cloudflare says so"),
            ({"status": 400, "error": "Bad Request", "message": "Spring says so"}, "Spring says so"),
            ({"error": {"type": "x", "description": "somebody says so"}}, "somebody says so"),
        ],
    )
    async def test_shapes_of_a_refusal(
        self, server: FaultServer, make: Make, payload: Any, words: str
    ) -> None:
        server.default = status(400, payload)
        assert str(await failure(make())).endswith(words)

    @pytest.mark.parametrize(
        "payload",
        [{"type": "ping"}, {"code": 0, "message": "ok"}, {"message": "queued", "status": "processing"}],
    )
    async def test_what_is_no_error(self, server: FaultServer, make: Make, payload: Any) -> None:
        server.default = stream([payload, *HELLO])
        assert await text(make()) == "Hello"


class TestNothing:
    @pytest.mark.parametrize(
        "events",
        [
            ["[DONE]"],
            [delta("", role="assistant"), "[DONE]"],
            [
                {"choices": []},
                {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 0}},
                "[DONE]",
            ],
        ],
    )
    async def test_a_stream_that_only_ends(self, server: FaultServer, make: Make, events: list[Any]) -> None:
        server.default = stream(events)
        error = await failure(make())
        assert isinstance(error, MalformedResponseError)
        assert "without any text" in str(error)

    async def test_its_reason_if_it_gave_one(self, server: FaultServer, make: Make) -> None:
        server.default = stream([{"message": "the account is asleep"}, "[DONE]"])
        assert str(await failure(make())).endswith("without any text: the account is asleep")

    async def test_a_message_without_text(self, server: FaultServer, make: Make) -> None:
        server.default = status(200, {"choices": [{"message": {"content": None}}]})
        assert isinstance(await failure(make()), MalformedResponseError)

    async def test_a_finish_is_an_answer(self, server: FaultServer, make: Make) -> None:
        server.default = stream([delta(finish="length"), "[DONE]"])
        assert [chunk.finish_reason for chunk in await chunks(make())] == ["length", None]
