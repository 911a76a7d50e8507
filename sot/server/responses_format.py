"""Interface of OpenAI's Responses API: an answer as a response, whole and as the events of a stream."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from typing import Any, cast

from ..types import Answer, BackendInfo, Usage
from .failures import Failure
from .openai_format import DONE, encoded, finish_of
from .request_reader import ParsedRequest
from .request_terms import ReadingTerms
from .responses_request import read_responses_request

# Fields of a response that say again what the request said, with the values of a request that says nothing.
_ECHOED: Mapping[str, Any] = {
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "temperature": 1.0,
    "top_p": 1.0,
    "presence_penalty": 0.0,
    "frequency_penalty": 0.0,
    "top_logprobs": 0,
    "tools": [],
    "tool_choice": "auto",
    "truncation": "disabled",
    "service_tier": "default",
    "safety_identifier": None,
    "prompt_cache_key": None,
    "user": None,
}
# Types of those that are no texts.
_KINDS: Mapping[str, tuple[type, ...]] = {
    **dict.fromkeys(("max_output_tokens", "max_tool_calls", "top_logprobs"), (int,)),
    **dict.fromkeys(("temperature", "top_p", "presence_penalty", "frequency_penalty"), (int, float)),
    "metadata": (dict,),
    "parallel_tool_calls": (bool,),
    "tool_choice": (str, dict),
}


class ResponsesFormat:
    """Interface of the Responses API; see `sot.server.answer_format.AnswerFormat`."""

    endpoint: str | None = "/responses"

    def read(self, raw: bytes, terms: ReadingTerms) -> ParsedRequest:
        """Parse a request's body.

        Raises:
            Failure: The request is invalid.
        """
        return read_responses_request(raw, terms)

    def writer(self, parsed: ParsedRequest, info: BackendInfo) -> ResponseWriter:
        """Make the encoder of a streamed answer."""
        return ResponseWriter(Response(parsed.body, info.model))

    def whole(
        self, parsed: ParsedRequest, answer: Answer, details: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """Return a whole answer as a response."""
        return Response(parsed.body, answer.model).ended(answer, details)

    def broken(self, failure: Failure) -> bytes:
        """Return the last event of a forwarded stream that broke off."""
        return _event("error", _error_fields(failure))


class Response:
    """Response to one request, through its states.

    Args:
        asked: The request, whose settings a response repeats.
        model: The model's name.
    """

    def __init__(self, asked: Mapping[str, Any], model: str) -> None:
        self.item_id = f"msg_{secrets.token_hex(24)}"
        echoed = {name: _said(asked, name, usual) for name, usual in _ECHOED.items()}
        text, reasoning = _object(asked.get("text")), _object(asked.get("reasoning"))
        self._base: dict[str, Any] = {
            "id": f"resp_{secrets.token_hex(24)}",
            "object": "response",
            "created_at": int(time.time()),
            "completed_at": None,
            "status": "in_progress",
            "background": False,
            "error": None,
            "incomplete_details": None,
            "model": model,
            "output": [],
            "previous_response_id": None,
            "reasoning": {"effort": None, "summary": None, **reasoning},
            "store": False,  # nothing is kept
            "text": {"format": {"type": "text"}, "verbosity": "medium", **_without_none(text)},
            "usage": None,
            **echoed,
        }

    def begun(self) -> dict[str, Any]:
        """Return the response before its first text."""
        return self._base

    def ended(self, answer: Answer, details: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return the response with the whole answer.

        Args:
            answer: The answer.
            details: The field ``sot``, this server's details, where wanted.
        """
        finish = finish_of(answer)
        why = {"length": "max_output_tokens", "content_filter": "content_filter"}.get(finish)
        status = "completed" if why is None else "incomplete"
        return {
            **self._base,
            "completed_at": int(time.time()) if why is None else None,
            "status": status,
            "incomplete_details": None if why is None else {"reason": why},
            "model": answer.model,
            "output": [self.message(status, answer.text)],
            "usage": usage_of(answer.usage),
            **({} if details is None else {"sot": details}),
        }

    def failed(self, failure: Failure, text: str) -> dict[str, Any]:
        """Return the response of which something went wrong, with the text so far."""
        error = {"code": failure.code or "server_error", "message": failure.message}
        output = [self.message("incomplete", text)]
        return {**self._base, "status": "failed", "error": error, "output": output}

    def message(self, status: str, text: str | None) -> dict[str, Any]:
        """Return the output item; ``text`` is ``None`` before there is any."""
        content = [] if text is None else [text_part(text)]
        return {
            "id": self.item_id,
            "type": "message",
            "status": status,
            "role": "assistant",
            "content": content,
        }


