"""A question or a conversation, in the forms people have it in."""

from __future__ import annotations

from typing import Any

import pytest

from sot.errors import ConfigError
from sot.prompting.messages import as_messages
from sot.types import Message


@pytest.mark.parametrize(
    "question",
    ["Why?", [Message("user", "Why?")], ({"role": "user", "content": "Why?", "id": 3},)],
)
def test_a_question(question: Any) -> None:
    assert as_messages(question) == (Message("user", "Why?"),)


def test_a_conversation_keeps_its_turns() -> None:
    turns = [
        {"role": "system", "content": ""},
        Message("user", "Hi"),
        {"role": "assistant", "content": "Hi!"},
        Message("user", " Why? "),
    ]
    assert as_messages(turns) == (
        Message("system", ""),
        Message("user", "Hi"),
        Message("assistant", "Hi!"),
        Message("user", " Why? "),
    )


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("", "the question is empty"),
        (" \n", "the question is empty"),
        ([], "the conversation is empty"),
        ([Message("user", "Hi"), Message("assistant", "Hi!")], "must be the user's, not the assistant's"),
        ([{"role": "robot", "content": "Hi"}], "message 1: the role is 'robot'"),
        ([{"content": "Hi"}], "message 1: the role is None"),
        ([{"role": "user", "content": [{"type": "text"}]}], "message 1: the content must be text, not list"),
        ([{"role": "user"}], "message 1: the content must be text, not NoneType"),
        ([Message("user", "Hi"), "Why?"], "message 2 must be a Message or a mapping, not str"),
        ({"role": "user", "content": "Why?"}, "message 1 must be a Message or a mapping, not str"),
    ],
)
def test_what_is_no_conversation(question: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        as_messages(question)
