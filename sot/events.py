"""What happens while an answer is made, in the order it happens.

`TextDelta` alone carries the reader's text, in order and without gaps; the point events show the
parallel work for those who want to watch it.
"""

from __future__ import annotations

from dataclasses import dataclass

from .types import Answer, Point, PointAnswer, Route, Usage


@dataclass(frozen=True, slots=True)
class Routed:
    """The strategy is chosen."""

    route: Route


@dataclass(frozen=True, slots=True)
class PointFound:
    """The skeleton has one more point; ``at_s`` is seconds since the question arrived."""

    point: Point
    at_s: float


@dataclass(frozen=True, slots=True)
class PointStarted:
    """The request for a point is on its way; ``attempt`` is 1, or 2 for a repair.

    A repair starts the point's text again unless ``continues`` is true.
    """

    index: int
    attempt: int = 1
    continues: bool = False


@dataclass(frozen=True, slots=True)
class PointDelta:
    """New text of a point, as the engine produces it, before any trimming."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class PointFinished:
    """A point is complete, or given up (``point.status == "missing"``)."""

    point: PointAnswer


@dataclass(frozen=True, slots=True)
class SkeletonFinished:
    """The skeleton is complete; ``usage`` is that of its request."""

    points: tuple[Point, ...]
    usage: Usage
    at_s: float


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the one ordered answer."""

    text: str


@dataclass(frozen=True, slots=True)
class FellBack:
    """The skeleton was given up; the same question is now decoded normally."""

    reason: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer is complete. Always the last event."""

    answer: Answer


Event = (
    Routed
    | PointFound
    | SkeletonFinished
    | PointStarted
    | PointDelta
    | PointFinished
    | TextDelta
    | FellBack
    | Finished
)
