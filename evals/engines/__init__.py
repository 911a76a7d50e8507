"""Engines of earlier runs, by the backend specs that were written down then."""

from __future__ import annotations

from sot.errors import ConfigError
from sot.registry import engine_entry


def is_simulated(spec: str) -> bool:
    """Return whether a spec's engine has simulated times; ``False`` where the engine is no longer known."""
    try:
        return engine_entry(spec).simulated
    except ConfigError:
        return False
