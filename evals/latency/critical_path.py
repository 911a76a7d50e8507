"""What a skeleton answer's time would be if nobody waited for anybody, from the times its events show.

A point cannot begin before its line of the skeleton is known and the points whose texts it needs are
complete, and then takes as long as its own request does. The latest end of any point is the critical path:
the skeleton up to a line, and the longest chain of points from there. Whatever the answer took beyond it was
waiting.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sot.events import Event, Finished, PointFound
from sot.types import PointAnswer


@dataclass(frozen=True, slots=True)
class PointSpan:
    """When a point lived, in seconds since the question arrived.

    Args:
        index: The point's number, from 1.
        found_s: Its line of the skeleton was complete.
        started_s: Its request was sent.
        first_text_s: Its first text came; ``None`` where there was none.
        finished_s: It was complete.
        tokens: Its completion tokens.
        needs: The earlier points whose texts it was written after.
    """

    index: int
    found_s: float
    started_s: float
    first_text_s: float | None
    finished_s: float
    tokens: int = 0
    needs: tuple[int, ...] = ()

    @property
    def own_s(self) -> float:
        """Seconds that the point's own request took, its prompt included."""
        return self.finished_s - self.started_s


@dataclass(frozen=True, slots=True)
class CriticalPath:
    """The critical path of one skeleton answer.

    Args:
        point: The number of the point that would have been complete last.
        path_s: When that would have been: its line's time plus its own request's.
        longest_point: The point with the most tokens; of several, the one that ends last.
        longest_path_s: When that point would have been complete: its line's time plus its own request's,
            after the points that it needs.
        total_s: When the answer was complete.
        chain: The points that waited for one another on the path, the last one last.
    """

    point: int
    path_s: float
    longest_point: int
    longest_path_s: float
    total_s: float
    chain: tuple[int, ...] = ()

    @property
    def overhead(self) -> float:
        """The answer's time beyond the critical path, as a share of the path; 0 is none."""
        return self.total_s / self.path_s - 1

    @property
    def over_longest(self) -> float:
        """The answer's time beyond "skeleton line of the longest point + that point", as a share of it."""
        return self.total_s / self.longest_path_s - 1


def critical_path(points: Sequence[PointSpan], total_s: float) -> CriticalPath | None:
    """The critical path, or ``None`` without points (a normal answer, a fall-back).

    Args:
        points: The points of the answer.
        total_s: When the answer was complete, in seconds since the question arrived.
    """
    if not points:
        return None
    ends, chains = _ends(points)
    last = max(points, key=lambda point: ends[point.index])
    longest = max(points, key=lambda point: (point.tokens, ends[point.index]))
    path_s, longest_s = ends[last.index], ends[longest.index]
    if min(path_s, longest_s) <= 0:  # a clock that does not move: nothing can be said
        return None
    return CriticalPath(last.index, path_s, longest.index, longest_s, total_s, chains[last.index])


def _ends(points: Sequence[PointSpan]) -> tuple[dict[int, float], dict[int, tuple[int, ...]]]:
    """When each point would have been complete had nothing waited, and the chain that led there.

    Its request starts as soon as its line is known and the points that it needs are complete.
    """
    ends: dict[int, float] = {}
    chains: dict[int, tuple[int, ...]] = {}
    for point in sorted(points, key=lambda point: point.index):
        starts, before = point.found_s, ()
        for other in point.needs:
            if ends.get(other, 0.0) > starts:
                starts, before = ends[other], chains[other]
        ends[point.index] = starts + point.own_s
        chains[point.index] = (*before, point.index)
    return ends, chains


def point_spans(events: Iterable[Event]) -> tuple[PointSpan, ...]:
    """The points' times out of the events of one answer; empty without a skeleton or after a fall-back.

    Args:
        events: All events of the answer; `Finished` is the last.
    """
    found: dict[int, PointFound] = {}
    for event in events:
        if isinstance(event, PointFound):
            found[event.point.index] = event
        elif isinstance(event, Finished):
            return tuple(_span(point, found.get(point.index)) for point in event.answer.points)
    return ()


def _span(point: PointAnswer, found: PointFound | None) -> PointSpan:
    return PointSpan(
        index=point.index,
        found_s=point.started_s if found is None else found.at_s,
        started_s=point.started_s,
        first_text_s=point.first_text_s,
        finished_s=point.finished_s,
        tokens=point.usage.completion_tokens,
        needs=() if found is None else found.point.depends_on,
    )
