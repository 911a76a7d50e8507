"""Findings about an engine: a value for a capability, with the evidence in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Findings = Mapping[str, tuple[Any, str]]
"""Value and evidence by field of `sot.types.BackendInfo`."""


def value_of(findings: Findings, field: str, default: Any = None) -> Any:
    """Return the value that was found for a field, or the default."""
    return findings[field][0] if field in findings else default
