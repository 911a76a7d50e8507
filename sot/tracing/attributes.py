"""Attributes of spans: OpenTelemetry's conventions for generative AI, and this project's own (``sot.…``).

The conventions are in development. The names are those of their release 0.1.0 (2026);
``gen_ai.workflow.name`` is what ``gen_ai.agent.name`` was before, for readers of older traces.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from ..types import Answer, BackendInfo, Message, Usage
from .current import TracedRequest
from .request_log import part_number

Value = str | bool | int | float | Sequence[str]
WORKFLOW = "skeleton_of_thought"
# The names that the conventions have for companies, by the end of their hosts' names.
_PROVIDERS = {
    "api.openai.com": "openai",
    "openai.azure.com": "azure.ai.openai",
    "services.ai.azure.com": "azure.ai.inference",
    "api.anthropic.com": "anthropic",
    "generativelanguage.googleapis.com": "gcp.gemini",
    "api.cohere.com": "cohere",
    "api.cohere.ai": "cohere",
    "api.deepseek.com": "deepseek",
    "api.groq.com": "groq",
    "api.mistral.ai": "mistral_ai",
    "api.perplexity.ai": "perplexity",
    "api.x.ai": "x_ai",
    "amazonaws.com": "aws.bedrock",
}
_COMPATIBLE = "openai_compatible"


def answer_attributes(key: str, session: str) -> dict[str, Value]:
    """Return the attributes of an answer's span at its beginning."""
    told: dict[str, Value] = {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.agent.name": WORKFLOW,
        "gen_ai.workflow.name": WORKFLOW,
        "sot.answer.key": key,
    }
    return told | ({"gen_ai.conversation.id": encodable(session)} if session else {})


def finished_attributes(answer: Answer) -> dict[str, Value]:
    """Return the attributes of the span of a finished answer."""
    told: dict[str, Value] = {
        "gen_ai.request.model": encodable(answer.model),
        **usage_attributes(answer.usage),
        "sot.strategy": answer.route.strategy,
        "sot.router": answer.route.router,
        "sot.fell_back": answer.fell_back is not None,
        "sot.complete": answer.complete,
        "sot.points": len(answer.points),
        "sot.requests": answer.usage.requests,
        "sot.route_s": answer.timing.route_s,
    }
    if answer.finish_reason is not None:
        told["gen_ai.response.finish_reasons"] = [answer.finish_reason]
    if answer.timing.first_text_s is not None:
        told["sot.ttft_s"] = answer.timing.first_text_s
    if answer.timing.skeleton_s is not None:
        told["sot.skeleton_s"] = answer.timing.skeleton_s
    return told


def request_attributes(request: TracedRequest, attempt: int) -> dict[str, Value]:
    """Return the attributes of a request's span at its beginning.

    Args:
        request: The request.
        attempt: Number of the request for the same part of the answer, from 1: a repair is the second.
    """
    config = request.config
    told: dict[str, Value] = {
        **engine_attributes(request.info),
        "gen_ai.request.stream": True,
        "sot.stage": request.purpose,
        "sot.attempt": attempt,
        "sot.queued_s": request.queued_s,
    }
    for name, value in (
        ("gen_ai.request.temperature", config.temperature),
        ("gen_ai.request.top_p", config.top_p),
        ("gen_ai.request.max_tokens", config.max_tokens),
        ("gen_ai.request.seed", config.seed),
        ("gen_ai.request.stop_sequences", [encodable(each) for each in config.stop] or None),
        ("sot.point.index", part_number(request)),
        ("sot.adapter", config.adapter),
    ):
        if value is not None:
            told[name] = value
    return told


def ended_attributes(request: TracedRequest) -> dict[str, Value]:
    """Return the attributes that a request's span has at its end."""
    told = usage_attributes(request.usage)
    if request.finish_reason is not None:
        told["gen_ai.response.finish_reasons"] = [request.finish_reason]
    if request.first_at is not None and request.sent_at is not None:
        told["gen_ai.response.time_to_first_chunk"] = request.first_at - request.sent_at
    return told


def engine_attributes(info: BackendInfo | None) -> dict[str, Value]:
    """Return the attributes that name the engine of a request and its model."""
    told: dict[str, Value] = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": provider_of(info)}
    if info is None:
        return told
    told |= {"gen_ai.request.model": encodable(info.model), "gen_ai.response.model": encodable(info.model)}
    if is_remote(info):
        address = urlsplit(info.backend)
        told["server.address"] = address.hostname or ""
        told["server.port"] = address.port or (443 if address.scheme == "https" else 80)
    return told


def is_remote(info: BackendInfo | None) -> bool:
    """True where the engine is reached by HTTP."""
    return info is not None and info.backend.startswith(("http://", "https://"))


def provider_of(info: BackendInfo | None) -> str:
    """Return the name of a request's provider: a company's, or that of the software that decodes."""
    if info is None:
        return _COMPATIBLE
    if not is_remote(info):
        return info.backend.partition(":")[0] or "custom"
    host = urlsplit(info.backend).hostname or ""
    for end, name in _PROVIDERS.items():
        if host == end or host.endswith(f".{end}"):
            return name
    return info.name.lower() or _COMPATIBLE


def usage_attributes(usage: Usage) -> dict[str, Value]:
    """Return the attributes of a usage."""
    told: dict[str, Value] = {
        "gen_ai.usage.input_tokens": usage.prompt_tokens,
        "gen_ai.usage.cache_read.input_tokens": usage.cached_tokens,
        "gen_ai.usage.output_tokens": usage.completion_tokens,
    }
    if usage.reasoning_tokens:
        told["gen_ai.usage.reasoning.output_tokens"] = usage.reasoning_tokens
    return told


def input_content(messages: Sequence[Message]) -> dict[str, Value]:
    """Return the attribute with a prompt's messages."""
    return {"gen_ai.input.messages": _as_json([_message(turn.role, turn.content) for turn in messages])}


def output_content(text: str, finish_reason: str | None) -> dict[str, Value]:
    """Return the attribute with a text that was written."""
    written = {**_message("assistant", text), "finish_reason": finish_reason or ""}
    return {"gen_ai.output.messages": _as_json([written])}


def encodable(text: str) -> str:
    """Return a text that UTF-8 can encode: JSON may bring half a character (lone surrogates)."""
    return text.encode("utf-8", "replace").decode()


def _message(role: str, text: str) -> Mapping[str, object]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def _as_json(value: object) -> str:
    return encodable(json.dumps(value, ensure_ascii=False))
