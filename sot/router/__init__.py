"""Routers: which strategy answers a question."""

from __future__ import annotations

from ..admission import InFlight
from ..errors import ConfigError
from ..options import Options
from ..types import Backend
from .base import Router
from .hybrid import HybridRouter, TrainedRouter
from .llm import LlmRouter
from .rules import RulesRouter

_LOCAL = {router.name: router for router in (HybridRouter, RulesRouter, TrainedRouter)}
ROUTER_NAMES = (*_LOCAL, LlmRouter.name)
DEFAULT_ROUTER = HybridRouter.name


def make_router(
    name: str = DEFAULT_ROUTER,
    *,
    backend: Backend | None = None,
    options: Options | None = None,
    in_flight: InFlight | None = None,
) -> Router:
    """The router of that name.

    Args:
        name: One of `ROUTER_NAMES`.
        backend: The engine that ``llm`` asks; the others need none.
        options: See `LlmRouter`.
        in_flight: See `LlmRouter`.

    Raises:
        ConfigError: There is no such router, or it needs a backend.
    """
    if name in _LOCAL:
        return _LOCAL[name]()
    if name != LlmRouter.name:
        raise ConfigError(f"no router {name!r}: it must be one of {', '.join(ROUTER_NAMES)}")
    if backend is None:
        raise ConfigError("the router llm asks a model: give it a backend")
    return LlmRouter(backend, options=options, in_flight=in_flight)


__all__ = [
    "DEFAULT_ROUTER",
    "ROUTER_NAMES",
    "HybridRouter",
    "LlmRouter",
    "Router",
    "RulesRouter",
    "TrainedRouter",
    "make_router",
]
