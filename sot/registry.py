"""Registry of engines: finds an engine by its backend spec, and imports it only then.

A spec is one string, the same everywhere: an ``http(s)://…/v1`` address; ``torch:MODEL``; ``vllm:MODEL``;
``replay:PROFILE.json`` (simulated). An installed package adds ``NAME:MODEL`` by an entry point NAME of the
group ``sot.backends``: a callable that takes MODEL and returns a `sot.types.Backend`.

An entry holds what must be known before the engine exists; its capabilities are in `sot.types.BackendInfo`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from inspect import Parameter, signature
from typing import Any

from .errors import ConfigError
from .types import Backend

DEFAULT_SPEC = "torch:"
GROUP = "sot.backends"


@dataclass(frozen=True, slots=True)
class EngineEntry:
    """Registry entry of one kind of engine.

    Args:
        kind: Prefix of its specs, before the colon.
        target: ``module:name`` of the callable that makes an engine from the rest of the spec and settings.
        form: Syntax of its specs, for error messages and help.
        remote: Whether it is a server in a process of its own, reached over HTTP.
        simulated: Whether its times are simulated.
        settings: Names of its settings that the command line can set.
        packages: Import names of the packages it needs beyond the core's.
        extra: The extra of this project that installs them.
        arguments: Names of its settings that ``--engine-arg`` sets, each a text.
    """

    kind: str
    target: str
    form: str
    remote: bool = False
    simulated: bool = False
    settings: frozenset[str] = frozenset()
    packages: tuple[str, ...] = ()
    extra: str | None = None
    arguments: frozenset[str] = frozenset()

    def missing(self) -> tuple[str, ...]:
        """Return the import names of its packages that are not installed."""
        return tuple(name for name in self.packages if not _is_installed(name))

    def make(self, rest: str, **settings: Any) -> Backend:
        """Make an engine. Nothing is loaded or contacted yet.

        Args:
            rest: The whole address of a remote engine, else the part of the spec after the colon.
            settings: Settings of that engine.

        Raises:
            ConfigError: The engine does not have one of the settings.
        """
        from pkgutil import resolve_name  # only now: it imports zipfile

        maker: Callable[..., Backend] = resolve_name(self.target)
        self._check(maker, settings)
        return maker(rest, **settings)

    def _check(self, maker: Callable[..., Backend], settings: Mapping[str, Any]) -> None:
        try:
            _, *parameters = signature(maker).parameters.values()
        except ValueError:  # some callables do not tell theirs
            return
        if any(each.kind is Parameter.VAR_KEYWORD for each in parameters):
            return
        names = [each.name for each in parameters if each.kind is not Parameter.VAR_POSITIONAL]
        if unknown := sorted(settings.keys() - set(names)):
            has = f"it has {', '.join(names)}" if names else "it has none"
            raise ConfigError(f"engines of the kind {self.kind} have no setting {', '.join(unknown)}; {has}")


_HTTP = EngineEntry(
    "http",
    "sot.backends.openai_compatible:OpenAICompatibleBackend",
    "http(s)://HOST/v1",
    remote=True,
    settings=frozenset(
        {
            "model",
            "api_key",
            "max_retries",
            "engine_can",
            "headers",
            "connect_timeout",
            "first_token_timeout",
            "between_token_timeout",
            "requests_per_minute",
            "tokens_per_minute",
            "burst",
            "session_header",
            "session_field",
            "priority",
            "sleep_after",
        }
    ),
    packages=("httpx",),
)
_BUILT_IN: Mapping[str, EngineEntry] = {
    "http": _HTTP,
    "https": _HTTP,
    "torch": EngineEntry(
        "torch",
        "sot.backends.torch_engine:TorchBackend",
        "torch: (the built-in small model), torch:MODEL",
        settings=frozenset(
            {
                *(
                    "max_batch",
                    "threads",
                    "dtype",
                    "adapter",
                    "adapter_stages",
                    "adapters",
                    "device",
                    "kernels",
                ),
                "sleep_after",
            }
        ),
        arguments=frozenset({"adapter", "adapter_stages", "adapters", "device", "kernels"}),
        packages=("torch", "transformers"),  # and gguf, but only for models in that format
        extra="torch",
    ),
    "vllm": EngineEntry(
        "vllm",
        "sot.backends.vllm_engine:VllmBackend",
        "vllm:MODEL",
        settings=frozenset({"engine_args", "sleep_after"}),
        packages=("vllm", "torch"),
        extra="vllm",
    ),
    "replay": EngineEntry(
        "replay",
        "sot.backends.replay:ReplayBackend",
        "replay:PROFILE.json (simulated)",
        simulated=True,
        settings=frozenset({"speed", "jitter"}),
    ),
}


def resolve_spec(spec: str | None) -> str:
    """Return the backend spec to use: ``spec``, else ``SOT_BACKEND``, ``OPENAI_BASE_URL`` or ``torch:``."""
    return chosen_spec(spec) or DEFAULT_SPEC


def chosen_spec(spec: str | None) -> str | None:
    """Return the backend spec that was chosen: ``spec``, else that of the environment; ``None``: none was."""
    for candidate in (spec, os.environ.get("SOT_BACKEND"), os.environ.get("OPENAI_BASE_URL")):
        if candidate and candidate.strip():
            return candidate.strip()
    return None


def engine_entry(spec: str | None = None) -> EngineEntry:
    """Return the registry entry of a spec's engine.

    Args:
        spec: The backend spec; ``None`` means `resolve_spec`'s choice.

    Raises:
        ConfigError: The spec names no engine.
    """
    chosen = resolve_spec(spec)
    kind, colon, _ = chosen.partition(":")
    kind = kind.lower()
    entry = _BUILT_IN.get(kind) or _installed().get(kind) if colon else None
    if entry is None:
        hint = " (a running vLLM server is used through its http address)" if kind == "vllm" else ""
        if _is_address(chosen):
            raise ConfigError(f"no engine for the backend {chosen!r}: did you mean http://{chosen}?")
        shown = "…" if "@" in chosen else repr(chosen)  # it may hold a password
        raise ConfigError(f"no engine for the backend {shown}: it must be {_forms()}{hint}")
    return entry


def engine_entries() -> tuple[EngineEntry, ...]:
    """Return the entries of all kinds of engines: the built-in ones, then those of installed packages."""
    return tuple(dict.fromkeys((*_BUILT_IN.values(), *_installed().values())))


def create_backend(spec: str | None = None, *, model: str | None = None, **settings: Any) -> Backend:
    """Make the engine that a spec names. Nothing is loaded or contacted yet.

    Args:
        spec: The backend spec; ``None`` means `resolve_spec`'s choice.
        model: The model's name; except for a remote engine it replaces the part after the colon.
        settings: Settings of that engine, such as ``api_key``, ``max_batch`` or ``engine_args``.

    Raises:
        ConfigError: The spec names no engine.
        MissingDependencyError: The engine's packages are not installed.
    """
    chosen = resolve_spec(spec)
    entry = engine_entry(chosen)
    if entry.remote:
        return entry.make(chosen, model=model, **settings)
    return entry.make(model or chosen.partition(":")[2], **settings)


@lru_cache(maxsize=1)
def _installed() -> dict[str, EngineEntry]:
    """Return the entries of installed packages, without importing the packages."""
    from importlib.metadata import entry_points

    found = {point.name.lower(): f"{point.module}:{point.attr}" for point in entry_points(group=GROUP)}
    return {
        kind: EngineEntry(kind, target, f"{kind}:MODEL")
        for kind, target in found.items()
        if kind not in _BUILT_IN
    }


def _is_address(spec: str) -> bool:
    """Return whether a spec looks like a server's address without its scheme: ``localhost:8000/v1``."""
    return re.fullmatch(r"(?:[\w.-]+|\[[\da-fA-F:]+\])(?::\d+(?:/.*)?|/v\d.*)", spec) is not None


def _forms() -> str:
    *first, last = (entry.form for entry in engine_entries())
    return f"{', '.join(first)} or {last}"


def _is_installed(package: str) -> bool:
    spec = find_spec(package)
    return spec is not None and spec.origin is not None  # no origin: only a folder of that name


__all__ = [
    "EngineEntry",
    "chosen_spec",
    "create_backend",
    "engine_entries",
    "engine_entry",
    "resolve_spec",
]
