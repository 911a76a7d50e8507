"""Reading a request: whatever the bytes, it is a request or a `Failure`."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from server_process import body

from sot.options import Options
from sot.server.failures import Failure, bad_request
from sot.server.request_reader import ParsedRequest, read_events_request, read_request
from sot.server.request_terms import ReadingTerms
from sot.types import Message

MODEL = "maker/model"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
PART = st.fixed_dictionaries({"type": st.sampled_from(["text", "image_url"]), "text": st.text()}) | JSON
TURN = st.fixed_dictionaries(
    {"role": st.sampled_from(["system", "developer", "user", "assistant", "tool", "", "odd"])},
    optional={
        "content": st.text() | st.none() | st.lists(PART, max_size=3) | JSON,
        "name": st.text() | st.none(),
        "refusal": JSON,
        "tool_calls": JSON,
    },
)
SOT = st.fixed_dictionaries(
    {},
    optional={
        "strategy": st.sampled_from(["auto", "skeleton", "normal", "cot", "plan", "best", None]),
        "max_points": st.integers(-1, 60) | JSON,
        "pipeline": st.booleans() | JSON,
        "details": st.booleans() | JSON,
    },
)
LIKELY = st.fixed_dictionaries(
    {
        "model": st.sampled_from(["auto", "skeleton", MODEL, "gpt-5"]) | JSON,
        "messages": st.lists(TURN, max_size=4) | JSON,
    },
    optional={
        "stream": st.booleans() | JSON,
        "stream_options": st.fixed_dictionaries({}, optional={"include_usage": st.booleans()}) | JSON,
        "max_tokens": st.integers(-1, 10**7) | JSON,
        "max_completion_tokens": st.integers() | JSON,
        "temperature": st.floats() | JSON,
        "top_p": st.floats() | JSON,
        "seed": st.integers() | JSON,
        "stop": st.text() | st.lists(st.text(), max_size=3) | JSON,
        "n": st.integers(0, 3) | JSON,
        "tools": st.just([]) | JSON,
        "logit_bias": JSON,
        "repetition_penalty": st.floats() | JSON,
        "user": JSON,
        "sot": SOT | JSON,
    },
)


def read(fields: object, **more: Any) -> ParsedRequest:
    raw = json.dumps(fields).encode()
    return read_request(raw, ReadingTerms(own_model=MODEL, short_tokens=more.get("short_tokens", 128)))


def read_or_failure(reading: Callable[[], ParsedRequest]) -> ParsedRequest | Failure:
    try:
        return reading()
    except Failure as failure:
        return failure


@settings(max_examples=200, deadline=None)
@given(LIKELY | JSON)
def test_any_json_is_a_request_or_a_failure_of_the_caller(fields: object) -> None:
    asked = read_or_failure(lambda: read(fields))
    if isinstance(asked, Failure):
        assert asked.status in (400, 404)
        json.dumps(asked.body()).encode()
        return
    if asked.direct is not None:
        return
    options = Options(**asked.settings)  # what is read makes sense to the core
    json.dumps([options.temperature, options.top_p, options.repetition_penalty], allow_nan=False)
    assert asked.messages[-1].role == "user"
    for message in asked.messages:
        message.content.encode()  # no half surrogate pairs


@settings(max_examples=100, deadline=None)
@given(st.fixed_dictionaries({}, optional={"question": st.text() | JSON, "messages": st.lists(TURN) | JSON,
       "seed": JSON, "temperature": JSON, "max_tokens": JSON, "sot": SOT}) | JSON)  # fmt: skip
def test_any_json_is_a_question_to_watch_or_a_failure(fields: object) -> None:
    asked = read_or_failure(lambda: read_events_request(json.dumps(fields).encode()))
    if isinstance(asked, Failure):
        assert asked.status == 400
        return
    Options(**asked.settings)
    assert asked.messages


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_a_failure(raw: bytes) -> None:
    with pytest.raises(Failure) as refused:
        read_request(raw, ReadingTerms(own_model=MODEL, short_tokens=128))
    assert refused.value.status == 400


def test_everything_of_a_request_arrives() -> None:
    asked = read(
        body(
            "Hello",
            model="plan",
            stream=True,
            stream_options={"include_usage": True},
            max_tokens=500,
            temperature=0.5,
            top_p=0.9,
            seed=-3,
            stop=["a", "", "b"],
            repetition_penalty=1.1,
            presence_penalty=0.2,
            user="ada",
            sot={"max_points": 4, "pipeline": False, "details": True},
        )
    )
    assert asked.messages == (Message("user", "Hello"),)
    assert asked.settings == {
        "strategy": "plan",
        "temperature": 0.5,
        "top_p": 0.9,
        "seed": -3,
        "stop": ("a", "b"),
        "max_points": 4,
        "pipeline": False,
        "repetition_penalty": 1.1,
        "max_tokens": 500,
        "max_answer_tokens": 500,
    }
    assert asked.extra == {"presence_penalty": 0.2}
    assert asked.notes == {"user": "ada"}
    assert (asked.stream, asked.include_usage, asked.details) == (True, True, True)
    assert (asked.direct, asked.short) == (None, False)
    assert "sot" not in asked.body


def test_what_is_not_said_is_left_to_the_engine() -> None:
    asked = read(body(model=MODEL))
    assert asked.settings == {"strategy": "auto", "stop": ()}
    assert (dict(asked.extra), dict(asked.notes)) == ({}, {})
    assert (asked.stream, asked.include_usage, asked.details, asked.short) == (False, False, False, False)


@pytest.mark.parametrize(("limit", "short"), [(127, True), (128, False)])
def test_a_small_limit_is_short(limit: int, short: bool) -> None:
    assert read(body(max_tokens=limit)).short is short
    assert read(body(max_completion_tokens=limit, max_tokens=5000)).short is short


def test_a_long_wrong_model_is_not_echoed_in_full() -> None:
    with pytest.raises(Failure) as refused:
        read(body(model="x" * 10_000))
    assert len(refused.value.message) < 400


def test_a_long_unknown_parameter_is_not_echoed_in_full() -> None:
    asked = read(body(**{"x" * 10_000: 1}))
    assert asked.direct is not None
    assert len(asked.direct) + len(asked.direct_param or "") < 500


def test_a_message_is_one_line_whatever_it_quotes() -> None:
    told = read(body(**{"a\nb\x1b[31m": 1})).direct or ""
    assert bad_request(told).message == "the request has a b[31m"


@pytest.mark.parametrize("seed", [2**63, -(2**63) - 1, 10**40])
def test_a_seed_that_no_engine_takes_is_refused(seed: int) -> None:
    with pytest.raises(Failure) as refused:
        read(body(seed=seed))
    assert refused.value.param == "seed"


def test_an_empty_question_to_watch_is_refused() -> None:
    for fields in ({}, {"question": ""}, {"question": "a", "messages": [{"role": "user", "content": "a"}]}):
        with pytest.raises(Failure) as refused:
            read_events_request(json.dumps(fields).encode())
        assert refused.value.param == "question"
