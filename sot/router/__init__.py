"""Routers: which strategy answers a question."""

from __future__ import annotations

from .base import Router
from .rules import RulesRouter

__all__ = ["Router", "RulesRouter"]
