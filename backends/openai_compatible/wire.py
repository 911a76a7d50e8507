"""OpenAI chat-completions format, without any network: request bodies out, response objects in."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sot.errors import ConfigError, MalformedResponseError, ServerError
from sot.types import Chunk, FinishReason, GenerateConfig, Load, Message, Usage

from .error_mapping import Clean, count, stream_error

_FINISH: Mapping[Any, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "content_filter": "content_filter",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
}
_BROKEN_OFF = ("abort", "error")  # finish reasons of vLLM and gateways for a request that the engine dropped
_SHAPE_ERRORS = (AttributeError, TypeError, KeyError, IndexError, ValueError)


def request_body(
    messages: Sequence[Message],
    config: GenerateConfig,
    *,
    model: str,
    prefill: str | None = None,
    engine: str | None = None,
    extra_body: Mapping[str, Any] | None = None,
    refused: Collection[str] = (),
) -> dict[str, Any]:
    """Build the JSON body of a streamed chat completion.

    Args:
        config: Decoding settings; its ``extra`` wins over ``extra_body``, both over the defaults.
        prefill: Start of the assistant's turn, for the engine to continue.
        engine: ``owned_by`` of the server's model list, which tells its dialect.
        extra_body: Further fields of every request.
        refused: Fields that this server has refused: ``stream_options``, ``max_tokens``.
    """
    turns = [{"role": message.role, "content": message.content} for message in messages]
    body: dict[str, Any] = {"model": model, "stream_options": {"include_usage": True}}
    if engine == "vllm":  # so that a completion left early is counted as well
        body["stream_options"]["continuous_usage_stats"] = True
    if prefill is not None:
        turns.append({"role": "assistant", "content": prefill})
        if engine != "llamacpp":  # llama.cpp continues a last assistant turn without being told to
            body["continue_final_message"] = True
            body["add_generation_prompt"] = False
    for name in ("temperature", "top_p", "max_tokens", "seed"):
        value = getattr(config, name)
        if value is not None:
            body[name] = value
    if config.stop:
        body["stop"] = list(config.stop)
    if config.repetition_penalty is not None and engine in _PENALTY_FIELD:
        body[_PENALTY_FIELD[engine]] = config.repetition_penalty
    body.update(extra_body or {})
    body.update(config.extra)
    body["messages"] = turns
    body["stream"] = True
    if "stream_options" in refused:
        body.pop("stream_options", None)
    if "max_tokens" in refused and "max_tokens" in body:
        body.setdefault("max_completion_tokens", body.pop("max_tokens"))
    return body


# Field of the repetition penalty, by engine. OpenAI answers 400 to an unknown field, so only engines that are
# known to take it get it.
_PENALTY_FIELD = {
    "vllm": "repetition_penalty",
    "sglang": "repetition_penalty",
    "llamacpp": "repeat_penalty",
}


def refused_field(status: int, text: str, body: Mapping[str, Any]) -> str | None:
    """Return the field that a 400 or 422 complains about, if the request can do without it.

    Args:
        text: Body of the response.
        body: Body of the request.
    """
    if status not in (400, 422):
        return None
    if "stream_options" in body and ("stream_options" in text or "include_usage" in text):
        return "stream_options"
    # vLLM also names both fields when the number is too large, which is an error of its own.
    says_so = re.search(r"unsupported|not supported|instead|deprecated", text, re.IGNORECASE)
    if "max_tokens" in body and "max_completion_tokens" in text and says_so:
        return "max_tokens"
    return None


def parse_object(text: str | bytes, clean: Clean) -> dict[str, Any]:
    """Parse one JSON object.

    Raises:
        MalformedResponseError: The text is something else.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict):
        return value
    excerpt = text if isinstance(text, str) else text[:4096].decode("utf-8", "replace")
    raise MalformedResponseError(
        f"the server sent something that is not a JSON object: {clean(excerpt[:4096])}"
    )


