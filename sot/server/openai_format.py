"""Answers in the shapes of OpenAI's chat completions, whole and streamed."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

from ..serialise import answer_json
from ..types import Answer, Usage

DONE = b"data: [DONE]\n\n"


class ChunkWriter:
    """Writes the chunks of one streamed answer.

    Args:
        model: The model's name.
        include_usage: Every chunk has a ``usage``, ``null`` except in the last.
    """

    def __init__(self, model: str, *, include_usage: bool) -> None:
        self._base: dict[str, Any] = {
            "id": new_id(),
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": model,
            "system_fingerprint": None,
        }
        self._usage: dict[str, Any] = {"usage": None} if include_usage else {}

    def role(self) -> bytes:
        """The first chunk: who speaks."""
        return self._chunk({"role": "assistant", "content": "", "refusal": None})

    def text(self, text: str) -> bytes:
        """A piece of text."""
        return self._chunk({"content": text})

    def finish(self, answer: Answer, *, details: bool) -> bytes:
        """What follows the text: the finish reason, the usage and the details where wanted, and the end.

        Args:
            answer: The answer.
            details: Add this server's own details, to the last chunk.
        """
        own: dict[str, Any] = {"sot": details_of(answer)} if details else {}
        if not self._usage:
            return self._chunk({}, answer.finish_reason or "stop", **own) + DONE
        last: dict[str, Any] = {**self._base, "choices": [], "usage": usage_of(answer.usage), **own}
        return self._chunk({}, answer.finish_reason or "stop") + frame(last) + DONE

    def _chunk(self, delta: Mapping[str, Any], finish: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return frame({**self._base, "choices": [choice], **self._usage, **more})


def whole(answer: Answer, *, details: bool) -> dict[str, Any]:
    """A whole answer.

    Args:
        answer: The answer.
        details: Add this server's own details.
    """
    message = {"role": "assistant", "content": answer.text, "refusal": None}
    choice = {
        "index": 0,
        "message": message,
        "logprobs": None,
        "finish_reason": answer.finish_reason or "stop",
    }
    return {
        "id": new_id(),
        "object": "chat.completion",
        "created": int(time.time()),
        "model": answer.model,
        "system_fingerprint": None,
        "choices": [choice],
        "usage": usage_of(answer.usage),
        **({"sot": details_of(answer)} if details else {}),
    }


def usage_of(usage: Usage) -> dict[str, Any]:
    """Tokens of all requests of the answer together: what it cost at the engine."""
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }


def details_of(answer: Answer) -> dict[str, Any]:
    """The route, the points and the times, without the text, which stands in its own place."""
    return answer_json(answer).model_dump(exclude={"question", "text"})


def frame(payload: Mapping[str, Any]) -> bytes:
    """A JSON object as one event of an event stream."""
    return b"data: " + encoded(payload) + b"\n\n"


def encoded(payload: Mapping[str, Any]) -> bytes:
    """A JSON object as bytes; half of a surrogate pair, which a model may write, is replaced."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def new_id() -> str:
    """An identifier for an answer."""
    return f"chatcmpl-{secrets.token_hex(14)}"
