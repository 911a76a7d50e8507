"""Stages of an answer on engines of their own: which engine serves which stage, and what it cost."""

from __future__ import annotations

from .engines import AnswerEngines, EngineOfAnswer
from .make import STAGE_NAMES, StageEngine, StageSpec, make_stages
from .shared import SharedEngine, Stages

__all__ = [
    "STAGE_NAMES",
    "AnswerEngines",
    "EngineOfAnswer",
    "SharedEngine",
    "StageEngine",
    "StageSpec",
    "Stages",
    "make_stages",
]
