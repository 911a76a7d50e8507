"""Turns of a chat-completion request: as messages, and what in them only the engine can read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from ..text.thinking import text_after_thoughts
from ..types import Message, Role
from .request_fields import is_empty
from .request_models import ChatMessage, PlainMessage

ROLES: Mapping[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}
# Fields of an assistant's turn that are part of what it said or did. All others are notes of the engine or
# thoughts, which are sent back with the conversation: templates leave thoughts of past turns out.
_ASSISTANT_CONTENT = frozenset(
    {
        *("tool_calls", "function_call", "tool_call_id", "audio", "image", "images", "video", "files"),
        *("attachments", "experimental_attachments", "parts", "documents", "prefix", "partial"),
    }
)
# Notes of clients on any turn.
_NOTES = frozenset(
    {"id", "object", "type", "status", "created", "created_at", "createdAt", "timestamp", "cache_control"}
)
_TEXT_PARTS = frozenset({"text", "input_text", "output_text"})
_THOUGHT_PARTS = frozenset({"thinking", "redacted_thinking", "reasoning", "reasoning_text"})
_PART_NOTES = frozenset({"cache_control", "annotations", "logprobs", "id", "index", "citations"})


def unusual_turn(turn: ChatMessage) -> str | None:
    """Return in which way a turn is more than text by a known role; ``None`` if it is not."""
    if turn.role not in ROLES:
        return f"has the role {turn.role[:40]!r}"
    if any(_says_more(turn.role, name, value) for name, value in (turn.model_extra or {}).items()):
        return "has more than a role and text"
    if turn.content is None and turn.role != "assistant":
        return "has no text"
    if isinstance(turn.content, list) and any(_part_text(turn.role, part) is None for part in turn.content):
        return "has parts that are not text"
    return None


def text_of(turn: ChatMessage | PlainMessage) -> str:
    """Return the text of a turn, an assistant's without the thoughts before it."""
    content = turn.content
    if isinstance(content, list):
        content = "".join(_part_text(turn.role, part) or "" for part in content)
    elif content is None:  # a refusal, or an answer that was stopped before its first text
        refusal = (turn.model_extra or {}).get("refusal")
        content = refusal if isinstance(refusal, str) else ""
    if turn.role == "assistant" and (text := text_after_thoughts(content)) != content.lstrip():
        content = text
    # JSON may contain lone surrogates, which UTF-8 cannot encode.
    return content.encode("utf-8", "replace").decode()


def as_turns(turns: Sequence[ChatMessage | PlainMessage]) -> tuple[Message, ...]:
    """Convert turns of text to messages."""
    return tuple(Message(ROLES[turn.role], text_of(turn)) for turn in turns)


def _says_more(role: str, name: str, value: object) -> bool:
    if is_empty(value) or value is False or name in _NOTES or name == "refusal":
        return False
    return role != "assistant" or name in _ASSISTANT_CONTENT


def _part_text(role: str, part: str | dict[str, Any]) -> str | None:
    """Return the text of a content part; ``None`` if it is something else."""
    if isinstance(part, str):
        return part
    kind = cast("object", part.get("type"))
    if role == "assistant":
        if isinstance(kind, str) and kind in _THOUGHT_PARTS:
            return ""
        if kind == "refusal" and isinstance(part.get("refusal"), str):
            return part["refusal"]
    if not (isinstance(kind, str) and kind in _TEXT_PARTS and isinstance(part.get("text"), str)):
        return None
    more = (name for name in part.keys() - {"type", "text"} - _PART_NOTES if not is_empty(part[name]))
    return None if any(more) else part["text"]
