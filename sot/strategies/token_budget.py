"""Token budget of an answer: the division of ``max_answer_tokens`` among its requests."""

from __future__ import annotations

from dataclasses import dataclass

from ..options import Options

_LEAST_SKELETON = 32  # tokens; fewer do not hold two titles
_POINT_ROOM = 64  # tokens that each point should have before the skeleton may have another


@dataclass(frozen=True, slots=True)
class TokenBudget:
    """Limits of the requests of one answer.

    Args:
        skeleton_tokens: Most completion tokens of the skeleton request.
        max_points: Most points.
        point_tokens: Most completion tokens of one point.
        tight: Whether ``max_answer_tokens`` limits the points more than ``max_point_tokens`` does.
    """

    skeleton_tokens: int
    max_points: int
    point_tokens: int
    tight: bool


def split_budget(options: Options) -> TokenBudget:
    """Divide ``options.max_answer_tokens`` between the skeleton and the points.

    The first point starts before the number of points is known, so that number is limited first, and each
    point gets an equal share: together they cannot exceed the limit.
    """
    limit = options.max_answer_tokens
    if limit is None:
        return TokenBudget(options.max_skeleton_tokens, options.max_points, options.max_point_tokens, False)
    skeleton = min(options.max_skeleton_tokens, max(_LEAST_SKELETON, limit // 4))
    rest = max(1, limit - skeleton)
    points = min(options.max_points, max(options.min_points, rest // _POINT_ROOM))
    point = max(1, min(options.max_point_tokens, rest // points))
    return TokenBudget(skeleton, points, point, point < options.max_point_tokens)
