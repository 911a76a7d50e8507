"""Stages of an answer on engines of their own: which engine serves which stage, and what it cost."""

from __future__ import annotations

from .make import STAGE_NAMES, StageEngine, StageSpec

__all__ = [
    "STAGE_NAMES",
    "StageEngine",
    "StageSpec",
]