class CompletionReader:
    """Reader of one completion's JSON objects, streamed or whole; keeps its finish reason and usage."""

    def __init__(self, clean: Clean) -> None:
        self.finish_reason: FinishReason | None = None
        self._clean = clean
        self._usage: Any = None
        self._deltas = 0

    def take(self, event: dict[str, Any]) -> Chunk | None:
        """Read the next object of the stream, or the only object of a response that does not stream.

        Returns:
            Its text, reasoning or finish reason; ``None`` for a role, an empty delta or bare usage.

        Raises:
            SotError: The object is an error, or violates the protocol.
        """
        if event.get("error") or event.get("object") == "error":
            raise stream_error(event, self._clean)
        try:
            # Some servers send running totals with every delta: the last one counts.
            self._usage = event.get("usage") or self._usage
            choices = event.get("choices")
            if not choices or choices[0].get("index"):
                return None
            choice = choices[0]
            delta = choice.get("delta") or choice.get("message") or {}
            text = _text(delta.get("content"))
            reasoning = _text(delta.get("reasoning_content") or delta.get("reasoning"))
            finish = choice.get("finish_reason")
        except _SHAPE_ERRORS:
            raise MalformedResponseError(
                f"the server sent an object of an unknown shape: {self._clean(json.dumps(event)[:4096])}"
            ) from None
        if text or reasoning:
            self._deltas += 1
        usage = self.usage() if event.get("usage") else None
        if not finish or self.finish_reason:
            return Chunk(text, reasoning, usage=usage) if text or reasoning else None
        if finish in _BROKEN_OFF:
            raise ServerError("the engine gave the request up before the answer was complete", status=500)
        self.finish_reason = _FINISH.get(finish, "stop") if isinstance(finish, str) else "stop"
        return Chunk(text, reasoning, self.finish_reason, usage)

    def usage(self) -> Usage:
        """Return the tokens spent so far.

        Where the server reports no usage, completion tokens are the number of deltas, which is exact for
        servers that send one token at a time and too low for others; prompt tokens are then 0.
        """
        usage = self._usage
        if not isinstance(usage, dict):
            return Usage(completion_tokens=self._deltas, requests=1)
        details = usage.get("prompt_tokens_details")
        cached = details.get("cached_tokens") if isinstance(details, dict) else None
        return Usage(
            prompt_tokens=count(usage.get("prompt_tokens")),
            cached_tokens=count(cached),
            completion_tokens=count(usage.get("completion_tokens")),
            requests=1,
        )


def _text(content: Any) -> str:
    """Return the text of a message's content, a string or a list of typed parts (Mistral, some gateways)."""
    if isinstance(content, str):
        return content
    if not content:
        return ""
    return "".join(part["text"] for part in content if part.get("type") == "text")


@dataclass(frozen=True, slots=True)
class ServedModel:
    """Entry of a server's model list.

    Args:
        name: Name of the model in requests.
        engine: ``owned_by``, which engines fill with their own name; ``None`` where not given.
        context_length: In tokens, where given.
        is_adapter: Served on top of another entry (vLLM's LoRA adapters name a parent).
    """

    name: str
    engine: str | None = None
    context_length: int | None = None
    is_adapter: bool = False


def parse_models(payload: Mapping[str, Any]) -> list[ServedModel]:
    """Parse the response to ``GET /models``; entries of an unknown shape are skipped."""
    entries = payload.get("data")
    models: list[ServedModel] = []
    for entry in entries if isinstance(entries, list) else []:
        if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
            continue
        meta = entry.get("meta")
        meta = meta if isinstance(meta, dict) else {}
        lengths = (entry.get("max_model_len"), entry.get("context_length"), entry.get("context_window"))
        lengths += (meta.get("n_ctx"), meta.get("n_ctx_train"))  # llama.cpp
        owner = entry.get("owned_by")
        models.append(
            ServedModel(
                entry["id"],
                owner.lower() if isinstance(owner, str) else None,
                next((length for length in map(count, lengths) if length), None),
                bool(entry.get("parent")),
            )
        )
    return models


def choose_model(models: Sequence[ServedModel], name: str | None, server: str, clean: Clean) -> ServedModel:
    """Choose the model to name in requests, with what the server's list says of it.

    Args:
        models: The server's list; empty where it has none.
        name: The caller's choice; ``None`` takes the only model. Adapters do not count.
        server: Address of the server, for messages.

    Raises:
        ConfigError: No name is given, and there is not exactly one model.
    """
    if name is None:
        whole = [model for model in models if not model.is_adapter]
        if len(whole) == 1:
            return whole[0]
        if not whole:
            raise ConfigError(f"{server} lists no model: name the model")
        names = ", ".join(clean(model.name) for model in whole[:5])
        more = f" and {len(whole) - 5} more" if len(whole) > 5 else ""
        raise ConfigError(f"{server} serves several models, choose one: {names}{more}")
    for model in models:
        if model.name == name:
            return model
    engines = {model.engine for model in models}
    return ServedModel(name, engines.pop() if len(engines) == 1 else None)


_RUNNING = re.compile(
    r"^(?:vllm:num_requests_running|sglang:num_running_reqs|llamacpp:requests_processing)"
    r"(?:\{.*\})?[ \t]+(\S+)",
    re.MULTILINE,
)
_WAITING = re.compile(
    r"^(?:vllm:num_requests_waiting|sglang:num_queue_reqs|llamacpp:requests_deferred)(?:\{.*\})?[ \t]+(\S+)",
    re.MULTILINE,
)


def parse_metrics(text: str) -> Load | None:
    """Parse the load from an engine's Prometheus metrics; several engines behind one address add up.

    Returns:
        The load, or ``None`` where the metrics are those of something else.
    """
    running = _RUNNING.findall(text)
    if not running:
        return None
    try:
        return Load(sum(int(float(n)) for n in running), sum(int(float(n)) for n in _WAITING.findall(text)))
    except (ValueError, OverflowError):
        return None
