"""Interface of Anthropic's Messages API: an answer as a message, whole and as the events of a stream."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from ..types import Answer, BackendInfo, Usage
from .error_shapes import messages_error
from .failures import Failure
from .messages_request import read_messages_request
from .openai_format import encoded, finish_of
from .request_reader import ParsedRequest
from .request_terms import ReadingTerms

_STOP_REASONS: Mapping[str, str] = {"length": "max_tokens", "content_filter": "refusal"}


class MessagesFormat:
    """Interface of the Messages API; see `sot.server.answer_format.AnswerFormat`."""

    endpoint: str | None = "/messages"

    def read(self, raw: bytes, terms: ReadingTerms) -> ParsedRequest:
        """Parse a request's body.

        Raises:
            Failure: The request is invalid.
        """
        return read_messages_request(raw, terms)

    def writer(self, parsed: ParsedRequest, info: BackendInfo) -> MessageWriter:
        """Make the encoder of a streamed answer."""
        return MessageWriter(info.model)

    def whole(
        self, parsed: ParsedRequest, answer: Answer, details: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """Return a whole answer as a message."""
        return {
            **_message(answer.model, [{"type": "text", "text": answer.text}], usage_of(answer.usage)),
            **_ending(answer),
            **({} if details is None else {"sot": details}),
        }

    def broken(self, failure: Failure) -> bytes:
        """Return the last event of a forwarded stream that broke off."""
        return _event("error", messages_error(failure))


class MessageWriter:
    """Encoder of one streamed message's events.

    Args:
        model: The model's name.
    """

    def __init__(self, model: str) -> None:
        self._model = model

    def begin(self) -> bytes:
        """Return the events before the first text; the usage is known at the end only."""
        message = _message(self._model, [], usage_of(Usage()))
        block = {"type": "text", "text": ""}
        return _event("message_start", {"message": message}) + _event(
            "content_block_start", {"index": 0, "content_block": block}
        )

    def text(self, text: str) -> bytes:
        """Return an event with text."""
        return _event("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": text}})

    def finish(self, answer: Answer, details: Mapping[str, Any] | None) -> bytes:
        """Return the end of the stream: why it ended, and the usage.

        Args:
            answer: The answer.
            details: The field ``sot`` of the event ``message_delta``, this server's details, where wanted.
        """
        own: dict[str, Any] = {} if details is None else {"sot": details}
        last = {"delta": _ending(answer), "usage": usage_of(answer.usage), **own}
        return b"".join(
            (
                _event("content_block_stop", {"index": 0}),
                _event("message_delta", last),
                _event("message_stop", {}),
            )
        )

    def failed(self, failure: Failure) -> bytes:
        """Return the end of a stream that broke off."""
        return _event("error", messages_error(failure))


def usage_of(usage: Usage) -> dict[str, Any]:
    """Return the ``usage`` object of a message, in which tokens from a cache are counted apart."""
    return {
        "input_tokens": max(0, usage.prompt_tokens - usage.cached_tokens),
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": usage.cached_tokens,
        "output_tokens": usage.completion_tokens,
    }


def _message(model: str, content: list[dict[str, Any]], usage: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": f"msg_{secrets.token_hex(12)}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }


def _ending(answer: Answer) -> dict[str, Any]:
    """Return why an answer ended; the core does not tell a stop sequence from an end of its own."""
    return {"stop_reason": _STOP_REASONS.get(finish_of(answer), "end_turn"), "stop_sequence": None}


def _event(kind: str, fields: Mapping[str, Any]) -> bytes:
    return b"event: " + kind.encode("ascii") + b"\ndata: " + encoded({"type": kind, **fields}) + b"\n\n"
