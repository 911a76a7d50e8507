"""Reads a chat-completion request: what it asks for, and whether Skeleton-of-Thought may answer it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from pydantic import ValidationError

from ..options import StrategyChoice
from ..types import STRATEGIES, Message, Role
from .failures import Failure, bad_request
from .request_models import ChatMessage, ChatRequest, EventsRequest, PlainMessage, SotRequest

STRATEGY_MODELS: tuple[StrategyChoice, ...] = ("auto", *STRATEGIES)
"""Model names that stand for a strategy."""

# Fields whose meaning holds for every request of an answer, so that they may go with all of them.
SAMPLING_FIELDS = frozenset(
    {"frequency_penalty", "presence_penalty", "logit_bias", "top_k", "min_p", "reasoning_effort"}
)
# Fields that say nothing about the text.
_NOTES = frozenset({"user", "metadata", "store", "safety_identifier", "service_tier", "prompt_cache_key"})

_SHOWN = 200  # characters of a caller's own word in a message


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, read.

    Args:
        body: The JSON object without this server's own fields, for an engine that is to have it as it is.
        messages: The conversation, where it is plain text that ends with a question; else empty.
        strategy: What the caller chose, or ``auto``.
        settings: Settings of `sot.options.Options` for this answer.
        extra: Sampling fields beyond those settings.
        notes: Fields that say nothing about the text, such as ``user``.
        stream: Whether the answer is streamed.
        include_usage: Whether a last chunk with the usage is wanted.
        details: Whether ``sot`` details are wanted.
        direct: Why the request must go straight to the engine, as it is; ``None``: it need not.
        direct_param: The field that is the reason.
        short: The answer may only be short, so that it is decoded normally.
    """

    body: Mapping[str, Any]
    messages: tuple[Message, ...]
    strategy: StrategyChoice
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])
    notes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    stream: bool = False
    include_usage: bool = False
    details: bool = False
    direct: str | None = None
    direct_param: str | None = None
    short: bool = False


def read_request(raw: bytes, *, own_model: str, short_tokens: int) -> Asked:
    """Read the body of a chat-completion request.

    Args:
        raw: The body.
        own_model: The engine's model name, which callers may use for ``auto``.
        short_tokens: Limits below this count as short.

    Raises:
        Failure: It is not such a request (400), or asks for a model that is not here (404).
    """
    fields = _json_object(raw)
    try:
        request = ChatRequest.model_validate(fields)
    except ValidationError as error:
        raise _invalid(error) from None
    if request.model not in STRATEGY_MODELS and request.model != own_model:
        names = ", ".join([*STRATEGY_MODELS, own_model])
        raise Failure(
            404,
            f"there is no model {request.model[:_SHOWN]!r} here: there are {names}",
            "model_not_found",
            "model",
        )
    own = request.sot or SotRequest()
    named = request.model if request.model in STRATEGY_MODELS else "auto"
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
    param, why = _why_direct(request, fields)
    return Asked(
        body={name: value for name, value in fields.items() if name != "sot"},
        messages=_messages(request.messages) if why is None else (),
        strategy=own.strategy or named,
        settings={name: value for name, value in settings.items() if value is not None},
        extra={name: fields[name] for name in SAMPLING_FIELDS if fields.get(name) is not None},
        notes={name: fields[name] for name in _NOTES if fields.get(name) is not None},
        stream=bool(request.stream),
        include_usage=bool(request.stream_options and request.stream_options.include_usage),
        details=own.details,
        direct=why,
        direct_param=param,
        short=limit is not None and limit < short_tokens,
    )


def read_events_request(raw: bytes) -> Asked:
    """Read the body of a request to watch an answer.

    Args:
        raw: The body.

    Raises:
        Failure: It is not such a request (400).
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
    return Asked(
        body={},
        messages=_messages(turns),
        strategy=own.strategy or "auto",
        settings={name: value for name, value in settings.items() if value is not None},
        stream=True,
    )


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
    # Positions and fields only: the names of a union's members would be noise.
    path = [str(part) for part in first["loc"] if part not in _KINDS]
    where = ".".join(part for part in path if part.isidentifier() or part.isdigit())[:_SHOWN]
    return bad_request(f"{where or 'the request'}: {first['msg']}", param=where or None)


# Fields, and the values with which they change nothing.
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
    """The field, and the reason for which Skeleton-of-Thought cannot answer this."""
    known = ChatRequest.model_fields.keys() | SAMPLING_FIELDS | _NOTES
    for name, value in fields.items():
        if name in known or value is None:
            continue
        if name not in _HARMLESS or not any(value == harmless for harmless in _HARMLESS[name]):
            return name[:_SHOWN], f"the request has {name[:_SHOWN]}"
    if request.top_p == 0:
        return "top_p", "the request has top_p 0"
    for number, turn in enumerate(request.messages):
        if reason := _unusual(turn):
            return f"messages[{number}]", f"message {number + 1} {reason}"
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
    """What makes a turn more than text by a known role."""
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
    # Half of a surrogate pair, which JSON may hold, is no text.
    return text.encode("utf-8", "replace").decode()


def _messages(turns: Sequence[ChatMessage | PlainMessage]) -> tuple[Message, ...]:
    return tuple(Message(_ROLES[turn.role], _text_of(turn)) for turn in turns)
