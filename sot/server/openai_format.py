"""Answers in OpenAI's chat-completion format, whole and as chunks of a stream."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

from ..types import Answer, Usage
from .failures import Failure

DONE = b"data: [DONE]\n\n"
_NO_TEXT = b'"content":""'
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))  # made once: a text is encoded a token


class ChunkWriter:
    """Encoder of one streamed answer's chunks.

    Args:
        model: The model's name.
        include_usage: Whether every chunk has a ``usage``, ``null`` except in the last one.
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
        before, content, after = self._chunk({"content": ""}).partition(_NO_TEXT)
        self._around = before + content[:-2], after

    def begin(self) -> bytes:
        """Return the first chunk, with the role."""
        return self._chunk({"role": "assistant", "content": "", "refusal": None})

    def text(self, text: str) -> bytes:
        """Return a chunk with text."""
        before, after = self._around
        return before + _JSON.encode(text).encode("utf-8", "replace") + after

    def finish(self, answer: Answer, details: Mapping[str, Any] | None) -> bytes:
        """Return the end of the stream: the finish reason, the usage where wanted, and ``[DONE]``.

        Args:
            answer: The answer.
            details: The field ``sot`` of the last chunk, this server's details, where wanted.
        """
        own: dict[str, Any] = {} if details is None else {"sot": details}
        if not self._usage:
            return self._chunk({}, finish_of(answer), **own) + DONE
        last: dict[str, Any] = {**self._base, "choices": [], "usage": usage_of(answer.usage), **own}
        return self._chunk({}, finish_of(answer)) + frame(last) + DONE

    def failed(self, failure: Failure) -> bytes:
        """Return the last event of a stream that broke off."""
        return frame(failure.body())

    def _chunk(self, delta: Mapping[str, Any], finish: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return frame({**self._base, "choices": [choice], **self._usage, **more})


def completion_body(answer: Answer, details: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a whole answer as a chat completion.

    Args:
        answer: The answer.
        details: The field ``sot``, this server's details, where wanted.
    """
    message = {"role": "assistant", "content": answer.text, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish_of(answer)}
    return {
        "id": new_id(),
        "object": "chat.completion",
        "created": int(time.time()),
        "model": answer.model,
        "system_fingerprint": None,
        "choices": [choice],
        "usage": usage_of(answer.usage),
        **({} if details is None else {"sot": details}),
    }


def usage_of(usage: Usage) -> dict[str, Any]:
    """Return the ``usage`` object: the tokens of all requests of the answer together."""
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
    }


def finish_of(answer: Answer) -> str:
    """Return an answer's finish reason as OpenAI's clients know it.

    They know none for an answer of which a part failed; ``length`` is the one that says something is missing
    without saying that the text offends. The details have the real one.
    """
    return "length" if answer.finish_reason == "error" else answer.finish_reason or "stop"


def frame(payload: Mapping[str, Any]) -> bytes:
    """Encode a JSON object as one server-sent event."""
    return b"data: " + encoded(payload) + b"\n\n"


def encoded(payload: Mapping[str, Any]) -> bytes:
    """Encode a JSON object as UTF-8, with lone surrogates, which a model may write, replaced."""
    return _JSON.encode(payload).encode("utf-8", "replace")


def new_id() -> str:
    """Return a random identifier for an answer."""
    return f"chatcmpl-{secrets.token_hex(14)}"
