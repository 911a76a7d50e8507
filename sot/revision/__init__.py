"""Revision of a skeleton answer by its points: what is new or changed is written, the rest is kept."""

from __future__ import annotations

from .plan import MOST_POINTS, MOST_TITLE_CHARS, Revision, plan_revision
from .stream import REVISED, stream_revision

__all__ = ["MOST_POINTS", "MOST_TITLE_CHARS", "REVISED", "Revision", "plan_revision", "stream_revision"]
