"""Requests of OpenAI's Responses API, read as requests for a chat completion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from pydantic import ValidationError

from .failures import bad_request
from .request_fields import is_empty
from .request_json import json_object
from .request_places import Translated
from .request_reader import ParsedRequest, invalid
from .request_schema import RESPONSE_FORMAT
from .request_terms import ReadingTerms
from .responses_models import ResponsesRequest

# Fields of the same name and meaning in both interfaces are taken over; these are translated, or say nothing
# about an answer made of text.
_TRANSLATED = frozenset({"input", "instructions", "max_output_tokens", "text", "reasoning"})
_OWN = frozenset(
    {"messages", "background", "previous_response_id", "conversation", "include", "stream_options"}
)
_ECHOED = frozenset({"store", "metadata"})  # to each request of an answer they would mean something else
_HARMLESS: Mapping[str, Sequence[Any]] = {"truncation": ("disabled",), "top_logprobs": (0,)}
_LOGPROBS = "message.output_text.logprobs"
# Notes on a message that are no part of what it says.
_MESSAGE_NOTES = frozenset({"id", "status", "type", "phase"})
# Fields of a chat completion by their names here.
_NAMES: Mapping[str, str] = {
    "messages": "input",
    "max_completion_tokens": "max_output_tokens",
    RESPONSE_FORMAT: "text.format",
    "reasoning_effort": "reasoning.effort",
}


def read_responses_request(raw: bytes, terms: ReadingTerms) -> ParsedRequest:
    """Parse the body of a request of the Responses API.

    Args:
        raw: The body.
        terms: Terms under which it is read.

    Returns:
        The request as one for a chat completion; its ``body`` is the original, for the engine's own endpoint.

    Raises:
        Failure: The request is invalid (400), or names an unknown model (404).
    """
    fields = json_object(raw)
    try:
        request = ResponsesRequest.model_validate(fields)
    except ValidationError as error:
        raise invalid(error) from None
    _refuse_kept(request)
    if not is_empty(fields.get("messages")):
        raise bad_request("messages: the conversation of a response is its input", param="messages")
    left_out = {"sot", *(["max_output_tokens"] if request.max_output_tokens is None else ())}
    body = {name: value for name, value in fields.items() if name not in left_out}
    return _as_chat(request, fields).parse(terms, body)


def _refuse_kept(request: ResponsesRequest) -> None:
    """Refuse what needs responses that were kept: none are.

    Raises:
        Failure: The request asks for it (400).
    """
    why = "no responses are kept here: send the whole conversation as input"
    for name in ("previous_response_id", "conversation"):
        if not is_empty(getattr(request, name)):
            raise bad_request(f"{name}: {why}", param=name, code="unsupported_parameter")
    if request.background:
        message = "background: no responses are kept here: wait for the answer, or stream it"
        raise bad_request(message, param="background", code="unsupported_parameter")


def _as_chat(request: ResponsesRequest, fields: Mapping[str, Any]) -> Translated:
    """Translate a request.

    Raises:
        Failure: It has no input (400).
    """
    reason: tuple[str, str] | None = None
    messages: list[dict[str, Any]] = []
    places: list[str] = []
    if request.instructions:
        messages.append({"role": "system", "content": request.instructions})
        places.append("instructions")
    for place, item in _items(request.input):
        message = _message(item)
        if isinstance(message, str):
            reason = reason or (place, f"{place} {message}")
        elif message is not None:
            messages.append(message)
            places.append(place)
    if not messages:  # what there is, only the engine can read
        if reason is None:
            raise bad_request("input: it is empty", param="input")
        messages, places = [{"role": "user", "content": "-"}], ["input"]
    if _LOGPROBS in (request.include or ()):
        reason = reason or ("include", f"the request has {_LOGPROBS} in include")
    chat: dict[str, Any] = {
        name: value
        for name, value in fields.items()
        if name not in _TRANSLATED | _OWN | _ECHOED and value not in _HARMLESS.get(name, ())
    }
    if is_empty(fields.get("tools")):
        chat.pop("max_tool_calls", None)
    chat["messages"] = messages
    chat["max_completion_tokens"] = request.max_output_tokens
    text = request.text
    if text is not None:
        if text.verbosity is not None:
            chat["verbosity"] = text.verbosity
        if not is_empty(text.format):
            chat[RESPONSE_FORMAT] = _response_format(cast("dict[str, Any]", text.format))
        for name, value in (text.model_extra or {}).items():
            if not is_empty(value):
                reason = reason or (f"text.{name}"[:80], f"the request has text.{name}"[:80])
    if request.reasoning is not None and request.reasoning.effort is not None:
        chat["reasoning_effort"] = request.reasoning.effort
    return Translated(chat, places, _NAMES, reason)


def _items(given: str | list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(given, str):
        yield "input", {"role": "user", "content": given}
        return
    for number, item in enumerate(given):
        yield f"input[{number}]", item


def _message(item: Mapping[str, Any]) -> dict[str, Any] | str | None:
    """Return an item as a chat message; ``None`` for thoughts of past turns; words for any other item."""
    kind = item.get("type") or "message"
    if kind == "reasoning":
        return None
    if kind != "message":
        return f"is of the type {str(kind)[:40]!r}"
    if not isinstance(role := item.get("role"), str):
        return "has no role"
    content = item.get("content")
    if not isinstance(content, str) and not _are_parts(content):
        return "has no text"
    more = {name: value for name, value in item.items() if name not in _MESSAGE_NOTES}
    return {**more, "role": role}


def _are_parts(content: object) -> bool:
    return isinstance(content, list) and all(isinstance(part, dict) for part in cast("list[object]", content))


def _response_format(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``text.format`` as a chat completion's ``response_format``."""
    if given.get("type") != "json_schema":
        return dict(given)
    return {
        "type": "json_schema",
        "json_schema": {name: part for name, part in given.items() if name != "type"},
    }
