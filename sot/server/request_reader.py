"""Parser of request bodies: settings of the answer, and the reason to forward a request instead."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from pydantic import ValidationError

from ..options import AUTO, AnswerSettings
from ..types import Message, Role
from .failures import Failure, bad_request
from .request_models import ChatMessage, ChatRequest, EventsRequest, PlainMessage, SotRequest, strategy_models

# Sampling fields that have the same meaning for every request of an answer, so that all of them may carry
# them.
SAMPLING_FIELDS = frozenset(
    {"frequency_penalty", "presence_penalty", "logit_bias", "top_k", "min_p", "reasoning_effort"}
)
# Fields about the request that do not affect the text.
_NOTES = frozenset({"user", "metadata", "store", "safety_identifier", "service_tier", "prompt_cache_key"})

_SHOWN = 200  # characters of the caller's own text quoted in an error message


@dataclass(frozen=True, slots=True)
class ParsedRequest:
    """A parsed request.

    Args:
        body: The JSON object without this server's own fields, for forwarding it.
        messages: The conversation; empty where the request must be forwarded.
        settings: Settings of this answer, among them ``strategy``: the caller's choice, or ``auto``.
        extra: Sampling fields beyond those settings.
        notes: Fields that do not affect the text, such as ``user``.
        stream: Whether the answer is streamed.
        include_usage: Whether the stream ends with a chunk with the usage.
        details: Whether the response carries the field ``sot``.
        direct: Why only the engine itself can answer it; ``None`` where the core can.
        direct_param: The field that is the reason.
        short: Whether the token limit is so low that a skeleton does not pay.
    """

    body: Mapping[str, Any]
    messages: tuple[Message, ...]
    settings: AnswerSettings
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])
    notes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    stream: bool = False
    include_usage: bool = False
    details: bool = False
    direct: str | None = None
    direct_param: str | None = None
    short: bool = False


def read_request(raw: bytes, *, own_model: str, short_tokens: int) -> ParsedRequest:
    """Parse the body of a chat-completion request.

    Args:
        raw: The body.
        own_model: The engine's model name, which callers may use for ``auto``.
        short_tokens: Token limits below this count as short.

    Raises:
        Failure: The request is invalid (400), or names an unknown model (404).
    """
    fields = _json_object(raw)
    try:
        request = ChatRequest.model_validate(fields)
    except ValidationError as error:
        raise _invalid(error) from None
    by_strategy = strategy_models()
    if request.model not in by_strategy and request.model != own_model:
        names = ", ".join([*by_strategy, own_model])
        raise Failure(
            404,
            f"there is no model {request.model[:_SHOWN]!r} here: there are {names}",
            "model_not_found",
            "model",
        )
    own = request.sot or SotRequest()
    named = request.model if request.model in by_strategy else AUTO
    limit = request.max_completion_tokens or request.max_tokens
    stops = [request.stop] if isinstance(request.stop, str) else request.stop or []
    settings: dict[str, Any] = {
        "temperature": request.temperature,
        "top_p": request.top_p,
        "seed": request.seed,
        "stop": tuple(stop for stop in stops if stop),
        "max_points": own.max_points,
        "pipeline": own.pipeline,
        "repetition_penalty": request.repetition_penalty,
    }
    if limit is not None:
        settings |= {"max_tokens": limit, "max_answer_tokens": limit}
    param, reason = _why_direct(request, fields)
    return ParsedRequest(
        body={name: value for name, value in fields.items() if name != "sot"},
        messages=_messages(request.messages) if reason is None else (),
        settings=_given({**settings, "strategy": own.strategy or named}),
        extra={name: fields[name] for name in SAMPLING_FIELDS if fields.get(name) is not None},
        notes={name: fields[name] for name in _NOTES if fields.get(name) is not None},
        stream=bool(request.stream),
        include_usage=bool(request.stream_options and request.stream_options.include_usage),
        details=own.details,
        direct=reason,
        direct_param=param,
        short=limit is not None and limit < short_tokens,
    )


def read_events_request(raw: bytes) -> ParsedRequest:
    """Parse the body of a request for the events of an answer.

    Raises:
        Failure: The request is invalid (400).
    """
    try:
        request = EventsRequest.model_validate(_json_object(raw))
    except ValidationError as error:
        raise _invalid(error) from None
    if (request.question is None) == (request.messages is None):
        raise bad_request("give either a question or messages", param="question")
    turns = request.messages or [PlainMessage(role="user", content=request.question or "")]
    own = request.sot or SotRequest()
    settings: dict[str, Any] = {
        "temperature": request.temperature,
        "seed": request.seed,
        "max_points": own.max_points,
        "pipeline": own.pipeline,
        "max_tokens": request.max_tokens,
        "max_answer_tokens": request.max_tokens,
    }
    return ParsedRequest(
        body={},
        messages=_messages(turns),
        settings=_given({**settings, "strategy": own.strategy or AUTO}),
        stream=True,
    )


def _given(settings: Mapping[str, Any]) -> AnswerSettings:
    return cast("AnswerSettings", {name: value for name, value in settings.items() if value is not None})


def _json_object(raw: bytes) -> dict[str, Any]:
    try:
        value: object = json.loads(raw)
    except (ValueError, RecursionError):
        raise bad_request("the request's body is not valid JSON") from None
    if not isinstance(value, dict):
        raise bad_request("the request's body must be a JSON object")
    return cast("dict[str, Any]", value)


_KINDS = ("str", "int", "float", "bool")


def _invalid(error: ValidationError) -> Failure:
    first = error.errors(include_url=False, include_input=False)[0]
    # Positions and fields only: a union adds the names of its member types to the path.
    path = [str(part) for part in first["loc"] if part not in _KINDS]
    where = ".".join(part for part in path if part.isidentifier() or part.isdigit())[:_SHOWN]
    return bad_request(f"{where or 'the request'}: {first['msg']}", param=where or None)


# Fields that the core does not know, with the values that have no effect.
_HARMLESS: Mapping[str, Sequence[Any]] = {
    "n": (1,),
    "logprobs": (False,),
    "top_logprobs": (0,),
    "tools": ([],),
    "tool_choice": ("none",),
    "functions": ([],),
    "response_format": ({"type": "text"},),
    "modalities": (["text"],),
    "parallel_tool_calls": (True, False),
}


def _why_direct(request: ChatRequest, fields: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return the field and the reason for which only the engine can answer; ``None`` where the core can."""
    known = ChatRequest.model_fields.keys() | SAMPLING_FIELDS | _NOTES
    for name, value in fields.items():
        if name in known or value is None:
            continue
        if name not in _HARMLESS or not any(value == harmless for harmless in _HARMLESS[name]):
            return name[:_SHOWN], f"the request has {name[:_SHOWN]}"
    if request.top_p == 0:
        return "top_p", "the request has top_p 0"
    for number, turn in enumerate(request.messages):
        if problem := _unusual(turn):
            return f"messages[{number}]", f"message {number + 1} {problem}"
    if request.messages[-1].role != "user":
        return "messages", "the last message is not the user's"
    if not _text_of(request.messages[-1]).strip():
        return "messages", "the last message is empty"
    return None, None


_ROLES: Mapping[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}


def _unusual(turn: ChatMessage) -> str | None:
    """Return in which way a turn is more than text by a known role; ``None`` if it is not."""
    if turn.role not in _ROLES:
        return f"has the role {turn.role[:40]!r}"
    if any(value is not None for name, value in (turn.model_extra or {}).items() if name != "refusal"):
        return "has more than a role and text"
    if turn.content is None:
        return "has no text"
    if isinstance(turn.content, list) and any(
        part.keys() != {"type", "text"} or part["type"] != "text" or not isinstance(part["text"], str)
        for part in turn.content
    ):
        return "has parts that are not text"
    return None


def _text_of(turn: ChatMessage | PlainMessage) -> str:
    text = turn.content or ""
    if not isinstance(text, str):
        text = "".join(part["text"] for part in text)
    # JSON may contain lone surrogates, which UTF-8 cannot encode.
    return text.encode("utf-8", "replace").decode()


def _messages(turns: Sequence[ChatMessage | PlainMessage]) -> tuple[Message, ...]:
    return tuple(Message(_ROLES[turn.role], _text_of(turn)) for turn in turns)
