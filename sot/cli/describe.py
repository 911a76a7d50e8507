"""Routes, fall-backs and notes as lines for people."""

from __future__ import annotations

from ..events import FellBack
from ..terminal import one_line
from ..types import Route

CUT_NOTE = "the token limit cut the answer; see --max-tokens"


def describe_route(route: Route) -> str:
    """A route in one line for people."""
    sure = f"{min(route.confidence, 0.99):.0%} sure"
    return f"{route.strategy}: {one_line(route.reason)} ({one_line(route.router)}, {sure})"


def describe_fall_back(event: FellBack) -> str:
    """A fall-back in one line for people."""
    return f"fell back to normal decoding: {one_line(event.reason)}"
