"""The policies that are compared under load, by name."""

from __future__ import annotations

from typing import Literal

from sot.errors import ConfigError

Policy = Literal["normal", "skeleton", "adaptive"]
POLICIES: tuple[Policy, ...] = ("normal", "skeleton", "adaptive")


def parse_policies(text: str) -> list[Policy]:
    """Policies written with commas; those named twice count once.

    Args:
        text: Names of `POLICIES`.

    Raises:
        ConfigError: There is none, or one that is unknown.
    """
    wanted = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in POLICIES]
    if unknown or not wanted:
        raise ConfigError(f"unknown policy {', '.join(unknown)!r}: known are {', '.join(POLICIES)}")
    return [policy for policy in POLICIES if policy in wanted]
