"""Routers: which strategy answers a question."""

from __future__ import annotations

from ..errors import ConfigError
from .base import Router
from .rules import RulesRouter
from .trained import HybridRouter, TrainedRouter

_ROUTERS = {router.name: router for router in (HybridRouter, RulesRouter, TrainedRouter)}
ROUTER_NAMES = tuple(_ROUTERS)
DEFAULT_ROUTER = HybridRouter.name


def make_router(name: str = DEFAULT_ROUTER) -> Router:
    """The router of that name.

    Args:
        name: One of `ROUTER_NAMES`.

    Raises:
        ConfigError: There is no such router.
    """
    if name not in _ROUTERS:
        raise ConfigError(f"no router {name!r}: it must be one of {', '.join(ROUTER_NAMES)}")
    return _ROUTERS[name]()


__all__ = [
    "DEFAULT_ROUTER",
    "ROUTER_NAMES",
    "HybridRouter",
    "Router",
    "RulesRouter",
    "TrainedRouter",
    "make_router",
]
