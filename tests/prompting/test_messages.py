"""A question or a conversation, in the forms people have it in."""

from __future__ import annotations

from typing import Any

import pytest
from rows import rows

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


@rows(
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
        ({"role": "user", "content": "Why?"}, "the question is a single message; it must be text or a list"),
        (Message("user", "Why?"), "the question is a single message; it must be text or a list"),
        (None, "the question is None; it must be text or a list"),
        (b"Why?", "the question is of the type bytes; it must be text or a list"),
        (bytearray(b"Why?"), "the question is of the type bytearray"),
        (42, "the question is of the type int"),
        (True, "the question is of the type bool"),
        ({Message("user", "Why?")}, "the question is of the type set"),
        ([None], "message 1 must be a Message or a mapping, not NoneType"),
        ([b"Why?"], "message 1 must be a Message or a mapping, not bytes"),
        ([["user", "Why?"]], "message 1 must be a Message or a mapping, not list"),
        ([Message("user", None)], "message 1: the content must be text, not NoneType"),  # type: ignore[arg-type]
        ([Message("user", b"Why?")], "message 1: the content must be text, not bytes"),  # type: ignore[arg-type]
        ([Message("robot", "Why?")], "message 1: the role is 'robot'"),  # type: ignore[arg-type]
        ([{"role": ["user"], "content": "Why?"}], r"message 1: the role is \['user'\]"),
    ],
)
def test_what_is_no_conversation(question: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        as_messages(question)
