"""Fields about thinking: what clients send, what becomes of it, and what is told of thoughts.

The engine is a test double (`engine_server.EngineServer`), which does not think by itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from cli_server import TEXT
from engine_server import EngineServer
from fault_server import delta, stream
from scripted import ScriptedBackend, by_stage, made
from server_process import ServedApp, body

from sot.server.request_reader import ParsedRequest, read_request
from sot.server.request_terms import ReadingTerms
from sot.types import BackendInfo, Message

SWITCHES_OFF: list[dict[str, Any]] = [
    {"enable_thinking": False},
    {"think": False},
    {"think": "off"},
    {"reasoning_effort": "none"},
    {"reasoning": {"enabled": False}},
    {"reasoning": {"effort": "none", "exclude": True}},
    {"reasoning": {"max_tokens": 0}},
    {"thinking": {"type": "disabled"}},
    {"thinking_budget": 0},
    {"chat_template_kwargs": {"thinking": False, "date": "today"}},
    {"chat_template_kwargs": {"enable_thinking": False}, "reasoning_effort": "high"},
]
SWITCHES_ON: list[tuple[dict[str, Any], dict[str, Any]]] = [  # and what is left for every request
    ({"enable_thinking": True}, {}),
    ({"think": "high"}, {}),
    ({"reasoning_effort": "low"}, {}),
    ({"reasoning": {"effort": "high", "exclude": True}}, {"reasoning": {"exclude": True}}),
    ({"thinking": {"type": "enabled", "budget_tokens": 500}}, {}),
    ({"thinking_token_budget": 500}, {}),
    (
        {"chat_template_kwargs": {"enable_thinking": True, "date": "today"}},
        {"chat_template_kwargs": {"date": "today"}},
    ),
]
NO_SWITCH: list[dict[str, Any]] = [
    {"reasoning": {"exclude": True}},
    {"reasoning": {"summary": "auto"}},
    {"reasoning_budget": -1},
    {"chat_template_kwargs": {"date": "today", "clear_thinking": True}},
    {"include_reasoning": False},
    {"reasoning_format": "none"},
]
EMPTY: list[dict[str, Any]] = [
    {"reasoning_effort": None},
    {"reasoning": {}},
    {"thinking": None},
    {"chat_template_kwargs": {}},
    {"think": ""},
]


def name(case: object) -> str:
    return json.dumps(case)


def read(fields: Mapping[str, Any]) -> ParsedRequest:
    return read_request(json.dumps(body(**fields)).encode(), ReadingTerms(own_model="m", short_tokens=128))


def reasoning_tokens(served: ServedApp) -> float:
    (found,) = re.findall(r"^sot_reasoning_tokens_total (.+)$", served.get("/metrics").text, re.MULTILINE)
    return float(found)


class TestReading:
    @pytest.mark.parametrize("fields", SWITCHES_OFF, ids=name)
    def test_off(self, fields: dict[str, Any]) -> None:
        parsed = read(fields)
        assert parsed.direct is None
        assert parsed.settings.get("thinking") == "off"

    @pytest.mark.parametrize(("fields", "rest"), SWITCHES_ON, ids=name)
    def test_on(self, fields: dict[str, Any], rest: dict[str, Any]) -> None:
        parsed = read(fields)
        assert parsed.direct is None
        assert "thinking" not in parsed.settings
        assert (parsed.thinks, parsed.switches, parsed.extra) == (True, fields, rest)
        assert parsed.settings.get("max_thinking_tokens") == (500 if "500" in str(fields) else None)

    @pytest.mark.parametrize("fields", NO_SWITCH, ids=name)
    def test_neither(self, fields: dict[str, Any]) -> None:
        parsed = read(fields)
        assert (parsed.direct, parsed.thinks, parsed.extra) == (None, None, fields)

    @pytest.mark.parametrize("fields", EMPTY, ids=name)
    def test_nothing(self, fields: dict[str, Any]) -> None:
        parsed = read(fields)
        assert (parsed.direct, parsed.thinks, parsed.extra) == (None, None, {})

    def test_the_servers_own_field_wins(self) -> None:
        parsed = read({"enable_thinking": False, "sot": {"thinking": "skeleton", "max_thinking_tokens": 9}})
        assert parsed.settings.get("thinking") == "skeleton"
        assert parsed.settings.get("max_thinking_tokens") == 9


class TestRequests:
    """What the engine is sent."""

    @pytest.mark.parametrize("fields", SWITCHES_OFF[:10], ids=name)
    def test_off_goes_with_every_request_of_a_skeleton(
        self, served: ServedApp, engine: EngineServer, fields: dict[str, Any]
    ) -> None:
        assert served.post(body(**fields)).json()["choices"][0]["message"]["content"] == TEXT
        assert len(engine.completions) == 4
        for got in engine.completions:
            assert {key: got.body.get(key) for key in fields} == fields

    @pytest.mark.parametrize(("fields", "rest"), SWITCHES_ON, ids=name)
    def test_on_goes_with_whole_answers_only(
        self, served: ServedApp, engine: EngineServer, fields: dict[str, Any], rest: dict[str, Any]
    ) -> None:
        served.post(body(**fields))
        for got in engine.completions:
            assert {key: got.body[key] for key in fields if key in got.body} == rest
        engine.reset()
        for model in ("cot", "normal"):
            served.post(body(model=model, **fields))
        for got in engine.completions:
            assert {key: got.body.get(key) for key in fields} == fields

    def test_on_for_all_requests_if_the_caller_says_so(self, served: ServedApp, engine: EngineServer) -> None:
        served.post(body(reasoning_effort="low", sot={"thinking": "on"}))
        assert [got.body.get("reasoning_effort") for got in engine.completions] == ["low"] * 4

    def test_the_operators_template_arguments_stay(self, engine: EngineServer) -> None:
        with ServedApp(engine.url, extra={"chat_template_kwargs": {"date": "today", "a": 1}}) as served:
            for model in ("skeleton", "normal"):
                served.post(body(model=model, chat_template_kwargs={"a": 2}))
        sent = [got.body["chat_template_kwargs"] for got in engine.completions]
        assert sent == [{"date": "today", "a": 2}] * 5

    @pytest.mark.parametrize("settings", [{"thinking": "off"}, {"max_thinking_tokens": 64}])
    def test_a_setting_of_this_server_is_not_left_to_the_engine(
        self, served: ServedApp, engine: EngineServer, settings: dict[str, Any]
    ) -> None:
        answered = served.post(body(model="normal", odd_note="", sot=settings))
        assert answered.json()["id"] != "chatcmpl-engine", "it was forwarded, without the setting"


class _TakesThink(ScriptedBackend):
    """A test double of an engine in this process that can keep a model from thinking."""

    async def info(self) -> BackendInfo:
        return replace(await super().info(), takes_think=True)


class TestInProcess:
    def test_a_switch_becomes_the_setting(self) -> None:
        backend = _TakesThink(by_stage("1. One\n2. Two\n"))
        with ServedApp(lambda: made(backend)) as served:
            for fields in [*SWITCHES_OFF[:8], {"reasoning_effort": "high"}]:
                assert served.post(body(model="cot", **fields)).status_code == 200
        assert [request.config.think for request in backend.requests] == [False] * 8 + [True]
        assert not any(request.config.extra for request in backend.requests)

    def test_a_value_that_switches_a_field_off_is_taken(self) -> None:
        neutral = {"priority": 1, "presence_penalty": 0, "top_k": -1, "xtc_probability": 0, "logit_bias": {}}
        neutral |= {"verbosity": "medium"}  # as OpenAI has it where nothing is said
        with ServedApp(lambda: made(ScriptedBackend(by_stage("1. One\n2. Two\n")))) as served:
            assert served.post(body(**neutral)).status_code == 200
            refused = served.post(body(xtc_probability=0.5))
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, "xtc_probability")


class TestTold:
    @pytest.fixture(autouse=True)
    def thoughtful(self, engine: EngineServer) -> None:
        usage = {
            "prompt_tokens": 9,
            "completion_tokens": 7,
            "completion_tokens_details": {"reasoning_tokens": 4},
        }
        engine.default = stream(
            [
                delta(reasoning_content="Let me see. "),
                delta("It is so."),
                delta(finish="stop"),
                {"choices": [], "usage": usage},
            ]
        )

    def test_thoughts_are_counted_apart(self, served: ServedApp) -> None:
        served.post(body(model="cot"))  # shows that the model thinks
        before = reasoning_tokens(served)
        answered = served.post(body(model="cot", sot={"details": True})).json()
        assert answered["choices"][0]["message"]["content"] == "It is so."
        assert answered["usage"]["completion_tokens"] == 7
        assert answered["usage"]["completion_tokens_details"] == {"reasoning_tokens": 4}
        assert answered["sot"]["usage"]["reasoning_tokens"] == 4
        assert answered["sot"]["complete"] is True
        assert reasoning_tokens(served) == before + 4

    def test_those_of_a_forwarded_answer_too(self, served: ServedApp) -> None:
        served.post(body(model="normal", stream=True))
        assert reasoning_tokens(served) == 4


def test_the_messages_are_those_of_the_caller() -> None:
    assert read({"enable_thinking": True}).messages[-1] == Message("user", body()["messages"][0]["content"])
