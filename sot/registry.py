"""Finds an engine by its backend spec, and imports it only then.

A spec is one string, the same everywhere: an ``http(s)://…/v1`` address; ``torch:MODEL``; ``vllm:MODEL``;
``replay:PROFILE.json`` (simulated).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from .errors import ConfigError
from .types import Backend

DEFAULT_SPEC = "torch:"

# The kind of spec -> the module and the name in it that makes the engine, and what the model part
# of the spec is for.
_ENGINES: Mapping[str, tuple[str, str]] = {
    "torch": ("sot.backends.torch_engine", "TorchBackend"),
    "vllm": ("sot.backends.vllm_engine", "VllmBackend"),
    "replay": ("sot.backends.replay", "ReplayBackend"),
    "http": ("sot.backends.openai_compatible", "OpenAICompatibleBackend"),
}
_FORMS = (
    "http(s)://HOST/v1, torch: (the built-in small model), torch:MODEL, vllm:MODEL "
    "or replay:PROFILE.json (simulated)"
)


def resolve_spec(spec: str | None) -> str:
    """The backend spec to use: the one given, else ``SOT_BACKEND``, ``OPENAI_BASE_URL``, ``torch:``."""
    for candidate in (spec, os.environ.get("SOT_BACKEND"), os.environ.get("OPENAI_BASE_URL")):
        if candidate and candidate.strip():
            return candidate.strip()
    return DEFAULT_SPEC


def create_backend(spec: str | None = None, *, model: str | None = None, **settings: Any) -> Backend:
    """Make the engine of a spec. Nothing is loaded or contacted yet.

    Args:
        spec: The backend spec; ``None`` means `resolve_spec`'s choice.
        model: The model's name; for ``torch:`` and ``vllm:`` it takes the place of the part after the colon.
        settings: Settings of that engine, such as ``api_key``, ``max_batch`` or ``engine_args``.

    Raises:
        ConfigError: The spec names no engine.
        MissingDependencyError: The engine's packages are not installed.
    """
    chosen = resolve_spec(spec)
    kind, colon, rest = chosen.partition(":")
    kind = kind.lower()
    if kind in ("http", "https"):
        return _load("http")(chosen, model=model, **settings)
    if not colon or kind not in _ENGINES:
        hint = " (a running vLLM server is used through its http address)" if kind == "vllm" else ""
        raise ConfigError(f"no engine for the backend {chosen!r}: it must be {_FORMS}{hint}")
    return _load(kind)(model or rest, **settings)


def _load(kind: str) -> Callable[..., Backend]:
    module, name = _ENGINES[kind]
    return getattr(import_module(module), name)
