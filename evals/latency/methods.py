"""The ways to answer that are compared, by name."""

from __future__ import annotations

from collections.abc import Mapping
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
    "skeleton-waiting": {"strategy": "skeleton", "pipeline": False},
}
OLD_NAMES = frozenset({"skeleton-waiting"})  # of skeleton-wait; taken, but not offered
BASELINE = "normal"


def is_skeleton(method: str) -> bool:
    """Whether a method writes a skeleton and points.

    Args:
        method: A name of `METHODS`.
    """
    return METHODS[method]["strategy"] == "skeleton"


def parse_methods(text: str) -> list[str]:
    """Methods written with commas; those named twice count once.

    Args:
        text: Names of `METHODS`.

    Raises:
        ConfigError: There is none, or one that is unknown.
    """
    methods = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    unknown = [name for name in methods if name not in METHODS]
    if unknown or not methods:
        raise ConfigError(f"unknown method {', '.join(unknown)!r}: known are {', '.join(METHODS)}")
    return methods


def baseline_of(methods: list[str]) -> str:
    """What the others are compared with: normal decoding, or else the first method.

    Args:
        methods: The methods of a run.
    """
    return BASELINE if BASELINE in methods else methods[0]
