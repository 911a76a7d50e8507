"""Token budget of an answer: the division of ``max_answer_tokens`` among its requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..options import Options
from ..prompting.plan import NO_WISHES, Plan

_LEAST_SKELETON = 32  # tokens; fewer do not hold two titles
_POINT_ROOM = 64  # tokens that each point should have before the skeleton may have another
_LEAST_POINT = 24  # tokens; fewer do not hold a sentence
_OPENING = 128  # tokens of normal decoding before enough points are known; an opening has about 50
_CLOSING = 96  # tokens of a closing sentence or two
_LEAST_PARTS = 4  # opening and closing together may take at most one part of so many of ``max_answer_tokens``
_TITLE = 8  # tokens of one title with its number


@dataclass(frozen=True, slots=True)
class TokenBudget:
    """Limits of the requests of one answer.

    Args:
        skeleton_tokens: Most completion tokens of the skeleton request.
        max_points: Most points.
        point_tokens: Most completion tokens of one point.
        tight: Whether ``max_answer_tokens`` limits the points more than ``max_point_tokens`` does.
        opening_tokens: Most completion tokens of the opening's request before enough points are known, where
            ``max_answer_tokens`` limits the answer; 0: no opening.
        closing_tokens: Most completion tokens of the closing; 0: none.
    """

    skeleton_tokens: int
    max_points: int
    point_tokens: int
    tight: bool
    opening_tokens: int = 0
    closing_tokens: int = 0


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
        opening, closing = _OPENING * options.opening, _CLOSING * options.closing
        return TokenBudget(
            options.max_skeleton_tokens, most, options.max_point_tokens, False, opening, closing
        )
    skeleton = _skeleton_tokens(options, limit, least)
    opening, closing = _around(options, limit, skeleton + least * _POINT_ROOM)
    rest = max(1, limit - skeleton - opening - closing)
    points = min(most, max(least, rest // _POINT_ROOM))
    point = max(1, min(options.max_point_tokens, rest // points))
    return TokenBudget(skeleton, points, point, point < options.max_point_tokens, opening, closing)


def part_tokens(options: Options, parts: int) -> int:
    """Return the most completion tokens of each of some parts that share ``max_answer_tokens`` equally."""
    limit = options.max_answer_tokens
    if limit is None or not parts:
        return options.max_point_tokens
    return max(1, min(options.max_point_tokens, limit // parts))


def item_tokens(options: Options, wanted: Sequence[int], least: Sequence[int]) -> list[int] | None:
    """Divide ``max_answer_tokens`` among the answers to given items.

    Each gets what it needs at least, and an equal share of the rest up to what it may have at most.

    Args:
        options: The caller's settings.
        wanted: Most completion tokens of each answer without that limit.
        least: Fewest completion tokens that each answer needs.

    Returns:
        The most completion tokens of each answer; ``None`` where the limit is too low for all of them.
    """
    limit = options.max_answer_tokens
    if limit is None:
        return list(wanted)
    rest = limit - sum(least)
    if rest < 0:
        return None
    share = rest // max(len(least), 1)
    return [min(most, fewest + share) for most, fewest in zip(wanted, least, strict=True)]


def most_points(options: Options) -> int:
    """Return the most points that the settings allow, each with room for a sentence."""
    limit = options.max_answer_tokens
    if limit is None:
        return options.max_points
    rest = limit - _skeleton_tokens(options, limit, options.min_points)
    fits = min(rest // _LEAST_POINT, limit // (_TITLE + _LEAST_POINT))
    return min(options.max_points, max(options.min_points, fits))


def _around(options: Options, limit: int, needed: int) -> tuple[int, int]:
    """Return the tokens of opening and closing: 0 where a limit leaves no room for them beside the points."""
    room = min(limit // _LEAST_PARTS, limit - needed)
    opening = _OPENING if options.opening and room >= _OPENING else 0
    closing = _CLOSING if options.closing and room >= opening + _CLOSING else 0
    return opening, closing


def _skeleton_tokens(options: Options, limit: int, points: int) -> int:
    titles = min(_TITLE * points, limit // 2)
    return min(options.max_skeleton_tokens, max(_LEAST_SKELETON, titles, limit // 4))
