"""Objects of the usual shape are read by a short way: the same is read as by the long one."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from sot.backends.openai_compatible.wire import usage as usage_module
from sot.backends.openai_compatible.wire.completion_reader import CompletionReader
from sot.backends.openai_compatible.wire.usage import find_usage, tells_cached

COUNTS = (0, 1, 40, -1, True, 2**60, 3.0, "40", None, [], {})
USUAL = {"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}


def event(**more: Any) -> dict[str, Any]:
    return {**USUAL, "choices": [{"index": 0, "delta": {"content": "Tea"}}], **more}


@pytest.fixture
def by_the_long_way(monkeypatch: pytest.MonkeyPatch) -> None:
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
