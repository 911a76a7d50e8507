"""Conversations that clients send back: turns as engines gave them, and what in them is more than text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from server_process import body

from sot.server.request_reader import ParsedRequest, read_request
from sot.server.request_terms import ReadingTerms

ASKED = {"role": "user", "content": "And in summer?"}
CALL = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}


def read(*turns: dict[str, Any], **fields: Any) -> ParsedRequest:
    raw = json.dumps(body(messages=list(turns), **fields)).encode()
    return read_request(raw, ReadingTerms(own_model="m", short_tokens=128))


def texts(*turns: dict[str, Any]) -> list[str]:
    """The texts of a conversation that the core can answer."""
    parsed = read(*turns)
    assert parsed.direct is None
    return [message.content for message in parsed.messages]


@pytest.mark.parametrize(
    "more",
    [
        {"tool_calls": None, "function_call": None, "refusal": None, "annotations": None},
        {"reasoning": "hm", "reasoning_details": [{"type": "reasoning.text", "text": "hm"}]},
        {"thinking": "hm", "thinking_blocks": [{"type": "thinking", "thinking": "hm", "signature": "s"}]},
        {"annotations": [{"type": "url_citation", "url_citation": {"url": "https://a.example"}}]},
        {"id": "m1", "created": 3, "timings": {"ms": 4}, "provider_specific_fields": {"a": 1}},
        {"prefix": False, "partial": False, "images": [], "files": [], "audio": {}, "name": "assistant"},
        {"finish_reason": "stop", "logprobs": {"content": []}, "token_ids": [1, 2], "unheard_of": "note"},
    ],
    ids=lambda more: next(iter(more)),
)
def test_an_answer_sent_back_is_its_text(more: dict[str, Any]) -> None:
    answer = {"role": "assistant", "content": "Keep cool.", **more}
    assert texts({"role": "user", "content": "Tips?"}, answer, ASKED) == [
        "Tips?",
        "Keep cool.",
        "And in summer?",
    ]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({"content": None, "refusal": "I cannot help."}, "I cannot help."),
        ({"content": None, "reasoning_content": "cut off while it was thinking"}, ""),
        ({"content": [], "tool_calls": []}, ""),
        (
            {"content": [{"type": "text", "text": "A", "annotations": []}, {"type": "text", "text": "B"}]},
            "AB",
        ),
        ({"content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "Yes."}]}, "Yes."),
        ({"content": [{"type": "refusal", "refusal": "No."}]}, "No."),
        ({"content": "<think>\nLet me see.\n</think>\n\nKeep cool."}, "Keep cool."),
        ({"content": "Wrap it in <think> marks."}, "Wrap it in <think> marks."),
        ({"content": [{"type": "output_text", "text": "Hi", "logprobs": [1]}, "!"]}, "Hi!"),
    ],
    ids=range(9),
)
def test_what_an_assistant_said_in_other_forms(answer: dict[str, Any], text: str) -> None:
    assert texts(ASKED, {"role": "assistant", **answer}, ASKED)[1] == text


@pytest.mark.parametrize(
    "question",
    [
        {"content": "Why?", "tool_calls": [], "name": "", "cache_control": {"type": "ephemeral"}},
        {"content": "Why?", "id": "7", "timestamp": 12, "images": None, "files": []},
        {"content": [{"type": "text", "text": "Why?", "cache_control": {"type": "ephemeral"}}]},
        {"content": [{"type": "text", "text": "Why?", "prompt_cache_breakpoint": {"mode": "explicit"}}]},
        {"content": ["Why", {"type": "input_text", "text": "?"}]},
    ],
    ids=range(5),
)
@pytest.mark.parametrize("role", ["user", "system", "developer"])
def test_notes_of_clients_change_nothing(role: str, question: dict[str, Any]) -> None:
    turn = {"role": role, **question}
    assert texts(*([turn] if role == "user" else [turn, ASKED]))[0] == "Why?"


@pytest.mark.parametrize(
    "turn",
    [
        {"role": "assistant", "content": "Wait.", "tool_calls": [CALL]},
        {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "assistant", "content": None, "audio": {"id": "a1"}},
        {"role": "assistant", "content": "It is", "prefix": True},
        {"role": "tool", "tool_call_id": "c1", "content": "sunny"},
        {"role": "function", "name": "f", "content": "sunny"},
        {"role": "user", "content": "See", "images": ["AAAA"]},
        {"role": "user", "content": "Hi", "name": "ada"},
        {"role": "user", "content": [{"type": "thinking", "thinking": "hm"}]},
        {"role": "user", "content": [{"type": "text", "text": "a", "file_id": "f1"}]},
        {"role": "user", "content": [{"type": "text", "text": None}]},
        {"role": "user", "content": [{"type": ["text"], "text": "a"}]},
        {"role": "user", "content": None},
    ],
    ids=range(13),
)
def test_what_is_more_than_text_goes_to_the_engine(turn: dict[str, Any]) -> None:
    parsed = read(ASKED, turn, ASKED)
    assert parsed.direct is not None
    assert parsed.direct_param == "messages[1]"
