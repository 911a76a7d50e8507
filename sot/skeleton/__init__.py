"""Incremental skeleton parser: a streamed numbered list in, points out as soon as each is certain."""

from __future__ import annotations

from .parser import SkeletonParser, parse_skeleton

__all__ = ["SkeletonParser", "parse_skeleton"]
