"""The simulated engine: scripted answers in the time that a measured engine would take."""

from __future__ import annotations

from .backend import ReplayBackend

__all__ = ["ReplayBackend"]
