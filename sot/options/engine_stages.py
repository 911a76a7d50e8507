"""Stages of requests by the names that settings have for them."""

from __future__ import annotations

from collections.abc import Mapping

_NAMES: Mapping[str, str] = {
    "route": "route",
    "skeleton": "skeleton",
    "point": "points",
    "closing": "points",
    "values": "points",
    "field": "points",
    "item": "points",
}


def setting_stage(stage: str) -> str | None:
    """Return the name in settings of a request's stage; ``None`` for one that is always the main engine's.

    Args:
        stage: The request's stage, by the names of `sot.types.GenerateConfig`.
    """
    return _NAMES.get(stage)


__all__ = ["setting_stage"]
