"""Ruling of wishes over a route: what was asked for comes before the look of the question."""

from __future__ import annotations

from dataclasses import replace

from ...types import Route
from .wishes import Wishes

_CONFIDENCE = 0.95  # of a route that a wish decides


def ruled(route: Route, wishes: Wishes) -> Route:
    """Return the route, changed to normal decoding where the strategy cannot fulfil the wishes.

    Args:
        route: The route by the look of the question.
        wishes: The conversation's wishes.
    """
    against = wishes.against_steps() if route.strategy == "cot" else wishes.against_points()
    if against is not None and route.strategy in ("skeleton", "normal", "cot"):
        return replace(route, strategy="normal", confidence=_CONFIDENCE, reason=against)
    if route.strategy == "skeleton" and (asked := wishes.describe()):
        return replace(route, reason=f"{route.reason}; asked for: {asked}")
    return route
