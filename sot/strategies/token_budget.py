"""Keeps a whole answer, made by many requests, within one limit of completion tokens."""

from __future__ import annotations

from dataclasses import dataclass

from ..options import Options

_LEAST_SKELETON = 32  # tokens: less does not hold two titles
_POINT_ROOM = 64  # tokens: a point gets at least this before another point is allowed


@dataclass(frozen=True, slots=True)
class Shares:
    """How the limit is divided.

    Args:
        skeleton_tokens: Limit of the skeleton request.
        max_points: Most points.
        point_tokens: Limit of one point.
        tight: The limit, not the caller's other settings, decides a point's length.
    """

    skeleton_tokens: int
    max_points: int
    point_tokens: int
    tight: bool


def shares(options: Options) -> Shares:
    """Divide ``options.max_answer_tokens`` between the skeleton and the points.

    How many points there will be is not known when the first one starts, so the number of points is
    limited first, and each gets an equal share: together they cannot exceed the limit.

    Args:
        options: The caller's settings.
    """
    limit = options.max_answer_tokens
    if limit is None:
        return Shares(options.max_skeleton_tokens, options.max_points, options.max_point_tokens, False)
    skeleton = min(options.max_skeleton_tokens, max(_LEAST_SKELETON, limit // 4))
    rest = max(1, limit - skeleton)
    points = min(options.max_points, max(options.min_points, rest // _POINT_ROOM))
    point = max(1, min(options.max_point_tokens, rest // points))
    return Shares(skeleton, points, point, point < options.max_point_tokens)
