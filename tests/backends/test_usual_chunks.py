"""Objects of the usual shape are read by a short way: the same is read as by the long one."""

from __future__ import annotations

import itertools
import json
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sot.backends.openai_compatible.attempt import _EventReader
from sot.backends.openai_compatible.transport.server import OpenAIServer
from sot.backends.openai_compatible.wire import usage as usage_module
from sot.backends.openai_compatible.wire.completion_reader import CompletionReader
from sot.backends.openai_compatible.wire.usage import find_usage, tells_cached

COUNTS = (0, 1, 40, -1, True, 2**60, 3.0, "40", None, [], {})
USUAL = {"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}


def event(**more: Any) -> dict[str, Any]:
    return {**USUAL, "choices": [{"index": 0, "delta": {"content": "Tea"}}], **more}


@pytest.fixture
def by_the_long_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage_module, "plain_usage", lambda _: None)
    monkeypatch.setattr(usage_module, "_has_plain_usage", lambda _: False)
    monkeypatch.setattr(usage_module, "_is_bare", lambda _: False)


def read(found: dict[str, Any]) -> tuple[Any, bool]:
    return find_usage(found), tells_cached(found)


EVENTS = [
    event(),
    event(usage=None),
    event(usage={}),
    event(usage={"prompt_tokens": 40, "completion_tokens": 2}),
    event(timings={"prompt_n": 12, "cache_n": 3, "predicted_n": 1}),
    event(
        usage={"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11},
        timings={"prompt_n": 12, "cache_n": 3, "predicted_n": 1},
    ),
    event(usage={"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}, usage_metadata={}),
    event(choices=[{"index": 0, "delta": {}, "usage": {"prompt_tokens": 7, "completion_tokens": 1}}]),
    event(choices=[]),
    event(choices={"0": {"usage": {"prompt_tokens": 7}}}),
    {"prompt_eval_count": 5, "eval_count": 6},
    {"eval_count": 6},
    {"x_groq": {"usage": {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6}}},
    {"usageMetadata": {"promptTokenCount": 4, "candidatesTokenCount": 2}},
    {},
    *(
        event(usage={"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": 0})
        for prompt, completion in itertools.product(COUNTS, COUNTS)
    ),
]


def choices(index: Any = 0, finish: Any = None, **delta: Any) -> dict[str, Any]:
    return event(choices=[{"index": index, "delta": delta, "finish_reason": finish}])


PLAIN = {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}
STREAMS: list[list[dict[str, Any]]] = [
    [
        choices(content="Tea"),
        choices(content=" and"),
        choices(content=" milk", finish="stop"),
        event(choices=[]),
    ],
    [choices(role="assistant", content=""), choices(content="Tea"), choices(finish="length")],
    [choices(content="\ud83d"), choices(content="\ude00"), choices(content="a")],
    [choices(content="a\ud83d"), choices(content="b")],
    [choices(1, content="other"), choices(0, content="first"), choices(1, content="again")],
    [choices(None, content="a"), choices(0, content="b"), choices("0", content="c")],
    [
        {**choices(content="Tea"), "usage": PLAIN},
        {**choices(content="a"), "usage": {**PLAIN, "completion_tokens": 0}},
    ],
    [{**choices(content="Tea"), "usage": {**PLAIN, "prompt_tokens_details": {"cached_tokens": 4}}}],
    [{**choices(content="Tea"), "usage": {}}, {**choices(content="a"), "usage": None}],
    [choices(content="Tea", reasoning_content="hm"), choices(content=None, reasoning_content="hm")],
    [choices(content=["a"]), choices(content={"text": "a"})],
    [event(choices=[{"index": 0, "delta": {"content": "a"}, "text": "b"}])],
    [event(choices=[{"index": 0, "delta": {"content": "a"}, "message": {"content": "ab"}}])],
    [event(choices=[{"index": 0, "message": {"content": "ab"}, "finish_reason": "stop"}])],
    [event(choices=[{"index": n, "delta": {"content": str(n)}} for n in (1, 0)])],
    [choices(content="a", finish="abort")],
    [choices(content="a", finish={"type": "stop"})],
    [{**choices(content="a"), "object": "error", "message": "no"}],
    [{**choices(content="a"), "error": {"message": "no"}}],
    [{**choices(content="a"), "base_resp": {"status_code": 1004, "status_msg": "no"}}],
    [event(choices=[{"index": 0, "delta": {"content": "a"}, "stop_reason": 7}])],
    [event(choices={"0": {"index": 0, "delta": {"content": "a"}}})],
    [event(choices=[7])],
]


def outcome(stream: list[dict[str, Any]]) -> list[Any]:
    """All that a reader makes of a stream: its chunks, or the error, and what it keeps."""
    reader = CompletionReader(str)
    found: list[Any] = []
    try:
        found += [reader.take(each) for each in stream]
    except Exception as error:  # noqa: BLE001 - compared with that of the long way
        found.append((type(error), str(error)))
    return [*found, reader.finish_reason, reader.empty, reader.tells_cached, reader.usage()]


@pytest.mark.parametrize("stream", STREAMS)
def test_streams(monkeypatch: pytest.MonkeyPatch, stream: list[dict[str, Any]]) -> None:
    short = outcome(stream)
    monkeypatch.setattr(CompletionReader, "_usual_text", lambda *_: None)
    assert short == outcome(stream)


PIECES = [
    b"data: {...}\n\n",
    b"data:  {...}\n\n",
    b"data: \t{...} \n\n",
    b"data:{...}\n\n",
    b"data: \n\ndata: {...}\n\n",
    b"data: {...}\n\ndata: [1]\n\n",
    b"data: {...}\n\ndata:  [DONE]\n\n",
    b"data: [done]\n\ndata: {...}\n\n",
    b"event: error\ndata: {...}\n\n",
]


@pytest.mark.parametrize("piece", PIECES)
def test_events_read_the_same_wherever_they_are_cut(piece: bytes) -> None:
    whole = piece.replace(b"{...}", json.dumps(choices(content="Tea")).encode())

    def taken(*pieces: bytes) -> list[Any]:
        events = _EventReader(cast("OpenAIServer", SimpleNamespace(clean=str)), CompletionReader(str))
        found: list[Any] = []
        try:
            for each in pieces:
                for chunk in events.feed(each) if not events.done else ():
                    found.append(chunk and chunk.text)
        except Exception as error:  # noqa: BLE001 - compared with that of other cuts
            found.append((type(error), str(error)))
        return [*found, events.done]

    wanted = taken(whole)
    assert wanted != [False]  # something is made of it
    assert all(taken(whole[:at], whole[at:]) == wanted for at in range(1, len(whole)))


def test_usage(request: pytest.FixtureRequest) -> None:
    short = [read(found) for found in EVENTS]
    request.getfixturevalue("by_the_long_way")
    assert short == [read(found) for found in EVENTS]


@pytest.mark.parametrize(
    ("choice", "text", "reasoning"),
    [
        ({"delta": {"role": "assistant", "content": "Tea"}}, "Tea", ""),
        ({"delta": {"content": "Tea", "reasoning_content": "hm"}}, "Tea", "hm"),
        ({"delta": {"content": None, "reasoning_content": "hm"}}, "", "hm"),
        ({"delta": {"content": [{"type": "text", "text": "Tea"}]}}, "Tea", ""),
        ({"delta": {"content": ""}, "text": "Tea"}, "Tea", ""),
        ({"delta": {"role": "assistant", "content": ""}, "text": "Tea"}, "Tea", ""),
        ({"delta": {"content": "Tea", "thought": True}}, "", "Tea"),
        ({"delta": {"content": "", "refusal": "No."}}, "No.", ""),
    ],
)
def test_text_of_a_delta(choice: dict[str, Any], text: str, reasoning: str) -> None:
    chunk = CompletionReader(str).take({**USUAL, "choices": [{"index": 0, **choice}]})
    assert chunk is not None
    assert (chunk.text, chunk.reasoning) == (text, reasoning)
