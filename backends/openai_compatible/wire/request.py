"""JSON body of a chat completion, and which of its fields the server may refuse."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sot.errors import ConfigError
from sot.types import GenerateConfig, Message

from .error_mapping import one_line
from .key_fields import KeyFields, tenant_field
from .schema_field import SCHEMA, schema_field
from .thinking_fields import EFFORT, TEMPLATE, thinking_fields

CONTINUE_FIELDS = ("continue_final_message", "add_generation_prompt")
USAGE_SO_FAR = "continuous_usage_stats"  # a field of `stream_options`
_TELL_USAGE_SO_FAR = ("vllm", "sglang")  # so that a completion left early counts, too
LIMITS = ("max_tokens", "max_completion_tokens")
_SAMPLING = ("temperature", "top_p", "max_tokens", "seed")

# Field of the repetition penalty, by engine. Engines that are not known to take it do not get it: for most,
# another penalty of the same name means something else.
_PENALTY_FIELD = {
    "vllm": "repetition_penalty",
    "sglang": "repetition_penalty",
    "llamacpp": "repeat_penalty",
}


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms on which a server takes a request.

    Args:
        refused: Fields that it refuses.
        minima: Least value that it accepts, by field.
        maxima: Largest value that it accepts, by field.
        values: Value that it accepts in place of ours, by field.
    """

    refused: Collection[str] = ()
    minima: Mapping[str, int] = field(default_factory=dict[str, int])
    maxima: Mapping[str, int] = field(default_factory=dict[str, int])
    values: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class RequestBody:
    """JSON body of a request.

    Args:
        fields: All fields.
        own: Names of those that this client added by itself, and that may be left out.
    """

    fields: Mapping[str, Any]
    own: frozenset[str]

    @property
    def schema(self) -> Mapping[str, Any] | None:
        """JSON schema that this client has asked the server to decode by."""
        return self.fields[SCHEMA]["json_schema"]["schema"] if SCHEMA in self.own else None

    def encode(self) -> bytes:
        """Return the body as bytes.

        Raises:
            ConfigError: The caller's fields are not JSON.
        """
        return encode(self.fields)


def encode(fields: Mapping[str, Any]) -> bytes:
    """Return a JSON object as bytes.

    Raises:
        ConfigError: It holds something that is not JSON.
    """
    try:
        text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigError(f"the request's extra fields are not JSON: {one_line(str(error))}") from None
    return text.encode("utf-8", "replace")  # "replace": a lone surrogate has no UTF-8 form


def request_body(
    messages: Sequence[Message],
    config: GenerateConfig,
    *,
    model: str,
    prefill: str | None = None,
    engine: str | None = None,
    extra_body: Mapping[str, Any] | None = None,
    terms: Terms | None = None,
    constrains: bool | None = None,
    keys: KeyFields | None = None,
) -> RequestBody:
    """Build the body of a streamed chat completion.

    Args:
        config: Decoding settings; its ``extra`` wins over ``extra_body``, both over the defaults.
        prefill: Start of the assistant's turn, for the engine to continue.
        engine: The engine's name, which tells its dialect.
        extra_body: Further fields of every request.
        terms: What the server is known to accept.
        constrains: Whether it is known to decode by a JSON schema.
        keys: Names under which it gets the keys of a request.
    """
    terms = terms or Terms()
    callers = {**(extra_body or {}), **config.extra}
    always, now = (fields.get(TEMPLATE) for fields in (extra_body or {}, config.extra))
    if isinstance(always, Mapping) and isinstance(now, Mapping):
        callers[TEMPLATE] = {**always, **now}
    own = _own_fields(config, callers, prefill is not None, engine, terms)
    named = keys.own(config) if keys is not None else {}
    own |= {name: value for name, value in named.items() if name not in terms.refused}
    if SCHEMA not in terms.refused:
        own |= schema_field(config.schema, callers, constrains=constrains)
    turns = [{"role": message.role, "content": message.content} for message in messages]
    if prefill is not None:
        turns.append({"role": "assistant", "content": prefill})
    thinking = {TEMPLATE: own[TEMPLATE]} if TEMPLATE in own else {}
    always_sent = {**thinking, **tenant_field(config.tenant), "messages": turns, "stream": True}
    fields = {"model": model, **own, **callers, **always_sent}
    return RequestBody(fields, frozenset(own.keys() - callers.keys()))


def _own_fields(
    config: GenerateConfig, callers: Mapping[str, Any], prefills: bool, engine: str | None, terms: Terms
) -> dict[str, Any]:
    """Return the fields that this client adds, without those that the server refuses."""
    options: dict[str, Any] = {"include_usage": True}
    if engine in _TELL_USAGE_SO_FAR and USAGE_SO_FAR not in terms.refused:
        options[USAGE_SO_FAR] = True
    own: dict[str, Any] = {"stream_options": options}
    if engine == "llamacpp":
        own["timings_per_token"] = True  # for the same reason
    if prefills:  # llama.cpp continues without being told to, but then sends the start back as well
        own |= dict(zip(CONTINUE_FIELDS, (True, False), strict=True))
    own |= {name: value for name in _SAMPLING if (value := getattr(config, name)) is not None}
    if config.stop:
        own["stop"] = list(config.stop)
    if config.repetition_penalty is not None and engine in _PENALTY_FIELD:
        own[_PENALTY_FIELD[engine]] = config.repetition_penalty
    own |= thinking_fields(config.think, callers, effort=terms.values.get(EFFORT))
    if "max_tokens" in own and "max_tokens" in terms.refused:
        own["max_completion_tokens"] = own.pop("max_tokens")
    for name in LIMITS:
        if name in own:
            own[name] = max(own[name], terms.minima.get(name, 1))
            own[name] = min(own[name], terms.maxima.get(name, own[name]))
    return {name: value for name, value in own.items() if name not in terms.refused}
