"""Parser of request bodies: settings of the answer, and the reason to forward a request instead."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from pydantic import ValidationError

from ..options import AUTO, AnswerSettings
from ..strategies import FIELDS, makes_json
from ..types import Message
from .failures import Failure, bad_request
from .request_adapter import named_adapters
from .request_fields import (
    ENGINE_FIELDS,
    NOTES,
    SAMPLING_FIELDS,
    THINKING_FIELDS,
    asks_for_nothing,
    for_every_request,
    is_empty,
)
from .request_json import json_object
from .request_messages import as_turns, text_of, unusual_turn
from .request_models import (
    ChatRequest,
    EventsRequest,
    PlainMessage,
    RevisionRequest,
    SotRequest,
    strategy_models,
)
from .request_schema import (
    OBJECT,
    RESPONSE_FORMAT,
    any_object,
    given_schema,
    parallel_schema,
    required_schema,
)
from .request_terms import ReadingTerms
from .request_thinking import read_thinking

_SHOWN = 200  # characters of the caller's own text quoted in an error message
_NORMAL = "normal"
_RANDOM_SEED = -1  # what engines and local apps take for "no seed"
_LIMITS = ("max_tokens", "max_completion_tokens")


@dataclass(frozen=True, slots=True)
class ParsedRequest:
    """A parsed request.

    Args:
        body: The JSON object without this server's own fields, for forwarding it.
        messages: The conversation; empty where the request must be forwarded.
        settings: Settings of this answer, among them ``strategy``: the caller's choice, or ``auto``.
        extra: Fields beyond those settings that go with every request to the engine.
        notes: Fields that do not affect the text, such as ``user``.
        thinks: Whether the caller's fields tell the model to think; ``None`` where they say nothing.
        switches: The fields that say so. They go with every request that follows them: all where thinking is
            off, else those of an answer that is decoded as one.
        stream: Whether the answer is streamed.
        include_usage: Whether the stream ends with a chunk with the usage.
        details: Whether the response carries the field ``sot``.
        direct: Why only the engine itself can answer it; ``None`` where the core can.
        direct_param: The field that is the reason.
        short: Whether the token limit is so low that a skeleton does not pay.
        own_thinking: Whether the field ``sot`` has a setting about thinking, which the engine does not know.
    """

    body: Mapping[str, Any]
    messages: tuple[Message, ...]
    settings: AnswerSettings
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])
    notes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    thinks: bool | None = None
    switches: Mapping[str, Any] = field(default_factory=dict[str, Any])
    stream: bool = False
    include_usage: bool = False
    details: bool = False
    direct: str | None = None
    direct_param: str | None = None
    short: bool = False
    own_thinking: bool = False


def read_request(
    raw: bytes, terms: ReadingTerms | None = None, *, own_model: str = "", short_tokens: int = 0
) -> ParsedRequest:
    """Parse the body of a chat-completion request.

    Args:
        raw: The body.
        terms: Terms under which it is read; ``None`` takes the usual ones, with what follows.
        own_model: The engine's model name, which callers may use for ``auto``.
        short_tokens: Token limits below this count as short.

    Raises:
        Failure: The request is invalid (400), or names an unknown model (404).
    """
    return parse_chat(json_object(raw), terms or ReadingTerms(own_model, short_tokens))


def parse_chat(given: Mapping[str, Any], terms: ReadingTerms) -> ParsedRequest:
    """Parse a chat-completion request.

    Args:
        given: The request's JSON object.
        terms: Terms under which it is read.

    Raises:
        Failure: The request is invalid (400), or names an unknown model (404).
    """
    fields = terms.without_tools(given)
    try:
        request = ChatRequest.model_validate(fields)
    except ValidationError as error:
        raise invalid(error) from None
    named = terms.strategy(request.model, strategy_models(), AUTO)
    own = request.sot or SotRequest()
    limit = request.max_completion_tokens or request.max_tokens
    short = limit is not None and limit < terms.short_tokens
    strategy = own.strategy or named
    of_one = terms.fields_of_one(fields)
    param, reason = _why_direct(request, fields, of_one)
    schema = None if reason else _schema(fields, strategy, parallel=terms.parallel_fields and not short)
    quiet = False
    if schema is not None:
        strategy = FIELDS
    elif reason is None and not asks_for_nothing(RESPONSE_FORMAT, fields.get(RESPONSE_FORMAT)):
        if terms.constrains and any_object(fields.get(RESPONSE_FORMAT)):
            schema, quiet = OBJECT, True
        else:
            param, reason = RESPONSE_FORMAT, f"the request has {RESPONSE_FORMAT}"
    if of_one or schema is OBJECT:
        strategy = _NORMAL
    thinking = read_thinking(fields)
    settings = {
        **_sampling(request),
        **_limited(limit),
        "thinking": own.thinking or ("off" if quiet or thinking.thinks is False else None),
        "max_thinking_tokens": own.max_thinking_tokens or thinking.max_tokens,
        "max_points": own.max_points,
        "pipeline": own.pipeline,
        "opening": own.opening,
        "closing": own.closing,
        "on_missing": own.on_missing,
        "adapter": named_adapters(own.adapter),
        "strategy": strategy,
        "schema": schema,
    }
    return ParsedRequest(
        body=_forwarded(request, given if reason else fields),
        messages=as_turns(request.messages) if reason is None else (),
        settings=_given(settings),
        extra={**for_every_request(fields), **thinking.rest, **of_one},
        notes={name: fields[name] for name in NOTES if fields.get(name) is not None},
        thinks=thinking.thinks,
        switches=thinking.switches,
        stream=bool(request.stream),
        include_usage=bool(request.stream_options and request.stream_options.include_usage),
        details=own.details,
        direct=reason,
        direct_param=param,
        short=short,
        own_thinking=own.thinking is not None or own.max_thinking_tokens is not None,
    )


def read_events_request(raw: bytes) -> ParsedRequest:
    """Parse the body of a request for the events of an answer.

    Raises:
        Failure: The request is invalid (400).
    """
    try:
        request = EventsRequest.model_validate(json_object(raw))
    except ValidationError as error:
        raise invalid(error) from None
    if (request.question is None) == (request.messages is None):
        raise bad_request("give either a question or messages", param="question")
    turns = request.messages or [PlainMessage(role="user", content=request.question or "")]
    settings = _event_settings(request)
    if request.json_schema is not None:
        settings["schema"] = request.json_schema
    settings["strategy"] = given_schema(request.json_schema, settings.get("strategy", AUTO))
    return ParsedRequest(body={}, messages=as_turns(turns), settings=settings, stream=True)


def read_revision_request(raw: bytes) -> tuple[RevisionRequest, AnswerSettings]:
    """Parse the body of a request for a revised answer; returns it with the settings of that answer.

    Raises:
        Failure: The request is invalid (400).
    """
    try:
        request = RevisionRequest.model_validate(json_object(raw))
    except ValidationError as error:
        raise invalid(error) from None
    return request, _event_settings(request)


def _event_settings(request: EventsRequest | RevisionRequest) -> AnswerSettings:
    own = request.sot or SotRequest()
    settings: dict[str, Any] = {
        **_limited(request.max_tokens),
        "temperature": request.temperature,
        "seed": None if request.seed == _RANDOM_SEED else request.seed,
        "max_points": own.max_points,
        "pipeline": own.pipeline,
        "opening": own.opening,
        "closing": own.closing,
        "on_missing": own.on_missing,
        "adapter": named_adapters(own.adapter),
        "thinking": own.thinking,
        "max_thinking_tokens": own.max_thinking_tokens,
        "strategy": own.strategy or AUTO,
    }
    return _given(settings)


def _sampling(request: ChatRequest) -> dict[str, Any]:
    stops = [request.stop] if isinstance(request.stop, str) else request.stop or []
    greedy = request.top_p == 0  # of no probability mass only the likeliest token is left
    return {
        "temperature": 0.0 if greedy else request.temperature,
        "top_p": None if greedy else request.top_p,
        "seed": None if request.seed == _RANDOM_SEED else request.seed,
        "stop": tuple(stop for stop in stops if stop),
        "repetition_penalty": request.repetition_penalty,
    }


def _limited(limit: int | None) -> dict[str, Any]:
    return {"max_tokens": limit, "max_answer_tokens": limit}


def _given(settings: Mapping[str, Any]) -> AnswerSettings:
    return cast("AnswerSettings", {name: value for name, value in settings.items() if value is not None})


def _forwarded(request: ChatRequest, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request for the engine: without ``sot``, and without a limit that means none."""
    none = {name for name in _LIMITS if getattr(request, name) is None and fields.get(name) is not None}
    return {name: value for name, value in fields.items() if name != "sot" and name not in none}


