"""Model list and metrics of a server, without any network; and JSON objects in general."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeGuard

from sot.errors import ConfigError, MalformedResponseError
from sot.types import Load

from .error_mapping import Clean
from .json_reader import read_json
from .usage import count

_MOST_MODELS = 5_000  # the longest list, of a gateway to all vendors, has some 500
_LONGEST_NAME = 512  # characters


def parse_object(text: str | bytes, clean: Clean) -> dict[str, Any]:
    """Parse one JSON object.

    Raises:
        MalformedResponseError: The text is something else.
    """
    value: Any = None
    with suppress(ValueError, RecursionError):
        value = read_json(text)
    if isinstance(value, dict):
        return value
    excerpt = text if isinstance(text, str) else text[:4096].decode("utf-8", "replace")
    raise MalformedResponseError(
        f"the server sent something that is not a JSON object: {clean(excerpt[:4096])}"
    )


@dataclass(frozen=True, slots=True)
class ServedModel:
    """Entry of a server's model list.

    Args:
        name: Name of the model in requests.
        engine: ``owned_by``, which engines fill with their own name; ``None`` where not given.
        context_length: In tokens, where given.
        is_adapter: Served on top of another entry (vLLM's LoRA adapters name a parent).
        thinks: Whether the model reasons, where the entry lists its parameters (OpenRouter).
        parameters: Number of the model's parameters, where given (llama.cpp).
        parent: Name of the entry that an adapter is served on top of, where given.
        root: Where the engine has loaded the model from; entries of one model have it in common.
    """

    name: str
    engine: str | None = None
    context_length: int | None = None
    is_adapter: bool = False
    thinks: bool | None = None
    parameters: int | None = None
    parent: str | None = None
    root: str | None = None


def parse_models(payload: Mapping[str, Any]) -> list[ServedModel]:
    """Parse the response to ``GET /models``; entries of an unknown shape are skipped."""
    entries = payload.get("data")
    models: list[ServedModel] = []
    for entry in entries[:_MOST_MODELS] if isinstance(entries, list) else []:
        if not isinstance(entry, dict) or not _is_name(entry.get("id")):
            continue
        meta = entry.get("meta")
        meta = meta if isinstance(meta, dict) else {}
        lengths = (entry.get("max_model_len"), entry.get("context_length"), entry.get("context_window"))
        lengths += (meta.get("n_ctx"), meta.get("n_ctx_train"))  # llama.cpp
        owner = entry.get("owned_by")
        models.append(
            ServedModel(
                entry["id"],
                owner.lower() if _is_name(owner) else None,
                next((length for length in map(count, lengths) if length), None),
                bool(entry.get("parent")),
                _thinks(entry.get("supported_parameters")),
                count(meta.get("n_params")) or None,
                parent if _is_name(parent := entry.get("parent")) else None,
                root if _is_name(root := entry.get("root")) else None,
            )
        )
    return models


def _thinks(parameters: Any) -> bool | None:
    if not isinstance(parameters, list) or not parameters:
        return None
    return any(isinstance(name, str) and "reasoning" in name for name in parameters)


def _is_name(value: Any) -> TypeGuard[str]:
    """Whether a value can be a name, also one that messages show."""
    return isinstance(value, str) and len(value) <= _LONGEST_NAME and value.isprintable()


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
            raise ConfigError(
                f"{server} lists no model: name the model", public="the engine lists no model: name the model"
            )
        names = ", ".join(clean(model.name) for model in whole[:5])
        more = f" and {len(whole) - 5} more" if len(whole) > 5 else ""
        said = f"serves several models, choose one: {names}{more}"
        raise ConfigError(f"{server} {said}", public=f"the engine {said}")
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
        counts = [sum(max(0, int(float(n))) for n in found) for found in (running, _WAITING.findall(text))]
        return Load(*counts)
    except (ValueError, OverflowError):
        return None
