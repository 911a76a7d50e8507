"""Methods to answer that are compared, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sot.errors import ConfigError

METHODS: Mapping[str, Mapping[str, Any]] = {
    "normal": {"strategy": "normal"},
    "skeleton": {"strategy": "skeleton", "pipeline": True},
    "skeleton-no-opening": {"strategy": "skeleton", "opening": False},
    "skeleton-wait": {"strategy": "skeleton", "pipeline": False},
    "skeleton-compact": {"strategy": "skeleton", "style": "compact"},
    "skeleton-paper": {"strategy": "skeleton", "pipeline": False, "style": "paper", "opening": False},
    "cot": {"strategy": "cot"},
    "plan": {"strategy": "plan"},
    "fields": {"strategy": "fields"},
    "items": {"strategy": "items"},
    "auto": {"strategy": "auto"},
    "auto-llm": {"strategy": "auto"},
    "auto-llm-hedge": {"strategy": "auto", "route": "hedge"},
    "skeleton-waiting": {"strategy": "skeleton", "pipeline": False},
}
OLD_NAMES = frozenset({"skeleton-waiting"})  # of skeleton-wait; taken, but not offered
BASELINE = "normal"


def is_skeleton(method: str) -> bool:
    """Whether a method writes a skeleton and points."""
    return METHODS[method]["strategy"] == "skeleton"


def has_parts(method: str) -> bool:
    """Return whether a method writes parts beside one another: points, fields, items."""
    return METHODS[method]["strategy"] in ("skeleton", "fields", "items")


def runs_in_stages(method: str) -> bool:
    """Return whether no request of a method starts before those of an earlier stage are complete."""
    return not is_routed(method) and METHODS[method]["strategy"] != "skeleton"


def is_routed(method: str) -> bool:
    """Whether a router chooses the strategy."""
    return METHODS[method]["strategy"] == "auto"


def router_of(method: str) -> str:
    """Return the router that a method asks: the local one, or the model."""
    return "llm" if "llm" in method else "hybrid"


def parse_methods(text: str) -> list[str]:
    """Parse names of `METHODS` with commas between; those named twice count once."""
    methods = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    unknown = [name for name in methods if name not in METHODS]
    if unknown or not methods:
        raise ConfigError(f"unknown method {', '.join(unknown)!r}: known are {', '.join(METHODS)}")
    return methods


def baseline_of(methods: Sequence[str]) -> str:
    """Return what the others are compared with: normal decoding, or else the first method."""
    return BASELINE if BASELINE in methods else methods[0]
