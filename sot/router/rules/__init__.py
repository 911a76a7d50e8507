"""Rules router: one rule table for each language."""

from __future__ import annotations

from .router import RulesRouter

__all__ = ["RulesRouter"]
