"""Conversion of questions and conversations, in the forms that callers have, to messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any, cast

from ..errors import ConfigError
from ..types import Message, Role

Conversational = str | Sequence[Message | Mapping[str, Any]]
"""A question; or messages, as `Message` or as ``{"role": …, "content": …}``."""

_NO_LISTS = (bytes, bytearray, memoryview, Set)
_ROLES: tuple[Role, ...] = ("system", "user", "assistant")


def as_messages(question: Conversational) -> tuple[Message, ...]:
    """Convert a question or a conversation to messages, the last of which is a question.

    Raises:
        ConfigError: It is neither text nor messages, it is empty, a role is unknown, or the last turn is not
            a question.
    """
    if isinstance(question, str):
        messages: tuple[Message, ...] = (Message("user", question),)
    else:
        messages = tuple(_message(number, entry) for number, entry in enumerate(_entries(question), 1))
    if not messages:
        raise ConfigError("the conversation is empty")
    if messages[-1].role != "user":
        raise ConfigError(f"the last message must be the user's, not the {messages[-1].role}'s")
    if not messages[-1].content.strip():
        raise ConfigError("the question is empty")
    return messages


def _entries(question: object) -> Iterable[object]:
    """Return the messages of a conversation, in order."""
    wanted = "it must be text or a list of messages"
    if question is None:
        raise ConfigError(f"the question is None; {wanted}")
    alone = isinstance(question, Message | Mapping)
    no_list = not isinstance(question, Iterable) or isinstance(question, _NO_LISTS)
    if alone or no_list:
        kind = "a single message" if alone else f"of the type {type(cast('object', question)).__name__}"
        raise ConfigError(f"the question is {kind}; {wanted}")
    return cast("Iterable[object]", question)


def _message(number: int, entry: object) -> Message:
    if isinstance(entry, Message):
        role, content = cast("object", entry.role), cast("object", entry.content)
    elif isinstance(entry, Mapping):
        fields = cast("Mapping[str, object]", entry)
        role, content = fields.get("role"), fields.get("content")
    else:
        raise ConfigError(f"message {number} must be a Message or a mapping, not {type(entry).__name__}")
    if role not in _ROLES:
        raise ConfigError(f"message {number}: the role is {role!r}; it must be one of {', '.join(_ROLES)}")
    if not isinstance(content, str):
        raise ConfigError(f"message {number}: the content must be text, not {type(content).__name__}")
    return entry if isinstance(entry, Message) else Message(role, content)
