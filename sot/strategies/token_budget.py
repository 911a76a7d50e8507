"""Token budget of an answer: the division of ``max_answer_tokens`` among its requests."""

from __future__ import annotations

from dataclasses import dataclass

from ..options import Options
from ..prompting.plan import NO_WISHES, Plan

_LEAST_SKELETON = 32  # tokens; fewer do not hold two titles
_POINT_ROOM = 64  # tokens that each point should have before the skeleton may have another
_LEAST_POINT = 24  # tokens; fewer do not hold a sentence
_TITLE = 8  # tokens of one title with its number


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


def split_budget(options: Options, plan: Plan = NO_WISHES) -> TokenBudget:
    """Divide ``options.max_answer_tokens`` between the skeleton and the points.

    The first point starts before the number of points is known, so that number is limited first, and each
    point gets an equal share: together they cannot exceed the limit.

    Args:
        options: The caller's settings.
        plan: The asker's wishes, with the number of points.
    """
    limit = options.max_answer_tokens
    least, most = plan.points(options.min_points, options.max_points)
    if limit is None:
        return TokenBudget(options.max_skeleton_tokens, most, options.max_point_tokens, False)
    skeleton = _skeleton_tokens(options, limit, least)
    rest = max(1, limit - skeleton)
    points = min(most, max(least, rest // _POINT_ROOM))
    point = max(1, min(options.max_point_tokens, rest // points))
    return TokenBudget(skeleton, points, point, point < options.max_point_tokens)


def most_points(options: Options) -> int:
    """Return the most points that the settings allow, each with room for a sentence."""
    limit = options.max_answer_tokens
    if limit is None:
        return options.max_points
    rest = limit - _skeleton_tokens(options, limit, options.min_points)
    fits = min(rest // _LEAST_POINT, limit // (_TITLE + _LEAST_POINT))
    return min(options.max_points, max(options.min_points, fits))


def _skeleton_tokens(options: Options, limit: int, points: int) -> int:
    titles = min(_TITLE * points, limit // 2)
    return min(options.max_skeleton_tokens, max(_LEAST_SKELETON, titles, limit // 4))
