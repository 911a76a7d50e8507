"""Simulated engine: scripted completions at the speed of a measured engine profile."""

from __future__ import annotations

from .backend import ReplayBackend

__all__ = ["ReplayBackend"]
