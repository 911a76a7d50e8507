"""Routers, which choose the strategy that answers a question."""

from __future__ import annotations

from ..admission import Admission
from ..errors import ConfigError
from ..options import Options
from ..stages.shared import SharedEngine
from ..types import Backend
from .base import Router, RouterHooks
from .hybrid import WEIGHTS, HybridRouter, TrainedRouter, load_model
from .items.judge import load_all as load_item_words
from .llm import LlmRouter
from .rules import RulesRouter
from .rules.router import load_all as load_rules
from .wishes.languages import load_all

_LOCAL = {router.name: router for router in (HybridRouter, RulesRouter, TrainedRouter)}
ROUTER_NAMES = (*_LOCAL, LlmRouter.name)
DEFAULT_ROUTER = HybridRouter.name


def make_router(
    name: str = DEFAULT_ROUTER,
    *,
    backend: Backend | None = None,
    options: Options | None = None,
    admission: Admission | None = None,
    engine: SharedEngine | None = None,
) -> Router:
    """Make the router of a name.

    Args:
        name: One of `ROUTER_NAMES`.
        backend: The engine, for ``llm`` only.
        options: Prompt pack and further request fields, for ``llm`` only.
        admission: Admission control that the requests go through, for ``llm`` only.
        engine: Engine of the stage ``route``, for ``llm`` only, in place of the two.

    Raises:
        ConfigError: There is no such router, or ``llm`` has no backend.
    """
    if name in _LOCAL:
        return _LOCAL[name]()
    if name != LlmRouter.name:
        raise ConfigError(f"no router {name!r}: it must be one of {', '.join(ROUTER_NAMES)}")
    if backend is None:
        raise ConfigError("the router llm asks a model: give it a backend")
    return LlmRouter(backend, options=options, admission=admission, engine=engine)


def warm_up() -> None:
    """Load the default router's weights and patterns, which the first question would wait for."""
    load_model(WEIGHTS / f"{HybridRouter.name}.bin")
    load_all()
    load_rules()
    load_item_words()


__all__ = [
    "DEFAULT_ROUTER",
    "ROUTER_NAMES",
    "HybridRouter",
    "LlmRouter",
    "Router",
    "RouterHooks",
    "RulesRouter",
    "TrainedRouter",
    "make_router",
    "warm_up",
]
