"""Requests of Anthropic's Messages API, read as requests for a chat completion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from pydantic import ValidationError

from .messages_models import CountRequest, MessagesRequest, ThinkingOptions
from .request_fields import is_empty
from .request_json import json_object
from .request_places import Translated
from .request_reader import ParsedRequest, invalid
from .request_schema import RESPONSE_FORMAT
from .request_terms import ReadingTerms

# Fields that are translated.
_TRANSLATED = frozenset({"system", "max_tokens", "stop_sequences", "thinking", "output_config"})
# Fields that say nothing about an answer made of text: they are for the vendor's own servers and caches, and
# for what a conversation of text does not have.
_WITHOUT_EFFECT = frozenset(
    {
        *("metadata", "service_tier", "cache_control", "context_management", "inference_geo", "speed"),
        *("diagnostics", "stream_options"),
    }
)
_EFFORT = "effort"  # of `output_config`: a hint
_FREE = ("auto", "none")
_NAMES: Mapping[str, str] = {
    "max_completion_tokens": "max_tokens",
    "stop": "stop_sequences",
    RESPONSE_FORMAT: "output_config.format",
    "sot.max_thinking_tokens": "thinking.budget_tokens",
}
_GAP: Mapping[str, Any] = {"type": "text", "text": "\n\n"}


def read_messages_request(
    raw: bytes, terms: ReadingTerms, model: type[CountRequest] = MessagesRequest
) -> ParsedRequest:
    """Parse the body of a request of the Messages API.

    Args:
        raw: The body.
        terms: Terms under which it is read.
        model: Model of the request.

    Returns:
        The request as one for a chat completion; its ``body`` is the original, for the engine's own endpoint.

    Raises:
        Failure: The request is invalid (400), or names an unknown model (404).
    """
    fields = json_object(raw)
    try:
        request = model.model_validate(fields)
    except ValidationError as error:
        raise invalid(error) from None
    body = {name: value for name, value in fields.items() if name != "sot"}
    parsed = _as_chat(request, fields, terms.context_length).parse(terms, body)
    thinks = request.thinking is not None and request.thinking.type == "enabled"
    return replace(parsed, thinks=True) if thinks and parsed.thinks is None else parsed


def _as_chat(request: CountRequest, fields: Mapping[str, Any], context_length: int | None) -> Translated:
    chat: dict[str, Any] = {
        name: value for name, value in fields.items() if name not in _TRANSLATED | _WITHOUT_EFFECT
    }
    if is_empty(fields.get("tools")) and _is_free(fields.get("tool_choice")):
        chat.pop("tool_choice", None)
    if isinstance(request, MessagesRequest):
        # It must be given, and is often more than the engine has room for, which would refuse it.
        fits = context_length is None or request.max_tokens < context_length
        chat["max_completion_tokens"] = request.max_tokens if fits else None
        chat["stop"] = request.stop_sequences
    chat["messages"], places = _turns(request)
    chat["sot"] = {**(fields.get("sot") or {}), **_thinking(request.thinking, fields.get("sot") or {})}
    reason: tuple[str, str] | None = None
    if request.output_config is not None:
        if not is_empty(request.output_config.format):
            chat[RESPONSE_FORMAT] = _response_format(cast("dict[str, Any]", request.output_config.format))
        for name, value in (request.output_config.model_extra or {}).items():
            if name != _EFFORT and not is_empty(value):
                place = f"output_config.{name}"[:80]
                reason = reason or (place, f"the request has {place}")
    return Translated(chat, places, _NAMES, reason)


def _turns(request: CountRequest) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the turns as chat messages, and their places; turns of one role after another are one turn."""
    messages: list[dict[str, Any]] = []
    places: list[str] = []
    if not is_empty(request.system):
        messages.append({"role": "system", "content": list(_parts("system", request.system or ""))})
        places.append("system")
    for number, turn in enumerate(request.messages):
        parts, more = list(_parts(turn.role, turn.content)), turn.model_extra or {}
        if messages and messages[-1]["role"] == turn.role:
            messages[-1] |= {name: value for name, value in more.items() if not is_empty(value)}
            messages[-1]["content"] += [_GAP, *parts]  # in place: there may be thousands
        else:
            messages.append({**more, "role": turn.role, "content": parts})
            places.append(f"messages[{number}]")
    return messages, places


def _parts(role: str, content: str | Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Return content as parts of a chat message.

    Blocks of a prompt are texts of their own, such as a note of the client's and a question; those of an
    answer are pieces of one text.
    """
    if isinstance(content, str):
        yield {"type": "text", "text": content}
        return
    for number, block in enumerate(content):
        if number and role != "assistant":
            yield _GAP
        yield block


def _is_free(choice: object) -> bool:
    """Return whether a choice of a tool leaves it to the model."""
    return isinstance(choice, dict) and cast("dict[str, object]", choice).get("type") in _FREE


def _thinking(asked: ThinkingOptions | None, own: Mapping[str, Any]) -> dict[str, Any]:
    """Return a wish about thinking as this server's own settings, which every engine understands.

    Args:
        asked: The wish.
        own: Settings in the request's field ``sot``, which count more.
    """
    if asked is None:
        return {}
    if asked.type == "disabled":
        return {} if own.get("thinking") else {"thinking": "off"}
    budget = asked.budget_tokens if asked.type == "enabled" else None
    return {} if own.get("max_thinking_tokens") or budget is None else {"max_thinking_tokens": budget}


def _response_format(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``output_config.format`` as a chat completion's ``response_format``."""
    if given.get("type") != "json_schema":
        return dict(given)
    return {
        "type": "json_schema",
        "json_schema": {"name": "answer", **{name: part for name, part in given.items() if name != "type"}},
    }