_KINDS = ("str", "int", "float", "bool")


def invalid(error: ValidationError) -> Failure:
    """Make the failure of a request that is not what its model says."""
    first = error.errors(include_url=False, include_input=False)[0]
    # Positions and fields only: a union adds the names of its member types to the path.
    path = [str(part) for part in first["loc"] if part not in _KINDS]
    where = ".".join(part for part in path if part.isidentifier() or part.isdigit())[:_SHOWN]
    return bad_request(f"{where or 'the request'}: {first['msg']}", param=where or None)


_KNOWN = SAMPLING_FIELDS | ENGINE_FIELDS | THINKING_FIELDS | NOTES


def _schema(fields: Mapping[str, Any], strategy: str, *, parallel: bool) -> Mapping[str, Any] | None:
    """Return the schema of a request whose fields are written in parallel; ``None`` for any other request.

    Args:
        fields: The request; nothing but its response format keeps the core from answering it.
        strategy: The strategy that it names.
        parallel: Whether its fields may be written in parallel although it does not ask for that.

    Raises:
        Failure: It asks for it, and that cannot be (400).
    """
    value, stops = fields.get(RESPONSE_FORMAT), not is_empty(fields.get("stop"))
    if makes_json(strategy):
        if stops:  # it would leave a text that is no JSON
            raise bad_request(f"the strategy {strategy} takes no stop sequences", param="stop")
        return required_schema(value)
    return parallel_schema(value) if parallel and strategy == AUTO and not stops else None


def _why_direct(
    request: ChatRequest, fields: Mapping[str, Any], of_one: Container[str]
) -> tuple[str | None, str | None]:
    """Return the field and the reason for which only the engine can answer; ``None`` where the core can.

    Its ``response_format`` is left aside, which `_schema` reads, and the fields ``of_one``.
    """
    known = ChatRequest.model_fields.keys() | _KNOWN | {RESPONSE_FORMAT}
    for name, value in fields.items():
        if name not in known and name not in of_one and not asks_for_nothing(name, value):
            return name[:_SHOWN], f"the request has {name[:_SHOWN]}"
    for number, turn in enumerate(request.messages):
        if problem := unusual_turn(turn):
            return f"messages[{number}]", f"message {number + 1} {problem}"
    if request.messages[-1].role != "user":
        return "messages", "the last message is not the user's"
    if not text_of(request.messages[-1]).strip():
        return "messages", "the last message is empty"
    return None, None


__all__ = [
    "ParsedRequest",
    "invalid",
    "parse_chat",
    "read_events_request",
    "read_request",
    "read_revision_request",
]
