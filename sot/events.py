"""Events of an answer in progress, as `sot.SkeletonOfThought.stream` yields them.

`TextDelta` alone carries the reader's text, in order and without gaps; the point events report the parallel
work behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .types import Answer, Point, PointAnswer, Route, StageFailure, Usage


@dataclass(frozen=True, slots=True)
class Routed:
    """Choice of the strategy."""

    route: Route


@dataclass(frozen=True, slots=True)
class PointFound:
    """Discovery of one more point in the skeleton, ``at_s`` seconds after the question arrived."""

    point: Point
    at_s: float


@dataclass(frozen=True, slots=True)
class PointStarted:
    """Start of a point's request; ``attempt`` is 1, or 2 for the repair.

    A repair replaces the text of the first attempt, unless ``continues`` is true.
    """

    index: int
    attempt: int = 1
    continues: bool = False


@dataclass(frozen=True, slots=True)
class PointDelta:
    """New text of a point, as the engine sends it, before any trimming."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class PointFinished:
    """Completion of a point, or its final failure (``point.status == "missing"``)."""

    point: PointAnswer


@dataclass(frozen=True, slots=True)
class SkeletonFinished:
    """End of the skeleton, ``at_s`` seconds after the question arrived; ``usage`` is its request's."""

    points: tuple[Point, ...]
    usage: Usage
    at_s: float


@dataclass(frozen=True, slots=True)
class OpeningFinished:
    """End of the opening, ``at_s`` seconds after the question arrived.

    Normal decoding writes it beside the skeleton. After a fallback (`FellBack`) there is no such event: that
    request goes on.

    Args:
        text: The opening, or the whole answer where that is all; may be empty.
        followed_by: ``points``: the request was ended, and the points follow. ``answer``: normal decoding
            ended by itself before enough points were known; its text is the answer, and the skeleton and its
            points were given up. ``failed``: the request failed; the points follow.
        reason: The reason, in one line.
        at_s: Seconds since the question arrived.
    """

    text: str
    followed_by: Literal["points", "answer", "failed"]
    reason: str
    at_s: float


@dataclass(frozen=True, slots=True)
class TextDelta:
    """Next piece of the ordered answer text."""

    text: str


@dataclass(frozen=True, slots=True)
class FellBack:
    """Fallback from the skeleton to normal decoding of the same question."""

    reason: str


@dataclass(frozen=True, slots=True)
class StageReplaced:
    """Failure of a stage's own engine; the main engine writes what it should have.

    After that of a skeleton the points found so far are void.
    """

    failure: StageFailure


@dataclass(frozen=True, slots=True)
class Finished:
    """Completion of the answer; always the last event."""

    answer: Answer


Event = (
    Routed
    | PointFound
    | SkeletonFinished
    | PointStarted
    | PointDelta
    | PointFinished
    | OpeningFinished
    | TextDelta
    | FellBack
    | StageReplaced
    | Finished
)


__all__ = [
    "Event",
    "FellBack",
    "Finished",
    "OpeningFinished",
    "PointDelta",
    "PointFinished",
    "PointFound",
    "PointStarted",
    "Routed",
    "SkeletonFinished",
    "StageReplaced",
    "TextDelta",
]
