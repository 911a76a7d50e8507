"""Engines of the stages, made of what a caller names: specs, backend objects, descriptions.

A key is for one server. A stage's server gets the main server's key, headers and limits only where scheme,
host and port are the same; any other has its own key, from its settings or its environment variable, or none.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast
from urllib.parse import urlsplit

from ..errors import ConfigError
from ..options.checks import check_engine_settings
from ..registry import create_backend, engine_entry, resolve_spec
from ..types import Backend
from .shared import SharedEngine, Stages

STAGE_NAMES = ("route", "skeleton", "points")
"""Names of the stages that can have an engine of their own."""
KEY_VARIABLES: Mapping[str, str] = {
    "route": "SOT_ROUTE_API_KEY",
    "skeleton": "SOT_SKELETON_API_KEY",
    "points": "SOT_POINT_API_KEY",
}
"""Environment variables with the key of a stage's server."""
_OF_ANY_SERVER = ("max_retries", "connect_timeout", "first_token_timeout", "between_token_timeout")
_OF_ONE_SERVER = (
    *("api_key", "headers", "session_header", "session_field", "priority"),
    *("rate_limit", "requests_per_minute", "tokens_per_minute", "burst"),  # which providers count by model
)
_FIELDS = frozenset({"backend", "model", "settings"})
_HOSTED = "https://api.openai.com/v1"
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class StageEngine:
    """Description of a stage's engine.

    Args:
        backend: A backend spec, or an object with the methods of `sot.types.Backend`, which stays the
            caller's to close; ``None``: the main backend's spec.
        model: The model's name, where the spec does not contain it.
        settings: Settings of the engine that the spec names, such as ``{"api_key": …}``.
    """

    backend: str | Backend | None = None
    model: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])


StageSpec = str | Backend | StageEngine | Mapping[str, Any]
"""A backend spec, a backend object, or a description of the engine as an object or a mapping."""


def make_stages(
    given: Mapping[str, StageSpec] | None, main: StageEngine, backend: Backend, *, limit: int
) -> Stages:
    """Make the engines of the stages. Nothing is loaded or contacted yet.

    Stages that name the same engine share it; one that names the main engine is left out.

    Args:
        given: What the caller named, by stage.
        main: What the caller named as main engine.
        backend: The main engine.
        limit: Most requests in flight at each engine.

    Raises:
        ConfigError: There is no such stage, or a spec or setting is invalid.
        MissingDependencyError: An engine's packages are not installed.
    """
    engines: dict[str, SharedEngine] = {}
    made: list[tuple[StageEngine, SharedEngine]] = []
    for name, spec in (given or {}).items():
        wanted = _read(name, spec)
        if not isinstance(wanted.backend, str | None):
            if wanted.backend is not backend:
                engines[name] = _given(wanted.backend, engines, limit)
            continue
        wanted = _resolved(name, wanted, main)
        if _is_main(wanted, main):
            continue
        shared = next((engine for known, engine in made if known == wanted), None)
        if shared is None:
            shared = SharedEngine(
                create_backend(cast("str", wanted.backend), model=wanted.model, **wanted.settings),
                limit=limit,
                own=True,
                shown=wanted.model or cast("str", wanted.backend),
            )
            made.append((wanted, shared))
        engines[name] = shared
    return Stages(engines)


def has_objects(given: Mapping[str, StageSpec] | None) -> bool:
    """Whether a stage's engine was given as an object that is for one event loop."""
    backends = (_read(name, spec).backend for name, spec in (given or {}).items())
    return any(
        not isinstance(backend, str | None) and not getattr(backend, "any_loop", False)
        for backend in backends
    )


def same_server(one: str, other: str) -> bool:
    """Whether two addresses name one server: the same scheme, host and port."""
    return (first := _origin(one)) is not None and first == _origin(other)


def _read(name: str, spec: StageSpec) -> StageEngine:
    """Return the description of a stage's engine.

    Raises:
        ConfigError: There is no such stage, or it is no description.
    """
    if name not in STAGE_NAMES:
        raise ConfigError(f"no stage {name!r}: it must be one of {', '.join(STAGE_NAMES)}")
    if isinstance(spec, StageEngine):
        check_engine_settings(f"settings of the stage {name}", spec.settings)
        if isinstance(spec.backend, str | None):
            return replace(spec, settings=spec.settings or {})
        return replace(spec, backend=_read(name, spec.backend).backend)
    if isinstance(spec, Mapping):
        if unknown := sorted(set(map(str, spec)) - _FIELDS):
            raise ConfigError(
                f"the stage {name} has no {unknown[0]!r}: it takes {', '.join(sorted(_FIELDS))}"
            )
        return _read(name, StageEngine(**spec))
    if isinstance(spec, str):
        return StageEngine(spec)
    if not callable(getattr(spec, "stream", None)):
        raise ConfigError(f"the stage {name} takes a backend spec, a backend object or a StageEngine")
    return StageEngine(spec)


def _given(backend: Backend, engines: Mapping[str, SharedEngine], limit: int) -> SharedEngine:
    known = (engine for engine in engines.values() if engine.backend is backend)
    return next(known, None) or SharedEngine(backend, limit=limit, own=False)


def _resolved(name: str, wanted: StageEngine, main: StageEngine) -> StageEngine:
    """Return a description with its spec, and the settings of the main server that are for it, too.

    Raises:
        ConfigError: The stage has no spec, and the main engine was given as an object.
    """
    spec = cast("str | None", wanted.backend)
    if spec is None:
        if not isinstance(main.backend, str | None):
            raise ConfigError(
                f"the stage {name} has no backend, and the main one is an object without a spec"
            )
        spec = resolve_spec(main.backend)
    spec = spec.strip()
    settings = dict(wanted.settings)
    if engine_entry(spec).remote:
        settings = _for_server(name, spec, settings, main)
    return StageEngine(spec, wanted.model, settings)


def _for_server(name: str, spec: str, own: Mapping[str, Any], main: StageEngine) -> dict[str, Any]:
    """Return the settings of a stage's server; see the module for its key."""
    server = resolve_spec(main.backend) if isinstance(main.backend, str | None) else ""
    inherited = {each: main.settings[each] for each in _OF_ANY_SERVER if each in main.settings}
    if same_server(spec, server):
        inherited |= {each: main.settings[each] for each in _OF_ONE_SERVER if each in main.settings}
    settings = {**inherited, **own}
    if "api_key" not in own and (key := os.environ.get(KEY_VARIABLES[name], "").strip()):
        settings["api_key"] = key
    if "api_key" not in settings and not _is_for(spec, server):
        settings["api_key"] = ""  # or the engine would take OPENAI_API_KEY, which is another server's
    return settings


def _is_for(spec: str, server: str) -> bool:
    """Whether ``OPENAI_API_KEY`` is the key of a server: the main one, or else the one it stands beside."""
    if _origin(server) is not None:
        return same_server(spec, server)
    return same_server(spec, os.environ.get("OPENAI_BASE_URL", "").strip() or _HOSTED)


def _is_main(wanted: StageEngine, main: StageEngine) -> bool:
    if not isinstance(main.backend, str | None) or wanted.backend != resolve_spec(main.backend):
        return False
    if wanted.model not in (None, main.model):
        return False
    own = {each: value for each, value in wanted.settings.items() if main.settings.get(each) != value}
    return not own


def _origin(address: str) -> tuple[str, str, int | None] | None:
    try:
        parts = urlsplit(address.strip())
        port = parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not parts.hostname:
        return None
    return scheme, parts.hostname, port or _PORTS[scheme]