class ResponseWriter:
    """Encoder of one streamed response's events, which are numbered from 0.

    Args:
        response: The response.
    """

    def __init__(self, response: Response) -> None:
        self._response = response
        self._place = {"item_id": response.item_id, "output_index": 0, "content_index": 0}
        self._number = 0
        self._texts: list[str] = []

    def begin(self) -> bytes:
        """Return the events before the first text."""
        response, item = self._response.begun(), self._response.message("in_progress", None)
        return b"".join(
            (
                self._event("response.created", response=response),
                self._event("response.in_progress", response=response),
                self._event("response.output_item.added", output_index=0, item=item),
                self._event("response.content_part.added", **self._place, part=text_part("")),
            )
        )

    def text(self, text: str) -> bytes:
        """Return an event with text."""
        self._texts.append(text)
        return self._event("response.output_text.delta", **self._place, delta=text, logprobs=[])

    def finish(self, answer: Answer, details: Mapping[str, Any] | None) -> bytes:
        """Return the end of the stream: the whole text, item and response, and ``[DONE]``.

        Args:
            answer: The answer.
            details: The field ``sot`` of the response, this server's details, where wanted.
        """
        response = self._response.ended(answer, details)
        (item,) = response["output"]
        part = item["content"][0]
        return b"".join(
            (
                self._event("response.output_text.done", **self._place, text=answer.text, logprobs=[]),
                self._event("response.content_part.done", **self._place, part=part),
                self._event("response.output_item.done", output_index=0, item=item),
                self._event(f"response.{response['status']}", response=response),
                DONE,
            )
        )

    def failed(self, failure: Failure) -> bytes:
        """Return the end of a stream that broke off: the failed response, and the error."""
        response = self._response.failed(failure, "".join(self._texts))
        ended = self._event("response.failed", response=response)
        return ended + self._event("error", **_error_fields(failure))

    def _event(self, kind: str, **fields: Any) -> bytes:
        self._number += 1
        return _event(kind, {"sequence_number": self._number - 1, **fields})


def usage_of(usage: Usage) -> dict[str, Any]:
    """Return the ``usage`` object of a response."""
    return {
        "input_tokens": usage.prompt_tokens,
        "input_tokens_details": {"cached_tokens": usage.cached_tokens, "cache_write_tokens": 0},
        "output_tokens": usage.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
    }


def text_part(text: str) -> dict[str, Any]:
    """Return a content part of text."""
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _error_fields(failure: Failure) -> dict[str, Any]:
    """Return the fields of an error event, for clients that read them and for those that read ``error``."""
    about = {"code": failure.code, "message": failure.message, "param": failure.param}
    return {**about, **failure.body()}


def _event(kind: str, fields: Mapping[str, Any]) -> bytes:
    return b"event: " + kind.encode("ascii") + b"\ndata: " + encoded({"type": kind, **fields}) + b"\n\n"


def _said(asked: Mapping[str, Any], name: str, usual: Any) -> Any:
    """Return what the request said, where it is of a kind that a response may have there."""
    value = asked.get(name)
    fits = _is_object_list(value) if name == "tools" else type(value) in _KINDS.get(name, (str,))
    return value if fits else usual


def _is_object_list(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in cast("list[object]", value))


def _object(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def _without_none(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
