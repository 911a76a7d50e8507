"""The setting ``adapter``: the adapter (LoRA) of each stage of an answer."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import cast

from ..errors import ConfigError
from ..types import NO_ADAPTER, BackendInfo
from .checks import shown
from .engine_stages import setting_stage

ADAPTER_STAGES = ("skeleton", "points", "normal", "route")
"""Keys of the setting ``adapter``, each for some stages of `sot.types.GenerateConfig`."""

_LONGEST = 512  # characters of a name, as of a model's


def check_adapter(value: object) -> None:
    """Require the name of an adapter, or names by stage.

    Raises:
        ConfigError: It is something else.
    """
    if value is None:
        return
    if not isinstance(value, Mapping):
        _check_name("adapter", value)
        return
    for stage, name in cast("Mapping[object, object]", value).items():
        if stage not in ADAPTER_STAGES:
            known = ", ".join(ADAPTER_STAGES)
            raise ConfigError(f"adapter has the stage {shown(stage)}; it must be one of {known}")
        _check_name(f"adapter of {stage}", name)


def adapter_of(adapter: str | Mapping[str, str] | None, stage: str) -> str | None:
    """Return the adapter of a request; ``None`` leaves it to the engine.

    Args:
        adapter: The setting.
        stage: The request's stage, by the names of `sot.types.GenerateConfig`.
    """
    return adapter.get(setting_stage(stage) or "normal") if isinstance(adapter, Mapping) else adapter


def check_known(
    adapter: str | Mapping[str, str] | None, info: BackendInfo, elsewhere: Container[str] = ()
) -> None:
    """Require adapters that the engine has, as far as it tells.

    Args:
        adapter: The setting, or the name of one request's adapter.
        info: The engine.
        elsewhere: Keys of the setting whose stages are on other engines.

    Raises:
        ConfigError: It has none of that name; the message lists those that it has.
    """
    known = info.adapters
    if adapter is None or known is None:
        return
    if isinstance(adapter, Mapping):
        names = [name for stage, name in adapter.items() if stage not in elsewhere]
    else:
        names = [adapter]
    for name in names:
        if name != NO_ADAPTER and name not in known:
            raise ConfigError(unknown_adapter(name, known))


def unknown_adapter(name: str, known: tuple[str, ...]) -> str:
    """Return the message for a name that an engine does not have."""
    has = f"it has {', '.join(known)}" if known else "it has none"
    return f"the engine has no adapter {shown(name)}: {has}"


def _check_name(what: str, value: object) -> None:
    if not isinstance(value, str) or not value.strip() or not value.isprintable() or len(value) > _LONGEST:
        raise ConfigError(f"{what} is {shown(value)}; it must be the name of an adapter, or {NO_ADAPTER!r}")
